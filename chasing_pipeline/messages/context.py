"""What a template may say: the names and their values for one message.

Belongs here: the list of names and how the facts become values. Does not belong here: rendering
(``library``) or any rule about what is owed (the facts bring that along).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import quote

from chasing_pipeline.domain.action import InvoiceLine, MessageFacts
from chasing_pipeline.domain.settings import Settings
from chasing_pipeline.messages.blocks import STATEMENT_MARK
from chasing_pipeline.messages.environment import SEED_NAMES
from chasing_pipeline.messages.filters import SPOKEN
from chasing_pipeline.messages.formats import date_text, money_text
from chasing_pipeline.messages.links import SANDBOX_SECRET, pay_token
from chasing_pipeline.messages.markup import clean_line, email_address, multi_line, pay_button, web_address
from chasing_pipeline.messages.phones import readable_text
from chasing_pipeline.messages.postal import address_lines
from chasing_pipeline.messages.records import CompanyRecord, Invoice, SenderRecord
from chasing_pipeline.messages.speech import spelled, spoken_amount, spoken_phone

NAMES = (
    *SEED_NAMES,
    "invoices",
    "invoice_count",
    "invoices_total",
    "currency",
    "past_due_days",
    "past_due_amount",
    "company",
    "sender",
    "portal_url",
    "statement_date",
    "statement_table",
    "language",
)
"""Every name a template may use."""


@dataclass(frozen=True)
class _Manner:
    """How amounts, dates, references and telephone numbers are put: for readers, or for listeners."""

    language: str
    currency: str
    region: str
    spoken: bool

    def money(self, amount: Decimal | int) -> str:
        as_text = spoken_amount if self.spoken else money_text
        return as_text(amount, self.currency, self.language)

    def day(self, day: date | None) -> str:
        return date_text(day, self.language, "long" if self.spoken else "medium")

    def reference(self, value: str) -> str:
        return spelled(clean_line(value), self.language) if self.spoken else clean_line(value)

    def phone(self, value: str | None) -> str:
        written = clean_line(value)
        if self.spoken and written:
            return spoken_phone(written, self.region, self.language)
        return readable_text(written, self.region)


def message_context(
    facts: MessageFacts,
    settings: Settings,
    language: str,
    secret: str | None = SANDBOX_SECRET,
    *,
    spoken: bool = False,
    listed: int | None = None,
) -> dict[str, object]:
    """The value of each of ``NAMES``, its amounts and dates written for readers of ``language`` (BCP 47).

    Everything from the extract comes as one clean line (the address as several), not yet escaped:
    the part it lands in does that. What is unknown is the empty text, so that ``{% if %}`` works;
    without a contact's name the customer's stands in. ``secret`` signs the link to the portal.
    ``spoken``: for listeners instead, numbers digit by digit. ``listed``: only the oldest so many invoices are listed.
    """
    action, customer = facts.action, facts.customer
    manner = _Manner(language, action.currency, customer.country or settings.company.default_country, spoken)
    name = clean_line(customer.name)
    url = portal_url(facts, settings, secret)
    invoices = [_invoice(line, manner) for line in facts.invoices[:listed]]
    return {
        "customer_name": name,
        "customer_contact_name": clean_line(action.contact_name) or name,
        "customer_number": manner.reference(customer.customer_number),
        "customer_address": multi_line(address_lines(customer, settings.company.default_country, language)),
        "customer_payment_terms": clean_line(customer.payment_terms),
        "account_balance": manner.money(action.balance),
        "invoice_numbers": ", ".join(invoice.reference for invoice in invoices),
        "invoice_dates": ", ".join(invoice.issue_date_text for invoice in invoices),
        "invoice_due_dates": ", ".join(invoice.due_date_text for invoice in invoices if invoice.due_date is not None),
        "customer_portal_button": pay_button(url, language),
        "invoices": invoices,
        "invoice_count": len(facts.invoices),
        "invoices_total": manner.money(sum((line.open_amount for line in facts.invoices), Decimal(0))),
        "currency": action.currency,
        "past_due_days": max(action.past_due_age_days or 0, 0),
        "past_due_amount": manner.money(action.amount_past_due),
        "company": _company(settings, manner),
        "sender": _sender(facts, settings, manner),
        "portal_url": url or "",
        "statement_date": action.action_date,
        "statement_table": STATEMENT_MARK,
        "language": language,
        SPOKEN: spoken,
    }


def link_token(facts: MessageFacts, settings: Settings, secret: str | None) -> str:
    """What makes this action's link its own, and lets the portal trust it (see ``links``)."""
    action = facts.action
    last_day = action.action_date + timedelta(days=settings.pay_link_days)
    return pay_token(secret, action.action_id, clean_line(facts.customer.customer_number), last_day)


def portal_url(facts: MessageFacts, settings: Settings, secret: str | None = SANDBOX_SECRET) -> str | None:
    """Where the customer can see and pay: its own page, else the company's; None where neither is a web address.

    The company's gets the token of this action, at ``{token}`` or as ``t=``; the customer's own is left as it is.
    """
    own = web_address(facts.customer.portal_url)
    if own or not settings.portal_url:
        return own
    number = quote(clean_line(facts.customer.customer_number), safe="")
    token = link_token(facts, settings, secret)
    template = settings.portal_url
    if "{token}" not in template:
        address, mark, fragment = template.partition("#")
        template = f"{address}{'&' if '?' in address else '?'}t={{token}}{mark}{fragment}"
    return web_address(template.replace("{token}", token).replace("{customer_number}", number))


def reply_address(facts: MessageFacts, settings: Settings) -> str:
    """Where an answer goes: the customer's owner, else the sender's reply_to, else the sender; else empty."""
    sender = settings.senders.email
    own = sender.reply_to if sender else None
    return email_address(facts.customer.owner) or own or (sender.address if sender else settings.company.email) or ""


def _invoice(line: InvoiceLine, manner: _Manner) -> Invoice:
    reference = manner.reference(line.reference)
    return Invoice(
        reference=reference,
        number=reference,
        issue_date=line.issue_date,
        due_date=line.due_date,
        amount=line.amount,
        open_amount=line.open_amount,
        days_past_due=line.days_past_due,
        url=web_address(line.url) or "",
        issue_date_text=manner.day(line.issue_date),
        due_date_text=manner.day(line.due_date),
        amount_text=manner.money(line.amount),
        open_amount_text=manner.money(line.open_amount),
    )


def _company(settings: Settings, manner: _Manner) -> CompanyRecord:
    company = settings.company
    lines = tuple(clean_line(line) for line in company.address)
    return CompanyRecord(
        name=clean_line(company.name),
        address=multi_line(lines),
        address_lines=lines,
        phone=manner.phone(company.phone),
        email=clean_line(company.email),
    )


def _sender(facts: MessageFacts, settings: Settings, manner: _Manner) -> SenderRecord:
    sender = settings.senders.email
    return SenderRecord(
        name=clean_line(sender.name if sender else settings.company.name),
        email=clean_line(sender.address if sender else settings.company.email),
        phone=manner.phone(settings.company.phone),
        reply_to=reply_address(facts, settings),
    )
