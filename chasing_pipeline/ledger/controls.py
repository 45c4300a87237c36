"""What a controller holds against the activity log: what was carried out on a day, and what is in doubt for long.

Does not belong here: deciding what becomes of a doubt (``dispatching.resolver``).
"""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, select

from chasing_pipeline.engine.duckdb_engine import fields
from chasing_pipeline.ledger.schema import claims, dispatches
from chasing_pipeline.ledger.states import BUSY
from chasing_pipeline.ledger.store import Ledger

CARRIED_OUT_ACTION_FIELDS = fields("action_id varchar; customer_number varchar; is_claimed boolean")


def carried_out_on(ledger: Ledger, day: date) -> list[tuple[Any, ...]]:
    """Every action that was carried out on ``day``, and whether its units' steps are claimed; in order of the fields.

    What nobody could find out and went to a person is left out: the log knows it under another word.
    """
    is_claimed = exists().where(claims.c.action_id == dispatches.c.action_id)
    query = select(dispatches.c.action_id, dispatches.c.customer_number, is_claimed).where(
        dispatches.c.carried_out_on == day, dispatches.c.state != "human"
    )
    with ledger.reading() as connection:
        return [(row[0], row[1], bool(row[2])) for row in connection.execute(query)]


def undecided_since(ledger: Ledger, now: datetime, longest: timedelta) -> list[dict[str, Any]]:
    """The dispatches that have been on their way, or in doubt, for longer than that; oldest first."""
    since = func.coalesce(dispatches.c.committed_at, dispatches.c.changed_at)
    columns = (dispatches.c.customer_number, dispatches.c.channel, dispatches.c.step, dispatches.c.state)
    query = select(*columns, since.label("since")).where(dispatches.c.state.in_(BUSY), since < now - longest)
    with ledger.reading() as connection:
        return [dict(row) for row in connection.execute(query.order_by(since)).mappings()]
