"""One dispatch per action: what is owed, who claimed it, how it ended. Every change is one transaction.

    planned -> sending -> sent | todo | failed
    planned -> cancelled          the re-check found that the unit no longer owes the step
    sending -> planned            the resolver knows that nothing was sent
    cancelled -> planned          the step came due again on a later day

Carried out: ``sent``, ``todo``, ``failed`` (a permanent failure). Does not belong here: sending itself.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from chasing_pipeline.domain.action import Action
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.settings import Limits
from chasing_pipeline.ledger.activities import Activity, append
from chasing_pipeline.ledger.schema import claims, dispatches
from chasing_pipeline.ledger.store import Ledger
from chasing_pipeline.ledger.todos import NewTodo, create


class State(StrEnum):
    """How far a dispatch has come."""

    PLANNED = "planned"
    SENDING = "sending"
    SENT = "sent"
    TODO = "todo"
    FAILED = "failed"
    CANCELLED = "cancelled"


class OverLimit(Exception):
    """A daily limit is reached: the action stays owed."""


CARRIED_OUT = (State.SENT, State.TODO, State.FAILED)


@dataclass(frozen=True)
class UnitStep:
    """One (unit, cadence, step, cycle, repetition) that an action carries out, and the hash of just that."""

    unit_step_id: str
    action_id: str
    customer_number: str
    currency: str
    invoice_reference: str
    cadence: str
    step: str
    cycle_start: date
    repetition: int

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> "UnitStep":
        """From a row of the table ``action_units``; further columns are ignored."""
        return cls(**{name: row[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True)
class Settlement:
    """How an attempt ended: the state, what happened, and whether it reached the customer."""

    state: State
    activities: tuple[Activity, ...]
    is_contact: bool = False
    provider_id: str | None = None
    todos: tuple[NewTodo, ...] = ()


def owe(ledger: Ledger, actions: Sequence[Action], units: Iterable[UnitStep], now: datetime) -> set[str]:
    """Register the day's actions as owed; return the ids of those that may still be carried out.

    A unit's step that an earlier action carried out, or is just sending, is never owed again: such an action is left
    out. One that was planned or cancelled on an earlier day is taken over. Raises nothing for repetitions.
    """
    by_action: dict[str, list[UnitStep]] = {}
    for unit in units:
        by_action.setdefault(unit.action_id, []).append(unit)

    def work(connection: Connection) -> set[str]:
        wanted = [unit.unit_step_id for members in by_action.values() for unit in members]
        taken = _states_by_unit_step(connection, wanted)
        owed = set()
        for action in actions:
            members = by_action.get(action.action_id, [])
            states = {taken[unit.unit_step_id] for unit in members if unit.unit_step_id in taken}
            own = {state for other, state in states if other == action.action_id}
            if any(state in {*CARRIED_OUT, State.SENDING} for _, state in states) or not members:
                continue
            _register(connection, action, members, exists=bool(own), now=now)
            owed.add(action.action_id)
        return owed

    return ledger.write(work)


def claim(
    ledger: Ledger, action_id: str, owner: str, payload_sha256: str, claimed: Activity, now: datetime, limits: Limits
) -> int | None:
    """Take one owed action for ``owner``; return the attempt's number, or None where another has it already.

    Raises OverLimit where the day's limits are reached: counted in the same transaction, so that several dispatchers
    together keep them.
    """

    def work(connection: Connection) -> int | None:
        done = _done_by_channel(connection, claimed.activity_date)
        cap = limits.per_channel.get(Channel(claimed.channel or ""))
        is_full = limits.actions_per_day is not None and sum(done.values()) >= limits.actions_per_day
        if is_full or (cap is not None and done.get(claimed.channel or "", 0) >= cap):
            raise OverLimit
        taken = connection.execute(
            update(dispatches)
            .where(dispatches.c.action_id == action_id, dispatches.c.state == State.PLANNED)
            .values(
                state=State.SENDING,
                owner=owner,
                attempt=dispatches.c.attempt + 1,
                payload_sha256=payload_sha256,
                changed_at=now,
            )
        )
        if taken.rowcount != 1:
            return None
        attempt = connection.scalar(select(dispatches.c.attempt).where(dispatches.c.action_id == action_id))
        append(connection, _of_attempt(claimed, int(attempt or 0)))
        return int(attempt or 0)

    return ledger.write(work)


def settle(ledger: Ledger, action_id: str, attempt: int, settlement: Settlement, day: date, now: datetime) -> bool:
    """Record how an attempt ended, with its activities; False where somebody else settled it before."""

    def work(connection: Connection) -> bool:
        carried_out = settlement.state in CARRIED_OUT
        changed = connection.execute(
            update(dispatches)
            .where(
                dispatches.c.action_id == action_id,
                dispatches.c.state == State.SENDING,
                dispatches.c.attempt == attempt,
            )
            .values(
                state=settlement.state,
                provider_id=settlement.provider_id,
                carried_out_on=day if carried_out else None,
                is_contact=settlement.is_contact,
                changed_at=now,
            )
        )
        if changed.rowcount != 1:
            return False
        for todo in settlement.todos:
            create(connection, todo)
        append(connection, *(_of_attempt(activity, attempt) for activity in settlement.activities))
        return True

    return ledger.write(work)


def cancel(ledger: Ledger, action_id: str, happened: Activity, now: datetime) -> bool:
    """Give up an owed action that nobody has claimed; it may come due again on a later day."""

    def work(connection: Connection) -> bool:
        changed = connection.execute(
            update(dispatches)
            .where(dispatches.c.action_id == action_id, dispatches.c.state == State.PLANNED)
            .values(state=State.CANCELLED, attempt=dispatches.c.attempt + 1, changed_at=now)
        )
        if changed.rowcount != 1:
            return False
        attempt = connection.scalar(select(dispatches.c.attempt).where(dispatches.c.action_id == action_id))
        append(connection, _of_attempt(happened, int(attempt or 0)))
        return True

    return ledger.write(work)


def being_sent(ledger: Ledger) -> list[dict[str, Any]]:
    """The dispatches that somebody is sending, or was when it died."""
    query = select(dispatches).where(dispatches.c.state == State.SENDING)
    with ledger.reading() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def states_of(ledger: Ledger, action_ids: Iterable[str]) -> dict[str, State]:
    """The state of each of these actions that has been registered."""
    wanted = set(action_ids)
    query = select(dispatches.c.action_id, dispatches.c.state)
    with ledger.reading() as connection:
        return {row.action_id: State(row.state) for row in connection.execute(query) if row.action_id in wanted}


def _done_by_channel(connection: Connection, day: date) -> dict[str, int]:
    """How many actions of ``day`` were carried out, or are being sent, by channel."""
    query = (
        select(dispatches.c.channel, func.count())
        .where(dispatches.c.action_date == day, dispatches.c.state.in_([*CARRIED_OUT, State.SENDING]))
        .group_by(dispatches.c.channel)
    )
    return {channel: int(count) for channel, count in connection.execute(query)}


def _states_by_unit_step(connection: Connection, wanted: Sequence[str]) -> dict[str, tuple[str, State]]:
    query = select(claims.c.unit_step_id, claims.c.action_id, dispatches.c.state).join(
        dispatches, dispatches.c.action_id == claims.c.action_id
    )
    found: dict[str, tuple[str, State]] = {}
    for start in range(0, len(wanted), 500):
        rows = connection.execute(query.where(claims.c.unit_step_id.in_(wanted[start : start + 500])))
        found |= {row.unit_step_id: (row.action_id, State(row.state)) for row in rows}
    return found


def _register(connection: Connection, action: Action, members: Sequence[UnitStep], exists: bool, now: datetime) -> None:
    values = {
        "action_date": action.action_date,
        "state": State.PLANNED,
        "channel": action.channel.value,
        "invoice_numbers": json.dumps(action.invoice_numbers),
        "changed_at": now,
    }
    if exists:
        connection.execute(update(dispatches).where(dispatches.c.action_id == action.action_id).values(values))
    else:
        connection.execute(delete(dispatches).where(dispatches.c.action_id == action.action_id))
        connection.execute(
            dispatches.insert().values(
                **values,
                first_owed_on=action.action_date,
                action_id=action.action_id,
                customer_number=action.customer_number,
                currency=action.currency,
                cadence=action.cadence,
                step=action.step,
                attempt=0,
                is_contact=False,
            )
        )
    connection.execute(delete(claims).where(claims.c.unit_step_id.in_([unit.unit_step_id for unit in members])))
    connection.execute(claims.insert(), [dict(unit.__dict__) for unit in members])


def _of_attempt(activity: Activity, attempt: int) -> Activity:
    return Activity(**{**activity.__dict__, "attempt": attempt})
