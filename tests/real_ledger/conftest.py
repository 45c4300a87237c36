"""A chasing home on the real ledger that lies beside the repository; without it, these tests are skipped and say so.

The ledger is linked to, never copied. Its customers have no contacts, so ``write_contacts`` invents some: a fifth of
the customers has none, the others lack one thing or have opted out of another.
"""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from .ledger_model import LedgerModel

REPOSITORY = Path(__file__).resolve().parents[2]
LEDGER = REPOSITORY.parent / "shared" / "data" / "ibm_wa_accounts_receivable.csv"
HOME = Path(__file__).with_name("home")
EXTRACT_DAY = "2014-01-10"
CONTACT_COLUMNS = ("customer_number", "name", "email", "phone", "mobile", "is_primary", "email_opt_out",
                   "sms_opt_out", "call_opt_out")  # fmt: skip
MODULE = Path(__file__).parent.name


@pytest.fixture(scope="session")
def ledger() -> Path:
    """The real ledger's file."""
    if not LEDGER.is_file():
        pytest.skip(f"the real ledger is not there: {LEDGER}")
    return LEDGER


def contacts_of(customer: str, number: int) -> list[dict[str, str]]:
    """The contacts that the customer with this number in the list is given."""
    mobile, phone = f"+1202555{100 + number % 100:04}", f"+1415555{100 + number % 100:04}"
    email = f"contact{number}@customer.example"
    return [
        [],
        [{"name": "Ann", "email": email}],
        [{"name": "Bob", "email": email, "mobile": mobile, "email_opt_out": "true"}],
        [{"name": "Cleo", "phone": phone}, {"name": "Cy", "email": email}],
        [
            {"name": "Dan", "mobile": mobile, "sms_opt_out": "true", "call_opt_out": "true"},
            {"name": "Eve", "mobile": phone, "email": email, "is_primary": "false"},
        ],
    ][number % 5]  # fmt: skip


@pytest.fixture(scope="session")
def contacts(ledger: Path) -> dict[str, list[dict[str, str]]]:
    """The rows of contacts.csv by customer."""
    with ledger.open(encoding="utf-8", newline="") as stream:
        customers = sorted({row["customerID"] for row in csv.DictReader(stream)})
    return {
        customer: [
            {**dict.fromkeys(CONTACT_COLUMNS, ""), "customer_number": customer, **contact}
            for contact in contacts_of(customer, number)
        ]
        for number, customer in enumerate(customers)
    }


@pytest.fixture(scope="session")
def model(ledger: Path, contacts: dict[str, list[dict[str, str]]]) -> LedgerModel:
    """The ledger as the slow, obvious computation sees it."""
    cadences: list[dict[str, Any]] = [
        yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(HOME.glob("cadences/*.yaml"))
    ]
    return LedgerModel(ledger, cadences, contacts)


@pytest.fixture(scope="session")
def make_home(ledger: Path, contacts: dict[str, list[dict[str, str]]]) -> Callable[[Path], Path]:
    """Makes a fresh home in a folder."""

    def make(folder: Path) -> Path:
        home = folder / "home"
        shutil.copytree(HOME, home)
        extract = home / "extracts" / EXTRACT_DAY
        extract.mkdir(parents=True)
        (extract / ledger.name).symlink_to(ledger)
        with (extract / "contacts.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, CONTACT_COLUMNS)
            writer.writeheader()
            writer.writerows(row for rows in contacts.values() for row in rows)
        return home

    return make


@pytest.fixture
def home(make_home: Callable[[Path], Path], tmp_path: Path) -> Path:
    """A fresh home on the ledger."""
    return make_home(tmp_path)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how long each of these tests took."""
    took: dict[str, float] = {}
    for outcome in ("passed", "failed", "xfailed", "xpassed"):
        for report in terminalreporter.stats.get(outcome, []):
            if f"/{MODULE}/" in f"/{report.nodeid}" and report.when == "call":
                took[report.nodeid] = report.duration
    if took:
        terminalreporter.section("the real ledger: seconds per test")
        for name, seconds in took.items():
            terminalreporter.write_line(f"{seconds:7.1f}  {name}")
