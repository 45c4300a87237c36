"""What people do at the desk, written down: each change is an activity with the user's name.

Does not belong here: reading forms (``pages``), what follows from a hold (``sql``).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection

from chasing_pipeline.desk import holds_file
from chasing_pipeline.desk.office import Office
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.problems import ChasingError
from chasing_pipeline.ledger import todos
from chasing_pipeline.ledger.activities import Activity, append, record
from chasing_pipeline.ledger.guards import OptOut, record_opt_out
from chasing_pipeline.ledger.todos import NewTodo
from chasing_pipeline.planning.home import Hold

Row = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """How a call went: the words, the key that chooses it, its activity, and whether the item is done by it."""

    name: str
    words: str
    key: str
    kind: str | None
    is_done: bool = True
    holds: str | None = None


CALL_OUTCOMES = (
    Outcome("answered", "Spoke to them", "s", "answered"),
    Outcome("promise", "Promised to pay", "p", "answered", holds="promise"),
    Outcome("dispute", "Disputes it", "d", "answered", holds="dispute"),
    Outcome("voicemail", "Left a voicemail", "v", "voicemail", is_done=False),
    Outcome("no_answer", "No answer", "n", "no_answer", is_done=False),
    Outcome("wrong_number", "Wrong number", "w", "note"),
    Outcome("other", "Something else", "o", None),
)
OTHER_OUTCOMES = (
    Outcome("done", "Done", "s", None),
    Outcome("promise", "Promised to pay", "p", None, holds="promise"),
    Outcome("note", "Only a note", "n", "note", is_done=False),
)
CALLS = ("phone_call", "escalate")


def outcomes_of(item: Row) -> tuple[Outcome, ...]:
    """How work on an item may end."""
    return CALL_OUTCOMES if item["kind"] in CALLS else OTHER_OUTCOMES


@dataclass(frozen=True)
class Report:
    """What somebody reports about an item; ``is_done`` None: as is usual for the outcome."""

    outcome: Outcome
    note: str
    until: date | None = None
    is_done: bool | None = None

    @property
    def closes(self) -> bool:
        """Whether the item is done."""
        return self.outcome.is_done if self.is_done is None else self.is_done

    @property
    def sentence(self) -> str:
        """Outcome and note in one."""
        until = f" until {self.until}" if self.until and self.outcome.holds else ""
        return f"{self.outcome.words}{until}" + (f": {self.note}" if self.note else "")


def report(office: Office, by: str, number: int, told: Report) -> Row:
    """Write down how an item went, in one transaction. Raises NoSuchTodo where somebody was faster, ChasingError."""
    _refuse_impossible(office, told)

    def happened(item: Row) -> tuple[Activity, ...]:
        found = []
        if told.outcome.kind:
            found.append(_about_item(office, by, item, told.outcome.kind, told.sentence))
        if told.outcome.holds:
            detail = f"until {told.until or 'it is settled'}" + (f": {told.note}" if told.note else "")
            found.append(_about_item(office, by, item, told.outcome.holds, detail, told.until))
        if told.closes:
            found.append(_about_item(office, by, item, "done", told.sentence))
        elif not found:
            found.append(_about_item(office, by, item, "note", told.sentence))
        return tuple(found)

    if told.closes:
        to_come = partial(_to_mend, office, by, told)
        item = todos.close(office.ledger, number, told.sentence, office.clock.today(), happened, to_come)
    else:
        item = todos.annotate(office.ledger, number, happened)
    office.changed()
    return item


def _refuse_impossible(office: Office, told: Report) -> None:
    if told.outcome.holds == "promise" and told.until is None:
        raise ChasingError("a promise needs the day until which it holds")
    if told.until is not None and told.until < office.clock.today():
        raise ChasingError(f"{told.until} lies before {office.clock.today()}")


def _to_mend(office: Office, by: str, told: Report, item: Row) -> tuple[NewTodo, ...]:
    """A wrong number has to be mended by somebody."""
    if told.outcome.name != "wrong_number":
        return ()
    customer, today = item["customer_number"], office.clock.today()
    title = f"Mend the contact of {customer}: the number is wrong"
    detail = f"{by} found it on {today} with to-do {item['number']}. {told.note}".strip()
    return (NewTodo(None, "mend_contact", customer, item["currency"], "team", title, detail, today),)


def assign(office: Office, by: str, number: int, to: str) -> Row:
    """Give an item to somebody else. Raises NoSuchTodo."""
    item = todos.assign(
        office.ledger, number, to, lambda item: (_about_item(office, by, item, "note", f"assigned to {to}"),)
    )
    office.changed()
    return item


def note(office: Office, by: str, customer: str, currency: str | None, text: str) -> None:
    """A note on a customer."""
    _record(office, _about(office, by, customer, "note", text, currency))


def promise(office: Office, by: str, customer: str, currency: str | None, until: date, text: str) -> None:
    """A promise to pay: it holds the customer through its day, from tomorrow's plan and today's sending on."""
    detail = f"until {until}" + (f": {text}" if text else "")
    _record(office, _about(office, by, customer, "promise", detail, currency, until))


def dispute(office: Office, by: str, customer: str, currency: str | None, until: date | None, text: str) -> None:
    """A dispute of everything: it holds the customer until its day, or until somebody closes it."""
    detail = f"until {until or 'it is settled'}" + (f": {text}" if text else "")
    _record(office, _about(office, by, customer, "dispute", detail, currency, until))


def end_recorded(office: Office, by: str, customer: str, currency: str | None, kind: str, text: str) -> None:
    """End a promise or a dispute that was recorded: the last one of its account counts, and this one is over."""
    over = office.clock.today() - timedelta(days=1)
    detail = f"the {kind} is over" + (f": {text}" if text else "")
    _record(office, _about(office, by, customer, kind, detail, currency, over))


def hold(office: Office, by: str, made: Hold) -> None:
    """A pause, do-not-chase, or the dispute of one invoice: a row of ``holds.csv``, and a note in the history."""
    holds_file.add(office.root, made)
    of = f" of {made.invoice_number}" if made.invoice_number else ""
    detail = f"{made.kind}{of} from {made.from_}" + (f" until {made.until}" if made.until else "")
    _record(office, _about(office, by, made.customer_number, "note", f"{detail}: {made.note}"))


def end_hold(office: Office, by: str, made: Hold) -> None:
    """End a hold of ``holds.csv`` with yesterday, so that it counts no more today."""
    holds_file.end(office.root, made, office.clock.today() - timedelta(days=1))
    of = f" of {made.invoice_number}" if made.invoice_number else ""
    _record(office, _about(office, by, made.customer_number, "note", f"ended: {made.kind}{of}"))


def opt_out(office: Office, by: str, customer: str, channel: Channel, recipient: str, address: str) -> None:
    """Somebody wants no more of a channel: ``recipient`` as the extract has it, ``address`` as providers know it."""
    now = office.clock.now()
    source = f"told {by} at the desk"
    activity = _about(office, by, customer, "opted_out", f"{recipient}, {source}", channel=channel.value)

    def work(connection: Connection) -> None:
        record_opt_out(connection, OptOut(channel, address, recipient, source, now))
        append(connection, activity)

    office.ledger.write(work)
    office.changed()


def _record(office: Office, *happened: Activity) -> None:
    record(office.ledger, *happened)
    office.changed()


def _about(
    office: Office,
    by: str,
    customer: str,
    kind: str,
    detail: str,
    currency: str | None = None,
    until: date | None = None,
    channel: str | None = None,
) -> Activity:
    return Activity(
        kind,
        office.clock.now(),
        office.clock.today(),
        by,
        channel=channel,
        customer_number=customer,
        currency=currency,
        detail=detail,
        promised_until=until,
        by_hand=True,
    )


def _about_item(office: Office, by: str, item: Row, kind: str, detail: str, until: date | None = None) -> Activity:
    return todos.about(item, kind, office.clock.now(), office.clock.today(), by, detail, until)
