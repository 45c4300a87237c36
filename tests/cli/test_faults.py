"""A user's mistake is one clear message without a traceback, and the exit code says whose fault it is."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer.main

from chasing_pipeline.cli import app

from .conftest import CUSTOMERS, DAY, INVOICES, Command, Outcome, write_extract

CADENCE = "cadences/friendly-reminders.yaml"


def commands(group: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The path of every command below a group."""
    below = getattr(group, "commands", None)
    return [path] if below is None else [found for name in below for found in commands(below[name], (*path, name))]


ALL_COMMANDS = commands(typer.main.get_command(app))


def clear_message(outcome: Outcome, code: int = 1) -> str:
    """The one message on standard error; nothing else may be there."""
    assert outcome.code == code
    assert outcome.out == ""
    assert "Traceback" not in outcome.err
    errors = [line for line in outcome.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, outcome.err
    return errors[0]


def edit(home: Path, file: str, old: str, new: str) -> None:
    """Replace one piece of a file's text."""
    text = (home / file).read_text(encoding="utf-8")
    assert text.count(old) >= 1
    (home / file).write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("command", ALL_COMMANDS, ids=" ".join)
def test_the_help_of_every_command_shows_an_example(chasing: Command, command: tuple[str, ...]) -> None:
    shown = chasing(*command, "--help")
    assert shown.code == 0
    assert f"chasing {' '.join(command)}" in shown.out.split("Examples:")[1]


def test_the_commands_of_the_contract_that_this_suite_uses_are_there() -> None:
    assert {
        "demo",
        "init",
        "check",
        "run",
        "actions",
        "explain",
        "dispatch",
        "progress",
        "enrol",
        "simulate",
        "ui",
    } <= {path[0] for path in ALL_COMMANDS}
    assert {path[1] for path in ALL_COMMANDS if path[0] == "todo"} >= {"list", "done", "note", "assign"}


# --- wrong usage: 2 -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--date", "18.03.2026"],
        ["run", "--date", "2026-02-30"],
        ["actions", "--date", "yesterday"],
        ["explain", "C1", "--date", "2026-3-18"],
        ["simulate", "--from", "2026-03-18", "--to", "soon"],
        ["simulate", "--from", "2026-03-18", "--to", "2026-03-20", "--only-days", "2026-03-18,x"],
        ["todo", "done", "1", "--promise", "Friday"],
    ],
)
def test_a_day_that_is_no_date_is_wrong_usage(chasing: Command, new_home: Path, arguments: list[str]) -> None:
    refused = chasing(*arguments, "--home", new_home)
    assert (refused.code, refused.out) == (2, "")
    assert "is no date; write YYYY-MM-DD" in " ".join(refused.err.split())
    assert "Traceback" not in refused.err


@pytest.mark.parametrize("command", ["run", "simulate"])
def test_a_range_that_ends_before_it_begins_is_wrong_usage(chasing: Command, new_home: Path, command: str) -> None:
    refused = chasing(command, "--from", "2026-03-18", "--to", "2026-03-17", "--home", new_home)
    assert (refused.code, refused.out) == (2, "")
    assert "--to lies before --from" in refused.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--from", "2026-03-18"],
        ["run", "--from", "2026-03-18", "--to", "2026-03-19", "--date", "2026-03-18"],
        ["actions", "--format", "xml"],
        ["dispatch", "--release", "everything", "--by", "Jo"],
        ["simulate"],
        ["explain"],
        ["nonsense"],
        ["run", "--nonsense"],
        ["todo", "done", "first"],
    ],
)
def test_wrong_arguments_are_wrong_usage(chasing: Command, new_home: Path, arguments: list[str]) -> None:
    refused = chasing(*arguments, "--home", new_home)
    assert (refused.code, refused.out) == (2, "")
    assert "Traceback" not in refused.err


def test_the_command_alone_shows_what_there_is(chasing: Command) -> None:
    shown = chasing()
    assert shown.code in (0, 2)
    assert "simulate" in shown.out + shown.err


# --- data and configuration: 1 ------------------------------------------------------------------------------------


def test_a_home_that_is_not_there_is_one_clear_message(chasing: Command, tmp_path: Path) -> None:
    assert "there is no chasing home" in clear_message(chasing("check", "--home", tmp_path / "nowhere"))


def test_a_run_stops_at_a_missing_column_and_publishes_nothing(chasing: Command, new_home: Path) -> None:
    lines = [line.rsplit(",", 1)[0] for line in INVOICES]
    write_extract(new_home, invoices=lines)
    message = clear_message(chasing("run", "--home", new_home, "--date", DAY))
    assert f"{DAY}/invoices.csv: the required column amount is missing" in message
    assert not list((new_home / "warehouse").rglob("*.parquet"))
    assert not (new_home / "outbox").exists()
    assert "the required column amount is missing" in clear_message(chasing("check", "--home", new_home))


def test_bad_rows_are_quarantined_the_rest_is_planned_and_the_dispatch_waits_for_a_release(
    chasing: Command, new_home: Path
) -> None:
    bad = ["I6,C1,2026-02-31,2026-03-15,GBP,10.00", "I1,C1,2026-02-13,2026-03-15,GBP,7.00"]
    write_extract(new_home, invoices=[*INVOICES, *bad])
    checked = chasing("check", "--home", new_home)
    assert checked.code == 0
    assert "invoices.csv:7: issue_date: not readable as a date between 1900 and 2199 (2026-02-31)" in checked.err
    assert "invoices.csv:8: invoice_number: duplicate key" in checked.err
    ran = chasing("run", "--home", new_home, "--date", DAY)
    assert "3 actions planned" in ran.err
    message = clear_message(ran)
    assert "28.6% of the rows of invoices/invoices.csv in the extract of 2026-03-18 were rejected" in message
    assert "--release quarantine --by" in message
    assert not (new_home / "outbox").exists()
    rows = chasing("actions", "--home", new_home, "--date", DAY, "--format", "csv").rows()
    assert [row["balance"] for row in rows] == ["1210.50", "99.00", "50.00"]


def test_a_cadence_with_an_unknown_channel_is_named_with_file_line_and_field(chasing: Command, new_home: Path) -> None:
    edit(new_home, CADENCE, "channel: sms", "channel: fax")
    expected = f"{CADENCE}:13: steps[1].channel: 'fax' is not one of"
    assert expected in clear_message(chasing("check", "--home", new_home))
    span = ("--from", DAY, "--to", DAY)
    assert expected in clear_message(chasing("simulate", "--home", new_home, *span))
    assert expected in clear_message(chasing("explain", "C1", "--home", new_home, "--date", DAY))


def test_a_run_with_a_wrong_cadence_is_one_clear_message(chasing: Command, new_home: Path) -> None:
    edit(new_home, CADENCE, "channel: sms", "channel: fax")
    assert f"{CADENCE}:13: steps[1].channel" in clear_message(chasing("run", "--home", new_home, "--date", DAY))


def test_a_template_with_an_unknown_name_is_found_before_anything_is_sent(chasing: Command, new_home: Path) -> None:
    path = new_home / "templates" / "overdue" / "subject.txt"
    path.write_text("Hello {{ custmer_name }}", encoding="utf-8")
    message = clear_message(chasing("check", "--home", new_home))
    assert "overdue/subject.txt" in message
    assert "custmer_name" in message


def test_check_names_everything_at_once(chasing: Command, new_home: Path) -> None:
    edit(new_home, CADENCE, "channel: sms", "channel: fax")
    edit(new_home, CADENCE, "scope: account", "scope: all")
    (new_home / "holds.csv").write_text("customer_number,kind\nC1,break\n")
    refused = chasing("check", "--home", new_home)
    assert refused.code == 1
    assert [line.split(": ")[1] for line in refused.err.splitlines()] == [
        f"{CADENCE}:4",
        f"{CADENCE}:13",
        "holds.csv:2",
    ]


def test_check_names_faults_of_settings_and_cadences_together(chasing: Command, new_home: Path) -> None:
    edit(new_home, "chasing.yaml", "mode: sandbox", "mode: test")
    edit(new_home, CADENCE, "channel: sms", "channel: fax")
    refused = chasing("check", "--home", new_home)
    assert refused.code == 1
    assert [line.split(":")[1].strip() for line in refused.err.splitlines()] == [CADENCE, "chasing.yaml"]


def test_two_rules_that_tie_are_found_by_check(chasing: Command, new_home: Path) -> None:
    text = (new_home / CADENCE).read_text(encoding="utf-8")
    (new_home / "cadences" / "twin.yaml").write_text(text.replace("cadence: friendly-reminders", "cadence: twin"))
    message = clear_message(chasing("check", "--home", new_home))
    line = next(number for number, row in enumerate(text.splitlines(), start=1) if "priority: 100" in row)
    assert message.startswith(
        f"error: {CADENCE}:{line}: assign.priority: friendly-reminders and twin (cadences/twin.yaml)"
    )


@pytest.mark.parametrize("command", ["actions", "progress"])
def test_a_day_that_was_not_planned_is_one_clear_message(chasing: Command, ran_home: Path, command: str) -> None:
    message = clear_message(chasing(command, "--home", ran_home, "--date", "2026-03-25"))
    said = "error: 2026-03-25 has not been planned; run: chasing run --date 2026-03-25"
    assert message == f"{said} --home {ran_home}"


@pytest.mark.parametrize("arguments", [["--dry-run"], []])
def test_a_day_that_was_not_planned_is_not_dispatched(chasing: Command, ran_home: Path, arguments: list[str]) -> None:
    outcome = chasing("dispatch", "--home", ran_home, "--date", "2026-03-25", *arguments)
    assert "2026-03-25 has not been planned" in clear_message(outcome)


def test_progress_before_the_first_day_says_what_to_do(chasing: Command, new_home: Path) -> None:
    assert "no day has been planned yet; run: chasing run" in clear_message(chasing("progress", "--home", new_home))


def test_a_customer_who_is_not_there_is_one_clear_message(chasing: Command, ran_home: Path) -> None:
    message = clear_message(chasing("explain", "C9", "--home", ran_home, "--date", DAY))
    assert message == f"error: there is no customer C9 in the extract of {DAY}"


def test_a_home_without_an_extract_is_one_clear_message(chasing: Command, tmp_path: Path) -> None:
    chasing("init", tmp_path / "new")
    span = ("--from", DAY, "--to", DAY)
    assert "there is no extract below" in clear_message(chasing("simulate", "--home", tmp_path / "new", *span))


def test_a_changed_schedule_that_is_in_use_is_refused(chasing: Command, ran_copy: Path) -> None:
    edit(ran_copy, CADENCE, "day: 14", "day: 15")
    message = clear_message(chasing("check", "--home", ran_copy))
    assert "version: steps of friendly-reminders changed" in message
    assert message.startswith(f"error: {CADENCE}:")
    assert "version: 2" in message


def test_live_mode_is_refused_before_anything_is_sent(chasing: Command, new_home: Path) -> None:
    edit(new_home, "chasing.yaml", "mode: sandbox", "mode: live")
    today = date.today()
    days = {name: (today - timedelta(days=age)).isoformat() for name, age in (("issued", 33), ("due", 3))}
    lines = [INVOICES[0], f"I1,C1,{days['issued']},{days['due']},GBP,1200.50"]
    write_extract(new_home, (today - timedelta(days=1)).isoformat(), invoices=lines)
    write_extract(new_home, today.isoformat(), invoices=lines)
    edit(new_home, CADENCE, "  weekdays: [mon, tue, wed, thu, fri]\n  skip_holidays: true\n", "")
    message = clear_message(chasing("run", "--home", new_home))
    assert "mode: live" in message
    assert "SMTP_URL is not set" in message
    assert not (new_home / "outbox").exists()


def test_a_condition_whose_kinds_do_not_fit_is_one_clear_message(chasing: Command, new_home: Path) -> None:
    edit(new_home, CADENCE, "  priority: 100", "  when: country = 44\n  priority: 100")
    assert CADENCE in clear_message(chasing("check", "--home", new_home))


def test_customers_of_the_usual_extract_are_all_good(chasing: Command, new_home: Path) -> None:
    write_extract(new_home, customers=[*CUSTOMERS, "C1,Again,,GB,"])
    assert "customers.csv:6: customer_number: duplicate key" in chasing("check", "--home", new_home).err


def test_check_says_that_balances_alone_cannot_tell_a_restart(chasing: Command, new_home: Path) -> None:
    edit(new_home, CADENCE, "cadence: friendly-reminders\n", "cadence: friendly-reminders\non_oldest_paid: restart\n")
    said = chasing("check", "--home", new_home)
    assert said.code == 0
    assert "on_oldest_paid: restart needs transactions or paid_on in the extract" in said.err
