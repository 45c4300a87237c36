"""The command ``simulate``: what would happen on a range of days."""

from datetime import date
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from chasing_pipeline.cli.options import Format, FormatOption, HomeOption, open_home, parse_day, people, print_rows


def register(app: typer.Typer) -> None:
    """Add this family to the command."""
    app.command()(simulate)


def parse_days(text: str) -> frozenset[date]:
    """Days separated by commas. Raises typer's usage error."""
    return frozenset(parse_day(part.strip()) for part in text.split(",") if part.strip())


def simulate(
    first: Annotated[date, typer.Option("--from", parser=parse_day, metavar="YYYY-MM-DD", help="First day.")],
    last: Annotated[date, typer.Option("--to", parser=parse_day, metavar="YYYY-MM-DD", help="Last day.")],
    home: HomeOption = None,
    only_days: Annotated[
        frozenset[date] | None,
        typer.Option(
            "--only-days",
            parser=parse_days,
            metavar="D1,D2,…",
            help="Of the days, only these run, as if nothing had run on the others.",
            show_default=False,
        ),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Ignore what the ledger knows.")] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Replay days as if each action were carried out on its day. Touches nothing.

    Limits and the growth breaker don't apply. Without --fresh it starts from what the ledger knows.

    Examples:

        chasing simulate --from 2026-03-18 --to 2026-04-30

        chasing simulate --from 2026-03-09 --to 2026-03-18 --fresh --format csv
    """
    from chasing_pipeline.domain.calendar import days_between
    from chasing_pipeline.ledger.progress import progress_before
    from chasing_pipeline.ledger.store import Ledger
    from chasing_pipeline.planning.simulation import SIMULATED_COLUMNS, simulate

    if last < first:
        raise typer.BadParameter("--to lies before --from")
    chasing = open_home(home)
    past = None
    if not fresh and Ledger.exists(chasing.home.root):
        past = progress_before(chasing.ledger, first)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeRemainingColumn(),
        console=people,
        disable=not people.is_terminal,
    ) as bar:
        task = bar.add_task("simulating", total=len(list(days_between(first, last))))
        rows = list(
            simulate(
                chasing.home,
                first,
                last,
                only_days,
                past,
                on_day=lambda day: bar.update(task, advance=1, description=f"simulating {day}"),
            )
        )
    print_rows(rows, SIMULATED_COLUMNS, form)
