"""The door to the ledger's database: SQLite in WAL mode by default, PostgreSQL by URL.

Every write is one transaction that is on disk when it returns. Does not belong here: what is written, what differs
between the databases (``sqlite``, ``postgresql``), how an old ledger becomes a new one (``versions``).
"""

import os
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import URL, Connection, Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from tenacity import RetryCallState, Retrying, stop_after_delay, wait_random_exponential

from chasing_pipeline.domain.problems import ChasingError, ConfigurationError, Problem
from chasing_pipeline.ledger.versions import needs_work, prepare

LEDGER_FILE = "ledger.sqlite"
LONGEST_WAIT = 60
"""Seconds for which a write waits for other writers, or for a server that was there before."""
Result = TypeVar("Result")


class LedgerUnavailable(ChasingError):
    """The ledger's database can't be reached or used now; the message names it, never its password."""


class Unconfirmed(LedgerUnavailable):
    """The connection broke during the commit: the change may be recorded or not."""


class Database(Protocol):
    """What differs between the databases that a ledger can be kept in."""

    name: str
    """How it is called in messages: without user and password."""
    engine: Engine
    is_server: bool
    """Whether dispatchers of several machines may share it."""

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection that sees one consistent state."""
        ...

    def writing(self) -> AbstractContextManager[Connection]:
        """A connection within a transaction, the only one that writes now; the caller commits."""
        ...

    def is_contention(self, error: DBAPIError) -> bool:
        """Whether the transaction only had to give way to another one: trying it again is right."""
        ...

    def is_lost(self, error: DBAPIError) -> bool:
        """Whether the connection is gone, or could not be made."""
        ...

    def explain(self, error: DBAPIError) -> str | None:
        """What the user should know of an error that is no fault of the program; None: it is one."""
        ...


class Ledger:
    """The ledger of one chasing home.

    Raises ConfigurationError for a URL that it can't use and for a ledger that a newer version has written,
    LedgerUnavailable where the database can't be reached.
    """

    def __init__(self, url: str) -> None:
        self._database = _database(url)
        # also when nobody closes it: a server keeps connections that are merely forgotten
        weakref.finalize(self, self._database.engine.dispose)
        with self.reading() as connection:
            is_old = needs_work(connection)
        if is_old:
            name = self._database.name
            self._transact(lambda connection: prepare(connection, name), waits_for_server=False)

    @classmethod
    def of_home(cls, root: Path) -> "Ledger":
        """The ledger that ``CHASING_LEDGER_URL`` names, else the SQLite file in the home."""
        return cls(os.environ.get("CHASING_LEDGER_URL") or f"sqlite:///{root / LEDGER_FILE}")

    @staticmethod
    def exists(root: Path) -> bool:
        """Whether the home has a ledger already, so that a look at it need not make one."""
        return bool(os.environ.get("CHASING_LEDGER_URL")) or (root / LEDGER_FILE).exists()

    @property
    def is_on_server(self) -> bool:
        """Whether dispatchers of several machines may share this ledger."""
        return self._database.is_server

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one consistent state and writes nothing. Raises LedgerUnavailable."""
        with self._explained(), self._database.reading() as connection:
            yield connection

    def write(self, work: Callable[[Connection], Result]) -> Result:
        """Run ``work`` as one transaction and return its result once it is on disk. Raises LedgerUnavailable.

        No other write goes on meanwhile, whatever the database, so ``work`` may read and then write what follows from
        it. It is tried again for at most a minute while others hold the database, or while the connection is lost
        before the commit, and must therefore touch nothing but the connection.
        """
        return self._transact(work)

    @contextmanager
    def session(self) -> Iterator[Connection]:
        """A connection that nobody else gets, closed afterwards; each statement is a transaction.

        For what a server ties to a session (``dispatching.ownership``). Raises LedgerUnavailable.
        """
        with self._explained(), self._database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").detach()
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self._database.engine.dispose()

    def _transact(self, work: Callable[[Connection], Result], waits_for_server: bool = True) -> Result:
        def passes(state: RetryCallState) -> bool:
            error = state.outcome.exception() if state.outcome else None
            return isinstance(error, DBAPIError) and (
                self._database.is_contention(error) or (waits_for_server and self._database.is_lost(error))
            )

        retrying = Retrying(
            retry=passes,
            wait=wait_random_exponential(multiplier=0.01, max=0.5),
            stop=stop_after_delay(LONGEST_WAIT),
            reraise=True,
        )
        with self._explained():
            result: Result = retrying(self._transact_once, work)
        return result

    def _transact_once(self, work: Callable[[Connection], Result]) -> Result:
        with self._database.writing() as connection:
            result = work(connection)
            try:
                connection.commit()
            except DBAPIError as error:
                if not self._database.is_lost(error):
                    raise
                message = "the connection broke while a change was being recorded, so it may be recorded or not"
                raise Unconfirmed(f"the ledger ({self._database.name}): {message}") from None
            return result

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            explanation = self._database.explain(error)
            if explanation is None:
                raise
            # the original may quote what connects, and is no help beyond this
            raise LedgerUnavailable(f"the ledger ({self._database.name}): {explanation}") from None


def _database(url: str) -> Database:
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        from chasing_pipeline.ledger.sqlite import SQLite

        return SQLite(parsed)
    # only where it is used: its driver takes a while to load
    from chasing_pipeline.ledger.postgresql import PostgreSQL

    return PostgreSQL(parsed)


def _parsed(url: str) -> URL:
    """The URL in parts. Raises ConfigurationError without quoting it, for a password may be anywhere in it."""
    try:
        parsed = make_url(url)
    except Exception:
        raise unusable(
            "it can't be read; write postgresql://USER:PASSWORD@HOST:PORT/DATABASE or sqlite:///PATH"
        ) from None
    if parsed.drivername in ("sqlite", "sqlite+pysqlite"):
        return parsed
    if parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        if "@" in (parsed.host or ""):
            raise unusable("an @ in the user or the password must be written as %40")
        return parsed.set(drivername="postgresql+psycopg")
    raise unusable("the ledger is kept in PostgreSQL or SQLite: write postgresql://… or sqlite:///PATH")


def unusable(message: str) -> ConfigurationError:
    """The error about a URL that can't be used."""
    return ConfigurationError([Problem("environment", None, "CHASING_LEDGER_URL", message)])
