"""What a person is asked to do: the to-do of a phone call or an escalation.

Belongs here: its title and detail. Does not belong here: keeping the list (``ledger``). Its words are English like
the rest of the to-do list; a template's ``task.txt`` comes on top, in the company's language.
"""

from chasing_pipeline.domain.action import InvoiceLine, MessageFacts
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.message import Task, UnsendableMessage
from chasing_pipeline.domain.settings import Settings
from chasing_pipeline.messages.formats import date_text, money_code_text
from chasing_pipeline.messages.markup import clean_line
from chasing_pipeline.messages.phones import parse_number, readable

LISTED = 50
"""How many invoices a to-do lists; whoever calls about more opens the statement."""

_LANGUAGE = "en"


def task(facts: MessageFacts, settings: Settings, words: str) -> Task:
    """The to-do for a phone call or an escalation; ``words`` (maybe empty) go before the facts."""
    action = facts.action
    detail = "\n".join(_facts(facts, settings))
    return Task(
        assigned_to=action.assigned_to or "team",
        title=_title(facts),
        detail=f"{words.strip()}\n\n{detail}" if words.strip() else detail,
    )


def _title(facts: MessageFacts) -> str:
    action = facts.action
    who = f"{clean_line(facts.customer.name)} ({clean_line(action.customer_number)})"
    if action.amount_past_due > 0:
        owed = f"{money_code_text(action.amount_past_due, action.currency, _LANGUAGE)} past due"
    else:
        owed = f"{money_code_text(action.balance, action.currency, _LANGUAGE)} open"
    if action.channel == Channel.ESCALATE:
        return f"Escalated: {who}: {owed}"
    contact = clean_line(action.contact_name)
    return f"Call {contact}, {who}: {owed}" if contact else f"Call {who}: {owed}"


def _facts(facts: MessageFacts, settings: Settings) -> list[str]:
    action = facts.action
    lines = [f"Customer: {clean_line(facts.customer.name)} ({clean_line(action.customer_number)})"]
    if action.contact_name:
        lines.append(f"Contact: {clean_line(action.contact_name)}")
    if action.recipient and action.channel == Channel.PHONE_CALL:
        lines.append(f"Phone: {_phone(facts, settings)}")
    lines.append(f"Balance: {money_code_text(action.balance, action.currency, _LANGUAGE)}")
    lines.append(f"Past due: {money_code_text(action.amount_past_due, action.currency, _LANGUAGE)}{_oldest(facts)}")
    if facts.customer.payment_terms:
        lines.append(f"Payment terms: {clean_line(facts.customer.payment_terms)}")
    lines.append(f"Cadence: {clean_line(action.cadence)}, step {clean_line(action.step)}")
    if facts.invoices:
        lines += ["", "Invoices:", *(_invoice(line, action.currency) for line in facts.invoices[:LISTED])]
    if len(facts.invoices) > LISTED:
        lines.append(f"- and {len(facts.invoices) - LISTED:,} more")
    return lines


def _phone(facts: MessageFacts, settings: Settings) -> str:
    try:
        return readable(parse_number(facts.action.recipient, facts.customer.country, settings))
    except UnsendableMessage as error:
        return f"{clean_line(facts.action.recipient)} (careful: {error})"


def _oldest(facts: MessageFacts) -> str:
    days = facts.action.past_due_age_days or 0
    return "" if days <= 0 else f", the oldest by {days:,} {'day' if days == 1 else 'days'}"


def _invoice(line: InvoiceLine, currency: str) -> str:
    due = f"due {date_text(line.due_date, _LANGUAGE)}" if line.due_date else "no due date"
    days = line.days_past_due or 0
    late = f" ({days:,} {'day' if days == 1 else 'days'} past due)" if days > 0 else ""
    return f"- {clean_line(line.reference)}: {money_code_text(line.open_amount, currency, _LANGUAGE)} open, {due}{late}"
