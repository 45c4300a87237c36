"""The door to the ledger's database: SQLite in WAL mode by default.

Every write is one transaction that is on disk when it returns. Does not belong here: what is written.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from chasing_pipeline.domain.problems import ConfigurationError, Problem
from chasing_pipeline.ledger.schema import metadata

LEDGER_FILE = "ledger.sqlite"
Result = TypeVar("Result")


class Ledger:
    """The ledger of one chasing home."""

    def __init__(self, url: str) -> None:
        self._engine = _open(url)

    @classmethod
    def of_home(cls, root: Path) -> "Ledger":
        """The ledger that ``CHASING_LEDGER_URL`` names, else the SQLite file in the home."""
        return cls(os.environ.get("CHASING_LEDGER_URL") or f"sqlite:///{root / LEDGER_FILE}")

    @staticmethod
    def exists(root: Path) -> bool:
        """Whether the home has a ledger already, so that a look at it need not make one."""
        return bool(os.environ.get("CHASING_LEDGER_URL")) or (root / LEDGER_FILE).exists()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one consistent state and writes nothing."""
        with self._engine.connect() as connection:
            yield connection

    def write(self, work: Callable[[Connection], Result]) -> Result:
        """Run ``work`` as one transaction and return its result once it is on disk.

        While other writers hold the database, the whole transaction is tried again, for at most a minute: SQLite's
        own waiting lets several writers starve each other. ``work`` must therefore touch nothing but the connection.
        """
        retrying = Retrying(
            retry=retry_if_exception(_is_locked),
            wait=wait_random_exponential(multiplier=0.01, max=0.5),
            stop=stop_after_delay(60),
            reraise=True,
        )
        result: Result = retrying(self._write_once, work)
        return result

    def _write_once(self, work: Callable[[Connection], Result]) -> Result:
        with self._engine.execution_options(writes=True).begin() as connection:
            return work(connection)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def _open(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        raise ConfigurationError(
            [
                Problem(
                    "environment",
                    None,
                    "CHASING_LEDGER_URL",
                    "this version keeps its ledger in SQLite; write sqlite:///PATH, or leave it out",
                )
            ]
        )
    engine = create_engine(parsed, connect_args={"timeout": 5})
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    with engine.execution_options(writes=True).begin() as connection:
        metadata.create_all(connection)
    return engine


def _configure(connection: sqlite3.Connection, _: Any) -> None:
    # the driver must not open transactions by itself: a read that turns into a write could then fail half-way
    connection.isolation_level = None
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute("pragma foreign_keys = on")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("begin immediate" if writes else "begin")


def _is_locked(error: BaseException) -> bool:
    return isinstance(error, OperationalError) and "locked" in str(error)
