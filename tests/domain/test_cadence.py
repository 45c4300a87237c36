"""A cadence: its defaults, its rungs, what is frozen, and messages that name file, line and field."""

from collections.abc import Callable
from datetime import time
from decimal import Decimal
from typing import Any

import pytest

from chasing_pipeline.domain.cadence import Cadence, Channel

from .conftest import SMALLEST_CADENCE

ReadCadence = Callable[[str], Cadence]
Problems = Callable[[str], list[str]]

FULL = """\
cadence: full
scope: account
run:
  at: "07:00"
  weekdays: [mon, tue]
min_balance: {default: 0, USD: 100}
min_open: {default: 5}
steps:
  - step: first
    clock: past_due_age
    day: 3
    channel: email
    template: overdue
  - step: second
    clock: past_due_age
    day: 10
    channel: phone_call
    min_past_due: {GBP: 500}
"""


def changed(old: str, new: str) -> str:
    """The full cadence with one piece of its text replaced."""
    assert FULL.count(old) == 1
    return FULL.replace(old, new)


def test_what_is_left_out_has_the_defaults_of_the_contract(cadence: ReadCadence) -> None:
    read = cadence(SMALLEST_CADENCE)
    assert read.run.at == time(7, 0)
    assert read.run.timezone == "company"
    assert read.run.weekdays == ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    assert read.run.days_of_month == ()
    assert read.run.skip_holidays is False
    assert (read.version, read.scope, read.invoices, read.assign) == (1, "account", "open", None)
    assert (read.min_balance, read.min_open) == ({"default": Decimal(0)}, {"default": Decimal(0)})
    assert (read.late_entry, read.catch_up, read.min_gap_days) == ("latest", "latest", 0)
    assert (read.on_oldest_paid, read.group_by) == ("continue", "step")


def test_a_step_counts_calendar_days_without_rounding_or_repetition_by_default(cadence: ReadCadence) -> None:
    [step] = cadence(SMALLEST_CADENCE).steps
    assert (step.days, step.round, step.repeat_every, step.repeat_limit) == ("calendar", "none", None, None)
    assert (step.attach_invoices, step.min_past_due) == (False, {})


@pytest.mark.parametrize(
    ("of_cadence", "of_step", "counts"),
    [
        (None, None, "never"),
        ("first_run", None, "first_run"),
        (None, "always", "always"),
        ("always", "never", "never"),
        ("first_run", "always", "always"),
    ],
)
def test_approval_is_asked_for_by_the_step_else_by_the_cadence_else_never(
    of_cadence: str | None, of_step: str | None, counts: str
) -> None:
    step = {"step": "a", "clock": "account_age", "day": 0, "channel": "escalate"}
    content = {"cadence": "c", "steps": [step | ({"approve": of_step} if of_step else {})]}
    read = Cadence.model_validate(content | ({"approve": of_cadence} if of_cadence else {}))
    assert read.approval_of(read.steps[0]) == counts


def test_an_assignment_without_priority_has_priority_100_and_takes_everyone(cadence: ReadCadence) -> None:
    assign = cadence(SMALLEST_CADENCE + "assign: {}\n").assign
    assert assign is not None
    assert (assign.priority, assign.when) == (100, None)


def test_a_threshold_keeps_its_default_and_may_switch_a_currency_off(cadence: ReadCadence) -> None:
    read = cadence(SMALLEST_CADENCE + "min_balance: {USD: 100.50, EUR: null}\n")
    assert read.min_balance == {"default": Decimal(0), "USD": Decimal("100.50"), "EUR": None}


def test_a_plain_number_is_the_threshold_of_every_currency(cadence: ReadCadence) -> None:
    assert cadence(SMALLEST_CADENCE + "min_balance: 25\n").min_balance == {"default": Decimal(25)}


def test_the_time_to_run_can_be_written_without_quotes(cadence: ReadCadence) -> None:
    assert cadence(SMALLEST_CADENCE + "run: {at: 06:30}\n").run.at == time(6, 30)


def test_the_contract_s_own_example_is_in_order(cadence: ReadCadence) -> None:
    read = cadence(
        """
cadence: net30-standard
description: Friendly first, firm later
scope: account
run: {at: "07:00", timezone: company, weekdays: [mon, tue, wed, thu, fri], days_of_month: [], skip_holidays: true}
min_balance: {default: 0, USD: 100}
min_open: {default: 0}
invoices: open
assign: {priority: 10, when: "payment_terms = 'NET 30' and language = 'en'"}
late_entry: latest
catch_up: latest
min_gap_days: 0
on_oldest_paid: continue
group_by: step
steps:
  - {step: welcome-letter, clock: account_age,   day: 0,  channel: letter, template: open-item}
  - {step: welcome-email,  clock: account_age,   day: 0,  channel: email,  template: intro, attach_invoices: true}
  - {step: nudge,          clock: past_due_age,  day: -3, channel: sms,    template: due-soon}
  - {step: call,           clock: past_due_age,  day: 3,  channel: phone_call, assign_to: team, min_past_due: {GBP: 500}}
  - {step: robot,          clock: past_due_age,  day: 10, channel: auto_call, template: overdue, multi_template: overdue-many}
  - {step: last,           clock: since_previous_step, day: 7, channel: escalate, assign_to: cfo@example.com, repeat_every: 7}
"""  # noqa: E501
    )
    assert {step.channel for step in read.steps} == set(Channel)
    assert read.rung_numbers() == [1, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("channel: email", "channel: fax", "file.yaml:12: steps[1].channel: 'fax' is not one of 'email', "),
        ("clock: past_due_age\n    day: 10", "clock: age\n    day: 10", "file.yaml:15: steps[2].clock: 'age' is not"),
        ("    day: 3", "    dya: 3", "file.yaml:11: steps[1].dya: there is no such field; check the spelling"),
        ("    day: 3", "    dya: 3", "file.yaml:9: steps[1].day: this field is required"),
        ("    day: 3", "    day: soon", "file.yaml:11: steps[1].day: "),
        ("    day: 3", "    day: 2.5", "file.yaml:11: steps[1].day: "),
        ("scope: account", "scope: invoices", "file.yaml:2: scope: 'invoices' is not one of"),
        ("scope: account", "skope: account", "file.yaml:2: skope: there is no such field; check the spelling"),
        ('at: "07:00"', "at: 25:00", 'file.yaml:4: run.at: write a time of day as "HH:MM"'),
        ('at: "07:00"', "at: 700", 'file.yaml:4: run.at: write a time of day as "HH:MM"'),
        ('at: "07:00"', "timezone: Mars/Base", "file.yaml:4: run.timezone: 'Mars/Base' is no IANA time zone"),
        ('at: "07:00"', "days_of_month: [1, 32]", "file.yaml:4: run.days_of_month[2]: "),
        ("[mon, tue]", "[mon, tuesday]", "file.yaml:5: run.weekdays[2]: 'tuesday' is not one of 'mon'"),
        ("[mon, tue]", "[]", "file.yaml:5: run.weekdays: "),
        ("USD: 100", "USD: lots", "file.yaml:6: min_balance.USD: "),
        ("USD: 100", "USD: 0.005", "file.yaml:6: min_balance.USD: "),
        ("    template: overdue\n", "", "file.yaml:9: steps[1]: a step of channel email needs a template"),
        ("step: second", "step: second one", "file.yaml:14: steps[2].step: "),
        ("day: 10", "day: 10\n    repeat_limit: 2", "file.yaml:14: steps[2]: repeat_limit needs repeat_every"),
        ("day: 10", "day: 10\n    repeat_every: 0", "file.yaml:17: steps[2].repeat_every: "),
        ("min_open: {default: 5}", "version: 0", "file.yaml:7: version: "),
        ("min_open: {default: 5}", "min_gap_days: -1", "file.yaml:7: min_gap_days: "),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_file_line_and_field(
    cadence_problems: Problems, old: str, new: str, expected: str
) -> None:
    assert any(found.startswith(expected) for found in cadence_problems(changed(old, new))), cadence_problems(
        changed(old, new)
    )


@pytest.mark.parametrize("clock", ["account_age", "since_previous_step"])
def test_only_past_due_age_counts_before_its_date(cadence_problems: Problems, clock: str) -> None:
    found = cadence_problems(changed("clock: past_due_age\n    day: 10", f"clock: {clock}\n    day: -10"))
    assert found == [
        f"file.yaml:14: steps[2]: day can't be negative on the clock {clock}; only past_due_age counts before its date"
    ]


def test_the_first_step_can_t_count_from_the_step_before(cadence_problems: Problems) -> None:
    [found] = cadence_problems(changed("clock: past_due_age\n    day: 3", "clock: since_previous_step\n    day: 3"))
    assert found.startswith("file.yaml:")
    assert "the first step can't use since_previous_step" in found


def test_a_name_given_to_two_steps_is_refused(cadence_problems: Problems) -> None:
    [found] = cadence_problems(changed("step: second", "step: first"))
    assert "the name first is given to more than one step" in found


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("step: second", "step: first", 14),
        ("clock: past_due_age\n    day: 3", "clock: since_previous_step\n    day: 3", 10),
    ],
)
def test_a_problem_between_steps_stands_on_a_line_of_the_steps(
    cadence_problems: Problems, old: str, new: str, line: int
) -> None:
    [found] = cadence_problems(changed(old, new))
    assert int(found.split(":")[1]) in (8, line - 1, line)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("USD: 100", "UKP: 100", "file.yaml:6: min_balance: UKP is no ISO 4217 currency code"),
        ("{GBP: 500}", "{POUND: 500}", "file.yaml:18: steps[2].min_past_due: POUND is no ISO 4217 currency code"),
    ],
)
def test_a_code_that_is_no_currency_is_named_as_it_was_written(
    cadence_problems: Problems, old: str, new: str, expected: str
) -> None:
    [found] = cadence_problems(changed(old, new))
    assert found.startswith(expected)


def test_a_code_that_is_no_currency_is_named_with_line_and_field(cadence_problems: Problems) -> None:
    [found] = cadence_problems(changed("USD: 100", "UKP: 100"))
    assert found.startswith("file.yaml:6: min_balance: ")
    assert "KP is no ISO 4217 currency code" in found


def test_all_faults_are_named_at_once(cadence_problems: Problems) -> None:
    found = cadence_problems(FULL.replace("channel: email", "channel: fax").replace("scope: account", "scope: all"))
    assert [problem.split(":")[1] for problem in found] == ["2", "12"]


def test_a_cadence_without_steps_says_that_steps_are_required(cadence_problems: Problems) -> None:
    assert cadence_problems("cadence: nothing\n") == ["file.yaml:1: steps: this field is required"]


def test_a_file_that_holds_a_list_is_one_clear_problem(cadence_problems: Problems) -> None:
    [found] = cadence_problems("- cadence: x\n")
    assert found.startswith("file.yaml:1: ")


def rungs(*steps: dict[str, Any]) -> list[int]:
    """The rungs of steps given by what differs from the first."""
    usual = {"clock": "past_due_age", "day": 3, "channel": "escalate"}
    content = [{"step": f"s{number}", **usual, **step} for number, step in enumerate(steps)]
    return Cadence.model_validate({"cadence": "x", "steps": content}).rung_numbers()


def test_consecutive_steps_of_the_same_clock_day_days_and_round_are_one_rung() -> None:
    assert rungs({}, {}, {"channel": "phone_call"}, {"day": 4}, {"day": 4}) == [1, 1, 1, 2, 2]


@pytest.mark.parametrize("difference", [{"clock": "account_age"}, {"day": 4}, {"days": "business"},
                                        {"round": "end_of_month"}])  # fmt: skip
def test_any_difference_in_when_a_step_is_due_begins_a_new_rung(difference: dict[str, Any]) -> None:
    assert rungs({}, difference) == [1, 2]


def test_a_step_that_counts_from_the_one_before_never_joins_it() -> None:
    waiting = {"clock": "since_previous_step", "day": 0}
    assert rungs({}, waiting, waiting) == [1, 2, 3]


def test_equal_steps_that_are_not_consecutive_are_different_rungs() -> None:
    assert rungs({}, {"day": 5}, {}) == [1, 2, 3]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("min_balance: {default: 0, USD: 100}", "min_balance: {default: 7}"),
        ("min_open: {default: 5}", "min_open: {default: 6}"),
        ("{GBP: 500}", "{GBP: 900}"),
        ("cadence: full", "cadence: full\ndescription: other words"),
        ("cadence: full", "cadence: full\nassign: {priority: 3}"),
        ("cadence: full", "cadence: full\napprove: first_run"),
        ("day: 10", "day: 10\n    approve: always"),
    ],
)
def test_wording_thresholds_and_rules_may_change_in_a_schedule_in_use(cadence: ReadCadence, old: str, new: str) -> None:
    assert cadence(changed(old, new)).schedule_fingerprint() == cadence(FULL).schedule_fingerprint()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("scope: account", "scope: invoice"),
        ('at: "07:00"', 'at: "08:00"'),
        ("[mon, tue]", "[mon, wed]"),
        ("day: 10", "day: 11"),
        ("step: second", "step: other"),
        ("channel: phone_call", "channel: escalate"),
        ("day: 10", "day: 10\n    days: business"),
        ("day: 10", "day: 10\n    repeat_every: 3"),
    ],
)
def test_run_scope_and_steps_are_frozen(cadence: ReadCadence, old: str, new: str) -> None:
    assert cadence(changed(old, new)).schedule_fingerprint() != cadence(FULL).schedule_fingerprint()


def test_writing_a_default_out_does_not_change_the_schedule(cadence: ReadCadence) -> None:
    written = changed("cadence: full", "cadence: full\nversion: 1").replace("  at:", "  timezone: company\n  at:")
    assert cadence(written).schedule_fingerprint() == cadence(FULL).schedule_fingerprint()


def test_a_cadence_comes_back_from_the_ledger_as_it_was(cadence: ReadCadence) -> None:
    read = cadence(FULL)
    again = Cadence.model_validate_json(read.model_dump_json())
    assert (again, again.schedule_fingerprint()) == (read, read.schedule_fingerprint())
