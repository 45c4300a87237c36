"""Who is chased on the real ledger, day by day: the command and the obvious computation agree.

Does not belong here: what is open (``test_real_receivables``).
"""

import csv
import io
import os
import subprocess
import sys
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from .conftest import REPOSITORY
from .ledger_model import Act, LedgerModel, State

MONDAY, THURSDAY, FRIDAY = date(2013, 6, 3), date(2013, 6, 6), date(2013, 6, 7)
TODO_CHANNELS = ("phone_call", "escalate")
SHOWN = 12


def chasing(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command on the home, and expect success."""
    command = [sys.executable, "-m", "chasing_pipeline", *arguments, "--home", str(home)]
    own = {name: value for name, value in os.environ.items() if not name.startswith(("CHASING_", "DAGSTER_"))}
    finished = subprocess.run(command, cwd=REPOSITORY, env=own, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, f"{arguments} ended with {finished.returncode}\n{finished.stderr[-4000:]}"
    return finished


def query(home: Path, text: str) -> list[dict[str, Any]]:
    """Rows of the warehouse, read as a data team would."""
    with duckdb.connect(str(home / "warehouse" / "chasing.duckdb"), read_only=True) as connection:
        cursor = connection.execute(text)
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def differing(expected: list[Any], found: list[Any]) -> list[str]:
    """What only one of the two has, in order, the first few."""
    lines = [f"{row} only expected" for row in (Counter(expected) - Counter(found)).elements()]
    lines += [f"{row} only found" for row in (Counter(found) - Counter(expected)).elements()]
    return sorted(lines)[:SHOWN]


def simulated(home: Path, first: date, last: date) -> list[tuple[Any, ...]]:
    """What ``chasing simulate`` prints."""
    span = ("--from", str(first), "--to", str(last))
    printed = chasing(home, "simulate", *span, "--fresh", "--format", "csv").stdout
    return [
        (
            date.fromisoformat(row["action_date"]),
            row["customer_number"],
            row["currency"],
            row["cadence"],
            row["step"],
            row["channel"],
            tuple(sorted(number for number in row["invoice_numbers"].split(";") if number)),
            Decimal(row["balance"]),
        )
        for row in csv.DictReader(io.StringIO(printed))
    ]


def printable(acts: list[Act]) -> list[tuple[Any, ...]]:
    """The rows that ``chasing simulate`` has to print for these acts."""
    return [
        (a.day, a.customer, "USD", a.cadence, a.step, a.channel, tuple(sorted(a.invoices)), a.balance)
        for a in acts
        if a.is_reachable
    ]


def planned(home: Path, day: date) -> list[tuple[Any, ...]]:
    """The action table of a day."""
    return [
        (
            row["customer_number"],
            row["cadence"],
            row["step"],
            row["channel"],
            tuple(sorted(row["invoice_numbers"])),
            row["balance"],
            row["status"],
            row["account_age_days"],
            row["past_due_age_days"],
            row["cycle_start"],
        )
        for row in query(home, f"from action_table where action_date = '{day}'")
    ]


def to_plan(acts: list[Act]) -> list[tuple[Any, ...]]:
    """The action table that these acts make."""
    return [
        (
            act.customer,
            act.cadence,
            act.step,
            act.channel,
            tuple(sorted(act.invoices)),
            act.balance,
            "unreachable" if not act.is_reachable else "todo" if act.channel in TODO_CHANNELS else "ready",
            act.account_age,
            act.past_due_age,
            act.cycle_start,
        )
        for act in acts
    ]


def check_tables(home: Path, model: LedgerModel, day: date) -> None:
    """The published receivables of a day, and that every account that owes something has its verdicts."""
    for table, key, expected in (
        ("open_items", "invoice_number", model.item_rows(day)),
        ("account_aging", "customer_number", model.aging_rows(day)),
    ):
        columns = ", ".join([key, *next(iter(expected.values()))])
        rows = query(home, f"select {columns} from {table} where day = '{day}' order by all")
        assert rows == sorted(({key: k, **row} for k, row in expected.items()), key=lambda row: str(row[key]))
    decided = query(home, f"from step_decisions where day = '{day}'")
    cycles = model.cycles(day)
    assert {row["customer_number"] for row in decided} == set(cycles)
    for row in decided:
        cadence = model.cadence_of(row["customer_number"])
        assert row["cadence"] == (cadence and cadence["cadence"])
        if cadence is None:
            assert row["verdict"] == "not_enrolled"
        else:
            assert row["cycle_start"] == cycles[row["customer_number"]]


def test_the_period_exercises_what_it_should(model: LedgerModel) -> None:
    acts = model.simulate(date(2013, 4, 11), date(2013, 6, 9))
    assert {act.channel for act in acts} == {"email", "sms", "letter", "auto_call", "phone_call", "escalate"}
    assert {act.step for act in acts} >= {s["step"] for c in model.cadences.values() for s in c["steps"]}
    assert 20 < sum(not act.is_reachable for act in acts) < len(acts) / 2
    assert any(not act.invoices for act in acts)


def test_sixty_days_of_chasing_agree(home: Path, model: LedgerModel) -> None:
    first, last = date(2013, 4, 11), date(2013, 6, 9)
    assert differing(printable(model.simulate(first, last)), simulated(home, first, last)) == []


@pytest.mark.slow
def test_the_whole_period_of_chasing_agrees(home: Path, model: LedgerModel) -> None:
    first, last = date(2012, 1, 3), date(2014, 1, 9)
    expected = printable(model.simulate(first, last))
    assert len(expected) > 700
    assert differing(expected, simulated(home, first, last)) == []


def check_carried_out(home: Path, acts: list[Act], day: date) -> None:
    """Everything planned was carried out once: sent, put on the to-do list, or failed with a to-do to mend it."""
    statuses = Counter(row[6] for row in to_plan(acts))
    happened = query(
        home, f"select kind, count(*) as times from activity_log where activity_date = '{day}' group by kind"
    )
    times = Counter({row["kind"]: row["times"] for row in happened})
    assert times["claimed"] == len(acts)
    assert times["sent"] == statuses["ready"]
    assert times["failed"] == statuses["unreachable"]
    assert times["todo_created"] == statuses["todo"] + statuses["unreachable"]
    assert sum(path.is_file() for path in (home / "outbox" / str(day)).rglob("*")) == statuses["ready"]


def test_days_are_run_end_to_end(home: Path, model: LedgerModel) -> None:
    state = State()
    issued = {invoice.number: invoice.issued for rows in model.invoices.values() for invoice in rows}
    for day in (MONDAY, THURSDAY):
        acts = model.run_day(day, state)
        assert acts
        chasing(home, "run", "--date", str(day))
        check_tables(home, model, day)
        assert differing(to_plan(acts), planned(home, day)) == []
        check_carried_out(home, acts, day)
        for row in query(home, f"select invoice_numbers from action_table where action_date = '{day}'"):
            dates = [issued[number] for number in row["invoice_numbers"]]
            assert dates == sorted(dates), "invoices are listed oldest first"
    assert query(home, "from quarantine") == []
    before = query(home, "from activity_log order by all")
    assert "nothing was owed any more" in chasing(home, "run", "--date", str(THURSDAY)).stderr
    assert query(home, "from activity_log order by all") == before
    check_carried_out(home, acts, THURSDAY)


def test_a_backfill_fills_the_tables_and_sends_nothing(home: Path, model: LedgerModel) -> None:
    chasing(home, "run", "--from", str(MONDAY), "--to", str(FRIDAY), "--no-dispatch")
    days = [date(2013, 6, number) for number in range(3, 8)]
    for day in days:
        check_tables(home, model, day)
        assert differing(to_plan(model.run_day(day, State())), planned(home, day)) == []
    assert query(home, "select distinct day from open_items order by day") == [{"day": day} for day in days]
    assert query(home, "from activity_log where kind in ('sent', 'todo_created', 'claimed')") == []
    assert not (home / "outbox").exists() or not any((home / "outbox").iterdir())
