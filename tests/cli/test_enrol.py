"""Customers are put into a cadence by hand: one or many, checked as a whole, written in one step."""

import io
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from filelock import FileLock

from chasing_pipeline.cli.enrolling import changing
from chasing_pipeline.cli.enrolling.wishes import Wish

from .conftest import DAY, Command

KEY = "cadence: key\nsteps: [{step: visit, clock: past_due_age, day: 3, channel: escalate}]\n"
HEADER = "customer_number,cadence,currency\n"


@pytest.fixture
def home(new_home: Path) -> Path:
    """The new home with a second cadence that nobody comes to by a rule."""
    (new_home / "cadences" / "key.yaml").write_text(KEY)
    (new_home / "cadences" / "other.yaml").write_text(KEY.replace("cadence: key", "cadence: other"))
    return new_home


def enrolments(home: Path) -> str:
    """The text of the file."""
    return (home / "enrolments.csv").read_text(encoding="utf-8")


def errors(text: str) -> list[str]:
    """The faults that were told, without the word error."""
    return [line.removeprefix("error: ") for line in text.splitlines() if line.startswith("error: ")]


def test_customers_put_into_a_cadence_are_chased_by_it(chasing: Command, home: Path) -> None:
    put = chasing("enrol", "key", "C1", "C2", "--home", home, "--by", "Ann")
    assert (put.code, put.out) == (0, "")
    assert "Put into key: C1, C2." in put.err
    assert enrolments(home) == HEADER + "C1,key,\nC2,key,\n"
    rows = chasing("simulate", "--home", home, "--from", DAY, "--to", DAY, "--format", "csv").rows()
    assert [(row["customer_number"], row["cadence"]) for row in rows] == [("C1", "key"), ("C2", "key")]


def test_it_is_noted_who_enrolled_a_customer(chasing: Command, home: Path) -> None:
    assert chasing("enrol", "key", "C1", "--home", home, "--by", "Ann").code == 0
    told = chasing("explain", "C1", "--home", home, "--date", "2999-01-01").out
    assert "put into key by hand" in told
    assert "Ann" in told


def test_enrolling_again_changes_nothing_and_says_so(chasing: Command, home: Path) -> None:
    chasing("enrol", "key", "C1", "--home", home)
    before = (enrolments(home), (home / "enrolments.csv").stat().st_mtime_ns)
    again = chasing("enrol", "key", "C1", "C1", "--home", home)
    assert again.code == 0
    assert "In key already, nothing to do: C1." in again.err
    assert (enrolments(home), (home / "enrolments.csv").stat().st_mtime_ns) == before
    # all accounts are in it, so the one in GBP is
    assert "nothing to do: C1 (GBP)." in chasing("enrol", "key", "C1", "--currency", "GBP", "--home", home).err


def test_a_home_without_the_file_gets_one(chasing: Command, home: Path) -> None:
    (home / "enrolments.csv").unlink()
    assert chasing("enrol", "key", "C1", "--currency", "EUR", "--home", home).code == 0
    assert enrolments(home) == HEADER + "C1,key,EUR\n"


def test_other_rows_and_the_way_the_file_is_written_stay(chasing: Command, home: Path) -> None:
    path = home / "enrolments.csv"
    path.write_bytes(b'\xef\xbb\xbfcadence,customer_number\r\n"key","C4"\r\n\r\nother, C2')
    path.chmod(0o640)
    assert chasing("enrol", "key", "C1", "--home", home).code == 0
    assert path.read_bytes() == b'\xef\xbb\xbfcadence,customer_number\r\n"key","C4"\r\n\r\nother, C2\r\nkey,C1\r\n'
    assert path.stat().st_mode & 0o777 == 0o640
    # a currency needs its column
    assert chasing("enrol", "key", "C3", "--currency", "GBP", "--home", home).code == 0
    lines = path.read_bytes().split(b"\r\n")
    assert (lines[0], lines[-2]) == (b"\xef\xbb\xbfcadence,customer_number,currency", b"key,C3,GBP")
    assert chasing("check", "--home", home).code == 0


def test_a_file_that_is_a_link_stays_one(chasing: Command, home: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared.csv"
    (home / "enrolments.csv").rename(shared)
    (home / "enrolments.csv").symlink_to(shared)
    assert chasing("enrol", "key", "C1", "--home", home).code == 0
    assert (home / "enrolments.csv").is_symlink()
    assert shared.read_text() == HEADER + "C1,key,\n"


@pytest.mark.parametrize(
    "content",
    [
        "name,customer_number,currency\nAcme,C1,GBP\nBolt,C2,\n",
        "\ufeffcustomer_number;name;currency\r\nC1;Acme;GBP\r\n;;\r\nC2;Bolt\r\n",
        "cadence\tcustomer_number\tcurrency\nkey\tC1\tGBP\n\tC2\t\n",
    ],
    ids=["commas", "semicolons", "tabs and a cadence"],
)
def test_a_table_of_customers_can_be_enrolled(chasing: Command, home: Path, tmp_path: Path, content: str) -> None:
    (tmp_path / "many.csv").write_text(content, encoding="utf-8", newline="")
    assert chasing("enrol", "key", "--file", tmp_path / "many.csv", "--home", home).code == 0
    assert enrolments(home) == HEADER + "C1,key,GBP\nC2,key,\n"


def test_numbers_on_standard_input_can_be_enrolled_with_those_named(
    chasing: Command, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"C3\n\n C1 \nC1\n")))
    assert chasing("enrol", "key", "C2", "--file", "-", "--currency", "EUR", "--home", home).code == 0
    assert enrolments(home) == HEADER + "C2,key,EUR\nC3,key,EUR\nC1,key,EUR\n"


def test_all_faults_are_told_at_once_and_nothing_is_written(chasing: Command, home: Path, tmp_path: Path) -> None:
    (home / "enrolments.csv").write_text(HEADER + "C4,other,\n")
    (tmp_path / "many.csv").write_text(
        "customer_number,currency,cadence\nC1,,\nC1,GBP,\nC9,eur,\n,USD,\nC4,,\nC2,,other\n"
    )
    refused = chasing("enrol", "key", "C8", "--file", tmp_path / "many.csv", "--home", home)
    assert (refused.code, refused.out) == (1, "")
    file = tmp_path / "many.csv"
    assert errors(refused.err) == [
        f"{file}:3: currency: C1 is named twice, once for all its accounts and once for GBP alone (see {file}:2); "
        "keep one of them",
        f"{file}:4: currency: 'eur' is no ISO 4217 currency code; write e.g. EUR, or nothing for all accounts",
        f"{file}:4: customer_number: C9 is no customer of the newest extract, {DAY}; check the number, or wait for the "
        "extract that has it",
        f"{file}:5: customer_number: this field is empty; write the number, or remove the row",
        f"{file}:6: customer_number: C4 is already enrolled in other (enrolments.csv:2, all accounts); add --move to "
        "move it",
        f"{file}:7: cadence: this row says other, the command key; name one cadence at a time",
        f"command line: customer_number: C8 is no customer of the newest extract, {DAY}; check the number, or wait for "
        "the extract that has it",
    ]
    assert enrolments(home) == HEADER + "C4,other,\n"
    assert not (home / "ledger.sqlite").exists()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["nope", "C1"], "command line: cadence: there is no cadence 'nope'; there are friendly-reminders, key, other"),
        (["key", "C1", "--currency", "XXY"], "command line: currency: 'XXY' is no ISO 4217 currency code"),
        (["key", "--file", "nowhere.csv"], "nowhere.csv: the file can't be read: No such file or directory"),
    ],
)
def test_a_fault_says_what_to_do(chasing: Command, home: Path, arguments: list[str], expected: str) -> None:
    refused = chasing("enrol", *arguments, "--home", home)
    assert refused.code == 1
    [error] = errors(refused.err)
    assert error.startswith(expected)
    assert enrolments(home) == HEADER


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "customer_number: there is no customer number in it"),
        (b"customer_number\n", "customer_number: there is no customer number in it"),
        (b"C1\nC2,EUR\n", "customer_number: write one number per line, or a first line that names the columns"),
        (b"C1\n\xe9\n", "the file is not UTF-8 text; save it as UTF-8"),
    ],
)
def test_a_file_that_can_t_be_used_is_one_clear_message(
    chasing: Command, home: Path, tmp_path: Path, content: bytes, expected: str
) -> None:
    (tmp_path / "many.csv").write_bytes(content)
    refused = chasing("enrol", "key", "--file", tmp_path / "many.csv", "--home", home)
    assert refused.code == 1
    [error] = errors(refused.err)
    assert expected in error


def test_a_faulty_enrolments_file_is_told_and_left_alone(chasing: Command, home: Path) -> None:
    (home / "enrolments.csv").write_text(HEADER + "C1,gone,\n")
    refused = chasing("enrol", "key", "C9", "--home", home)
    found = errors(refused.err)
    assert [error.split(":")[0] for error in found] == ["command line", "enrolments.csv"]
    assert found[1].startswith("enrolments.csv:2: cadence: there is no cadence 'gone'")
    assert enrolments(home) == HEADER + "C1,gone,\n"
    # a row of a cadence that is no more can be taken out
    assert chasing("enrol", "gone", "C1", "--remove", "--home", home).code == 0
    assert enrolments(home) == HEADER


def test_without_an_extract_nobody_can_be_looked_up(chasing: Command, tmp_path: Path) -> None:
    chasing("init", tmp_path / "new")
    refused = chasing("enrol", "friendly-reminders", "C1", "--home", tmp_path / "new")
    assert refused.code == 1
    assert "there is no extract yet to look customers up in" in refused.err


@pytest.mark.parametrize(
    ("before", "wish", "after"),
    [
        ("C1,other,\nC2,other,\n", ["C1"], "C1,key,\nC2,other,\n"),
        ("C1,other,GBP\nC2,other,\nC1,other,EUR\n", ["C1"], "C1,key,\nC2,other,\n"),
        ("C1,other,\n", ["C1", "--currency", "GBP"], "C1,other,\nC1,key,GBP\n"),
        ("C1,key,\nC1,other,GBP\n", ["C1", "--currency", "GBP"], "C1,key,\nC1,key,GBP\n"),
    ],
)
def test_a_customer_of_another_cadence_moves_only_when_told_to(
    chasing: Command, home: Path, before: str, wish: list[str], after: str
) -> None:
    (home / "enrolments.csv").write_text(HEADER + before)
    refused = chasing("enrol", "key", *wish, "--home", home)
    assert refused.code == 1
    assert "C1 is already enrolled in other" in refused.err
    assert "add --move to move it" in refused.err
    assert enrolments(home) == HEADER + before
    moved = chasing("enrol", "key", *wish, "--move", "--home", home)
    assert moved.code == 0
    assert "Moved to key: C1" in moved.err
    assert enrolments(home) == HEADER + after


def test_another_currency_in_another_cadence_is_no_obstacle(chasing: Command, home: Path) -> None:
    (home / "enrolments.csv").write_text(HEADER + "C1,other,EUR\n")
    assert chasing("enrol", "key", "C1", "--currency", "GBP", "--home", home).code == 0
    assert enrolments(home) == HEADER + "C1,other,EUR\nC1,key,GBP\n"


def test_customers_can_be_taken_out(chasing: Command, home: Path) -> None:
    (home / "enrolments.csv").write_text(HEADER + "C1,key,GBP\nC2,other,\nC1,key,EUR\nGONE,key,\n")
    out = chasing("enrol", "key", "C1", "GONE", "C3", "--remove", "--home", home)
    assert out.code == 0
    assert "Taken out of key: C1, GONE." in out.err
    assert "Not in key by hand, nothing to do: C3." in out.err
    assert enrolments(home) == HEADER + "C2,other,\n"


def test_taking_out_of_the_wrong_cadence_or_account_is_refused(chasing: Command, home: Path) -> None:
    (home / "enrolments.csv").write_text(HEADER + "C1,other,\nC2,key,\n")
    refused = chasing("enrol", "key", "C1", "C2", "--currency", "EUR", "--remove", "--home", home)
    assert errors(refused.err) == [
        "command line: customer_number: C1 is enrolled in other (enrolments.csv:2), not in key",
        "command line: customer_number: enrolments.csv:3 puts all accounts of C2 into key; leave out the currency",
    ]
    assert enrolments(home) == HEADER + "C1,other,\nC2,key,\n"


@pytest.mark.parametrize("arguments", [["key"], ["key", "C1", "--remove", "--move"], []])
def test_wrong_arguments_are_wrong_usage(chasing: Command, home: Path, arguments: list[str]) -> None:
    assert chasing("enrol", *arguments, "--home", home).code == 2


def test_several_commands_at_once_lose_no_row(home: Path) -> None:
    def put(number: str) -> None:
        changing.put_in(changing.ChasingHome(home), "key", [Wish(number, "")], [], False)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, ["C1", "C2", "C3", "C4"]))
    header, *rows = enrolments(home).splitlines()
    assert sorted(rows) == ["C1,key,", "C2,key,", "C3,key,", "C4,key,"]
    assert header == HEADER.strip()


def test_a_command_that_waits_too_long_for_another_says_so(
    chasing: Command, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changing, "LONGEST_WAIT", 0.1)
    (home / ".locks").mkdir(exist_ok=True)
    with FileLock(home / ".locks" / "enrolments.lock"):
        refused = chasing("enrol", "key", "C1", "--home", home)
    assert refused.code == 1
    assert "another command has been changing enrolments.csv" in refused.err
    assert enrolments(home) == HEADER
