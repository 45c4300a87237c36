"""The product as the benchmarks use it: the only module here that calls planning, the engine or the orchestrator.

Belongs here: from an extract's files and the past to the tables of one day or many. Does not belong here: measuring.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import wraps
from pathlib import Path
from time import process_time
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.ledger.progress import Progress
from chasing_pipeline.planning.day import DayPlanner
from chasing_pipeline.planning.extracts import stage
from chasing_pipeline.planning.home import ChasingHome
from chasing_pipeline.planning.simulation import simulate as simulated_actions

COUNTED_ASSETS = (
    "customers", "contacts", "invoices", "transactions", "quarantine", "open_items", "account_aging",
    "step_decisions", "action_units", "action_table", "chasing_progress",
)  # fmt: skip
"""What one run of ``daily_chasing`` materialises for each day."""


class Product:
    """A chasing home and its past, planned by the product's own code; use it in a ``with`` statement."""

    def __init__(self, home: Path, progress: Path, memory_limit: str | None = None) -> None:
        self._home = ChasingHome(home)
        self._progress = progress
        self._engine = DuckDBEngine(memory_limit=memory_limit)
        self._planner = DayPlanner(self._engine, self._home)
        self._has_progress = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.__exit__(kind, error, trace)

    def account_aging(self, day: date) -> None:
        """Compute ``account_aging`` as of ``day``, which needs nothing of the past."""
        self._planner.use_extract_of(day)
        self._planner.use_progress(Progress())
        self._planner.compute_receivables([day])
        # with the accounts' numbers and names, for the others have them too
        self._engine.connection.execute("create or replace temp table read_aging as from account_aging")

    def plan_day(self, day: date) -> None:
        """Compute all tables of ``day`` as of ``day``, from the files of the extract and of the past."""
        self.plan_days([day])

    def plan_days(self, days: Sequence[date]) -> None:
        """Compute the tables of days, one statement a table, from the files of the extract and of the past."""
        self._planner.use_extract_of(days[0])
        self._use_progress()
        self._planner.plan(days)

    def read_decisions(self) -> None:
        """Put all decisions into words, as publishing them does."""
        self._engine.connection.execute("create or replace temp table read_decisions as from step_decisions")

    def table(self, name: str, day: date | None = None) -> pa.Table:
        """A computed table, or its rows of one day."""
        where = f" where {_day_column(name)} = date '{day}'" if day else ""
        return self._engine.connection.sql(f'select * from "{name}"{where}').to_arrow_table()

    def _use_progress(self) -> None:
        """The past as it lies in files: which of it a day sees is for the statements to say."""
        if self._has_progress:
            return
        self._has_progress = True
        path = {"path": str(self._progress / "run_days.parquet")}
        query = "select day from read_parquet($path) order by day"
        run_days = [row[0] for row in self._engine.connection.execute(query, path).fetchall()]
        self._planner.use_progress(Progress(), run_days)
        for table in ("carried_out", "enrolments"):
            self._engine.attach_parquet(table, self._progress / f"{table}.parquet")


def prepare(home: Path, day: date) -> None:
    """Stage the extract of ``day``, as the day's first asset does, unless that was done before."""
    stage(ChasingHome(home), day)


def simulate(home: Path, first: date, last: date) -> int:
    """Play a range of days from a past that is empty; return how many actions that makes."""
    return sum(1 for _ in simulated_actions(ChasingHome(home), first, last))


def backfill(home: Path, first: date, last: date) -> None:
    """Fill the tables of a range of days through Dagster, as ``chasing run --from --to --no-dispatch`` does."""
    from chasing_pipeline.cli.orchestrated import Orchestrator
    from chasing_pipeline.resources.chasing import Chasing

    with Orchestrator(Chasing(home, last), first, last) as orchestrator:
        orchestrator.plan(first, last)


def run_command(arguments: Sequence[str]) -> None:
    """The command ``chasing`` in this process. Raises RuntimeError where it fails."""
    from chasing_pipeline.cli import main

    sys.argv = ["chasing", *arguments]
    try:
        main()
    except SystemExit as left:
        if left.code:
            raise RuntimeError(f"chasing {' '.join(arguments)} failed with exit code {left.code}") from left


def collect_seldom() -> None:
    """Look for garbage as seldom as the command does."""
    from chasing_pipeline.cli import collect_seldom as seldom

    seldom()


@contextmanager
def engine_time() -> Iterator[Callable[[], float]]:
    """Within, the CPU seconds that the product's engine has taken so far, on all its threads."""
    taken, depth = 0.0, 0

    def timed(method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def call(*arguments: Any, **named: Any) -> Any:
            nonlocal taken, depth
            depth += 1
            start = process_time()
            try:
                return method(*arguments, **named)
            finally:
                depth -= 1
                taken += process_time() - start if depth == 0 else 0.0

        return call

    originals = {
        name: method for name, method in vars(DuckDBEngine).items() if callable(method) and not name.startswith("__e")
    }
    for name, method in originals.items():
        setattr(DuckDBEngine, name, timed(method))
    try:
        yield lambda: taken
    finally:
        for name, method in originals.items():
            setattr(DuckDBEngine, name, method)


def _day_column(table: str) -> str:
    return "action_date" if table == "action_table" else "day"
