"""One customer gathered from the published day and the ledger: balance, ladder, holds, to-dos, the whole history.

Does not belong here: deciding anything (``sql``), planning afresh (``explaining.gathering``).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from chasing_pipeline.desk.office import Office
from chasing_pipeline.domain.cadence import Cadence, Channel
from chasing_pipeline.domain.problems import ConfigurationError
from chasing_pipeline.explaining.ladder import Arranger
from chasing_pipeline.explaining.records import Account
from chasing_pipeline.ledger import customer_records, todo_lists
from chasing_pipeline.ledger.activities import of_customer
from chasing_pipeline.ledger.progress import Progress
from chasing_pipeline.planning.home import Hold
from chasing_pipeline.planning.recordings import HOLDS, ways_out

Row = dict[str, Any]
SILENT = ("claimed",)
"""Kinds of activities that say nothing to people."""
WORDS = {Channel.EMAIL: "e-mail", Channel.SMS: "texts", Channel.AUTO_CALL: "calls"}


@dataclass(frozen=True)
class RecordedHold:
    """A promise or dispute that people recorded, in force on the day; ``currency`` of the account it was made for."""

    kind: str
    currency: str | None
    since: date
    until: date | None
    by: str


@dataclass
class Customer:
    """What there is to show about one customer."""

    number: str
    name: str
    day: date | None
    facts: Row
    accounts: list[Account]
    next_steps: dict[str, str | None]
    aging: dict[str, Row]
    contacts: list[Row]
    timeline: list[Row]
    todos: list[Row]
    recorded_holds: list[RecordedHold]
    file_holds: list[Hold]
    faults: list[str]
    opt_outs: list[Row]
    held_actions: list[Row]


def find_customer(office: Office, number: str) -> Customer | None:
    """Everything about a customer; None where neither the extract nor the ledger knows it."""
    ask = {"customer": number}
    found = office.published.rows("desk/customer", ask)
    history = of_customer(office.ledger, number)
    aging = office.published.rows("desk/customer_aging", ask)
    if not found and not history and not aging:
        return None
    day = office.published.day()
    progress = {row["currency"]: row for row in office.published.rows("desk/accounts_of", {"customers": [number]})}
    name = found[0]["name"] if found else aging[0]["customer_name"] if aging else number
    contacts = office.published.rows("desk/customer_contacts", ask)
    file_holds, faults = _holds_of(office, number)
    addresses = {contact[way] for contact in contacts for way in ("email", "mobile", "phone") if contact[way]}
    return Customer(
        number,
        name,
        day,
        found[0] if found else {},
        _accounts(office, number, day, history, aging, progress) if day else [],
        {currency: row["next_step"] for currency, row in progress.items()},
        {row["currency"]: row for row in aging},
        contacts,
        [row for row in reversed(history) if row["kind"] not in SILENT],
        todo_lists.of_customer(office.ledger, number),
        recorded_holds(office, history),
        file_holds,
        faults,
        customer_records.opt_outs_of(office.ledger, addresses),
        office.published.rows("desk/held_of_customer", ask) if office.is_planned else [],
    )


def recorded_holds(office: Office, history: list[Row]) -> list[RecordedHold]:
    """The promises and disputes in force today, or from tomorrow on: the last of each account and kind counts."""
    last: dict[tuple[str, str | None], Row] = {}
    for row in history:
        if row["kind"] in HOLDS:
            last[row["kind"], row["currency"]] = row
    return [
        RecordedHold(kind, currency, row["activity_date"], row["promised_until"], row["actor"])
        for (kind, currency), row in last.items()
        if row["promised_until"] is None or row["promised_until"] >= office.clock.today()
    ]


def _accounts(
    office: Office, number: str, day: date, history: list[Row], aging: list[Row], progress: dict[str, Row]
) -> list[Account]:
    """The accounts with their ladders, as of the end of the planned day."""
    ask = {"customer": number}
    tables = {
        "open_items": office.published.rows("desk/customer_items", ask),
        "step_decisions": office.published.rows("desk/customer_decisions", ask),
    }
    after = customer_records.progress_of(office.ledger, number, day + timedelta(days=1))
    known = [row for row in history if row["activity_date"] <= day]
    arranger = Arranger(number, tables, after, known, _unfrozen(office, tables["step_decisions"], after))
    accounts = [arranger.account(row) for row in aging]
    for account in accounts:
        account.answer = _answer(account, progress.get(account.currency))
    return accounts


def _unfrozen(office: Office, decisions: list[Row], known: Progress) -> list[Cadence]:
    """Cadences that are followed and that the ledger has not frozen yet, as the home has them; read only if needed."""
    frozen = {(version.cadence, version.version) for version in known.versions}
    followed = {(row["cadence"], row["cadence_version"]) for row in decisions if row["cadence"]}
    # a file that somebody is just editing must not keep the page from being shown
    return [cadence for _, cadence in office.home().read_cadences()[0]] if followed - frozen else []


def _answer(account: Account, progress: Row | None) -> str:
    """What comes next and what it waits for, in a sentence, by the day's own decisions."""
    if not account.units or progress is None:
        return account.sentence or "It owes nothing."
    steps = [step for unit in account.units for step in unit.steps if step.step == progress["next_step"]]
    if not steps:
        return "Every step of its cadence is behind it, and nothing comes after them."
    return f"Next: {steps[0].step} ({steps[0].channel.replace('_', ' ')}). {steps[0].sentence}"


def _holds_of(office: Office, number: str) -> tuple[list[Hold], list[str]]:
    """The holds of ``holds.csv`` that are not over; and what is wrong with the file, where it can't be read."""
    today = office.clock.today()
    try:
        found = office.home().holds
    except ConfigurationError as error:
        return [], [str(problem) for problem in error.problems]
    return [hold for hold in found if hold.customer_number == number and (hold.until or today) >= today], []


def ways_to_opt_out(contacts: list[Row]) -> list[tuple[Channel, str, str]]:
    """(channel, address, words) of each address that may be taken off a channel."""
    found: dict[tuple[Channel, str], str] = {}
    for contact in contacts:
        who = contact["name"] or contact["role"] or "contact"
        for channel, address in ways_out(contact).items():
            if address:
                found.setdefault((channel, address), f"no {WORDS[channel]} to {who}, {address}")
    return [(channel, address, words) for (channel, address), words in found.items()]
