"""What the product is held against: a plain scan, the aging in polars and in pandas, a loop over customers.

Belongs here: each baseline as its own users would write it, kindly: fewer duties than the product has, never more.
Does not belong here: measuring (``tasks``), the product itself (``product``).
"""

from pathlib import Path

AGING_COLUMNS = (
    "customer_number", "currency", "balance", "current_amount", "days_1_30", "days_31_60", "days_61_90",
    "days_over_90", "oldest_issue_date", "oldest_due_date",
)  # fmt: skip
"""What every aging gives, one row per account with a balance or an open item."""
MONEY_COLUMNS = AGING_COLUMNS[2:8]
BUCKET_ENDS = (0, 30, 60, 90)
WITHDRAWN = ("draft", "void")
ADDING_BACK = ("refund", "reversal")


def has_transactions(extract: Path) -> bool:
    """Whether the extract has transactions."""
    return (extract / "transactions.parquet").exists()
