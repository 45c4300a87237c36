"""What all commands share: options, opening the home, printing for people and for machines.

Machine formats go to standard output alone; everything for people goes to standard error.
"""

import csv
import json
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from chasing_pipeline.domain.problems import ChasingError
from chasing_pipeline.planning.home import ChasingHome
from chasing_pipeline.resources.chasing import Chasing

WRAPPED = frozenset({"why", "detail", "title", "outcome", "recipient", "done"})
"""Columns of prose: they wrap; the others are cut short on a narrow terminal."""
RIGHT_ALIGNED = frozenset(
    {
        "balance",
        "amount",
        "open",
        "count",
        "day",
        "number",
        "due in days",
        "days past due",
        "now",
        "against",
        "difference",
    }
)
"""Columns of amounts and numbers."""
PIPE_WIDTH = 160
"""Columns that a table may take where there is no terminal to ask."""

people = Console(stderr=True, highlight=False, soft_wrap=True)
output = Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)


def parse_day(text: str) -> date:
    """A day written YYYY-MM-DD. Raises typer's usage error for anything else."""
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date; write YYYY-MM-DD") from None


HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home", envvar="CHASING_HOME", help="The chasing home. Default: the sample home.", show_default=False
    ),
]
DayOption = Annotated[
    date | None,
    typer.Option("--date", parser=parse_day, metavar="YYYY-MM-DD", help="The day. Default: today.", show_default=False),
]
ByOption = Annotated[str, typer.Option("--by", envvar="USER", help="Your name, for the activity log.")]


class Format(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="table for people, csv or json for machines.")]


def open_home(home: Path | None, played_day: date | None = None) -> Chasing:
    """The chasing home that a command works on. Raises ChasingError where there is none."""
    root = home.expanduser() if home else ChasingHome.from_environment().root
    if not root.is_dir():
        raise ChasingError(f"there is no chasing home {root}; make one with: chasing init {root}")
    return Chasing(root, played_day)


def open_home_on_last_day(home: Path | None) -> Chasing:
    """The chasing home; in sandbox mode on the last day that was played there, for what people do belongs to it."""
    from chasing_pipeline.ledger.progress import last_run_day
    from chasing_pipeline.ledger.store import Ledger

    chasing = open_home(home)
    if chasing.home.settings.mode != "sandbox" or not Ledger.exists(chasing.home.root):
        return chasing
    played = last_run_day(chasing.ledger)
    return open_home(home, played) if played else chasing


def print_rows(rows: Sequence[dict[str, Any]], columns: Sequence[str], form: Format, title: str = "") -> None:
    """Print rows: csv and json to standard output as they are, a table fitted to the terminal."""
    if form is Format.CSV:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([[_text(row[name]) for name in columns] for row in rows])
    elif form is Format.JSON:
        print_json([{name: row[name] for name in columns} for row in rows])
    else:
        print_table(output, title, columns, ([_text(row[name]) for name in columns] for row in rows))


def print_json(content: Any) -> None:
    """Print lists, dictionaries, dates and amounts as JSON to standard output; an amount is text, to stay exact."""
    json.dump(content, sys.stdout, indent=1, ensure_ascii=False, default=_plain)
    sys.stdout.write("\n")


def print_table(console: Console, title: str, columns: Iterable[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table for people."""
    table = Table(title=title or None, title_justify="left", title_style="bold", header_style="bold", box=SIMPLE_HEAD)
    for column in columns:
        right = column in RIGHT_ALIGNED
        table.add_column(
            column.replace("_", " "),
            justify="right" if right else "left",
            overflow="fold" if column in WRAPPED else "ellipsis",
            no_wrap=column not in WRAPPED,
        )
    for row in rows:
        table.add_row(*(_escaped(cell) for cell in row))
    console.print(table)


def say(text: str) -> None:
    """Say something to a person."""
    people.print(_escaped(text))


def _escaped(text: str) -> str:
    return text.replace("[", r"\[")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ";".join(map(str, value))
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
