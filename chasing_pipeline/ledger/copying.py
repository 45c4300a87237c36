"""From one ledger to another, whatever database each is in: how a home moves from SQLite to PostgreSQL.

Does not belong here: backups, which the databases' own tools make.
"""

from sqlalchemy import Connection, Table, func, select

from chasing_pipeline.domain.problems import ChasingError
from chasing_pipeline.ledger.schema import metadata
from chasing_pipeline.ledger.store import Ledger

AT_ONCE = 1000


def copy(source: Ledger, target: Ledger) -> int:
    """Copy all rows into an empty ledger, in one transaction; return how many. Nothing may be sent meanwhile.

    Raises ChasingError where the target holds something already.
    """

    def work(connection: Connection) -> int:
        for table in metadata.sorted_tables:
            if connection.scalar(select(func.count()).select_from(table)):
                raise ChasingError(f"the ledger to copy to is not empty: it has rows in {table.name}")
        with source.reading() as old:
            return sum(_copy_table(old, connection, table) for table in metadata.sorted_tables)

    return target.write(work)


def _copy_table(source: Connection, target: Connection, table: Table) -> int:
    count = 0
    for rows in source.execute(select(table)).mappings().partitions(AT_ONCE):
        target.execute(table.insert(), [dict(row) for row in rows])
        count += len(rows)
    numbered = table.autoincrement_column
    if target.dialect.name == "postgresql" and numbered is not None:
        # the server numbers on from its own counter, which knows nothing of rows that brought their number
        following = select(func.coalesce(func.max(numbered), 0) + 1).scalar_subquery()
        counter = func.pg_get_serial_sequence(table.name, numbered.name)
        target.execute(select(func.setval(counter, following, False)))
    return count
