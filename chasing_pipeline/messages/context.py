"""What a template may say: the names and their values for one message.

Belongs here: the list of names and how the facts become values. Does not belong here: rendering
(``library``) or any rule about what is owed (the facts bring that along).
"""

from datetime import timedelta
from urllib.parse import quote

from chasing_pipeline.domain.action import InvoiceLine, MessageFacts
from chasing_pipeline.domain.settings import Settings
from chasing_pipeline.messages.blocks import STATEMENT_MARK
from chasing_pipeline.messages.environment import SEED_NAMES
from chasing_pipeline.messages.formats import date_text, money_text
from chasing_pipeline.messages.links import SANDBOX_SECRET, pay_token
from chasing_pipeline.messages.markup import clean_line, email_address, multi_line, pay_button, web_address
from chasing_pipeline.messages.postal import address_lines
from chasing_pipeline.messages.records import CompanyRecord, Invoice, SenderRecord

NAMES = (
    *SEED_NAMES,
    "invoices",
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


def message_context(
    facts: MessageFacts, settings: Settings, language: str, secret: str | None = SANDBOX_SECRET
) -> dict[str, object]:
    """The value of each of ``NAMES``, its amounts and dates written for readers of ``language`` (BCP 47).

    Everything from the extract comes as one clean line (the address as several), not yet escaped:
    the part it lands in does that. What is unknown is the empty text, so that ``{% if %}`` works;
    without a contact's name the customer's stands in. ``secret`` signs the link to the portal.
    """
    action, customer = facts.action, facts.customer
    name = clean_line(customer.name)
    url = portal_url(facts, settings, secret)
    due_dates = [line.due_date for line in facts.invoices if line.due_date is not None]
    return {
        "customer_name": name,
        "customer_contact_name": clean_line(action.contact_name) or name,
        "customer_number": clean_line(customer.customer_number),
        "customer_address": multi_line(address_lines(customer, settings.company.default_country, language)),
        "customer_payment_terms": clean_line(customer.payment_terms),
        "account_balance": money_text(action.balance, action.currency, language),
        "invoice_numbers": ", ".join(clean_line(line.reference) for line in facts.invoices),
        "invoice_dates": ", ".join(date_text(line.issue_date, language) for line in facts.invoices),
        "invoice_due_dates": ", ".join(date_text(due_date, language) for due_date in due_dates),
        "customer_portal_button": pay_button(url, language),
        "invoices": [_invoice(line, action.currency, language) for line in facts.invoices],
        "invoices_total": money_text(sum((line.open_amount for line in facts.invoices), 0), action.currency, language),
        "currency": action.currency,
        "past_due_days": max(action.past_due_age_days or 0, 0),
        "past_due_amount": money_text(action.amount_past_due, action.currency, language),
        "company": _company(settings),
        "sender": _sender(facts, settings),
        "portal_url": url or "",
        "statement_date": action.action_date,
        "statement_table": STATEMENT_MARK,
        "language": language,
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


def _invoice(line: InvoiceLine, currency: str, language: str) -> Invoice:
    return Invoice(
        reference=clean_line(line.reference),
        number=clean_line(line.reference),
        issue_date=line.issue_date,
        due_date=line.due_date,
        amount=line.amount,
        open_amount=line.open_amount,
        days_past_due=line.days_past_due,
        url=web_address(line.url) or "",
        issue_date_text=date_text(line.issue_date, language),
        due_date_text=date_text(line.due_date, language),
        amount_text=money_text(line.amount, currency, language),
        open_amount_text=money_text(line.open_amount, currency, language),
    )


def _company(settings: Settings) -> CompanyRecord:
    company = settings.company
    lines = tuple(clean_line(line) for line in company.address)
    return CompanyRecord(
        name=clean_line(company.name),
        address=multi_line(lines),
        address_lines=lines,
        phone=clean_line(company.phone),
        email=clean_line(company.email),
    )


def _sender(facts: MessageFacts, settings: Settings) -> SenderRecord:
    sender = settings.senders.email
    return SenderRecord(
        name=clean_line(sender.name if sender else settings.company.name),
        email=clean_line(sender.address if sender else settings.company.email),
        phone=clean_line(settings.company.phone),
        reply_to=reply_address(facts, settings),
    )
