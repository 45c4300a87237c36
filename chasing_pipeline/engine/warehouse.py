"""The published tables: Parquet files, one a table and day, and ``chasing.duckdb`` with views over them.

Every file is written under a temporary name and renamed, so a reader sees all of a day's table or none of
it, and neither waits for the other. Does not belong here: computing what is published.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
from filelock import FileLock

from chasing_pipeline.domain.tables import WAREHOUSE_TABLES, Table
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine, Fields, quoted

VIEWS_FILE = "chasing.duckdb"


def fields_of(table: Table) -> Fields:
    """The columns of a table as (name, DuckDB type)."""
    return [(column.name, column.type) for column in table.columns]


def write_text(path: Path, content: str | bytes) -> None:
    """Write a small file in one step: temporary name, flushed to disk, renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("wb") as stream:
        stream.write(content if isinstance(content, bytes) else content.encode())
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)


class Warehouse:
    """The folder ``warehouse/`` of a chasing home."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, table: str, day: date) -> Path:
        """The file of one table and day."""
        return self.root / table / f"{day.isoformat()}.parquet"

    def has(self, table: str, day: date) -> bool:
        """Whether that table has been published for that day."""
        return self.path(table, day).exists()

    def days(self, table: str) -> list[date]:
        """The days for which a table has been published, oldest first."""
        return sorted(date.fromisoformat(path.stem) for path in (self.root / table).glob("*-*-*.parquet"))

    @contextmanager
    def exclusive(self, table: str) -> Iterator[None]:
        """Keep other processes from publishing ``table`` meanwhile; readers are never kept waiting."""
        self.root.mkdir(parents=True, exist_ok=True)
        with FileLock(self.root / f".{table}.lock"):
            yield

    def publish(self, engine: DuckDBEngine, tables: Iterable[str], *days: date) -> None:
        """Publish the rows that ``tables`` of the engine have for each of ``days``, each table and day in one step."""
        for name in tables:
            table = WAREHOUSE_TABLES[name]
            paths = {day: self.path(name, day) for day in days}
            if len(days) == 1:
                engine.write_parquet(name, paths[days[0]], fields_of(table), table.key, {table.day_column: days[0]})
            else:
                engine.write_parquet_by_day(name, paths, fields_of(table), table.key, table.day_column)
        self.refresh_views()

    def refresh_views(self) -> None:
        """Replace ``chasing.duckdb`` where its views differ from what they should be, in one step."""
        with self.exclusive("views"):
            self._replace_views()

    def _replace_views(self) -> None:
        target, stamp = self.root / VIEWS_FILE, self.root / ".views"
        statements = list(self._view_statements())
        wanted = "\n".join(statements)
        if target.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
            return
        self.root.mkdir(parents=True, exist_ok=True)
        temporary = self.root / f".{VIEWS_FILE}.{os.getpid()}"
        temporary.unlink(missing_ok=True)
        with duckdb.connect(str(temporary)) as connection:
            for text in statements:
                connection.execute(text)
        temporary.replace(target)
        write_text(stamp, wanted)

    def _view_statements(self) -> Iterable[str]:
        for table in WAREHOUSE_TABLES.values():
            yield f"create view {table.name} as {self._select(table)}"
            yield f"comment on view {table.name} is {_literal('One row per ' + table.one_row)}"
            for column in table.columns:
                yield f"comment on column {table.name}.{quoted(column.name)} is {_literal(column.description)}"

    def _select(self, table: Table) -> str:
        """A view over all files of the table; an empty one of the same columns while there is none."""
        folder = self.root / table.name
        if any(folder.glob("*.parquet")):
            names = ", ".join(quoted(column.name) for column in table.columns)
            pattern = _literal(f"{folder}/[0-9]*.parquet")
            files = f"select * from read_parquet({pattern}, union_by_name = true)"
            # files written before a column was added lack it: the empty rows give it a place and a type
            return f"select {names} from ({_no_rows(table)} union all by name {files})"
        return _no_rows(table)


def _no_rows(table: Table) -> str:
    nulls = ", ".join(f"cast(null as {column.type}) as {quoted(column.name)}" for column in table.columns)
    return f"select {nulls} where false"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
