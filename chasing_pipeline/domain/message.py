"""What leaves the house: one frozen message per action, ready for its channel.

Belongs here: the message records. Does not belong here: how they are made (``messages``) or sent (``channels``).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Email:
    """A complete RFC 5322 message: the bytes are made once and never again, for MIME boundaries are random."""

    recipient: str
    subject: str
    content: bytes


@dataclass(frozen=True)
class TextMessage:
    """A text message: ``to`` in E.164, at most 1,600 characters."""

    to: str
    sender: str | None
    body: str


@dataclass(frozen=True)
class AutoCall:
    """A text-to-speech call: ``to`` in E.164, ``twiml`` at most 4,000 characters of speech markup."""

    to: str
    caller_id: str | None
    twiml: str
    text: str


@dataclass(frozen=True)
class Letter:
    """A letter: its address line by line, and the page as a complete HTML document."""

    address: tuple[str, ...]
    html: str


@dataclass(frozen=True)
class Task:
    """Something for a person to do: a title and what is to be known before doing it."""

    assigned_to: str
    title: str
    detail: str


Message = Email | TextMessage | AutoCall | Letter | Task


class UnsendableMessage(Exception):
    """This contact can't be reached this way, now or later, until a person mends its data."""
