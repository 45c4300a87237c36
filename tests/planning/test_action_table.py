"""The columns of an action: which items it lists, their amounts and ages, whose template it takes."""

from datetime import date
from decimal import Decimal
from typing import Any

from .conftest import DAY, Home, Record, invoice

LETTER = {"step": "letter", "clock": "account_age", "day": 1, "channel": "escalate"}


def action(home: Home, **fields: Any) -> Record:
    """The one action of the day, with these fields of the cadence."""
    home.cadence(**{"steps": [LETTER], **fields})
    [row] = home.plan()["action_table"]
    return row


def test_what_falls_due_on_the_day_is_not_past_due_yet(empty_home: Home) -> None:
    empty_home.receivables([invoice("I1", due_date=DAY, amount="20"), invoice("I2", due_date="2026-03-17")])
    found = action(empty_home)
    assert (found["amount_past_due"], found["balance"]) == (100, 120)


def test_a_message_about_what_is_overdue_does_not_list_what_falls_due_on_the_day(empty_home: Home) -> None:
    empty_home.receivables([invoice("I1", due_date=DAY), invoice("I2", due_date="2026-03-17")])
    assert action(empty_home, invoices="overdue")["invoice_numbers"] == ["I2"]


def test_items_are_listed_by_issue_date_then_due_date_with_none_last(empty_home: Home) -> None:
    empty_home.receivables(
        [
            invoice("I1", due_date=None),
            invoice("I2", due_date="2026-03-02"),
            invoice("I3", due_date="2026-03-01"),
            invoice("I4", issue_date="2026-01-31", due_date="2026-04-01"),
        ]
    )
    found = action(empty_home)
    assert (found["invoice_numbers"], found["invoice_count"]) == (["I4", "I3", "I2", "I1"], 4)


def test_an_item_as_large_as_the_minimum_is_listed_and_a_smaller_one_is_not(empty_home: Home) -> None:
    empty_home.receivables([invoice("I1"), invoice("I2", amount="50"), invoice("I3", amount="49.99")])
    found = action(empty_home, min_open={"default": 50})
    assert (found["invoice_numbers"], found["balance"]) == (["I1", "I2"], 150)


def test_ages_are_those_of_the_oldest_dates_of_what_is_listed_or_not(empty_home: Home) -> None:
    empty_home.receivables(
        [
            invoice("I1", issue_date="2026-03-01", due_date="2026-03-10"),
            invoice("I2", issue_date="2026-02-01", due_date="2026-03-20"),
        ]
    )
    found = action(empty_home, invoices="overdue")
    assert (found["invoice_numbers"], found["account_age_days"], found["past_due_age_days"]) == (["I1"], 45, 8)


def test_the_template_for_several_is_for_several(empty_home: Home) -> None:
    step = {**LETTER, "channel": "letter", "template": "one", "multi_template": "many"}
    empty_home.receivables([invoice("I1")])
    assert action(empty_home, steps=[step])["template"] == "one"
    empty_home.receivables([invoice("I1"), invoice("I2")])
    assert action(empty_home, steps=[step])["template"] == "many"
    assert action(empty_home, steps=[{**step, "multi_template": None}])["template"] == "one"


def test_the_most_advanced_step_of_a_message_leads_it(empty_home: Home) -> None:
    steps = [
        {**LETTER, "step": "early", "clock": "past_due_age", "day": 1, "channel": "letter", "template": "soft"},
        {**LETTER, "step": "late", "clock": "past_due_age", "day": 10, "channel": "email", "template": "firm"},
    ]
    empty_home.receivables([invoice("I1", due_date="2026-03-16"), invoice("I2", due_date="2026-03-04")])
    found = action(empty_home, scope="invoice", group_by="phase", steps=steps)
    assert (found["step"], found["step_number"], found["channel"], found["template"]) == ("late", 2, "email", "firm")
    assert (found["step_due_date"], found["balance"]) == (date(2026, 3, 14), Decimal(200))
