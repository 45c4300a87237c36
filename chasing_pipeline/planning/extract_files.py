"""Reading the files of an extract into raw tables: all text, the contract's column names, and where each row stood.

Belongs here: finding a table's files, the three formats, the mapping of ``sources:``, line numbers.
Does not belong here: what a good row is (``sql/staging``).
"""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import sqlglot.expressions as exp

from chasing_pipeline.domain.problems import ExtractError
from chasing_pipeline.domain.settings import Source
from chasing_pipeline.domain.tables import Table
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine, fields
from chasing_pipeline.engine.sql_files import statement

FORMATS = ("csv", "parquet", "jsonl")
LARGEST_FIELD = 2**31 - 1
"""A quote that is never closed makes one field of the rest of a file."""
LINE_COLUMN = "line of the file"
"""Kept beside the keys of a JSON line; no key is called so."""
ROW_COLUMNS = {"csv": "rowid", "parquet": "file_row_number", "jsonl": LINE_COLUMN}
"""Which column of ``file_rows`` numbers them."""
REJECTED_FIELDS = fields(
    "table_name varchar; file varchar; line bigint; column_name varchar; value varchar; reason varchar"
)
Rejected = tuple[str, str, int | None, str | None, str | None, str]


@dataclass
class RawTable:
    """What reading a table's files gave: the files, unknown columns, and rows that could not even be split."""

    files: list[Path] = field(default_factory=list)
    unknown_columns: set[str] = field(default_factory=set)
    rejected: list[Rejected] = field(default_factory=list)


def table_files(folder: Path, table: str, source: Source) -> list[Path]:
    """The files of one table in an extract's folder, in order of name; empty where there is none.

    Raises ExtractError where the table is there in two formats, so that one would silently win.
    """
    if source.file is not None:
        return sorted(path for path in folder.glob(source.file) if path.is_file())
    found = [
        path
        for suffix in FORMATS
        for path in sorted([*folder.glob(f"{table}.{suffix}"), *folder.glob(f"{table}-*.{suffix}")])
    ]
    if len({path.suffix for path in found}) > 1:
        names = ", ".join(path.name for path in found)
        raise ExtractError(f"{folder.name}: {names} hold the same table in different formats; keep one of them")
    return found


def file_format(name: str) -> str:
    """How a file is read: ``parquet`` or ``jsonl`` by its ending, and as ``csv`` whatever else it is called."""
    ending = name.lower().rpartition(".")[2]
    return ending if ending in FORMATS else "csv"


def read_table(engine: DuckDBEngine, folder: Path, table: Table, source: Source, scratch: Path) -> RawTable:
    """Read a table's files into ``raw_NAME``: one text column per column of the contract, ``source_file``
    and ``source_row`` (0-based, counted over the rows that could be split). It lies in files below ``scratch``.

    Raises ExtractError for a file that can't be read or lacks a required column.
    """
    raw = RawTable(table_files(folder, table.name, source))
    raw_columns = [
        *((column.name, "varchar") for column in table.columns),
        ("source_file", "varchar"),
        ("source_row", "bigint"),
    ]
    engine.load(f"raw_{table.name}", raw_columns, [])
    copies = []
    for number, path in enumerate(raw.files):
        place = f"{folder.name}/{path.name}"
        try:
            columns = _load_file(engine, path, table.name, source, raw)
            query = _copied(place, path.name, table, source, columns, raw)
            copies.append(engine.keep_query(f"raw_{table.name}", query, scratch, place=f"raw_{table.name}-{number}"))
        except (duckdb.Error, UnicodeError, csv.Error, OSError) as error:
            reason = str(error).splitlines()[0]
            raise ExtractError(f"{place}: the file can't be read as {path.suffix[1:]}: {reason}") from error
        engine.drop("file_rows")
    if copies:
        engine.attach_parquet(f"raw_{table.name}", *copies)
    return raw


def csv_lines(path: Path, source: Source, rows: set[int], rejected: set[int]) -> dict[int, int]:
    """The 1-based line on which each of ``rows`` (0-based data rows that could be split) begins in a CSV file.

    ``rejected``: the lines on which rows begin that could not be split, whatever this reader makes of them.
    """
    lines: dict[int, int] = {}
    csv.field_size_limit(LARGEST_FIELD)
    with path.open(encoding=_python_encoding(source), newline="", errors="replace") as stream:
        reader = csv.reader(stream, delimiter=source.delimiter)
        width, row, begins = len(next(reader, [])), -1, 2
        for values in reader:
            is_row = len(values) == width and begins not in rejected
            row += is_row
            if is_row and row in rows:
                lines[row] = begins
            begins = reader.line_num + 1
    return lines


def _load_file(engine: DuckDBEngine, path: Path, table: str, source: Source, raw: RawTable) -> list[str]:
    """Load one file, column for column, into ``file_rows``; return its columns."""
    kind = file_format(path.name)
    if kind == "csv":
        return _load_csv(engine, path, table, source, raw)
    if kind == "jsonl":
        return _load_json_lines(engine, path, table, raw)
    engine.drop("file_rows")
    engine.connection.read_parquet(str(path), file_row_number=True).create_view("file_rows")
    return [name for name, _ in engine.columns("file_rows")][:-1]


def _load_csv(engine: DuckDBEngine, path: Path, table: str, source: Source, raw: RawTable) -> list[str]:
    header = _header(path, source)
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise csv.Error(f"the column {', '.join(twice)} is there twice")
    parameters = {
        "path": str(path),
        "columns": dict.fromkeys(header, "varchar"),
        "delimiter": source.delimiter,
        "encoding": source.encoding,
    }
    engine.connection.execute("drop table if exists reject_errors; drop table if exists reject_scans")
    engine.connection.execute(f"create or replace table file_rows as {statement('staging/read_csv').text}", parameters)
    for line, value, reason in _csv_rejects(engine, path, source):
        raw.rejected.append((table, path.name, line, None, value, f"the line can't be split into columns: {reason}"))
    return header


def _csv_rejects(engine: DuckDBEngine, path: Path, source: Source) -> Iterator[tuple[int, str, str]]:
    found = engine.rows("staging/csv_rejects")
    if not found:
        return
    # positions refer to the text as UTF-8, however the file is encoded
    content = path.read_bytes()
    if source.encoding != "utf-8":
        content = content.decode(source.encoding, errors="replace").encode()
    for row in found:
        text, position = str(row["csv_line"]), int(row["line_byte_position"])
        skipped = len(text) - len(text.lstrip("\r\n"))
        yield content.count(b"\n", 0, position + skipped) + 1, text.strip("\r\n"), str(row["error_message"])


def _header(path: Path, source: Source) -> list[str]:
    with path.open(encoding=_python_encoding(source), newline="", errors="replace") as stream:
        names = next(csv.reader(islice(stream, 1), delimiter=source.delimiter), [])
    if not names:
        raise csv.Error("the file is empty; it needs at least a line with the column names")
    return [name.strip() for name in names]


def _python_encoding(source: Source) -> str:
    return "utf-8-sig" if codecs.lookup(source.encoding).name == "utf-8" else source.encoding


def _load_json_lines(engine: DuckDBEngine, path: Path, table: str, raw: RawTable) -> list[str]:
    engine.materialise("staging/json_lines", {"path": str(path)})
    for row in engine.rows("staging/json_rejects"):
        raw.rejected.append((table, path.name, row["line"], None, row["content"], "the line is no JSON object"))
    columns = [str(row["name"]) for row in engine.rows("staging/json_columns")]
    value = [
        exp.func("json_extract_string", exp.column("content"), exp.Literal.string(f'$."{name}"')).as_(name, quoted=True)
        for name in columns
    ]
    kept = (
        exp.select(*value, exp.column("line").as_(LINE_COLUMN, quoted=True))
        .from_("json_lines")
        .where("is_object")
        .order_by("line")
    )
    engine.connection.execute(f"create or replace table file_rows as {kept.sql('duckdb')}")
    return columns


def _copied(place: str, file: str, table: Table, source: Source, columns: list[str], raw: RawTable) -> str:
    """A query for the rows of ``file_rows`` as those of the raw table, under the contract's names."""
    named = {column.name: source.columns.get(column.name, column.name) for column in table.columns}
    missing = [
        f"{spelt} (for {name})" if spelt != name else name
        for name, spelt in named.items()
        if columns
        and spelt not in columns
        and name not in source.constants
        and (name in source.columns or _is_required(table, name))
    ]
    if missing:
        raise ExtractError(
            f"{place}: the required column {', '.join(missing)} is missing; the file has {', '.join(columns)}. "
            f"Export it, or say under sources.{table.name}.columns in chasing.yaml which column it is"
        )
    row = exp.column(ROW_COLUMNS[file_format(file)], quoted=True)
    selected = [_value(name, spelt, columns, source).as_(name, quoted=True) for name, spelt in named.items()]
    position = [exp.Literal.string(file).as_("source_file"), row.as_("source_row")]
    raw.unknown_columns |= set(columns) - set(named.values())
    return exp.select(*selected, *position).from_("file_rows").sql("duckdb")


def _is_required(table: Table, name: str) -> bool:
    return any(column.name == name and column.required for column in table.columns)


def _value(name: str, spelt: str, columns: list[str], source: Source) -> Any:
    """The text of one column: from the file, translated by ``values``, else the constant, else null."""
    constant = exp.Literal.string(source.constants[name]) if name in source.constants else exp.null()
    if spelt not in columns:
        return exp.cast(constant, "varchar")
    given: Any = exp.cast(exp.column(spelt, quoted=True), "varchar")
    if name in source.values:
        translated = exp.Case()
        for written, meant in source.values[name].items():
            translated = translated.when(given.copy().eq(exp.Literal.string(written)), exp.Literal.string(meant))
        given = translated.else_(given)
    if name not in source.constants:
        return given
    return exp.func("coalesce", exp.func("nullif", exp.func("trim", given), exp.Literal.string("")), constant)
