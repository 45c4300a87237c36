"""The commands that only look: ``actions``, ``progress``, ``explain``."""

from datetime import date
from typing import Annotated, Any

import typer

from chasing_pipeline.cli.options import (
    DayOption,
    Format,
    FormatOption,
    HomeOption,
    open_home,
    output,
    print_rows,
    print_table,
)
from chasing_pipeline.domain.problems import ChasingError
from chasing_pipeline.domain.tables import WAREHOUSE_TABLES
from chasing_pipeline.resources.chasing import Chasing


def register(app: typer.Typer) -> None:
    """Add this family to the command."""
    app.command()(actions)
    app.command()(progress)
    app.command()(explain)


def actions(home: HomeOption = None, day: DayOption = None, form: FormatOption = Format.TABLE) -> None:
    """Show the day's action table.

    Examples:

        chasing actions --date 2026-03-18

        chasing actions --format csv > actions.csv
    """
    chasing = open_home(home)
    wanted = day or chasing.clock.today()
    rows = _published(chasing, "action_table", wanted)
    rows.sort(key=lambda row: (row["customer_number"], row["currency"], row["step_number"]))
    short = ("customer_number", "customer_name", "channel", "step", "balance", "currency", "status", "recipient")
    columns = short if form is Format.TABLE else WAREHOUSE_TABLES["action_table"].column_names
    print_rows(rows, columns, form, f"Actions of {wanted}")


def progress(home: HomeOption = None, day: DayOption = None, form: FormatOption = Format.TABLE) -> None:
    """Show where every account with a balance stands in its cadence.

    Examples:

        chasing progress

        chasing progress --date 2026-03-18 --format json
    """
    chasing = open_home(home)
    days = chasing.warehouse.days("chasing_progress")
    if not days:
        raise ChasingError("no day has been planned yet; run: chasing run")
    wanted = day or days[-1]
    rows = _published(chasing, "chasing_progress", wanted)
    rows.sort(key=lambda row: (row["customer_number"], row["currency"]))
    short = ("customer_number", "customer_name", "balance", "currency", "cadence", "last_step", "last_step_on",
             "next_step", "next_step_on", "state")  # fmt: skip
    columns = short if form is Format.TABLE else WAREHOUSE_TABLES["chasing_progress"].column_names
    print_rows(rows, columns, form, f"Progress on {wanted}")


def explain(
    customer: Annotated[str, typer.Argument(help="The customer's number.", show_default=False)],
    home: HomeOption = None,
    day: DayOption = None,
) -> None:
    """Say why a customer is, or is not, chased on the day: balance, ladder of steps, what holds it, what was done.

    Examples:

        chasing explain C1008

        chasing explain C1008 --date 2026-03-18
    """
    import tempfile
    from pathlib import Path

    from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
    from chasing_pipeline.planning.day import DayPlanner

    chasing = open_home(home)
    wanted = day or chasing.clock.today()
    with tempfile.TemporaryDirectory() as scratch, DuckDBEngine() as engine:
        planner = DayPlanner(engine, chasing.home)
        extract = planner.use_extract_of(wanted, Path(scratch))
        _plan(chasing, planner, wanted)
        tables = {
            name: [row for row in planner.rows(name) if row["customer_number"] == customer]
            for name in ("customers", "account_aging", "open_items", "step_decisions")
        }
    if not tables["customers"]:
        raise ChasingError(f"there is no customer {customer} in the extract of {extract.day}")
    heading = f"{customer} {tables['customers'][0]['name']}, as of {wanted}, from the extract of {extract.day}"
    output.print(heading, style="bold", markup=False)
    if not tables["account_aging"]:
        output.print("owes nothing.")
    for account in tables["account_aging"]:
        _explain_account(account, tables)
    _tell_history(chasing, customer, wanted)


def _plan(chasing: Chasing, planner: Any, day: date) -> None:
    from chasing_pipeline.dispatching.gates import is_stale
    from chasing_pipeline.ledger.progress import Progress, progress_before
    from chasing_pipeline.ledger.store import Ledger

    past = progress_before(chasing.ledger, day) if Ledger.exists(chasing.home.root) else Progress()
    planner.use_progress(past)
    planner.plan([day], [day] if is_stale(chasing.home, day) else [])


def _explain_account(account: dict[str, Any], tables: dict[str, list[dict[str, Any]]]) -> None:
    currency = account["currency"]
    text = f"Account in {currency}: balance {account['balance']}"
    if account["unapplied_credit"]:
        text += f" (open {account['open_amount']}, credits {account['unapplied_credit']})"
    if account["past_due_age_days"] is not None:
        age = account["past_due_age_days"]
        text += f", oldest item {age} days past due" if age > 0 else f", oldest item due in {-age} days"
    output.print(text, style="bold")
    items = [row for row in tables["open_items"] if row["currency"] == currency]
    columns = ("invoice_reference", "issue_date", "due_date", "open_amount", "days_past_due", "not_chaseable_because")
    print_rows(sorted(items, key=lambda row: (row["issue_date"], row["invoice_reference"])), columns, Format.TABLE)
    decisions = [row for row in tables["step_decisions"] if row["currency"] == currency]
    decisions.sort(key=lambda row: (row["invoice_reference"], row["step_number"] or 0))
    if not decisions:
        output.print("Nothing to decide: the account owes nothing.")
        return
    cadence = decisions[0]["cadence"]
    title = f"Cadence {cadence}, version {decisions[0]['cadence_version']}" if cadence else "In no cadence"
    rows = [
        [
            f"{row['invoice_reference']} {row['step'] or ''}".strip(),
            row["channel"] or "",
            str(row["step_due_date"] or ""),
            row["verdict"],
            row["sentence"],
        ]
        for row in decisions
    ]
    print_table(output, title, ("step", "channel", "due", "verdict", "why"), rows)


def _tell_history(chasing: Chasing, customer: str, day: date) -> None:
    from chasing_pipeline.ledger.activities import of_customer
    from chasing_pipeline.ledger.store import Ledger

    if not Ledger.exists(chasing.home.root):
        return
    happened = [row for row in of_customer(chasing.ledger, customer) if row["activity_date"] <= day]
    rows = [
        [
            str(row["activity_date"]),
            row["kind"],
            row["channel"] or "",
            row["step"] or "",
            row["detail"] or "",
            row["actor"],
        ]
        for row in happened
        if row["kind"] != "claimed"
    ]
    if rows:
        print_table(output, "What happened", ("day", "what", "channel", "step", "detail", "by"), rows)


def _published(chasing: Chasing, table: str, day: date) -> list[dict[str, Any]]:
    from chasing_pipeline.engine.duckdb_engine import DuckDBEngine

    if not chasing.warehouse.has(table, day):
        raise ChasingError(f"{day} has not been planned; run: {chasing.home.command(f'run --date {day}')}")
    with DuckDBEngine(threads=1) as engine:
        engine.attach_parquet(table, chasing.warehouse.path(table, day))
        return engine.table_rows(table)
