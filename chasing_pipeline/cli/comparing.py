"""Two simulations beside each other, printed for people.

Does not belong here: comparing (``planning.comparison``), the command (``simulate``).
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from chasing_pipeline.cli.options import output, print_table, say
from chasing_pipeline.planning.comparison import Comparison, Contact, Differing, MessageCount

SHOWN = 20
"""Customers that the table of differences shows; csv and json have them all."""
NOTHING = "-"
Row = dict[str, Any]


def with_sides(now: Iterable[Row], against: Iterable[Row]) -> list[Row]:
    """The rows of both by day and customer, each with its side."""
    sided = [{"side": side, **row} for side, rows in (("now", now), ("against", against)) for row in rows]
    return sorted(sided, key=lambda row: (row["action_date"], row["customer_number"], row["currency"]))


def tell(comparison: Comparison) -> None:
    """Print the comparison: how many actions, what they cost, who is chased differently."""
    _tell_counts(comparison.messages)
    _tell_costs(comparison)
    output.print(
        f"Customers chased: {comparison.customers_now} now, {comparison.customers_against} against. "
        f"{len(comparison.differing)} are chased differently: {len(comparison.customers_only_now)} of them only now, "
        f"{len(comparison.customers_only_against)} only against.",
        soft_wrap=True,
    )
    rows = [row for customer in comparison.differing[:SHOWN] for row in _differences(customer)]
    if rows:
        columns = ("customer", "currency", "step", "now", "against")
        print_table(output, "Who is chased differently", columns, rows)
    if len(comparison.differing) > SHOWN:
        say(f"{len(comparison.differing) - SHOWN} more are chased differently; --format json has all of them.")


def _tell_counts(counts: list[MessageCount]) -> None:
    channels = sorted({count.channel for count in counts})
    cells = {(count.week, count.channel): count for count in counts}
    weeks = [
        [f"{week} (from {_monday(week)})", *(_cell(cells.get((week, channel))) for channel in channels)]
        for week in sorted({count.week for count in counts})
    ]
    print_table(output, "Actions by week and channel: now → against, one number where they agree", ("week", *channels),
                weeks)  # fmt: skip
    now: Counter[str] = Counter()
    against: Counter[str] = Counter()
    for count in counts:
        now[count.channel] += count.now
        against[count.channel] += count.against
    totals = [[channel, *_sides(now[channel], against[channel])] for channel in channels]
    totals.append(["all", *_sides(now.total(), against.total())])
    print_table(output, "Actions by channel", ("channel", "now", "against", "difference"), totals)


def _tell_costs(comparison: Comparison) -> None:
    costs = [
        [cost.currency, f"{cost.now:,.2f}", f"{cost.against:,.2f}", _signed(cost.difference)]
        for cost in comparison.costs
    ]
    if costs:
        print_table(output, "Estimated cost", ("currency", "now", "against", "difference"), costs)
    if comparison.without_price_now or comparison.without_price_against:
        without = f"{comparison.without_price_now} actions now, {comparison.without_price_against} against"
        output.print(f"Not in it, for the price list has no price for them: {without}.")


def _differences(customer: Differing) -> Iterator[list[str]]:
    """One row for each time that a step is taken at all, on another day or by another channel."""
    name = customer.customer_number
    steps = dict.fromkeys(
        (contact.currency, contact.step) for contact in sorted([*customer.only_now, *customer.only_against])
    )
    for currency, step in steps:
        one, other = (
            [contact for contact in side if (contact.currency, contact.step) == (currency, step)]
            for side in (customer.only_now, customer.only_against)
        )
        for before, after in zip_longest(one, other):
            yield [name, currency, step, _how(before), _how(after)]
            # told once for all its rows
            name = ""


def _how(contact: Contact | None) -> str:
    return f"{contact.day} {contact.channel}" if contact else NOTHING


def _cell(count: MessageCount | None) -> str:
    if count is None:
        return ""
    return f"{count.now} → {count.against}" if count.difference else str(count.now)


def _sides(now: int, against: int) -> list[str]:
    return [str(now), str(against), f"{against - now:+}" if against != now else "0"]


def _signed(amount: Decimal) -> str:
    rounded = round(amount, 2)
    return f"{rounded:+,.2f}" if rounded else "0.00"


def _monday(week: str) -> date:
    """The first day of a week written as ``2026-W12``."""
    year, _, number = week.partition("-W")
    return date.fromisocalendar(int(year), int(number), 1)
