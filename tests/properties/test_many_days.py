"""Days planned together are what each is alone, and a simulation is a loop over its days.

In generated homes and pasts, which need not make sense; ``PROPERTY_EXAMPLES`` sets how many each test tries.
"""

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.ledger.progress import Progress
from chasing_pipeline.planning import day as planning_day
from chasing_pipeline.planning.day import DayPlanner
from chasing_pipeline.planning.home import ChasingHome as ProductHome
from chasing_pipeline.planning.simulation import ITEM_DAYS_OF_A_ROUND, SIMULATED_COLUMNS, simulate

from .effort import FAST, examples
from .homes import CONTESTED, ChasingHome, Draw, Record, homes, write_home
from .pasts import pasts

TABLES = ("open_items", "account_aging", "step_decisions", "action_units", "action_table")
DAY_COLUMNS = {"action_table": "action_date"}
KEYS_OF_A_RUN = {"unit_key"}
"""Columns that only number the rows of one planning."""
LONGEST_SPAN = timedelta(days=6)
ONE_DAY = timedelta(days=1)
FEWER = max(1, FAST // 2)
"""Homes that are simulated: each takes as long as several that are planned."""

Row = tuple[tuple[str, Any], ...]
Tables = dict[tuple[str, date], Counter[Row]]
"""Rows by table and day."""


@dataclass(frozen=True)
class SomeDays:
    """A home, one extract of it, a past, and days to plan."""

    home: ChasingHome
    extract: date
    past: Progress
    days: tuple[date, ...]
    stale: frozenset[date]
    order: tuple[date, ...]


@st.composite
def some_days(draw: Any) -> SomeDays:
    """Any home, any of its extracts, one to six days with or without gaps, and an order in which to plan them alone."""
    pick = Draw(draw)
    home = draw(homes(CONTESTED))
    span = [home.first + timedelta(days=number) for number in range(-3, (home.last - home.first).days + 4)]
    days = sorted(draw(st.sets(st.sampled_from(span), min_size=1, max_size=6)))
    if pick.sometimes():
        days = [days[0] + timedelta(days=number) for number in range(len(days))]
    return SomeDays(
        home=home,
        extract=pick.one_of(sorted(home.extracts)),
        past=draw(pasts(home, home.first - timedelta(days=20), home.last)),
        days=tuple(days),
        stale=frozenset(day for day in days if pick.rarely()),
        order=tuple(draw(st.permutations(days))),
    )


@dataclass(frozen=True)
class Replay:
    """A home, what happened before its first day, and the days to simulate."""

    home: ChasingHome
    past: Progress
    last: date
    most_invoice_days: int

    @property
    def only_days(self) -> frozenset[date] | None:
        """The days that run; None: all."""
        return self.home.only_days

    @property
    def days(self) -> list[date]:
        """The days that run."""
        span = [self.home.first + timedelta(days=n) for n in range((self.last - self.home.first).days + 1)]
        return [day for day in span if self.only_days is None or day in self.only_days]


@st.composite
def replays(draw: Any) -> Replay:
    """Any home, with or without a past, simulated in batches of few or many days."""
    pick = Draw(draw)
    home = draw(homes(CONTESTED))
    before = home.first - ONE_DAY
    past = draw(pasts(home, home.first - timedelta(days=30), before)) if pick.sometimes() else Progress()
    return Replay(home, past, min(home.last, home.first + LONGEST_SPAN), pick.one_of((4_000_000, 1, 20)))


@contextmanager
def written(home: ChasingHome) -> Iterator[tuple[ProductHome, Path]]:
    """The home on disk, and a folder for what is staged of it."""
    with tempfile.TemporaryDirectory(prefix="chasing-days-") as folder:
        yield ProductHome(write_home(home, Path(folder) / "home")), Path(folder) / "scratch"


def tables_of(planner: DayPlanner, days: Sequence[date], stale: frozenset[date]) -> Tables:
    """The tables of days that are planned together."""
    planner.plan(days, stale)
    found: Tables = {(table, day): Counter() for table in TABLES for day in days}
    for table in TABLES:
        for row in planner.rows(table):
            found[table, row[DAY_COLUMNS.get(table, "day")]][frozen(row)] += 1
    return found


def frozen(row: Record) -> Row:
    """A row that can be compared and counted."""
    return tuple(
        (name, tuple(value) if isinstance(value, list) else value)
        for name, value in sorted(row.items())
        if name not in KEYS_OF_A_RUN
    )


def differences(together: Tables, alone: Tables) -> list[str]:
    """The rows that only one of the two has."""
    lines = []
    for table, day in sorted(alone):
        for who, more in (
            ("only together", together[table, day] - alone[table, day]),
            ("only alone", alone[table, day] - together[table, day]),
        ):
            lines += [f"{table} of {day}, {who}: {dict(row)}" for row in more]
    return lines


@examples(FAST)
@given(some=some_days())
def test_days_planned_together_are_what_each_is_alone(some: SomeDays) -> None:
    with written(some.home) as (home, scratch), DuckDBEngine(threads=1) as engine:
        planner = DayPlanner(engine, home)
        planner.use_extract_of(some.extract, scratch)
        planner.use_progress(some.past)
        together = tables_of(planner, some.days, some.stale)
        alone: Tables = {}
        for day in some.order:
            alone |= tables_of(planner, [day], some.stale)
        with DuckDBEngine(threads=1) as other_engine:
            afresh = DayPlanner(other_engine, home)
            afresh.use_extract_of(some.extract, scratch)
            afresh.use_progress(some.past)
            one_day = tables_of(afresh, [some.order[0]], some.stale)
    assert set(together) == set(alone), "every day has its rows, and no other day has any"
    assert differences(together, alone) == []
    assert differences({key: together[key] for key in one_day}, one_day) == []


def day_loop(home: ProductHome, replay: Replay, scratch: Path) -> list[Record]:
    """The simulation in the obvious way: plan a day, carry out all of it, remember, go on with the next day."""
    past = replace(replay.past)
    actions: list[Record] = []
    for day in replay.days:
        with DuckDBEngine(threads=1) as engine:
            planner = DayPlanner(engine, home)
            planner.use_extract_of(day, scratch)
            planner.use_progress(past)
            planner.plan([day])
            of_day = {action["action_id"]: action for action in planner.rows("action_table")}
            done = [unit_step(row, of_day[row["action_id"]]) for row in planner.rows("action_units")]
            left = planner.planned_rows(day)
        actions += of_day.values()
        stopped = {row[:4] for row in left.stopped}
        past = replace(
            past,
            carried_out=[*past.carried_out, *done],
            missed_steps=[*past.missed_steps, *((*row, day) for row in left.missed)],
            enrolments=[
                *((*row[:7], row[7] or (day if row[:4] in stopped else None)) for row in past.enrolments),
                *((*row, day, None) for row in left.enrolled),
            ],
            run_days=[*past.run_days, day],
        )
    return actions


def unit_step(row: Record, action: Record) -> tuple[Any, ...]:
    """A step that one unit carries out, as the ledger tells it."""
    names = ("customer_number", "currency", "invoice_reference", "cadence", "step", "repetition", "day")
    is_contact = action["status"] != "unreachable" and action["channel"] != "escalate"
    return (*(row[name] for name in names), is_contact)


def as_printed(actions: Sequence[Record]) -> list[Record]:
    """What a simulation gives of these actions."""
    return [
        {**{name: action[name] for name in SIMULATED_COLUMNS}, "invoice_numbers": ";".join(action["invoice_numbers"])}
        for action in actions
        if action["status"] != "unreachable"
    ]


def simulated(
    home: ProductHome, replay: Replay, customer_number: str | None = None, item_days: int = ITEM_DAYS_OF_A_ROUND
) -> list[Record]:
    """What a simulation gives, without the costs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning_day, "MOST_INVOICE_DAYS", replay.most_invoice_days)
        rows = simulate(
            home, replay.home.first, replay.last, replay.only_days, replay.past, customer_number=customer_number,
            item_days=item_days,
        )  # fmt: skip
        return [{name: row[name] for name in SIMULATED_COLUMNS} for row in rows]


def in_order(rows: Sequence[Record]) -> list[str]:
    """Rows in an order that does not depend on who made them."""
    return sorted(" ".join(str(row[name]) for name in SIMULATED_COLUMNS) for row in rows)


@pytest.mark.slow
@examples(FEWER)
@given(replay=replays())
def test_a_simulation_is_a_loop_over_its_days(replay: Replay) -> None:
    with written(replay.home) as (home, scratch):
        assert in_order(simulated(home, replay)) == in_order(as_printed(day_loop(home, replay, scratch)))


@pytest.mark.slow
@examples(FEWER)
@given(replay=replays(), number=st.integers(1, 4))
def test_the_simulation_of_one_customer_is_its_part_of_the_whole(replay: Replay, number: int) -> None:
    customer = f"C{number}"
    with written(replay.home) as (home, _):
        own = [row for row in simulated(home, replay) if row["customer_number"] == customer]
        assert simulated(home, replay, customer) == own


@examples(FAST)
@given(replay=replays(), item_days=st.sampled_from([0, 5, 15, 40, 120]))
def test_a_simulation_gives_the_same_however_few_days_a_round_plans(replay: Replay, item_days: int) -> None:
    with written(replay.home) as (home, _):
        assert simulated(home, replay, item_days=item_days) == simulated(home, replay)
