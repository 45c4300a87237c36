"""The commands about the home itself: ``init`` and ``check``."""

import shlex
import shutil
from pathlib import Path
from typing import Annotated

import typer

from chasing_pipeline.cli.options import HomeOption, open_home, say
from chasing_pipeline.domain.problems import ChasingError, ConfigurationError
from chasing_pipeline.engine.warehouse import Warehouse
from chasing_pipeline.files import shipped
from chasing_pipeline.planning.home import ChasingHome

STARTER = Path(__file__).resolve().parent.parent / "starter"


def register(app: typer.Typer) -> None:
    """Add this family to the command."""
    app.command()(init)
    app.command()(check)


def init(
    directory: Annotated[Path, typer.Argument(help="A directory that is empty or not there.", show_default=False)],
) -> None:
    """Make a new chasing home, ready to edit: settings, a cadence, templates in four languages.

    Examples:

        chasing init my-home
    """
    if directory.exists() and any(directory.iterdir()):
        raise ChasingError(f"{directory} is not empty; choose another directory")
    shutil.copytree(STARTER, directory, dirs_exist_ok=True)
    shutil.copytree(shipped("data") / "templates", directory / "templates")
    (directory / "extracts").mkdir()
    # empty tables can be read from the first moment on
    Warehouse(ChasingHome(directory).warehouse).refresh_views()
    quoted = shlex.quote(str(directory))
    say(f"Made the chasing home {directory}. Next:")
    for line in (
        f"1. edit {directory / 'chasing.yaml'} and {directory / 'cadences' / 'friendly-reminders.yaml'}",
        f"2. put an extract into {directory / 'extracts'}/YYYY-MM-DD/: customers.csv, invoices.csv, "
        "and contacts.csv, transactions.csv where you have them",
        f"3. chasing check --home {quoted}",
        f"4. chasing run --home {quoted} --date YYYY-MM-DD   (sandbox: the messages land in outbox/)",
    ):
        say(f"  {line}")


def check(home: HomeOption = None) -> None:
    """Find everything that can be wrong in the home, all of it at once; exit code 1 if there is anything.

    Examples:

        chasing check

        chasing check --home my-home
    """
    from chasing_pipeline.cli.checking import home_problems, home_remarks

    chasing = open_home(home)
    problems = home_problems(chasing)
    if problems:
        raise ConfigurationError(problems)
    for remark in home_remarks(chasing):
        say(f"note: {remark}")
    say(f"{chasing.home.root} is in order.")
