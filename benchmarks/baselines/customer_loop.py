"""A loop over customers, as modules of accounting systems plan: look up each customer's rows, and decide.

Belongs here: the least that such a loop does. Does not belong here: what it leaves out (cycles, holds, calendars).
"""

import sqlite3
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.baselines import BUCKET_ENDS, WITHDRAWN
from benchmarks.home import CADENCES

TABLES_LOOKED_UP = ("customers", "contacts", "invoices", "carried_out")


def customers_in_sqlite(extract: Path, progress: Path, sample: int) -> tuple[sqlite3.Connection, int]:
    """An indexed SQLite database with ``sample`` customers and all that is theirs, and how many customers there are."""
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    with duckdb.connect(":memory:") as source:
        files = {
            name: str((progress if name == "carried_out" else extract) / f"{name}.parquet") for name in TABLES_LOOKED_UP
        }
        (count,) = source.execute("select count(*) from read_parquet($1)", [files["customers"]]).fetchone() or (0,)
        source.execute(
            "create table chosen as select customer_number from read_parquet($1) "
            "qualify row_number() over (order by customer_number) % $2 = 0",
            [files["customers"], max(count // sample, 1)],
        )
        for name, path in files.items():
            # cents and ISO dates: what SQLite compares and adds fastest
            wanted = source.execute(
                "select * replace (cast(amount * 100 as bigint) as amount, cast(balance * 100 as bigint) as balance) "
                "from read_parquet($1) semi join chosen using (customer_number)"
                if name == "invoices"
                else "from read_parquet($1) semi join chosen using (customer_number)",
                [path],
            )
            columns = [column[0] for column in wanted.description or ()]
            names = ", ".join(f'"{column}"' for column in columns)
            connection.execute(f"create table {name} ({names})")
            rows = [
                [value.isoformat() if isinstance(value, date) else value for value in row] for row in wanted.fetchall()
            ]
            connection.executemany(f"insert into {name} values ({', '.join('?' * len(columns))})", rows)
            connection.execute(f"create index {name}_by_customer on {name} (customer_number)")
    return connection, count


def customer_loop(connection: sqlite3.Connection, day: date) -> tuple[int, int]:
    """Plan ``day`` customer by customer, from current balances; return how many customers and actions there were.

    Fewer duties than the product has: no cycles, holds, run calendars, minimum gaps or sentences.
    """
    customers = connection.execute("select * from customers").fetchall()
    actions = [action for customer in customers for action in _actions_of(connection, customer, day)]
    return len(customers), len(actions)


def _actions_of(connection: sqlite3.Connection, customer: sqlite3.Row, day: date) -> list[dict[str, Any]]:
    number = customer["customer_number"]
    accounts: dict[str, list[tuple[date, date | None, int]]] = defaultdict(list)
    credits: dict[str, int] = defaultdict(int)
    for invoice in connection.execute("select * from invoices where customer_number = ?", (number,)):
        if invoice["status"] in WITHDRAWN or invoice["issue_date"] > day.isoformat():
            continue
        if invoice["balance"] > 0 and not invoice["disputed"] and not invoice["autopay"]:
            due = invoice["due_date"]
            accounts[invoice["currency"]].append(
                (
                    date.fromisoformat(invoice["issue_date"]),
                    date.fromisoformat(due) if due else None,
                    invoice["balance"],
                )
            )
        elif invoice["balance"] < 0:
            credits[invoice["currency"]] += invoice["balance"]
    if not accounts or not customer["chase"] or customer["autopay"]:
        return []
    cadence = _cadence_of(customer)
    if cadence is None:
        return []
    contacts = connection.execute("select * from contacts where customer_number = ?", (number,)).fetchall()
    log = connection.execute(
        "select currency, step, max(carried_out_on) as carried_out_on from carried_out where customer_number = ? "
        "group by currency, step",
        (number,),
    ).fetchall()
    found = []
    for currency, items in accounts.items():
        aging = _aged(items, day)
        begun = min(issued for issued, _, _ in items).isoformat()
        done = {row["step"] for row in log if row["currency"] == currency and row["carried_out_on"] >= begun}
        step = _pending_step(cadence, aging, done)
        if step is not None and aging["balance"] + credits[currency] > 0:
            recipient = _recipient(contacts, step["channel"])
            found.append({"customer_number": number, "currency": currency, **aging, **step, "recipient": recipient})
    return found


def _aged(items: list[tuple[date, date | None, int]], day: date) -> dict[str, Any]:
    buckets = [0] * (len(BUCKET_ENDS) + 1)
    for _, due, balance in items:
        late = (day - due).days if due else 0
        buckets[sum(late > end for end in BUCKET_ENDS)] += balance
    oldest_due = min((due for _, due, _ in items if due), default=None)
    return {
        "balance": sum(buckets),
        "buckets": buckets,
        "account_age": (day - min(issued for issued, _, _ in items)).days,
        "past_due_age": (day - oldest_due).days if oldest_due else None,
    }


def _cadence_of(customer: sqlite3.Row) -> dict[str, Any] | None:
    """The rules of ``home.CADENCES``, written out as a module of an accounting system would have them."""
    terms = customer["payment_terms"]
    if customer["country"] == "US" and terms == "NET 60":
        name = "us-invoices"
    elif terms in ("NET 14", "DUE ON RECEIPT"):
        name = "short-terms"
    elif customer["language"] == "fr" and terms == "NET 30":
        name = "france"
    elif terms in ("NET 30", "NET 60"):
        name = "standard"
    else:
        return None
    return next(cadence for cadence in CADENCES if cadence["cadence"] == name)


def _pending_step(cadence: dict[str, Any], aging: dict[str, Any], done: set[str]) -> dict[str, Any] | None:
    pending = None
    for step in cadence["steps"]:
        age = aging.get(step["clock"])
        if step["step"] in done:
            pending = None
        elif age is not None and age >= step["day"]:
            pending = step
    return pending


def _recipient(contacts: list[sqlite3.Row], channel: str) -> str | None:
    needed, opt_out = {
        "email": ("email", "email_opt_out"),
        "sms": ("mobile", "sms_opt_out"),
        "auto_call": ("mobile", "call_opt_out"),
        "phone_call": ("mobile", "call_opt_out"),
    }.get(channel, ("name", None))
    for contact in sorted(contacts, key=lambda row: not row["is_primary"]):
        if contact[needed] and not (opt_out and contact[opt_out]):
            return str(contact[needed])
    return None
