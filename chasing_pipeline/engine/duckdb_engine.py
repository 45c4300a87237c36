"""DuckDB behind a small door: load rows, materialise a statement, read a table, write it as Parquet.

Another engine can stand behind the same door. Does not belong here: which statements make up a day
(``planning``) and where published tables live (``warehouse``).
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import pyarrow as pa

from chasing_pipeline.engine.scratch import scratch_folder
from chasing_pipeline.engine.sql_files import statement

Parameters = Mapping[str, object]
Fields = Sequence[tuple[str, str]]
"""Columns of a table that is loaded: (name, DuckDB type)."""
WIDELY_READABLE = "compression zstd"
"""How files are written that other programs read."""
QUICKLY_READ = "compression lz4_raw, parquet_version v2"
"""How files are written that the pipeline itself reads again and again: reading them takes half as long, at a third
more room."""


def fields(text: str) -> Fields:
    """Columns written as ``name type; name type``."""
    pairs = (part.strip().partition(" ") for part in text.split(";"))
    return tuple((name, kind.strip()) for name, _, kind in pairs)


def quoted(name: str) -> str:
    """A name as SQL writes it, whatever characters it has."""
    return '"' + name.replace('"', '""') + '"'


class DuckDBEngine:
    """One in-memory DuckDB: tables live as long as the engine; use it in a ``with`` statement."""

    def __init__(self, threads: int | None = None, memory_limit: str | None = None) -> None:
        self._connection = duckdb.connect(":memory:")
        self._connection.execute("set timezone = 'UTC'")
        self._connection.execute("set enable_progress_bar = false")
        self._connection.execute("set partitioned_write_max_open_files = 1000")
        if threads is not None:
            self.use_threads(threads)
        if memory_limit is not None:
            self._connection.execute("set memory_limit = $limit", {"limit": memory_limit})

    def use_threads(self, threads: int) -> None:
        """Work with so many threads from now on."""
        self._connection.execute("set threads = $threads", {"threads": threads})

    def spill_to(self, folder: Path, beyond: str) -> None:
        """Keep what takes more memory than ``beyond`` (such as 4 GiB) in ``folder``, not in the working directory."""
        self._connection.execute("set temp_directory = $folder", {"folder": str(folder)})
        [(own,)] = self._connection.execute("select current_setting('memory_limit')").fetchall()
        if _gibibytes(own) > _gibibytes(beyond):
            self._connection.execute("set memory_limit = $limit", {"limit": beyond})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def materialise(self, name: str, parameters: Parameters | None = None, into: str | None = None) -> str:
        """Run the statement ``name`` into a table of its model's name (or ``into``), replacing it; return that name."""
        source = statement(name)
        table = into or source.model
        self._connection.execute(
            f"create or replace table {quoted(table)} as {source.text}", _used(source.parameters, parameters)
        )
        return table

    def keep(self, name: str, folder: Path, parameters: Parameters | None = None) -> None:
        """Run the statement ``name`` into a Parquet file below ``folder`` and read its table from there: unlike
        ``materialise``, with rows passing through memory and not staying in it."""
        source = statement(name)
        self.keep_query(source.model, source.text, folder, _used(source.parameters, parameters))

    def keep_query(
        self, table: str, query: str, folder: Path, parameters: Parameters | None = None, place: str | None = None
    ) -> Path:
        """The same for a query that was built from a checked syntax tree; return the file, ``place`` or ``table``."""
        path = folder / f"{place or table}.parquet"
        self._copy(query, path, QUICKLY_READ, parameters)
        self.attach_parquet(table, path)
        return path

    def define_view(self, name: str) -> None:
        """Make the statement ``name``, which has no parameters, a view of its model's name."""
        source = statement(name)
        self.define_query(source.model, source.text)

    def define_query(self, view: str, query: str) -> None:
        """Make a query a view: one of our own, or one that was built from a checked syntax tree."""
        self._connection.execute(f"create or replace view {quoted(view)} as {query}")

    def append(self, table: str, name: str, parameters: Parameters | None = None) -> None:
        """Add the rows of the statement ``name`` to ``table``, by the names of their columns."""
        source = statement(name)
        columns = self._connection.execute(f"describe {quoted(table)}").fetchall()
        wanted = ", ".join(quoted(str(column[0])) for column in columns)
        self._connection.execute(
            f"insert into {quoted(table)} select {wanted} from ({source.text}) as added",
            _used(source.parameters, parameters),
        )

    def materialise_query(self, table: str, query: str) -> None:
        """Run a query that was built from a checked syntax tree into ``table``, replacing it."""
        self._connection.execute(f"create or replace table {quoted(table)} as {query}")

    def rows(self, name: str, parameters: Parameters | None = None) -> list[dict[str, Any]]:
        """The rows of the statement ``name`` as dictionaries."""
        source = statement(name)
        return _dictionaries(self._connection.execute(source.text, _used(source.parameters, parameters)))

    def table_rows(self, table: str) -> list[dict[str, Any]]:
        """All rows of a table as dictionaries."""
        return _dictionaries(self._connection.execute(f"from {quoted(table)}"))

    def count(self, table: str) -> int:
        """How many rows a table has."""
        result = self._connection.execute(f"select count(*) from {quoted(table)}").fetchone()
        return int(result[0]) if result else 0

    def columns(self, table: str) -> list[tuple[str, str]]:
        """(name, type) of each column of a table."""
        found = self._connection.execute(f"select column_name, column_type from (describe {quoted(table)})").fetchall()
        return [(str(name), str(kind)) for name, kind in found]

    def load(self, table: str, fields: Fields, rows: Iterable[Sequence[object]]) -> None:
        """Create or replace ``table`` with ``rows``, each a sequence in the order of ``fields``."""
        columns = list(zip(*rows, strict=True)) or [() for _ in fields]
        batch = pa.table({name: _array(values, kind) for (name, kind), values in zip(fields, columns, strict=True)})
        typed = ", ".join(f"cast({quoted(name)} as {kind}) as {quoted(name)}" for name, kind in fields)
        self._connection.register("loaded_rows", batch)
        self._connection.execute(f"create or replace table {quoted(table)} as select {typed} from loaded_rows")
        self._connection.unregister("loaded_rows")

    def attach_parquet(self, table: str, *paths: Path) -> None:
        """Make Parquet files readable as ``table``: what is read of them is what a statement needs."""
        files = ", ".join(_literal(path) for path in paths)
        self.drop(table)
        self.define_query(table, f"from read_parquet([{files}])")

    def drop(self, table: str) -> None:
        """Forget a table or view, if there is one of that name."""
        try:
            self._connection.execute(f"drop view if exists {quoted(table)}")
        except duckdb.CatalogException:  # it is a table; to look that up beforehand takes longer than all the rest
            self._connection.execute(f"drop table {quoted(table)}")

    def rename(self, table: str, new_name: str) -> None:
        """Give a table another name, in place of what had it."""
        self.drop(new_name)
        self._connection.execute(f"alter table {quoted(table)} rename to {quoted(new_name)}")

    def load_parquet(self, table: str, path: Path) -> None:
        """Copy a Parquet file into ``table``: for callers that read it many times."""
        self._connection.execute(
            f"create or replace table {quoted(table)} as from read_parquet($path)", {"path": str(path)}
        )

    def write_parquet(
        self,
        table: str,
        path: Path,
        columns: Fields,
        order_by: Sequence[str] = (),
        only: Parameters | None = None,
    ) -> None:
        """Write ``columns`` of ``table`` to ``path``: under a temporary name first, then renamed in one step.

        Rows are in the order of the columns ``order_by``, so that the same rows make the same file. ``only``: those
        in which these columns have these values.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        selected = ", ".join(f"cast({quoted(name)} as {kind}) as {quoted(name)}" for name, kind in columns)
        try:
            wanted = " and ".join(f"{quoted(name)} = ${name}" for name in only or {})
            order = ", ".join(quoted(name) for name in order_by)
            query = f"select {selected} from {quoted(table)}" + (f" where {wanted}" if wanted else "")
            query = f"select * from ({query})" + (f" order by {order}" if order else "")
            self._copy(query, temporary, WIDELY_READABLE, only)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

    def write_parquet_by_day(
        self, table: str, paths: Mapping[date, Path], columns: Fields, order_by: Sequence[str], day_column: str
    ) -> None:
        """Write the rows of each day in ``paths`` to its file as ``write_parquet`` does, all in one pass.

        The files are in one folder.
        """
        folder = next(iter(paths.values())).parent
        folder.mkdir(parents=True, exist_ok=True)
        selected = ", ".join(f"cast({quoted(name)} as {kind}) as {quoted(name)}" for name, kind in columns)
        order = ", ".join(quoted(name) for name in (day_column, *order_by))
        query = (
            f"select {selected}, cast({quoted(day_column)} as varchar) as file from {quoted(table)} order by {order}"
        )
        with scratch_folder(folder, f".{table}.") as place:
            options = f"{WIDELY_READABLE}, partition_by (file), filename_pattern rows"
            self._copy(query, place, options, None)
            for day, path in paths.items():
                parts = list(place.glob(f"file={day.isoformat()}/*"))
                if len(parts) == 1:
                    parts[0].replace(path)
                else:  # a day without rows, or more of them than the engine writes to one file in one go
                    self.write_parquet(table, path, columns, order_by, {day_column: day})

    def _copy(self, query: str, path: Path, options: str, parameters: Parameters | None) -> None:
        self._connection.execute(f"copy ({query}\n) to {_literal(path)} (format parquet, {options})", parameters)

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The connection itself, for the readers of extracts alone."""
        return self._connection


def _gibibytes(size: str) -> float:
    """A size as the engine writes it, such as 18.6 GiB; zero below one."""
    number, unit = size.split()
    return float(number) * {"GiB": 1, "TiB": 1024}.get(unit, 0)


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _used(names: frozenset[str], parameters: Parameters | None) -> dict[str, object]:
    given = parameters or {}
    return {name: given[name] for name in names}


def _array(values: Sequence[object], kind: str) -> pa.Array:
    # DuckDB casts to the exact type afterwards; Arrow only needs one that can hold the values, also when all are null
    return pa.array(values, type=pa.string()) if all(value is None for value in values) else pa.array(values)


def _dictionaries(result: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
