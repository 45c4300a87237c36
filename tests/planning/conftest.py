"""A small chasing home that a test fills: settings, one cadence, and the tables of an extract."""

import csv
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped, unused-ignore]
import pyarrow.parquet  # type: ignore[import-untyped, unused-ignore]
import pytest

from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.ledger.progress import Progress
from chasing_pipeline.planning.day import DayPlanner
from chasing_pipeline.planning.extracts import StagedExtract, stage
from chasing_pipeline.planning.home import ChasingHome

Record = dict[str, Any]
DAY = date(2026, 3, 18)
REMINDER = {"step": "reminder", "clock": "past_due_age", "day": 3, "channel": "escalate"}


def customer(number: str, **fields: Any) -> Record:
    """A customer in Great Britain."""
    return {"customer_number": number, "name": f"{number} Ltd", "country": "GB", **fields}


def invoice(number: str, customer_number: str = "C1", **fields: Any) -> Record:
    """An invoice over 100.00 GBP that was due on 1 March 2026."""
    usual = {"issue_date": "2026-02-01", "due_date": "2026-03-01", "currency": "GBP", "amount": "100.00"}
    return {"invoice_number": number, "customer_number": customer_number, **usual, **fields}


def payment(number: str, invoice_number: str | None = None, amount: str = "100.00", **fields: Any) -> Record:
    """A payment of 10 March 2026 by the customer C1."""
    usual = {"customer_number": "C1", "date": "2026-03-10", "currency": "GBP", "type": "payment"}
    return {"transaction_id": number, "invoice_number": invoice_number, "amount": amount, **usual, **fields}


@dataclass
class Home:
    """The files of one chasing home."""

    root: Path

    def write(self, name: str, content: str | bytes) -> Path:
        """One file, as text or bytes."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def settings(self, **fields: Any) -> None:
        """``chasing.yaml`` with these fields beside the company."""
        company = {"name": "Acme", "timezone": "Europe/London", "default_country": "GB", "language": "en"}
        self.write("chasing.yaml", json.dumps({"company": company, **fields}, default=str))

    def cadence(self, name: str = "standard", file: str | None = None, **fields: Any) -> Path:
        """A cadence: three days past due an escalation, for everyone, unless the fields say otherwise."""
        content = {"cadence": name, "assign": {}, "steps": [REMINDER], **fields}
        return self.write(f"cadences/{file or name}.yaml", json.dumps(content, default=str))

    def extract_file(self, name: str, content: str | bytes, day: date = DAY) -> Path:
        """A file of an extract."""
        return self.write(f"extracts/{day.isoformat()}/{name}", content)

    def table(self, name: str, rows: Iterable[Record], day: date = DAY, form: str = "csv", part: str = "") -> Path:
        """A table of an extract, as csv, jsonl or parquet; its columns are those that any row has."""
        records = list(rows)
        columns = list(dict.fromkeys(column for row in records for column in row))
        path = self.extract_file(f"{name}{part}.{form}", "", day)
        if form == "csv":
            with path.open("w", encoding="utf-8", newline="") as stream:
                writer = csv.DictWriter(stream, columns, lineterminator="\n")
                writer.writeheader()
                writer.writerows(records)
        elif form == "jsonl":
            path.write_text("".join(json.dumps(row, default=str) + "\n" for row in records), encoding="utf-8")
        else:
            arrays = {column: pa.array([row.get(column) for row in records]) for column in columns}
            pyarrow.parquet.write_table(pa.table(arrays), path)
        return path

    def receivables(
        self, invoices: Iterable[Record], transactions: Iterable[Record] | None = None, day: date = DAY
    ) -> None:
        """An extract of these invoices and transactions, with a customer for each customer number."""
        items, movements = list(invoices), None if transactions is None else list(transactions)
        numbers = sorted({row["customer_number"] for row in [*items, *(movements or [])]})
        self.table("customers", [customer(number) for number in numbers], day)
        self.table("invoices", items, day)
        if movements is not None:
            empty = {"transaction_id": "", **payment("")}
            self.table("transactions", movements or [empty], day)

    @property
    def opened(self) -> ChasingHome:
        """The home as the product reads it, afresh."""
        return ChasingHome(self.root)

    def staged(self, day: date = DAY, scratch: Path | None = None) -> StagedExtract:
        """The staged extract of a day."""
        return stage(self.opened, day, scratch)

    def staged_rows(self, table: str, day: date = DAY) -> list[Record]:
        """The rows of a staged table, or of ``quarantine``."""
        return rows_of(self.staged(day), table)

    def rejected(self, day: date = DAY) -> list[tuple[Any, ...]]:
        """(file, line, column, value) of each rejected row."""
        return [
            (row["file"], row["line"], row["column_name"], row["value"]) for row in self.staged_rows("quarantine", day)
        ]

    def plan(self, day: date = DAY, progress: Progress | None = None) -> dict[str, list[Record]]:
        """The tables of a day, computed from the extract that serves it."""
        names = ("open_items", "account_aging", "step_decisions", "action_table")
        with DuckDBEngine(threads=1) as engine:
            planner = DayPlanner(engine, self.opened)
            planner.use_extract_of(day)
            planner.use_progress(progress or Progress())
            planner.plan([day])
            return {name: planner.rows(name) for name in names}

    def as_of(self, day: date = DAY) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
        """What is open by invoice, and what is owed by customer, as of a day."""
        with DuckDBEngine(threads=1) as engine:
            planner = DayPlanner(engine, self.opened)
            planner.use_extract_of(day)
            planner.use_progress(Progress())
            planner.compute_receivables([day])
            items = {row["invoice_reference"]: row["open_amount"] for row in planner.rows("open_items")}
            accounts = {row["customer_number"]: row["balance"] for row in planner.rows("account_aging")}
            return items, accounts


def rows_of(extract: StagedExtract, table: str) -> list[Record]:
    """The rows of a staged table, in the order of its key."""
    rows = pyarrow.parquet.read_table(extract.path(table)).to_pylist()
    key = ("file_position", "transaction_id", "invoice_number", "instalment", "customer_number", "file", "line")
    return sorted(rows, key=lambda row: [(row.get(name) is not None, row.get(name) or 0) for name in key])


@pytest.fixture
def empty_home(tmp_path: Path) -> Home:
    """A home with settings and one cadence, without an extract."""
    home = Home(tmp_path / "home")
    home.settings()
    home.cadence()
    return home


@pytest.fixture
def small_home(empty_home: Home) -> Home:
    """A home with one customer who owes one invoice."""
    empty_home.table("customers", [customer("C1")])
    empty_home.table("invoices", [invoice("I1")])
    return empty_home


@pytest.fixture
def snapshot() -> Callable[[Path], dict[str, tuple[bytes, int]]]:
    """Every file below a folder with its content and the time of its last change."""

    def take(folder: Path) -> dict[str, tuple[bytes, int]]:
        return {
            str(path.relative_to(folder)): (path.read_bytes() if path.is_file() else b"", path.stat().st_mtime_ns)
            for path in sorted(folder.rglob("*"))
        }

    return take
