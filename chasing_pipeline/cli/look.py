"""The commands that only look at published tables: ``actions``, ``progress``."""

from datetime import date
from typing import Any

import typer

from chasing_pipeline.cli.options import (
    DayOption,
    Format,
    FormatOption,
    HomeOption,
    open_home,
    print_rows,
    say,
)
from chasing_pipeline.domain.problems import ChasingError
from chasing_pipeline.domain.tables import WAREHOUSE_TABLES
from chasing_pipeline.resources.chasing import Chasing


def register(app: typer.Typer) -> None:
    """Add this family to the command."""
    app.command()(actions)
    app.command()(progress)


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
    held = sum(row["status"] == "held" for row in rows)
    if held and form is Format.TABLE:
        command = chasing.home.command(f"release --all --date {wanted} --by YOUR-NAME")
        say(f"held for approval: {held}; release with: {command}")


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


def _published(chasing: Chasing, table: str, day: date) -> list[dict[str, Any]]:
    from chasing_pipeline.engine.duckdb_engine import DuckDBEngine

    if not chasing.warehouse.has(table, day):
        raise ChasingError(f"{day} has not been planned; run: {chasing.home.command(f'run --date {day}')}")
    with DuckDBEngine(threads=1) as engine:
        engine.attach_parquet(table, chasing.warehouse.path(table, day))
        return engine.table_rows(table)
