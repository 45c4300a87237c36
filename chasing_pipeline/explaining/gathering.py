"""Everything there is to say about a customer: asked of the day's tables, the ledger and a simulation.

Does not belong here: deciding anything (``sql/``), printing (``cli.explain``).
"""

import tempfile
from datetime import date
from pathlib import Path

from chasing_pipeline.dispatching.gates import is_stale
from chasing_pipeline.domain.calendar import ONE_DAY
from chasing_pipeline.domain.problems import ChasingError
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.explaining.answer import account_answer, answers, is_owed
from chasing_pipeline.explaining.ladder import Arranger
from chasing_pipeline.explaining.looking_ahead import look_ahead
from chasing_pipeline.explaining.records import Explanation, Row
from chasing_pipeline.ledger.activities import of_customer
from chasing_pipeline.ledger.progress import Progress, progress_before
from chasing_pipeline.ledger.store import Ledger
from chasing_pipeline.planning.day import DayPlanner
from chasing_pipeline.planning.frozen import refuse_changed_schedules
from chasing_pipeline.resources.chasing import Chasing

TABLES = ("customers", "account_aging", "open_items", "step_decisions")


def explain(chasing: Chasing, customer_number: str, day: date) -> Explanation:
    """What is to be said about a customer on a day.

    Raises ChasingError for one that the extract does not have, ConfigurationError where a schedule in use was changed.
    """
    past, after = Progress(), Progress()
    activities: list[Row] = []
    if Ledger.exists(chasing.home.root):
        refuse_changed_schedules(chasing.home, chasing.ledger)
        # what people recorded on the day itself counts at once, as it does for the dispatcher
        past = progress_before(chasing.ledger, day, holds_until=day)
        after = progress_before(chasing.ledger, day + ONE_DAY)
        activities = [row for row in of_customer(chasing.ledger, customer_number) if row["activity_date"] <= day]
    told, tables = _plan(chasing, customer_number, day, past)
    told.activities = activities
    arrange = Arranger(customer_number, tables, after, activities, chasing.home.cadences)
    told.accounts = [arrange.account(row) for row in sorted(tables["account_aging"], key=lambda row: row["currency"])]
    steps = [step for account in told.accounts for unit in account.units for step in unit.steps]
    if steps:
        is_over = day in after.run_days and not any(is_owed(step, day) for step in steps)
        first, so_far = (day + ONE_DAY, after) if is_over else (day, past)
        look_ahead(chasing.home, told, first, so_far)
    for account in told.accounts:
        account.answer = account_answer(account, day)
    told.answers = answers(told)
    return told


def _plan(
    chasing: Chasing, customer_number: str, day: date, past: Progress
) -> tuple[Explanation, dict[str, list[Row]]]:
    """The day's tables, the customer's rows only."""
    with tempfile.TemporaryDirectory(prefix="chasing-") as scratch, DuckDBEngine() as engine:
        planner = DayPlanner(engine, chasing.home)
        extract = planner.use_extract_of(day, Path(scratch))
        planner.use_progress(past)
        planner.plan([day], [day] if is_stale(chasing.home, day) else [])
        tables = {
            name: [row for row in planner.rows(name) if row["customer_number"] == customer_number] for name in TABLES
        }
        _tell_of_approval(planner, tables["step_decisions"])
    if not tables["customers"]:
        raise ChasingError(f"there is no customer {customer_number} in the extract of {extract.day}")
    return Explanation(customer_number, tables["customers"][0]["name"], day, extract.day), tables


def _tell_of_approval(planner: DayPlanner, decisions: list[Row]) -> None:
    """Let the sentences of steps whose actions are held say so."""
    held = {row["action_id"] for row in planner.rows("action_table") if row["status"] == "held"}
    unit = ("customer_number", "currency", "invoice_reference", "cadence", "step")
    waiting = {tuple(row[name] for name in unit) for row in planner.rows("action_units") if row["action_id"] in held}
    for decision in decisions:
        if tuple(decision[name] for name in unit) in waiting:
            decision["sentence"] += " It waits until somebody releases it."
