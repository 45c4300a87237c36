"""Two simulations beside each other: counts, costs, and who is chased differently."""

from datetime import date
from decimal import Decimal
from typing import Any

from chasing_pipeline.planning.comparison import Contact, Cost, Differing, MessageCount, compare, iso_week


def action(customer: str = "C1", day: int = 18, cost: str | None = None, **fields: Any) -> dict[str, Any]:
    """An action of March 2026 as a simulation yields it."""
    return {
        "action_date": date(2026, 3, day),
        "customer_number": customer,
        "currency": "GBP",
        "cadence": "standard",
        "step": "reminder",
        "channel": "email",
        "invoice_numbers": "I1",
        "balance": Decimal("100.00"),
        "estimated_cost": cost and Decimal(cost),
        "cost_currency": cost and "GBP",
        **fields,
    }


def test_messages_are_counted_by_iso_week_and_channel() -> None:
    now = [action(day=20), action("C2", day=22), action(day=23), action(day=23, channel="sms")]
    against = [action(day=22), action(day=23, channel="letter")]
    assert compare(now, against).messages == [
        MessageCount("2026-W12", "email", 2, 1, -1),
        MessageCount("2026-W13", "email", 1, 0, -1),
        MessageCount("2026-W13", "letter", 0, 1, 1),
        MessageCount("2026-W13", "sms", 1, 0, -1),
    ]


def test_the_days_around_new_year_belong_to_their_iso_week() -> None:
    assert [iso_week(day) for day in (date(2026, 12, 31), date(2027, 1, 3), date(2027, 1, 4))] == [
        "2026-W53",
        "2026-W53",
        "2027-W01",
    ]


def test_costs_add_up_by_currency_to_the_last_decimal_and_leave_out_what_has_no_price() -> None:
    now = [action(cost="0.0004"), action("C2", cost="1.10"), action("C3")]
    against = [action(cost="0.0004"), action("C2", cost="2.20", cost_currency="EUR"), action("C3"), action("C4")]
    found = compare(now, against)
    assert found.costs == [
        Cost("EUR", Decimal(0), Decimal("2.20"), Decimal("2.20")),
        Cost("GBP", Decimal("1.1004"), Decimal("0.0004"), Decimal("-1.10")),
    ]
    assert (found.without_price_now, found.without_price_against) == (1, 2)


def test_customers_differ_whose_days_currencies_steps_or_channels_differ() -> None:
    now = [action("C1"), action("C2"), action("C3"), action("C4"), action("C5"), action("C5", day=20), action("C6")]
    against = [
        action("C1", day=19),
        action("C2", channel="sms"),
        action("C3", step="other"),
        action("C4", currency="EUR"),
        action("C5"),
        # neither the amount nor the invoices nor the cadence's name are something that the customer is told otherwise
        action("C6", balance=Decimal(1), invoice_numbers="I9", cadence="other"),
    ]
    found = compare(now, against)
    assert [customer.customer_number for customer in found.differing] == ["C1", "C2", "C3", "C4", "C5"]
    same = Contact(date(2026, 3, 18), "GBP", "reminder", "email")
    assert found.differing[0] == Differing("C1", (same,), (Contact(date(2026, 3, 19), "GBP", "reminder", "email"),))
    assert found.differing[4] == Differing("C5", (Contact(date(2026, 3, 20), "GBP", "reminder", "email"),), ())
    assert (found.customers_only_now, found.customers_only_against) == ([], [])


def test_customers_of_one_simulation_alone_are_named() -> None:
    found = compare([action("C1"), action("C2")], [action("C2"), action("C4"), action("C3")])
    assert (found.customers_now, found.customers_against) == (2, 3)
    assert (found.customers_only_now, found.customers_only_against) == (["C1"], ["C3", "C4"])
    assert [customer.customer_number for customer in found.differing] == ["C1", "C3", "C4"]


def test_the_same_simulation_twice_has_no_difference() -> None:
    rows = [action("C1", cost="0.5"), action("C2")]
    found = compare(rows, list(rows))
    assert found.differing == []
    assert {count.difference for count in found.messages} == {0}
    assert {cost.difference for cost in found.costs} == {0}
    assert compare([], []).messages == []
