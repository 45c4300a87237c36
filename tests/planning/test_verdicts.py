"""What is said of steps that don't act: the verdict that a controller reads."""

from datetime import date
from typing import Any

import pytest

from .conftest import REMINDER, Home, invoice

BEFORE = {**REMINDER, "step": "due-soon", "day": -3}
LATER = {**REMINDER, "step": "later", "day": 60}


def verdicts(home: Home, day: date = date(2026, 3, 18)) -> dict[str, Any]:
    """By step, the verdict of a day."""
    return {row["step"]: row["verdict"] for row in home.plan(day)["step_decisions"]}


@pytest.mark.parametrize("scope", ["account", "invoice"])
@pytest.mark.parametrize(
    ("held_from", "due_soon"),
    [
        ("2026-03-12", "missed"),
        ("2026-03-11", "paused"),
        ("2026-03-01", "paused"),
    ],
)
def test_a_step_before_the_due_date_is_missed_also_while_a_hold_hides_that_it_passed(
    empty_home: Home, scope: str, held_from: str, due_soon: str
) -> None:
    empty_home.cadence(scope=scope, steps=[BEFORE, LATER])
    empty_home.receivables([invoice("I1", due_date="2026-03-10")])
    empty_home.write(
        "holds.csv", f"customer_number,invoice_number,kind,from,until,note\nC1,,pause,{held_from},2026-03-22,\n"
    )
    assert verdicts(empty_home) == {"due-soon": due_soon, "later": "paused"}


def test_what_holds_a_unit_holds_all_its_due_steps(empty_home: Home) -> None:
    second = {**REMINDER, "step": "second", "day": 5}
    empty_home.cadence(steps=[REMINDER, second, LATER], late_entry="in_order", min_balance={"default": 500})
    empty_home.receivables([invoice("I1", due_date="2026-03-01")])
    assert verdicts(empty_home) == {"reminder": "below_minimum", "second": "below_minimum", "later": "not_due"}
