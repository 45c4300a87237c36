"""The last planned day's tables, ready to be asked: attached once, and anew when a file was replaced.

Does not belong here: what the ledger knows, which is asked directly.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any

from chasing_pipeline.domain.tables import EXTRACT_TABLES, WAREHOUSE_TABLES
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.engine.warehouse import Warehouse, fields_of
from chasing_pipeline.planning.home import ChasingHome

Row = dict[str, Any]
OF_THE_DAY = ("chasing_progress", "account_aging", "open_items", "step_decisions", "action_units", "action_table")
OF_THE_EXTRACT = ("customers", "contacts")
Identity = tuple[tuple[str, int, int, int], ...]


class Published:
    """What was published last.

    ``until`` tells the day that no later one is looked at; None: any. ``released`` tells which steps of units were
    released on a day or later: every release is published, and a plan that missed it may be published after it.
    """

    def __init__(
        self,
        root: Path,
        until: Callable[[], date | None] = lambda: None,
        released: Callable[[date], Collection[str]] = lambda _: (),
    ) -> None:
        self._root = root
        self._until = until
        self._released = released
        self._warehouse = Warehouse(ChasingHome(root).warehouse)
        self._lock = Lock()
        self._engine: DuckDBEngine | None = None
        self._seen: Identity | None = None

    def day(self) -> date | None:
        """The last day whose progress was published; None: there is none."""
        until = self._until()
        days = [day for day in self._warehouse.days("chasing_progress") if until is None or day <= until]
        return days[-1] if days else None

    def rows(self, name: str, parameters: Mapping[str, object] | None = None) -> list[Row]:
        """The rows of a statement below ``sql/desk``; none while no day has been planned."""
        with self._lock:
            day = self.day()
            if day is None:
                return []
            files = self._files(day)
            identity = tuple(_identity(path) for path in files.values() if path.exists())
            if self._engine is None or identity != self._seen:
                self._attach(files, self._released(day))
                self._seen = identity
            assert self._engine is not None
            return self._engine.rows(name, parameters)

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            if self._engine is not None:
                self._engine.__exit__(None, None, None)
            self._engine = None

    def _files(self, day: date) -> dict[str, Path]:
        extract = ChasingHome(self._root).extract_for(day)
        folder = self._warehouse.root / "extracts" / (extract.isoformat() if extract else "none")
        return {
            **{table: self._warehouse.path(table, day) for table in OF_THE_DAY},
            **{table: folder / f"{table}.parquet" for table in OF_THE_EXTRACT},
        }

    def _attach(self, files: Mapping[str, Path], released: Collection[str]) -> None:
        engine = DuckDBEngine(threads=2)
        for table, path in files.items():
            if path.exists():
                engine.attach_parquet(table, path)
            else:
                engine.load(table, _columns(table), [])
        engine.load("released_unit_steps", [("unit_step_id", "varchar")], [(name,) for name in released])
        engine.materialise("desk/accounts")
        engine.materialise("desk/held_actions")
        if self._engine is not None:
            self._engine.__exit__(None, None, None)
        self._engine = engine


def _columns(table: str) -> list[tuple[str, str]]:
    if table in WAREHOUSE_TABLES:
        return list(fields_of(WAREHOUSE_TABLES[table]))
    return [*fields_of(EXTRACT_TABLES[table]), ("file_position", "bigint")]


def _identity(path: Path) -> tuple[str, int, int, int]:
    found = path.stat()
    return str(path), found.st_mtime_ns, found.st_size, found.st_ino
