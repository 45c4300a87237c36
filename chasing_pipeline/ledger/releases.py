"""Stops that a named person released for a day.

Does not belong here: what stops a dispatch (``dispatching.gates``).
"""

from datetime import date, datetime

from sqlalchemy import Connection, select

from chasing_pipeline.ledger.activities import Activity, append
from chasing_pipeline.ledger.schema import releases
from chasing_pipeline.ledger.store import Ledger
from chasing_pipeline.ledger.upsert import upsert


def release(ledger: Ledger, day: date, stop: str, by: str, now: datetime) -> None:
    """Release ``stop`` for ``day`` in the name of ``by``; releasing it again changes nothing."""

    def work(connection: Connection) -> None:
        released = {"day": day, "stop": stop, "released_by": by, "released_at": now}
        done = connection.execute(upsert(connection, releases, released, update=()))
        if done.rowcount == 1:
            append(connection, Activity("note", now, day, by, detail=f"released the stop {stop} of {day}"))

    ledger.write(work)


def released(ledger: Ledger, day: date) -> set[str]:
    """The stops that were released for ``day``."""
    with ledger.reading() as connection:
        return set(connection.scalars(select(releases.c.stop).where(releases.c.day == day)))
