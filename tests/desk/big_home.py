"""A home of many accounts, made without planning it: published tables and a ledger as a long use would leave them."""

import json
import shutil
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from chasing_pipeline.domain.tables import WAREHOUSE_TABLES
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.engine.warehouse import Warehouse
from chasing_pipeline.ledger.schema import activities, claims, dispatches, todos
from chasing_pipeline.ledger.store import Ledger
from chasing_pipeline.planning.extracts import stage
from chasing_pipeline.planning.home import ChasingHome
from chasing_pipeline.resources.chasing import Chasing
from tests.conftest import GENERATED, SAMPLE, SAMPLE_DAY, plan_day

AT_ONCE = 20_000
LOGGED = ("enrolled", "claimed", "sent", "delivered")
AGING = """
    select *, current_amount + days_1_30 + days_31_60 + days_61_90 + days_over_90 as open_amount from (
        select date '{day}' as day, 'C' || lpad(n::varchar, 7, '0') as customer_number,
            ['EUR', 'GBP', 'USD'][n % 3 + 1] as currency,
            'Customer ' || (n * 7919 % 1000003) || ' Ltd' as customer_name,
            (n % 9000) + 0.5 as balance, 0.25 as current_amount, (n % 9000) + 0.25 as days_1_30, 0 as days_31_60,
            0 as days_61_90, 0 as days_over_90, 0 as unapplied_credit, 3 as open_item_count,
            n % 150 as account_age_days, n % 120 - 20 as past_due_age_days, date '{day}' - 60 as oldest_issue_date,
            date '{day}' - 30 as oldest_due_date
        from range(1, {accounts} + 1) as t(n))
"""
PROGRESS = """
    select day, customer_number, currency, customer_name, 'net30-standard' as cadence, 1 as cadence_version,
        'intro' as last_step, day - 9 as last_step_on, 'reminder' as next_step, day + 3 as next_step_on,
        ['not_due', 'promise', 'act', 'below_minimum'][balance::integer % 4 + 1] as state, balance,
        account_age_days as oldest_age_days
    from account_aging
"""
DECISIONS = """
    select day, customer_number, currency, '' as invoice_reference, 'net30-standard' as cadence, 1 as cadence_version,
        day - 60 as cycle_start, step.name as step, step.number as step_number, step.number as rung, 'email' as channel,
        day + 3 as step_due_date, 0 as repetition, 'not_due' as verdict, 'Comes due on ' || (day + 3) || '.' as sentence
    from account_aging, (values ('reminder', 3), ('robot', 4), ('statement', 5), ('call', 6), ('final-letter', 7),
        ('final-email', 8), ('escalation', 9)) as step(name, number)
"""
ITEMS = """
    select day, customer_number, currency, 'INV-' || customer_number || '-' || n as invoice_number, 0 as instalment,
        'INV-' || customer_number || '-' || n as invoice_reference, day - 60 as issue_date, day - 30 as due_date,
        100 as amount, 100 as open_amount, 30 as days_past_due, '1-30' as bucket, true as is_chaseable,
        null as not_chaseable_because, null as held_until, null as url
    from account_aging, range(1, 4) as t(n)
"""

ACTIONS = """
    select md5(customer_number) as action_id, day as action_date, 'account' as scope, customer_number, customer_name,
        currency, 'net30-standard' as cadence, 1 as cadence_version, day - 60 as cycle_start, 'reminder' as step,
        3 as step_number, 0 as repetition, 'email' as channel, 'overdue' as template, 'en' as language,
        'Jo Roe' as contact_name, lower(customer_number) || '@example.com' as recipient,
        ['INV-' || customer_number || '-1'] as invoice_numbers, 1 as invoice_count, balance,
        balance as amount_past_due, account_age_days, past_due_age_days, day as step_due_date,
        day::timestamptz as not_before, null as not_after, if(right(customer_number, 1) = '7', 'held', 'ready')
        as status, null as assigned_to, 0.01 as estimated_cost, 'GBP' as cost_currency, 'Due.' as reason
    from account_aging where right(customer_number, 1) > '4'
"""
UNITS = """
    select action_date as day, action_id, md5(action_id) as unit_step_id, customer_number, currency,
        '' as invoice_reference, cadence, step, cycle_start, repetition
    from action_table
"""


def make(root: Path, accounts: int, open_todos: int, day: date = SAMPLE_DAY) -> Path:
    """A home with so many accounts, three items and four activities each, and so many open to-dos."""
    shutil.copytree(SAMPLE, root, ignore=GENERATED, dirs_exist_ok=True)
    chasing = Chasing(root, day)
    plan_day(chasing)
    with DuckDBEngine() as engine:
        for name, query in (("account_aging", AGING), ("chasing_progress", PROGRESS), ("step_decisions", DECISIONS),
                            ("open_items", ITEMS), ("action_table", ACTIONS), ("action_units", UNITS)):  # fmt: skip
            engine.materialise_query(name, query.format(day=day, accounts=accounts))
            table = WAREHOUSE_TABLES[name]
            assert {column for column, _ in engine.columns(name)} == set(table.column_names), name
            chasing.warehouse.publish(engine, [name], day)
    extract = stage(ChasingHome(root), day)
    _contacts(extract.folder, accounts)
    _history(chasing.ledger, accounts, open_todos, day)
    chasing.ledger.close()
    return root


def _contacts(folder: Path, accounts: int) -> None:
    numbers = f"select 'C' || lpad(n::varchar, 7, '0') as customer_number, n from range(1, {accounts} + 1) as t(n)"
    with duckdb.connect() as connection:
        connection.execute(f"create view numbers as {numbers}")
        for name, columns in (
            ("contacts", "n as file_position, 'Jo ' || n as name, 'jo' || n || '@example.com' as email, "
                         "'+447700900123' as mobile, true as is_primary"),
            ("customers", "'Customer ' || n as name, 'GB' as country"),
        ):  # fmt: skip
            connection.execute(f"create table {name} as from '{folder / name}.parquet' limit 0")
            connection.execute(f"insert into {name} by name select customer_number, {columns} from numbers")
            connection.execute(f"copy {name} to '{folder / name}.parquet' (format parquet)")


def _history(ledger: Ledger, accounts: int, open_todos: int, day: date) -> None:
    at = datetime(2026, 3, 10, 9, tzinfo=UTC)
    common = {"action_date": day, "first_owed_on": day, "state": "todo", "channel": "phone_call", "cadence": "x",
              "step": "intro", "invoice_numbers": "[]", "attempt": 1, "is_contact": True, "changed_at": at,
              "carried_out_on": day, "recipient": "+447700900123"}  # fmt: skip
    for start in range(1, accounts + 1, AT_ONCE):
        numbers = [
            (n, f"C{n:07}", ("EUR", "GBP", "USD")[n % 3]) for n in range(start, min(start + AT_ONCE, accounts + 1))
        ]
        actions = [{**common, "action_id": f"a{n}", "customer_number": c, "currency": m} for n, c, m in numbers]
        done = [{"unit_step_id": f"u{n}", "action_id": f"a{n}", "customer_number": c, "currency": m,
                 "invoice_reference": "", "cadence": "net30-standard", "step": "intro", "cycle_start": day,
                 "repetition": 0} for n, c, m in numbers]  # fmt: skip
        log = [{"activity_id": f"{n}-{i}", "action_id": f"a{n}", "occurred_at": at, "activity_date": at.date(),
                "kind": kind, "customer_number": c, "currency": m, "invoice_numbers": json.dumps([]), "actor": "x",
                "detail": "what happened"}
               for n, c, m in numbers for i, kind in enumerate(LOGGED)]  # fmt: skip
        items = [{"action_id": f"a{n}", "state": "open" if n <= open_todos else "done", "kind": "phone_call",
                  "customer_number": c, "currency": m, "assigned_to": "team", "title": f"Call Customer {n}",
                  "detail": "Balance", "created_on": day, "closed_on": None if n <= open_todos else day,
                  "outcome": None if n <= open_todos else "pays"} for n, c, m in numbers]  # fmt: skip

        def work(connection: object, rows: object = (actions, done, log, items)) -> None:
            for table, values in zip((dispatches, claims, activities, todos), rows, strict=True):  # type: ignore[call-overload]
                connection.execute(table.insert(), values)  # type: ignore[attr-defined]

        ledger.write(work)


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[2]) // 5)
    print(Warehouse(Path(sys.argv[1]) / "warehouse").days("chasing_progress"))
