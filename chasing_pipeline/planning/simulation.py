"""Replaying days as if each action were carried out on its day. Writes nothing into the home.

Does not belong here: any rule; each day is computed by the same statements as the daily run's.
"""

import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from chasing_pipeline.domain.calendar import days_between
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.ledger.progress import Progress
from chasing_pipeline.planning.day import DayPlanner
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
_CONTACTING = ("ready", "todo", "held")


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
    ``on_day`` is called before each day. ``customer_number``: only this customer's actions.
    Raises ConfigurationError and ExtractError.
    """
    past = progress or Progress()
    with tempfile.TemporaryDirectory(prefix="chasing-") as scratch, DuckDBEngine(threads=1) as engine:
        planner = DayPlanner(engine, home)
        for day in days_between(first, last):
            on_day(day)
            if only_days is not None and day not in only_days:
                continue
            planner.use_extract_of(day, Path(scratch))
            planner.plan(day, past)
            actions = {row["action_id"]: row for row in planner.rows("action_table")}
            _remember(past, planner, day, actions)
            yield from _printed(
                action for action in actions.values() if customer_number in (None, action["customer_number"])
            )


def _remember(past: Progress, planner: DayPlanner, day: date, actions: dict[str, dict[str, Any]]) -> None:
    """Add the day to the past: what was carried out, who entered and left, what was missed."""
    for unit in planner.rows("action_units"):
        action = actions[unit["action_id"]]
        is_contact = action["status"] in _CONTACTING and action["channel"] != "escalate"
        past.carried_out.append(
            (
                unit["customer_number"],
                unit["currency"],
                unit["invoice_reference"],
                unit["cadence"],
                unit["step"],
                unit["repetition"],
                day,
                is_contact,
            )
        )
    planned = planner.planned_rows()
    stopped = {row[:4] for row in planned.stopped}
    past.enrolments = [(*row[:-1], day) if row[:4] in stopped and row[-1] is None else row for row in past.enrolments]
    past.enrolments += [(*row, day, None) for row in planned.enrolled]
    past.missed_steps += [(*row, day) for row in planned.missed]
    past.run_days.append(day)


def _printed(actions: Any) -> Iterator[dict[str, Any]]:
    due = [action for action in actions if action["status"] != "unreachable"]
    for action in sorted(
        due, key=lambda a: (a["customer_number"], a["currency"], a["step_number"], a["invoice_numbers"])
    ):
        row = {name: action[name] for name in (*SIMULATED_COLUMNS, *COST_COLUMNS)}
        yield {**row, "invoice_numbers": ";".join(action["invoice_numbers"])}
