"""``chasing simulate`` and the model print the same rows in every generated home.

``PROPERTY_EXAMPLES`` sets how many homes each test tries. Where the two differ, the smallest home found stays on disk,
and the message says where, what differs first, and how to open it.
"""

import os
import shlex
import shutil
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chasing_pipeline.planning.home import ChasingHome as ProductHome
from chasing_pipeline.planning.simulation import ITEM_DAYS_OF_A_ROUND
from chasing_pipeline.planning.simulation import simulate as product_simulate

from .effort import FAST, SLOW, examples
from .homes import ACCOUNT_SCOPE_BASIC, BALANCE_EXPORTS, CHAINS, EVERYTHING, ChasingHome, homes, write_home
from .model import Row, simulate

ROWS_SHOWN = 5
LONGEST_SPAN = timedelta(days=9)
"""Days simulated of a home in the fast tests; the slow ones simulate all of its days."""
LONGER_SPAN = timedelta(days=16)
"""Long enough for several extracts to differ, and for steps that count from one another."""


def command(home: Path, first: date, last: date, only_days: set[date] | None) -> list[str]:
    """The command line that simulates a home."""
    days = ["--only-days", ",".join(day.isoformat() for day in sorted(only_days))] if only_days is not None else []
    span = ["--from", first.isoformat(), "--to", last.isoformat(), *days]
    arguments = ["simulate", "--home", str(home), *span, "--fresh", "--format", "csv"]
    return [sys.executable, "-m", "chasing_pipeline", *arguments]


def product_rows(
    home: Path, first: date, last: date, only_days: set[date] | None, item_days: int = ITEM_DAYS_OF_A_ROUND
) -> list[Row]:
    """What the product's simulation gives for a home, in the order of the model's rows."""
    days = frozenset(only_days) if only_days is not None else None
    rows = [
        Row(
            **{
                **{name: row[name] for name in Row.__dataclass_fields__},
                "invoice_numbers": frozenset(number for number in row["invoice_numbers"].split(";") if number),
            }
        )
        for row in product_simulate(ProductHome(home), first, last, days, item_days=item_days)
    ]
    return sorted(rows, key=Row.sort_key)


def check(
    home: ChasingHome,
    keeps_silent_homes: bool,
    longest_span: timedelta = timedelta.max,
    item_days: int = ITEM_DAYS_OF_A_ROUND,
) -> None:
    """Simulate a home both ways and compare; the home is kept where they differ."""
    directory = Path(tempfile.gettempdir()) / "chasing-properties" / str(os.getpid())
    write_home(home, directory)
    only_days = None if home.only_days is None else set(home.only_days)
    last = min(home.last, home.first + min(longest_span, home.last - home.first))
    expected = simulate(directory, home.first, last, only_days)
    assume(expected or keeps_silent_homes)
    printed = product_rows(directory, home.first, last, only_days, item_days)
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


SILENT = st.sampled_from((False, False, False, True))


@examples(FAST)
@given(home=homes(ACCOUNT_SCOPE_BASIC), keeps_silent_homes=SILENT)
def test_the_basics_of_scope_account_agree_with_the_model(home: ChasingHome, keeps_silent_homes: bool) -> None:
    check(home, keeps_silent_homes, LONGEST_SPAN)


@examples(FAST)
@given(home=homes(EVERYTHING), keeps_silent_homes=SILENT)
def test_everything_agrees_with_the_model(home: ChasingHome, keeps_silent_homes: bool) -> None:
    check(home, keeps_silent_homes, LONGEST_SPAN)


@examples(FAST)
@given(home=homes(BALANCE_EXPORTS), keeps_silent_homes=SILENT)
def test_exports_of_balances_agree_with_the_model(home: ChasingHome, keeps_silent_homes: bool) -> None:
    check(home, keeps_silent_homes, LONGER_SPAN)


@examples(FAST)
@given(home=homes(CHAINS), item_days=st.sampled_from([ITEM_DAYS_OF_A_ROUND, 0, 10]))
def test_steps_that_count_from_the_step_before_agree_with_the_model(home: ChasingHome, item_days: int) -> None:
    check(home, keeps_silent_homes=False, longest_span=LONGER_SPAN, item_days=item_days)


@pytest.mark.slow
@examples(SLOW)
@given(home=homes(replace(EVERYTHING, unknown_invoices=True)), keeps_silent_homes=SILENT)
def test_many_homes_agree_with_the_model_on_all_their_days(home: ChasingHome, keeps_silent_homes: bool) -> None:
    check(home, keeps_silent_homes)
