"""Appending to and reading the history of everything that happened.

Does not belong here: the current state of a dispatch (``dispatches``) or a to-do (``todos``).
"""

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from chasing_pipeline.domain.action import Action
from chasing_pipeline.ledger.schema import activities
from chasing_pipeline.ledger.store import Ledger

KINDS = frozenset(
    [
        "enrolled",
        "claimed",
        "sent",
        "todo_created",
        "delivered",
        "failed",
        "bounced",
        "opted_out",
        "answered",
        "voicemail",
        "no_answer",
        "in_doubt",
        "cancelled",
        "superseded",
        "note",
        "done",
        "promise",
        "dispute",
        "escalated",
        "cadence_stopped",
    ]
)


@dataclass(frozen=True)
class Activity:
    """One thing that happened, as it is to be appended. ``occurred_at`` carries a zone; ``activity_date`` is the
    business day it belongs to; ``promised_until`` is the day until which a promise holds; what people write ``by_hand``
    may happen to an action many times, what the system does happens once an attempt. ``identity``: what tells a
    repetition of it, where its source knows."""

    kind: str
    occurred_at: datetime
    activity_date: date
    actor: str
    action_id: str | None = None
    channel: str | None = None
    customer_number: str | None = None
    currency: str | None = None
    invoice_numbers: tuple[str, ...] = ()
    cadence: str | None = None
    step: str | None = None
    provider: str | None = None
    provider_id: str | None = None
    detail: str | None = None
    cost: Decimal | None = None
    cost_currency: str | None = None
    promised_until: date | None = None
    attempt: int = 0
    by_hand: bool = False
    identity: str | None = None

    @classmethod
    def of_action(cls, kind: str, action: Action, at: datetime, actor: str, **more: Any) -> "Activity":
        """Something that happened to an action, on its day."""
        return cls(
            kind,
            at,
            action.action_date,
            actor,
            action.action_id,
            action.channel.value,
            action.customer_number,
            action.currency,
            action.invoice_numbers,
            action.cadence,
            action.step,
            **more,
        )

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is no kind of activity")
        if self.occurred_at.tzinfo is None:
            raise ValueError("occurred_at must carry a time zone")

    def row(self) -> dict[str, Any]:
        """The row of the table ``activities``. An action's activities get ids that a repetition would repeat."""
        values = {
            name: value for name, value in self.__dict__.items() if name not in {"attempt", "by_hand", "identity"}
        }
        is_of_action = self.action_id is not None and not self.by_hand
        own = f"{self.action_id}|{self.kind}|{self.attempt}" if is_of_action else str(uuid.uuid4())
        identity = self.identity or own
        return {
            **values,
            "activity_id": hashlib.sha256(identity.encode()).hexdigest()[:32],
            "invoice_numbers": json.dumps(self.invoice_numbers),
        }


def append(connection: Connection, *happened: Activity) -> None:
    """Append activities within the caller's transaction."""
    if happened:
        connection.execute(activities.insert(), [activity.row() for activity in happened])


def record(ledger: Ledger, *happened: Activity) -> None:
    """Append activities in a transaction of their own."""
    ledger.write(lambda connection: append(connection, *happened))


def of_days(ledger: Ledger, days: Sequence[date]) -> list[dict[str, Any]]:
    """The activities of some days, oldest first, as rows of ``activity_log``."""
    return _rows(ledger, activities.c.activity_date.in_(list(days)))


def of_customer(ledger: Ledger, customer_number: str) -> list[dict[str, Any]]:
    """The activities of one customer, oldest first, as rows of ``activity_log``."""
    return _rows(ledger, activities.c.customer_number == customer_number)


def _rows(ledger: Ledger, condition: Any) -> list[dict[str, Any]]:
    query = select(activities).where(condition).order_by(activities.c.activity_date, activities.c.number)
    with ledger.reading() as connection:
        found = connection.execute(query).mappings().all()
    return [{**row, "invoice_numbers": json.loads(row["invoice_numbers"])} for row in found]
