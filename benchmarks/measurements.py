"""What is compared with what, what each figure includes, and what it should be.

Belongs here: the list of measurements. Does not belong here: the work itself (``tasks``), running it (``harness``).
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.generate import LAST_DAY, Receivables

PAST_DAY = date(2026, 3, 31)
SAMPLE_DAY = date(2026, 3, 18)
YEAR = 365
YEAR_SIZES = (0.002, 0.02)
"""Millions of invoices of which the tables of a whole year are computed."""
COMPARED_DAYS = tuple(LAST_DAY - timedelta(days=ago) for ago in (1, 84, 168, 252, 336))
"""Days of the year that the loop over days plans; its time is scaled to the whole year."""
SMALL_MEMORY = "1GB"
LOOPED_CUSTOMERS = 5000
LARGEST_WITH_A_TARGET = 10
"""Millions of invoices up to which a day's planning has a target."""
LARGEST_FOR_PANDAS = 10
"""Millions of invoices; beyond, pandas needs more memory than there is."""


@dataclass(frozen=True)
class Task:
    """One piece of work with its arguments; ``once``: not worth repeating."""

    name: str
    arguments: str
    once: bool = False

    @classmethod
    def of(cls, task: str, once: bool = False, **arguments: Any) -> "Task":
        """A task of ``benchmarks.tasks``."""
        return cls(task, json.dumps(arguments, sort_keys=True), once)


@dataclass(frozen=True)
class Figure:
    """A number of a task's result, in words, multiplied by ``scale``."""

    label: str
    task: Task
    field: str = "cpu"
    unit: str = "s"
    scale: float = 1


@dataclass(frozen=True)
class Measurement:
    """Figures whose medians are combined into one value, which should not be above ``target``.

    ``shown``: figures that are reported beside them. ``agree``: tasks that must find the same, by the names of their
    results.
    """

    name: str
    title: str
    figures: tuple[Figure, ...]
    combine: Callable[[Sequence[float]], float]
    target: float | None
    includes: str
    unit: str = "×"
    shown: tuple[Figure, ...] = ()
    agree: tuple[Task, ...] = ()
    agree_on: tuple[str, ...] = field(default=())

    @property
    def tasks(self) -> tuple[Task, ...]:
        """All tasks that it needs, each once, in the order in which they run."""
        return tuple(dict.fromkeys([figure.task for figure in (*self.figures, *self.shown)] + list(self.agree)))


def first_over_second(values: Sequence[float]) -> float:
    """A ratio."""
    return values[0] / values[1]


def first_less_others(values: Sequence[float]) -> float:
    """What is left of the first figure."""
    return values[0] - sum(values[1:])


@dataclass(frozen=True)
class Size:
    """Receivables of one size, with the tasks that run on them."""

    millions: float
    receivables: Receivables

    @property
    def label(self) -> str:
        """The size in words."""
        return f"{self.millions:g} M"

    def home(self, past: bool) -> dict[str, str]:
        """The home with transactions for a past day, with current balances for the last one; and its past."""
        home = self.receivables.with_transactions if past else self.receivables.with_balances
        return {"home": str(home), "progress": str(self.receivables.progress)}

    def scan(self, past: bool) -> Task:
        """The plain scan."""
        return Task.of("scan", **self.home(past))

    def plan(self, past: bool, **more: Any) -> Task:
        """A day's planning."""
        return Task.of("plan_day", **self.home(past), day=_day(past), **more)

    def aging(self, by: str, past: bool) -> Task:
        """The aging alone."""
        arguments = self.home(past) if by == "product" else {"home": self.home(past)["home"]}
        return Task.of(f"{by}_aging", **arguments, day=_day(past))


def measurements(sizes: Sequence[Size], small: Sequence[Size], scratch: Path) -> list[Measurement]:
    """All measurements on these sizes, smallest first; of a whole year on the ``small`` ones, whose tables of all days
    fit into memory together. ``scratch``: a folder for what tasks leave for one another."""
    ordered = sorted(sizes, key=lambda size: size.millions)
    smallest, largest = ordered[0], ordered[-1]
    found = [
        measure(size, past) for size in ordered for measure in (_day_over_scan, _staging) for past in (False, True)
    ]
    found += [_aging(size, past, "polars") for size in ordered for past in (False, True)]
    fitting = [size for size in ordered if size.millions <= LARGEST_FOR_PANDAS]
    found += [_aging(size, past, "pandas") for size in fitting for past in (False, True)]
    found += [_growth(small, large, past) for small, large in pairwise(ordered) for past in (False, True)]
    found += [_little_memory(largest, past) for past in (False, True)]
    found += [measure(size) for size in small for measure in (_year_over_day, _year_over_loop, _simulation_over_loop)]
    found += [_backfill(), _daily_run(scratch, dispatch=True), _daily_run(scratch, dispatch=False)]
    found += [_customer_loop(smallest), _words(smallest)]
    return found


def _day_over_scan(size: Size, past: bool) -> Measurement:
    extract = "as of a past day" if past else "with current balances"
    return Measurement(
        f"day-{'past' if past else 'now'}",
        f"a day's planning {extract} / plain scan, {size.label}",
        (Figure("planning", size.plan(past)), Figure("scan", size.scan(past))),
        first_over_second,
        (7 if past else 5) if size.millions <= LARGEST_WITH_A_TARGET else None,
        f"Planning: from the staged extract ({'with transactions' if past else 'balances, no transactions'}) and the "
        f"past, as of {_day(past)}, to all tables of the day; not staging, not writing "
        "them, nor what is only put together for writing: the sentences of steps that don't act, what is "
        "written on invoices, the names of accounts. Scan: DuckDB decodes the columns that planning needs "
        "(benchmarks/baselines/scan.py), of the extract and of the past.",
        shown=(Figure("peak memory", size.plan(past), "peak", "MB", 1e-6),),
    )


def _staging(size: Size, past: bool) -> Measurement:
    task = Task.of("stage", once=True, home=size.home(past)["home"])
    return Measurement(
        f"staging-{'past' if past else 'now'}",
        f"staging an extract {'with transactions' if past else 'with balances'} / plain scan, {size.label}",
        (Figure("staging", task), Figure("scan", size.scan(past))),
        first_over_second,
        None,
        "Staging: reading, checking and keeping the extract's rows, once for each extract, run once here. Not part of "
        "a day's planning.",
        shown=(Figure("peak memory", task, "peak", "MB", 1e-6),),
    )


def _aging(size: Size, past: bool, by: str) -> Measurement:
    return Measurement(
        f"aging-{by}-{'past' if past else 'now'}",
        f"the aging alone {'as of a past day' if past else 'with current balances'} / {by}, {size.label}",
        (Figure("product", size.aging("product", past)), Figure(by, size.aging(by, past))),
        first_over_second,
        1.3 if by == "polars" else None,
        f"Both: from Parquet to one row per account as of {_day(past)}, with five buckets and the oldest dates, equal "
        "row by row. The product's includes open items with their holds. Neither includes imports.",
        agree=(size.aging("product", past), size.aging(by, past)),
        agree_on=("totals", "checksum"),
    )


def _growth(small: Size, large: Size, past: bool) -> Measurement:
    return Measurement(
        f"growth-{'past' if past else 'now'}",
        f"a day's planning {'as of a past day' if past else 'with current balances'}, {large.label} / {small.label}",
        (Figure(large.label, large.plan(past)), Figure(small.label, small.plan(past))),
        first_over_second,
        round(1.2 * large.millions / small.millions, 1),
        "The same planning as in day-now and day-past, on both sizes.",
    )


def _little_memory(size: Size, past: bool) -> Measurement:
    limited, unlimited = size.plan(past, memory_limit=SMALL_MEMORY), size.plan(past)
    return Measurement(
        f"memory-{'past' if past else 'now'}",
        f"a day's planning {'as of a past day' if past else 'with current balances'} within {SMALL_MEMORY} / "
        f"unlimited, {size.label}",
        (Figure("limited", limited), Figure("unlimited", unlimited)),
        first_over_second,
        1.6,
        "The same planning with DuckDB's memory_limit, spilling to disk. Peak memory is that of the whole process, "
        "Python and its libraries included.",
        shown=(
            Figure("limited peak", limited, "peak", "MB", 1e-6),
            Figure("unlimited peak", unlimited, "peak", "MB", 1e-6),
        ),
    )


def _words(size: Size) -> Measurement:
    task = size.plan(past=False)
    return Measurement(
        "words",
        f"putting all decisions of a day into words / plain scan, {size.label}",
        (Figure("words", task, "words"), Figure("scan", size.scan(past=False))),
        first_over_second,
        None,
        "Words: the sentences of step_decisions, made when the table is published or read, not part of a day's "
        "planning but for the steps that act.",
    )


def _year_over_day(size: Size) -> Measurement:
    return Measurement(
        "year-day",
        f"{YEAR} days in one statement / one day by the same code, {size.label}",
        (Figure(f"{YEAR} days", _many_days(size, YEAR)), Figure("one day", _many_days(size, 1))),
        first_over_second,
        1.5,
        f"The tables of the {YEAR} days up to {LAST_DAY}, from the extract with transactions and the past.",
    )


def _year_over_loop(size: Size) -> Measurement:
    year, loop = _many_days(size, YEAR), _day_by_day(size)
    return Measurement(
        "year-loop",
        f"{YEAR} days in one statement / day by day, {size.label}",
        (Figure(f"{YEAR} days", year), loop),
        first_over_second,
        1 / 15,
        f"Day by day: {len(COMPARED_DAYS)} days spread over the year "
        f"({', '.join(map(str, COMPARED_DAYS))}), planned one after the other in one "
        "engine that has the extract already, and scaled. The action tables of those days are equal, row by row.",
        agree=(year, loop.task),
        agree_on=("rows",),
    )


def _day_by_day(size: Size) -> Figure:
    days = [day.isoformat() for day in COMPARED_DAYS]
    loop = Task.of("loop_over_days", **size.home(past=True), days=days, compare=days)
    return Figure(f"day by day, {len(days)} days scaled to {YEAR}", loop, scale=YEAR / len(days))


def _simulation_over_loop(size: Size) -> Measurement:
    first = LAST_DAY - timedelta(days=YEAR - 1)
    home = size.home(past=True)["home"]
    simulation = Task.of("simulate_days", home=home, first=first.isoformat(), last=LAST_DAY.isoformat())
    return Measurement(
        "simulation",
        f"a simulated year / planning its days one by one, {size.label}",
        (Figure("simulation", simulation), _day_by_day(size)),
        first_over_second,
        None,
        f"Simulation: `chasing simulate --fresh` of the {YEAR} days up to {LAST_DAY}, each action counted as carried "
        "out. Day by day: as in year-loop, which carries nothing out.",
        shown=(Figure("actions", simulation, "actions", ""),),
    )


def _many_days(size: Size, count: int) -> Task:
    days = [(LAST_DAY - timedelta(days=ago)).isoformat() for ago in range(count)][::-1]
    compare = [day.isoformat() for day in COMPARED_DAYS if day.isoformat() in days]
    return Task.of("plan_days", **size.home(past=True), days=days, compare=compare)


def _backfill() -> Measurement:
    task = Task.of("backfill", last=SAMPLE_DAY.isoformat(), days=YEAR)
    return Measurement(
        "backfill",
        "a year backfilled through Dagster on the sample home, for each asset and day",
        (Figure("backfill", task), Figure("partitions", task, "partitions", "")),
        lambda values: 1000 * values[0] / values[1],
        20,
        f"One run of daily_chasing over {YEAR} days in a process without other work: staging, SQL, publishing and "
        "Dagster's own records. Not the start of Python and imports.",
        unit="ms",
        shown=(Figure("of it in the engine", task, "engine"),),
    )


def _daily_run(scratch: Path, dispatch: bool) -> Measurement:
    modules = str(scratch / f"modules-{dispatch}.txt")
    run = Task.of("daily_run", day=SAMPLE_DAY.isoformat(), modules=modules, dispatch=dispatch)
    load = Task.of("imports", modules=modules)
    return Measurement(
        "daily-run" if dispatch else "daily-run-planning",
        f"`chasing run{'' if dispatch else ' --no-dispatch'}` on the sample home, beyond its SQL and imports",
        (Figure("run", run), Figure("SQL", run, "engine"), Figure("imports", load)),
        first_less_others,
        1,
        "Run: the whole process, from its start. SQL: what passes through the product's engine, reading and writing "
        "files included. Imports: a process that only imports the same modules. What is left is Dagster, the ledger, "
        f"reading the home{', and composing and writing 44 messages and to-dos' if dispatch else ''}.",
        unit="s",
    )


def _customer_loop(size: Size) -> Measurement:
    loop = Task.of("customer_loop", **size.home(past=False), day=_day(False), sample=LOOPED_CUSTOMERS)
    return Measurement(
        "customer-loop",
        f"a loop over customers / a day's planning, {size.label}",
        (Figure("loop", loop), Figure("planning", size.plan(past=False))),
        first_over_second,
        None,
        f"Loop: plain Python, indexed look-ups in SQLite in memory for each of {LOOPED_CUSTOMERS:,} customers or a few "
        "more, scaled to all; it knows no cycles, holds, calendars or sentences. Not building its database.",
    )


def _day(past: bool) -> str:
    return (PAST_DAY if past else LAST_DAY).isoformat()
