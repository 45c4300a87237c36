"""``chasing simulate`` and the model print the same rows in every generated home.

``PROPERTY_EXAMPLES`` sets how many homes each test tries. Where the two differ, the smallest home found stays on disk,
and the message says where, what differs first, and how to open it.
"""

import csv
import importlib
import io
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from .homes import ACCOUNT_SCOPE_BASIC, EVERYTHING, ChasingHome, homes, write_home
from .model import Row, simulate

REPOSITORY = Path(__file__).resolve().parents[2]
ROWS_SHOWN = 5


def product_is_there() -> bool:
    """Whether the command can be started at all."""
    try:
        return hasattr(importlib.import_module("chasing_pipeline.cli"), "main")
    except ImportError:
        return False


pytestmark = pytest.mark.skipif(not product_is_there(), reason="the command `chasing` can't be imported yet")

examples = settings(
    print_blob=True,
    max_examples=int(os.environ.get("PROPERTY_EXAMPLES", "25")),
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


def command(home: Path, first: date, last: date, only_days: set[date] | None) -> list[str]:
    """The command line that simulates a home."""
    days = ["--only-days", ",".join(day.isoformat() for day in sorted(only_days))] if only_days is not None else []
    span = ["--from", first.isoformat(), "--to", last.isoformat(), *days]
    arguments = ["simulate", "--home", str(home), *span, "--fresh", "--format", "csv"]
    return [sys.executable, "-m", "chasing_pipeline", *arguments]


def product_rows(home: Path, first: date, last: date, only_days: set[date] | None) -> list[Row]:
    """What the product prints for a home, in the order of the model's rows."""
    finished = subprocess.run(
        command(home, first, last, only_days), cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    if finished.returncode != 0:
        raise AssertionError(f"exit code {finished.returncode}\n{finished.stderr[-4000:]}")
    rows = [
        Row(
            action_date=date.fromisoformat(line["action_date"]),
            customer_number=line["customer_number"],
            currency=line["currency"],
            cadence=line["cadence"],
            step=line["step"],
            channel=line["channel"],
            invoice_numbers=frozenset(number for number in line["invoice_numbers"].split(";") if number),
            balance=Decimal(line["balance"]),
        )
        for line in csv.DictReader(io.StringIO(finished.stdout))
    ]
    return sorted(rows, key=Row.sort_key)


def check(home: ChasingHome, keeps_silent_homes: bool) -> None:
    """Simulate a home both ways and compare; the home is kept where they differ."""
    directory = Path(tempfile.gettempdir()) / "chasing-properties" / str(os.getpid())
    write_home(home, directory)
    only_days = None if home.only_days is None else set(home.only_days)
    expected = simulate(directory, home.first, home.last, only_days)
    assume(expected or keeps_silent_homes)
    try:
        printed = product_rows(directory, home.first, home.last, only_days)
    except AssertionError as error:
        pytest.fail(f"The product failed: {error}\n{how_to_open(directory, home, only_days)}", pytrace=False)
    if printed != expected:
        differences = describe(expected, printed)
        pytest.fail(f"{differences}\n{how_to_open(directory, home, only_days)}", pytrace=False)
    shutil.rmtree(directory)


def describe(expected: list[Row], printed: list[Row]) -> str:
    """The first rows that only one of the two has, by day."""
    only_expected = list((Counter(expected) - Counter(printed)).elements())
    only_printed = list((Counter(printed) - Counter(expected)).elements())
    marked = [(row, "only the model") for row in only_expected] + [(row, "only the product") for row in only_printed]
    marked.sort(key=lambda pair: pair[0].sort_key())
    lines = [f"  {who}: {text_of(row)}" for row, who in marked[:ROWS_SHOWN]]
    more = [f"  … and {len(marked) - ROWS_SHOWN} more"] if len(marked) > ROWS_SHOWN else []
    agreed = [row for row in expected if not marked or row.action_date < marked[0][0].action_date]
    before = [f"  both, before: {text_of(row)}" for row in agreed[-ROWS_SHOWN:]]
    return "\n".join(["The product and the model differ:", *before, *lines, *more])


def text_of(row: Row) -> str:
    """A row on one line."""
    account = f"{row.customer_number} {row.currency} {row.cadence}"
    invoices = ";".join(sorted(row.invoice_numbers))
    return f"{row.action_date:%a %Y-%m-%d} {account} {row.step} ({row.channel}) [{invoices}] {row.balance}"


def how_to_open(directory: Path, home: ChasingHome, only_days: set[date] | None) -> str:
    """Where the home is, and the two commands to run on it."""
    model = [sys.executable, str(Path(__file__).with_name("model.py")), str(directory), str(home.first), str(home.last)]
    if only_days is not None:
        model.append(",".join(day.isoformat() for day in sorted(only_days)))
    product = command(directory, home.first, home.last, only_days)
    return f"The home: {directory}\nThe product: {shlex.join(product)}\nThe model: {shlex.join(model)}"


@examples
@given(home=homes(ACCOUNT_SCOPE_BASIC), keeps_silent_homes=st.sampled_from((False, False, False, True)))
def test_the_basics_of_scope_account_agree_with_the_model(home: ChasingHome, keeps_silent_homes: bool) -> None:
    check(home, keeps_silent_homes)


@examples
@given(home=homes(EVERYTHING), keeps_silent_homes=st.sampled_from((False, False, False, True)))
def test_everything_agrees_with_the_model(home: ChasingHome, keeps_silent_homes: bool) -> None:
    check(home, keeps_silent_homes)
