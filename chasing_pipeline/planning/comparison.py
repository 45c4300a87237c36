"""Comparing two simulations of the same days: how many messages, at what cost, and who is chased differently.

Rows in, figures out. Does not belong here: simulating (``simulation``), printing.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class MessageCount:
    """How many actions of one channel there are in one ISO week, e.g. ``2026-W12``, in each simulation."""

    week: str
    channel: str
    now: int
    against: int
    difference: int


@dataclass(frozen=True)
class Cost:
    """What the actions are estimated to cost in one currency, in each simulation."""

    currency: str
    now: Decimal
    against: Decimal
    difference: Decimal


@dataclass(frozen=True, order=True)
class Contact:
    """One thing that happens to a customer on a day, as far as the customer can tell."""

    day: date
    currency: str
    step: str
    channel: str


@dataclass(frozen=True)
class Differing:
    """A customer who is chased differently: what only the one simulation has, and what only the other."""

    customer_number: str
    only_now: tuple[Contact, ...]
    only_against: tuple[Contact, ...]


@dataclass(frozen=True)
class Comparison:
    """Two simulations beside each other; a difference is ``against`` less ``now``."""

    messages: list[MessageCount]
    costs: list[Cost]
    without_price_now: int
    without_price_against: int
    customers_now: int
    customers_against: int
    customers_only_now: list[str] = field(default_factory=list)
    customers_only_against: list[str] = field(default_factory=list)
    differing: list[Differing] = field(default_factory=list)


def compare(now: Sequence[Row], against: Sequence[Row]) -> Comparison:
    """Compare two simulations, each as rows of ``simulate``."""
    contacts_now, contacts_against = _contacts(now), _contacts(against)
    everyone = sorted({*contacts_now, *contacts_against})
    return Comparison(
        messages=_messages(now, against),
        costs=_costs(now, against),
        without_price_now=_without_price(now),
        without_price_against=_without_price(against),
        customers_now=len(contacts_now),
        customers_against=len(contacts_against),
        customers_only_now=[number for number in everyone if number not in contacts_against],
        customers_only_against=[number for number in everyone if number not in contacts_now],
        differing=[
            Differing(number, tuple(sorted(one - other)), tuple(sorted(other - one)))
            for number in everyone
            if (one := contacts_now.get(number, set())) != (other := contacts_against.get(number, set()))
        ],
    )


def iso_week(day: date) -> str:
    """The ISO week of a day, e.g. ``2026-W12``; the days around New Year may belong to the other year's."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def _messages(now: Sequence[Row], against: Sequence[Row]) -> list[MessageCount]:
    one, other = (Counter((iso_week(row["action_date"]), row["channel"]) for row in rows) for rows in (now, against))
    return [MessageCount(*key, one[key], other[key], other[key] - one[key]) for key in sorted({*one, *other})]


def _costs(now: Sequence[Row], against: Sequence[Row]) -> list[Cost]:
    one, other = _cost_by_currency(now), _cost_by_currency(against)
    pairs = [(key, one.get(key, Decimal(0)), other.get(key, Decimal(0))) for key in sorted({*one, *other})]
    return [Cost(currency, before, after, after - before) for currency, before, after in pairs]


def _cost_by_currency(rows: Iterable[Row]) -> dict[str, Decimal]:
    costs: dict[str, Decimal] = {}
    for row in rows:
        if row["estimated_cost"] is not None:
            costs[row["cost_currency"]] = costs.get(row["cost_currency"], Decimal(0)) + row["estimated_cost"]
    return costs


def _without_price(rows: Iterable[Row]) -> int:
    return sum(row["estimated_cost"] is None for row in rows)


def _contacts(rows: Iterable[Row]) -> dict[str, set[Contact]]:
    found: dict[str, set[Contact]] = {}
    for row in rows:
        contact = Contact(row["action_date"], row["currency"], row["step"], row["channel"])
        found.setdefault(row["customer_number"], set()).add(contact)
    return found
