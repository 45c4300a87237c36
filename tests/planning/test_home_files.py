"""What a team writes beside its cadences: enrolments and holds; and schedules that are frozen once in use."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from chasing_pipeline.domain.problems import ConfigurationError
from chasing_pipeline.ledger.progress import PlannedDay, record_planned_day
from chasing_pipeline.ledger.store import Ledger
from chasing_pipeline.planning.frozen import frozen_problems, refuse_changed_schedules
from chasing_pipeline.planning.home import Enrolment, Hold

from .conftest import DAY, REMINDER, Home

HOLDS = "customer_number,invoice_number,kind,from,until,note\n"


def problems(read: Any) -> list[str]:
    """What is wrong, one sentence each."""
    with pytest.raises(ConfigurationError) as caught:
        read()
    return [str(problem) for problem in caught.value.problems]


def enrolment_problems(home: Home, text: str | bytes) -> list[str]:
    """What is wrong with an enrolments.csv of that text."""
    home.write("enrolments.csv", text)
    return problems(lambda: home.opened.enrolments)


def hold_problems(home: Home, text: str | bytes) -> list[str]:
    """What is wrong with a holds.csv of that text."""
    home.write("holds.csv", text)
    return problems(lambda: home.opened.holds)


def test_a_home_needs_neither_enrolments_nor_holds(empty_home: Home) -> None:
    assert (empty_home.opened.enrolments, empty_home.opened.holds) == ((), ())


def test_enrolments_are_read_with_or_without_a_currency(empty_home: Home) -> None:
    empty_home.write("enrolments.csv", "customer_number,cadence,currency\nC1,standard,GBP\n\nC2, standard ,\n")
    assert empty_home.opened.enrolments == (
        Enrolment("C1", "standard", "GBP"),
        Enrolment("C2", "standard", None),
    )


def test_enrolments_need_no_column_for_the_currency(empty_home: Home) -> None:
    empty_home.write("enrolments.csv", "customer_number,cadence\nC1,standard\n")
    assert empty_home.opened.enrolments == (Enrolment("C1", "standard", None),)


def test_every_fault_of_the_enrolments_is_named_with_its_line(empty_home: Home) -> None:
    found = enrolment_problems(empty_home, "customer_number,cadence\nC1,standard\nC2,fast\n,standard\nC4,\n")
    assert found == [
        "enrolments.csv:3: cadence: there is no cadence 'fast'; there are standard",
        "enrolments.csv:4: customer_number: this field is empty",
        "enrolments.csv:5: cadence: this field is empty",
    ]


def test_enrolments_without_a_required_column_are_refused(empty_home: Home) -> None:
    assert enrolment_problems(empty_home, "customer_number;cadence\nC1;standard\n") == [
        "enrolments.csv:1: customer_number, cadence: this column is required"
    ]


def test_an_enrolment_in_a_currency_that_is_none_is_refused(empty_home: Home) -> None:
    [found] = enrolment_problems(empty_home, "customer_number,cadence,currency\nC1,standard,UKP\n")
    assert found.startswith("enrolments.csv:2: currency: ")


def test_two_enrolments_of_one_account_in_different_cadences_are_refused(empty_home: Home) -> None:
    empty_home.cadence("other", assign=None)
    [found] = enrolment_problems(empty_home, "customer_number,cadence\nC1,standard\nC1,other\n")
    assert found.startswith("enrolments.csv:3: ")


@pytest.mark.parametrize("name", ["enrolments.csv", "holds.csv"])
def test_a_file_that_is_no_utf_8_text_is_refused(empty_home: Home, name: str) -> None:
    empty_home.write(name, "customer_number,cadence,kind,note\nC1,standard,pause,Müller\n".encode("latin-1"))
    found = problems(lambda: (empty_home.opened.enrolments, empty_home.opened.holds))
    assert found[0].startswith(f"{name}: ")
    assert "UTF-8" in found[0]


def test_holds_are_read(empty_home: Home) -> None:
    empty_home.write(
        "holds.csv",
        HOLDS
        + "C1,,promise,2026-03-01,2026-03-20,by phone\nC1,I1,dispute,,,\nC2,,do_not_chase,,,\nC3,,pause,,2026-04-01,\n",
    )
    assert empty_home.opened.holds == (
        Hold("C1", None, "promise", date(2026, 3, 1), date(2026, 3, 20), "by phone"),
        Hold("C1", "I1", "dispute", None, None, ""),
        Hold("C2", None, "do_not_chase", None, None, ""),
        Hold("C3", None, "pause", None, date(2026, 4, 1), ""),
    )


def test_every_fault_of_the_holds_is_named_with_its_line(empty_home: Home) -> None:
    found = hold_problems(
        empty_home,
        HOLDS + "C1,,break,,,\n\nC2,,pause,01.03.2026,,\nC3,,pause,,2026-02-30,\n,,pause,,,\n"
        "C5,,promise,2026-03-20,2026-03-01,\n",
    )
    assert [problem.split(": ")[:2] for problem in found] == [
        ["holds.csv:2", "kind"],
        ["holds.csv:4", "from"],
        ["holds.csv:5", "until"],
        ["holds.csv:6", "customer_number"],
        ["holds.csv:7", "until"],
    ]
    assert "'break' is not one of pause, promise, dispute, do_not_chase" in found[0]
    assert "'01.03.2026' is no date; write YYYY-MM-DD" in found[1]
    assert "it ends before it begins" in found[4]


def test_the_line_of_a_hold_is_that_on_which_it_begins(empty_home: Home) -> None:
    [found] = hold_problems(empty_home, HOLDS + 'C1,,break,,,"said:\nlater\nmuch later"\n')
    assert found.startswith("holds.csv:2: kind: ")


def test_a_misspelt_column_of_the_holds_is_refused(empty_home: Home) -> None:
    # otherwise the hold would last for good
    [found] = hold_problems(empty_home, "customer_number,kind,from,untill\nC1,pause,2026-03-01,2026-03-05\n")
    assert "untill" in found


def test_faults_of_all_cadences_are_named_at_once(empty_home: Home) -> None:
    empty_home.cadence("a", scope="all")
    empty_home.cadence("b", steps=[])
    assert [problem.split(":")[0] for problem in problems(lambda: empty_home.opened.cadences)] == [
        "cadences/a.yaml",
        "cadences/b.yaml",
    ]


def test_two_files_of_one_cadence_are_refused_with_both_names(empty_home: Home) -> None:
    empty_home.cadence("standard", file="zweite")
    assert problems(lambda: empty_home.opened.cadences) == [
        "cadences/zweite.yaml:1: cadence: standard is already defined in cadences/standard.yaml"
    ]


def test_a_home_without_settings_says_so(tmp_path: Path) -> None:
    assert problems(lambda: Home(tmp_path).opened.settings) == ["chasing.yaml: the file does not exist"]


# --- frozen schedules ---------------------------------------------------------------------------------------------


@pytest.fixture
def ledger(empty_home: Home) -> Ledger:
    """The ledger of a home in which the cadence ``standard`` is in use."""
    ledger = Ledger.of_home(empty_home.root)
    record_planned_day(ledger, PlannedDay(DAY, 0, [], [], [], empty_home.opened.cadences), [])
    return ledger


def test_an_unchanged_schedule_is_not_refused(empty_home: Home, ledger: Ledger) -> None:
    refuse_changed_schedules(empty_home.opened, ledger)


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        ({"run": {"weekdays": ["mon"]}}, "run of standard changed"),
        ({"scope": "invoice"}, "scope of standard changed"),
        ({"steps": [{**REMINDER, "day": 4}]}, "steps of standard changed (reminder)"),
        (
            {"steps": [REMINDER, {**REMINDER, "step": "more", "day": 9}], "scope": "invoice"},
            "scope and steps of standard changed (more)",
        ),
    ],
)
def test_a_changed_schedule_is_refused_with_what_to_do(
    empty_home: Home, ledger: Ledger, fields: dict[str, Any], part: str
) -> None:
    empty_home.cadence(**fields)
    [found] = problems(lambda: refuse_changed_schedules(empty_home.opened, ledger))
    assert found.startswith(f"cadences/standard.yaml:1: version: {part}, but version 1 is in use")
    assert "write version: 2" in found
    assert "undo the change" in found


def test_only_what_is_frozen_is_named(empty_home: Home, ledger: Ledger) -> None:
    empty_home.cadence(run={"weekdays": ["mon"]}, steps=[{**REMINDER, "min_past_due": {"GBP": 5}}])
    [found] = problems(lambda: refuse_changed_schedules(empty_home.opened, ledger))
    assert "version: run of standard changed" in found


@pytest.mark.parametrize(
    "fields",
    [
        {"version": 2, "steps": [{**REMINDER, "day": 4}]},
        {"min_balance": {"default": 50}, "min_open": 5, "description": "new words"},
        {"steps": [{**REMINDER, "min_past_due": {"GBP": 50}}]},
        {"assign": {"priority": 1}, "late_entry": "skip"},
    ],
)
def test_a_new_version_wording_and_thresholds_are_not_refused(
    empty_home: Home, ledger: Ledger, fields: dict[str, Any]
) -> None:
    empty_home.cadence(**fields)
    assert frozen_problems(empty_home.opened, ledger) == []


def test_a_schedule_that_nobody_uses_may_change(empty_home: Home, ledger: Ledger) -> None:
    empty_home.cadence("other", assign=None)
    empty_home.cadence("other", assign=None, scope="invoice")
    assert frozen_problems(empty_home.opened, ledger) == []
