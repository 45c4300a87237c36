"""Invented receivables of any size: 18 months of invoices, and what a year of chasing them has left.

Belongs here: the folders, and running ``sql/*.sql`` into Parquet. Does not belong here: what a row is (``sql``), what
the team wrote (``home``).

``python -m benchmarks.generate --millions 1 --out DIR`` writes, unless they are there already:

=================  ==================================================================================================
``transactions/``  a chasing home whose extract has invoices and every transaction: any past day can be computed
``balances/``      the same without transactions: what is open stands in ``balance``, what was paid in ``paid_on``
``progress/``      what the ledger would know, as Parquet: ``carried_out``, ``enrolments``, ``run_days``
=================  ==================================================================================================

Both homes have one extract, of ``LAST_DAY``. Rows depend on the number of invoices and the seed alone. Memory stays
bounded: tables are written as they are computed, and what must be sorted goes to disk.
"""

import argparse
import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from benchmarks import home

FIRST_DAY, FIRST_RUN_DAY, LAST_DAY = date(2025, 1, 1), date(2025, 6, 30), date(2026, 6, 30)
INVOICES_PER_CUSTOMER = 8
MEMORY_LIMIT = "8GB"
SQL = Path(__file__).with_name("sql")
FOUND_IN = ("draw", "customers", "items", "extract", "progress")
EXTRACT = ("customers", "contacts", "invoices", "transactions")
PROGRESS = ("carried_out", "enrolments", "run_days")
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Receivables:
    """A generated folder: its two chasing homes and the past."""

    folder: Path
    rows: dict[str, int]

    @property
    def with_transactions(self) -> Path:
        """The chasing home whose extract has transactions."""
        return self.folder / "transactions"

    @property
    def with_balances(self) -> Path:
        """The chasing home whose extract has current balances instead."""
        return self.folder / "balances"

    @property
    def progress(self) -> Path:
        """What the ledger would know."""
        return self.folder / "progress"


def default_folder() -> Path:
    """``BENCH_DIR``, else ``bench-data`` among the system's temporary files."""
    return Path(os.environ.get("BENCH_DIR") or Path(tempfile.gettempdir()) / "bench-data")


def generate(millions: float, folder: Path | None = None, seed: int = 1) -> Receivables:
    """The receivables with that many million invoices below ``folder``, written where they are not there yet."""
    target = (folder or default_folder()) / f"{millions:g}m-{seed}"
    parameters = {"invoices": round(millions * 1_000_000), "seed": seed, "code": _fingerprint()}
    manifest = target / MANIFEST
    if manifest.exists():
        known = json.loads(manifest.read_text(encoding="utf-8"))
        if known["parameters"] == parameters:
            return Receivables(target, known["rows"])
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as scratch:
        unfinished = Path(scratch) / "receivables"
        rows = _write(unfinished, parameters["invoices"], seed, Path(scratch) / "spill")
        content = json.dumps({"parameters": parameters, "rows": rows}, indent=1)
        (unfinished / MANIFEST).write_text(content, encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        unfinished.rename(target)
    return Receivables(target, rows)


def _write(folder: Path, invoice_count: int, seed: int, spill: Path) -> dict[str, int]:
    """Write both homes and the past; return how many rows each table has."""
    result = Receivables(folder, {})
    for place in (result.with_transactions, result.with_balances):
        home.write(place, FIRST_RUN_DAY)
        _extract(place).mkdir(parents=True)
    result.progress.mkdir()
    with duckdb.connect(":memory:") as connection:
        _prepare(connection, invoice_count, seed, spill)
        rows = {
            name: _copy(connection, f"{name}_extract", _extract(result.with_transactions), name) for name in EXTRACT
        }
        rows |= {name: _copy(connection, name, result.progress, name) for name in PROGRESS}
        _copy_csv(connection, "holds_extract", result.with_transactions / "holds.csv")
        _copy_csv(connection, "enrolments_extract", result.with_transactions / "enrolments.csv")
    for name in ("customers", "contacts", "invoices"):
        (_extract(result.with_balances) / f"{name}.parquet").hardlink_to(
            _extract(result.with_transactions) / f"{name}.parquet"
        )
    for name in ("holds.csv", "enrolments.csv"):
        shutil.copy2(result.with_transactions / name, result.with_balances / name)
    return rows


def _prepare(connection: duckdb.DuckDBPyConnection, invoice_count: int, seed: int, spill: Path) -> None:
    connection.execute("set enable_progress_bar = false")
    connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
    connection.execute("set temp_directory = $spill", {"spill": str(spill)})
    variables = {
        "invoice_count": invoice_count,
        "customer_count": max(invoice_count // INVOICES_PER_CUSTOMER, 1),
        "day_count": (LAST_DAY - FIRST_DAY).days + 1,
        "seed": seed,
        "first_day": FIRST_DAY,
        "first_run_day": FIRST_RUN_DAY,
        "last_day": LAST_DAY,
    }
    for name, value in variables.items():
        connection.execute(f"set variable {name} = $value", {"value": value})
    connection.execute("create table numbers as select range as invoice from range(getvariable('invoice_count'))")
    for name in FOUND_IN:
        if name == "progress":
            _load_cadences(connection)
        connection.execute((SQL / f"{name}.sql").read_text(encoding="utf-8"))


def _load_cadences(connection: duckdb.DuckDBPyConnection) -> None:
    """``steps``, and ``customer_cadences`` by the rules of the cadences, which speak of customers alone."""
    connection.execute(
        """
        create table steps (
            cadence varchar, step_number integer, step varchar, clock varchar, day integer, is_contact boolean,
            repeat_every integer, repeat_limit integer
        )
        """
    )
    connection.executemany("insert into steps values ($1, $2, $3, $4, $5, $6, $7, $8)", home.step_rows())
    in_order = sorted(home.rule_rows(), key=lambda rule: rule[2])
    cadence = " ".join(f"when {condition} then '{name}'" for name, _, _, condition in in_order)
    scope = " ".join(f"when {condition} then '{scope}'" for _, scope, _, condition in in_order)
    connection.execute(
        f"""
        create table customer_cadences as
        from (select customer, case {cadence} end as cadence, case {scope} end as scope from customers)
        where cadence is not null
        """
    )


def _copy(connection: duckdb.DuckDBPyConnection, source: str, folder: Path, name: str) -> int:
    result = connection.execute(f"copy (from {source}) to '{folder / name}.parquet' (compression zstd)").fetchone()
    return int(result[0]) if result else 0


def _copy_csv(connection: duckdb.DuckDBPyConnection, source: str, path: Path) -> None:
    connection.execute(f"copy (from {source}) to '{path}' (header)")


def _extract(place: Path) -> Path:
    return place / "extracts" / LAST_DAY.isoformat()


def _fingerprint() -> str:
    """A hash over what decides the rows, so that a changed generator writes anew."""
    files = [Path(__file__), Path(home.__file__), *sorted(SQL.glob("*.sql"))]
    return hashlib.sha256(b"\n".join(file.read_bytes() for file in files)).hexdigest()


def main() -> None:
    """Write receivables from the command line, and say where they are."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generate", description="Write invented receivables.")
    parser.add_argument("--millions", type=float, default=1, help="millions of invoices (default: 1)")
    parser.add_argument(
        "--out", type=Path, default=None, help="where to (default: $BENCH_DIR, else bench-data in the temporary folder)"
    )
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    found = generate(given.millions, given.out, given.seed)
    counts = ", ".join(f"{count:,} {name}" for name, count in found.rows.items())
    print(f"{found.folder}: {counts}")


if __name__ == "__main__":
    main()
