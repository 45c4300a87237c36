"""What every way out can do: send one message, and say later whether an interrupted one went out.

Does not belong here: claiming and settling (``dispatching``, ``ledger``).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from chasing_pipeline.domain.action import Action
from chasing_pipeline.domain.message import Message


@dataclass(frozen=True)
class Receipt:
    """A message that went out: by whom, and under which identity there."""

    provider: str
    provider_id: str


class Evidence(StrEnum):
    """What is known of an interrupted sending."""

    SENT = "sent"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Dispatched:
    """Which sending the evidence is wanted for."""

    action_id: str
    action_date: str
    channel: str
    customer_number: str
    step: str


class Sender(Protocol):
    """A way out for messages."""

    provider: str

    def send(self, action: Action, message: Message) -> Receipt:
        """Send one message. Raises SendError; any other exception counts as InDoubt."""
        ...

    def evidence(self, dispatched: Dispatched) -> tuple[Evidence, str | None]:
        """Whether an interrupted message went out, and under which identity."""
        ...
