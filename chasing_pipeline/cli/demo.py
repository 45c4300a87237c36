"""The command ``demo``: the main job on the sample home, and what to look at next."""

import os
import shlex
import shutil
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from chasing_pipeline.cli.options import open_home, output, people, print_table, say
from chasing_pipeline.domain.problems import ChasingError
from chasing_pipeline.files import shipped
from chasing_pipeline.planning.home import ChasingHome
from chasing_pipeline.resources.chasing import Chasing


def register(app: typer.Typer) -> None:
    """Add this family to the command."""
    app.command()(demo)


DemoHome = Annotated[Path | None, typer.Option("--home", help="Another home than the sample home.", show_default=False)]


def demo(home: DemoHome = None) -> None:
    """Run the main job on the sample home, in sandbox mode, and say what to look at next.

    The day played is that of the sample's last extract. Repeating it sends nothing twice.

    Examples:

        chasing demo
    """
    from chasing_pipeline.cli.orchestrated import Orchestrator

    root = home or _sample_home()
    own = open_home(root).home
    if own.settings.mode != "sandbox":
        raise ChasingError(f"{root} sends for real (mode: live); the demo plays only in sandbox mode")
    if not own.extract_days():
        raise ChasingError(f"there is no extract below {own.extracts}")
    day = own.extract_days()[-1]
    chasing = open_home(root, day)
    where = os.path.relpath(chasing.home.root)
    say(f"Sample home {where}, playing {day} in sandbox mode: nothing leaves this machine.")
    with Orchestrator(chasing, day, day) as orchestrator:
        with people.status("reading the extract, aging, deciding"):
            orchestrator.plan(day, day)
        with people.status("carrying out the actions"):
            outcome = orchestrator.dispatch(day)
    now = sum(outcome["outcomes"].get(state, 0) for state in ("sent", "todo", "failed"))
    _show(chasing, now)


def _sample_home() -> Path:
    """The sample home; an installed package's own copy is read-only, so it is copied beside the user first."""
    sample = shipped("data")
    if "_files" not in sample.parts:
        return sample
    copy = Path.cwd() / "chasing-demo"
    if not copy.exists():
        shutil.copytree(sample, copy)
    return copy


def _show(chasing: Chasing, carried_out_now: int) -> None:
    from chasing_pipeline.ledger.dispatches import states_of

    day = chasing.clock.today()
    actions, _ = chasing.planned_actions(day)
    states = states_of(chasing.ledger, [action.action_id for action in actions])
    words = {"sent": "sent", "todo": "on the to-do list", "failed": "unreachable: to-do"}
    rows = [
        [
            action.customer_number,
            action.customer_name,
            action.cadence,
            action.step,
            action.channel.value,
            f"{action.balance:,.2f} {action.currency}",
            words.get(states.get(action.action_id, ""), states.get(action.action_id, "owed")),
        ]
        for action in sorted(actions, key=lambda a: (a.customer_number, a.currency, a.step_number))
    ]
    columns = ("customer", "name", "cadence", "step", "channel", "balance", "outcome")
    print_table(output, f"What was due on {day}", columns, rows)
    before = sum(state in words for state in states.values()) - carried_out_now
    by_channel = Counter(action.channel.value for action in actions)
    output.print(", ".join(f"{count} {channel}" for channel, count in by_channel.most_common()))
    output.print(
        f"{len(actions)} actions; {carried_out_now} carried out now, {before} before. "
        "Run it again: nothing is sent twice."
    )
    home = Path(os.path.relpath(chasing.home.root))
    command = "chasing" if shutil.which("chasing") else os.path.relpath(sys.argv[0])
    where = "" if chasing.home.root == ChasingHome.from_environment().root else f" --home {shlex.quote(str(home))}"
    some = actions[0].customer_number if actions else "CUSTOMER"
    output.print("\nLook next at", style="bold")
    for text in (
        f"what was sent        {home / 'outbox' / day.isoformat()}",
        f"the to-do list       {command} todo list{where}",
        f"why, or why not      {command} explain {some} --date {day}{where}",
        f"the tables           duckdb -readonly {home / 'warehouse' / 'chasing.duckdb'} "
        '"select channel, count(*) from action_table group by all"',
        f"the orchestrator     {command} ui{where}",
    ):
        output.print(f"  {text}", soft_wrap=True)
