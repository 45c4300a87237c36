"""Facts, settings and templates for the tests of messages; everything is fictitious."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chasing_pipeline.domain.action import Action, Customer, InvoiceLine, MessageFacts
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.settings import Settings
from chasing_pipeline.messages.library import TemplateLibrary

DAY = date(2026, 11, 23)
RECIPIENTS = {Channel.EMAIL: "jane.doe@acme.example"}

ACTION = Action(
    action_id="a1b2c3",
    action_date=DAY,
    scope="account",
    customer_number="C-1001",
    customer_name="Acme Ltd",
    currency="GBP",
    cadence="net30-standard",
    cadence_version=1,
    cycle_start=date(2026, 9, 1),
    step="reminder",
    step_number=2,
    repetition=0,
    channel=Channel.EMAIL,
    template="overdue",
    language="en",
    contact_name="Jane Doe",
    recipient=None,
    invoice_numbers=("INV-1", "INV-2"),
    invoice_count=2,
    balance=Decimal("1200.00"),
    amount_past_due=Decimal("1000.00"),
    account_age_days=60,
    past_due_age_days=30,
    step_due_date=DAY,
    not_before=datetime(2026, 11, 23, 7, 0, tzinfo=UTC),
    status="ready",
    assigned_to=None,
    estimated_cost=None,
    cost_currency=None,
    reason="30 days past due",
)
CUSTOMER = Customer(
    "C-1001",
    "Acme Ltd",
    address1="2 Trial Road",
    city="Leeds",
    postal_code="LS1 1AA",
    country="GB",
    payment_terms="NET 30",
    owner="owner@northwind.example",
)
INVOICES = (
    InvoiceLine("INV-1", date(2026, 9, 24), date(2026, 10, 24), Decimal("1000.00"), Decimal("1000.00"), 30, None),
    InvoiceLine("INV-2", date(2026, 11, 1), date(2026, 12, 1), Decimal("250.00"), Decimal("200.00"), -8, None),
)


@pytest.fixture
def facts() -> Callable[..., MessageFacts]:
    """Facts with some fields of the action, ``customer`` fields or ``invoices`` other than the usual ones."""

    def build(
        customer: dict[str, Any] | None = None, invoices: tuple[InvoiceLine, ...] = INVOICES, **action: Any
    ) -> MessageFacts:
        changed = replace(ACTION, **action)
        if changed.recipient is None:
            changed = replace(changed, recipient=RECIPIENTS.get(changed.channel, "+44 7700 900123"))
        return MessageFacts(changed, replace(CUSTOMER, **(customer or {})), invoices)

    return build


@pytest.fixture
def settings() -> Settings:
    return Settings.model_validate(
        {
            "company": {"name": "Northwind & Co", "address": ["1 Sample Street", "London"], "default_country": "GB"},
            "senders": {"email": {"name": "Northwind", "address": "ar@northwind.example"}, "sms": "+447700900001"},
            "portal_url": "https://pay.northwind.example/{customer_number}",
            "caller_ids": {"US": ["+12025550101"], "default": ["+447700900002", "+447700900003"]},
        }
    )


@pytest.fixture
def templates(tmp_path: Path) -> Callable[[dict[str, str]], TemplateLibrary]:
    """A library of the files given by name, e.g. ``overdue/sms.txt``."""

    def write(files: dict[str, str]) -> TemplateLibrary:
        root = tmp_path / "templates"
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return TemplateLibrary(root, "en")

    return write
