"""The to-do list: calls to make, escalations, contacts to mend.

Does not belong here: deciding what becomes a to-do (``dispatching``).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select, update

from chasing_pipeline.domain.problems import ChasingError
from chasing_pipeline.ledger.activities import Activity, append
from chasing_pipeline.ledger.schema import dispatches, todos
from chasing_pipeline.ledger.store import Ledger


class NoSuchTodo(ChasingError):
    """There is no item of that number, or it is done already."""


@dataclass(frozen=True)
class NewTodo:
    """Something for a person to do; ``kind`` is the channel, or ``mend_contact``."""

    action_id: str | None
    kind: str
    customer_number: str
    currency: str
    assigned_to: str
    title: str
    detail: str
    created_on: date


def create(connection: Connection, todo: NewTodo) -> int:
    """Add a to-do within the caller's transaction, once per action; return its number."""
    known = select(todos.c.number).where(todos.c.action_id == todo.action_id)
    number = connection.scalar(known) if todo.action_id else None
    if number is None:
        result = connection.execute(todos.insert().values(**todo.__dict__, state="open"))
        assert result.inserted_primary_key is not None
        number = result.inserted_primary_key[0]
    return int(number)


def listed(ledger: Ledger, include_done: bool = False, assigned_to: str | None = None) -> list[dict[str, Any]]:
    """The to-do list, oldest first: open items, or all."""
    query = select(todos).order_by(todos.c.created_on, todos.c.number)
    if not include_done:
        query = query.where(todos.c.state == "open")
    if assigned_to:
        query = query.where(todos.c.assigned_to == assigned_to)
    with ledger.reading() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def close(
    ledger: Ledger,
    number: int,
    outcome: str,
    on: date,
    happened: Callable[[dict[str, Any]], tuple[Activity, ...]],
    to_come: Callable[[dict[str, Any]], tuple[NewTodo, ...]] = lambda item: (),
) -> dict[str, Any]:
    """Mark an open item done, append the activities that ``happened`` makes of it, and add the items ``to_come``.

    Raises NoSuchTodo.
    """

    def work(connection: Connection) -> dict[str, Any]:
        item = _open_item(connection, number)
        values = {"state": "done", "closed_on": on, "outcome": outcome}
        connection.execute(update(todos).where(todos.c.number == number).values(values))
        append(connection, *happened(item))
        for todo in to_come(item):
            create(connection, todo)
        return {**item, **values}

    return ledger.write(work)


def annotate(ledger: Ledger, number: int, happened: Callable[[dict[str, Any]], tuple[Activity, ...]]) -> dict[str, Any]:
    """Append activities about an open item. Raises NoSuchTodo."""

    def work(connection: Connection) -> dict[str, Any]:
        item = _open_item(connection, number)
        append(connection, *happened(item))
        return item

    return ledger.write(work)


def assign(
    ledger: Ledger, number: int, to: str, happened: Callable[[dict[str, Any]], tuple[Activity, ...]]
) -> dict[str, Any]:
    """Give an open item to somebody else. Raises NoSuchTodo."""

    def work(connection: Connection) -> dict[str, Any]:
        item = _open_item(connection, number)
        connection.execute(update(todos).where(todos.c.number == number).values(assigned_to=to))
        append(connection, *happened(item))
        return {**item, "assigned_to": to}

    return ledger.write(work)


def about(
    item: dict[str, Any], kind: str, at: datetime, on: date, by: str, detail: str, until: date | None = None
) -> Activity:
    """Something that a person did about an item; ``until``: the day through which a promise or dispute holds."""
    return Activity(
        kind,
        at,
        on,
        by,
        item["action_id"],
        item["channel"],
        item["customer_number"],
        item["currency"],
        tuple(json.loads(item["invoice_numbers"] or "[]")),
        item["cadence"],
        item["step"],
        detail=detail,
        promised_until=until,
        by_hand=True,
    )


def _open_item(connection: Connection, number: int) -> dict[str, Any]:
    of_action = (dispatches.c.cadence, dispatches.c.step, dispatches.c.channel, dispatches.c.invoice_numbers)
    query = select(todos, *of_action).outerjoin(dispatches, dispatches.c.action_id == todos.c.action_id)
    item = connection.execute(query.where(todos.c.number == number)).mappings().first()
    if item is None:
        raise NoSuchTodo(f"there is no to-do number {number}; see chasing todo list")
    if item["state"] != "open":
        raise NoSuchTodo(f"to-do number {number} was done on {item['closed_on']}: {item['outcome']}")
    return dict(item)
