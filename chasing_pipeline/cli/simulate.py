"""The command ``simulate``: what would happen on a range of days, also beside what other cadences would do.

Does not belong here: replaying the days (``planning.simulation``), comparing (``planning.comparison``).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

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
    print_table,
    say,
)

if TYPE_CHECKING:
    from chasing_pipeline.ledger.progress import Progress as Past
    from chasing_pipeline.planning.comparison import Comparison, Contact
    from chasing_pipeline.planning.home import ChasingHome
    from chasing_pipeline.resources.chasing import Chasing

SHOWN = 50
"""Customers that the table of differences shows; csv and json have them all."""
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

    def past(self) -> "Past":
        """What happened before the first day."""
        from chasing_pipeline.ledger.progress import Progress, progress_before
        from chasing_pipeline.ledger.store import Ledger

        if self._fresh or not Ledger.exists(self.home.root):
            return Progress()
        return progress_before(self._chasing.ledger, self.first)

    def rows(self, home: "ChasingHome", doing: str = "simulating") -> list[Row]:
        """Replay the days in ``home``, which may be a trial of it."""
        from chasing_pipeline.planning.simulation import simulate

        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TimeRemainingColumn(),
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
    from chasing_pipeline.cli.trial import finishing_earlier_versions, open_trial
    from chasing_pipeline.planning.comparison import compare
    from chasing_pipeline.planning.simulation import COST_COLUMNS, SIMULATED_COLUMNS

    trial = open_trial(simulation.home, folder)
    earlier = finishing_earlier_versions(trial, simulation.first, simulation.past())
    against = simulation.rows(trial, "simulating the trial")
    now = simulation.rows(simulation.home)
    comparison = compare(now, against)
    if form is Format.JSON:
        days = {"from": simulation.first, "to": simulation.last, "against": str(trial.cadence_folder)}
        counted = {"finishing_on_earlier_versions": earlier}
        print_json({**days, **asdict(comparison), **counted, "rows": _with_sides(now, against)})
        return
    if form is Format.CSV:
        print_rows(_with_sides(now, against), ("side", *SIMULATED_COLUMNS, *COST_COLUMNS), form)
    else:
        _tell(comparison)
    for name, count in earlier.items():
        say(f"note: {count} units in a running cycle finish on {name}, with which they began.")


def _with_sides(now: Iterable[Row], against: Iterable[Row]) -> list[Row]:
    """The rows of both by day and customer, each with its side."""
    sided = [{"side": side, **row} for side, rows in (("now", now), ("against", against)) for row in rows]
    return sorted(sided, key=lambda row: (row["action_date"], row["customer_number"], row["currency"]))


def _tell(comparison: "Comparison") -> None:
    columns = ("now", "against", "difference")
    counts = [
        [count.week, count.channel, str(count.now), str(count.against), _change(count.difference)]
        for count in comparison.messages
    ]
    print_table(output, "Messages by week and channel", ("week", "channel", *columns), [*counts, *_totals(comparison)])
    costs = [
        [cost.currency, _money(cost.now), _money(cost.against), _money(cost.difference, "+")]
        for cost in comparison.costs
    ]
    print_table(output, "Estimated cost", ("currency", *columns), costs)
    if comparison.without_price_now or comparison.without_price_against:
        without = f"{comparison.without_price_now} now, {comparison.without_price_against} against"
        output.print(f"Without a price, so not in it: {without}.")
    output.print(
        f"Customers chased: {comparison.customers_now} now, {comparison.customers_against} against; "
        f"only now {len(comparison.customers_only_now)}, only against {len(comparison.customers_only_against)}; "
        f"chased differently {len(comparison.differing)}."
    )
    differing = [
        [customer.customer_number, _listed(customer.only_now), _listed(customer.only_against)]
        for customer in comparison.differing[:SHOWN]
    ]
    if differing:
        print_table(output, "Who is chased differently", ("customer", "only now", "only against"), differing)
    if len(comparison.differing) > SHOWN:
        say(f"{len(comparison.differing) - SHOWN} more are chased differently; --format json has all of them.")


def _totals(comparison: "Comparison") -> list[list[str]]:
    now: Counter[str] = Counter()
    against: Counter[str] = Counter()
    for count in comparison.messages:
        now[count.channel] += count.now
        against[count.channel] += count.against
    return [
        ["all", channel, str(now[channel]), str(against[channel]), _change(against[channel] - now[channel])]
        for channel in sorted(now)
    ]


def _listed(contacts: "Iterable[Contact]") -> str:
    return "; ".join(f"{c.day} {c.step} ({c.channel}, {c.currency})" for c in contacts)


def _change(difference: int) -> str:
    return f"{difference:+}" if difference else "0"


def _money(amount: Decimal, sign: str = "") -> str:
    """An amount with at least two decimals; a price list may have more."""
    shortest = amount.normalize()
    decimals = max(2, -int(shortest.as_tuple().exponent))
    return f"{shortest:{sign},.{decimals}f}"
