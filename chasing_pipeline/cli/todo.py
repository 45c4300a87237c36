"""The commands around the to-do list: ``todo list``, ``done``, ``note``, ``assign``."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from chasing_pipeline.cli.options import (
    ByOption,
    DayOption,
    Format,
    FormatOption,
    HomeOption,
    open_home,
    open_home_on_last_day,
    parse_day,
    print_rows,
    say,
)
from chasing_pipeline.ledger import todos
from chasing_pipeline.ledger.activities import Activity
from chasing_pipeline.planning.publication import publish_activities
from chasing_pipeline.resources.chasing import Chasing

app = typer.Typer(no_args_is_help=True, help="The to-do list: calls to make, escalations, contacts to mend.")

NumberArgument = Annotated[int, typer.Argument(help="The item's number, see: chasing todo list", show_default=False)]
PromiseOption = Annotated[
    date | None,
    typer.Option(
        "--promise", parser=parse_day, metavar="YYYY-MM-DD", help="Payment is promised until then: no chasing before."
    ),
]


@app.command("list")
def list_(
    home: HomeOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what is done.")] = False,
    assigned_to: Annotated[str | None, typer.Option(help="Only this person's or team's.", show_default=False)] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show the to-do list, oldest first.

    Examples:

        chasing todo list

        chasing todo list --assigned-to team --format json
    """
    rows = todos.listed(open_home(home).ledger, everything, assigned_to)
    short = ("number", "created_on", "assigned_to", "title")
    long = ("number", "state", "kind", "customer_number", "currency", "assigned_to", "title", "detail", "created_on",
            "closed_on", "outcome", "action_id")  # fmt: skip
    print_rows(rows, (*short, "state", "outcome") if everything and form is Format.TABLE else short
               if form is Format.TABLE else long, form, "To do")  # fmt: skip


@app.command()
def done(
    number: NumberArgument,
    outcome: Annotated[str, typer.Option("--outcome", "-o", help="How it went, in words.")] = "done",
    promise: PromiseOption = None,
    home: HomeOption = None,
    day: DayOption = None,
    by: ByOption = "somebody",
) -> None:
    """Mark an item done, with how it went; a promise holds the customer until its day.

    Examples:

        chasing todo done 12 --outcome "Spoke to Ms Doe, invoice was lost, sent again"

        chasing todo done 12 --outcome "pays on Friday" --promise 2026-03-20
    """
    chasing = _open(home, day, promise)
    item = todos.close(
        chasing.ledger,
        number,
        outcome,
        chasing.clock.today(),
        lambda item: (_about(chasing, item, "done", by, outcome), *_promised(chasing, item, by, promise)),
    )
    _publish(chasing)
    say(f"To-do {number} is done: {item['title']}.")


@app.command()
def note(
    number: NumberArgument,
    text: Annotated[str, typer.Argument(help="The note.", show_default=False)],
    promise: PromiseOption = None,
    home: HomeOption = None,
    day: DayOption = None,
    by: ByOption = "somebody",
) -> None:
    """Write a note on an item; it stays open.

    Examples:

        chasing todo note 12 "Nobody answered, try again after lunch"
    """
    chasing = _open(home, day, promise)
    item = todos.annotate(
        chasing.ledger,
        number,
        lambda item: (_about(chasing, item, "note", by, text), *_promised(chasing, item, by, promise)),
    )
    _publish(chasing)
    say(f"Noted on to-do {number}: {item['title']}.")


@app.command()
def assign(
    number: NumberArgument,
    to: Annotated[str, typer.Argument(help="A team or a person.", show_default=False)],
    home: HomeOption = None,
    day: DayOption = None,
    by: ByOption = "somebody",
) -> None:
    """Give an item to somebody else.

    Examples:

        chasing todo assign 12 jane@example.com
    """
    chasing = _open(home, day)
    item = todos.assign(
        chasing.ledger, number, to, lambda item: (_about(chasing, item, "note", by, f"assigned to {to}"),)
    )
    _publish(chasing)
    say(f"To-do {number} is {item['assigned_to']}'s now.")


def _open(home: Path | None, day: date | None, promise: date | None = None) -> Chasing:
    """The home; in sandbox mode, without --date, on the last day that was played there. Raises typer's usage error."""
    chasing = open_home(home, day) if day else open_home_on_last_day(home)
    if promise is not None and promise < chasing.clock.today():
        raise typer.BadParameter(f"--promise lies before {chasing.clock.today()}")
    return chasing


def _about(
    chasing: Chasing, item: dict[str, Any], kind: str, by: str, detail: str, until: date | None = None
) -> Activity:
    return todos.about(item, kind, chasing.clock.now(), chasing.clock.today(), by, detail, until)


def _promised(chasing: Chasing, item: dict[str, Any], by: str, until: date | None) -> tuple[Activity, ...]:
    if until is None:
        return ()
    return (_about(chasing, item, "promise", by, f"payment promised until {until}", until),)


def _publish(chasing: Chasing) -> None:
    publish_activities(chasing.ledger, chasing.warehouse, [chasing.clock.today()])
