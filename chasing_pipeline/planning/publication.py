"""Publishing a day's tables to the warehouse, and remembering a day that was planned on the day itself.

Does not belong here: computing the tables (``day``), how a file is replaced (``engine.warehouse``).
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from chasing_pipeline.domain.action import Action
from chasing_pipeline.domain.tables import WAREHOUSE_TABLES
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.engine.warehouse import Warehouse, fields_of
from chasing_pipeline.ledger import activities, dispatches
from chasing_pipeline.ledger.activities import Activity
from chasing_pipeline.ledger.dispatches import UnitStep
from chasing_pipeline.ledger.progress import (
    CARRIED_OUT_FIELDS,
    PlannedDay,
    progress_before,
    record_planned_day,
)
from chasing_pipeline.ledger.store import Ledger
from chasing_pipeline.planning.day import DayPlanner
from chasing_pipeline.planning.extracts import StagedExtract

RECEIVABLES_TABLES = ("open_items", "account_aging")
ACTION_TABLES = ("step_decisions", "action_units", "action_table")
PLANNER = "planner"
DAYS_AT_ONCE = 31
"""Days of progress that are computed together, so that memory stays bounded."""


def publish_quarantine(warehouse: Warehouse, engine: DuckDBEngine, extract: StagedExtract) -> None:
    """Publish what was rejected of an extract, under the extract's day."""
    engine.load_parquet("quarantine", extract.path("quarantine"))
    warehouse.publish(engine, ["quarantine"], extract.day)


def remember(planner: DayPlanner, ledger: Ledger, day: date, now: datetime) -> None:
    """Record that ``day`` was planned on the day itself: who entered and left, what was missed, which versions run.

    What is held for approval is registered as owed at once: no dispatch need ever do so while it waits.
    """
    planned = planner.planned_rows(day)
    happened = [_moved("enrolled", day, now, row) for row in planned.enrolled]
    happened += [_moved("cadence_stopped", day, now, row) for row in planned.stopped]
    action_count = sum(row["action_count"] for row in planner.counts("action_counts") if row["day"] == day)
    record_planned_day(
        ledger,
        PlannedDay(
            day,
            action_count,
            planned.enrolled,
            planned.missed,
            planned.stopped,
            planner.used_cadences(),
            planned.held,
            planned.acting,
        ),
        happened,
    )
    if planned.held:
        _owe_held(planner, ledger, day, now)


def publish_progress(ledger: Ledger, warehouse: Warehouse, *days: date) -> dict[date, int]:
    """Publish ``chasing_progress`` as of the end of each of ``days`` (sorted); return how many rows each has."""
    with warehouse.exclusive("chasing_progress"), DuckDBEngine(threads=1) as engine:
        rows = progress_before(ledger, days[-1] + timedelta(days=1)).carried_out
        fields = (*CARRIED_OUT_FIELDS, ("record_number", "bigint"))
        engine.load("carried_out", fields, [(*row, number) for number, row in enumerate(rows)])
        counts = {}
        for start in range(0, len(days), DAYS_AT_ONCE):
            chunk = days[start : start + DAYS_AT_ONCE]
            for table in ("account_aging", "step_decisions"):
                engine.attach_parquet(table, *(warehouse.path(table, day) for day in chunk))
            engine.materialise("progress/chasing_progress")
            warehouse.publish(engine, ["chasing_progress"], *chunk)
            found = {row["day"]: int(row["row_count"]) for row in engine.rows("progress/progress_counts")}
            counts.update({day: found.get(day, 0) for day in chunk})
        return counts


def publish_activities(ledger: Ledger, warehouse: Warehouse, days: Iterable[date]) -> dict[date, int]:
    """Publish ``activity_log`` for some days from the ledger; return how many activities each has."""
    fields = fields_of(WAREHOUSE_TABLES["activity_log"])
    counts = {}
    # the lock spans reading and writing: otherwise a slower process could put back what it read before
    with warehouse.exclusive("activity_log"), DuckDBEngine(threads=1) as engine:
        for day in sorted(set(days)):
            rows = [[row[name] for name, _ in fields] for row in activities.of_days(ledger, [day])]
            engine.load("activity_log", fields, rows)
            warehouse.publish(engine, ["activity_log"], day)
            counts[day] = len(rows)
    return counts


def publish_released(warehouse: Warehouse, day: date, action_ids: Iterable[str]) -> None:
    """Publish the action table of ``day`` again, in which these actions are held no longer."""
    with warehouse.exclusive("action_table"), DuckDBEngine(threads=1) as engine:
        engine.attach_parquet("published_actions", warehouse.path("action_table", day))
        engine.load("released_actions", [("action_id", "varchar")], [(name,) for name in action_ids])
        engine.materialise("progress/released_action_table", into="action_table")
        warehouse.publish(engine, ["action_table"], day)


def _owe_held(planner: DayPlanner, ledger: Ledger, day: date, now: datetime) -> None:
    held = [row for row in planner.rows("action_table") if row["action_date"] == day and row["status"] == "held"]
    actions = {row["action_id"]: Action.from_row(row) for row in held}
    units = [row for row in planner.rows("action_units") if row["day"] == day and row["action_id"] in actions]
    dispatches.owe(ledger, list(actions.values()), [UnitStep.from_row(row) for row in units], now)


def _moved(kind: str, day: date, now: datetime, row: tuple[Any, ...]) -> Activity:
    customer_number, currency, invoice_reference, cadence = row[:4]
    return Activity(
        kind,
        now,
        day,
        PLANNER,
        customer_number=customer_number,
        currency=currency,
        invoice_numbers=(invoice_reference,) if invoice_reference else (),
        cadence=cadence,
    )
