"""What a claim must respect at the moment it is made, whoever else is sending: checked within its transaction.

Belongs here: the stop switch, daily limits, limits of one recipient, one call at a time, recorded opt-outs.
Does not belong here: what stops a whole day (``dispatching.gates``), contact hours (``dispatching``).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, exists, func, select, update
from sqlalchemy.sql.dml import ReturningInsert

from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.settings import Limits
from chasing_pipeline.ledger.activities import Activity, append
from chasing_pipeline.ledger.schema import daily_counts, dispatches, opt_outs, switches
from chasing_pipeline.ledger.states import BUSY, CARRIED_OUT, State
from chasing_pipeline.ledger.store import Ledger
from chasing_pipeline.ledger.upsert import inserting, upsert

TOTAL = "*"
"""The channel under which the actions of all channels are counted."""
SENDING_STOPPED = "sending_stopped"
LONGEST_CALL = timedelta(hours=1)
"""A call whose end was never reported no longer counts as being in progress."""


class Unclaimable(Exception):
    """The action can't be taken now and stays owed; ``outcome`` says why in one word, the message in a sentence."""

    def __init__(self, outcome: str, message: str) -> None:
        super().__init__(message)
        self.outcome = outcome


@dataclass(frozen=True)
class OptOut:
    """A recipient who wants no more of a channel: the address as providers know it, and as the extract has it.

    ``by``: who recorded it; None: the provider reported it.
    """

    channel: Channel
    address: str
    recipient: str | None
    source: str
    at: datetime
    by: str | None = None


@dataclass(frozen=True)
class OptIn:
    """Recipients, as the extract writes them, who want a channel again; ``by``: who was told so."""

    channel: Channel
    recipients: tuple[str, ...]
    by: str
    at: datetime


@dataclass(frozen=True)
class Stopped:
    """Who stopped all sending, when, and why."""

    by: str
    at: datetime
    reason: str


def check(connection: Connection, claimed: Activity, address: str | None, action_id: str, limits: Limits) -> None:
    """Raise Unclaimable where this claim, just written in the same transaction, must not be made."""
    # first of all, for it makes the claims of one day wait for each other
    _count(connection, claimed.activity_date, claimed.channel or "", limits)
    parameters = {
        "of_channel": claimed.channel,
        "of_address": address,
        "of_action": action_id,
        "since": claimed.occurred_at - LONGEST_CALL,
    }
    facts = connection.execute(_FACTS, parameters).one()
    if facts.is_stopped:
        stopped = _stopped(connection)
        raise Unclaimable("stopped", f"{stopped.by} stopped all sending: {stopped.reason}" if stopped else "stopped")
    if facts.has_opted_out:
        raise Unclaimable("opted_out", "the recipient has opted out of this channel")
    if facts.is_on_the_line:
        raise Unclaimable("waiting", "another call to this number is not over yet, or its outcome is not known")
    _respect_recipient(connection, claimed, address, action_id, limits)


def give_back(connection: Connection, action_id: str, day: date) -> None:
    """Take an action that was surely not sent out of the count of its day."""
    channel = select(dispatches.c.channel).where(dispatches.c.action_id == action_id).scalar_subquery()
    of_channel = (daily_counts.c.channel == channel) | (daily_counts.c.channel == TOTAL)
    connection.execute(
        update(daily_counts)
        .where(daily_counts.c.day == day, of_channel, daily_counts.c.number > 0)
        .values(number=daily_counts.c.number - 1)
    )


def record_opt_out(connection: Connection, opt_out: OptOut) -> None:
    """Keep an opt-out within the caller's transaction; the first one of an address counts until it ends.

    One that the provider reports takes the place of what people said, for it is not theirs to end.
    """
    values = {
        "channel": opt_out.channel.value,
        "address": opt_out.address,
        "recipient": opt_out.recipient,
        "source": opt_out.source,
        "recorded_at": opt_out.at,
        "recorded_by": opt_out.by,
    }
    statement = inserting(connection.dialect.name, opt_outs).values(**values)
    of_address: Any = {"index_elements": ["channel", "address"], "index_where": opt_outs.c.ended_at.is_(None)}
    if opt_out.by is None:
        changed = {"recorded_by": None, "source": opt_out.source}
        connection.execute(statement.on_conflict_do_update(**of_address, set_=changed))
    else:
        connection.execute(statement.on_conflict_do_nothing(**of_address))


def end_opt_outs(connection: Connection, opt_in: OptIn) -> None:
    """End what people recorded of these addresses, within the caller's transaction; not what a provider reported."""
    of_people = (opt_outs.c.ended_at.is_(None), opt_outs.c.recorded_by.is_not(None))
    of_addresses = (opt_outs.c.channel == opt_in.channel.value, opt_outs.c.recipient.in_(opt_in.recipients))
    connection.execute(update(opt_outs).where(*of_people, *of_addresses).values(ended_at=opt_in.at, ended_by=opt_in.by))


def stop_sending(ledger: Ledger, by: str, reason: str, now: datetime, day: date) -> None:
    """Stop all sending at once, of every dispatcher on this ledger, until somebody resumes it."""
    _switch(ledger, True, by, reason, now, day)


def resume_sending(ledger: Ledger, by: str, reason: str, now: datetime, day: date) -> None:
    """Let sending go on."""
    _switch(ledger, False, by, reason, now, day)


def stopped(ledger: Ledger) -> Stopped | None:
    """Who stopped all sending; None: nobody."""
    with ledger.reading() as connection:
        return _stopped(connection)


def _switch(ledger: Ledger, is_on: bool, by: str, reason: str, now: datetime, day: date) -> None:
    values = {"name": SENDING_STOPPED, "is_on": is_on, "changed_by": by, "changed_at": now, "reason": reason}
    what = "stopped all sending" if is_on else "let sending go on"

    def work(connection: Connection) -> None:
        if (_stopped(connection) is not None) != is_on:
            append(connection, Activity("note", now, day, by, detail=f"{what}: {reason}" if reason else what))
        connection.execute(upsert(connection, switches, values, update=("is_on", "changed_by", "changed_at", "reason")))

    ledger.write(work)


def _stopped(connection: Connection) -> Stopped | None:
    query = select(switches).where(switches.c.name == SENDING_STOPPED, switches.c.is_on)
    row = connection.execute(query).mappings().first()
    return Stopped(row["changed_by"], row["changed_at"], row["reason"]) if row else None


def _count(connection: Connection, day: date, channel: str, limits: Limits) -> None:
    counting = _counting(connection.dialect.name)
    for name, limit in ((TOTAL, limits.actions_per_day), (channel, limits.per_channel.get(Channel(channel)))):
        count = connection.scalar(counting, {"of_day": day, "of_channel": name}) or 0
        if limit is not None and count > limit:
            what = "actions" if name == TOTAL else f"actions by {name}"
            raise Unclaimable("over_limit", f"the limit of {limit} {what} a day is reached")


@cache
def _counting(dialect: str) -> ReturningInsert[tuple[int]]:
    """The statement that counts one more action of a day and channel, and returns the count."""
    number = daily_counts.c.number
    statement = inserting(dialect, daily_counts).values(
        day=bindparam("of_day"), channel=bindparam("of_channel"), number=1
    )
    keys = [daily_counts.c.day, daily_counts.c.channel]
    return statement.on_conflict_do_update(index_elements=keys, set_={"number": number + 1}).returning(number)


_ADDRESS: BindParameter[str | None] = bindparam("of_address")
_CHANNEL: BindParameter[str] = bindparam("of_channel")
_ACTION: BindParameter[str] = bindparam("of_action")
_OTHERS = (dispatches.c.address == _ADDRESS) & (dispatches.c.action_id != _ACTION)
_IS_RINGING = (
    (dispatches.c.state == State.SENT)
    & dispatches.c.is_delivery_final.is_(False)
    & (dispatches.c.committed_at > bindparam("since"))
)
_FACTS = select(
    exists().where(switches.c.name == SENDING_STOPPED, switches.c.is_on).label("is_stopped"),
    exists()
    .where(opt_outs.c.channel == _CHANNEL, opt_outs.c.address == _ADDRESS, opt_outs.c.ended_at.is_(None))
    .label("has_opted_out"),
    exists()
    .where(
        _OTHERS,
        dispatches.c.channel == _CHANNEL,
        dispatches.c.channel == Channel.AUTO_CALL,
        dispatches.c.state.in_(BUSY) | _IS_RINGING,
    )
    .label("is_on_the_line"),
)
"""What of the sender's and the recipient's side stands against a claim, in one statement."""


def _contacts_since(connection: Connection, address: str, action_id: str, since: date) -> int:
    query = select(func.count()).where(
        _OTHERS, dispatches.c.state.in_([*CARRIED_OUT, *BUSY]), dispatches.c.action_date > since
    )
    return connection.scalar(query, {"of_address": address, "of_action": action_id}) or 0


def _respect_recipient(
    connection: Connection, claimed: Activity, address: str | None, action_id: str, limits: Limits
) -> None:
    if address is None:
        return
    for limit, days in ((limits.per_recipient_a_day, 1), (limits.per_recipient_in_seven_days, 7)):
        since = claimed.activity_date - timedelta(days=days)
        if limit is not None and _contacts_since(connection, address, action_id, since) >= limit:
            raise Unclaimable("over_limit", f"this recipient was contacted {limit} times in {days} days already")
