"""Insert or update, on either of the ledger's databases."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert


def upsert(
    connection: Connection, table: Table, values: Mapping[str, Any], update: Mapping[str, Any] | Sequence[str]
) -> Insert:
    """The statement that inserts ``values``, or where the primary key exists already changes its row.

    ``update``: the columns to set to the new values, or what to set columns to; none: the old row stays as it is.
    """
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    # callers ask whether a row was written, which SQLAlchemy else forgets of an insert
    statement = insert(table).values(**values).execution_options(preserve_rowcount=True)
    keys = [column.name for column in table.primary_key]
    if not update:
        return statement.on_conflict_do_nothing(index_elements=keys)
    changes = dict(update) if isinstance(update, Mapping) else {name: values[name] for name in update}
    return statement.on_conflict_do_update(index_elements=keys, set_=changes)
