"""The command ``chasing``: one file per family of commands, put together here.

Exit codes: 0 done, 1 the data or the configuration is at fault, 2 wrong usage.
"""

import gc
import sys

import typer

from chasing_pipeline.cli import (
    daily,
    demo,
    desk,
    enrol,
    explain,
    home,
    look,
    preview,
    record,
    simulate,
    switch,
    todo,
    ui,
)
from chasing_pipeline.cli.options import say
from chasing_pipeline.domain.problems import ChasingError

app = typer.Typer(
    name="chasing",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Chases what customers owe: reads the day's extract, decides who is contacted and how, does it once.\n\n"
    "A chasing home holds settings, cadences, templates and extracts: --home DIR, or CHASING_HOME.",
)
for family in (demo, home, daily, switch, look, explain, preview, record, enrol, simulate, ui):
    family.register(app)
app.add_typer(todo.app, name="todo")
app.add_typer(desk.app, name="desk")


def collect_seldom() -> None:
    """Let Python look for garbage in cycles more seldom: a command imports much, none of it garbage, and ends soon."""
    gc.set_threshold(100_000, 50, 100)


def main() -> None:
    """Run the command line; the user's mistakes become one clear message and exit code 1."""
    collect_seldom()
    try:
        app()
    except ChasingError as error:
        for line in str(error).splitlines():
            say(f"error: {line}")
        sys.exit(1)
    except KeyboardInterrupt:
        say("Interrupted. What was under way is looked at by the next dispatch; nothing is sent twice.")
        sys.exit(130)
