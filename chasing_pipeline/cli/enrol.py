"""The command ``enrol``: customers put into a cadence, or taken out of it, by hand.

Does not belong here: checking and changing ``enrolments.csv`` (``enrolling``).
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chasing_pipeline.cli.options import ByOption, HomeOption, open_home_on_last_day, say
from chasing_pipeline.domain.problems import Problem

if TYPE_CHECKING:
    from chasing_pipeline.cli.enrolling.changing import Changes
    from chasing_pipeline.cli.enrolling.wishes import Wish
    from chasing_pipeline.resources.chasing import Chasing

SHOWN = 10
"""Customers that a sentence names before it only counts the others."""
STANDARD_INPUT = "-"

FileOption = Annotated[
    Path | None,
    typer.Option(
        "--file",
        metavar="FILE",
        help="A CSV file with a column customer_number (and perhaps currency), or one number per line; - is standard "
        "input.",
        show_default=False,
    ),
]
CurrencyOption = Annotated[
    str,
    typer.Option("--currency", metavar="CUR", help="Only the account in this currency, where no row names another."),
]


def register(app: typer.Typer) -> None:
    """Add this family to the command."""
    app.command()(enrol)


def enrol(
    cadence: Annotated[str, typer.Argument(help="The cadence's name.", show_default=False)],
    customers: Annotated[
        list[str] | None, typer.Argument(metavar="CUSTOMER…", help="Customer numbers.", show_default=False)
    ] = None,
    home: HomeOption = None,
    file: FileOption = None,
    currency: CurrencyOption = "",
    remove: Annotated[bool, typer.Option("--remove", help="Take them out of the cadence; rules decide again.")] = False,
    move: Annotated[bool, typer.Option("--move", help="Also those whom a row puts into another cadence.")] = False,
    by: ByOption = "somebody",
) -> None:
    """Put customers into a cadence by hand; that beats every rule. Edits enrolments.csv.

    Everything is checked first, and all faults are told at once; nothing is written if there is any. Repeating it
    changes nothing. The next run finds the customers in the cadence.

    Examples:

        chasing enrol key-accounts C1025 C1033

        chasing enrol key-accounts C1025 --currency EUR

        chasing enrol key-accounts --file customers.csv --move

        chasing enrol key-accounts C1033 --remove
    """
    from chasing_pipeline.cli.enrolling.changing import put_in, take_out
    from chasing_pipeline.cli.enrolling.wishes import Wish, distinct

    if remove and move:
        raise typer.BadParameter("--remove takes customers out, --move puts them in; give one of them")
    if not customers and file is None:
        raise typer.BadParameter("name customers, or a --file of them ('-' is standard input)")
    chasing = open_home_on_last_day(home)
    named = [Wish(number.strip(), currency) for number in customers or []]
    in_file, faults = _read(file, cadence, currency)
    wishes, contradictions = distinct([*named, *in_file])
    faults += contradictions
    if remove:
        changes = take_out(chasing.home, cadence, wishes, faults)
    else:
        changes = put_in(chasing.home, cadence, wishes, faults, move)
    _record(chasing, cadence, changes, remove, by)
    _tell(cadence, changes, remove)


def _read(file: Path | None, cadence: str, currency: str) -> tuple[list["Wish"], list[Problem]]:
    from chasing_pipeline.cli.enrolling.wishes import read_wishes

    if file is None:
        return [], []
    if str(file) == STANDARD_INPUT:
        return read_wishes(sys.stdin.buffer.read(), "standard input", cadence, currency)
    try:
        content = file.expanduser().read_bytes()
    except OSError as error:
        return [], [Problem(str(file), None, None, f"the file can't be read: {error.strerror or error}")]
    return read_wishes(content, str(file), cadence, currency)


def _record(chasing: "Chasing", cadence: str, changes: "Changes", removed: bool, by: str) -> None:
    """Leave a note of who did it; that a unit entered the cadence is recorded when a run first sees it there."""
    from chasing_pipeline.ledger.activities import Activity, record
    from chasing_pipeline.planning.publication import publish_activities

    told = [(wish, f"taken out of {cadence}" if removed else f"put into {cadence}") for wish in changes.done]
    told += [(wish, f"moved from {left} to {cadence}") for wish, left in changes.moved]
    if not told:
        return
    now, today = chasing.clock.now(), chasing.clock.today()
    notes = [
        Activity(
            "note", now, today, by, customer_number=wish.customer_number, currency=wish.currency or None,
            cadence=cadence, detail=f"{what} by hand",
        )
        for wish, what in told
    ]  # fmt: skip
    record(chasing.ledger, *notes)
    publish_activities(chasing.ledger, chasing.warehouse, [today])


def _tell(cadence: str, changes: "Changes", removed: bool) -> None:
    done = f"Taken out of {cadence}" if removed else f"Put into {cadence}"
    already = f"Not in {cadence} by hand, nothing to do" if removed else f"In {cadence} already, nothing to do"
    _say(done, [str(wish) for wish in changes.done])
    _say(f"Moved to {cadence}", [f"{wish} from {left}" for wish, left in changes.moved])
    _say(already, [str(wish) for wish in changes.already])
    if changes.done or changes.moved:
        say("The next run finds it so." if not removed else "From the next run on the rules decide for them.")


def _say(what: str, whom: Sequence[str]) -> None:
    if whom:
        more = f" and {len(whom) - SHOWN} more" if len(whom) > SHOWN else ""
        say(f"{what}: {', '.join(whom[:SHOWN])}{more}.")
