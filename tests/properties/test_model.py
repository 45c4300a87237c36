"""The model does what section 4 of the contract says: small scenarios, worked out by hand.

Unless a test says otherwise customer C1 has one invoice I1 of GBP 100.00, issued on Friday 1 March 2024 and due on
Monday 11 March, and is enrolled in a cadence that runs every day from 1 to 31 March.
"""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from chasing_pipeline.domain.cadence import Cadence
from chasing_pipeline.domain.settings import Settings
from chasing_pipeline.domain.yaml_files import read_yaml, validate

from .homes import CONTESTED, ChasingHome, Record, homes, write_home
from .model import Row, simulate

Chase = Callable[..., list[Row]]


def day(text: str) -> date:
    """A day of 2024 written ``MM-DD``."""
    return date.fromisoformat(f"2024-{text}")


def step(name: str, clock: str, at: int, channel: str = "email", **more: Any) -> Record:
    """A step; ``account``, ``due`` and ``previous`` stand for the clocks."""
    clocks = {"account": "account_age", "due": "past_due_age", "previous": "since_previous_step"}
    template = {} if channel in ("escalate", "phone_call") else {"template": "t"}
    return {"step": name, "clock": clocks[clock], "day": at, "channel": channel, **template, **more}


def invoice(
    number: str = "I1", issued: str = "03-01", due: str | None = "03-11", amount: str = "100.00", **more: Any
) -> Record:
    """An invoice of customer C1 in GBP."""
    return {
        "invoice_number": number,
        "customer_number": "C1",
        "issue_date": day(issued),
        "due_date": due and day(due),
        "currency": "GBP",
        "amount": amount,
        **more,
    }


def paid(on: str, number: str | None = "I1", amount: str = "100.00", kind: str = "payment", **more: Any) -> Record:
    """A transaction of customer C1 in GBP."""
    return {
        "customer_number": "C1",
        "invoice_number": number,
        "date": day(on),
        "currency": "GBP",
        "amount": amount,
        "type": kind,
        **more,
    }


def customer(number: str = "C1", **more: Any) -> Record:
    """A customer in Great Britain who can be reached on every channel."""
    return {"customer_number": number, "name": number, "address1": "1 High Street", "country": "GB", **more}


def contact(number: str = "C1", **more: Any) -> Record:
    """A contact who can be reached on every channel."""
    everything = {"email": "a@example.com", "mobile": "+447400123456", "phone": "+442079460123"}
    return {"customer_number": number, "name": "Ann", **everything, **more}


def numbered(transactions: Sequence[Record] | None) -> dict[str, list[Record]]:
    """The transactions table, absent where there is None."""
    if transactions is None:
        return {}
    return {"transactions": [{"transaction_id": f"T{n}", **row} for n, row in enumerate(transactions)]}


@pytest.fixture
def chase(tmp_path: Path) -> Chase:
    """Simulate a home made from what is given and defaults, and return the rows."""

    def run(
        *steps: Record,
        invoices: list[Record] | None = None,
        payments: Sequence[Record] | None = (),
        customers: list[Record] | None = None,
        contacts: list[Record] | None = None,
        more_cadences: list[Record] | None = None,
        enrolments: list[Record] | None = None,
        holds: list[Record] | None = None,
        extracts: dict[str, dict[str, list[Record]]] | None = None,
        first: str = "03-01",
        last: str = "03-31",
        only_days: set[date] | None = None,
        **fields: Any,
    ) -> list[Row]:
        if "lists" in fields:
            fields["invoices"] = fields.pop("lists")
        cadence = {"cadence": "main", "assign": {}, **fields, "steps": list(steps)}
        if cadence["assign"] is None:
            del cadence["assign"]
        common = {"customers": customers or [customer()], "contacts": [contact()] if contacts is None else contacts}
        tables = {"invoices": invoices or [invoice()], **numbered(payments)}
        all_extracts = extracts or {"12-31": tables}
        home = ChasingHome(
            cadences=[cadence, *(more_cadences or [])],
            extracts={day(name): {**common, **extract} for name, extract in all_extracts.items()},
            enrolments=enrolments or [],
            holds=holds or [],
        )
        return simulate(write_home(home, tmp_path / "home"), day(first), day(last), only_days)

    return run


def shown(rows: list[Row]) -> list[str]:
    """Rows as ``MM-DD step``."""
    return [f"{row.action_date:%m-%d} {row.step}" for row in rows]


def listed(rows: list[Row]) -> list[str]:
    """Rows as ``MM-DD step invoices balance``."""
    return [f"{row.action_date:%m-%d} {row.step} {'+'.join(sorted(row.invoice_numbers))} {row.balance}" for row in rows]


# Clocks and coming due


def test_a_step_is_due_on_the_very_day_its_age_is_reached(chase: Chase) -> None:
    assert listed(chase(step("a", "account", 3))) == ["03-04 a I1 100.00"]


def test_past_due_age_counts_from_the_due_date_forwards_and_backwards(chase: Chase) -> None:
    assert shown(chase(step("a", "due", -3), step("b", "due", 0), step("c", "due", 3))) == [
        "03-08 a",
        "03-11 b",
        "03-14 c",
    ]


def test_a_unit_without_due_dates_never_reaches_a_past_due_step(chase: Chase) -> None:
    assert shown(chase(step("a", "due", 0), invoices=[invoice(due=None)])) == []


def test_the_oldest_chaseable_item_gives_the_age(chase: Chase) -> None:
    rows = chase(
        step("a", "account", 10),
        invoices=[invoice("I1", "03-01", amount="60.00"), invoice("I2", "03-05")],
        holds=[{"customer_number": "C1", "invoice_number": "I1"}],
    )
    assert listed(rows) == ["03-15 a I2 100.00"]


def test_what_comes_due_between_run_days_waits_for_the_next(chase: Chase) -> None:
    assert shown(chase(step("a", "account", 0), run={"weekdays": ["mon"]})) == ["03-04 a"]


def test_business_days_count_monday_to_friday_from_the_anchor(chase: Chase) -> None:
    rows = chase(step("a", "account", 1, days="business"), step("b", "due", -1, days="business"))
    assert shown(rows) == ["03-04 a", "03-08 b"]


def test_business_day_zero_is_the_anchor_itself_even_on_a_weekend(chase: Chase) -> None:
    assert shown(chase(step("a", "account", 0, days="business"), invoices=[invoice(issued="03-02")])) == ["03-02 a"]


def test_business_days_leave_out_holidays_where_the_cadence_skips_them(chase: Chase) -> None:
    """Friday 29 March 2024 is Good Friday; Easter Monday is no holiday of the whole United Kingdom."""
    a = step("a", "account", 1, days="business")
    invoices = [invoice(issued="03-28", due=None)]
    assert shown(chase(a, invoices=invoices, last="04-05")) == ["03-29 a"]
    assert shown(chase(a, invoices=invoices, last="04-05", run={"skip_holidays": True})) == ["04-01 a"]


def test_a_step_rounded_to_the_end_of_the_month_comes_due_there(chase: Chase) -> None:
    rows = chase(step("a", "account", 3, round="end_of_month"), invoices=[invoice(issued="02-10")], first="02-10")
    assert shown(rows) == ["02-29 a"]


def test_a_before_due_step_is_missed_once_the_due_date_has_passed(chase: Chase) -> None:
    assert shown(chase(step("a", "due", -3), first="03-11")) == ["03-11 a"]
    assert shown(chase(step("a", "due", -3), first="03-12")) == []


def test_a_before_due_step_is_missed_also_if_the_due_date_passed_on_a_day_without_a_run(chase: Chase) -> None:
    """I1 falls due on Wednesday 6 March and is paid on Friday; the cadence first runs on Monday the 11th."""
    rows = chase(
        step("a", "due", -3),
        invoices=[invoice("I1", due="03-06"), invoice("I2", due="03-20")],
        payments=[paid("03-08", "I1")],
        first="03-09",
        run={"weekdays": ["mon"]},
    )
    assert shown(rows) == []


def test_min_past_due_keeps_one_step_waiting_while_others_go_on(chase: Chase) -> None:
    rows = chase(
        step("a", "account", 0, min_past_due={"GBP": 200}),
        step("b", "account", 5),
        step("c", "due", 1, min_past_due={"GBP": 100}),
        step("d", "due", 3, min_past_due={"USD": 900}),
    )
    assert shown(rows) == ["03-06 b", "03-12 c", "03-14 d"]


def test_since_previous_step_counts_from_the_day_the_last_rung_was_carried_out(chase: Chase) -> None:
    rows = chase(step("a", "account", 0), step("b", "previous", 7), step("c", "previous", 7), run={"weekdays": ["mon"]})
    assert shown(rows) == ["03-04 a", "03-11 b", "03-18 c"]


def test_since_previous_step_waits_for_a_rung_in_between_that_can_still_act(chase: Chase) -> None:
    rows = chase(step("a", "account", 0), step("b", "account", 10), step("c", "previous", 2))
    assert shown(rows) == ["03-01 a", "03-11 b", "03-13 c"]


def test_since_previous_step_does_not_wait_for_a_missed_rung(chase: Chase) -> None:
    """The hold lasts until the due date has passed, so b is missed on 13 March; c counts from a."""
    rows = chase(
        step("a", "account", 0),
        step("b", "due", -3),
        step("c", "previous", 2),
        holds=[{"customer_number": "C1", "from": day("03-05"), "until": day("03-12")}],
    )
    assert shown(rows) == ["03-01 a", "03-13 c"]


# Which of the due steps


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("latest", ["03-20 c"]),
        ("in_order", ["03-20 a", "03-21 b", "03-22 c"]),
        ("all", ["03-20 a", "03-20 b", "03-20 c"]),
        ("skip", []),
    ],
)
def test_late_entry_and_catch_up_choose_among_the_pending_rungs(chase: Chase, rule: str, expected: list[str]) -> None:
    rows = chase(
        step("a", "account", 0),
        step("b", "account", 3),
        step("c", "account", 5),
        step("d", "account", 60),
        first="03-20",
        late_entry=rule,
        catch_up=rule,
    )
    assert shown(rows) == expected


def test_late_entry_decides_on_the_first_run_day_only(chase: Chase) -> None:
    rows = chase(
        step("a", "account", 0),
        step("b", "account", 3),
        step("c", "account", 5),
        first="03-20",
        late_entry="in_order",
        catch_up="latest",
    )
    assert shown(rows) == ["03-20 a", "03-21 c"]


def test_late_entry_has_had_its_day_even_if_the_unit_was_held_on_it(chase: Chase) -> None:
    rows = chase(
        step("a", "account", 0),
        step("b", "account", 3),
        first="03-20",
        late_entry="all",
        catch_up="latest",
        holds=[{"customer_number": "C1", "until": day("03-20")}],
    )
    assert shown(rows) == ["03-21 b"]


def test_skip_acts_on_what_came_due_after_the_previous_run_day(chase: Chase) -> None:
    """Between Monday 4 and Monday 11 March both b and c come due; a came due before."""
    rows = chase(
        step("a", "account", 1),
        step("b", "account", 5),
        step("c", "account", 7),
        step("d", "account", 40),
        run={"weekdays": ["mon"]},
        first="03-05",
        late_entry="skip",
        catch_up="skip",
    )
    assert shown(rows) == ["03-11 c"]


def test_skip_misses_what_a_hold_made_wait_past_a_run_day(chase: Chase) -> None:
    rows = chase(
        step("a", "account", 3),
        step("b", "account", 8),
        catch_up="skip",
        holds=[{"customer_number": "C1", "from": day("03-04"), "until": day("03-05")}],
    )
    assert shown(rows) == ["03-09 b"]


def test_the_previous_run_day_is_the_last_one_on_which_something_ran(chase: Chase) -> None:
    rows = chase(step("a", "account", 3), catch_up="skip", only_days={day("03-02"), day("03-08")})
    assert shown(rows) == ["03-08 a"]


def test_steps_of_one_age_form_a_rung_and_go_together(chase: Chase) -> None:
    rows = chase(
        step("a", "account", 0, "letter"), step("b", "account", 0), step("c", "previous", 0), catch_up="in_order"
    )
    assert shown(rows) == ["03-01 a", "03-01 b", "03-02 c"]


def test_superseded_steps_never_come_back_even_if_the_anchor_moves(chase: Chase) -> None:
    """b goes on 8 March and supersedes a; with I1 paid, a would come due again for I2."""
    rows = chase(
        step("a", "account", 5),
        step("b", "account", 7),
        invoices=[invoice("I1"), invoice("I2", "03-10")],
        payments=[paid("03-12", "I1")],
        first="03-08",
    )
    assert shown(rows) == ["03-08 b"]


def test_a_part_payment_changes_nothing_but_the_amounts(chase: Chase) -> None:
    rows = chase(step("a", "account", 0), step("b", "account", 5), payments=[paid("03-04", amount="40.00")])
    assert listed(rows) == ["03-01 a I1 100.00", "03-06 b I1 60.00"]


# Gaps


def test_a_rung_waits_for_the_gap_since_the_last_contact(chase: Chase) -> None:
    rows = chase(step("a", "account", 0), step("b", "account", 1), min_gap_days=3)
    assert shown(rows) == ["03-01 a", "03-04 b"]


def test_escalations_do_not_wait_and_are_no_contact(chase: Chase) -> None:
    rows = chase(step("a", "account", 0), step("b", "account", 1, "escalate"), step("c", "account", 3), min_gap_days=3)
    assert shown(rows) == ["03-01 a", "03-02 b", "03-04 c"]


def test_an_unreachable_action_is_no_contact_is_not_printed_and_counts_as_carried_out(chase: Chase) -> None:
    rows = chase(
        step("a", "account", 0, "sms"),
        step("b", "account", 1),
        min_gap_days=5,
        catch_up="in_order",
        contacts=[contact(mobile=None)],
    )
    assert shown(rows) == ["03-02 b"]


def test_with_all_the_second_rung_waits_and_catch_up_then_decides(chase: Chase) -> None:
    steps = [step("a", "account", 0), step("b", "account", 1), step("c", "account", 2)]
    rows = chase(*steps, first="03-20", late_entry="all", catch_up="latest", min_gap_days=2)
    assert shown(rows) == ["03-20 a", "03-22 c"]
    rows = chase(*steps, first="03-20", late_entry="all", catch_up="all", min_gap_days=2)
    assert shown(rows) == ["03-20 a", "03-22 b", "03-24 c"]


def test_the_gap_counts_from_a_contact_in_an_earlier_cycle(chase: Chase) -> None:
    rows = chase(
        step("a", "account", 0),
        invoices=[invoice("I1"), invoice("I2", "03-03")],
        payments=[paid("03-02", "I1")],
        min_gap_days=5,
    )
    assert shown(rows) == ["03-01 a", "03-06 a"]


# Repetitions


def test_repeat_every_carries_the_step_out_again_up_to_its_limit(chase: Chase) -> None:
    rows = chase(step("a", "account", 0, repeat_every=7, repeat_limit=2))
    assert shown(rows) == ["03-01 a", "03-08 a", "03-15 a"]


def test_a_later_rung_that_is_due_takes_precedence_over_a_repetition(chase: Chase) -> None:
    rows = chase(step("a", "account", 0, repeat_every=5), step("b", "account", 10))
    assert shown(rows) == ["03-01 a", "03-06 a", "03-11 b"]


def test_since_previous_step_counts_from_repetitions_as_well(chase: Chase) -> None:
    rows = chase(step("a", "account", 0, repeat_every=5, repeat_limit=1), step("b", "previous", 6))
    assert shown(rows) == ["03-01 a", "03-06 a", "03-12 b"]


def test_a_repetition_goes_out_also_if_the_age_has_fallen(chase: Chase) -> None:
    rows = chase(
        step("a", "account", 10, repeat_every=5, repeat_limit=1),
        invoices=[invoice("I1"), invoice("I2", "03-10")],
        payments=[paid("03-12", "I1")],
    )
    assert listed(rows) == ["03-11 a I1+I2 200.00", "03-16 a I2 100.00"]


# Cycles


def test_a_cycle_ends_with_the_balance_and_a_later_invoice_starts_anew(chase: Chase) -> None:
    rows = chase(
        step("a", "account", 0),
        step("b", "account", 10),
        invoices=[invoice("I1"), invoice("I2", "03-10")],
        payments=[paid("03-05", "I1")],
    )
    assert listed(rows) == ["03-01 a I1 100.00", "03-10 a I2 100.00", "03-20 b I2 100.00"]


def test_paid_and_invoiced_again_on_one_day_is_one_cycle(chase: Chase) -> None:
    rows = chase(
        step("a", "account", 0),
        step("b", "account", 3),
        invoices=[invoice("I1"), invoice("I2", "03-03")],
        payments=[paid("03-03", "I1")],
    )
    assert listed(rows) == ["03-01 a I1 100.00", "03-06 b I2 100.00"]


def test_a_new_invoice_within_a_cycle_does_not_restart_it(chase: Chase) -> None:
    assert shown(chase(step("a", "account", 0), invoices=[invoice("I1"), invoice("I2", "03-10")])) == ["03-01 a"]


@pytest.mark.parametrize("kind", ["payment", "credit_note", "write_off"])
def test_on_oldest_paid_restarts_when_the_oldest_is_settled_and_others_stay_open(chase: Chase, kind: str) -> None:
    invoices = [invoice("I1"), invoice("I2", "03-05")]
    steps = [step("a", "account", 0), step("b", "account", 6)]
    settled = [paid("03-08", "I1", kind=kind)]
    assert shown(chase(*steps, invoices=invoices, payments=settled)) == ["03-01 a", "03-07 b"]
    rows = chase(*steps, invoices=invoices, payments=settled, on_oldest_paid="restart")
    assert shown(rows) == ["03-01 a", "03-07 b", "03-08 a", "03-11 b"]


def test_settling_another_than_the_oldest_does_not_restart(chase: Chase) -> None:
    """Of two issued on one day, the one due first is the oldest."""
    invoices = [invoice("I1", due="03-12"), invoice("I2", due="03-11")]
    a = step("a", "account", 0)
    assert shown(chase(a, invoices=invoices, payments=[paid("03-05", "I1")], on_oldest_paid="restart")) == ["03-01 a"]
    rows = chase(a, invoices=invoices, payments=[paid("03-05", "I2")], on_oldest_paid="restart")
    assert shown(rows) == ["03-01 a", "03-05 a"]


# Balances and chaseable items


def test_a_balance_equal_to_the_minimum_is_chased(chase: Chase) -> None:
    assert shown(chase(step("a", "account", 0), min_balance={"GBP": 100})) == ["03-01 a"]
    assert shown(chase(step("a", "account", 0), min_balance={"GBP": Decimal("100.01")})) == []


def test_a_currency_with_null_is_not_chased(chase: Chase) -> None:
    assert shown(chase(step("a", "account", 0), min_balance={"GBP": None})) == []
    assert shown(chase(step("a", "account", 0), min_balance={"default": None, "GBP": 0})) == ["03-01 a"]


def test_below_the_minimum_progress_is_kept(chase: Chase) -> None:
    rows = chase(
        step("a", "account", 0),
        step("b", "account", 5),
        min_balance=100,
        payments=[paid("03-03", amount="50.00"), paid("03-09", amount="50.00", kind="reversal")],
    )
    assert shown(rows) == ["03-01 a", "03-09 b"]


def test_unapplied_credits_lower_the_balance(chase: Chase) -> None:
    rows = chase(step("a", "account", 0), payments=[paid("03-01", None, "30.00")])
    assert listed(rows) == ["03-01 a I1 70.00"]
    assert shown(chase(step("a", "account", 0), payments=[paid("03-01", None)])) == []


def test_what_one_invoice_was_overpaid_lowers_the_balance_but_not_another_invoice(chase: Chase) -> None:
    rows = chase(
        step("a", "account", 5), invoices=[invoice("I1"), invoice("I2")], payments=[paid("03-02", "I1", "130.00")]
    )
    assert listed(rows) == ["03-06 a I2 70.00"]


@pytest.mark.parametrize("row", [{"status": "draft"}, {"status": "void"}, {"issued": "03-20"}])
def test_a_payment_on_an_invoice_that_does_not_count_is_a_credit(chase: Chase, row: Record) -> None:
    rows = chase(
        step("a", "account", 5),
        invoices=[invoice("I1"), invoice("I2", **row)],
        last="03-10",
        payments=[paid("03-02", "I2", "30.00")],
    )
    assert listed(rows) == ["03-06 a I1 70.00"]


def test_refunds_and_reversals_add_back(chase: Chase) -> None:
    rows = chase(
        step("a", "account", 5),
        payments=[
            paid("03-02"),
            paid("03-03", amount="20.00", kind="refund"),
            paid("03-04", amount="15.00", kind="reversal"),
        ],
    )
    assert shown(rows) == ["03-06 a"]
    assert rows[0].balance == Decimal("35.00")


def test_a_payment_without_instalment_goes_to_instalments_by_due_date(chase: Chase) -> None:
    invoices = [
        invoice(instalment=1, due="03-25"),
        invoice(instalment=2, due="03-12"),
        invoice(instalment=3, due="03-18"),
    ]
    rows = chase(step("a", "account", 5), invoices=invoices, payments=[paid("03-02", amount="150.00")])
    assert listed(rows) == ["03-06 a I1#1+I1#3 150.00"]
    assert shown(chase(step("a", "due", 0), invoices=invoices, payments=[paid("03-02", amount="150.00")])) == [
        "03-18 a"
    ]


def test_without_transactions_the_invoice_itself_says_what_is_paid(chase: Chase) -> None:
    a = step("a", "account", 5)
    invoices = [
        invoice("paid-before", paid_on=day("03-06")),
        invoice("paid-after", paid_on=day("03-07"), balance="0.00"),
        invoice("half", balance="50.00", status="paid"),
        invoice("marked", status="paid"),
        invoice("plain"),
    ]
    assert listed(chase(a, invoices=invoices, payments=None)) == ["03-06 a half+paid-after+plain 250.00"]


def test_status_paid_does_not_count_where_there_are_transactions(chase: Chase) -> None:
    rows = chase(step("a", "account", 5), invoices=[invoice(status="paid")], payments=[paid("03-20")])
    assert listed(rows) == ["03-06 a I1 100.00"]


def test_disputed_items_are_left_out_while_the_dispute_is_open(chase: Chase) -> None:
    disputed = invoice(disputed_on=day("03-03"), dispute_closed_on=day("03-08"))
    assert shown(chase(step("a", "account", 3), invoices=[disputed])) == ["03-08 a"]
    assert shown(chase(step("a", "account", 1), invoices=[disputed])) == ["03-02 a"]
    assert shown(chase(step("a", "account", 1), invoices=[invoice(disputed=True)])) == []


def test_holds_apply_on_both_their_first_and_their_last_day(chase: Chase) -> None:
    hold = {"customer_number": "C1", "kind": "promise", "from": day("03-04"), "until": day("03-06")}
    assert shown(chase(step("a", "account", 2), step("b", "account", 3), holds=[hold])) == ["03-03 a", "03-07 b"]


def test_a_hold_on_an_invoice_covers_its_instalments_and_no_other_invoice(chase: Chase) -> None:
    rows = chase(
        step("a", "account", 0),
        invoices=[invoice(instalment=1), invoice(instalment=2), invoice("I2")],
        holds=[{"customer_number": "C1", "invoice_number": "I1"}],
    )
    assert listed(rows) == ["03-01 a I2 100.00"]


@pytest.mark.parametrize("row", [{"autopay": True}, {"chase": False}])
def test_customers_who_pay_by_themselves_or_are_never_chased_are_left_out(chase: Chase, row: Record) -> None:
    assert chase(step("a", "account", 0), customers=[customer(**row)]) == []


def test_an_autopay_invoice_is_left_out(chase: Chase) -> None:
    rows = chase(step("a", "account", 0), invoices=[invoice(), invoice("I2", autopay=True)])
    assert listed(rows) == ["03-01 a I1 100.00"]


def test_items_below_min_open_are_left_out(chase: Chase) -> None:
    invoices = [invoice(amount="50.00"), invoice("I2", amount="49.99")]
    assert listed(chase(step("a", "account", 0), invoices=invoices, min_open=50)) == ["03-01 a I1 50.00"]


def test_a_message_can_list_overdue_invoices_only_possibly_none(chase: Chase) -> None:
    rows = chase(
        step("a", "account", 10),
        step("b", "account", 11),
        invoices=[invoice(), invoice("I2", due=None)],
        lists="overdue",
    )
    assert listed(rows) == ["03-11 a  200.00", "03-12 b I1 200.00"]


def test_accounts_in_different_currencies_are_chased_apart(chase: Chase) -> None:
    rows = chase(step("a", "account", 0), invoices=[invoice(), invoice("I2", currency="USD", amount="7.00")])
    assert [(row.currency, str(row.balance)) for row in rows] == [("GBP", "100.00"), ("USD", "7.00")]


# Extracts


def test_a_day_without_extract_is_read_from_the_nearest_later_one_as_of_that_day(chase: Chase) -> None:
    later = {"invoices": [invoice(), invoice("I2", "03-05")], **numbered([paid("03-04", amount="10.00")])}
    rows = chase(
        step("a", "account", 2), step("b", "account", 4), extracts={"03-02": {"invoices": [invoice()]}, "03-09": later}
    )
    assert listed(rows) == ["03-03 a I1 100.00", "03-05 b I1+I2 190.00"]


def test_a_day_after_the_last_extract_is_read_from_it(chase: Chase) -> None:
    assert shown(chase(step("a", "account", 5), extracts={"03-04": {"invoices": [invoice()]}})) == ["03-06 a"]


# Extracts of balances


def left(number: str, issued: str, balance: str, **more: Any) -> Record:
    """An invoice of 100.00 of which the extract says only what is left."""
    return invoice(number, issued, balance=balance, **more)


def balances(*invoices: Record) -> dict[str, list[Record]]:
    """An extract without transactions."""
    return {"invoices": list(invoices)}


LADDER = (step("a", "account", 0), step("b", "account", 12))


def test_a_cycle_goes_on_when_its_oldest_invoice_leaves_an_export_of_open_items(chase: Chase) -> None:
    """From the 6th on the extract of the 9th serves, in which everything began on the 3rd."""
    i1, i2 = left("I1", "03-01", "100"), left("I2", "03-03", "100")
    rows = chase(*LADDER, extracts={"03-05": balances(i1, i2), "03-09": balances(i2)})
    assert shown(rows) == ["03-01 a", "03-15 b"]


def test_a_cycle_goes_on_though_the_invoice_that_is_left_came_on_the_day_after_the_last_run(chase: Chase) -> None:
    i1, i2 = left("I1", "03-01", "100"), left("I2", "03-06", "100")
    rows = chase(*LADDER, extracts={"03-05": balances(i1), "03-09": balances(i2)})
    assert shown(rows) == ["03-01 a", "03-18 b"]


def test_a_cycle_ends_on_a_day_without_a_run_on_which_the_extract_tells_that_nothing_was_owed(chase: Chase) -> None:
    """Nothing runs from 4 to 9 March; what is left was issued on the 6th, so nothing was owed on the 5th."""
    i1, i2 = left("I1", "03-01", "100"), left("I2", "03-06", "100")
    days = {day("03-01"), day("03-02"), day("03-03"), day("03-09"), day("03-10")}
    rows = chase(*LADDER, extracts={"03-05": balances(i1), "03-10": balances(i2)}, only_days=days)
    assert shown(rows) == ["03-01 a", "03-09 a"]


def test_a_cycle_does_not_go_back_beyond_a_run_that_saw_nothing_owed(chase: Chase) -> None:
    extracts = {
        "03-03": balances(left("I1", "03-01", "100")),
        "03-05": balances(left("I1", "03-01", "0")),
        "03-09": balances(left("I1", "03-01", "40")),
    }
    assert shown(chase(*LADDER, extracts=extracts)) == ["03-01 a", "03-06 a", "03-13 b"]


@pytest.mark.parametrize(
    ("paid_on", "expected"),
    [(None, ["03-01 a", "03-15 b"]), ("02-20", ["03-01 a", "03-06 a", "03-15 b"])],
)
def test_an_extract_with_days_of_payments_tells_when_a_cycle_began(
    chase: Chase, paid_on: str | None, expected: list[str]
) -> None:
    """I1, paid meanwhile, has left the extract; where I0 of another customer says when it was paid, I1 would too."""
    other = left("I0", "02-01", "100", customer_number="C2", paid_on=paid_on and day(paid_on), status="draft")
    other["status"] = "open" if paid_on else "draft"
    i1, i2 = left("I1", "03-01", "100"), left("I2", "03-03", "100")
    rows = chase(
        *LADDER,
        customers=[customer(), customer("C2")],
        extracts={"03-05": balances(i1, i2, other), "03-09": balances(i2, other)},
    )
    assert shown(rows) == expected


def test_an_invoice_paid_in_part_tells_nothing_of_when(chase: Chase) -> None:
    """I0 of another customer says when it was paid; I2 is open in part, and does not."""
    other = left("I0", "02-01", "100", customer_number="C2", paid_on=day("02-20"))
    i1, i2 = left("I1", "03-01", "100"), left("I2", "03-03", "60")
    rows = chase(
        *LADDER,
        customers=[customer(), customer("C2")],
        extracts={"03-05": balances(i1, i2, other), "03-09": balances(i2, other)},
    )
    assert shown(rows) == ["03-01 a", "03-15 b"]


def test_a_payment_of_an_instalment_that_is_not_there_is_a_credit_of_the_account(chase: Chase) -> None:
    rows = chase(
        step("a", "account", 0),
        invoices=[invoice(instalment=1, amount="60.00"), invoice(instalment=2, amount="40.00")],
        payments=[paid("03-01", amount="30.00", instalment=3)],
    )
    assert listed(rows) == ["03-01 a I1#1+I1#2 70.00"]


# Calendars


def test_a_day_of_the_month_that_weekdays_exclude_moves_to_the_next_they_allow(chase: Chase) -> None:
    """2 and 31 March 2024 fall on a weekend."""
    run = {"weekdays": ["mon", "tue", "wed", "thu", "fri"], "days_of_month": [2, 31]}
    rows = chase(step("a", "account", 0, repeat_every=1), run=run, last="04-30")
    assert shown(rows) == ["03-04 a", "04-01 a", "04-02 a", "04-30 a"]


def test_day_31_is_the_last_day_of_a_shorter_month(chase: Chase) -> None:
    rows = chase(
        step("a", "account", 0, repeat_every=1),
        invoices=[invoice(issued="02-10")],
        first="02-10",
        last="04-30",
        run={"days_of_month": [31]},
    )
    assert shown(rows) == ["02-29 a", "03-31 a", "04-30 a"]


def test_holidays_of_the_customers_country_are_skipped(chase: Chase) -> None:
    """Good Friday is a holiday in Great Britain, not in the United States."""
    invoices = [invoice(issued="03-29"), invoice("I2", "03-29", customer_number="C2")]
    customers = [customer(), customer("C2", country="US")]
    rows = chase(
        step("a", "account", 0),
        invoices=invoices,
        customers=customers,
        contacts=[contact(), contact("C2")],
        run={"skip_holidays": True},
    )
    assert [(row.customer_number, f"{row.action_date:%m-%d}") for row in rows] == [("C2", "03-29"), ("C1", "03-30")]


# Enrolment and contacts


def test_explicit_enrolment_beats_rules_and_the_lowest_priority_wins(chase: Chase) -> None:
    other = {
        "cadence": "other",
        "assign": {"priority": 5, "when": "country = 'GB' and currency = 'GBP'"},
        "steps": [step("o", "account", 0)],
    }
    assert shown(chase(step("a", "account", 0), more_cadences=[other])) == ["03-01 o"]
    explicit = [{"customer_number": "C1", "cadence": "main"}]
    assert shown(chase(step("a", "account", 0), more_cadences=[other], enrolments=explicit)) == ["03-01 a"]


def test_an_enrolment_with_a_currency_concerns_that_account_only(chase: Chase) -> None:
    enrolments = [{"customer_number": "C1", "cadence": "main", "currency": "USD"}]
    assert chase(step("a", "account", 0), assign=None, enrolments=enrolments) == []


def test_no_assign_at_all_means_explicit_enrolment_only(chase: Chase) -> None:
    assert chase(step("a", "account", 0), assign=None) == []
    assert chase(step("a", "account", 0), assign={"when": "payment_terms = 'NET 30'"}) == []


@pytest.mark.parametrize(
    ("channel", "lacks"),
    [
        ("email", {"email_opt_out": True}),
        ("sms", {"sms_opt_out": True}),
        ("sms", {"mobile": None}),
        ("auto_call", {"call_opt_out": True}),
        ("phone_call", {"mobile": None, "phone": None}),
    ],
)
def test_a_contact_needs_the_address_and_must_not_have_opted_out(chase: Chase, channel: str, lacks: Record) -> None:
    a = step("a", "account", 0, channel)
    assert chase(a, contacts=[contact(**lacks)]) == []
    assert shown(chase(a, contacts=[contact(is_primary=True, **lacks), contact(name="Ben")])) == ["03-01 a"]


def test_a_letter_needs_an_address_and_an_escalation_nothing(chase: Chase) -> None:
    rows = chase(
        step("a", "account", 0, "letter"),
        step("b", "account", 0, "escalate"),
        contacts=[],
        customers=[customer(address1=None)],
    )
    assert shown(rows) == ["03-01 b"]


# Invoice scope


def test_invoices_that_reach_a_step_on_one_day_share_an_action(chase: Chase) -> None:
    invoices = [invoice("I1"), invoice("I2"), invoice("I3", "03-03")]
    rows = chase(step("a", "account", 0), invoices=invoices, scope="invoice")
    assert listed(rows) == ["03-01 a I1+I2 200.00", "03-03 a I3 100.00"]
    rows = chase(step("a", "account", 0), invoices=invoices, scope="invoice", group_by="none")
    assert listed(rows) == ["03-01 a I1 100.00", "03-01 a I2 100.00", "03-03 a I3 100.00"]


def test_instalments_are_units_of_their_own(chase: Chase) -> None:
    invoices = [invoice(instalment=1, due="03-05"), invoice(instalment=2, due="03-08")]
    rows = chase(step("a", "due", 1), invoices=invoices, scope="invoice")
    assert listed(rows) == ["03-06 a I1#1 100.00", "03-09 a I1#2 100.00"]


def test_phase_makes_one_message_before_due_and_one_overdue_on_the_most_advanced_step(chase: Chase) -> None:
    steps = [step("near", "due", -7), step("soon", "due", -3), step("late", "due", 1), step("later", "due", 5)]
    invoices = [
        invoice("I1", due="03-11"),
        invoice("I2", due="03-15"),
        invoice("I3", due="03-07"),
        invoice("I4", due="03-03"),
    ]
    rows = chase(*steps, invoices=invoices, scope="invoice", group_by="phase", first="03-08", last="03-08")
    assert listed(rows) == ["03-08 later I3+I4 200.00", "03-08 soon I1+I2 200.00"]


def test_in_invoice_scope_the_minimum_compares_the_account(chase: Chase) -> None:
    invoices = [invoice("I1", amount="60.00"), invoice("I2", "03-05", amount="40.00")]
    rows = chase(step("a", "account", 0), invoices=invoices, scope="invoice", min_balance=100)
    assert listed(rows) == ["03-05 a I1+I2 100.00"]
    rows = chase(step("a", "account", 0), invoices=invoices, scope="invoice", payments=[paid("03-01", None)])
    assert rows == []


def test_an_invoice_has_one_life_also_across_a_reversal(chase: Chase) -> None:
    rows = chase(
        step("a", "account", 0),
        step("b", "account", 8),
        scope="invoice",
        payments=[paid("03-03"), paid("03-06", kind="reversal")],
    )
    assert shown(rows) == ["03-01 a", "03-09 b"]


def test_the_gap_counts_per_invoice(chase: Chase) -> None:
    rows = chase(
        step("a", "account", 0),
        step("b", "account", 1),
        invoices=[invoice("I1"), invoice("I2", "03-02")],
        scope="invoice",
        min_gap_days=3,
    )
    assert listed(rows) == ["03-01 a I1 100.00", "03-02 a I2 100.00", "03-04 b I1 100.00", "03-05 b I2 100.00"]


# The days simulated


def test_days_left_out_leave_no_trace_and_run_days_still_apply(chase: Chase) -> None:
    steps = [step("a", "account", 0), step("b", "account", 3), step("c", "account", 5)]
    only = {day("03-02"), day("03-05"), day("03-07")}
    assert shown(chase(*steps, only_days=only)) == ["03-02 a", "03-05 b", "03-07 c"]
    assert shown(chase(*steps, only_days=only, run={"weekdays": ["thu"]})) == ["03-07 c"]


# Generated homes


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(home=homes(CONTESTED))
def test_generated_homes_are_valid_and_rows_lie_on_the_days_that_ran(
    tmp_path_factory: pytest.TempPathFactory, home: ChasingHome
) -> None:
    directory = write_home(home, tmp_path_factory.getbasetemp() / "generated")
    validate(read_yaml(directory / "chasing.yaml"), Settings)
    for file in (directory / "cadences").iterdir():
        validate(read_yaml(file), Cadence)
    rows = simulate(directory, home.first, home.last, None if home.only_days is None else set(home.only_days))
    for row in rows:
        assert home.first <= row.action_date <= home.last
        assert home.only_days is None or row.action_date in home.only_days
        assert row.balance > 0
