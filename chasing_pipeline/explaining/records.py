"""The records that explain a customer: accounts, the units that climb a cadence, and their ladders.

Does not belong here: how they are found (``gathering``, ``ladder``, ``looking_ahead``) or printed.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

Row = dict[str, Any]
HOLDS = ("promise", "paused", "disputed", "do_not_chase", "autopay")
"""Verdicts of what may not be chased for a while, or for good."""


@dataclass(frozen=True)
class Done:
    """A step was carried out: when, the how manieth repetition, and how it went where the history tells."""

    on: date
    repetition: int
    outcome: str | None

    def __str__(self) -> str:
        return f"{self.on} {self.outcome}" if self.outcome else str(self.on)


@dataclass(frozen=True)
class Upcoming:
    """What a simulation finds: the step, its channel, the run day on which it acts, whether there is whom to reach."""

    step: str
    channel: str
    on: date
    is_reachable: bool


@dataclass
class LadderStep:
    """One step of the cadence as the unit sees it; ``acts_on``: its next run day, if the simulation reaches it."""

    step_number: int
    rung: int
    step: str
    channel: str
    done: list[Done]
    verdict: str
    sentence: str
    step_due_date: date | None
    acts_on: date | None = None


@dataclass
class Unit:
    """What climbs the cadence: the account (``invoice_reference`` '') or an invoice."""

    invoice_reference: str
    cadence: str
    cadence_version: int
    cycle_start: date
    held_by: str | None
    held_until: date | None
    steps: list[LadderStep]
    next: Upcoming | None = None


@dataclass
class Account:
    """A customer in one currency: what it owes, by age and item, and how it is chased."""

    currency: str
    balance: Decimal
    open_amount: Decimal
    unapplied_credit: Decimal
    aging: dict[str, Decimal]
    past_due_age_days: int | None
    items: list[Row]
    units: list[Unit]
    verdict: str | None = None
    sentence: str | None = None
    answer: str = ""


@dataclass
class Explanation:
    """Everything that there is to say about one customer on one day."""

    customer_number: str
    customer_name: str
    day: date
    extract_day: date
    answers: list[str] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    activities: list[Row] = field(default_factory=list)
