"""What people did or heard elsewhere: notes, promises, disputes, done to-dos, opt-outs, checked before they are kept.

One rule for the command, the job and files: what it says must be known, complete and not of the future.
Does not belong here: writing it to the ledger (``ledger.recordings``).
"""

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from functools import cached_property
from pathlib import Path
from typing import Any

from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.clock import Clock
from chasing_pipeline.domain.problems import ChasingError, ConfigurationError, Problem
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.ledger import todos
from chasing_pipeline.ledger.activities import Activity
from chasing_pipeline.ledger.customer_records import opt_outs_of
from chasing_pipeline.ledger.guards import OptIn, OptOut
from chasing_pipeline.ledger.recordings import ToRecord, is_recorded, knows_customer, record_once
from chasing_pipeline.ledger.store import Ledger
from chasing_pipeline.planning.day import serving_extract
from chasing_pipeline.planning.extracts import stage
from chasing_pipeline.planning.home import ChasingHome, Fault, read_rows

KINDS = ("note", "promise", "dispute", "done", "opted_out", "opted_in")
"""What people record. The activity log has no word for the last one: it stands there as a ``note``."""
HOLDS = ("promise", "dispute")
KINDS_IN_FILES = ("note", "promise", "dispute")
FILE_COLUMNS = {
    "customer_number": True,
    "kind": True,
    "detail": False,
    "promised_until": False,
    "actor": True,
    "occurred_on": False,
}
"""Columns of a file of activities, and whether each must be there and filled."""
WAYS_OUT = (Channel.EMAIL, Channel.SMS, Channel.AUTO_CALL)
"""The channels that a customer can be taken off by hand; calls by people follow the automated ones."""
PROVIDERS_WORD = "the provider reported this opt-out, and would refuse to send: nobody can take it back here"
SETTLE_SECONDS = 60
"""A file that changed more recently may still be being written."""
NOON = time_of_day(12)


class NotRecorded(ChasingError):
    """What was to be recorded can't be; the message says what to do, ``why`` without naming the field.

    Nothing of it was kept.
    """

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.field}: {fault.message}")
        self.why = fault.message


@dataclass(frozen=True)
class Recording:
    """One thing that happened, as somebody says it. ``occurred_on`` None: today. ``identity`` tells a repetition."""

    kind: str
    customer_number: str
    actor: str
    detail: str = ""
    currency: str = ""
    promised_until: date | None = None
    occurred_on: date | None = None
    channel: Channel | None = None
    address: str = ""
    todo: int | None = None
    identity: str | None = None


@dataclass(frozen=True)
class FileReport:
    """What became of the files of activities: how many were recorded of each new one, and what is wrong in others."""

    recorded: dict[str, int]
    problems: list[Problem]
    days: set[date]
    """The business days whose activities changed."""


class Recorder:
    """Checks and records for one home, with the ledger and the clock that it goes by."""

    def __init__(self, home: ChasingHome, ledger: Ledger, clock: Clock) -> None:
        self._home = home
        self._ledger = ledger
        self._clock = clock

    def record(self, recording: Recording) -> date:
        """Record one thing; return the business day that it belongs to. Raises NotRecorded."""
        try:
            item = self._checked(recording)
        except Fault as fault:
            raise NotRecorded(fault) from None
        record_once(self._ledger, [item])
        return item.activity.activity_date

    def end_hold(self, recording: Recording) -> date:
        """Record that the promise or dispute of an account is over; return the business day. Raises NotRecorded.

        Of each account and kind the last one counts, and this one has passed.
        """
        today, words = self._clock.today(), recording.detail.strip()
        if recording.kind not in HOLDS:
            raise NotRecorded(Fault("kind", f"{recording.kind!r} is none of {', '.join(HOLDS)}"))
        over = f"the {recording.kind} is over{f': {words}' if words else ''}"
        ended = replace(recording, promised_until=today - timedelta(days=1), occurred_on=today, detail=over)
        record_once(self._ledger, [ToRecord(self._activity(ended))])
        return today

    def record_file(self, path: Path) -> tuple[int, set[date]]:
        """Record a file as a whole, once; return how many rows were new, and their days.

        Raises ConfigurationError with everything that is wrong in it; nothing of it was kept then.
        """
        items = list(self._read(path))
        return record_once(self._ledger, items), {item.activity.activity_date for item in items}

    def record_folder(self) -> FileReport:
        """Record each file in ``activities/`` that was not before; one with a bad row is left out as a whole."""
        report = FileReport({}, [], set())
        for path in sorted((self._home.root / "activities").glob("*.csv")):
            if time.time() - path.stat().st_mtime < SETTLE_SECONDS or self._is_known(path):
                continue
            try:
                count, days = self.record_file(path)
            except ConfigurationError as error:
                report.problems.extend(replace(p, file=f"activities/{p.file}") for p in error.problems)
                continue
            if count:
                report.recorded[path.name] = count
                report.days.update(days)
        return report

    def _is_known(self, path: Path) -> bool:
        """Whether the file's first row was recorded: all of them were, or none."""
        first = Recording("note", "", "", identity=_identity(_fingerprint(path), 1))
        return is_recorded(self._ledger, self._activity(first))

    def _read(self, path: Path) -> Iterator[ToRecord]:
        if not path.is_file():
            raise ConfigurationError([Problem(str(path), None, None, "there is no such file")])
        fingerprint = _fingerprint(path)
        numbers = iter(range(1, 1_000_000_000))

        def build(values: dict[str, str], _: Any) -> ToRecord:
            number = next(numbers)
            if values["kind"] not in KINDS_IN_FILES:
                raise Fault("kind", f"{values['kind']!r} is none of {', '.join(KINDS_IN_FILES)}")
            return self._checked(
                Recording(
                    values["kind"],
                    values["customer_number"],
                    values["actor"],
                    values.get("detail", ""),
                    promised_until=_day(values, "promised_until"),
                    occurred_on=_day(values, "occurred_on"),
                    identity=_identity(fingerprint, number),
                )
            )

        yield from read_rows(path, FILE_COLUMNS, build, None)

    def _checked(self, recording: Recording) -> ToRecord:
        """What is to be kept of it. Raises Fault."""
        today = self._clock.today()
        if recording.kind not in KINDS:
            raise Fault("kind", f"{recording.kind!r} is none of {', '.join(KINDS)}")
        if not recording.actor.strip():
            raise Fault("actor", "who did or heard it? Write a name")
        number = recording.customer_number
        if not knows_customer(self._ledger, number) and number not in self._customers:
            raise Fault("customer_number", f"{number!r} is no customer of the newest extract")
        if recording.occurred_on is not None and recording.occurred_on > today:
            raise Fault("occurred_on", f"{recording.occurred_on} is not yet; today is {today}")
        check_until(recording.kind, recording.promised_until, recording.occurred_on or today)
        if recording.kind == "note" and not recording.detail.strip():
            raise Fault("detail", "a note needs its text")
        todo = self._open_todo(recording) if recording.kind == "done" else None
        if recording.kind == "opted_in":
            opt_in = self._opt_in(recording)
            who = ", ".join(opt_in.recipients)
            told = f"{who} may be reached by {opt_in.channel} again: {recording.detail.strip()}"
            return ToRecord(self._activity(replace(recording, kind="note", detail=told)), opt_in=opt_in)
        if recording.kind == "opted_out":
            opt_outs = self._opt_outs(recording)
            told = ": ".join(filter(None, [", ".join(o.recipient or "" for o in opt_outs), recording.detail.strip()]))
            return ToRecord(self._activity(replace(recording, detail=told)), opt_outs=opt_outs)
        return ToRecord(self._activity(recording), todo)

    def _activity(self, recording: Recording) -> Activity:
        now, day = self._clock.now(), recording.occurred_on or self._clock.today()
        words = recording.detail.strip()
        return Activity(
            recording.kind,
            now if day == self._clock.today() else datetime.combine(day, NOON, now.tzinfo),
            day,
            recording.actor.strip(),
            channel=recording.channel.value if recording.channel else None,
            customer_number=recording.customer_number,
            currency=recording.currency or None,
            detail=words or None,
            promised_until=recording.promised_until,
            identity=recording.identity,
        )

    def _open_todo(self, recording: Recording) -> int:
        """The to-do that is done: the one that is named, else the customer's only open one."""
        items = [i for i in todos.listed(self._ledger) if i["customer_number"] == recording.customer_number]
        if recording.todo is not None:
            items = [item for item in items if item["number"] == recording.todo]
        if not items:
            raise Fault("todo", f"{recording.customer_number} has no such open to-do; see chasing todo list")
        if len(items) > 1:
            numbers = ", ".join(str(item["number"]) for item in items)
            raise Fault("todo", f"{recording.customer_number} has several open to-dos: name one of {numbers}")
        return int(items[0]["number"])

    def _opt_outs(self, recording: Recording) -> tuple[OptOut, ...]:
        """Those of the customer's addresses that are to be taken off a channel."""
        channel, wanted = self._addresses(recording, "that is not wanted any more")
        country, now = self._country(recording), self._clock.now()
        by = recording.actor.strip()
        return tuple(
            OptOut(channel, _as_dialled(self._home, channel, address, country), address, f"told {by}", now, by)
            for address in wanted
        )

    def _opt_in(self, recording: Recording) -> OptIn:
        """Those of the customer's addresses whose opt-out is to end: a person recorded it."""
        channel, wanted = self._addresses(recording, "that is wanted again")
        if not recording.detail.strip():
            raise Fault("detail", "say who wants it again, and how that was told")
        found = [row for row in opt_outs_of(self._ledger, wanted) if row["channel"] == channel]
        of_people = tuple(dict.fromkeys(row["recipient"] for row in found if row["recorded_by"] is not None))
        if not of_people and found:
            raise Fault("address", PROVIDERS_WORD)
        if not of_people:
            raise Fault("address", f"nobody recorded that {', '.join(wanted)} wants no more of {channel}")
        return OptIn(channel, of_people, recording.actor.strip(), self._clock.now())

    def _addresses(self, recording: Recording, which: str) -> tuple[Channel, list[str]]:
        """The channel, and the customer's addresses on it, or the one that is named; ``which`` channel it is."""
        channel = recording.channel
        if channel is None or channel not in WAYS_OUT:
            raise Fault("channel", f"name the channel {which}: {', '.join(WAYS_OUT)}")
        known = dict.fromkeys(filter(None, (ways_out(contact)[channel] for contact in self._contacts(recording))))
        wanted = [address for address in known if recording.address in ("", address)]
        if not wanted:
            raise Fault("address", f"no contact of {recording.customer_number} has that for {channel}")
        return channel, wanted

    def _contacts(self, recording: Recording) -> list[dict[str, Any]]:
        return self._ask("contacts", lambda engine: engine.rows("desk/customer_contacts", _of(recording)))

    def _country(self, recording: Recording) -> str | None:
        found = self._ask("customers", lambda engine: engine.rows("desk/customer", _of(recording)))
        return found[0]["country"] if found else None

    @cached_property
    def _customers(self) -> set[str]:
        """The customers of the extract that serves today."""
        return {row["customer_number"] for row in self._ask("customers", lambda engine: engine.table_rows("customers"))}

    def _ask(self, table: str, ask: Callable[[DuckDBEngine], list[dict[str, Any]]]) -> list[dict[str, Any]]:
        """What a table of that extract answers."""
        extract = stage(self._home, serving_extract(self._home, self._clock.today()))
        with DuckDBEngine(threads=1) as engine:
            engine.attach_parquet(table, extract.path(table))
            return ask(engine)


def _of(recording: Recording) -> dict[str, object]:
    return {"customer": recording.customer_number}


def check_until(kind: str, until: date | None, day: date) -> None:
    """Raise Fault where ``until`` can't be the day until which something of that kind, said on ``day``, holds."""
    if kind == "promise" and until is None:
        raise Fault("promised_until", "a promise needs the day until which it holds")
    if until is not None and kind not in HOLDS:
        raise Fault("promised_until", f"a {kind} has no such day; leave it empty")
    if until is not None and until < day:
        raise Fault("promised_until", f"{until} lies before {day}, the day it was said")


def ways_out(contact: dict[str, Any]) -> dict[Channel, str | None]:
    """A contact's address on each channel that a customer can be taken off, as the extract writes it."""
    return {
        Channel.EMAIL: contact["email"],
        Channel.SMS: contact["mobile"],
        Channel.AUTO_CALL: contact["mobile"] or contact["phone"],
    }


def _as_dialled(home: ChasingHome, channel: Channel, address: str, country: str | None) -> str:
    """The address as providers know it."""
    if channel == Channel.EMAIL:
        return address
    # imported here because numbers take long to load, and nothing else needs them
    from chasing_pipeline.domain.message import UnsendableMessage
    from chasing_pipeline.messages.phones import e164, parse_number

    try:
        return e164(parse_number(address, country, home.settings))
    except UnsendableMessage:
        return address


def _fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _identity(fingerprint: str, row: int) -> str:
    return f"activities|{fingerprint}|{row}"


def _day(values: dict[str, str], column: str) -> date | None:
    text = values.get(column, "")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Fault(column, f"{text!r} is no date; write YYYY-MM-DD") from None
