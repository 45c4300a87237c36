"""The command ``simulate``: what would happen on a range of days, also beside what other cadences would do.

Does not belong here: replaying the days (``planning.simulation``), comparing (``planning.comparison``), printing a
comparison (``comparing``).
"""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from chasing_pipeline.cli.options import (
    Format,
    FormatOption,
    HomeOption,
    open_home,
    output,
    parse_day,
    people,
    print_json,
    print_rows,
    say,
)
from chasing_pipeline.domain.problems import ConfigurationError

if TYPE_CHECKING:
    from chasing_pipeline.ledger.progress import Progress as Past
    from chasing_pipeline.planning.home import ChasingHome
    from chasing_pipeline.resources.chasing import Chasing

Row = dict[str, Any]


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
    against: Annotated[
        Path | None,
        typer.Option(
            "--against",
            metavar="DIR",
            help="Compare with the cadences of this folder, or of this chasing home.",
            show_default=False,
        ),
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Replay days as if each action were carried out on its day. Touches nothing.

    Limits and the growth breaker don't apply. Without --fresh it starts from what the ledger knows.

    With --against the same days are replayed with other cadences too, and the two are compared: messages by week and
    channel, estimated cost, and who would be chased differently. Under the same version the other steps count at once;
    under a new version running cycles finish on the one they began with.

    Examples:

        chasing simulate --from 2026-03-18 --to 2026-04-30

        chasing simulate --from 2026-03-09 --to 2026-03-18 --fresh --format csv

        chasing simulate --from 2026-03-18 --to 2026-04-30 --against trial/cadences
    """
    from chasing_pipeline.planning.simulation import SIMULATED_COLUMNS

    if last < first:
        raise typer.BadParameter("--to lies before --from")
    simulation = _Simulation(open_home(home), first, last, only_days, fresh)
    if against is None:
        print_rows(simulation.rows(simulation.home), SIMULATED_COLUMNS, form)
        if form is Format.TABLE:
            simulation.say_what_is_assumed()
    else:
        _compare(simulation, against.expanduser(), form)


class _Simulation:
    """The days to be replayed and the past from which each replay starts afresh."""

    def __init__(
        self, chasing: "Chasing", first: date, last: date, only_days: frozenset[date] | None, fresh: bool
    ) -> None:
        self._chasing = chasing
        self.home = chasing.home
        self.first, self.last = first, last
        self._only_days = only_days
        self._fresh = fresh
        self._refuse_changed_schedules()

    def past(self) -> "Past":
        """What happened before the first day."""
        from chasing_pipeline.ledger.progress import Progress, progress_before

        return progress_before(self._chasing.ledger, self.first) if self._has_past() else Progress()

    def _has_past(self) -> bool:
        from chasing_pipeline.ledger.store import Ledger

        return not self._fresh and Ledger.exists(self.home.root)

    def _refuse_changed_schedules(self) -> None:
        """Raises ConfigurationError where the daily run would refuse the home's cadences too."""
        from chasing_pipeline.planning.frozen import refuse_changed_schedules

        if self._has_past():
            try:
                refuse_changed_schedules(self.home, self._chasing.ledger)
            except ConfigurationError:
                say(
                    "note: to try other steps, change a copy of the cadences and simulate --against it; "
                    "--fresh ignores what is in use."
                )
                raise

    def say_what_is_assumed(self) -> None:
        """Tell people what no simulation can know."""
        newest = self.home.extract_days()[-1]
        if newest < self.last:
            say(
                f"note: after {newest}, the newest extract, it is assumed that nobody pays and nothing new is invoiced."
            )

    def rows(self, home: "ChasingHome", doing: str = "simulating") -> list[Row]:
        """Replay the days in ``home``, which may be a trial of it."""
        from chasing_pipeline.planning.simulation import simulate

        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            console=people,
            disable=not people.is_terminal,
        ) as bar:
            task = bar.add_task(doing, total=1)
            return list(
                simulate(
                    home,
                    self.first,
                    self.last,
                    self._only_days,
                    self.past(),
                    on_progress=lambda share: bar.update(task, completed=share),
                )
            )


def _compare(simulation: _Simulation, folder: Path, form: Format) -> None:
    from chasing_pipeline.cli.comparing import tell, with_sides
    from chasing_pipeline.cli.trial import finishing_earlier_versions, open_trial
    from chasing_pipeline.planning.comparison import compare
    from chasing_pipeline.planning.simulation import COST_COLUMNS, SIMULATED_COLUMNS

    trial = open_trial(simulation.home, folder)
    earlier = finishing_earlier_versions(trial, simulation.first, simulation.past())
    now = simulation.rows(simulation.home, "simulating the cadences of now")
    against = simulation.rows(trial, "simulating those of the trial")
    comparison = compare(now, against)
    columns = ("side", *SIMULATED_COLUMNS, *COST_COLUMNS)
    if form is Format.JSON:
        days = {"from": simulation.first, "to": simulation.last, "against": str(trial.cadence_folder)}
        rows = [{name: row[name] for name in columns} for row in with_sides(now, against)]
        print_json({**days, **asdict(comparison), "finishing_on_earlier_versions": earlier, "rows": rows})
    elif form is Format.CSV:
        print_rows(with_sides(now, against), columns, form)
    else:
        what = f"From {simulation.first} to {simulation.last}, against the cadences of {trial.cadence_folder}:"
        output.print(what, markup=False, soft_wrap=True)
        tell(comparison)
        simulation.say_what_is_assumed()
    if form is not Format.JSON:
        for name, count in earlier.items():
            say(f"note: {count} units in a running cycle finish on {name}, with which they began.")
