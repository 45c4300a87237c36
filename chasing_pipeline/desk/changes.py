"""What people do at the desk, written down: each change is an activity with the user's name.

Does not belong here: reading forms (``pages``), checking what is recorded (``planning.recordings``), what follows from
a hold (``sql``).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from chasing_pipeline.desk import holds_file
from chasing_pipeline.desk.office import Office
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.problems import ChasingError
from chasing_pipeline.ledger import todos
from chasing_pipeline.ledger.activities import Activity
from chasing_pipeline.ledger.todos import NewTodo
from chasing_pipeline.planning.home import Fault, Hold
from chasing_pipeline.planning.recordings import NotRecorded, Recording, check_until

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
            detail = _until(told.until, told.note)
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
    if told.outcome.holds:
        try:
            check_until(told.outcome.holds, told.until, office.clock.today())
        except Fault as fault:
            raise ChasingError(fault.message) from None


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


def note(office: Office, by: str, customer: str, currency: str, text: str) -> None:
    """A note on a customer."""
    _record(office, Recording("note", customer, by, text, currency))


def promise(office: Office, by: str, customer: str, currency: str, until: date | None, text: str) -> None:
    """A promise to pay: it holds the customer through its day, from tomorrow's plan and today's sending on."""
    _record(office, Recording("promise", customer, by, _until(until, text), currency, until))


def dispute(office: Office, by: str, customer: str, currency: str, until: date | None, text: str) -> None:
    """A dispute of everything: it holds the customer until its day, or until somebody closes it."""
    _record(office, Recording("dispute", customer, by, _until(until, text), currency, until))


def end_recorded(office: Office, by: str, customer: str, currency: str | None, kind: str, text: str) -> None:
    """End a promise or a dispute that was recorded."""
    office.recorder().end_hold(Recording(kind, customer, by, text, currency or ""))
    office.changed()


def hold(office: Office, by: str, made: Hold) -> None:
    """A pause, do-not-chase, or the dispute of one invoice: a row of ``holds.csv``, and a note in the history."""
    holds_file.add(office.root, made)
    of = f" of {made.invoice_number}" if made.invoice_number else ""
    detail = f"{made.kind}{of} from {made.from_}" + (f" until {made.until}" if made.until else "")
    note(office, by, made.customer_number, "", f"{detail}: {made.note}")


def end_hold(office: Office, by: str, made: Hold) -> None:
    """End a hold of ``holds.csv`` with yesterday, so that it counts no more today."""
    holds_file.end(office.root, made, office.clock.today() - timedelta(days=1))
    of = f" of {made.invoice_number}" if made.invoice_number else ""
    note(office, by, made.customer_number, "", f"ended: {made.kind}{of}")


def opt_out(office: Office, by: str, customer: str, channel: Channel, address: str) -> None:
    """Somebody wants no more of a channel; ``address`` as the extract has it."""
    _record(office, Recording("opted_out", customer, by, channel=channel, address=address))


def opt_in(office: Office, by: str, customer: str, channel: Channel, address: str, text: str) -> None:
    """Somebody wants a channel again; ``address`` as the extract has it, ``text`` says how that is known."""
    _record(office, Recording("opted_in", customer, by, text, channel=channel, address=address))


def _record(office: Office, said: Recording) -> None:
    try:
        office.recorder().record(said)
    except NotRecorded as error:
        raise ChasingError(error.why) from error
    office.changed()


def _until(until: date | None, text: str) -> str:
    """What a promise or a dispute says in the history."""
    return f"until {until or 'it is settled'}" + (f": {text}" if text else "")


def _about_item(office: Office, by: str, item: Row, kind: str, detail: str, until: date | None = None) -> Activity:
    return todos.about(item, kind, office.clock.now(), office.clock.today(), by, detail, until)
