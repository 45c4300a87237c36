"""Looking at the to-do list: a page of it, one item with what it was made of, what comes after it.

Does not belong here: changing items (``todos``).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from chasing_pipeline.ledger.schema import activities, dispatches, todos
from chasing_pipeline.ledger.store import Ledger

Row = dict[str, Any]
TRIES = ("answered", "voicemail", "no_answer", "note", "promise", "dispute")
"""What people do about an item before it is done."""


@dataclass(frozen=True)
class Selection:
    """Which items: open or done ones, of these people (None: anybody's), of these kinds (None: any)."""

    is_open: bool = True
    assigned_to: tuple[str, ...] | None = None
    kinds: tuple[str, ...] | None = None

    def narrow(self, query: Select[Any]) -> Select[Any]:
        """The query, for these items alone."""
        query = query.where(todos.c.state == ("open" if self.is_open else "done"))
        if self.assigned_to is not None:
            query = query.where(todos.c.assigned_to.in_(self.assigned_to))
        return query.where(todos.c.kind.in_(self.kinds)) if self.kinds else query


def page(ledger: Ledger, wanted: Selection, size: int, skipped: int) -> tuple[list[Row], int]:
    """One page of the list, open items oldest first, done ones newest first; and how many there are on all pages."""
    order = (todos.c.created_on, todos.c.number) if wanted.is_open else (todos.c.closed_on.desc(),
                                                                        todos.c.number.desc())  # fmt: skip
    query = wanted.narrow(select(todos)).order_by(*order).limit(size).offset(skipped)
    with ledger.reading() as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
        total = connection.scalar(wanted.narrow(select(func.count()).select_from(todos)))
        return _with_last_try(connection, rows), int(total or 0)


def one(ledger: Ledger, number: int) -> Row | None:
    """An item with what is known of its action; None: there is none of that number."""
    facts = (dispatches.c.cadence, dispatches.c.step, dispatches.c.channel, dispatches.c.recipient,
             dispatches.c.invoice_numbers)  # fmt: skip
    query = select(todos, *facts).outerjoin(dispatches, dispatches.c.action_id == todos.c.action_id)
    with ledger.reading() as connection:
        row = connection.execute(query.where(todos.c.number == number)).mappings().first()
    return {**row, "invoice_numbers": json.loads(row["invoice_numbers"] or "[]")} if row else None


def following(ledger: Ledger, wanted: Selection, item: Row) -> int | None:
    """The number of the open item after this one in its list, or of the first one; None: no other is left."""
    later = or_(
        todos.c.created_on > item["created_on"],
        and_(todos.c.created_on == item["created_on"], todos.c.number > item["number"]),
    )
    query = wanted.narrow(select(todos.c.number)).where(todos.c.number != item["number"])
    query = query.order_by(todos.c.created_on, todos.c.number).limit(1)
    with ledger.reading() as connection:
        found: int | None = connection.scalar(query.where(later))
        first: int | None = connection.scalar(query) if found is None else None
        return found if found is not None else first


def of_customer(ledger: Ledger, customer_number: str) -> list[Row]:
    """The items of one customer, open ones first, then newest first."""
    query = select(todos).where(todos.c.customer_number == customer_number)
    with ledger.reading() as connection:
        rows = [dict(row) for row in connection.execute(query.order_by(todos.c.number.desc())).mappings()]
    return sorted(rows, key=lambda row: row["state"] != "open")


def assignees(ledger: Ledger) -> list[str]:
    """Everybody who has an open item, by name."""
    query = select(todos.c.assigned_to).where(todos.c.state == "open").distinct().order_by(todos.c.assigned_to)
    with ledger.reading() as connection:
        return list(connection.scalars(query))


def _with_last_try(connection: Any, rows: Sequence[Row]) -> list[Row]:
    """The items, each with the last thing that somebody did about it (``last_try``)."""
    query = (
        select(activities.c.action_id, activities.c.kind, activities.c.activity_date, activities.c.actor)
        .where(
            activities.c.customer_number.in_({row["customer_number"] for row in rows}),
            activities.c.action_id.in_([row["action_id"] for row in rows if row["action_id"]]),
            activities.c.kind.in_(TRIES),
        )
        .order_by(activities.c.number)
    )
    last = {found["action_id"]: dict(found) for found in connection.execute(query).mappings()} if rows else {}
    return [{**row, "last_try": last.get(row["action_id"])} for row in rows]
