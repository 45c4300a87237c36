"""The commands around sending: ``stop`` and ``resume`` all of it, ``release`` what is held for approval, and
``deliveries``, which asks what became of it."""

from typing import Annotated

import typer

from chasing_pipeline.cli.options import ByOption, DayOption, HomeOption, open_home, say
from chasing_pipeline.domain.problems import DispatchRefused

ReasonOption = Annotated[str, typer.Option("--reason", help="Why, for the activity log.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add this family to the command."""
    app.command()(stop)
    app.command()(resume)
    app.command()(release)
    app.command()(deliveries)


def stop(home: HomeOption = None, by: ByOption = "", reason: ReasonOption = "") -> None:
    """Stop all sending at once, also of dispatchers that are at work, until it is resumed.

    Examples:

        chasing stop --by "Jane Doe" --reason "wrong prices in the extract"
    """
    from chasing_pipeline.ledger.guards import stop_sending

    chasing, name = open_home(home), _name(by)
    stop_sending(chasing.ledger, name, reason, chasing.clock.now(), chasing.clock.today())
    say(f"Nothing is sent any more; let it go on with: {chasing.home.command('resume --by YOUR-NAME')}")


def resume(home: HomeOption = None, by: ByOption = "", reason: ReasonOption = "") -> None:
    """Let sending go on after it was stopped.

    Examples:

        chasing resume --by "Jane Doe"
    """
    from chasing_pipeline.ledger.guards import resume_sending

    chasing, name = open_home(home), _name(by)
    resume_sending(chasing.ledger, name, reason, chasing.clock.now(), chasing.clock.today())
    say("Sending goes on.")


def release(
    action_ids: Annotated[
        list[str] | None, typer.Argument(metavar="ACTION_ID...", help="Actions to release.", show_default=False)
    ] = None,
    release_all: Annotated[bool, typer.Option("--all", help="Release everything that is held today.")] = False,
    cadence: Annotated[str, typer.Option(help="With --all: of this cadence only.", show_default=False)] = "",
    step: Annotated[str, typer.Option(help="With --all: of this step only.", show_default=False)] = "",
    home: HomeOption = None,
    day: DayOption = None,
    by: ByOption = "",
) -> None:
    """Release actions of today that are held for approval; the next dispatch sends them.

    Examples:

        chasing release --all --by "Jane Doe"

        chasing release --all --cadence net30-standard --step final --by "Jane Doe"

        chasing release 8c7e0a1b5d2f4e6a9c3b7d1e0f2a4c6e --by "Jane Doe"
    """
    from chasing_pipeline.dispatching.approval import Wanted

    if bool(action_ids) is release_all:
        raise typer.BadParameter("give the ids of actions, or --all")
    if action_ids and (cadence or step):
        raise typer.BadParameter("--cadence and --step go with --all")
    chasing, name = open_home(home, day), _name(by)
    today = chasing.clock.today()
    if day and day != today:
        raise DispatchRefused(f"only today's actions are released, and today is {today}")
    released = chasing.approvals().release(
        *chasing.planned_actions(today), Wanted(action_ids or (), cadence, step), name
    )
    if not released:
        say(f"None of these actions of {today} was held for approval.")
        return
    command = chasing.home.command(f"dispatch --date {today}" if chasing.clock.is_played else "dispatch")
    say(f"{_counted(len(released))} released by {name}; what is released goes out with the next dispatch: {command}")


def deliveries(home: HomeOption = None) -> None:
    """Ask the providers what became of the messages in flight, and append it to the activity log.

    Examples:

        chasing deliveries
    """
    from chasing_pipeline.planning.publication import publish_activities

    chasing = open_home(home)
    report = chasing.deliveries().follow()
    publish_activities(chasing.ledger, chasing.warehouse, [chasing.clock.today()])
    learnt = ", ".join(f"{count} {kind}" for kind, count in sorted(report.kinds.items()))
    say(f"{report.asked} messages in flight; {learnt or 'no news'}.")
    for remark in report.remarks:
        say(f"note: {remark}")


def _counted(number: int) -> str:
    return "1 action is" if number == 1 else f"{number} actions are"


def _name(by: str) -> str:
    if not by.strip():
        raise typer.BadParameter("--by needs the name of who takes responsibility")
    return by.strip()
