"""The aging alone, in pandas."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.baselines import ADDING_BACK, AGING_COLUMNS, BUCKET_ENDS, MONEY_COLUMNS, WITHDRAWN, has_transactions


def pandas_aging(extract: Path, day: date) -> Any:
    """The aging as of ``day`` as a pandas frame of AGING_COLUMNS, money in whole cents."""
    account = ["customer_number", "currency"]
    today = pd.Timestamp(day)
    columns = [*account, "invoice_number", "instalment", "issue_date", "due_date", "amount", "status"]
    if not has_transactions(extract):
        columns += ["balance", "paid_on"]
    items = _read(extract / "invoices.parquet", columns)
    items = items[(items.issue_date <= today) & ~items.status.isin(WITHDRAWN)]
    if has_transactions(extract):
        items, received = _settled(items, extract, today)
        balances = items.groupby(account).amount.sum().sub(received.groupby(account).settled.sum(), fill_value=0)
    else:
        items["net"] = np.select(
            [items.paid_on <= today, items.paid_on.notna(), items.balance.notna(), items.status == "paid"],
            [0, items.amount, items.balance, 0],
            items.amount,
        )
        balances = items.groupby(account).net.sum()
    opened = items[items.net > 0]
    late = (today - opened.due_date).dt.days.fillna(0)
    bucket = np.searchsorted(BUCKET_ENDS, late)
    aged = opened.groupby(account).agg(oldest_issue_date=("issue_date", "min"), oldest_due_date=("due_date", "min"))
    for number, name in enumerate(MONEY_COLUMNS[1:]):
        aged[name] = opened[bucket == number].groupby(account).net.sum()
    result = balances.rename("balance").to_frame().join(aged, how="left")
    result = result[(result.balance != 0) | result.oldest_issue_date.notna()].reset_index()
    result[list(MONEY_COLUMNS)] = result[list(MONEY_COLUMNS)].fillna(0).astype("int64")
    return result[list(AGING_COLUMNS)]


def _read(path: Path, columns: list[str]) -> Any:
    """Read columns as pandas likes them best: text as Arrow strings, days as datetimes, money in whole cents."""
    table = pq.read_table(path, columns=columns)
    for place, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):
            cents = pc.round(pc.multiply(pc.cast(table.column(place), pa.float64()), 100))
            table = table.set_column(place, field.name, pc.cast(cents, pa.int64()))
        elif pa.types.is_date(field.type):
            table = table.set_column(place, field.name, pc.cast(table.column(place), pa.timestamp("s")))
    return table.to_pandas()


def _settled(items: Any, extract: Path, today: Any) -> tuple[Any, Any]:
    """The items with ``net``, and what was received, by account and item."""
    key = ["invoice_number", "instalment"]
    received = _read(extract / "transactions.parquet", [*key, "customer_number", "currency", "date", "type", "amount"])
    received = received[received.date <= today]
    received["settled"] = np.where(received.type.isin(ADDING_BACK), -received.amount, received.amount)
    received["instalment"] = received.instalment.fillna(0).astype("int64")
    items["instalment"] = items.instalment.fillna(0).astype("int64")
    settled = received.groupby(key, as_index=False).settled.sum()
    items = items.merge(settled, on=key, how="left")
    items["remaining"] = (items.amount - items.settled.fillna(0)).astype("int64")
    to_share = settled[settled.instalment == 0].rename(columns={"settled": "to_share"})
    shared = items[items.instalment > 0].merge(to_share[["invoice_number", "to_share"]], on="invoice_number")
    shared = shared.sort_values(["due_date", "instalment"])
    before = shared.groupby("invoice_number").remaining.cumsum() - shared.remaining
    shared["share"] = (shared.to_share - before).clip(0, shared.remaining)
    items = items.merge(shared[[*key, "share"]], on=key, how="left")
    items["net"] = (items.remaining - items.share.fillna(0)).astype("int64")
    return items, received
