"""Insert or update, on either of the ledger's databases."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert


def inserting(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert of that database's own kind, which knows what to do about a row that is there already."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def upsert(
    connection: Connection, table: Table, values: Mapping[str, Any], update: Mapping[str, Any] | Sequence[str]
) -> Insert:
    """The statement that inserts ``values``, or where the primary key exists already changes its row.

    ``update``: the columns to set to the new values, or what to set columns to; none: the old row stays as it is.
    """
    # callers ask whether a row was written, which SQLAlchemy else forgets of an insert
    statement = inserting(connection.dialect.name, table).values(**values).execution_options(preserve_rowcount=True)
    keys = [column.name for column in table.primary_key]
    if not update:
        return statement.on_conflict_do_nothing(index_elements=keys)
    changes = dict(update) if isinstance(update, Mapping) else {name: values[name] for name in update}
    return statement.on_conflict_do_update(index_elements=keys, set_=changes)
