"""The ledger's tables. Current state (dispatches, to-dos) and history (activities) are different tables.

Does not belong here: reading and writing them (the other modules of this package).
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)

metadata = MetaData()


class Instant(TypeDecorator[datetime]):
    """An instant with its zone: kept in UTC, also by databases that know no zones; naive ones are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """The instant in UTC. Raises ValueError for one without a zone."""
        if value is not None and value.tzinfo is None:
            raise ValueError("an instant must carry a time zone")
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """The instant in UTC, whatever zone the database shows it in."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


dispatches = Table(
    "dispatches",
    metadata,
    Column("action_id", String(32), primary_key=True),
    Column("action_date", Date, nullable=False),
    Column("first_owed_on", Date, nullable=False),
    Column("state", String(10), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("customer_number", Text, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("invoice_numbers", Text, nullable=False),
    Column("cadence", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("owner", String(32)),
    Column("attempt", Integer, nullable=False),
    Column("payload_sha256", String(64)),
    Column("provider_id", Text),
    Column("carried_out_on", Date),
    Column("is_contact", Boolean, nullable=False),
    Column("changed_at", Instant, nullable=False),
    # the address as the action table has it, as the provider gets it (E.164, e-mail), and from where it was sent
    Column("recipient", Text),
    Column("address", Text),
    Column("sent_from", Text),
    # when the last attempt was about to go out; how often one that was surely not sent was tried again
    Column("committed_at", Instant),
    Column("resends", Integer, nullable=False, server_default=text("0")),
    # what became of it afterwards, in the provider's own word
    Column("delivery_status", Text),
    Column("is_delivery_final", Boolean, nullable=False, server_default=false()),
    Column("delivery_checked_at", Instant),
    Index("dispatches_by_state", "state", "action_date"),
    Index("dispatches_by_address", "address", "state"),
    Index("dispatches_by_delivery", "is_delivery_final", "state"),
)
"""One row per action that was ever due, with its state (see ``dispatches``)."""

payloads = Table(
    "payloads",
    metadata,
    Column("action_id", String(32), primary_key=True),
    Column("attempt", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("frozen_at", Instant, nullable=False),
)
"""One row per action: the frozen message of its last attempt."""

daily_counts = Table(
    "daily_counts",
    metadata,
    Column("day", Date, primary_key=True),
    Column("channel", String(20), primary_key=True),
    Column("number", Integer, nullable=False),
)
"""One row per day and channel: how many of its actions were carried out or are being sent."""

claims = Table(
    "claims",
    metadata,
    Column("unit_step_id", String(32), primary_key=True),
    Column("action_id", String(32), ForeignKey("dispatches.action_id"), nullable=False),
    Column("customer_number", Text, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("invoice_reference", Text, nullable=False),
    Column("cadence", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("cycle_start", Date, nullable=False),
    Column("repetition", Integer, nullable=False),
    UniqueConstraint(
        "customer_number", "currency", "invoice_reference", "cadence", "step", "cycle_start", "repetition"
    ),
    Index("claims_by_action", "action_id"),
)
"""One row per (unit, cadence, step, cycle, repetition): the unique key that makes a second sending impossible."""

activities = Table(
    "activities",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("activity_id", String(32), nullable=False, unique=True),
    Column("action_id", String(32)),
    Column("occurred_at", Instant, nullable=False),
    Column("activity_date", Date, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("channel", String(20)),
    Column("customer_number", Text),
    Column("currency", String(3)),
    Column("invoice_numbers", Text, nullable=False),
    Column("cadence", Text),
    Column("step", Text),
    Column("provider", Text),
    Column("provider_id", Text),
    Column("detail", Text),
    Column("cost", Numeric(18, 6)),
    Column("cost_currency", String(3)),
    Column("actor", Text, nullable=False),
    Column("promised_until", Date),
    Index("activities_by_day", "activity_date"),
    Index("activities_by_customer", "customer_number"),
)
"""One row per thing that happened; never changed, never deleted."""

todos = Table(
    "todos",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("action_id", String(32), unique=True),
    Column("state", String(10), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("customer_number", Text),
    Column("currency", String(3)),
    Column("assigned_to", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("created_on", Date, nullable=False),
    Column("closed_on", Date),
    Column("outcome", Text),
    Index("todos_by_state", "state", "assigned_to"),
    Index("todos_by_customer", "customer_number"),
)
"""One row per thing that a person is to do: open or done."""

enrolments = Table(
    "enrolments",
    metadata,
    Column("customer_number", Text, primary_key=True),
    Column("currency", String(3), primary_key=True),
    Column("invoice_reference", Text, primary_key=True),
    Column("cadence", Text, primary_key=True),
    Column("enrolled_on", Date, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("cycle_start", Date, nullable=False),
    Column("stopped_on", Date),
)
"""One row per unit and cycle in a cadence: the first run day that saw it there."""

missed_steps = Table(
    "missed_steps",
    metadata,
    Column("customer_number", Text, primary_key=True),
    Column("currency", String(3), primary_key=True),
    Column("invoice_reference", Text, primary_key=True),
    Column("cadence", Text, primary_key=True),
    Column("step", Text, primary_key=True),
    Column("missed_on", Date, primary_key=True),
)
"""One row per step that a run found to be missed: it does not come back in that cycle."""

run_days = Table(
    "run_days", metadata, Column("day", Date, primary_key=True), Column("action_count", Integer, nullable=False)
)
"""One row per day that was planned on the day itself."""

cadence_versions = Table(
    "cadence_versions",
    metadata,
    Column("cadence", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("content", Text, nullable=False),
    Column("first_used_on", Date, nullable=False),
    # the first run day on which it planned an action; none: it never did
    Column("first_action_on", Date),
)
"""One row per version of a cadence in which a unit was ever enrolled: its schedule is frozen."""

releases = Table(
    "releases",
    metadata,
    Column("day", Date, primary_key=True),
    Column("stop", String(20), primary_key=True),
    Column("released_by", Text, nullable=False),
    Column("released_at", Instant, nullable=False),
)
"""One row per stop (see ``dispatching.gates``) that a named person released for a day."""

opt_outs = Table(
    "opt_outs",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("address", Text, nullable=False),
    Column("recipient", Text),
    Column("recorded_at", Instant, nullable=False),
    # none: the provider reported it, and would refuse whatever is said here
    Column("recorded_by", Text),
    Column("source", Text, nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", Text),
    Index(
        "opt_outs_open",
        "channel",
        "address",
        unique=True,
        sqlite_where=text("ended_at is null"),
        postgresql_where=text("ended_at is null"),
    ),
)
"""One row per time that an address was not to be reached by a channel: since when, and until when."""

switches = Table(
    "switches",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("is_on", Boolean, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
)
"""One row per switch that was ever turned: ``sending_stopped``."""

approvals = Table(
    "approvals",
    metadata,
    Column("unit_step_id", String(32), primary_key=True),
    Column("held_on", Date, nullable=False),
    Column("released_on", Date),
    Column("released_by", Text),
    Column("released_at", Instant),
    Index("approvals_by_release", "released_on"),
)
"""One row per step of a unit that was held for approval: since when, and the named person who released it."""
