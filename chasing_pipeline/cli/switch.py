"""The commands around sending: ``stop`` and ``resume`` all of it, and ``deliveries``, which asks what became of it."""

from typing import Annotated

import typer

from chasing_pipeline.cli.options import ByOption, HomeOption, open_home, say

ReasonOption = Annotated[str, typer.Option("--reason", help="Why, for the activity log.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add this family to the command."""
    app.command()(stop)
    app.command()(resume)
    app.command()(deliveries)


def stop(home: HomeOption = None, by: ByOption = "", reason: ReasonOption = "") -> None:
    """Stop all sending at once, also of dispatchers that are at work, until it is resumed.

    Example:

        chasing stop --by "Jane Doe" --reason "wrong prices in the extract"
    """
    from chasing_pipeline.ledger.guards import stop_sending

    chasing, name = open_home(home), _name(by)
    stop_sending(chasing.ledger, name, reason, chasing.clock.now(), chasing.clock.today())
    say(f"Nothing is sent any more; let it go on with: {chasing.home.command('resume --by YOUR-NAME')}")


def resume(home: HomeOption = None, by: ByOption = "", reason: ReasonOption = "") -> None:
    """Let sending go on after it was stopped.

    Example:

        chasing resume --by "Jane Doe"
    """
    from chasing_pipeline.ledger.guards import resume_sending

    chasing, name = open_home(home), _name(by)
    resume_sending(chasing.ledger, name, reason, chasing.clock.now(), chasing.clock.today())
    say("Sending goes on.")


def deliveries(home: HomeOption = None) -> None:
    """Ask the providers what became of the messages in flight, and append it to the activity log.

    Example:

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


def _name(by: str) -> str:
    if not by.strip():
        raise typer.BadParameter("--by needs the name of who takes responsibility")
    return by.strip()
