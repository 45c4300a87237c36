"""What leaves the house: one frozen message per action, ready for its channel.

Belongs here: the message records, plain values that can be written down and read back.
Does not belong here: how they are made (``messages``) or sent (``channels``).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class PostalAddress:
    """An address as a letter provider takes it; ``country`` is ISO 3166-1 alpha-2, what is unknown is empty."""

    name: str
    company: str
    address1: str
    address2: str
    city: str
    state: str
    postal_code: str
    country: str


@dataclass(frozen=True)
class Email:
    """A complete RFC 5322 message: the bytes are made once and never again, for MIME boundaries are random.

    ``message_id`` stands in the bytes too, angle brackets included; ``return_path`` is the envelope's sender, to which
    a bounce comes back.
    """

    recipient: str
    subject: str
    content: bytes
    message_id: str
    return_path: str


@dataclass(frozen=True)
class TextMessage:
    """A text message: ``to`` in E.164, at most 1,600 characters; ``token`` stands in ``body`` and in no other's."""

    to: str
    sender: str | None
    body: str
    token: str


@dataclass(frozen=True)
class AutoCall:
    """A text-to-speech call: ``to`` in E.164, ``twiml`` at most 4,000 characters of speech markup."""

    to: str
    caller_id: str | None
    twiml: str
    text: str


@dataclass(frozen=True)
class Letter:
    """A letter as PDF, its address as printed line by line, and the addresses as fields for who prints it."""

    address: tuple[str, ...]
    to: PostalAddress
    sender: PostalAddress | None
    pdf: bytes


@dataclass(frozen=True)
class Task:
    """Something for a person to do: a title and what is to be known before doing it."""

    assigned_to: str
    title: str
    detail: str


Message = Email | TextMessage | AutoCall | Letter | Task


class UnsendableMessage(Exception):
    """This contact can't be reached this way, now or later, until a person mends its data."""
