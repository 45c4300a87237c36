"""One dispatch per action: what is owed, who claimed it, how it ended. Every change is one transaction.

    planned -> sending -> sent | todo | failed | doubt
    sending -> planned            it was surely not sent
    doubt   -> sent | planned | human
    planned -> cancelled          the re-check found that the unit no longer owes the step
    cancelled -> planned          the step came due again on a later day

Carried out: ``sent``, ``todo``, ``failed`` (a permanent failure), ``human`` (a person has to find out). Does not belong
here: sending itself, what a claim must respect (``guards``).
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from chasing_pipeline.domain.action import Action
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.frozen import fingerprint
from chasing_pipeline.domain.settings import Limits
from chasing_pipeline.ledger import guards
from chasing_pipeline.ledger.activities import Activity, append
from chasing_pipeline.ledger.schema import claims, dispatches, payloads
from chasing_pipeline.ledger.states import BUSY, CARRIED_OUT, State
from chasing_pipeline.ledger.store import Ledger
from chasing_pipeline.ledger.todos import NewTodo, create


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
class Owed:
    """An action that may be carried out: how often it was tried, how often a doubt ended in sending again, and when
    the last try was about to go out (None: never)."""

    attempt: int
    resends: int
    committed_at: datetime | None


@dataclass(frozen=True)
class Claim:
    """What is written down when an action is taken: by whom, its frozen message, and between which addresses.

    ``attempt`` counts from 1; ``claimed`` is the activity; ``recipient`` is the contact as the action table has it,
    ``address`` and ``sent_from`` are what the provider gets.
    """

    action_id: str
    attempt: int
    owner: str
    frozen: bytes
    claimed: Activity
    at: datetime
    recipient: str | None = None
    address: str | None = None
    sent_from: str | None = None


@dataclass(frozen=True)
class Settlement:
    """How an attempt ended: the state, what happened, and whether it reached the customer.

    ``is_followed``: its delivery is still to be followed. ``is_resend``: a doubt that ends in sending once more.
    """

    state: State
    activities: tuple[Activity, ...] = ()
    is_contact: bool = False
    provider_id: str | None = None
    todos: tuple[NewTodo, ...] = ()
    is_followed: bool = False
    is_resend: bool = False
    opt_out: guards.OptOut | None = None


# made once, for to build a statement takes longer than to run it
_TAKE = (
    update(dispatches)
    .where(
        dispatches.c.action_id == bindparam("of_action"),
        dispatches.c.state == State.PLANNED,
        dispatches.c.attempt == bindparam("attempt_before"),
    )
    .values(
        state=State.SENDING,
        owner=bindparam("by"),
        attempt=dispatches.c.attempt + 1,
        payload_sha256=bindparam("sha"),
        recipient=bindparam("new_recipient"),
        address=bindparam("new_address"),
        sent_from=bindparam("new_sent_from"),
        committed_at=bindparam("at"),
        changed_at=bindparam("at"),
    )
)
_SETTLE = (
    update(dispatches)
    .where(
        dispatches.c.action_id == bindparam("of_action"),
        dispatches.c.attempt == bindparam("of_attempt"),
        dispatches.c.state.in_(BUSY),
        dispatches.c.state != bindparam("other_than"),
    )
    .values(
        state=bindparam("new_state"),
        provider_id=bindparam("new_provider_id"),
        carried_out_on=bindparam("on"),
        is_contact=bindparam("new_is_contact"),
        is_delivery_final=bindparam("is_final"),
        resends=dispatches.c.resends + bindparam("more"),
        changed_at=bindparam("at"),
    )
)


def owe(ledger: Ledger, actions: Sequence[Action], units: Iterable[UnitStep], now: datetime) -> dict[str, Owed]:
    """Register the day's actions as owed; return those that may still be carried out, by their ids.

    A unit's step that an earlier action carried out, is just sending, or is in doubt, is never owed again: such an
    action is left out. One that was planned or cancelled on an earlier day is taken over. A call that was in doubt is
    not owed again on its own day. Raises nothing for repetitions.
    """
    by_action: dict[str, list[UnitStep]] = {}
    for unit in units:
        by_action.setdefault(unit.action_id, []).append(unit)

    def work(connection: Connection) -> dict[str, Owed]:
        wanted = [unit.unit_step_id for members in by_action.values() for unit in members]
        taken = _dispatches_by_unit_step(connection, wanted)
        owed = {}
        new: list[Action] = []
        again: list[Action] = []
        for action in actions:
            members = by_action.get(action.action_id, [])
            found = [taken[unit.unit_step_id] for unit in members if unit.unit_step_id in taken]
            own = next((row for row in found if row["action_id"] == action.action_id), None)
            if any(row["state"] in {*CARRIED_OUT, *BUSY} for row in found) or not members or _rings_again(own, action):
                continue
            (again if own else new).append(action)
            owed[action.action_id] = (
                Owed(own["attempt"], own["resends"], own["committed_at"]) if own else Owed(0, 0, None)
            )
        _register(connection, new, now)
        _take_over(connection, again, now)
        _hold(connection, [unit for action in (*new, *again) for unit in by_action[action.action_id]])
        return owed

    return ledger.write(work)


def claim(ledger: Ledger, wanted: Claim, limits: Limits) -> None:
    """Take an owed action and freeze its message, in one transaction that is on disk when it returns.

    Raises guards.Unclaimable where another has it, sending is stopped, the recipient has opted out, or a limit is
    reached: counted in the same transaction, so that several dispatchers together keep them.
    """
    sha256 = fingerprint(wanted.frozen)

    def work(connection: Connection) -> None:
        taken = connection.execute(
            _TAKE,
            {
                "of_action": wanted.action_id,
                "attempt_before": wanted.attempt - 1,
                "by": wanted.owner,
                "sha": sha256,
                "new_recipient": wanted.recipient,
                "new_address": wanted.address,
                "new_sent_from": wanted.sent_from,
                "at": wanted.at,
            },
        )
        if taken.rowcount != 1:
            raise guards.Unclaimable("taken", "another dispatcher has it")
        guards.check(connection, wanted.claimed, wanted.address, wanted.action_id, limits)
        frozen = {
            "action_id": wanted.action_id,
            "attempt": wanted.attempt,
            "sha256": sha256,
            "content": wanted.frozen,
            "frozen_at": wanted.at,
        }
        if wanted.attempt > 1:
            connection.execute(delete(payloads).where(payloads.c.action_id == wanted.action_id))
        connection.execute(insert(payloads), frozen)
        append(connection, _of_attempt(wanted.claimed, wanted.attempt))

    ledger.write(work)


def settle(ledger: Ledger, action_id: str, attempt: int, settlement: Settlement, day: date, now: datetime) -> bool:
    """Record how an attempt ended, with its activities; False where somebody else settled it before.

    ``day`` is the business day on which it was, or would have been, carried out.
    """

    def work(connection: Connection) -> bool:
        changed = connection.execute(
            _SETTLE,
            {
                "of_action": action_id,
                "of_attempt": attempt,
                # what is in doubt already does not become so again
                "other_than": State.DOUBT if settlement.state is State.DOUBT else "",
                "new_state": settlement.state,
                "new_provider_id": settlement.provider_id,
                "on": day if settlement.state in CARRIED_OUT else None,
                "new_is_contact": settlement.is_contact,
                "is_final": not settlement.is_followed,
                "more": int(settlement.is_resend),
                "at": now,
            },
        )
        if changed.rowcount != 1:
            return False
        if settlement.state is State.PLANNED:
            guards.give_back(connection, action_id, day)
        if settlement.opt_out is not None:
            guards.record_opt_out(connection, settlement.opt_out)
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


def undecided(ledger: Ledger) -> list[dict[str, Any]]:
    """The dispatches that somebody is sending, or was when it died, and those in doubt; oldest first."""
    query = (
        select(dispatches).where(dispatches.c.state.in_(BUSY)).order_by(dispatches.c.changed_at, dispatches.c.action_id)
    )
    with ledger.reading() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def states_of(ledger: Ledger, action_ids: Iterable[str]) -> dict[str, State]:
    """The state of each of these actions that has been registered."""
    wanted = set(action_ids)
    query = select(dispatches.c.action_id, dispatches.c.state)
    with ledger.reading() as connection:
        return {row.action_id: State(row.state) for row in connection.execute(query) if row.action_id in wanted}


def frozen_message(ledger: Ledger, action_id: str) -> bytes | None:
    """The frozen message of an action's last attempt, while it is kept."""
    with ledger.reading() as connection:
        content: bytes | None = connection.scalar(select(payloads.c.content).where(payloads.c.action_id == action_id))
        return content


def forget_messages(ledger: Ledger, before: datetime) -> int:
    """Delete the frozen messages of before that instant whose dispatches are decided; their sha256 stays."""
    decided = select(dispatches.c.action_id).where(dispatches.c.state.not_in(BUSY))
    old = delete(payloads).where(payloads.c.frozen_at < before, payloads.c.action_id.in_(decided))
    return ledger.write(lambda connection: int(connection.execute(old).rowcount))


def _rings_again(own: Mapping[str, Any] | None, action: Action) -> bool:
    """Whether this is a call in doubt that would be dialled again on the same day."""
    return (
        own is not None
        and action.channel is Channel.AUTO_CALL
        and own["resends"] > 0
        and own["action_date"] == action.action_date
    )


def _dispatches_by_unit_step(connection: Connection, wanted: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    names = ("action_id", "state", "attempt", "resends", "committed_at", "action_date")
    query = select(claims.c.unit_step_id, *(dispatches.c[name] for name in names)).join(
        dispatches, dispatches.c.action_id == claims.c.action_id
    )
    found: dict[str, Mapping[str, Any]] = {}
    for some in _parts(wanted):
        rows = connection.execute(query.where(claims.c.unit_step_id.in_(some))).mappings()
        found |= {row["unit_step_id"]: row for row in rows}
    return found


def _register(connection: Connection, actions: Sequence[Action], now: datetime) -> None:
    """Write down actions that are new, or whose steps another action had taken over in the meantime."""
    for some in _parts([action.action_id for action in actions]):
        connection.execute(delete(dispatches).where(dispatches.c.action_id.in_(some)))
    rows = [
        {
            **_facts(action, now),
            "action_id": action.action_id,
            "first_owed_on": action.action_date,
            "customer_number": action.customer_number,
            "currency": action.currency,
            "cadence": action.cadence,
            "step": action.step,
            "attempt": 0,
            "resends": 0,
            "is_contact": False,
            "is_delivery_final": False,
        }
        for action in actions
    ]
    if rows:
        connection.execute(insert(dispatches), rows)


def _take_over(connection: Connection, actions: Sequence[Action], now: datetime) -> None:
    """Make those that were planned or cancelled on an earlier day actions of this one."""
    still_free = or_(dispatches.c.state == State.PLANNED, dispatches.c.state == State.CANCELLED)
    rows = [{**_facts(action, now), "id_of_action": action.action_id} for action in actions]
    if rows:
        changed: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "id_of_action"}
        of_action = dispatches.c.action_id == bindparam("id_of_action")
        connection.execute(update(dispatches).where(of_action, still_free).values(changed), rows)


def _hold(connection: Connection, units: Sequence[UnitStep]) -> None:
    """Let these steps be their actions' from now on."""
    for some in _parts([unit.unit_step_id for unit in units]):
        connection.execute(delete(claims).where(claims.c.unit_step_id.in_(some)))
    if units:
        connection.execute(insert(claims), [dict(unit.__dict__) for unit in units])


def _facts(action: Action, now: datetime) -> dict[str, Any]:
    """What an action's row says of it anew each day."""
    return {
        "action_date": action.action_date,
        "state": State.PLANNED,
        "channel": action.channel.value,
        "invoice_numbers": json.dumps(action.invoice_numbers),
        "changed_at": now,
    }


def _parts(names: Sequence[str]) -> Iterator[Sequence[str]]:
    """The names, as many at a time as fit into a statement."""
    for start in range(0, len(names), 500):
        yield names[start : start + 500]


def _of_attempt(activity: Activity, attempt: int) -> Activity:
    return Activity(**{**activity.__dict__, "attempt": attempt})
