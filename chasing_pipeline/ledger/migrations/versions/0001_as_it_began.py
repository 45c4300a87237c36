"""The ledger as the first version of the program made it, which kept no version in it."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "dispatches",
        sa.Column("action_id", sa.String(32), primary_key=True),
        sa.Column("action_date", sa.Date, nullable=False),
        sa.Column("first_owed_on", sa.Date, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("customer_number", sa.Text, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("invoice_numbers", sa.Text, nullable=False),
        sa.Column("cadence", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("owner", sa.String(32)),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("payload_sha256", sa.String(64)),
        sa.Column("provider_id", sa.Text),
        sa.Column("carried_out_on", sa.Date),
        sa.Column("is_contact", sa.Boolean, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("dispatches_by_state", "dispatches", ["state", "action_date"])
    op.create_table(
        "claims",
        sa.Column("unit_step_id", sa.String(32), primary_key=True),
        sa.Column("action_id", sa.String(32), sa.ForeignKey("dispatches.action_id"), nullable=False),
        sa.Column("customer_number", sa.Text, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("invoice_reference", sa.Text, nullable=False),
        sa.Column("cadence", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("cycle_start", sa.Date, nullable=False),
        sa.Column("repetition", sa.Integer, nullable=False),
        sa.UniqueConstraint(
            "customer_number", "currency", "invoice_reference", "cadence", "step", "cycle_start", "repetition"
        ),
    )
    op.create_index("claims_by_action", "claims", ["action_id"])
    op.create_table(
        "activities",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("activity_id", sa.String(32), nullable=False, unique=True),
        sa.Column("action_id", sa.String(32)),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activity_date", sa.Date, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("channel", sa.String(20)),
        sa.Column("customer_number", sa.Text),
        sa.Column("currency", sa.String(3)),
        sa.Column("invoice_numbers", sa.Text, nullable=False),
        sa.Column("cadence", sa.Text),
        sa.Column("step", sa.Text),
        sa.Column("provider", sa.Text),
        sa.Column("provider_id", sa.Text),
        sa.Column("detail", sa.Text),
        sa.Column("cost", sa.Numeric(18, 6)),
        sa.Column("cost_currency", sa.String(3)),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("promised_until", sa.Date),
    )
    op.create_index("activities_by_day", "activities", ["activity_date"])
    op.create_index("activities_by_customer", "activities", ["customer_number"])
    op.create_table(
        "todos",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("action_id", sa.String(32), unique=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("customer_number", sa.Text),
        sa.Column("currency", sa.String(3)),
        sa.Column("assigned_to", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("created_on", sa.Date, nullable=False),
        sa.Column("closed_on", sa.Date),
        sa.Column("outcome", sa.Text),
    )
    op.create_index("todos_by_state", "todos", ["state", "assigned_to"])
    op.create_table(
        "enrolments",
        sa.Column("customer_number", sa.Text, primary_key=True),
        sa.Column("currency", sa.String(3), primary_key=True),
        sa.Column("invoice_reference", sa.Text, primary_key=True),
        sa.Column("cadence", sa.Text, primary_key=True),
        sa.Column("enrolled_on", sa.Date, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("cycle_start", sa.Date, nullable=False),
        sa.Column("stopped_on", sa.Date),
    )
    op.create_table(
        "missed_steps",
        sa.Column("customer_number", sa.Text, primary_key=True),
        sa.Column("currency", sa.String(3), primary_key=True),
        sa.Column("invoice_reference", sa.Text, primary_key=True),
        sa.Column("cadence", sa.Text, primary_key=True),
        sa.Column("step", sa.Text, primary_key=True),
        sa.Column("missed_on", sa.Date, primary_key=True),
    )
    op.create_table(
        "run_days",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("action_count", sa.Integer, nullable=False),
    )
    op.create_table(
        "cadence_versions",
        sa.Column("cadence", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("first_used_on", sa.Date, nullable=False),
    )
    op.create_table(
        "releases",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("stop", sa.String(20), primary_key=True),
        sa.Column("released_by", sa.Text, nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
    )
