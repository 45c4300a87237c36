"""Replaying days as if each action were carried out on its day. Writes nothing into the home.

Days that one extract serves are planned together, by the same statements as the daily run's, up to the first day on
which something happens to an account; what comes after it is planned again, knowing that. So an account takes as many
rounds as things happen to it, whatever the number of days. Accounts never depend on each other.
Does not belong here: any rule.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
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
UNIT_COLUMNS = ("status", "unit_steps")
"""What the rows carry beside SIMULATED_COLUMNS, for other readers: what an action costs, its status, and which units'
steps it carries out (``invoice_reference``, ``step``)."""


def simulate(
    home: ChasingHome,
    first: date,
    last: date,
    only_days: frozenset[date] | None = None,
    progress: Progress | None = None,
    on_progress: Callable[[float], None] = lambda share: None,
    customer_number: str | None = None,
    with_unreachable: bool = False,
) -> Iterator[dict[str, Any]]:
    """The actions of ``first`` to ``last`` as rows of SIMULATED_COLUMNS and more, by day, customer and step.

    ``only_days``: of the days, only these are run days. ``progress``: what happened before ``first``; None: nothing.
    ``on_progress`` is told the share of the work that is done, up to 1. ``customer_number``: this customer alone.
    ``with_unreachable``: also the actions that have nobody to go to.
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
                part = _part(on_progress, days.index(batch[0]) / len(days), len(batch) / len(days))
                for row in simulation.run(batch, part):
                    if with_unreachable or row["status"] != "unreachable":
                        yield row


class _Simulation:
    """The rounds over days that one extract serves; what happened so far is in the engine's tables."""

    def __init__(self, engine: DuckDBEngine, planner: DayPlanner, customer_number: str | None) -> None:
        self._engine = engine
        self._planner = planner
        self._customer = {"customer_number": customer_number}
        engine.attach_parquet("balance_history", planner.extract.path("account_spans"))

    def run(self, days: Sequence[date], on_progress: Callable[[float], None]) -> list[dict[str, Any]]:
        """Simulate ``days``; return the actions in order."""
        span = {"first_day": days[0], "last_day": days[-1], **self._customer}
        engine = self._engine
        engine.materialise("simulation/enrolments_left", span)
        engine.rename("enrolments_left", "enrolments")
        engine.materialise("simulation/account_cursors", span)
        actions: list[dict[str, Any]] = []
        at_first = self._left(span)["account_days"]
        while (left := self._left(span))["account_days"]:
            on_progress(1 - left["account_days"] / at_first)
            engine.drop("item_spans")
            engine.materialise("simulation/remaining_item_spans", span, into="item_spans")
            engine.drop("account_spans")
            engine.materialise("simulation/remaining_account_spans", span, into="account_spans")
            self._planner.plan([day for day in days if day >= left["next_day"]])
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
        on_progress(1)
        return _in_order(actions)

    def _left(self, span: Mapping[str, object]) -> dict[str, Any]:
        """What is still to be simulated: how many days of accounts, and the first of these days."""
        [row] = self._engine.rows("simulation/days_left", span)
        return row


def _part(on_progress: Callable[[float], None], begin: float, length: float) -> Callable[[float], None]:
    """What takes the progress of a part of the work and passes on that of the whole."""
    return lambda share: on_progress(begin + share * length)


def _in_order(actions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = (*SIMULATED_COLUMNS, *COST_COLUMNS, *UNIT_COLUMNS)
    actions.sort(
        key=lambda a: (a["action_date"], a["customer_number"], a["currency"], a["step_number"], a["invoice_numbers"])
    )
    return [
        {**{name: action[name] for name in names}, "invoice_numbers": ";".join(action["invoice_numbers"])}
        for action in actions
    ]
