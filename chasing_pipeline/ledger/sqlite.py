"""The ledger in a SQLite file: one machine, no server.

Does not belong here: what both databases do alike (``store``).
"""

import sqlite3
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.exc import DBAPIError

_WRITERS: defaultdict[Path, threading.RLock] = defaultdict(threading.RLock)
"""One lock per file: threads take turns here, for SQLite's own waiting lets some of them starve."""

EXPLANATIONS = {
    "locked": "other programs have held it for a minute; see what hangs",
    "unable to open": "the file can't be opened; is the folder there, and may this user write in it?",
    "readonly": "this user may not write the file, or its folder",
    "not a database": "the file is no SQLite database",
    "malformed": "the file is damaged; restore it from a backup",
    "disk is full": "the disk is full",
    "disk I/O error": "the disk can't be read or written",
}


class SQLite:
    """One file, one writer at a time, on disk at each commit."""

    is_server = False

    def __init__(self, url: URL) -> None:
        self.name = f"SQLite, {url.database or 'in memory'}"
        self.engine = create_engine(url, connect_args={"timeout": 5}, hide_parameters=True)
        self._writers = _WRITERS[Path(url.database).resolve()] if url.database else threading.RLock()
        event.listen(self.engine, "connect", _configure)
        event.listen(self.engine, "begin", _begin)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one consistent state."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection within a transaction, the only one that writes; the caller commits."""
        with self._writers, self.engine.execution_options(writes=True).connect() as connection:
            yield connection

    def is_contention(self, error: DBAPIError) -> bool:
        """Whether another process writes."""
        return "locked" in str(error.orig)

    def is_lost(self, error: DBAPIError) -> bool:
        """A file is never lost."""
        return False

    def explain(self, error: DBAPIError) -> str | None:
        """What the user should know of an error that is no fault of the program."""
        said = str(error.orig)
        return next((explanation for word, explanation in EXPLANATIONS.items() if word in said), None)


def _configure(connection: sqlite3.Connection, _: Any) -> None:
    # the driver must not open transactions by itself: a read that turns into a write could then fail half-way
    connection.isolation_level = None
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute("pragma foreign_keys = on")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("begin immediate" if writes else "begin")
