"""What is held for approval, and who released it.

Kept for each step of a unit, by its ``unit_step_id``: so a release survives planning the day again, and also that an
invoice leaves the message that several shared. Does not belong here: what is held (``sql/actions/held_steps``).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, select, update

from chasing_pipeline.ledger.activities import Activity, append
from chasing_pipeline.ledger.schema import approvals
from chasing_pipeline.ledger.store import Ledger
from chasing_pipeline.ledger.upsert import inserting

RELEASED = "released for sending"
"""The detail of the note that is written of each released action."""


def hold(connection: Connection, unit_step_ids: Collection[str], day: date) -> None:
    """Remember within the caller's transaction that these are held since ``day``, unless they were held before."""
    if unit_step_ids:
        insert = inserting(connection.dialect.name, approvals).on_conflict_do_nothing(index_elements=["unit_step_id"])
        connection.execute(insert, [{"unit_step_id": name, "held_on": day} for name in sorted(unit_step_ids)])


def release(
    ledger: Ledger, notes: Sequence[Activity], units: Mapping[str, Collection[str]], day: date, now: datetime
) -> list[str]:
    """Release actions, in the name of the actor of their notes; return the ids of those that had not been.

    ``notes``: one for each action; ``units``: the steps of units that an action carries out, by its id.
    """

    def work(connection: Connection) -> list[str]:
        done = _released(connection, day)
        fresh = [note for note in notes if note.action_id and not done.issuperset(units[note.action_id])]
        for note in fresh:
            members = units[note.action_id or ""]
            hold(connection, members, day)
            connection.execute(
                update(approvals)
                .where(approvals.c.unit_step_id.in_(members), approvals.c.released_on.is_(None))
                .values(released_on=day, released_by=note.actor, released_at=now)
            )
        append(connection, *fresh)
        return [note.action_id or "" for note in fresh]

    return ledger.write(work)


def released_since(ledger: Ledger, day: date) -> set[str]:
    """The steps of units that were released on ``day`` or later."""
    with ledger.reading() as connection:
        return _released(connection, day)


def _released(connection: Connection, day: date) -> set[str]:
    return set(connection.scalars(select(approvals.c.unit_step_id).where(approvals.c.released_on >= day)))
