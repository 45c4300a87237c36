"""A plain scan: the least that anybody who reads these files must do.

Belongs here: which columns planning reads, in one list. Does not belong here: reading anything else.
"""

from pathlib import Path
from typing import Any

import duckdb

from benchmarks.baselines import has_transactions

PLANNING_READS = {
    "customers": (
        "customer_number", "name", "address1", "address2", "city", "state", "postal_code", "country", "payment_terms",
        "language", "timezone", "chase", "autopay", "owner",
    ),
    "contacts": (
        "customer_number", "name", "email", "phone", "mobile", "is_primary", "email_opt_out", "sms_opt_out",
        "call_opt_out",
    ),
    "invoices": (
        "invoice_number", "instalment", "customer_number", "issue_date", "due_date", "currency", "amount", "status",
        "disputed", "disputed_on", "dispute_closed_on", "autopay", "url",
    ),
    "carried_out": (
        "customer_number", "currency", "invoice_reference", "cadence", "step", "repetition", "carried_out_on",
        "is_contact",
    ),
    "enrolments": (
        "customer_number", "currency", "invoice_reference", "cadence", "version", "cycle_start", "enrolled_on",
        "stopped_on",
    ),
}  # fmt: skip
"""What planning a day reads, whatever the extract: what rules, recipients, amounts and ``open_items`` need. The plain
scan reads exactly these columns."""
BALANCES_READ = {"invoices": ("balance", "paid_on")}
TRANSACTIONS_READ = {
    "transactions": ("customer_number", "invoice_number", "instalment", "date", "currency", "amount", "type")
}
"""What is read beyond them where the extract has current balances, or transactions."""


def columns_read(extract: Path) -> dict[str, tuple[str, ...]]:
    """The columns that planning reads, by table, of an extract with or without transactions."""
    more = TRANSACTIONS_READ if has_transactions(extract) else BALANCES_READ
    return {
        table: PLANNING_READS.get(table, ()) + more.get(table, ()) for table in dict.fromkeys([*PLANNING_READS, *more])
    }


def scan(extract: Path, progress: Path) -> dict[str, Any]:
    """Decode every value of the columns that planning reads, and nothing else.

    Sums of numbers, days and lengths: cheap, and not to be answered from a file's statistics.
    """
    found: dict[str, Any] = {}
    with duckdb.connect(":memory:") as connection:
        # as planning does: a second thread takes more CPU for the same
        connection.execute("set threads = 1")
        for table, columns in columns_read(extract).items():
            folder = progress if table in ("carried_out", "enrolments") else extract
            path = str(folder / f"{table}.parquet")
            types = dict(
                connection.execute(
                    "select column_name, column_type from (describe from read_parquet($path))", {"path": path}
                ).fetchall()
            )
            sums = ", ".join(f"sum({_number(name, types[name])})" for name in columns)
            found[table] = [
                str(value)
                for value in connection.execute(f"select {sums} from read_parquet($path)", {"path": path}).fetchall()[0]
            ]
    return found


def _number(column: str, kind: str) -> str:
    """An expression that needs the column's value and gives a number."""
    if kind == "VARCHAR":
        return f'strlen("{column}")'
    if kind == "DATE":
        return f"date_diff('day', date '2000-01-01', \"{column}\")"
    return f'cast("{column}" as integer)' if kind == "BOOLEAN" else f'"{column}"'
