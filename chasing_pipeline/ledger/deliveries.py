"""What became of messages after they were sent: which are still to be followed, and what was learnt.

Does not belong here: asking providers (``channels``), what follows for people (``dispatching.deliveries``).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, true, update

from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.ledger.activities import Activity, append
from chasing_pipeline.ledger.guards import OptOut, record_opt_out
from chasing_pipeline.ledger.schema import dispatches
from chasing_pipeline.ledger.states import State
from chasing_pipeline.ledger.store import Ledger
from chasing_pipeline.ledger.todos import NewTodo, create


@dataclass(frozen=True)
class News:
    """What was learnt of one message: the provider's word, what happened, and what a person has to do about it."""

    action_id: str
    status: str
    is_final: bool
    activities: tuple[Activity, ...] = ()
    todos: tuple[NewTodo, ...] = ()
    opt_out: OptOut | None = None


def followed(ledger: Ledger, channels: Collection[Channel], most: int) -> list[dict[str, Any]]:
    """At most so many sent messages of these channels whose fate is not known yet; those longest unasked first."""
    query = (
        select(dispatches)
        .where(
            dispatches.c.state == State.SENT,
            dispatches.c.is_delivery_final.is_(False),
            dispatches.c.channel.in_([channel.value for channel in channels]),
        )
        .order_by(
            dispatches.c.delivery_checked_at.is_not(None), dispatches.c.delivery_checked_at, dispatches.c.action_id
        )
        .limit(most)
    )
    with ledger.reading() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def asked(ledger: Ledger, action_ids: Collection[str], now: datetime) -> None:
    """Remember that these were asked after just now."""
    these = update(dispatches).where(dispatches.c.action_id.in_(list(action_ids)))
    ledger.write(lambda connection: connection.execute(these.values(delivery_checked_at=now)))


def learn(ledger: Ledger, news: News) -> bool:
    """Write down what was learnt, in one transaction; False where it was known already, and nothing is written."""

    def work(connection: Connection) -> bool:
        changed = connection.execute(
            update(dispatches)
            .where(
                dispatches.c.action_id == news.action_id,
                dispatches.c.is_delivery_final.is_(False),
                true() if news.is_final else dispatches.c.delivery_status.is_distinct_from(news.status),
            )
            .values(delivery_status=news.status, is_delivery_final=news.is_final)
        )
        if changed.rowcount != 1:
            return False
        if news.opt_out is not None:
            record_opt_out(connection, news.opt_out)
        for todo in news.todos:
            create(connection, todo)
        append(connection, *news.activities)
        return True

    return ledger.write(work)
