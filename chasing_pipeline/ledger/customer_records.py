"""One customer's part of what the ledger knows, read without the rest: for a page that must be quick.

Does not belong here: the progress of everybody that a plan needs (``progress``).
"""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import select

from chasing_pipeline.domain.cadence import Cadence
from chasing_pipeline.ledger.progress import CARRIED_OUT_FIELDS, MISSED_FIELDS, Progress
from chasing_pipeline.ledger.schema import cadence_versions, claims, dispatches, missed_steps, opt_outs
from chasing_pipeline.ledger.store import Ledger


def progress_of(ledger: Ledger, customer_number: str, before: date) -> Progress:
    """What one customer's ladder shows: steps carried out and missed before a day, and the versions in use."""
    of_claim = [claims.c[name] for name, _ in CARRIED_OUT_FIELDS[:6]]
    carried_out = (
        select(*of_claim, dispatches.c.carried_out_on, dispatches.c.is_contact)
        .join(dispatches, dispatches.c.action_id == claims.c.action_id)
        .where(claims.c.customer_number == customer_number, dispatches.c.carried_out_on < before)
        .order_by(dispatches.c.changed_at, dispatches.c.action_id)
    )
    missed = select(*(missed_steps.c[name] for name, _ in MISSED_FIELDS)).where(
        missed_steps.c.customer_number == customer_number, missed_steps.c.missed_on < before
    )
    with ledger.reading() as connection:
        return Progress(
            carried_out=[tuple(row) for row in connection.execute(carried_out)],
            missed_steps=[tuple(row) for row in connection.execute(missed)],
            versions=[
                Cadence.model_validate_json(text) for text in connection.scalars(select(cadence_versions.c.content))
            ],
        )


def opt_outs_of(ledger: Ledger, recipients: Collection[str]) -> list[dict[str, Any]]:
    """The opt-outs of these addresses that count, as the extract writes them."""
    query = (
        select(opt_outs)
        .where(opt_outs.c.recipient.in_(list(recipients)), opt_outs.c.ended_at.is_(None))
        .order_by(opt_outs.c.channel, opt_outs.c.number)
    )
    with ledger.reading() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]
