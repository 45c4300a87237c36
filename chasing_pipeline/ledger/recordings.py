"""Recording what people did or heard elsewhere: all of it in one transaction, and nothing twice.

Does not belong here: checking what they say (``planning.recordings``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, exists, select, update

from chasing_pipeline.ledger.activities import Activity
from chasing_pipeline.ledger.guards import OptIn, OptOut, end_opt_outs, record_opt_out
from chasing_pipeline.ledger.schema import activities, todos
from chasing_pipeline.ledger.store import Ledger


@dataclass(frozen=True)
class ToRecord:
    """An activity, the open to-do item that it closes, and the addresses that it takes off a channel, or back on."""

    activity: Activity
    todo: int | None = None
    opt_outs: tuple[OptOut, ...] = ()
    opt_in: OptIn | None = None


def record_once(ledger: Ledger, items: Sequence[ToRecord]) -> int:
    """Record those of ``items`` whose activity is not known yet; return how many there were."""

    def work(connection: Connection) -> int:
        rows = [(item, item.activity.row()) for item in items]
        known = _known(connection, [row["activity_id"] for _, row in rows])
        new = [(item, row) for item, row in rows if row["activity_id"] not in known]
        for item, row in new:
            connection.execute(activities.insert().values(**row))
            if item.todo is not None:
                closed = {"state": "done", "closed_on": item.activity.activity_date, "outcome": item.activity.detail}
                of_number = (todos.c.number == item.todo, todos.c.state == "open")
                connection.execute(update(todos).where(*of_number).values(**closed))
            for opt_out in item.opt_outs:
                record_opt_out(connection, opt_out)
            if item.opt_in is not None:
                end_opt_outs(connection, item.opt_in)
        return len(new)

    return ledger.write(work)


def is_recorded(ledger: Ledger, activity: Activity) -> bool:
    """Whether an activity with an identity of its own was recorded before."""
    with ledger.reading() as connection:
        return bool(_known(connection, [activity.row()["activity_id"]]))


def knows_customer(ledger: Ledger, customer_number: str) -> bool:
    """Whether anything ever happened to a customer."""
    with ledger.reading() as connection:
        return bool(connection.scalar(select(exists().where(activities.c.customer_number == customer_number))))


def _known(connection: Connection, ids: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(ids), 500):
        some = list(ids[start : start + 500])
        found |= set(connection.scalars(select(activities.c.activity_id).where(activities.c.activity_id.in_(some))))
    return found
