"""An action and what a message is made of: the records that pass from planning to sending.

Belongs here: the records, as immutable values. Does not belong here: computing actions (``sql/actions``),
rendering them (``messages``) or sending them (``channels``).
"""

from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

from chasing_pipeline.domain.cadence import Channel


@dataclass(frozen=True)
class Action:
    """One row of ``action_table``; the columns are described in ``domain.tables``."""

    action_id: str
    action_date: date
    scope: str
    customer_number: str
    customer_name: str
    currency: str
    cadence: str
    cadence_version: int
    cycle_start: date
    step: str
    step_number: int
    repetition: int
    channel: Channel
    template: str | None
    language: str
    contact_name: str | None
    recipient: str | None
    invoice_numbers: tuple[str, ...]
    invoice_count: int
    balance: Decimal
    amount_past_due: Decimal
    account_age_days: int | None
    past_due_age_days: int | None
    step_due_date: date
    not_before: datetime
    status: str
    assigned_to: str | None
    estimated_cost: Decimal | None
    cost_currency: str | None
    reason: str
    not_after: datetime | None = None

    def __post_init__(self) -> None:
        if self.not_before.tzinfo is None:
            raise ValueError("not_before must carry a time zone")

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Self:
        """An action from a row of ``action_table``; further columns are ignored."""
        values = {field.name: row[field.name] for field in fields(cls) if field.name in row}
        values["channel"] = Channel(values["channel"])
        values["invoice_numbers"] = tuple(values["invoice_numbers"])
        return cls(**values)


@dataclass(frozen=True)
class InvoiceLine:
    """One open item as a message shows it; amounts in the account's currency, days past due negative before.

    ``pdf``: where the invoice itself lies, below the extract's folder.
    """

    reference: str
    issue_date: date
    due_date: date | None
    amount: Decimal
    open_amount: Decimal
    days_past_due: int | None
    url: str | None
    pdf: str | None = None


@dataclass(frozen=True)
class Customer:
    """Who is written to, as the extract has it; empty fields are None."""

    customer_number: str
    name: str
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None
    payment_terms: str | None = None
    timezone: str | None = None
    owner: str | None = None
    portal_url: str | None = None


@dataclass(frozen=True)
class MessageFacts:
    """All that a message may say: the action, the customer, and the invoices it lists, oldest first.

    ``attach_invoices``: whether the step wants them attached to an e-mail; ``extract``: the folder of their PDFs.
    """

    action: Action
    customer: Customer
    invoices: tuple[InvoiceLine, ...]
    attach_invoices: bool = False
    extract: Path | None = None
