"""Replaying days: what would happen, and nothing in the home is touched."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from chasing_pipeline.planning.simulation import COST_COLUMNS, SIMULATED_COLUMNS, UNIT_COLUMNS, simulate

from .conftest import REMINDER, Home, customer, invoice, payment

STEPS = [
    REMINDER,
    {**REMINDER, "step": "second", "day": 10, "channel": "phone_call"},
    {**REMINDER, "step": "third", "day": 20},
]
Snapshot = Callable[[Path], dict[str, tuple[bytes, int]]]


def days_of(rows: list[dict[str, object]]) -> list[tuple[int, object]]:
    """(day of March, step) of each action."""
    return [(row["action_date"].day, row["step"]) for row in rows]  # type: ignore[attr-defined]


def test_each_step_is_done_once_on_its_day_and_nothing_is_touched(empty_home: Home, snapshot: Snapshot) -> None:
    empty_home.cadence(steps=[REMINDER, {**REMINDER, "step": "second", "day": 6, "channel": "phone_call"}])
    empty_home.receivables([invoice("I1"), invoice("I2")], [payment("T1", "I2", "40", date="2026-03-06")])
    empty_home.table("contacts", [{"customer_number": "C1", "phone": "+442079460018"}])
    before = snapshot(empty_home.root)
    rows = list(simulate(empty_home.opened, date(2026, 3, 3), date(2026, 3, 8)))
    assert [tuple(row) for row in rows] == [(*SIMULATED_COLUMNS, *COST_COLUMNS, *UNIT_COLUMNS)] * 2
    assert days_of(rows) == [(4, "reminder"), (7, "second")]
    assert rows[1] == {
        "action_date": date(2026, 3, 7), "customer_number": "C1", "currency": "GBP", "cadence": "standard",
        "step": "second", "channel": "phone_call", "invoice_numbers": "I1;I2", "balance": Decimal("160.00"),
        "estimated_cost": None, "cost_currency": None,
        "status": "todo", "unit_steps": [{"invoice_reference": "", "step": "second"}],
    }  # fmt: skip
    assert snapshot(empty_home.root) == before


def test_of_the_days_only_those_named_run(empty_home: Home) -> None:
    empty_home.cadence(steps=STEPS)
    empty_home.receivables([invoice("I1")])
    empty_home.table("contacts", [{"customer_number": "C1", "phone": "+442079460018"}])
    only = frozenset([date(2026, 3, 6), date(2026, 3, 22), date(2026, 3, 30)])
    rows = list(simulate(empty_home.opened, date(2026, 3, 1), date(2026, 3, 23), only))
    assert days_of(rows) == [(6, "reminder"), (22, "third")]


def test_who_can_t_be_reached_is_not_printed_and_counts_as_done(empty_home: Home) -> None:
    empty_home.cadence(steps=STEPS)
    empty_home.receivables([invoice("I1")])
    only = frozenset([date(2026, 3, 11), date(2026, 3, 12), date(2026, 3, 21)])
    rows = list(simulate(empty_home.opened, date(2026, 3, 11), date(2026, 3, 21), only))
    assert days_of(rows) == [(21, "third")]


def test_each_day_reads_the_extract_that_serves_it(empty_home: Home) -> None:
    empty_home.table("customers", [customer("C1")], date(2026, 3, 4))
    empty_home.table("invoices", [invoice("I1", balance="100.00")], date(2026, 3, 4))
    empty_home.table("customers", [customer("C1")], date(2026, 3, 6))
    empty_home.table("invoices", [invoice("I1", balance="60.00")], date(2026, 3, 6))
    [before] = simulate(empty_home.opened, date(2026, 3, 4), date(2026, 3, 4))
    [after] = simulate(empty_home.opened, date(2026, 3, 5), date(2026, 3, 5))
    assert (before["balance"], after["balance"]) == (100, 60)


def test_of_the_customers_only_the_one_that_is_named_is_told(empty_home: Home) -> None:
    empty_home.receivables([invoice("I1"), invoice("I2", "C2")])
    rows = list(simulate(empty_home.opened, date(2026, 3, 4), date(2026, 3, 5), customer_number="C2"))
    assert [(row["action_date"].day, row["customer_number"]) for row in rows] == [(4, "C2")]


def test_actions_come_by_day_customer_currency_and_step(empty_home: Home) -> None:
    empty_home.receivables(
        [invoice("I3", "C2"), invoice("I1"), invoice("I2", currency="EUR"), invoice("I4", "C0", due_date="2026-03-02")]
    )
    rows = list(simulate(empty_home.opened, date(2026, 3, 4), date(2026, 3, 5)))
    assert [(row["action_date"].day, row["customer_number"], row["currency"]) for row in rows] == [
        (4, "C1", "EUR"),
        (4, "C1", "GBP"),
        (4, "C2", "GBP"),
        (5, "C0", "GBP"),
    ]


def test_progress_moves_while_the_days_are_planned_together(empty_home: Home) -> None:
    empty_home.cadence(steps=STEPS)
    empty_home.receivables([invoice("I1"), invoice("I2", "C2", due_date="2026-04-30")])
    empty_home.table("customers", [customer("C1"), customer("C2")], date(2026, 3, 4))
    empty_home.table("invoices", [invoice("I1")], date(2026, 3, 4))
    told: list[float] = []
    list(simulate(empty_home.opened, date(2026, 3, 1), date(2026, 3, 30), on_progress=told.append))
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0, 1)
    # more often than once for each of the two extracts
    assert len({share for share in told if 0 < share < 1}) > 2


def test_there_are_as_many_rounds_as_things_happen_whatever_the_days(empty_home: Home) -> None:
    # the first step is missed on the first day, and nothing else ever happens: the balance is too small
    empty_home.cadence(steps=[{**REMINDER, "step": "before", "day": -3}, REMINDER], min_balance={"default": 1000})
    empty_home.receivables([invoice("I1")])
    told: list[float] = []
    rows = list(simulate(empty_home.opened, date(2026, 3, 11), date(2026, 4, 30), on_progress=told.append))
    assert rows == []
    assert len(told) <= 3


@pytest.mark.parametrize("approve", ["first_run", "always"])
def test_what_is_held_for_approval_is_simulated_as_if_released(empty_home: Home, approve: str) -> None:
    steps = [{**REMINDER, "day": day, "step": f"s{day}", "channel": "phone_call"} for day in (3, 10, 20)]
    empty_home.receivables([invoice("I1"), invoice("I2", "C2", due_date="2026-03-10")])
    empty_home.table("contacts", [{"customer_number": name, "phone": "+442079460100"} for name in ("C1", "C2")])

    def found(**fields: str) -> list[list[object]]:
        empty_home.cadence(steps=steps, **fields)
        rows = simulate(empty_home.opened, date(2026, 3, 4), date(2026, 4, 30))
        return [[row[name] for name in SIMULATED_COLUMNS] for row in rows]

    without = found()
    assert len(without) > 4
    assert found(approve=approve) == without
