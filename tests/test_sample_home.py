"""The sample home is what its README says: fictitious, reproducible, and with something of everything in it."""

import csv
import re
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path

import phonenumbers
import pyarrow.parquet  # type: ignore[import-untyped, unused-ignore]
import pytest

from chasing_pipeline.domain.cadence import Cadence, Channel
from chasing_pipeline.domain.settings import Settings
from chasing_pipeline.domain.tables import EXTRACT_TABLES
from chasing_pipeline.domain.yaml_files import read_yaml, validate

HOME = Path(__file__).parents[1] / "data"
LAST = HOME / "extracts" / "2026-03-18"
TEMPLATES = {"intro", "open-item", "due-soon", "overdue", "overdue-many", "final-notice"}
RESERVED_FOR_FICTION = re.compile(
    r"\+(44(7700900\d{3}|2079460\d{3})|1[2-9]\d{2}55501\d{2}|33(639980\d{3}|19900\d{4})"
    r"|49(3023125\d{3}|17604069\d{3})|3532091\d{5})"
)


def rows(name: str) -> list[dict[str, str]]:
    """The rows of one table of the last extract."""
    return csv_rows(LAST / f"{name}.csv")


def csv_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def files_below(folder: Path) -> dict[str, Path]:
    """The files of a folder by their path within it."""
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}


def hand_written() -> Iterator[Path]:
    """Every file of the home that people write, and that says something to customers."""
    yield from (HOME / "chasing.yaml", HOME / "enrolments.csv", HOME / "holds.csv")
    yield from sorted((HOME / "cadences").glob("*.yaml"))


@pytest.fixture(scope="module")
def generate() -> Callable[[Path], None]:
    """The generator, which is a script and no module of the package."""
    function: Callable[[Path], None] = runpy.run_path(str(HOME / "generate.py"))["generate"]
    return function


@pytest.fixture(scope="module")
def cadences() -> list[Cadence]:
    """The sample's cadences."""
    return [validate(read_yaml(path), Cadence) for path in sorted((HOME / "cadences").glob("*.yaml"))]


def test_the_generator_writes_exactly_what_is_in_the_repository(
    generate: Callable[[Path], None], tmp_path: Path
) -> None:
    generate(tmp_path)
    made, kept = files_below(tmp_path / "extracts"), files_below(HOME / "extracts")
    assert made.keys() == kept.keys()
    for name, path in made.items():
        if path.suffix == ".parquet":  # its bytes name the version of pyarrow
            assert pyarrow.parquet.read_table(path).equals(pyarrow.parquet.read_table(kept[name])), name
        else:
            assert path.read_bytes() == kept[name].read_bytes(), name


def test_generating_twice_leaves_the_same_bytes_and_nothing_else(
    generate: Callable[[Path], None], tmp_path: Path
) -> None:
    generate(tmp_path)
    first = {name: path.read_bytes() for name, path in files_below(tmp_path).items()}
    (tmp_path / "extracts" / "2026-03-18" / "leftover.csv").write_text("from an older generator")
    generate(tmp_path)
    assert {name: path.read_bytes() for name, path in files_below(tmp_path).items()} == first


def test_there_are_ten_extracts_that_end_on_the_sample_day() -> None:
    folders = sorted(path.name for path in (HOME / "extracts").iterdir())
    assert folders == [f"2026-03-{day:02}" for day in range(9, 19)]


def test_tables_come_in_every_form() -> None:
    names = {path.name for path in files_below(HOME / "extracts").values()}
    assert {"invoices-1.csv", "invoices-2.csv", "transactions.jsonl", "customers.parquet"} <= names


def test_extracts_have_the_columns_of_the_contract_and_no_others() -> None:
    for name, table in EXTRACT_TABLES.items():
        assert tuple(rows(name)[0]) == table.column_names


def test_customers_live_in_many_countries_currencies_and_languages() -> None:
    customers = rows("customers")
    assert len(customers) == 60
    assert len({row["country"] for row in customers}) >= 5
    assert len({row["language"][:2] for row in customers}) >= 3
    assert len({row["currency"] for row in rows("invoices")}) >= 3
    assert {"NET 14", "NET 30", "NET 60", "DUE ON RECEIPT"} <= {row["payment_terms"] for row in customers}


def test_most_invoices_are_paid_by_transactions() -> None:
    invoices = rows("invoices")
    assert len(invoices) >= 250
    assert 0.55 < sum(row["status"] == "paid" for row in invoices) / len(invoices) < 0.75


def test_every_phone_number_is_reserved_for_fiction() -> None:
    numbers = [row[column] for row in rows("contacts") for column in ("phone", "mobile") if row[column]]
    for path in hand_written():
        numbers += re.findall(r"\+\d+", path.read_text(encoding="utf-8"))
    assert [number for number in numbers if not RESERVED_FOR_FICTION.fullmatch(number)] == []
    assert all(phonenumbers.is_possible_number(phonenumbers.parse(number)) for number in numbers)


def test_contacts_do_not_share_numbers_or_addresses() -> None:
    for column in ("email", "phone", "mobile"):
        values = [row[column] for row in rows("contacts") if row[column]]
        assert len(values) == len(set(values)), column


def test_every_domain_is_reserved_for_examples() -> None:
    paths = [path for path in files_below(HOME / "extracts").values() if path.suffix != ".parquet"]
    for path in [*paths, *hand_written()]:
        text = path.read_text(encoding="utf-8")
        domains = re.findall(r"@([\w.-]+)|https?://([\w.-]+)", text)
        assert {a or b for a, b in domains if not (a or b).endswith(".example")} == set(), path


def test_settings_and_cadences_are_in_order(cadences: list[Cadence]) -> None:
    settings = validate(read_yaml(HOME / "chasing.yaml"), Settings)
    assert settings.mode == "sandbox"
    assert [cadence.cadence for cadence in cadences] == ["key-accounts", "net30-standard", "small-balances"]
    priorities = [cadence.assign.priority for cadence in cadences if cadence.assign]
    assert len(priorities) == len(set(priorities))


def test_cadences_use_every_channel_and_known_templates_only(cadences: list[Cadence]) -> None:
    steps = [step for cadence in cadences for step in cadence.steps]
    assert {step.channel for step in steps} == set(Channel)
    assert {step.template for step in steps} | {step.multi_template for step in steps} == TEMPLATES | {None}


def test_enrolments_and_holds_speak_of_what_exists(cadences: list[Cadence]) -> None:
    customers = {row["customer_number"] for row in rows("customers")}
    accounts = {(row["customer_number"], row["currency"]) for row in rows("invoices")}
    invoices = {(row["customer_number"], row["invoice_number"]) for row in rows("invoices")}
    for row in csv_rows(HOME / "enrolments.csv"):
        assert row["customer_number"] in customers
        assert row["cadence"] in {cadence.cadence for cadence in cadences}
        assert not row["currency"] or (row["customer_number"], row["currency"]) in accounts
    for row in csv_rows(HOME / "holds.csv"):
        assert row["customer_number"] in customers
        assert not row["invoice_number"] or (row["customer_number"], row["invoice_number"]) in invoices


def test_the_last_extract_has_three_bad_rows_and_no_file_is_beyond_the_allowed_share() -> None:
    invoices, transactions = rows("invoices"), rows("transactions")
    keys = [(row["invoice_number"], row["instalment"]) for row in invoices]
    customers = {row["customer_number"] for row in rows("customers")}
    assert [key for key in set(keys) if keys.count(key) > 1] == [keys[-1]]
    assert [row["date"] for row in transactions if row["date"] > "2026-03-18"] == ["2026-03-32"]
    assert [row["customer_number"] for row in transactions if row["customer_number"] not in customers] == ["C9999"]
    assert 2 / len(invoices) < 0.01  # also if both rows of the pair are rejected
    assert 2 / len(transactions) < 0.01


def test_an_extract_holds_what_is_dated_on_its_day_or_before() -> None:
    for folder in (HOME / "extracts").iterdir():
        dated = [row["issue_date"] for path in folder.glob("invoices*.csv") for row in csv_rows(path)]
        dated += [row["date"] for path in folder.glob("transactions.csv") for row in csv_rows(path)]
        assert max(date for date in dated if date != "2026-03-32") <= folder.name


def test_no_invoice_is_paid_before_it_is_issued() -> None:
    issued = {row["invoice_number"]: row["issue_date"] for row in rows("invoices")}
    early = [
        row for row in rows("transactions") if row["invoice_number"] and row["date"] < issued[row["invoice_number"]]
    ]
    assert early == []


def test_the_readme_and_the_generator_tell_the_same_stories() -> None:
    told = re.findall(r"^\| (C\d{4}) \|", (HOME / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    listed = re.findall(r"^(C\d{4})   ", (HOME / "generate.py").read_text(encoding="utf-8"), re.MULTILINE)
    assert told == listed
    assert len(told) >= 30
