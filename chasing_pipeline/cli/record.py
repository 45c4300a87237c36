"""The command ``record``: what people did or heard elsewhere, one thing or a file of them.

Does not belong here: the to-do list itself (``todo``), what may be recorded (``planning.recordings``).
"""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from chasing_pipeline.cli.options import (
    ByOption,
    DayOption,
    HomeOption,
    open_home,
    open_home_on_last_day,
    parse_day,
    say,
)
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.planning.publication import publish_activities
from chasing_pipeline.planning.recordings import KINDS, WAYS_OUT, Recording

DAY = "YYYY-MM-DD"


def register(app: typer.Typer) -> None:
    """Add this family to the command."""
    app.command()(record)


def record(
    kind: Annotated[str, typer.Argument(help=f"{', '.join(KINDS)}.", show_default=False)] = "",
    customer: Annotated[str, typer.Argument(help="The customer's number.", show_default=False)] = "",
    text: Annotated[str, typer.Argument(help="What is to be known, in words.", show_default=False)] = "",
    until: Annotated[
        date | None,
        typer.Option("--until", parser=parse_day, metavar=DAY, help="promise, dispute: no chasing until then."),
    ] = None,
    on: Annotated[
        date | None, typer.Option("--on", parser=parse_day, metavar=DAY, help="The day it happened. Default: today.")
    ] = None,
    currency: Annotated[str, typer.Option(help="The account's currency; default: all.", show_default=False)] = "",
    channel: Annotated[
        str, typer.Option(help=f"opted_out, opted_in: which channel: {', '.join(WAYS_OUT)}.", show_default=False)
    ] = "",
    address: Annotated[
        str,
        typer.Option(help="With --channel: only this address, as the extract has it.", show_default=False),
    ] = "",
    todo: Annotated[
        int | None, typer.Option(help="done: which to-do, if there are several.", show_default=False)
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="Instead: a CSV file of them, as a whole.", show_default=False)
    ] = None,
    home: HomeOption = None,
    day: DayOption = None,
    by: ByOption = "somebody",
) -> None:
    """Record a note, a promise, a dispute, a done to-do or an opt-out in the activity log, or that an opt-out is over.

    A file has the columns customer_number, kind, detail, promised_until, actor, occurred_on. It is recorded as a whole
    or not at all, and once, however often it is given.

    Examples:

        chasing record note C1003 "asked for a copy of invoice 4711" --by "Jane Doe"

        chasing record promise C1003 --until 2026-03-25 --by "Jane Doe"

        chasing record opted_out C1003 --channel sms --by "Jane Doe"

        chasing record opted_in C1003 "wrote that texts are fine again" --channel sms --by "Jane Doe"

        chasing record --file calls.csv
    """
    chasing = open_home(home, day) if day else open_home_on_last_day(home)
    recorder = chasing.recorder()
    if file is not None:
        if kind:
            raise typer.BadParameter("give KIND and CUSTOMER, or --file")
        count, days = recorder.record_file(file)
        publish_activities(chasing.ledger, chasing.warehouse, days)
        say(f"{count} activities of {file.name} recorded." if count else f"{file.name} was recorded before.")
        return
    if kind not in KINDS or not customer:
        raise typer.BadParameter(f"give KIND ({', '.join(KINDS)}) and CUSTOMER, or --file")
    if channel and channel not in WAYS_OUT:
        raise typer.BadParameter(f"--channel takes {', '.join(WAYS_OUT)}")
    wanted = Channel(channel) if channel else None
    said = Recording(kind, customer, by, text, currency, until, on, wanted, address, todo)
    happened_on = recorder.record(said)
    publish_activities(chasing.ledger, chasing.warehouse, [happened_on])
    say(f"Recorded on {happened_on}: {kind} of {customer}.")
