"""The ledger on a PostgreSQL server, version 12 or newer: for dispatchers on several machines.

Belongs here: how to connect, what waits for what, what its errors mean. Does not belong here: what both databases do
alike (``store``).
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.exc import DBAPIError

from chasing_pipeline.ledger.store import unusable
from chasing_pipeline.ledger.versions import SCHEMA_OPTION

SESSION = {
    # a commit that returns is on disk (and on the standby that the server waits for), whatever the server's default is
    "synchronous_commit": "on",
    "timezone": "UTC",
    "lock_timeout": "60s",
    "statement_timeout": "300s",
    # who stands still with a lock in hand, or is gone, must not keep the others waiting
    "idle_in_transaction_session_timeout": "30s",
    "tcp_keepalives_idle": "20",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
CONNECTION = {
    "connect_timeout": "10",
    "keepalives_idle": "20",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
    "application_name": "chasing",
}
TAKE_TURNS = text("select pg_advisory_xact_lock(:kind, hashtext(coalesce(current_schema(), '')))")
LEDGER_LOCK = 0x43484153
"""The first half of the advisory lock that writers take; the second half tells the ledgers of one database apart."""

GIVE_WAY = frozenset(["40001", "40P01"])  # serialization failure, deadlock
SHUT_DOWN = frozenset(["57P01", "57P02", "57P03", "57P05", "25P03", "53300"])
STANDS_STILL = frozenset(["55P03", "57014"])  # lock timeout, statement timeout
REFUSALS = {
    "password": "the server refuses the user or the password",
    "authentication": "the server refuses the user or the password",
    "no pg_hba.conf entry": "the server lets this user or this machine in nowhere (pg_hba.conf)",
    "does not exist": "the server knows no such user or no such database",
    "too many": "the server has no connection left",
    "remaining connection slots": "the server has no connection left",
    "refused": "nobody listens there",
    "resolve": "there is no host of that name",
    "Name or service": "there is no host of that name",
    "timeout": "the server does not answer",
    "timed out": "the server does not answer",
    "SSL": "no encrypted connection could be agreed on",
    "starting up": "the server is starting or stopping",
    "shutting down": "the server is starting or stopping",
}


class PostgreSQL:
    """A database on a server, or one schema of it."""

    is_server = True

    def __init__(self, url: URL) -> None:
        query = dict(url.query)
        schema = query.pop("schema", None)
        if schema is not None and not (isinstance(schema, str) and re.fullmatch("[a-z_][a-z0-9_]{0,62}", schema)):
            raise unusable("schema= takes one name in small letters, digits and _")
        settings = {**SESSION, **({"search_path": schema} if schema else {})}
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        # what the user sets beats ours: the server takes the last
        given = query.pop("options", ())
        options = " ".join([options, *([given] if isinstance(given, str) else given)])
        host = url.host or query.get("host") or "the local socket"
        place = host if isinstance(host, str) else ", ".join(host)
        self.name = f"PostgreSQL at {place}:{url.port or query.get('port') or 5432}, database {url.database}"
        self.engine = create_engine(
            url.set(query=query),
            connect_args={
                **{name: value for name, value in CONNECTION.items() if name not in query},
                "options": options,
            },
            # each statement sees what was committed before it: so what waited for its turn sees what it waited for
            isolation_level="READ COMMITTED",
            pool_pre_ping=True,
            pool_size=5,
            max_overflow=20,
            hide_parameters=True,
            execution_options={SCHEMA_OPTION: schema},
        )

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one consistent state."""
        one_state = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self.engine.connect() as connection:
            yield connection.execution_options(**one_state)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection within a transaction, the only one that writes now; the caller commits.

        The turns are an advisory lock, which the server hands on in the order in which it was asked for, and frees
        with the transaction.
        """
        with self.engine.connect() as connection:
            connection.execute(TAKE_TURNS, {"kind": LEDGER_LOCK})
            yield connection

    def is_contention(self, error: DBAPIError) -> bool:
        """Whether the server chose this transaction to give way."""
        return _state(error) in GIVE_WAY

    def is_lost(self, error: DBAPIError) -> bool:
        """Whether the connection is gone, or could not be made."""
        state = _state(error)
        is_of_connection = type(error.orig).__name__ in ("OperationalError", "ConnectionTimeout") and state is None
        return error.connection_invalidated or is_of_connection or state in SHUT_DOWN or (state or "")[:2] == "08"

    def explain(self, error: DBAPIError) -> str | None:
        """What the user should know of an error that is no fault of the program; never the server's own words."""
        if _state(error) in STANDS_STILL:
            return "another program has held it for too long; see pg_stat_activity for what hangs"
        if self.is_contention(error):
            return "other programs kept getting in the way for a minute"
        if _state(error) == "42501":
            return "this user lacks a right there: it must own the tables, or be allowed to create them"
        if not self.is_lost(error):
            return None
        said = str(error.orig)
        reason = next((reason for word, reason in REFUSALS.items() if word in said), "the connection was lost")
        return f"it can't be reached: {reason}"


def _state(error: DBAPIError) -> str | None:
    """The five characters by which the server tells kinds of errors apart."""
    state: Any = getattr(error.orig, "sqlstate", None)
    return state if isinstance(state, str) else None
