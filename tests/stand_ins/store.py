"""What a stand-in remembers: its records, a journal of them that outlives it, and its own clock.

Does not belong here: what the records mean.
"""

import json
import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Record = dict[str, Any]


class Clock:
    """The time of a stand-in, in seconds since 1970; ``advance`` spares a test the waiting."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """Its present."""
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Move its present."""
        self._ahead += seconds


def instant(seconds: float) -> datetime:
    """A clock's time as a datetime in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def journal_lines(path: Path) -> Iterator[tuple[str, str, Record]]:
    """The changes in a journal: kind, identity, record. A line that is still being written is left out."""
    if path.exists():
        for line in path.read_bytes().split(b"\n")[:-1]:
            change = json.loads(line)
            yield change["kind"], change["id"], change["record"]


def accepted(path: Path, kind: str) -> list[Record]:
    """What a stand-in accepted of one kind, in that order, each as it is now. Any process may ask, at any time."""
    found = {identity: record for its_kind, identity, record in journal_lines(path) if its_kind == kind}
    return list(found.values())


class Store:
    """Records by kind and identity, in the order in which they came; each change is a line of the journal, if any.

    ``lock`` is held by who reads and then writes.
    """

    def __init__(self, journal: Path | None = None) -> None:
        self.lock = threading.RLock()
        self._kinds: defaultdict[str, dict[str, Record]] = defaultdict(dict)
        self._file: int | None = None
        if journal is not None:
            for kind, identity, record in journal_lines(journal):
                self._kinds[kind][identity] = record
            self._file = os.open(journal, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)

    def put(self, kind: str, identity: str, record: Record) -> None:
        """Add a record, or change it; once this returns it survives the death of the process."""
        with self.lock:
            self._kinds[kind][identity] = record
            if self._file is not None:
                line = json.dumps({"kind": kind, "id": identity, "record": record}, separators=(",", ":"))
                os.write(self._file, line.encode() + b"\n")

    def get(self, kind: str, identity: str) -> Record | None:
        """One record."""
        return self._kinds[kind].get(identity)

    def all(self, kind: str) -> list[Record]:
        """The records of one kind."""
        with self.lock:
            return list(self._kinds[kind].values())

    def everything(self) -> dict[str, list[Record]]:
        """The records of all kinds."""
        with self.lock:
            return {kind: list(records.values()) for kind, records in self._kinds.items()}

    def close(self) -> None:
        """Let go of the journal."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
