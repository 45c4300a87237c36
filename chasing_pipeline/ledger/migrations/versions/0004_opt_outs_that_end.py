"""An opt-out that a person recorded can end, and come again; who recorded it. To-dos are found by customer."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_OLD = sa.table(
    "opt_outs",
    *(sa.column(name) for name in ("channel", "address", "recipient", "source")),
    sa.column("recorded_at", sa.DateTime(timezone=True)),
)
_TOLD, _AT_THE_DESK = "told ", " at the desk"


def upgrade() -> None:
    """Make ``opt_outs`` anew with a number for each, for an address may now have several of which one counts."""
    rows = op.get_bind().execute(sa.select(_OLD).order_by("recorded_at", "channel", "address")).mappings().all()
    op.drop_table("opt_outs")
    opt_outs = op.create_table(
        "opt_outs",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_by", sa.Text),
    )
    is_open = sa.text("ended_at is null")
    op.create_index(
        "opt_outs_open", "opt_outs", ["channel", "address"], unique=True, sqlite_where=is_open, postgresql_where=is_open
    )
    op.bulk_insert(opt_outs, [{**row, "recorded_by": _who(row["source"])} for row in rows])
    op.create_index("todos_by_customer", "todos", ["customer_number"])


def _who(source: str) -> str | None:
    """Who recorded it, by what was written down as its source; None: the provider."""
    return source.removeprefix(_TOLD).removesuffix(_AT_THE_DESK) if source.startswith(_TOLD) else None
