"""One customer's ladder: why it is, or is not, chased on a day, what was done, and what comes next."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from .conftest import CUSTOMERS, DAY, INVOICES, Command, write_extract
from .test_daily_work import files_and_ledger

LADDER = ["before-due", "reminder", "second-reminder", "call", "final-notice", "escalation"]
WEEKLY = """
cadence: weekly
version: {version}
assign: {{priority: 1}}
steps:
  - {{step: first, clock: past_due_age, day: 3, channel: email, template: overdue}}
  - {{step: weekly, clock: since_previous_step, day: 1, channel: escalate, repeat_every: 2{more}}}
"""


def told(chasing: Command, home: Path, customer: str, day: str = DAY) -> dict[str, Any]:
    """What is told as JSON."""
    shown = chasing("explain", customer, "--home", home, "--date", day, "--format", "json")
    assert (shown.code, shown.err) == (0, "")
    found: dict[str, Any] = json.loads(shown.out)
    return found


def ladder(chasing: Command, home: Path, customer: str, day: str = DAY) -> list[dict[str, str]]:
    """The ladder as CSV."""
    shown = chasing("explain", customer, "--home", home, "--date", day, "--format", "csv")
    assert (shown.code, shown.err) == (0, "")
    return shown.rows()


def answer(chasing: Command, home: Path, customer: str, day: str = DAY) -> str:
    """The first line for people."""
    shown = chasing("explain", customer, "--home", home, "--date", day)
    assert shown.code == 0
    return shown.out.splitlines()[0]


def test_the_whole_ladder_is_shown_with_what_was_done_and_the_run_day_that_is_next(
    chasing: Command, ran_home: Path
) -> None:
    before = files_and_ledger(ran_home)
    rows = ladder(chasing, ran_home, "C1", "2026-03-19")
    assert [row["step"] for row in rows] == LADDER
    assert [row["verdict"] for row in rows[:3]] == ["missed", "done", "not_due"]
    assert [row["done_on"] for row in rows[:3]] == ["", DAY, ""]
    # the 29th is a Sunday
    assert (rows[2]["step_due_date"], rows[2]["acts_on"]) == ("2026-03-29", "2026-03-30")
    assert {(row["cadence"], row["cadence_version"], row["cycle_start"]) for row in rows} == {
        ("friendly-reminders", "1", "2026-02-13")
    }
    assert files_and_ledger(ran_home) == before


def test_the_first_line_is_the_answer(chasing: Command, ran_home: Path) -> None:
    assert answer(chasing, ran_home, "C1") == (
        "Chased today by reminder (email); next: step second-reminder (email) on 2026-03-30."
    )
    assert answer(chasing, ran_home, "C1", "2026-03-29") == (
        "Not chased today: waits for the next day on which the cadence runs, 2026-03-30; "
        "next: step second-reminder (email) on 2026-03-30."
    )
    assert answer(chasing, ran_home, "C3") == (
        "Tried today, but not reached, by reminder (email); "
        "next: step second-reminder (email) on 2026-03-30, but nobody can be reached."
    )


def test_what_is_planned_and_not_carried_out_is_still_to_come(chasing: Command, new_home: Path) -> None:
    assert answer(chasing, new_home, "C2") == (
        "To be chased today by call (phone_call): due since 2026-03-18: the oldest invoice is 21 days past due; "
        "next: step final-notice (letter) on 2026-04-01."
    )
    assert chasing("run", "--home", new_home, "--date", DAY, "--no-dispatch").code == 0
    assert answer(chasing, new_home, "C2").startswith("To be chased today by call (phone_call)")
    assert {row["step"]: row["acts_on"] for row in ladder(chasing, new_home, "C2")}["call"] == DAY


def test_json_holds_everything_and_is_alone_on_standard_output(chasing: Command, ran_home: Path) -> None:
    found = told(chasing, ran_home, "C1")
    [account] = found["accounts"]
    [unit] = account["units"]
    assert found["answers"] == [account["answer"]]
    assert (account["balance"], account["aging"]["days_1_30"]) == ("1210.50", "1200.50")
    assert [item["invoice_reference"] for item in account["items"]] == ["I1", "I5"]
    assert unit["next"] == {"step": "second-reminder", "channel": "email", "on": "2026-03-30", "is_reachable": True}
    assert unit["steps"][1]["done"] == [{"on": DAY, "repetition": 0, "outcome": "sent"}]
    assert [row["kind"] for row in found["activities"]] == ["enrolled", "claimed", "sent"]


def test_a_promise_counts_from_the_moment_it_is_made_and_says_what_follows(chasing: Command, ran_copy: Path) -> None:
    items = json.loads(chasing("todo", "list", "--home", ran_copy, "--format", "json").out)
    [number] = [item["number"] for item in items if item["customer_number"] == "C2"]
    assert chasing("todo", "done", number, "--promise", "2026-04-02", "--home", ran_copy).code == 0
    [unit] = told(chasing, ran_copy, "C2")["accounts"][0]["units"]
    assert (unit["held_by"], unit["held_until"], unit["next"]["on"]) == ("promise", "2026-04-02", "2026-04-03")
    assert answer(chasing, ran_copy, "C2", "2026-04-01") == (
        "Not chased today: payment is promised until 2026-04-02; next: step final-notice (letter) on 2026-04-03."
    )


def test_a_customer_that_owes_nothing_is_told_so(chasing: Command, new_home: Path) -> None:
    payments = ["transaction_id,customer_number,date,currency,amount,type", "T1,C6,2026-03-01,GBP,20.00,payment"]
    write_extract(new_home, customers=[*CUSTOMERS, "C5,Even Ltd,,GB,", "C6,Ahead Ltd,,GB,"], transactions=payments)
    assert answer(chasing, new_home, "C5") == "Not chased: C5 owes nothing."
    assert answer(chasing, new_home, "C6") == "Not chased: C6 owes nothing; it has a credit of 20.00 GBP."
    assert ladder(chasing, new_home, "C5") == []


def test_a_customer_in_no_cadence_is_told_so(chasing: Command, new_home: Path) -> None:
    path = new_home / "cadences" / "friendly-reminders.yaml"
    path.write_text(path.read_text().replace("  priority: 100", "  when: currency = 'EUR'\n  priority: 100"))
    assert answer(chasing, new_home, "C1") == ("Not chased: no rule and no enrolment puts this account into a cadence.")
    [row] = ladder(chasing, new_home, "C1")
    assert (row["verdict"], row["step"], row["balance"]) == ("not_enrolled", "", "1210.50")


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_an_unknown_customer_is_one_clear_message(chasing: Command, ran_home: Path, form: str) -> None:
    shown = chasing("explain", "C9", "--home", ran_home, "--date", DAY, "--format", form)
    assert (shown.code, shown.out) == (1, "")
    assert shown.err == f"error: there is no customer C9 in the extract of {DAY}\n"


def test_accounts_in_several_currencies_have_an_answer_each(chasing: Command, new_home: Path) -> None:
    write_extract(new_home, invoices=[*INVOICES, "I6,C1,2026-02-13,2026-03-12,EUR,30.00"])
    lines = chasing("explain", "C1", "--home", new_home, "--date", DAY).out.splitlines()
    assert [line.partition(":")[0] for line in lines[:2]] == ["EUR", "GBP"]
    assert {row["currency"] for row in ladder(chasing, new_home, "C1")} == {"EUR", "GBP"}


@pytest.fixture
def weekly_home(chasing: Command, new_home: Path) -> Path:
    """A home whose customers are told every other day, from the 18th to the 21st, on version 1 of the cadence."""
    path = new_home / "cadences" / "weekly.yaml"
    path.write_text(WEEKLY.format(version=1, more=""))
    for day in (18, 19, 20, 21):
        assert chasing("run", "--home", new_home, "--date", f"2026-03-{day}").code == 0
    return new_home


def test_when_every_step_is_behind_it_says_that_nothing_comes(chasing: Command, new_home: Path) -> None:
    (new_home / "cadences" / "short.yaml").write_text(
        "cadence: short\nassign: {priority: 1}\nsteps: [{step: only, clock: past_due_age, day: 3, channel: escalate}]\n"
    )
    assert chasing("run", "--home", new_home, "--date", DAY).code == 0
    assert answer(chasing, new_home, "C1") == "Chased today by only (escalate); next: nothing within 120 days."
    assert answer(chasing, new_home, "C1", "2026-03-20") == (
        "Not chased: every step of its cadence is behind it, and nothing comes after them."
    )


def test_the_table_for_people_marks_what_is_next(chasing: Command, ran_home: Path) -> None:
    lines = chasing("explain", "C1", "--home", ran_home, "--date", "2026-03-19").out.splitlines()
    assert [line.split()[1] for line in lines if line.split()[:1] == ["next"]] == ["second-reminder"]
    owed = chasing("explain", "C2", "--home", ran_home, "--date", "2026-04-01").out.splitlines()
    assert [line.split()[1] for line in owed if line.split()[:1] == ["today"]] == ["final-notice"]
    assert not [line for line in owed if line.split()[:1] == ["next"]]


def test_repetitions_and_the_version_that_the_unit_follows_are_shown(chasing: Command, weekly_home: Path) -> None:
    late = "}\n  - {step: late, clock: past_due_age, day: 40, channel: escalate"
    (weekly_home / "cadences" / "weekly.yaml").write_text(WEEKLY.format(version=2, more=late))
    rows = ladder(chasing, weekly_home, "C1", "2026-03-22")
    assert [(row["step"], row["cadence_version"], row["done_on"]) for row in rows] == [
        ("first", "1", "2026-03-18"),
        ("weekly", "1", "2026-03-19;2026-03-21"),
    ]
    assert (rows[1]["verdict"], rows[1]["acts_on"]) == ("done", "2026-03-23")
    assert rows[0]["sentence"] == "Done on 2026-03-18."
    assert answer(chasing, weekly_home, "C1", "2026-03-22") == (
        "Not chased today: nothing is due; next: step weekly (escalate) on 2026-03-23."
    )


def test_each_invoice_has_its_ladder_where_invoices_climb(chasing: Command, new_home: Path) -> None:
    path = new_home / "cadences" / "each.yaml"
    text = WEEKLY.format(version=1, more="").replace(
        "cadence: weekly", "cadence: each\nscope: invoice\ngroup_by: phase"
    )
    path.write_text(text)
    write_extract(new_home, invoices=[*INVOICES[:2], "I7,C1,2026-02-13,2026-03-19,GBP,30.00"])
    assert chasing("run", "--home", new_home, "--date", DAY).code == 0
    rows = ladder(chasing, new_home, "C1", "2026-03-19")
    assert [(row["invoice_reference"], row["step"], row["done_on"]) for row in rows] == [
        ("I1", "first", DAY), ("I1", "weekly", ""), ("I7", "first", ""), ("I7", "weekly", ""),
    ]  # fmt: skip
    assert rows[1]["acts_on"] == "2026-03-19"
    assert date.fromisoformat(rows[2]["acts_on"]) == date(2026, 3, 22)


def test_a_step_in_a_message_shared_with_a_more_advanced_one_shows_its_day(chasing: Command, new_home: Path) -> None:
    (new_home / "cadences" / "phases.yaml").write_text(
        "cadence: phases\nscope: invoice\ngroup_by: phase\nassign: {priority: 1}\nsteps:\n"
        "  - {step: first, clock: past_due_age, day: 3, channel: email, template: overdue}\n"
        "  - {step: second, clock: past_due_age, day: 10, channel: email, template: overdue}\n"
    )
    invoices = ["I1,C1,2026-02-13,2026-03-15,GBP,10.00", "I7,C1,2026-02-13,2026-03-22,GBP,30.00"]
    write_extract(new_home, invoices=[INVOICES[0], *invoices])
    acts_on = {
        (row["invoice_reference"], row["step"]): row["acts_on"] for row in ladder(chasing, new_home, "C1", "2026-03-18")
    }
    assert acts_on == {
        ("I1", "first"): "2026-03-18",
        ("I1", "second"): "2026-03-25",
        ("I7", "first"): "2026-03-25",
        ("I7", "second"): "2026-04-01",
    }


def test_under_a_new_version_running_cycles_finish_on_the_old_one_and_new_cycles_take_it(
    chasing: Command, ran_copy: Path
) -> None:
    path = ran_copy / "cadences" / "friendly-reminders.yaml"
    text = path.read_text(encoding="utf-8").replace("scope: account", "scope: account\nversion: 2")
    path.write_text(text.replace("day: 21, channel: phone_call", "day: 25, channel: phone_call"), encoding="utf-8")
    later = "2026-03-25"
    payments = [
        "transaction_id,customer_number,invoice_number,date,currency,amount,type",
        "T1,C1,I1,2026-03-20,GBP,1200.50,payment",
        "T2,C1,I5,2026-03-20,GBP,10.00,payment",
    ]
    invoiced = [*INVOICES, "I8,C1,2026-03-24,2026-04-23,GBP,80.00"]
    write_extract(ran_copy, later, invoices=invoiced, transactions=payments)
    assert chasing("run", "--home", ran_copy, "--date", later).code == 0
    versions = {
        customer: {row["cadence_version"] for row in ladder(chasing, ran_copy, customer, "2026-03-26")}
        for customer in ("C1", "C2")
    }
    assert versions == {"C1": {"2"}, "C2": {"1"}}
    call = next(row for row in ladder(chasing, ran_copy, "C1", later) if row["step"] == "call")
    assert call["step_due_date"] == "2026-05-18"
