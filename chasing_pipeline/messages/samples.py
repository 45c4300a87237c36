"""Made-up messages on which a template is tried before a real one is sent.

Belongs here: a few cases that together reach every branch a sensible template has.
Does not belong here: the sample chasing home (``data/``).
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache

from chasing_pipeline.domain.action import Action, Customer, InvoiceLine, MessageFacts
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.settings import Company, EmailSender, Senders, Settings

DAY = date(2026, 11, 23)


@cache
def sample_messages(language: str) -> tuple[tuple[MessageFacts, Settings], ...]:
    """Cases for a template in ``language``: one invoice overdue, several, one not yet due with everything
    optional missing, and a balance without any invoice to list.
    """
    full = Settings(
        company=Company(
            name="Northwind Paper & Co",
            address=("1 Sample Street", "London", "EC1A 1AA"),
            default_country="GB",
            language=language,
            phone="+44 20 7946 0018",
            email="accounts@northwind.example",
        ),
        senders=Senders(email=EmailSender(name="Northwind Accounts", address="accounts@northwind.example")),
        portal_url="https://pay.northwind.example/{customer_number}",
    )
    bare = Settings(company=Company(name="Northwind Paper & Co", language=language))
    return (
        (_facts(language, "Jane Doe", (12,)), full),
        (_facts(language, "Jane Doe", (65, 12, -8)), full),
        (_facts(language, None, (-3,)), full),
        (_facts(language, None, (None,)), bare),
        (_facts(language, None, ()), bare),
    )


def sample_facts(language: str, invoices: int, country: str) -> MessageFacts:
    """Made-up facts that list so many invoices, overdue ones first, for a customer in ``country``."""
    facts = _facts(language, "Jane Doe", tuple(65 - 20 * place for place in range(invoices)))
    return replace(facts, customer=replace(facts.customer, country=country))


def _facts(language: str, contact: str | None, ages: tuple[int | None, ...]) -> MessageFacts:
    lines = tuple(_invoice(number, age) for number, age in enumerate(ages, start=1))
    past_due = sum((line.open_amount for line in lines if (line.days_past_due or 0) > 0), Decimal(0))
    oldest = max((age for age in ages if age is not None), default=None)
    detailed = {"address1": "2 Trial Road", "city": "Leeds", "postal_code": "LS1 1AA", "payment_terms": "NET 30"}
    customer = Customer("C-1001", "Acme Ltd", country="GB", **(detailed if contact else {}))
    action = Action(
        action_id="sample",
        action_date=DAY,
        scope="account",
        customer_number=customer.customer_number,
        customer_name=customer.name,
        currency="GBP",
        cadence="sample",
        cadence_version=1,
        cycle_start=DAY - timedelta(days=90),
        step="sample",
        step_number=1,
        repetition=0,
        channel=Channel.EMAIL,
        template="sample",
        language=language,
        contact_name=contact,
        recipient="jane.doe@acme.example",
        invoice_numbers=tuple(line.reference for line in lines),
        invoice_count=len(lines),
        balance=sum((line.open_amount for line in lines), Decimal(0)) or Decimal("80.00"),
        amount_past_due=past_due,
        account_age_days=90,
        past_due_age_days=oldest,
        step_due_date=DAY,
        not_before=datetime(2026, 11, 23, 8, 0, tzinfo=UTC),
        status="ready",
        assigned_to=None,
        estimated_cost=None,
        cost_currency=None,
        reason="a trial of the template",
    )
    return MessageFacts(action, customer, lines)


def _invoice(number: int, age: int | None) -> InvoiceLine:
    due = None if age is None else DAY - timedelta(days=age)
    url = f"https://pay.northwind.example/invoices/{number}" if number == 1 else None
    amount = Decimal("1200.00") * number
    return InvoiceLine(f"INV-{number}", DAY - timedelta(days=90), due, amount, amount - Decimal("50.00"), age, url)
