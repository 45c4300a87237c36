"""Replaying days as if each action were carried out on its day. Writes nothing into the home.

Days that one extract serves are planned together, by the same statements as the daily run's, up to the first day on
which something happens to an account; what comes after it is planned again, knowing that. So an account takes as many
rounds as things happen to it, whatever the number of days. Accounts never depend on each other.
Does not belong here: any rule.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from chasing_pipeline.domain.calendar import days_between
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.ledger.progress import Progress
from chasing_pipeline.planning.day import DayPlanner, days_by_extract
from chasing_pipeline.planning.home import ChasingHome

SIMULATED_COLUMNS = (
    "action_date",
    "customer_number",
    "currency",
    "cadence",
    "step",
    "channel",
    "invoice_numbers",
    "balance",
)
COST_COLUMNS = ("estimated_cost", "cost_currency")
"""What the rows carry beside SIMULATED_COLUMNS: for comparisons, not printed."""


def simulate(
    home: ChasingHome,
    first: date,
    last: date,
    only_days: frozenset[date] | None = None,
    progress: Progress | None = None,
    on_day: Callable[[date], None] = lambda day: None,
    customer_number: str | None = None,
) -> Iterator[dict[str, Any]]:
    """The actions of ``first`` to ``last`` as rows of SIMULATED_COLUMNS and COST_COLUMNS, by day, customer and step.

    ``only_days``: of the days, only these are run days. ``progress``: what happened before ``first``; None: nothing.
    ``customer_number``: this customer alone. ``on_day`` is called when a day is done.
    Raises ConfigurationError and ExtractError.
    """
    past = progress or Progress()
    days = [day for day in days_between(first, last) if only_days is None or day in only_days]
    with tempfile.TemporaryDirectory(prefix="chasing-") as scratch, DuckDBEngine(threads=1) as engine:
        planner = DayPlanner(engine, home)
        planner.use_progress(past, run_days=sorted({*past.run_days, *days}))
        for span in days_by_extract(home, days):
            planner.use_extract_of(span[0], Path(scratch))
            simulation = _Simulation(engine, planner, customer_number)
            for batch in planner.batches(span):
                yield from simulation.run(batch)
                for day in batch:
                    on_day(day)


class _Simulation:
    """The rounds over days that one extract serves; what happened so far is in the engine's tables."""

    def __init__(self, engine: DuckDBEngine, planner: DayPlanner, customer_number: str | None) -> None:
        self._engine = engine
        self._planner = planner
        self._customer = {"customer_number": customer_number}
        engine.attach_parquet("balance_history", planner.extract.path("account_spans"))

    def run(self, days: Sequence[date]) -> list[dict[str, Any]]:
        """Simulate ``days``; return the actions that a person or customer gets, in order."""
        span = {"first_day": days[0], "last_day": days[-1], **self._customer}
        engine = self._engine
        engine.materialise("simulation/enrolments_left", span)
        engine.rename("enrolments_left", "enrolments")
        engine.materialise("simulation/account_cursors", span)
        actions: list[dict[str, Any]] = []
        while remaining := self._remaining(days):
            engine.drop("item_spans")
            engine.materialise("simulation/remaining_item_spans", span, into="item_spans")
            engine.drop("account_spans")
            engine.materialise("simulation/remaining_account_spans", span, into="account_spans")
            self._planner.plan(remaining)
            for name in ("progress/newly_enrolled", "progress/newly_missed", "progress/newly_stopped"):
                engine.materialise(name, span)
            engine.materialise("simulation/stopped_units")
            engine.materialise("simulation/first_events")
            engine.append("carried_out", "simulation/simulated_steps")
            engine.append("missed_steps", "simulation/simulated_misses")
            engine.materialise("simulation/enrolments_after")
            engine.rename("enrolments_after", "enrolments")
            engine.append("enrolments", "simulation/simulated_enrolments")
            actions += engine.rows("simulation/simulated_actions")
            engine.materialise("simulation/next_cursors", span, into="account_cursors")
        return _printed(actions)

    def _remaining(self, days: Sequence[date]) -> list[date]:
        """The days, of those given, that are still to be simulated for some account."""
        [row] = self._engine.rows("simulation/first_cursor")
        return [] if row["next_day"] is None else [day for day in days if day >= row["next_day"]]


def _printed(actions: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    due = [action for action in actions if action["status"] != "unreachable"]
    due.sort(
        key=lambda a: (a["action_date"], a["customer_number"], a["currency"], a["step_number"], a["invoice_numbers"])
    )
    names = (*SIMULATED_COLUMNS, *COST_COLUMNS)
    return [
        {**{name: action[name] for name in names}, "invoice_numbers": ";".join(action["invoice_numbers"])}
        for action in due
    ]
