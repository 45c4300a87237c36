"""The invented receivables: the same for the same seed, with the shares that they promise, and a home in order."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from benchmarks.generate import FIRST_DAY, LAST_DAY, PROGRESS, Receivables, generate
from benchmarks.product import Product, prepare
from chasing_pipeline.cli.checking import home_problems, home_remarks
from chasing_pipeline.resources.chasing import Chasing


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def one(receivables: Receivables, query: str) -> Any:
    """The single row of a query; a table's name in braces stands for its file."""
    extract = receivables.with_transactions / "extracts" / LAST_DAY.isoformat()
    paths = {path.stem: f"'{path}'" for path in (*extract.iterdir(), *receivables.progress.iterdir())}
    with duckdb.connect() as connection:
        (row,) = connection.execute(query.format(**paths)).fetchall()
    return row if len(row) > 1 else row[0]


def test_the_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    first, second = (files(generate(0.001, tmp_path / name).folder) for name in ("first", "second"))
    assert first == second
    assert files(generate(0.001, tmp_path / "first", seed=2).folder) != first


def test_what_is_there_is_not_written_again(tmp_path: Path) -> None:
    written = generate(0.001, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in written.folder.rglob("*")}
    assert generate(0.001, tmp_path) == written
    assert {path: path.stat().st_mtime_ns for path in written.folder.rglob("*")} == before


@pytest.mark.parametrize(
    ("share", "condition"),
    [
        (0.70, "status = 'paid'"),
        (0.60, "currency = 'EUR'"),
        (0.25, "currency = 'GBP'"),
        (0.15, "currency = 'USD'"),
        (0.010, "status in ('draft', 'void')"),
        (0.010, "disputed"),
        (0.020, "autopay"),
        (0.030, "instalment is not null"),
        (0.003, "due_date is null"),
        (0.030, "balance > 0 and balance < amount"),
    ],
)
def test_invoices_have_the_promised_shares(receivables: Receivables, share: float, condition: str) -> None:
    found = one(receivables, f"select avg(cast({condition} as integer)) from {{invoices}}")
    assert found == pytest.approx(share, rel=0.15 if share > 0.1 else 0.5), condition


def test_there_are_eight_invoices_a_customer_over_eighteen_months(receivables: Receivables) -> None:
    invoices, first, last = one(
        receivables, "select count(distinct invoice_number), min(issue_date), max(issue_date) from {invoices}"
    )
    assert invoices == 8_000 == 8 * receivables.rows["customers"]
    assert (first, last) == (FIRST_DAY, LAST_DAY)


def test_some_customers_have_two_currencies_and_some_contacts_no_address(receivables: Receivables) -> None:
    two = one(
        receivables,
        "select count(*) from (select 1 from {invoices} group by customer_number having count(distinct currency) = 2)",
    )
    assert 0.01 < two / receivables.rows["customers"] < 0.04
    no_email, no_mobile, opted_out = one(
        receivables,
        "select avg(cast(email is null as integer)), avg(cast(mobile is null as integer)), "
        "avg(cast(email_opt_out or sms_opt_out or call_opt_out as integer)) from {contacts}",
    )
    assert 0.03 < no_email < 0.07
    assert 0.35 < no_mobile < 0.45
    assert 0.04 < opted_out < 0.10


def test_every_balance_is_the_amount_less_its_transactions(receivables: Receivables) -> None:
    wrong = one(
        receivables,
        """
        with settled as (
            select invoice_number, sum(case when "type" = 'reversal' then -amount else amount end) as settled
            from {transactions} where invoice_number is not null group by all
        )
        select count(*) from (
            select invoice_number, sum(amount) as amount, sum(balance) as balance from {invoices} group by all
        ) left join settled using (invoice_number)
        where balance <> amount - coalesce(settled, 0)
        """,
    )
    assert wrong == 0
    assert one(receivables, "select count(*) from {transactions} where invoice_number is null") > 10
    assert one(receivables, "select count(*) from {invoices} where balance < 0") > 1
    assert one(receivables, "select max(date) from {transactions}") <= LAST_DAY


def test_an_invoice_is_paid_on_a_day_where_nothing_is_left(receivables: Receivables) -> None:
    assert one(receivables, "select count(*) from {invoices} where (paid_on is not null) <> (balance <= 0)") == 0


def test_the_past_has_the_columns_of_the_ledger(receivables: Receivables) -> None:
    from chasing_pipeline.ledger.progress import CARRIED_OUT_FIELDS, ENROLMENT_FIELDS

    fields = {"carried_out": CARRIED_OUT_FIELDS, "enrolments": ENROLMENT_FIELDS, "run_days": (("day", "date"),)}
    assert set(fields) == set(PROGRESS)
    with duckdb.connect() as connection:
        for name, expected in fields.items():
            path = receivables.progress / f"{name}.parquet"
            found = connection.execute(f"select column_name, column_type from (describe from '{path}')").fetchall()
            assert [(column, kind.lower()) for column, kind in found] == list(expected)


def test_a_step_is_carried_out_once_before_the_last_day(receivables: Receivables) -> None:
    rows, days, last = one(
        receivables,
        "select count(*), count(distinct carried_out_on), max(carried_out_on) from {carried_out}",
    )
    assert rows > receivables.rows["customers"]
    assert days > 200
    assert last < LAST_DAY


def test_a_generated_home_is_in_order(receivables: Receivables, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHASING_LINK_SECRET", "a secret of this test")
    chasing = Chasing(receivables.with_transactions, LAST_DAY)
    assert home_problems(chasing) == []
    assert home_remarks(chasing) == []


def test_a_generated_home_has_a_usual_day_to_plan(receivables: Receivables, home: Path) -> None:
    prepare(home, LAST_DAY)
    with Product(home, receivables.progress) as product:
        product.plan_day(LAST_DAY)
        actions = product.table("action_table", LAST_DAY).to_pylist()
        accounts = product.table("account_aging", LAST_DAY).num_rows
        verdicts = set(product.table("step_decisions", LAST_DAY)["verdict"].to_pylist())
    assert 0.005 < len(actions) / accounts < 0.05
    assert len({action["cadence"] for action in actions}) > 1
    assert {"act", "done", "not_due", "autopay", "disputed", "not_enrolled"} <= verdicts
