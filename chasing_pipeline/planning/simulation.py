"""Replaying days as if each action were carried out on its day. Writes nothing into the home.

Days that one extract serves are planned together, by the same statements as the daily run's, up to the first day on
which something happens to an account; what comes after it is planned again, knowing that. So an account takes about as
many rounds as things happen to it, whatever the number of days. The more accounts there are, the fewer days a round
plans for each of them; where nothing happened in them, the next round begins with the next day on which anything can.
Accounts never depend on each other.
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
from chasing_pipeline.planning.rules import load_planned_after

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
ITEM_DAYS_OF_A_ROUND = 20_000
"""Days times open items that a round plans together: planning so many takes about as long as its statements would
without any."""


def simulate(
    home: ChasingHome,
    first: date,
    last: date,
    only_days: frozenset[date] | None = None,
    progress: Progress | None = None,
    on_progress: Callable[[float], None] = lambda share: None,
    customer_number: str | None = None,
    with_unreachable: bool = False,
    item_days: int = ITEM_DAYS_OF_A_ROUND,
) -> Iterator[dict[str, Any]]:
    """The actions of ``first`` to ``last`` as rows of SIMULATED_COLUMNS and more, by day, customer and step.

    ``only_days``: of the days, only these are run days. ``progress``: what happened before ``first``; None: nothing.
    ``on_progress`` is told the share of the work that is done, up to 1. ``customer_number``: this customer alone.
    ``with_unreachable``: also the actions that have nobody to go to.
    ``item_days``: about how many days times open items a round plans together; of each account one day at the least.
    Raises ConfigurationError and ExtractError.
    """
    past = progress or Progress()
    days = [day for day in days_between(first, last) if only_days is None or day in only_days]
    with tempfile.TemporaryDirectory(prefix="chasing-") as scratch, DuckDBEngine(threads=1) as engine:
        planner = DayPlanner(engine, home)
        planner.use_progress(past, run_days=sorted({*past.run_days, *days}))
        for span in days_by_extract(home, days):
            planner.use_extract_of(span[0], Path(scratch))
            simulation = Simulation(engine, planner, customer_number, item_days)
            if simulation.run(span, _part(on_progress, days.index(span[0]) / len(days), len(span) / len(days))):
                yield from engine.rows("simulation/printed_actions", {"with_unreachable": with_unreachable})


class Simulation:
    """The rounds over days that one extract serves; what happened so far is in the engine's tables."""

    def __init__(
        self,
        engine: DuckDBEngine,
        planner: DayPlanner,
        customer_number: str | None = None,
        item_days: int = ITEM_DAYS_OF_A_ROUND,
    ) -> None:
        self._engine = engine
        self._planner = planner
        self._customer = {"customer_number": customer_number}
        self._item_days = item_days

    def run(self, days: Sequence[date], on_progress: Callable[[float], None] = lambda share: None) -> bool:
        """Simulate ``days`` into the table ``all_simulated_actions``; False where there is no account at all."""
        engine, planner = self._engine, self._planner
        span = {"first_day": days[0], "last_day": days[-1], **self._customer}
        engine.attach_parquet("balance_history", planner.extract.path("account_spans"))
        engine.materialise("simulation/enrolments_left", span)
        engine.rename("enrolments_left", "enrolments")
        engine.materialise("simulation/cursors", span)
        load_planned_after(engine, days)
        planner.expect(days)
        left = at_first = self._days_left(span)
        while left["account_days"] > 0:
            on_progress(1 - left["account_days"] / at_first["account_days"])
            self._round({**span, "window_days": self._window(left)}, left is at_first)
            left = self._days_left(span)
        on_progress(1)
        return at_first["account_days"] > 0

    def _round(self, span: Mapping[str, object], is_first: bool) -> None:
        engine = self._engine
        engine.materialise("simulation/account_cursors", span)
        engine.drop("item_spans")
        engine.materialise("simulation/remaining_item_spans", span, into="item_spans")
        engine.drop("account_spans")
        engine.materialise("simulation/remaining_account_spans", span, into="account_spans")
        self._planner.plan([row["day"] for row in engine.rows("simulation/cursor_days")])
        engine.materialise("simulation/simulated_running_units", into="running_units")
        for name in ("progress/newly_enrolled", "progress/newly_missed", "progress/newly_stopped"):
            engine.materialise(name)
        engine.materialise("simulation/first_events")
        engine.append("carried_out", "simulation/simulated_steps")
        engine.append("missed_steps", "simulation/simulated_misses")
        engine.materialise("simulation/enrolments_after")
        engine.rename("enrolments_after", "enrolments")
        engine.append("enrolments", "simulation/simulated_enrolments")
        engine.materialise("simulation/simulated_actions")
        if is_first:
            engine.rename("simulated_actions", "all_simulated_actions")
            rules = {"has_rules_on_ages": self._planner.has_rules_on_ages()}
            engine.materialise("simulation/account_breakpoints", rules)
        else:
            engine.append("all_simulated_actions", "simulation/simulated_actions")
        engine.materialise("simulation/wake_days")
        engine.materialise("simulation/next_cursors", span)
        engine.rename("next_cursors", "cursors")

    def _window(self, left: Mapping[str, int]) -> int:
        """How many days of each account the next round plans."""
        items_a_day = left["accounts"] * left["item_days"] / left["account_days"]
        return max(1, int(self._item_days / max(1, items_a_day)))

    def _days_left(self, span: Mapping[str, object]) -> dict[str, int]:
        """Of how many accounts days are left, of how many days at the most, and of how many days of open items."""
        [row] = self._engine.rows("simulation/days_left", span)
        return row


def _part(on_progress: Callable[[float], None], begin: float, length: float) -> Callable[[float], None]:
    """What takes the progress of a part of the work and passes on that of the whole."""
    return lambda share: on_progress(begin + share * length)
