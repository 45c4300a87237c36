"""What live sending needs: addresses, frozen messages, deliveries, counts, opt-outs, the stop switch, approvals."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add columns and tables, and say of what there is what can be said of it."""
    for column in (
        sa.Column("recipient", sa.Text),
        sa.Column("address", sa.Text),
        sa.Column("sent_from", sa.Text),
        sa.Column("committed_at", sa.DateTime(timezone=True)),
        sa.Column("resends", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("delivery_status", sa.Text),
        sa.Column("is_delivery_final", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("delivery_checked_at", sa.DateTime(timezone=True)),
    ):
        op.add_column("dispatches", column)
    op.create_index("dispatches_by_address", "dispatches", ["address", "state"])
    op.create_index("dispatches_by_delivery", "dispatches", ["is_delivery_final", "state"])
    _create_tables()
    _know_the_past()


def _create_tables() -> None:
    op.create_table(
        "payloads",
        sa.Column("action_id", sa.String(32), primary_key=True),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "daily_counts",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("channel", sa.String(20), primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
    )
    op.create_table(
        "opt_outs",
        sa.Column("channel", sa.String(20), primary_key=True),
        sa.Column("address", sa.Text, primary_key=True),
        sa.Column("recipient", sa.Text),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
    )
    op.create_table(
        "switches",
        sa.Column("name", sa.String(20), primary_key=True),
        sa.Column("is_on", sa.Boolean, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_table(
        "approvals",
        sa.Column("action_id", sa.String(32), primary_key=True),
        sa.Column("released_by", sa.Text, nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
    )


def _know_the_past() -> None:
    """Nothing was sent for real before: no delivery is to be followed. The day's limits go on counting."""
    names = ("state", "action_date", "channel", "committed_at", "changed_at", "is_delivery_final")
    dispatches = sa.table("dispatches", *(sa.column(name) for name in names))
    counts = sa.table("daily_counts", *(sa.column(name) for name in ("day", "channel", "number")))
    is_carried_out = dispatches.c.state.in_(["sent", "todo", "failed"])
    is_being_sent = dispatches.c.state == "sending"
    op.execute(dispatches.update().where(is_carried_out).values(is_delivery_final=sa.true()))
    op.execute(dispatches.update().where(is_being_sent).values(committed_at=dispatches.c.changed_at))
    # "*" counts the actions of all channels
    for channel, grouped in ((dispatches.c.channel, [dispatches.c.channel]), (sa.literal("*"), [])):
        counted = (
            sa.select(dispatches.c.action_date, channel, sa.func.count())
            .where(is_carried_out | is_being_sent)
            .group_by(dispatches.c.action_date, *grouped)
        )
        op.execute(counts.insert().from_select(["day", "channel", "number"], counted))
