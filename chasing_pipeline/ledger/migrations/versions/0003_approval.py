"""What approval needs: since when a step of a unit is held, and when a version of a cadence first planned an action."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_FIRST_ACTIONS = """
update cadence_versions set first_action_on = (
    select min(dispatches.first_owed_on) from dispatches
    where dispatches.cadence = cadence_versions.cadence
    and dispatches.first_owed_on >= cadence_versions.first_used_on
)
"""


def upgrade() -> None:
    """Make ``approvals`` anew, which nothing wrote until now; say of each version since when it has been acting."""
    op.drop_table("approvals")
    op.create_table(
        "approvals",
        sa.Column("unit_step_id", sa.String(32), primary_key=True),
        sa.Column("held_on", sa.Date, nullable=False),
        sa.Column("released_on", sa.Date),
        sa.Column("released_by", sa.Text),
        sa.Column("released_at", sa.DateTime(timezone=True)),
    )
    op.create_index("approvals_by_release", "approvals", ["released_on"])
    op.add_column("cadence_versions", sa.Column("first_action_on", sa.Date))
    op.execute(_FIRST_ACTIONS)
