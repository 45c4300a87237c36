"""Telling a dispatcher that is at work from one that died: each holds a lock that the system frees at its death.

Does not belong here: what happens to the work of the dead (``dispatcher``).
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout


class Owner(Protocol):
    """A dispatcher that is at work."""

    @property
    def name(self) -> str:
        """Its identity."""
        ...

    def assert_alive(self) -> None:
        """Raises DispatchRefused where the others can't see any more that it is at work."""
        ...


@dataclass(frozen=True)
class LockedFile:
    """A dispatcher that holds a file lock until it ends."""

    name: str

    def assert_alive(self) -> None:
        """A file's lock is never lost while its process lives."""


class Ownership:
    """The locks of all dispatchers of one home."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def own(self) -> Iterator[Owner]:
        """An identity that counts as alive until the block is left, or the process dies."""
        self._folder.mkdir(parents=True, exist_ok=True)
        owner = uuid.uuid4().hex
        lock = FileLock(self._path(owner))
        with lock:
            yield LockedFile(owner)
        self._path(owner).unlink(missing_ok=True)

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
