"""Telling a dispatcher that is at work from one that died: each holds a lock that is freed at its death.

On one machine it is a file's lock, which the system frees. Where several machines share a ledger on a server it is a
lock of a connection to that server, which frees it when the connection ends or nothing answers at its other end.
Does not belong here: what happens to the work of the dead (``resolver``).
"""

import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from chasing_pipeline.domain.problems import DispatchRefused
from chasing_pipeline.ledger.store import Ledger


class Owner(Protocol):
    """A dispatcher that is at work."""

    @property
    def name(self) -> str:
        """Its identity in the ledger."""
        ...

    def assert_alive(self) -> None:
        """Raises DispatchRefused where the others can't see any more that it is at work."""
        ...


class Ownership(Protocol):
    """The locks of all dispatchers on one ledger."""

    def own(self) -> AbstractContextManager[Owner]:
        """An identity that counts as alive until the block is left, or the process dies."""
        ...

    def is_alive(self, owner: str) -> bool:
        """Whether that dispatcher still holds its lock."""
        ...

    def anyone_alive(self) -> bool:
        """Whether any dispatcher is at work."""
        ...

    def sweep(self) -> None:
        """Remove what the dead have left."""
        ...


def ownership_of(ledger: Ledger, folder: Path) -> Ownership:
    """The locks of the dispatchers on ``ledger``: below ``folder`` where it is a file of this machine."""
    return ServerOwnership(ledger) if ledger.is_on_server else FileOwnership(folder)


class FileOwnership:
    """Locks of files in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def own(self) -> Iterator[Owner]:
        """An identity that counts as alive until the block is left, or the process dies."""
        self._folder.mkdir(parents=True, exist_ok=True)
        name = uuid.uuid4().hex
        path = self._path(name)
        with FileLock(path):
            yield _LockedFile(name, path)
        path.unlink(missing_ok=True)

    def is_alive(self, owner: str) -> bool:
        """Whether that dispatcher still holds its lock."""
        path = self._path(owner)
        if not path.exists():
            return False
        try:
            with FileLock(path, timeout=0):
                return False
        except Timeout:
            return True

    def anyone_alive(self) -> bool:
        """Whether any dispatcher is at work."""
        names = [path.stem.removeprefix("dispatcher-") for path in self._folder.glob("dispatcher-*.lock")]
        return any(self.is_alive(owner) for owner in names)

    def sweep(self) -> None:
        """Remove the locks of the dead. One that is just being taken is safe: filelock sees that its file is gone."""
        for path in self._folder.glob("dispatcher-*.lock"):
            with suppress(Timeout), FileLock(path, timeout=0):
                path.unlink(missing_ok=True)

    def _path(self, owner: str) -> Path:
        return self._folder / f"dispatcher-{owner}.lock"


class _LockedFile:
    """A dispatcher that holds a file's lock until it ends."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self._path = path
        self._file = self._found()

    def assert_alive(self) -> None:
        """Raises DispatchRefused where the file was removed, or put there by somebody else."""
        if self._found() != self._file:
            raise DispatchRefused(f"{self._path} was removed while a dispatch was at work; run the dispatch again")

    def _found(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._path)
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino


_OF_LEDGER = "hashtext('dispatchers of ' || coalesce(current_schema(), ''))"
_TAKE = text(f"select pg_advisory_lock({_OF_LEDGER}, hashtext(:owner))")
# a lock of two numbers is listed under them as unsigned ones
_HELD = f"""
    select count(*) from pg_locks
    where
        locktype = 'advisory' and granted and objsubid = 2
        and database = (select oid from pg_database where datname = current_database())
        and classid = ({_OF_LEDGER}::bigint & 4294967295)::oid
"""
_HELD_BY_ANYONE = text(_HELD)
_HELD_BY = text(f"{_HELD} and objid = (hashtext(:owner)::bigint & 4294967295)::oid")
_HELD_HERE = text(f"{_HELD} and objid = (hashtext(:owner)::bigint & 4294967295)::oid and pid = pg_backend_pid()")
_STAY = text(
    "select set_config('idle_session_timeout', '0', false) where current_setting('server_version_num')::int >= 140000"
)


class ServerOwnership:
    """Locks of sessions on the ledger's server: seen by every machine, gone with the session."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    @contextmanager
    def own(self) -> Iterator[Owner]:
        """An identity that counts as alive until the block is left, or the connection ends."""
        name = uuid.uuid4().hex
        with self._ledger.session() as connection:
            connection.execute(_STAY)
            connection.execute(_TAKE, {"owner": name})
            yield _Session(name, connection)

    def is_alive(self, owner: str) -> bool:
        """Whether that dispatcher still holds its lock."""
        with self._ledger.reading() as connection:
            return bool(connection.scalar(_HELD_BY, {"owner": owner}))

    def anyone_alive(self) -> bool:
        """Whether any dispatcher is at work, on whatever machine."""
        with self._ledger.reading() as connection:
            return bool(connection.scalar(_HELD_BY_ANYONE))

    def sweep(self) -> None:
        """The server has done it."""


class _Session:
    """A dispatcher that holds a lock until its session ends."""

    def __init__(self, name: str, connection: Connection) -> None:
        self.name = name
        self._connection = connection
        self._one_at_a_time = threading.Lock()
        self._is_lost = False

    def assert_alive(self) -> None:
        """Raises DispatchRefused where the session is gone, for with it the lock is."""
        with self._one_at_a_time:
            if not self._is_lost:
                try:
                    self._is_lost = not self._connection.scalar(_HELD_HERE, {"owner": self.name})
                except DBAPIError:
                    self._is_lost = True
        if self._is_lost:
            raise DispatchRefused(
                "the connection that tells other dispatchers that this one is at work was lost, so nothing more is "
                "sent; what was being sent is looked after by the next dispatch: run it again"
            )
