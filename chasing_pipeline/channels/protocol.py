"""What every way out can do: send one message once, find what an interrupted sending left, follow what was sent.

Does not belong here: claiming, settling and deciding what follows from the evidence (``dispatching``, ``ledger``).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.message import Message

Commit = Callable[[], None]
"""Makes durable that a message is about to go out. Raises NotCommitted where it must not go out any more."""


@dataclass(frozen=True)
class Order:
    """One sending: what its channel must know besides the message. ``attempt`` counts from 1."""

    dispatch_id: str
    action_date: date
    channel: Channel
    customer_number: str
    step: str
    attempt: int


@dataclass(frozen=True)
class Receipt:
    """A message that went out: by whom, and under which identity there."""

    provider: str
    provider_id: str


@dataclass(frozen=True)
class Interrupted:
    """A sending of which nobody knows how it ended: its frozen message, and when it was about to go out (UTC)."""

    order: Order
    message: Message
    committed_at: datetime
    now: datetime


class Evidence(StrEnum):
    """What is known of an interrupted sending."""

    SENT = "sent"
    NOT_SENT = "not_sent"  # surely
    ABSENT = "absent"  # looked for where it would be by now, and not found
    EARLY = "early"  # not found, but it may still show up: look again later
    UNKNOWN = "unknown"  # there is nowhere to look


@dataclass(frozen=True)
class Found:
    """The answer to where an interrupted message is; ``detail`` says in words what was looked at."""

    evidence: Evidence
    receipt: Receipt | None = None
    detail: str = ""


@dataclass(frozen=True)
class SentMessage:
    """A message whose delivery is followed: its identity at the provider, and when it was sent."""

    dispatch_id: str
    provider_id: str
    sent_at: datetime
    last_status: str


@dataclass(frozen=True)
class DeliveryStatus:
    """What became of a message since: the provider's own word, and the ``kind`` of activity it amounts to, if any.

    ``is_final``: nothing more is to come. ``is_permanent``: this contact can't be reached this way; ``has_opted_out``:
    and does not want to. ``cost`` is what the provider charged, in ``cost_currency`` (ISO 4217).
    """

    dispatch_id: str
    status: str
    kind: str | None
    is_final: bool
    detail: str = ""
    is_permanent: bool = False
    has_opted_out: bool = False
    cost: Decimal | None = None
    cost_currency: str | None = None


class Sender(Protocol):
    """A way out for messages. One object serves several threads."""

    provider: str

    def send(self, order: Order, message: Message, commit: Commit) -> Receipt:
        """Send one message; call ``commit`` once, as late as possible before it can't be called back.

        Raises SendError, what ``commit`` raises included. Any other exception counts as InDoubt once committed.
        """
        ...

    def evidence(self, interrupted: Interrupted) -> Found:
        """What is left of an interrupted sending. Raises SendError where it can't be looked at now."""
        ...

    def deliveries(self, sent: Sequence[SentMessage]) -> Iterable[DeliveryStatus]:
        """What has become of these since their last status; those without news are left out. Raises SendError."""
        ...
