"""From ``chasing init`` to the end of a day: run, look, work off the to-do list, simulate."""

import hashlib
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date
from pathlib import Path

import duckdb
import pytest

from .conftest import DAY, Command, Outcome

ACTION_COLUMNS = """
action_id action_date scope customer_number customer_name currency cadence cadence_version cycle_start step step_number
channel template language contact_name recipient invoice_numbers invoice_count balance amount_past_due account_age_days
past_due_age_days step_due_date not_before status assigned_to estimated_cost cost_currency reason
"""
SIMULATED_COLUMNS = "action_date,customer_number,currency,cadence,step,channel,invoice_numbers,balance"


def digest(folder: Path) -> dict[str, str]:
    """A hash of every file below a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def files_and_ledger(home: Path) -> tuple[dict[str, str], list[str]]:
    """The hashes of a home's files, and what its ledger holds, however SQLite spreads it over its own files."""
    with closing(sqlite3.connect(home / "ledger.sqlite")) as connection:
        content = list(connection.iterdump())
    return {name: value for name, value in digest(home).items() if not name.startswith("ledger.sqlite")}, content


def test_init_makes_a_home_that_is_in_order(chasing: Command, tmp_path: Path) -> None:
    made = chasing("init", tmp_path / "new")
    assert (made.code, made.out) == (0, "")
    assert "chasing check --home" in made.err
    names = {path.name for path in (tmp_path / "new").iterdir()}
    assert {"chasing.yaml", "cadences", "templates", "enrolments.csv", "holds.csv", "extracts"} <= names
    checked = chasing("check", "--home", tmp_path / "new")
    assert (checked.code, checked.out) == (0, "")
    assert "there is no extract yet" in checked.err
    assert "is in order" in checked.err


def test_init_leaves_a_directory_alone_that_is_not_empty(chasing: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    refused = chasing("init", tmp_path)
    assert refused.code == 1
    assert "is not empty; choose another directory" in refused.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_check_finds_the_home_with_an_extract_in_order_and_touches_nothing(chasing: Command, new_home: Path) -> None:
    before = digest(new_home)
    checked = chasing("check", "--home", new_home)
    assert (checked.code, checked.out) == (0, "")
    assert digest(new_home) == before


def test_a_run_plans_and_carries_out_the_day(run_outcome: tuple[Path, Outcome]) -> None:
    home, outcome = run_outcome
    assert (outcome.code, outcome.out) == (0, "")
    assert f"{DAY}: 3 actions planned." in outcome.err
    assert "1 sent" in outcome.err
    assert "1 put on the to-do list" in outcome.err
    assert "1 failed for good" in outcome.err
    [mail] = [path for path in (home / "outbox" / DAY).rglob("*") if path.suffix == ".eml"]
    assert b"ann@acme.example" in mail.read_bytes()


def test_actions_as_csv_are_alone_on_standard_output(chasing: Command, ran_home: Path) -> None:
    shown = chasing("actions", "--home", ran_home, "--date", DAY, "--format", "csv")
    assert (shown.code, shown.err) == (0, "")
    rows = shown.rows()
    assert [name for name in rows[0] if name not in {"repetition", "not_after"}] == ACTION_COLUMNS.split()
    assert [(r["customer_number"], r["step"], r["status"], r["balance"], r["invoice_numbers"]) for r in rows] == [
        ("C1", "reminder", "ready", "1210.50", "I1;I5"),
        ("C2", "call", "todo", "99.00", "I2"),
        ("C3", "reminder", "unreachable", "50.00", "I3"),
    ]


def test_actions_as_json_are_alone_on_standard_output(chasing: Command, ran_home: Path) -> None:
    shown = chasing("actions", "--home", ran_home, "--date", DAY, "--format", "json")
    assert (shown.code, shown.err) == (0, "")
    rows = json.loads(shown.out)
    assert [row["recipient"] for row in rows] == ["ann@acme.example", "+33199000101", None]
    assert (rows[0]["balance"], rows[0]["invoice_numbers"], rows[0]["action_date"]) == ("1210.50", ["I1", "I5"], DAY)


def test_actions_for_people_are_a_table(chasing: Command, ran_home: Path) -> None:
    shown = chasing("actions", "--home", ran_home, "--date", DAY)
    assert shown.code == 0
    assert "Acme Ltd" in shown.out
    assert "1210.50" in shown.out


def test_the_module_is_the_command_and_keeps_standard_output_clean(ran_home: Path) -> None:
    command = [sys.executable, "-W", "error", "-m", "chasing_pipeline", "actions", "--home", str(ran_home)]
    finished = subprocess.run([*command, "--date", DAY, "--format", "json"], capture_output=True, check=False)
    assert (finished.returncode, finished.stderr) == (0, b"")
    assert len(json.loads(finished.stdout)) == 3


def test_the_tables_can_be_read_with_any_client(ran_home: Path) -> None:
    with duckdb.connect(str(ran_home / "warehouse" / "chasing.duckdb"), read_only=True) as connection:
        count = connection.execute("select count(*) from action_table").fetchone()
        kinds = connection.execute("select distinct kind from activity_log order by kind").fetchall()
    assert count == (3,)
    assert {("sent",), ("todo_created",), ("failed",)} <= set(kinds)


@pytest.mark.parametrize(
    ("customer", "expected"),
    [
        ("C1", ["Acme Ltd", "1,210.50", "I5", "reminder", "friendly-reminders"]),
        ("C2", ["Société Bolt", "call", "21 days past due"]),
        ("C3", ["no_contact"]),
        ("C4", ["70.00", "not_due", "due in 43 days"]),
    ],
)
def test_explain_says_why(chasing: Command, ran_home: Path, customer: str, expected: list[str]) -> None:
    told = chasing("explain", customer, "--home", ran_home, "--date", DAY)
    assert told.code == 0
    for text in expected:
        assert text in told.out


def test_explain_of_the_next_day_says_what_was_done(chasing: Command, ran_home: Path) -> None:
    told = chasing("explain", "C1", "--home", ran_home, "--date", "2026-03-19")
    assert f"Done on {DAY}." in told.out
    assert "sent" in told.out


def test_progress_shows_every_account_with_a_balance(chasing: Command, ran_home: Path) -> None:
    shown = chasing("progress", "--home", ran_home, "--format", "csv")
    assert (shown.code, shown.err) == (0, "")
    rows = {row["customer_number"]: row for row in shown.rows()}
    assert list(rows) == ["C1", "C2", "C3", "C4"]
    assert (rows["C1"]["last_step"], rows["C1"]["last_step_on"]) == ("reminder", DAY)
    assert (rows["C1"]["next_step"], rows["C1"]["next_step_on"]) == ("second-reminder", "2026-03-29")
    assert (rows["C4"]["last_step"], rows["C4"]["state"]) == ("", "not_due")
    assert chasing("progress", "--home", ran_home).code == 0


def test_a_dry_run_says_that_nothing_is_owed_any_more_and_does_nothing(chasing: Command, ran_copy: Path) -> None:
    shown = chasing("dispatch", "--home", ran_copy, "--date", DAY, "--dry-run")
    assert shown.code == 0
    assert "0 actions of 2026-03-18 are owed; nothing was done." in shown.err


def test_what_was_planned_without_dispatch_is_owed_and_a_dry_run_sends_nothing(
    chasing: Command, new_home: Path
) -> None:
    planned = chasing("run", "--home", new_home, "--date", DAY, "--no-dispatch")
    assert planned.code == 0
    shown = chasing("dispatch", "--home", new_home, "--date", DAY, "--dry-run")
    assert "3 actions of 2026-03-18 are owed; nothing was done." in shown.err
    assert "ann@acme.example" in shown.out
    assert not (new_home / "outbox").exists()
    assert chasing("todo", "list", "--home", new_home, "--format", "csv").rows() == []


# --- the to-do list -----------------------------------------------------------------------------------------------


def items(chasing: Command, home: Path, *more: str) -> list[dict[str, str]]:
    """The to-do list."""
    shown = chasing("todo", "list", "--home", home, "--format", "csv", *more)
    assert (shown.code, shown.err) == (0, "")
    return shown.rows()


def number_of(chasing: Command, home: Path, kind: str) -> str:
    """The number of the item of that kind."""
    [number] = [row["number"] for row in items(chasing, home) if row["kind"] == kind]
    return number


def test_the_to_do_list_has_the_call_and_the_contact_to_mend(chasing: Command, ran_home: Path) -> None:
    found = {row["kind"]: row for row in items(chasing, ran_home)}
    assert set(found) == {"phone_call", "mend_contact"}
    assert (found["phone_call"]["customer_number"], found["phone_call"]["assigned_to"]) == ("C2", "team")
    assert found["mend_contact"]["customer_number"] == "C3"
    assert json.loads(chasing("todo", "list", "--home", ran_home, "--format", "json").out)
    assert "Société Bolt" in chasing("todo", "list", "--home", ran_home).out


def test_what_is_done_leaves_the_list_and_stays_on_record(chasing: Command, ran_copy: Path) -> None:
    number = number_of(chasing, ran_copy, "phone_call")
    done = chasing("todo", "done", number, "--outcome", "sent a copy", "--home", ran_copy, "--date", DAY)
    assert (done.code, done.out) == (0, "")
    assert [row["kind"] for row in items(chasing, ran_copy)] == ["mend_contact"]
    closed = {row["number"]: row for row in items(chasing, ran_copy, "--all")}[number]
    assert (closed["state"], closed["outcome"], closed["closed_on"]) == ("done", "sent a copy", DAY)
    assert "sent a copy" in chasing("explain", "C2", "--home", ran_copy, "--date", DAY).out
    again = chasing("todo", "done", number, "--home", ran_copy, "--date", DAY)
    assert again.code == 1
    assert f"to-do number {number} was done on {DAY}: sent a copy" in again.err


def test_a_note_leaves_the_item_open_and_names_who_wrote_it(chasing: Command, ran_copy: Path) -> None:
    number = number_of(chasing, ran_copy, "phone_call")
    assert chasing("todo", "note", number, "nobody [answers]", "--home", ran_copy, "--date", DAY).code == 0
    assert len(items(chasing, ran_copy)) == 2
    told = chasing("explain", "C2", "--home", ran_copy, "--date", DAY).out
    assert "nobody [answers]" in told
    assert "Jo Tester" in told


def test_an_item_can_be_given_to_somebody_else(chasing: Command, ran_copy: Path) -> None:
    number = number_of(chasing, ran_copy, "phone_call")
    assert chasing("todo", "assign", number, "ann@example.com", "--home", ran_copy, "--date", DAY).code == 0
    assert [row["number"] for row in items(chasing, ran_copy, "--assigned-to", "ann@example.com")] == [number]


@pytest.mark.parametrize("arguments", [["done", "99"], ["note", "99", "text"], ["assign", "99", "team"]])
def test_an_item_that_is_not_there_is_one_clear_message(chasing: Command, ran_copy: Path, arguments: list[str]) -> None:
    refused = chasing("todo", *arguments, "--home", ran_copy)
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.strip() == "error: there is no to-do number 99; see chasing todo list"


@pytest.mark.parametrize("day", [["--date", DAY], []], ids=["on a given day", "on the day played last"])
def test_a_promise_holds_the_plan_of_the_next_days_until_it_is_over(
    chasing: Command, ran_copy: Path, day: list[str]
) -> None:
    number = number_of(chasing, ran_copy, "phone_call")
    arguments = ["--promise", "2026-04-02", "--outcome", "pays on Thursday", "--home", ran_copy, *day]
    assert chasing("todo", "done", number, *arguments).code == 0
    # the final notice comes due on 1 April, 35 days past due
    held = chasing("explain", "C2", "--home", ran_copy, "--date", "2026-04-01").out
    assert "promise" in held
    assert "Payment is promised until 2026-04-02." in held
    over = chasing("explain", "C2", "--home", ran_copy, "--date", "2026-04-07").out
    assert "Payment is promised" not in over


def test_a_promise_in_the_past_is_wrong_usage(chasing: Command, ran_copy: Path) -> None:
    number = number_of(chasing, ran_copy, "phone_call")
    assert chasing("todo", "done", number, "--promise", "2020-01-01", "--home", ran_copy).code == 2


def test_what_people_note_belongs_to_its_action(chasing: Command, ran_copy: Path) -> None:
    number = number_of(chasing, ran_copy, "phone_call")
    for text in ("nobody there", "still nobody there"):
        assert chasing("todo", "note", number, text, "--home", ran_copy).code == 0
    with duckdb.connect(str(ran_copy / "warehouse" / "chasing.duckdb"), read_only=True) as connection:
        noted = connection.execute(
            "select count(*), count(distinct activity_id), count(distinct action_id), min(channel), count(step) "
            "from activity_log where kind = 'note'"
        ).fetchone()
    assert noted == (2, 2, 1, "phone_call", 2)


# --- simulate -----------------------------------------------------------------------------------------------------


def simulated(chasing: Command, home: Path, *more: str) -> list[tuple[str, str, str]]:
    """(day, customer, step) of what a simulation prints as CSV."""
    shown = chasing("simulate", "--home", home, "--format", "csv", *more)
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.splitlines()[0] == SIMULATED_COLUMNS
    return [(row["action_date"], row["customer_number"], row["step"]) for row in shown.rows()]


def test_a_fresh_simulation_prints_the_columns_of_the_contract_and_touches_nothing(
    chasing: Command, new_home: Path
) -> None:
    before = digest(new_home)
    span = ("--from", DAY, "--to", "2026-04-01", "--only-days", f"{DAY},2026-04-01")
    shown = chasing("simulate", "--home", new_home, *span, "--fresh", "--format", "csv")
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.splitlines() == [
        SIMULATED_COLUMNS,
        f"{DAY},C1,GBP,friendly-reminders,reminder,email,I1;I5,1210.50",
        f"{DAY},C2,EUR,friendly-reminders,call,phone_call,I2,99.00",
        "2026-04-01,C1,GBP,friendly-reminders,second-reminder,email,I1;I5,1210.50",
        "2026-04-01,C2,EUR,friendly-reminders,final-notice,letter,I2,99.00",
    ]
    assert digest(new_home) == before


def test_a_simulation_goes_on_from_what_the_ledger_knows_and_touches_nothing(chasing: Command, ran_copy: Path) -> None:
    before, ledger = files_and_ledger(ran_copy)
    span = ("--from", "2026-03-19", "--to", "2026-03-20", "--only-days", "2026-03-19")
    assert simulated(chasing, ran_copy, *span) == []
    assert simulated(chasing, ran_copy, *span, "--fresh") == [
        ("2026-03-19", "C1", "reminder"),
        ("2026-03-19", "C2", "call"),
    ]
    assert files_and_ledger(ran_copy) == (before, ledger)


def test_a_simulation_can_be_read_as_a_table_or_as_json(chasing: Command, new_home: Path) -> None:
    span = ("--from", DAY, "--to", DAY, "--fresh")
    assert "friendly-reminders" in chasing("simulate", "--home", new_home, *span).out
    rows = json.loads(chasing("simulate", "--home", new_home, *span, "--format", "json").out)
    assert [date.fromisoformat(row["action_date"]) for row in rows] == [date(2026, 3, 18)] * 2


def test_the_home_can_be_named_by_the_environment(ran_home: Path) -> None:
    command = [sys.executable, "-m", "chasing_pipeline", "progress", "--format", "csv"]
    environment = {"CHASING_HOME": str(ran_home), "PATH": "/usr/bin:/bin"}
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert finished.returncode == 0
    assert finished.stdout.count("\n") == 5
