"""The days as a function: (extract, cadences, holds, what happened before each day, days) -> the tables of those days.

Belongs here: the order in which the statements below ``sql/`` run. Does not belong here: any rule.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb

from chasing_pipeline.domain.cadence import Cadence
from chasing_pipeline.domain.problems import ConfigurationError, ExtractError, Problem
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.ledger.progress import OPT_OUT_FIELDS, Progress, Row
from chasing_pipeline.planning.conditions import names_an_age, rules_query
from chasing_pipeline.planning.extracts import PREPARED_TABLES, STAGED_TABLES, StagedExtract, stage
from chasing_pipeline.planning.home import ChasingHome
from chasing_pipeline.planning.rules import (
    load_business_days,
    load_cadences,
    load_company,
    load_enrolments,
    load_holds,
    load_planned_days,
    load_progress,
    load_run_calendar,
    load_thresholds,
)

RECEIVABLES = ("receivables/day_holds", "receivables/day_items", "receivables/day_aging")
UNITS = (
    "eligibility/units",
    "eligibility/unit_activities",
    "eligibility/unit_facts",
    "eligibility/unit_progress",
)
VERDICTS = (
    "eligibility/unit_steps",
    "eligibility/acting_candidates",
    "eligibility/unit_rungs",
    "eligibility/step_verdicts",
)
MOST_INVOICES_FOR_ONE_THREAD = 16_000_000
"""Up to so many, further threads mostly wait for each other: on two cores a day of 10 million invoices took 13.7 s and
13.5 s of CPU with one thread, 11.8 s and 15.0 s of CPU with two; of 1 million 1.4 s and 1.7 s."""
MOST_INVOICE_DAYS = 4_000_000
"""How many days times invoices are planned together at the most: memory stays bounded whatever the range."""
NO_BUSINESS_DAYS: tuple[set[str], date, date] = (set(), date.max, date.min)
ACTIONS = ("actions/acting_steps", "actions/action_units", "actions/held_steps", "actions/action_table")


@dataclass(frozen=True)
class PlannedRows:
    """What a day's planning leaves for the ledger: rows of units, in the order of the ledger's fields; the steps of
    units that are held, and the versions of cadences that act."""

    enrolled: list[tuple[Any, ...]]
    missed: list[tuple[Any, ...]]
    stopped: list[tuple[Any, ...]]
    held: list[str]
    acting: list[tuple[str, int]]


def days_by_extract(home: ChasingHome, days: Sequence[date]) -> list[list[date]]:
    """``days`` (sorted) in runs that one extract serves. Raises ExtractError where the home has none at all."""
    return [list(served) for _, served in groupby(days, key=lambda day: serving_extract(home, day))]


def serving_extract(home: ChasingHome, day: date) -> date:
    """The extract that serves ``day``. Raises ExtractError where the home has none at all."""
    serving = home.extract_for(day)
    if serving is None:
        raise ExtractError(
            f"there is no extract below {home.extracts}; put the files of a day into a folder such as "
            f"extracts/{day.isoformat()}/"
        )
    return serving


class DayPlanner:
    """Computes the tables of some days in one engine, one statement a table; nothing that it does leaves the engine.

    In this order: ``use_extract_of``, ``use_progress``, then ``plan`` as often as wanted.
    """

    def __init__(self, engine: DuckDBEngine, home: ChasingHome) -> None:
        self._engine = engine
        self._home = home
        self._extract: StagedExtract | None = None
        self._cadences: list[Cadence] = []
        self._knows_holds = False
        self._currencies: set[str] = set()
        self._days: list[date] = []
        self._run_days: Sequence[date] = ()
        self._opt_outs: Sequence[Row] = ()
        self._expected_days: list[date] = []
        self._calendars: tuple[set[date], set[str]] = (set(), set())
        self._business_days: tuple[set[str], date, date] = NO_BUSINESS_DAYS
        self._parameters: dict[str, object] = {}
        load_company(engine, home.settings)
        load_enrolments(engine, home.enrolments)

    def use_extract_of(self, day: date, scratch: Path | None = None) -> StagedExtract:
        """Read from the extract that serves ``day``, staging it first where need be (see ``extracts.stage``).

        Raises ExtractError where there is none or it can't be used.
        """
        serving = serving_extract(self._home, day)
        if scratch is None or self._extract is None or self._extract.day != serving:
            self.use_extract(stage(self._home, serving, scratch))
        return self.extract

    def use_extract(self, extract: StagedExtract) -> None:
        """Read from this staged extract from now on."""
        if self._extract == extract:
            return
        self._extract = extract
        self._knows_holds = False
        if extract.rows["invoices"] <= MOST_INVOICES_FOR_ONE_THREAD:
            self._engine.use_threads(1)
        for table in (*STAGED_TABLES, *PREPARED_TABLES):
            self._engine.attach_parquet(table, extract.path(table))
        self._engine.attach_parquet("item_history", extract.path("item_spans"))

    @property
    def extract(self) -> StagedExtract:
        """The extract that is read from. Raises RuntimeError before there is one."""
        if self._extract is None:
            raise RuntimeError("use_extract comes first")
        return self._extract

    def batches(self, days: Sequence[date]) -> Iterator[list[date]]:
        """``days``, which one extract serves, in runs that are short enough to be planned together."""
        size = max(1, MOST_INVOICE_DAYS // max(1, self.extract.rows["invoices"]))
        for start in range(0, len(days), size):
            yield list(days[start : start + size])

    def use_progress(self, progress: Progress, run_days: Sequence[date] | None = None) -> None:
        """Take this as the past; of its rows each day sees those that are dated before it.

        ``run_days``: the days, oldest first, on which the pipeline runs, where they are not the past's own.
        """
        load_holds(self._engine, self._home.holds, progress.holds)
        load_progress(self._engine, progress)
        self._opt_outs = progress.opt_outs
        self._run_days = progress.run_days if run_days is None else run_days
        self._cadences = load_cadences(self._engine, self._home.cadences, progress.versions)
        self._knows_holds = False
        self._currencies = set()
        self._calendars = (set(), set())
        self._business_days = NO_BUSINESS_DAYS

    def _respect_opt_outs(self) -> None:
        """Choose whom each way reaches again where opt-outs are on record that the extract may not know."""
        self._engine.attach_parquet("ways_to_reach", self.extract.path("ways_to_reach"))
        if self._opt_outs:
            self._engine.load("recorded_opt_outs", OPT_OUT_FIELDS, self._opt_outs)
            self._engine.drop("ways_to_reach")
            self._run(("staging/ways_to_reach",))

    def expect(self, days: Sequence[date]) -> None:
        """Say which days will be planned, some at a time, so that calendars are made once for all of them."""
        self._expected_days = list(days)

    def has_rules_on_ages(self) -> bool:
        """Whether a rule may change its mind about an account by the passing of time alone."""
        return any(c.assign and c.assign.when and names_an_age(c.assign.when) for c in self._home.cadences)

    def plan(self, days: Sequence[date], stale: Collection[date] = ()) -> None:
        """Compute all tables of ``days`` (sorted) into the engine; on ``stale`` days the extract is too old to send.

        Raises ConfigurationError where two rules tie.
        """
        self.compute_receivables(days, stale)
        self.compute_actions()

    def compute_receivables(self, days: Sequence[date], stale: Collection[date] = ()) -> None:
        """Compute ``open_items`` and ``account_aging`` of ``days`` (sorted)."""
        self._days = list(days)
        self._parameters = {
            "first_day": days[0],
            "last_day": days[-1],
            "has_transactions": self.extract.has_transactions,
        }
        load_planned_days(self._engine, days, stale, self._run_days)
        if not self._knows_holds:
            self._run(("receivables/account_holds",))
            self._respect_opt_outs()
            self._knows_holds = True
        self._run(RECEIVABLES)
        # with what is written on items, and accounts' names, only where somebody reads it: texts take longest of all
        self._engine.define_view("receivables/open_items")
        self._engine.define_view("receivables/account_aging")

    def compute_actions(self) -> None:
        """Compute ``step_decisions`` and ``action_table`` from the receivables."""
        self._load_calendars()
        self._run(("receivables/account_cycles",))
        self._assign()
        self._look_back("eligibility/restarting_accounts", "eligibility/restart_spans")
        self._run(("eligibility/cycle_restarts", *UNITS))
        self._look_back("eligibility/before_due_units", "eligibility/late_spans")
        self._run(("eligibility/past_due_before", *VERDICTS))
        # put into words only where somebody reads it: few steps act
        self._engine.define_view("eligibility/step_decisions")
        self._run(ACTIONS)

    def check(self, name: str) -> list[dict[str, Any]]:
        """The rows that a statement of ``sql/checks`` finds in the days computed last."""
        return self._engine.rows(name, self._parameters)

    def unreconciled(self) -> list[dict[str, Any]]:
        """The days and currencies whose balances do not agree with the extract to the cent."""
        differences = ("balance_difference", "bucket_difference", "credit_difference")
        return [row for row in self.check("checks/reconciliation") if any(row[name] != 0 for name in differences)]

    def counts(self, name: str) -> list[dict[str, Any]]:
        """Numbers by day of the days computed last, by a statement of ``sql/progress``."""
        return self._engine.rows(f"progress/{name}")

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a computed table."""
        return self._engine.table_rows(table)

    def planned_rows(self, day: date) -> PlannedRows:
        """What is to be remembered of ``day``, one of the days that were computed last."""
        self._engine.materialise("progress/running_units")
        enrolled, missed, stopped = (
            [tuple(value for name, value in row.items() if name not in {"day", "account_key"})
             for row in self._engine.rows(f"progress/{name}", self._parameters) if row["day"] == day]
            for name in ("newly_enrolled", "newly_missed", "newly_stopped")
        )  # fmt: skip
        held = [row["unit_step_id"] for row in self.rows("held_steps") if row["day"] == day]
        versions = self._engine.rows("progress/acting_versions")
        acting = [(row["cadence"], row["cadence_version"]) for row in versions if row["day"] == day]
        return PlannedRows(enrolled, missed, stopped, held, acting)

    def used_cadences(self) -> list[Cadence]:
        """The versions of cadences that enrolled units follow."""
        used = {(row["cadence"], row["version"]) for row in self._engine.rows("progress/used_versions")}
        return [cadence for cadence in self._cadences if (cadence.cadence, cadence.version) in used]

    def _run(self, names: Sequence[str]) -> None:
        for name in names:
            self._engine.materialise(name, self._parameters)

    def _look_back(self, few: str, spans: str) -> None:
        """Compute ``chaseable_spells`` of the few accounts or units whose past matters for what comes next."""
        self._run((few,))
        self._engine.materialise(spans, self._parameters, into="history_spans")
        self._run(("eligibility/chaseable_spells",))

    def _load_calendars(self) -> None:
        facts = self._engine.rows("eligibility/calendar_needs")[0]
        countries = [country for country in facts["countries"] if country]
        wanted = set(facts["currencies"])
        if not self._currencies or not wanted <= self._currencies:
            self._currencies |= wanted
            load_thresholds(self._engine, self._cadences, sorted(self._currencies))
        days, known = self._calendars
        if not (days.issuperset(self._days) and known.issuperset(countries)):
            days, known = {*self._days, *self._expected_days}, {*known, *countries}
            load_run_calendar(self._engine, self._cadences, known, sorted(days), self._run_days)
            self._calendars = (days, known)
        first = facts["first_day"] or self._days[0]
        last = max(facts["last_day"] or self._days[-1], self._days[-1])
        counted, earliest, latest = self._business_days
        if not (counted.issuperset(known) and earliest <= first and last <= latest):
            load_business_days(self._engine, self._cadences, known, first, last)
            self._business_days = (known, first, last)

    def _assign(self) -> None:
        self._engine.define_view("eligibility/assignment_candidates")
        try:
            self._engine.define_query("rule_matches", rules_query(self._home.cadences))
            self._engine.materialise("eligibility/account_cadences")
        except duckdb.Error as error:
            raise ConfigurationError(self._faulty_rules()) from error
        ties = self._engine.rows("eligibility/tied_rules")
        if ties:
            raise ConfigurationError(self._tied_rules(ties))

    def _tied_rules(self, ties: Sequence[dict[str, Any]]) -> list[Problem]:
        """One problem for each pair of rules that match the same accounts, at the one's priority."""
        documents = {cadence.cadence: document for document, cadence in self._home.read_cadences()[0]}
        return [
            documents[tie["cadence"]].problem(
                ("assign", "priority"),
                f"{tie['cadence']} and {tie['tied_with']} ({documents[tie['tied_with']].file}) match the same accounts "
                f"with the same priority ({tie['account_count']} of them, e.g. customer {tie['customer_number']}); "
                "give one a lower one",
            )
            for tie in ties
        ]

    def _faulty_rules(self) -> list[Problem]:
        """The rules that the engine can't evaluate: a parser does not see that kinds don't fit."""
        problems = []
        for document, cadence in self._home.read_cadences()[0]:
            try:
                self._engine.materialise_query("tried_rule", rules_query([cadence]))
            except duckdb.Error as error:
                problems.append(document.problem(("assign", "when"), str(error).splitlines()[0]))
        return problems
