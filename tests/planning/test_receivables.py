"""What is open as of a day, what an account owes, how old it is, and that it all agrees with the extract."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.ledger.progress import Progress
from chasing_pipeline.planning.day import DayPlanner

from .conftest import DAY, Home, Record, customer, invoice, payment


def amounts(**values: str | int) -> dict[str, Decimal]:
    """Amounts by name."""
    return {name: Decimal(value) for name, value in values.items()}


Found = list[tuple[dict[str, Decimal], Decimal | None]]
"""For each case what is open by invoice, and what the account owes (none: it is not aged)."""


def as_of_cases(
    factory: pytest.TempPathFactory, cases: list[tuple[list[Record], list[Record] | None]], day: date = DAY
) -> Found:
    """The cases (invoices, transactions) of one customer C1, computed together as customers of one home."""
    home = Home(factory.mktemp("cases"))
    home.settings()
    home.cadence()

    def of(case: int, rows: list[Record] | None) -> list[Record]:
        own = ("customer_number", "invoice_number", "transaction_id")
        return [{k: f"{case}/{v}" if k in own and v else v for k, v in row.items()} for row in rows or []]

    invoices = [row for case, (items, _) in enumerate(cases) for row in of(case, items)]
    has_transactions = any(transactions is not None for _, transactions in cases)
    movements = [row for case, (_, transactions) in enumerate(cases) for row in of(case, transactions)]
    home.receivables(invoices, movements if has_transactions else None, day)
    items, accounts = home.as_of(day)
    return [
        (
            {name.removeprefix(f"{case}/"): amount for name, amount in items.items() if name.startswith(f"{case}/")},
            accounts.get(f"{case}/C1"),
        )
        for case in range(len(cases))
    ]


# --- with transactions --------------------------------------------------------------------------------------------


PAID: list[tuple[list[Record], str | None]] = [
    ([], "100"),
    ([payment("T1", "I1", "30", date="2026-03-18")], "70"),
    ([payment("T1", "I1", "30", date="2026-03-19")], "100"),
    ([payment("T1", "I1", "30"), payment("T2", "I1", "69.99")], "0.01"),
    ([payment("T1", "I1", "20", type="credit_note"), payment("T2", "I1", "5", type="write_off")], "75"),
    ([payment("T1", "I1", "100"), payment("T2", "I1", "100", type="reversal")], "100"),
    ([payment("T1", "I1", "100"), payment("T2", "I1", "100", type="reversal", date="2026-03-19")], None),
    ([payment("T1", "I1", "100"), payment("T2", "I1", "40", type="refund")], "40"),
    ([payment("T1", "I1", "10"), payment("T2", "I1", "20", type="refund")], "110"),
]


@pytest.fixture(scope="module")
def paid(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """What is open and owed in each case of PAID."""
    return as_of_cases(tmp_path_factory, [([invoice("I1")], transactions) for transactions, _ in PAID])


@pytest.mark.parametrize(("case", "open_amount"), [(case, amount) for case, (_, amount) in enumerate(PAID)])
def test_transactions_up_to_the_day_make_what_is_open(paid: Found, case: int, open_amount: str | None) -> None:
    expected = {} if open_amount is None else {"I1": Decimal(open_amount)}
    assert paid[case] == (expected, None if open_amount is None else Decimal(open_amount))


def test_what_the_extract_says_of_payment_does_not_count_beside_transactions(empty_home: Home) -> None:
    empty_home.receivables(
        [
            invoice("I1", status="paid", balance="0.00", paid_on="2026-03-05"),
            invoice("I2", status="open", balance="100.00"),
        ],
        [payment("T1", "I2")],
    )
    assert empty_home.as_of()[0] == amounts(I1=100)


def test_an_unapplied_payment_lowers_the_account_and_no_invoice(empty_home: Home) -> None:
    empty_home.receivables([invoice("I1"), invoice("I2")], [payment("T1", None, "150")])
    assert empty_home.as_of() == (amounts(I1=100, I2=100), amounts(C1=50))


def test_what_is_overpaid_lowers_the_account_and_not_another_invoice(empty_home: Home) -> None:
    empty_home.receivables([invoice("I1"), invoice("I2")], [payment("T1", "I1", "130")])
    assert empty_home.as_of() == (amounts(I2=100), amounts(C1=70))


def test_credits_may_exceed_what_is_owed(empty_home: Home) -> None:
    empty_home.receivables([invoice("I1")], [payment("T1", None, "130")])
    assert empty_home.as_of() == (amounts(I1=100), amounts(C1=-30))


def test_an_account_with_credits_alone_owes_less_than_nothing(empty_home: Home) -> None:
    empty_home.receivables([invoice("I0", "C0")], [payment("T1", None, "30")])
    assert empty_home.as_of()[1] == amounts(C0=100, C1=-30)


def test_an_account_that_owes_without_an_open_invoice_has_a_verdict(empty_home: Home) -> None:
    empty_home.receivables([invoice("I0", "C0")], [payment("T1", None, "30", type="refund")])
    assert empty_home.as_of()[1] == amounts(C0=100, C1=30)
    verdicts = {row["customer_number"]: row["verdict"] for row in empty_home.plan()["step_decisions"]}
    assert verdicts["C1"] == "below_minimum"


def test_a_negative_invoice_is_a_credit(empty_home: Home) -> None:
    empty_home.receivables([invoice("I1"), invoice("I2", amount="-30.00")], [])
    assert empty_home.as_of() == (amounts(I1=100), amounts(C1=70))


@pytest.mark.parametrize(
    "fields", [{"status": "draft"}, {"status": "void"}, {"issue_date": "2026-03-19", "due_date": "2026-04-19"}]
)
def test_a_payment_on_an_invoice_that_does_not_count_yet_lowers_the_account(
    empty_home: Home, fields: dict[str, Any]
) -> None:
    empty_home.receivables([invoice("I1"), invoice("I2", **fields)], [payment("T1", "I2", "30")])
    assert empty_home.as_of() == (amounts(I1=100), amounts(C1=70))


def test_a_payment_on_an_invoice_that_the_extract_does_not_have_lowers_the_account(empty_home: Home) -> None:
    empty_home.receivables([invoice("I1")], [payment("T1", "I9", "30")])
    assert empty_home.as_of() == (amounts(I1=100), amounts(C1=70))


def test_an_invoice_counts_from_its_issue_date_on(empty_home: Home) -> None:
    empty_home.receivables([invoice("I1", issue_date="2026-03-18"), invoice("I2", issue_date="2026-03-19")], [])
    assert empty_home.as_of()[0] == amounts(I1=100)


def test_currencies_are_accounts_of_their_own(empty_home: Home) -> None:
    empty_home.receivables([invoice("I1"), invoice("I2", currency="EUR")], [payment("T1", None, "30", currency="EUR")])
    rows = {row["currency"]: row["balance"] for row in empty_home.plan()["account_aging"]}
    assert rows == amounts(GBP=100, EUR=70)


def test_a_payment_belongs_to_the_customer_of_its_invoice(empty_home: Home) -> None:
    empty_home.receivables([invoice("I1"), invoice("I2", "C2")], [payment("T1", "I2", "40", customer_number="C1")])
    assert empty_home.as_of()[1] == amounts(C1=100, C2=60)


INSTALMENTS = [
    invoice("I1", instalment=1, due_date="2026-03-20"),
    invoice("I1", instalment=2, due_date="2026-03-01"),
    invoice("I1", instalment=3, due_date=None),
]


SHARED: list[tuple[list[Record], dict[str, int], int]] = [
    ([], {"I1#1": 100, "I1#2": 100, "I1#3": 100}, 300),
    ([payment("T1", "I1", "130")], {"I1#1": 70, "I1#3": 100}, 170),
    ([payment("T1", "I1", "30", instalment=3)], {"I1#1": 100, "I1#2": 100, "I1#3": 70}, 270),
    ([payment("T1", "I1", "100", instalment=2), payment("T2", "I1", "20")], {"I1#1": 80, "I1#3": 100}, 180),
    # an instalment that is not there: a credit of the account
    ([payment("T1", "I1", "30", instalment=9)], {"I1#1": 100, "I1#2": 100, "I1#3": 100}, 270),
    ([payment("T1", "I1", "350")], {}, -50),
    ([payment("T1", "I1", "120", instalment=1)], {"I1#2": 100, "I1#3": 100}, 180),
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """What is open and owed in each case of SHARED."""
    return as_of_cases(tmp_path_factory, [(INSTALMENTS, transactions) for transactions, *_ in SHARED])


@pytest.mark.parametrize(("case", "items", "balance"), [(case, *found) for case, (_, *found) in enumerate(SHARED)])
def test_a_payment_goes_to_its_instalment_else_to_the_oldest_due_first(
    shared: Found, case: int, items: dict[str, int], balance: int
) -> None:
    assert shared[case] == ({name: Decimal(amount) for name, amount in items.items()}, balance)


def test_instalments_are_open_from_their_issue_date_on(empty_home: Home) -> None:
    empty_home.receivables(INSTALMENTS, [payment("T1", "I1", "130")])
    assert empty_home.as_of(date(2026, 1, 31)) == ({}, {})
    assert empty_home.as_of(date(2026, 2, 1)) == (amounts(**{"I1#1": 100, "I1#2": 100, "I1#3": 100}), amounts(C1=300))
    assert empty_home.as_of(date(2026, 3, 10)) == (amounts(**{"I1#1": 70, "I1#3": 100}), amounts(C1=170))


# --- without transactions -----------------------------------------------------------------------------------------


STATED: list[tuple[dict[str, Any], str | None]] = [
    ({}, "100"),
    ({"paid_on": "2026-03-18"}, None),
    ({"paid_on": "2026-03-19"}, "100"),
    ({"paid_on": "2026-03-19", "balance": "0.00", "status": "paid"}, "100"),
    ({"paid_on": "2026-03-18", "balance": "100.00", "status": "open"}, None),
    ({"balance": "40.00"}, "40"),
    ({"balance": "40.00", "status": "paid"}, "40"),
    ({"balance": "0.00", "status": "open"}, None),
    ({"status": "paid"}, None),
    ({"status": "draft"}, None),
    ({"status": "void"}, None),
    ({"status": "draft", "balance": "100.00"}, None),
]


@pytest.fixture(scope="module")
def stated(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """What is open and owed in each case of STATED."""
    return as_of_cases(tmp_path_factory, [([invoice("I1", **fields)], None) for fields, _ in STATED])


@pytest.mark.parametrize(("case", "open_amount"), [(case, amount) for case, (_, amount) in enumerate(STATED)])
def test_without_transactions_paid_on_counts_else_balance_else_status(
    stated: Found, case: int, open_amount: str | None
) -> None:
    expected = None if open_amount is None else Decimal(open_amount)
    assert stated[case] == ({} if expected is None else {"I1": expected}, expected)


def test_a_negative_balance_of_an_invoice_is_a_credit_of_the_account(empty_home: Home) -> None:
    empty_home.receivables([invoice("I1"), invoice("I2", balance="-20.00")])
    assert empty_home.as_of() == (amounts(I1=100), amounts(C1=80))


# --- aging --------------------------------------------------------------------------------------------------------


def test_the_buckets_take_what_is_open_by_days_past_due(empty_home: Home) -> None:
    due = {"A": None, "B": "2026-03-19", "C": "2026-03-18", "D": "2026-03-17", "E": "2026-02-16", "F": "2026-02-15",
           "G": "2026-01-17", "H": "2026-01-16", "I": "2025-12-18", "J": "2025-12-17"}  # fmt: skip
    empty_home.receivables(
        [
            invoice(name, due_date=day, issue_date="2025-12-01", amount=2**n)
            for n, (name, day) in enumerate(due.items())
        ],
        [payment("T1", None, "1.50")],
    )
    planned = empty_home.plan()
    assert {row["invoice_number"]: (row["days_past_due"], row["bucket"]) for row in planned["open_items"]} == {
        "A": (None, "current"), "B": (-1, "current"), "C": (0, "current"), "D": (1, "1-30"), "E": (30, "1-30"),
        "F": (31, "31-60"), "G": (60, "31-60"), "H": (61, "61-90"), "I": (90, "61-90"), "J": (91, "90+"),
    }  # fmt: skip
    [account] = planned["account_aging"]
    assert [account[name] for name in ("current_amount", "days_1_30", "days_31_60", "days_61_90", "days_over_90")] == [
        1 + 2 + 4, 8 + 16, 32 + 64, 128 + 256, 512,
    ]  # fmt: skip
    assert (account["open_amount"], account["unapplied_credit"], account["balance"]) == (
        1023, Decimal("1.50"), Decimal("1021.50"),
    )  # fmt: skip
    assert (account["open_item_count"], account["account_age_days"], account["past_due_age_days"]) == (10, 107, 91)
    assert (account["oldest_issue_date"], account["oldest_due_date"]) == (date(2025, 12, 1), date(2025, 12, 17))


def test_an_account_that_owes_nothing_and_has_nothing_is_not_aged(empty_home: Home) -> None:
    empty_home.receivables([invoice("I1"), invoice("I2", "C2")], [payment("T1", "I1")])
    assert [row["customer_number"] for row in empty_home.plan()["account_aging"]] == ["C2"]


def test_an_account_whose_credits_equal_what_is_open_is_aged_with_a_balance_of_zero(empty_home: Home) -> None:
    empty_home.receivables([invoice("I1")], [payment("T1", None, "100")])
    [account] = empty_home.plan()["account_aging"]
    assert (account["open_amount"], account["balance"]) == (100, 0)


# --- reconciliation -----------------------------------------------------------------------------------------------


@contextmanager
def computed(home: Home) -> Iterator[tuple[DuckDBEngine, DayPlanner]]:
    """The receivables of the day, still in the engine."""
    with DuckDBEngine(threads=1) as engine:
        planner = DayPlanner(engine, home.opened)
        planner.use_extract_of(DAY)
        planner.use_progress(Progress())
        planner.compute_receivables([DAY])
        yield engine, planner


def differences(planner: DayPlanner) -> dict[str, tuple[Decimal, Decimal, Decimal]]:
    """What does not agree, by currency."""
    rows = planner.check("checks/reconciliation")
    names = ("balance_difference", "bucket_difference", "credit_difference")
    return {row["currency"]: tuple(row[name] for name in names) for row in rows if any(row[name] for name in names)}  # type: ignore[misc]


@pytest.fixture
def varied_home(empty_home: Home) -> Home:
    """Two currencies, credits, overpayments, instalments, a draft, a reversal."""
    empty_home.receivables(
        [
            invoice("I1"), invoice("I2", "C2", currency="EUR"),
            *(dict(row, invoice_number="I3") for row in INSTALMENTS),
            invoice("I4", status="draft"), invoice("I5", "C2"), invoice("I6", "C2", issue_date="2026-03-19"),
        ],
        [
            payment("T1", "I1", "150"), payment("T2", None, "20"), payment("T3", "I4", "7"), payment("T4", "I3", "130"),
            payment("T5", "I2", "10", currency="EUR", customer_number="C2"),
            payment("T6", "I5", "1", date="2026-03-19"),
            payment("T7", "I1", "150", type="reversal"),
        ],
    )  # fmt: skip
    return empty_home


@pytest.mark.parametrize("has_transactions", [True, False])
def test_a_day_agrees_with_its_extract_to_the_cent(varied_home: Home, has_transactions: bool) -> None:
    if not has_transactions:
        (varied_home.root / f"extracts/{DAY}/transactions.csv").unlink()
    with computed(varied_home) as (_, planner):
        assert {row["currency"] for row in planner.check("checks/reconciliation")} == {"EUR", "GBP"}
        assert differences(planner) == {}


OF_EUROS = "account_key in (select account_key from accounts where currency = 'EUR')"


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        (f"update day_aging set balance = balance + 0.01 where {OF_EUROS}", 0),
        (f"update day_aging set days_1_30 = days_1_30 + 0.01 where {OF_EUROS}", 1),
        (f"update day_items set open_amount = open_amount - 0.01 where {OF_EUROS}", 1),
        (f"update day_aging set unapplied_credit = unapplied_credit + 0.01 where {OF_EUROS}", 2),
        (f"delete from day_aging where {OF_EUROS}", 0),
        (f"delete from day_items where {OF_EUROS}", 1),
    ],
)
def test_a_cent_too_much_is_found_in_its_currency(varied_home: Home, statement: str, place: int) -> None:
    with computed(varied_home) as (engine, planner):
        engine.connection.execute(statement)
        found = differences(planner)
        assert list(found) == ["EUR"]
        assert found["EUR"][place] != 0


def test_an_account_in_a_currency_that_the_extract_does_not_have_is_found(varied_home: Home) -> None:
    with computed(varied_home) as (engine, planner):
        engine.connection.execute("create table found as from account_aging")
        engine.connection.execute(
            "insert into found select * replace ('USD' as currency) from found where currency = 'EUR'"
        )
        engine.connection.execute("create or replace view account_aging as from found")
        assert list(differences(planner)) == ["USD"]


def test_an_account_without_a_verdict_is_found(small_home: Home) -> None:
    with DuckDBEngine(threads=1) as engine:
        planner = DayPlanner(engine, small_home.opened)
        planner.use_extract_of(DAY)
        planner.use_progress(Progress())
        planner.plan([DAY])
        assert planner.check("checks/lost_accounts") == []
        engine.connection.execute("delete from step_verdicts")
        assert planner.check("checks/lost_accounts") == [{"day": DAY, "customer_number": "C1", "currency": "GBP"}]


def test_who_owes_and_is_in_no_cadence_has_a_verdict_too(empty_home: Home) -> None:
    empty_home.cadence(assign=None)
    empty_home.receivables([invoice("I1")])
    [decision] = empty_home.plan()["step_decisions"]
    assert (decision["customer_number"], decision["verdict"]) == ("C1", "not_enrolled")


def test_a_customer_who_is_never_chased_is_seen_and_not_contacted(empty_home: Home) -> None:
    empty_home.receivables([invoice("I1")])
    empty_home.table("customers", [customer("C1", chase="false")])
    planned = empty_home.plan()
    assert [row["not_chaseable_because"] for row in planned["open_items"]] == ["do_not_chase"]
    assert [row["verdict"] for row in planned["step_decisions"]] == ["do_not_chase"]
    assert planned["action_table"] == []
