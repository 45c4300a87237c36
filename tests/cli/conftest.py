"""Running the command in this process, on a home that ``chasing init`` made."""

import csv
import io
import os
import shutil
import sys
from collections.abc import Callable, Iterable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from chasing_pipeline.cli import main

DAY = "2026-03-18"
CUSTOMERS = [
    "customer_number,name,address1,country,language",
    "C1,Acme Ltd,1 High Street,GB,en",
    "C2,Société Bolt,2 rue Basse,FR,fr",
    "C3,Calm plc,3 Low Street,GB,",
    "C4,Doe Inc,4 Main Street,US,",
]
CONTACTS = [
    "customer_number,name,email,phone,mobile",
    "C1,Ann Example,ann@acme.example,,+447700900123",
    "C2,Bob Exemple,bob@bolt.example,+33199000101,",
    "C4,Dan Doe,dan@doe.example,+12025550111,",
]
INVOICES = [
    "invoice_number,customer_number,issue_date,due_date,currency,amount",
    "I1,C1,2026-02-13,2026-03-15,GBP,1200.50",  # 3 days past due: reminder, an e-mail
    "I2,C2,2026-01-26,2026-02-25,EUR,99.00",  # 21 days past due: call
    "I3,C3,2026-02-13,2026-03-15,GBP,50.00",  # 3 days past due, but nobody to write to
    "I4,C4,2026-03-01,2026-04-30,USD,70.00",  # not due for long
    "I5,C1,2026-03-10,2026-04-09,GBP,10.00",
]


@dataclass(frozen=True)
class Outcome:
    """What a command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    def rows(self) -> list[dict[str, str]]:
        """Standard output as CSV."""
        return list(csv.DictReader(io.StringIO(self.out)))


Command = Callable[..., Outcome]


def execute(*arguments: object) -> Outcome:
    """Run ``chasing`` with these arguments in this process, as the console script does."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    before, argv = dict(os.environ), sys.argv
    os.environ.pop("CHASING_HOME", None)
    os.environ.pop("DAGSTER_HOME", None)
    os.environ.update({"USER": "Jo Tester", "COLUMNS": "200"})
    sys.argv = ["chasing", *map(str, arguments)]
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main()
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        sys.argv = argv
        os.environ.clear()
        os.environ.update(before)
    return Outcome(code, out.getvalue(), err.getvalue())


def write_extract(home: Path, day: str = DAY, **tables: Iterable[str]) -> Path:
    """The extract of a day: the usual customers, contacts and invoices, unless given otherwise."""
    folder = home / "extracts" / day
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in {"customers": CUSTOMERS, "contacts": CONTACTS, "invoices": INVOICES, **tables}.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture
def chasing() -> Command:
    """The command."""
    return execute


@pytest.fixture(scope="session")
def made_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that ``chasing init`` made, with one extract; to be copied."""
    home = tmp_path_factory.mktemp("init") / "home"
    assert execute("init", home).code == 0
    write_extract(home)
    return home


@pytest.fixture
def new_home(made_home: Path, tmp_path: Path) -> Path:
    """A copy of the new home, to be changed."""
    return Path(shutil.copytree(made_home, tmp_path / "home"))


@pytest.fixture(scope="session")
def run_outcome(made_home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    """A copy of the new home in which the day was run, and what the run said; not to be changed."""
    home = Path(shutil.copytree(made_home, tmp_path_factory.mktemp("run") / "home"))
    return home, execute("run", "--home", home, "--date", DAY)


@pytest.fixture
def ran_home(run_outcome: tuple[Path, Outcome]) -> Path:
    """The home in which the day was run; not to be changed."""
    return run_outcome[0]


@pytest.fixture
def ran_copy(ran_home: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed."""
    return Path(shutil.copytree(ran_home, tmp_path / "home"))
