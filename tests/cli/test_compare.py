"""What other cadences would do: simulated beside the home's own on the same days, and nothing is touched."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from .conftest import DAY, Command
from .test_daily_work import SIMULATED_COLUMNS, digest, files_and_ledger

NAME = "friendly-reminders.yaml"
PRICES = "\nprices:\n  currency: GBP\n  email: {default: 0.0004}\n  letter: {default: 1.10}\n"
SPAN = ("--from", DAY, "--to", "2026-04-01", "--only-days", f"{DAY},2026-03-30,2026-04-01")


@pytest.fixture
def priced_home(new_home: Path) -> Path:
    """The new home with a price list."""
    with (new_home / "chasing.yaml").open("a") as settings:
        settings.write(PRICES)
    return new_home


def trial(home: Path, folder: Path, *changes: tuple[str, str]) -> Path:
    """A folder with the home's cadences, changed."""
    shutil.copytree(home / "cadences", folder)
    text = (folder / NAME).read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    (folder / NAME).write_text(text, encoding="utf-8")
    return folder


def compared(chasing: Command, home: Path, folder: Path, *span: str) -> dict[str, Any]:
    """The comparison as JSON."""
    shown = chasing("simulate", "--home", home, *(span or SPAN), "--against", folder, "--format", "json")
    assert (shown.code, shown.err) == (0, "")
    found: dict[str, Any] = json.loads(shown.out)
    return found


SOONER = ("day: 14, channel: email, template: overdue", "day: 10, channel: letter, template: open-item")
LATER = ("day: 21,", "day: 30,")


def test_both_simulations_and_their_difference_are_told(chasing: Command, priced_home: Path, tmp_path: Path) -> None:
    folder = trial(priced_home, tmp_path / "trial", SOONER, LATER)
    before = (digest(priced_home), digest(folder))
    found = compared(chasing, priced_home, folder)
    assert (digest(priced_home), digest(folder)) == before
    counts = {(row["week"], row["channel"]): (row["now"], row["against"]) for row in found["messages"]}
    assert counts == {
        ("2026-W12", "email"): (1, 1),
        ("2026-W12", "phone_call"): (1, 0),
        ("2026-W12", "letter"): (0, 1),
        ("2026-W14", "email"): (1, 0),
        ("2026-W14", "letter"): (1, 3),
        ("2026-W14", "phone_call"): (0, 1),
    }
    assert found["costs"] == [{"currency": "GBP", "now": "1.100800", "against": "4.400400", "difference": "3.299600"}]
    # C3 has no e-mail address, but a letter finds it
    assert [row["customer_number"] for row in found["differing"]] == ["C1", "C2", "C3"]
    assert (found["customers_only_now"], found["customers_only_against"]) == ([], ["C3"])
    assert found["differing"][0] == {
        "customer_number": "C1",
        "only_now": [{"day": "2026-03-30", "currency": "GBP", "step": "second-reminder", "channel": "email"}],
        "only_against": [{"day": "2026-03-30", "currency": "GBP", "step": "second-reminder", "channel": "letter"}],
    }
    assert [row["side"] for row in found["rows"]].count("now") == 4
    assert [row["side"] for row in found["rows"]].count("against") == 6


def test_csv_has_a_row_per_action_with_its_side(chasing: Command, priced_home: Path, tmp_path: Path) -> None:
    folder = trial(priced_home, tmp_path / "trial", LATER)
    shown = chasing("simulate", "--home", priced_home, *SPAN, "--against", folder, "--format", "csv")
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.splitlines()[0] == f"side,{SIMULATED_COLUMNS},estimated_cost,cost_currency"
    rows = [row for row in shown.rows() if row["customer_number"] == "C2"]
    assert [(row["side"], row["action_date"], row["step"], row["channel"]) for row in rows] == [
        ("now", DAY, "call", "phone_call"),
        ("against", DAY, "second-reminder", "email"),
        ("against", "2026-03-30", "call", "phone_call"),
        ("now", "2026-04-01", "final-notice", "letter"),
        ("against", "2026-04-01", "final-notice", "letter"),
    ]
    assert rows[1]["estimated_cost"] == "0.000400"


def test_people_get_tables(chasing: Command, priced_home: Path, tmp_path: Path) -> None:
    folder = trial(priced_home, tmp_path / "trial", LATER)
    shown = chasing("simulate", "--home", priced_home, *SPAN, "--against", folder)
    assert shown.code == 0
    words = " ".join(shown.out.split())
    assert words.startswith(f"From {DAY} to 2026-04-01, against the cadences of {folder}:")
    assert "week email letter phone call" in words
    assert "2026-W12 (from 2026-03-16) 1 → 2 1 → 0 2026-W14 (from 2026-03-30) 1 1 0 → 1" in words
    assert "email 2 3 +1 letter 1 1 0 phone_call 1 1 0 all 4 5 +1" in words
    assert "GBP 1.10 1.10 0.00" in words
    assert "Customers chased: 2 now, 2 against. 1 are chased differently: 0 of them only now, 0 only against. " in words
    assert f"C2 EUR call {DAY} phone_call 2026-03-30 phone_call EUR second-reminder - {DAY} email" in words
    assert shown.err == (
        f"note: after {DAY}, the newest extract, it is assumed that nobody pays and nothing new is invoiced.\n"
    )


def test_another_home_lends_its_cadences_and_nothing_else(chasing: Command, priced_home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    trial(priced_home, other / "cadences", ("min_balance: {default: 10}", "min_balance: {default: 100}"))
    (other / "chasing.yaml").write_text("nonsense: true")
    found = compared(chasing, priced_home, other)
    assert (found["customers_now"], found["customers_against"]) == (2, 1)
    assert (found["customers_only_now"], found["customers_only_against"]) == (["C2"], [])
    assert found["against"] == str(other / "cadences")


def test_the_home_s_own_cadences_make_no_difference(chasing: Command, ran_copy: Path) -> None:
    before = files_and_ledger(ran_copy)
    found = compared(chasing, ran_copy, ran_copy, "--from", "2026-03-30", "--to", "2026-03-30")
    assert (found["differing"], found["finishing_on_earlier_versions"]) == ([], {})
    assert {row["difference"] for row in found["messages"]} == {0}
    assert [(row["side"], row["step"]) for row in found["rows"]] == [
        ("now", "second-reminder"),
        ("against", "second-reminder"),
    ]
    assert files_and_ledger(ran_copy) == before


def test_a_running_cycle_follows_the_trial_under_the_same_version_only(
    chasing: Command, ran_copy: Path, tmp_path: Path
) -> None:
    day = ("--from", "2026-03-30", "--to", "2026-03-30")
    at_once = compared(chasing, ran_copy, trial(ran_copy, tmp_path / "same", SOONER), *day)
    sides = [(row["side"], row["channel"]) for row in at_once["rows"] if row["customer_number"] == "C1"]
    assert sides == [("now", "email"), ("against", "letter")]
    assert at_once["finishing_on_earlier_versions"] == {}
    version = ("scope: account", "scope: account\nversion: 2")
    folder = trial(ran_copy, tmp_path / "new", SOONER, version)
    finishing = compared(chasing, ran_copy, folder, *day)
    assert [(row["side"], row["channel"]) for row in finishing["rows"]] == [("now", "email"), ("against", "email")]
    assert finishing["finishing_on_earlier_versions"] == {"friendly-reminders version 1": 4}
    said = chasing("simulate", "--home", ran_copy, *day, "--against", folder, "--format", "csv")
    assert "note: 4 units in a running cycle finish on friendly-reminders version 1" in said.err
    fresh = compared(chasing, ran_copy, folder, *day, "--fresh")
    assert fresh["finishing_on_earlier_versions"] == {}
    assert ("against", "letter") in {(row["side"], row["channel"]) for row in fresh["rows"]}


def errors(chasing: Command, home: Path, folder: Path) -> list[str]:
    """What is said to be wrong."""
    refused = chasing("simulate", "--home", home, *SPAN, "--against", folder)
    assert (refused.code, refused.out) == (1, "")
    return refused.err.splitlines()


def test_faults_of_the_trial_are_told_with_its_path(chasing: Command, new_home: Path, tmp_path: Path) -> None:
    folder = trial(new_home, tmp_path / "trial", ("channel: sms", "channel: fax"))
    (folder / "more.yml").write_text("cadence: more\nassign: {when: 'nonsense ='}\nsteps: []\n")
    found = errors(chasing, new_home, folder)
    assert [error.split(": ")[1] for error in found] == [f"{folder}/{NAME}:13", f"{folder}/more.yml:3"]


def test_rules_of_the_trial_that_tie_are_told_with_its_path(chasing: Command, new_home: Path, tmp_path: Path) -> None:
    folder = trial(new_home, tmp_path / "trial")
    text = (folder / NAME).read_text()
    (folder / "twin.yaml").write_text(text.replace("cadence: friendly-reminders", "cadence: twin"))
    [error] = errors(chasing, new_home, folder)
    line = next(n for n, row in enumerate(text.splitlines(), start=1) if "priority: 100" in row)
    assert error.startswith(
        f"error: {folder}/{NAME}:{line}: assign.priority: friendly-reminders and twin ({folder}/twin.yaml) match "
        "the same accounts with the same priority (4 of them, e.g. customer C1)"
    )


def test_an_enrolment_into_a_cadence_that_the_trial_lacks_is_told(
    chasing: Command, new_home: Path, tmp_path: Path
) -> None:
    folder = trial(new_home, tmp_path / "trial")
    (new_home / "cadences" / "key.yaml").write_text(
        "cadence: key\nsteps: [{step: visit, clock: past_due_age, day: 3, channel: escalate}]\n"
    )
    (new_home / "enrolments.csv").write_text("customer_number,cadence\nC1,key\nC2,key\n")
    assert errors(chasing, new_home, folder) == [
        f"error: {folder}: cadence: enrolments.csv puts C1 and 1 more into key, which the trial lacks; copy its file "
        "into this folder, changed or not"
    ]


def test_a_folder_without_cadences_is_one_clear_message(chasing: Command, new_home: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert errors(chasing, new_home, tmp_path / "empty") == [
        f"error: {tmp_path / 'empty'}: there is no cadence in this folder"
    ]
    [error] = errors(chasing, new_home, tmp_path / "nowhere")
    assert error.startswith(f"error: there is no folder {tmp_path / 'nowhere'}")


def test_a_changed_schedule_in_use_is_refused_as_the_run_does_unless_fresh(chasing: Command, ran_copy: Path) -> None:
    path = ran_copy / "cadences" / NAME
    path.write_text(path.read_text().replace(*SOONER))
    day = ("--from", "2026-03-30", "--to", "2026-03-30", "--format", "csv")
    refused = chasing("simulate", "--home", ran_copy, *day)
    assert (refused.code, refused.out) == (1, "")
    note, error = refused.err.splitlines()
    assert note == (
        "note: to try other steps, change a copy of the cadences and simulate --against it; --fresh ignores what is in "
        "use."
    )
    assert error.startswith(
        f"error: cadences/{NAME}:1: version: steps of friendly-reminders changed (second-reminder), "
    )
    assert chasing("explain", "C1", "--home", ran_copy, "--date", "2026-03-19").err == error + "\n"
    assert chasing("simulate", "--home", ran_copy, *day, "--against", ran_copy).code == 1
    fresh = chasing("simulate", "--home", ran_copy, *day, "--fresh")
    assert fresh.code == 0
    assert {row["channel"] for row in fresh.rows() if row["customer_number"] == "C1"} == {"letter"}
