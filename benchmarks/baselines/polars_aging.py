"""The aging alone, in polars."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.baselines import ADDING_BACK, AGING_COLUMNS, BUCKET_ENDS, MONEY_COLUMNS, WITHDRAWN, has_transactions


def polars_aging(extract: Path, day: date) -> Any:
    """The aging as of ``day`` as a frame of AGING_COLUMNS: one lazy query, streamed, for that is its fastest."""
    account = ["customer_number", "currency"]
    items = pl.scan_parquet(extract / "invoices.parquet").filter(
        pl.col("issue_date") <= day, ~pl.col("status").is_in(WITHDRAWN)
    )
    if has_transactions(extract):
        items, received = _settled(items, extract, day)
        balances = pl.concat(
            [
                items.group_by(account).agg(pl.col("amount").sum().alias("balance")),
                received.group_by(account).agg((-pl.col("settled").sum()).alias("balance")),
            ]
        )
        balances = balances.group_by(account).agg(pl.col("balance").sum())
    else:
        items = items.with_columns(
            net=pl.when(pl.col("paid_on") <= day)
            .then(0)
            .when(pl.col("paid_on").is_not_null())
            .then(pl.col("amount"))
            .otherwise(pl.coalesce("balance", pl.when(pl.col("status") == "paid").then(0).otherwise(pl.col("amount"))))
        )
        balances = items.group_by(account).agg(pl.col("net").sum().alias("balance"))
    late = (pl.lit(day) - pl.col("due_date")).dt.total_days().fill_null(0)
    aged = (
        items.filter(pl.col("net") > 0)
        .with_columns(late=late)
        .group_by(account)
        .agg(
            *(
                pl.col("net").filter(_is_in_bucket(pl.col("late"), number)).sum().alias(name)
                for number, name in enumerate(MONEY_COLUMNS[1:])
            ),
            pl.col("issue_date").min().alias("oldest_issue_date"),
            pl.col("due_date").min().alias("oldest_due_date"),
        )
    )
    return (
        balances.join(aged, on=account, how="left")
        .filter((pl.col("balance") != 0) | pl.col("oldest_issue_date").is_not_null())
        .with_columns(pl.col(name).fill_null(0) for name in MONEY_COLUMNS)
        .select(AGING_COLUMNS)
        .collect(engine="streaming")
    )


def _is_in_bucket(late: Any, bucket: int) -> Any:
    if bucket == 0:
        return late <= 0
    after = late > BUCKET_ENDS[bucket - 1]
    return after if bucket == len(BUCKET_ENDS) else after & (late <= BUCKET_ENDS[bucket])


def _settled(items: Any, extract: Path, day: date) -> tuple[Any, Any]:
    """The items with ``net``, and what was received, by account and item."""
    key = ["invoice_number", "instalment"]
    items = items.with_columns(pl.col("instalment").fill_null(0))
    received = (
        pl.scan_parquet(extract / "transactions.parquet")
        .filter(pl.col("date") <= day)
        .with_columns(pl.col("instalment").fill_null(0))
        .group_by(*key, "customer_number", "currency")
        .agg(
            pl.when(pl.col("type").is_in(ADDING_BACK)).then(-pl.col("amount")).otherwise(pl.col("amount")).sum()
            .alias("settled")
        )
    )  # fmt: skip
    direct = items.join(received.select(*key, "settled"), on=key, how="left").with_columns(
        remaining=pl.col("amount") - pl.col("settled").fill_null(0)
    )
    # money for an invoice in instalments that names none of them goes to the oldest first
    shared = (
        direct.filter(pl.col("instalment") > 0)
        .join(
            received.filter(pl.col("instalment") == 0).select("invoice_number", to_share="settled"),
            on="invoice_number",
        )
        .sort("due_date", "instalment", nulls_last=True)
        .with_columns(before=pl.col("remaining").cum_sum().over("invoice_number") - pl.col("remaining"))
        .select(*key, share=(pl.col("to_share") - pl.col("before")).clip(0, pl.col("remaining")))
    )
    net = direct.join(shared, on=key, how="left").with_columns(net=pl.col("remaining") - pl.col("share").fill_null(0))
    return net, received
