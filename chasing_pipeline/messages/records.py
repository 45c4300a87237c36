"""The records a template may read attributes of.

Belongs here: the records and the list of their names. Does not belong here: filling them (``context``).
"""

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from functools import cache
from typing import ClassVar

from chasing_pipeline.messages.markup import OwnMarkup


class Record:
    """What a template may read: the dataclass fields, nothing else."""

    article: ClassVar[str]

    @classmethod
    @cache
    def names(cls) -> tuple[str, ...]:
        """The attributes there are."""
        return tuple(field.name for field in fields(cls))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Invoice(Record):
    """One open item: raw values for the filters ``money`` and ``date``, and ready-made ``*_text``."""

    article: ClassVar[str] = "an invoice"

    reference: str
    number: str
    issue_date: date
    due_date: date | None
    amount: Decimal
    open_amount: Decimal
    days_past_due: int | None
    url: str
    issue_date_text: str
    due_date_text: str
    amount_text: str
    open_amount_text: str


@dataclass(frozen=True)
class CompanyRecord(Record):
    """Who is owed."""

    article: ClassVar[str] = "company"

    name: str
    address: OwnMarkup
    address_lines: tuple[str, ...]
    phone: str
    email: str


@dataclass(frozen=True)
class SenderRecord(Record):
    """From whom the message comes and where an answer goes."""

    article: ClassVar[str] = "sender"

    name: str
    email: str
    phone: str
    reply_to: str
