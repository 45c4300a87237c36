"""The commands that do the day's work: ``run`` and ``dispatch``."""

from datetime import date
from typing import Annotated, Any

import typer

from chasing_pipeline.cli.options import ByOption, DayOption, HomeOption, open_home, parse_day, people, say
from chasing_pipeline.domain.problems import DispatchRefused
from chasing_pipeline.resources.chasing import Chasing

FromOption = Annotated[
    date | None, typer.Option("--from", parser=parse_day, metavar="YYYY-MM-DD", help="First day of a backfill.")
]
ToOption = Annotated[
    date | None, typer.Option("--to", parser=parse_day, metavar="YYYY-MM-DD", help="Last day of a backfill.")
]


def register(app: typer.Typer) -> None:
    """Add this family to the command."""
    app.command()(run)
    app.command()(dispatch)


def run(
    home: HomeOption = None,
    day: DayOption = None,
    first: FromOption = None,
    last: ToOption = None,
    no_dispatch: Annotated[bool, typer.Option("--no-dispatch", help="Plan only; send nothing.")] = False,
) -> None:
    """Run the day: read the extract, decide every step, write the action table, carry out what is due.

    In sandbox mode --date plays any day as if it were today. With --from and --to the tables of a range of days are
    filled; only what is still owed today is sent, never an old day's actions.

    Examples:

        chasing run

        chasing run --date 2026-03-18 --no-dispatch

        chasing run --from 2026-03-09 --to 2026-03-18
    """
    from chasing_pipeline.cli.orchestrated import Orchestrator

    if (first is None) != (last is None) or (first and day):
        raise typer.BadParameter("give --date, or both --from and --to")
    if first and last and last < first:
        raise typer.BadParameter("--to lies before --from")
    chasing = open_home(home, day)
    today = chasing.clock.today()
    begin, end = first or day or today, last or day or today
    with Orchestrator(chasing, begin, end) as orchestrator:
        with people.status(f"planning {begin}" if begin == end else f"planning {begin} to {end}"):
            orchestrator.plan(begin, end)
        report_planned(chasing, begin, end)
        if not no_dispatch and begin <= today <= end:
            with people.status(f"carrying out the actions of {today}"):
                outcome = orchestrator.dispatch(today)
            report_dispatched(chasing, today, outcome)
        elif not no_dispatch:
            say(f"Nothing was sent: only today's actions are ever carried out, and today is {today}.")


def dispatch(
    home: HomeOption = None,
    day: DayOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be carried out; do nothing.")] = False,
    release: Annotated[
        str | None,
        typer.Option(help="Release a stop for the day: quarantine or growth. Needs --by.", show_default=False),
    ] = None,
    by: ByOption = "",
) -> None:
    """Carry out what is still owed of the day's action table, each action once.

    Examples:

        chasing dispatch

        chasing dispatch --date 2026-03-18 --dry-run

        chasing dispatch --release quarantine --by "Jane Doe"
    """
    from chasing_pipeline.cli.orchestrated import Orchestrator

    chasing = open_home(home, day)
    today = day or chasing.clock.today()
    if release is not None:
        _release(chasing, today, release, by)
    if dry_run:
        _show_owed(chasing, today)
        return
    if today != chasing.clock.today():
        raise DispatchRefused(f"only today's actions are carried out, and today is {chasing.clock.today()}")
    chasing.planned_actions(today)
    with people.status(f"carrying out the actions of {today}"), Orchestrator(chasing, today, today) as orchestrator:
        outcome = orchestrator.dispatch(today)
    report_dispatched(chasing, today, outcome)


def report_planned(chasing: Chasing, first: date, last: date) -> None:
    """Say how many actions were planned, and what stands in quarantine."""
    from chasing_pipeline.domain.calendar import days_between

    for day in days_between(first, last) if (last - first).days < 14 else (last,):
        actions, _ = chasing.planned_actions(day)
        held = sum(action.status == "held" for action in actions)
        say(f"{day}: {len(actions)} actions planned{f', {held} of them held for approval' if held else ''}.")


def report_dispatched(chasing: Chasing, day: date, outcome: dict[str, Any]) -> None:
    """Say what was carried out; exits with 1 where a fault held something back, or somebody stopped all sending."""
    words = {
        "sent": "sent",
        "todo": "put on the to-do list",
        "failed": "failed for good (a to-do says what to mend)",
        "cancelled": "cancelled, for they are not due any more",
        "planned": "not sent, and planned again",
        "stopped": "not sent, for somebody stopped all sending",
        "taken": "taken by another dispatcher",
        "waiting": "waiting",
        "held": "held for approval",
        "over_limit": "over a daily limit",
        "faulty_template": "held back by a faulty template",
        "not_made": "held back, for their message could not be made",
        "in_doubt": "in doubt: looked for at the next dispatch",
    }
    counts = [f"{count} {words.get(name, name)}" for name, count in sorted(outcome["outcomes"].items())]
    say(f"{day}: {', '.join(counts) if counts else 'nothing was owed any more'}.")
    for remark in outcome["remarks"]:
        say(f"note: {remark}")
    for problem in outcome["problems"]:
        say(f"error: {problem}")
    is_held_back = any(outcome["outcomes"].get(name) for name in ("not_made", "stopped"))
    if outcome["problems"] or outcome["has_stopped_channels"] or is_held_back:
        raise typer.Exit(1)


def _release(chasing: Chasing, day: date, stop: str, by: str) -> None:
    from chasing_pipeline.dispatching.gates import RELEASABLE
    from chasing_pipeline.ledger.releases import release

    if stop not in RELEASABLE:
        raise typer.BadParameter(f"--release takes {' or '.join(RELEASABLE)}")
    if not by.strip():
        raise typer.BadParameter("--release needs --by, the name of who takes responsibility")
    release(chasing.ledger, day, stop, by, chasing.clock.now())
    say(f"{stop} is released for {day} by {by}.")


def _show_owed(chasing: Chasing, day: date) -> None:
    from chasing_pipeline.cli.options import Format, print_rows
    from chasing_pipeline.ledger.dispatches import states_of
    from chasing_pipeline.ledger.states import CARRIED_OUT

    actions, units = chasing.planned_actions(day)
    states = states_of(chasing.ledger, [action.action_id for action in actions])
    owed = [action for action in actions if states.get(action.action_id) not in CARRIED_OUT]
    columns = ("customer_number", "channel", "step", "balance", "currency", "recipient", "status")
    print_rows([{**action.__dict__, "channel": action.channel.value} for action in owed], columns, Format.TABLE)
    held = len(chasing.approvals().waiting(owed, units))
    waits = f", {held} of them held for approval" if held else ""
    say(f"{len(owed)} actions of {day} are owed{waits}; nothing was done.")
