"""What alembic runs to find the connection that ``ledger.versions`` hands over. There is no other way in."""

from alembic import context

from chasing_pipeline.ledger.schema import metadata
from chasing_pipeline.ledger.versions import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, version_table=VERSION_TABLE
)
context.run_migrations()
