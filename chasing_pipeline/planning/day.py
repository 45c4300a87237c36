"""The day as a function: (extract, cadences, holds, what happened before D, D) -> the tables of D.

Belongs here: the order in which the statements below ``sql/`` run. Does not belong here: any rule.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from chasing_pipeline.domain.cadence import Cadence
from chasing_pipeline.domain.problems import ConfigurationError, ExtractError, Problem
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.ledger.progress import (
    CARRIED_OUT_FIELDS,
    ENROLMENT_FIELDS,
    LEFT_OVER_FIELDS,
    MISSED_FIELDS,
    Progress,
)
from chasing_pipeline.planning.conditions import rules_query
from chasing_pipeline.planning.extracts import STAGED_TABLES, StagedExtract, stage
from chasing_pipeline.planning.home import ChasingHome
from chasing_pipeline.planning.rules import (
    load_business_days,
    load_cadences,
    load_company,
    load_enrolments,
    load_holds,
    load_run_calendar,
    load_thresholds,
)

RECEIVABLES = (
    "receivables/transactions_as_of",
    "receivables/issued_items",
    "receivables/item_days",
    "receivables/item_balances",
    "receivables/holds_as_of",
    "receivables/open_items",
    "receivables/account_changes",
    "receivables/account_balances",
    "receivables/account_aging",
    "receivables/account_cycles",
)
UNITS = ("eligibility/units", "eligibility/unit_items", "eligibility/unit_facts", "eligibility/past_due_before")
DECISIONS = (
    "eligibility/unit_progress",
    "eligibility/unit_last_rungs",
    "eligibility/reachability",
    "eligibility/unit_steps",
    "eligibility/unit_rungs",
    "eligibility/step_verdicts",
    "eligibility/step_decisions",
)
ACTIONS = ("actions/acting_steps", "actions/action_units", "actions/action_table")


@dataclass(frozen=True)
class PlannedRows:
    """What the day's planning leaves for the ledger: rows of units, in the order of the ledger's fields."""

    enrolled: list[tuple[Any, ...]]
    missed: list[tuple[Any, ...]]
    stopped: list[tuple[Any, ...]]


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
    """Computes the tables of one day after another in one engine; nothing that it does leaves the engine."""

    def __init__(self, engine: DuckDBEngine, home: ChasingHome) -> None:
        self._engine = engine
        self._home = home
        self._extract: StagedExtract | None = None
        self._cadences: list[Cadence] = []
        self._versions: list[Cadence] | None = None
        self._currencies: set[str] | None = None
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
        assert self._extract is not None
        return self._extract

    def use_extract(self, extract: StagedExtract) -> None:
        """Read from this staged extract from now on."""
        if self._extract == extract:
            return
        self._extract = extract
        for table in STAGED_TABLES:
            self._engine.load_parquet(table, extract.path(table))

    def plan(self, day: date, progress: Progress, is_stale: bool = False) -> None:
        """Compute all tables of ``day`` into the engine.

        Raises ConfigurationError where two rules tie.
        """
        self.compute_receivables(day, progress)
        self.compute_actions(day, progress, is_stale)

    def compute_receivables(self, day: date, progress: Progress) -> None:
        """Compute ``open_items`` and ``account_aging`` as of ``day``."""
        extract = self._extract
        if extract is None:
            raise RuntimeError("use_extract comes first")
        self._parameters = {"as_of": day, "has_transactions": extract.has_transactions}
        load_holds(self._engine, self._home.holds, progress.holds)
        self._engine.load("enrolments", ENROLMENT_FIELDS, progress.enrolments)
        self._run(RECEIVABLES)

    def compute_actions(self, day: date, progress: Progress, is_stale: bool) -> None:
        """Compute ``step_decisions`` and ``action_table`` of ``day`` from its receivables."""
        self._parameters["is_stale"] = is_stale
        self._engine.load("carried_out", CARRIED_OUT_FIELDS, progress.carried_out)
        self._engine.load("left_over", LEFT_OVER_FIELDS, progress.left_over)
        self._engine.load("missed_steps", MISSED_FIELDS, progress.missed_steps)
        self._load_rules(progress.versions)
        self._load_calendars(day, progress.run_days)
        self._assign()
        self._compute_history()
        self._run((*UNITS, *DECISIONS, *ACTIONS))

    def check(self, name: str) -> list[dict[str, Any]]:
        """The rows that a statement of ``sql/checks`` finds in the day computed last."""
        return self._engine.rows(name, self._parameters)

    def unreconciled(self) -> list[dict[str, Any]]:
        """The currencies whose balances do not agree with the extract to the cent."""
        differences = ("balance_difference", "bucket_difference", "credit_difference")
        return [row for row in self.check("checks/reconciliation") if any(row[name] != 0 for name in differences)]

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a computed table."""
        return self._engine.table_rows(table)

    def planned_rows(self) -> PlannedRows:
        """What is to be remembered of the day that was computed last."""
        return PlannedRows(
            *([tuple(row.values()) for row in self._engine.rows(f"progress/{name}", self._parameters)]
              for name in ("newly_enrolled", "newly_missed", "newly_stopped"))
        )  # fmt: skip

    def used_cadences(self) -> list[Cadence]:
        """The versions of cadences that enrolled units follow."""
        used = {(row["cadence"], row["version"]) for row in self._engine.rows("progress/used_versions")}
        return [cadence for cadence in self._cadences if (cadence.cadence, cadence.version) in used]

    def _run(self, names: Sequence[str]) -> None:
        for name in names:
            self._engine.materialise(name, self._parameters)

    def _load_rules(self, versions: Sequence[Cadence]) -> None:
        if self._versions != versions:
            self._cadences = load_cadences(self._engine, self._home.cadences, versions)
            self._versions = list(versions)
            self._currencies = None

    def _load_calendars(self, day: date, run_days: Sequence[date]) -> None:
        facts = self._engine.rows("eligibility/calendar_needs")[0]
        countries = [country for country in facts["countries"] if country]
        wanted = set(facts["currencies"])
        if self._currencies is None or not wanted <= self._currencies:
            self._currencies = wanted | (self._currencies or set())
            load_thresholds(self._engine, self._cadences, sorted(self._currencies))
        load_run_calendar(self._engine, self._cadences, countries, day, run_days)
        load_business_days(self._engine, self._cadences, countries, facts["first_day"] or day, facts["last_day"] or day)

    def _assign(self) -> None:
        self._engine.materialise("eligibility/assignment_candidates")
        try:
            self._engine.materialise_query("matching_rules", rules_query(self._home.cadences))
        except duckdb.Error as error:
            raise ConfigurationError(self._faulty_rules()) from error
        self._engine.materialise("eligibility/account_cadences")
        ties = self._engine.rows("eligibility/tied_rules")
        if ties:
            raise ConfigurationError(
                Problem(
                    "cadences",
                    None,
                    "assign.priority",
                    f"{tie['cadence']} and {tie['tied_with']} match the same accounts with the same priority "
                    f"({tie['account_count']} of them, e.g. customer {tie['customer_number']}); give one a lower one",
                )
                for tie in ties
            )

    def _faulty_rules(self) -> list[Problem]:
        """The rules that the engine can't evaluate: a parser does not see that kinds don't fit."""
        problems = []
        for document, cadence in self._home.read_cadences()[0]:
            try:
                self._engine.materialise_query("matching_rules", rules_query([cadence]))
            except duckdb.Error as error:
                problems.append(document.problem(("assign", "when"), str(error).splitlines()[0]))
        return problems

    def _compute_history(self) -> None:
        """The past days of the few accounts for which they matter today."""
        self._run(("eligibility/history_accounts",))
        self._engine.materialise("eligibility/history_item_days", self._parameters, into="item_days")
        self._engine.materialise("receivables/item_balances", self._parameters, into="history_balances")
        self._run(("eligibility/chaseable_spells", "eligibility/cycle_restarts"))
