"""Staging an extract: its files read, checked and kept as Parquet files beside its quarantine, with what can be
computed of it once for all days.

An extract is staged once; it is staged again when a file, a mapping or the staging SQL changes.
Does not belong here: what is computed from it (``day``), or which extract serves a day (``home``).
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from chasing_pipeline.domain.money import currency_codes
from chasing_pipeline.domain.problems import ExtractError
from chasing_pipeline.domain.settings import Source
from chasing_pipeline.domain.tables import EXTRACT_TABLES, WAREHOUSE_TABLES
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.engine.scratch import scratch_folder
from chasing_pipeline.engine.sql_files import all_statements, statement
from chasing_pipeline.engine.warehouse import fields_of, write_text
from chasing_pipeline.ledger.progress import OPT_OUT_FIELDS
from chasing_pipeline.planning.extract_files import (
    REJECTED_FIELDS,
    RawTable,
    Rejected,
    csv_lines,
    file_format,
    read_table,
    table_files,
)
from chasing_pipeline.planning.home import ChasingHome

MANIFEST = "manifest.json"
STAGED_TABLES = tuple(EXTRACT_TABLES)
REQUIRED_TABLES = ("customers", "invoices")
MOST_MEMORY = "4 GiB"
"""How much the engine takes to stage an extract of any size; 10 million invoices took no longer than with 18 GB."""
REPEATED = {"invoices": "staging/invoices_repeated", "transactions": "staging/transactions_repeated"}
"""Where the rows are found whose key an earlier one has; in the other tables, while they are checked."""
PREPARATION = (
    "staging/ways_to_reach",
    "receivables/counted_items",
    "receivables/account_transactions",
    "receivables/accounts",
    "receivables/item_changes",
    "receivables/shared_item_changes",
    "receivables/item_spans",
    "receivables/account_spans",
)
"""What is computed once per extract, whatever the day: how every balance came about."""
PREPARED_TABLES = ("accounts", "item_spans", "account_spans", "ways_to_reach")


@dataclass(frozen=True)
class StagedExtract:
    """A staged extract: where its tables are and what was found when it was read."""

    day: date
    folder: Path
    fingerprint: str
    has_transactions: bool
    rows: dict[str, int]
    rejected_rows: dict[str, int]
    read_rows_by_file: dict[str, int] = field(default_factory=dict)
    rejected_rows_by_file: dict[str, int] = field(default_factory=dict)
    unknown_columns: dict[str, list[str]] = field(default_factory=dict)

    def path(self, table: str) -> Path:
        """The Parquet file of one staged or prepared table, or of ``quarantine``."""
        return self.folder / f"{table}.parquet"

    def worst_rejected_share(self) -> tuple[str, Decimal]:
        """The file with the largest share of rejected rows, and that share (0 to 1)."""
        shares = [
            (Decimal(self.rejected_rows_by_file.get(file, 0)) / read, file)
            for file, read in self.read_rows_by_file.items()
            if read
        ]
        share, file = max(shares, default=(Decimal(0), ""))
        return file, share


def stage(home: ChasingHome, day: date, scratch: Path | None = None) -> StagedExtract:
    """Stage the extract of ``day`` (a folder's date) unless that was done already with the same content.

    It is kept in the home's warehouse, or below ``scratch`` for a caller that must leave the home untouched.
    Raises ExtractError where a file can't be used; nothing is written then.
    """
    source = home.extracts / day.isoformat()
    fingerprint = _fingerprint(home, source)
    for root in (home.warehouse, scratch):
        known = _known(day, root / "extracts" / day.isoformat(), fingerprint) if root else None
        if known:
            return known
    folder = (scratch or home.warehouse) / "extracts" / day.isoformat()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with scratch_folder(folder.parent, ".staging-") as kept, DuckDBEngine() as engine:
        # every table is a file as soon as it is made, so that an extract may be larger than memory
        engine.spill_to(kept, MOST_MEMORY)
        raw = _read(engine, home, source, kept)
        rejected = _check(engine, home, source, raw, kept)
        staged = _describe(engine, day, folder, fingerprint, raw, rejected)
        engine.load("recorded_opt_outs", OPT_OUT_FIELDS, [])
        for name in PREPARATION:
            engine.keep(name, kept, {"has_transactions": staged.has_transactions})
        folder.mkdir(exist_ok=True)
        for table in (*STAGED_TABLES, *PREPARED_TABLES):
            (kept / f"{table}.parquet").replace(staged.path(table))
        engine.write_parquet("quarantine", staged.path("quarantine"), fields_of(WAREHOUSE_TABLES["quarantine"]))
    content = {key: value for key, value in asdict(staged).items() if key not in {"day", "folder"}}
    write_text(folder / MANIFEST, json.dumps(content, indent=1))
    return staged


def _known(day: date, folder: Path, fingerprint: str) -> StagedExtract | None:
    if not (folder / MANIFEST).exists():
        return None
    content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return StagedExtract(day, folder, **content) if content["fingerprint"] == fingerprint else None


def _read(engine: DuckDBEngine, home: ChasingHome, source: Path, kept: Path) -> dict[str, RawTable]:
    raw = {}
    # one file may serve several tables: what another table takes from it is not unknown
    mapped = {spelt for mapping in home.settings.sources.values() for spelt in mapping.columns.values()}
    for name, table in EXTRACT_TABLES.items():
        mapping = home.settings.sources.get(name, Source())
        raw[name] = read_table(engine, source, table, mapping, kept)
        raw[name].unknown_columns -= mapped
        if name in REQUIRED_TABLES and not raw[name].files:
            expected = mapping.file or f"{name}.csv, {name}.parquet or {name}.jsonl"
            raise ExtractError(f"extracts/{source.name}: there is no file for the table {name}; expected {expected}")
    return raw


def _check(
    engine: DuckDBEngine, home: ChasingHome, source: Path, raw: dict[str, RawTable], kept: Path
) -> list[Rejected]:
    """Run the staging statements; return the rejected rows with the lines they stand on."""
    engine.load("currency_codes", [("code", "varchar")], [(code,) for code in sorted(currency_codes())])
    for name in STAGED_TABLES:
        mapping = home.settings.sources.get(name, Source())
        formats = {"dates": mapping.dates, "decimal": mapping.decimal, "thousands": mapping.thousands}
        engine.keep(f"staging/{name}_checked", kept, formats)
        if name in REPEATED:
            engine.materialise(REPEATED[name])
        engine.keep(f"staging/{name}", kept)
    found = engine.rows("staging/rejected_rows")
    collapsed = {name for name, mapping in home.settings.sources.items() if mapping.one_row_per_key}
    counted = [
        row for row in found if not (row["table_name"] in collapsed and str(row["reason"]).startswith("duplicate key"))
    ]
    lines: dict[tuple[str, str], dict[int, int]] = {}
    for table, file in {(row["table_name"], row["file"]) for row in counted}:
        rows = {row["source_row"] for row in counted if (row["table_name"], row["file"]) == (table, file)}
        if file_format(file) == "csv":
            unsplit = {row[2] for row in raw[table].rejected if row[1] == file and row[2] is not None}
            lines[table, file] = csv_lines(source / file, home.settings.sources.get(table, Source()), rows, unsplit)
        else:
            # a line of JSON is numbered from 1 already, a row of Parquet from 0
            lines[table, file] = {row: row + (0 if file_format(file) == "jsonl" else 1) for row in rows}
    rejected: list[Rejected] = [
        (
            row["table_name"],
            row["file"],
            lines[row["table_name"], row["file"]].get(row["source_row"]),
            row["column_name"],
            row["value"],
            row["reason"],
        )
        for row in counted
    ]
    return [*(row for table in raw.values() for row in table.rejected), *rejected]


def _describe(
    engine: DuckDBEngine, day: date, folder: Path, fingerprint: str, raw: dict[str, RawTable], rejected: list[Rejected]
) -> StagedExtract:
    """Load the quarantine and count everything."""
    engine.load("rejected", REJECTED_FIELDS, rejected)
    engine.materialise("staging/quarantine", {"extract_date": day})
    read = {f"{row['table_name']}/{row['file']}": int(row["row_count"]) for row in engine.rows("staging/read_rows")}
    refused: dict[str, int] = {}
    for table, file, *_ in rejected:
        refused[f"{table}/{file}"] = refused.get(f"{table}/{file}", 0) + 1
    for table, content in raw.items():
        for row in content.rejected:
            read[f"{table}/{row[1]}"] = read.get(f"{table}/{row[1]}", 0) + 1
    return StagedExtract(
        day,
        folder,
        fingerprint,
        has_transactions=bool(raw["transactions"].files),
        rows={name: engine.count(name) for name in STAGED_TABLES},
        rejected_rows={name: sum(row[0] == name for row in rejected) for name in STAGED_TABLES},
        read_rows_by_file=read,
        rejected_rows_by_file=refused,
        unknown_columns={
            name: sorted(content.unknown_columns) for name, content in raw.items() if content.unknown_columns
        },
    )


def _fingerprint(home: ChasingHome, source: Path) -> str:
    """A hash over the files (name, size, time of change), the mappings and the staging statements."""
    if not source.is_dir():
        raise ExtractError(f"extracts/{source.name}: there is no such folder")
    files = {
        path
        for table in EXTRACT_TABLES
        for path in table_files(source, table, home.settings.sources.get(table, Source()))
    }
    parts = [f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in sorted(files)]
    parts += [f"{name} {mapping!r}" for name, mapping in sorted(home.settings.sources.items())]
    statements = {*map(statement, PREPARATION), *all_statements("staging")}
    parts += [item.text for item in sorted(statements, key=lambda item: item.name)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
