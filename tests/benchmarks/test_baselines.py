"""The baselines compute what the product computes, so that their times can be compared."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.baselines import AGING_COLUMNS, MONEY_COLUMNS
from benchmarks.baselines.customer_loop import customer_loop, customers_in_sqlite
from benchmarks.baselines.pandas_aging import pandas_aging
from benchmarks.baselines.polars_aging import polars_aging
from benchmarks.baselines.scan import columns_read, scan
from benchmarks.generate import LAST_DAY, Receivables
from benchmarks.product import Product, prepare
from benchmarks.tasks import aging_summary

PAST_DAY = date(2026, 3, 31)


def extract_of(home: Path) -> Path:
    return home / "extracts" / LAST_DAY.isoformat()


def rows(table: pa.Table, factor: int = 1) -> list[tuple[Any, ...]]:
    """The rows in order of account, money as Decimal and days as dates."""
    found = table.select(AGING_COLUMNS).to_pylist()
    for row in found:
        for name in MONEY_COLUMNS:
            row[name] = Decimal(row[name]) / factor
        for name in ("oldest_issue_date", "oldest_due_date"):
            row[name] = row[name].date() if hasattr(row[name], "date") else row[name]
    return sorted((tuple(row.values()) for row in found), key=lambda row: row[:2])


@pytest.mark.parametrize("day", [LAST_DAY, PAST_DAY])
def test_product_polars_and_pandas_find_the_same_aging(receivables: Receivables, home: Path, day: date) -> None:
    prepare(home, LAST_DAY)
    with Product(home, receivables.progress) as product:
        product.account_aging(day)
        by_product = product.table("account_aging", day)
    by_polars = polars_aging(extract_of(home), day).to_arrow()
    by_pandas = pa.Table.from_pandas(pandas_aging(extract_of(home), day), preserve_index=False)
    assert len(rows(by_product)) > 500
    assert rows(by_product) == rows(by_polars) == rows(by_pandas, 100)
    summaries = [aging_summary(by_product, False), aging_summary(by_polars, False), aging_summary(by_pandas, True)]
    assert summaries[0] == summaries[1] == summaries[2]


def test_a_summary_tells_one_cent_from_another(receivables: Receivables) -> None:
    frame = polars_aging(extract_of(receivables.with_balances), LAST_DAY)
    other = frame.with_columns(oldest_due_date=frame["oldest_due_date"].shift(1))
    assert aging_summary(frame.to_arrow(), False)["checksum"] != aging_summary(other.to_arrow(), False)["checksum"]


def test_the_scan_reads_columns_that_are_there_and_sums_them(receivables: Receivables, home: Path) -> None:
    extract = extract_of(home)
    found = scan(extract, receivables.progress)
    assert set(found) == set(columns_read(extract))
    assert ("transactions" in found) == (home == receivables.with_transactions)
    place = columns_read(extract)["invoices"].index("amount")
    total = sum(pq.read_table(extract / "invoices.parquet", columns=["amount"])["amount"].to_pylist())
    assert found["invoices"][place] == str(total)


def test_the_loop_plans_as_many_actions_as_the_product_or_so(receivables: Receivables) -> None:
    home = receivables.with_balances
    connection, customer_count = customers_in_sqlite(extract_of(home), receivables.progress, 10_000)
    customers, actions = customer_loop(connection, LAST_DAY)
    connection.close()
    assert customers == customer_count == receivables.rows["customers"]
    prepare(home, LAST_DAY)
    with Product(home, receivables.progress) as product:
        product.plan_day(LAST_DAY)
        planned = product.table("action_table", LAST_DAY).num_rows
    assert planned / 3 < actions < planned * 3
