"""Every line of the real ledger is read, and what is open is the same to the cent as in the obvious computation.

Does not belong here: who is chased (``test_real_chasing``).
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.ledger.progress import Progress
from chasing_pipeline.planning.day import DayPlanner
from chasing_pipeline.planning.extracts import stage
from chasing_pipeline.planning.home import ChasingHome

from .ledger_model import LedgerModel

FIRST, LAST = date(2012, 1, 3), date(2014, 1, 9)
DAYS = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]


def by(key: str, rows: list[dict[str, Any]], expected: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The rows by their key, with the columns that are expected; no key may come twice."""
    columns = next(iter(expected.values()), {})
    found = {row[key]: {name: row[name] for name in columns} for row in rows}
    assert len(found) == len(rows)
    return found


def differences(home: Path, model: LedgerModel, days: list[date], scratch: Path) -> Iterator[str]:
    """What the product says otherwise than the model, day by day."""
    with DuckDBEngine(threads=1) as engine:
        planner = DayPlanner(engine, ChasingHome(home))
        planner.use_progress(Progress())
        for day in days:
            planner.use_extract_of(day, scratch)
            planner.compute_receivables([day])
            engine.materialise("receivables/account_cycles")
            items, accounts = model.item_rows(day), model.aging_rows(day)
            pairs = [
                ("open_items", items, by("invoice_number", planner.rows("open_items"), items)),
                ("account_aging", accounts, by("customer_number", planner.rows("account_aging"), accounts)),
            ]
            for table, expected, found in pairs:
                for key in sorted(expected.keys() | found.keys()):
                    if expected.get(key) != found.get(key):
                        yield f"{day} {table} {key}: expected {expected.get(key)}, found {found.get(key)}"
            customers = {row["account_key"]: row["customer_number"] for row in planner.rows("account_aging")}
            started = {
                customers[row["account_key"]]: row["cycle_start"]
                for row in planner.rows("account_cycles")
                if row["cycle_start"]
            }
            if started != model.cycles(day):
                yield f"{day} cycles: {sorted(set(started.items()) ^ set(model.cycles(day).items()))}"
            for row in planner.check("checks/reconciliation"):
                if any(row[name] for name in ("balance_difference", "bucket_difference", "credit_difference")):
                    yield f"{day} reconciliation: {row}"


def test_every_line_of_the_ledger_is_used(home: Path, tmp_path: Path) -> None:
    chasing_home = ChasingHome(home)
    extract = stage(chasing_home, chasing_home.extract_days()[-1], tmp_path / "scratch")
    assert extract.rows["invoices"] == 2466
    assert extract.rows["customers"] == 100
    assert set(extract.rejected_rows.values()) == {0}
    assert extract.worst_rejected_share()[1] == 0
    assert not extract.has_transactions
    assert "PaperlessBill" in extract.unknown_columns["invoices"]


def test_the_ledger_is_what_these_tests_take_it_for(model: LedgerModel) -> None:
    invoices = [invoice for rows in model.invoices.values() for invoice in rows]
    assert (min(i.issued for i in invoices), max(i.settled for i in invoices)) == (FIRST, LAST)
    assert len({invoice.number for invoice in invoices}) == 2466
    assert sum(invoice.disputed for invoice in invoices) == 561
    assert model.aging_rows(LAST) == {}
    buckets = {invoice.bucket(day) for day in DAYS[::10] for rows in model.invoices.values() for invoice in rows
               if invoice.is_open(day)}  # fmt: skip
    assert buckets == {"current", "1-30", "31-60"}


def test_open_items_and_aging_agree_on_every_tenth_day(home: Path, model: LedgerModel, tmp_path: Path) -> None:
    assert list(differences(home, model, DAYS[::10], tmp_path / "scratch")) == []


@pytest.mark.slow
def test_open_items_and_aging_agree_on_every_day(home: Path, model: LedgerModel, tmp_path: Path) -> None:
    assert list(differences(home, model, DAYS, tmp_path / "scratch")) == []
