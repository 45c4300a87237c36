"""Who may use the desk, and what each may do: a file outside of version control, with passwords as argon2 hashes.

Does not belong here: sessions and forms (``sessions``, ``door``).
"""

import hashlib
import os
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from filelock import FileLock
from pydantic import Field

from chasing_pipeline.domain.cadence import Strict
from chasing_pipeline.domain.problems import ChasingError
from chasing_pipeline.domain.yaml_files import read_yaml, validate

FILE = "desk-users.yaml"
SHORTEST_PASSWORD = 10
ONLY_OWNER = 0o600
_HASHER = PasswordHasher()
_NOBODYS_HASH = _HASHER.hash("nobody has this password")


class Role(StrEnum):
    """What somebody may do; each role includes those before it."""

    READ = "read"
    WORK = "work"
    RELEASE = "release"

    def includes(self, other: "Role") -> bool:
        """Whether this role may do what ``other`` may."""
        order = list(Role)
        return order.index(self) >= order.index(other)


class User(Strict):
    """Somebody who uses the desk. "Mine" is what is assigned to the name or the e-mail address."""

    role: Role
    password: str | None = None
    email: str | None = None
    teams: tuple[str, ...] = ("team",)


class UsersFile(Strict):
    """The whole file."""

    users: dict[str, User] = Field(default={})


class Users:
    """The file of users, read again whenever it was changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int] | None = None
        self._users: dict[str, User] = {}

    @classmethod
    def of_home(cls, root: Path) -> "Users":
        """The file that ``CHASING_DESK_USERS`` names, else the one in the home."""
        named = os.environ.get("CHASING_DESK_USERS")
        return cls(Path(named).expanduser() if named else root / FILE)

    def all(self) -> dict[str, User]:
        """Everybody, by name. Raises ConfigurationError where the file is at fault."""
        if not self.path.exists():
            return {}
        found = self.path.stat()
        seen = (found.st_mtime_ns, found.st_ino)
        if seen != self._seen:
            self._users = validate(read_yaml(self.path, self.path.name), UsersFile).users
            self._seen = seen
        return self._users

    def find(self, name: str) -> User | None:
        """The user of that name, if there is one."""
        return self.all().get(name)

    def check(self, name: str, password: str) -> User | None:
        """The user whose name and password these are; it takes as long where there is no such user."""
        user = self.find(name)
        stored = user.password if user and user.password else _NOBODYS_HASH
        try:
            _HASHER.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return None
        return user if user and user.password else None

    def put(
        self, name: str, role: Role, password: str | None, email: str | None = None, teams: tuple[str, ...] = ("team",)
    ) -> None:
        """Add or change a user; without a password the proxy must say who it is. Raises ChasingError."""
        if not name.strip() or name != name.strip() or not name.isprintable():
            raise ChasingError("a user's name has at least one character, and no blank before or after it")
        if password is not None and len(password) < SHORTEST_PASSWORD:
            raise ChasingError(f"a password needs at least {SHORTEST_PASSWORD} characters")
        hashed = _HASHER.hash(password) if password is not None else None
        self._change(lambda users: users.update({name: User(role=role, password=hashed, email=email, teams=teams)}))

    def remove(self, name: str) -> None:
        """Take a user away; open sessions end. Raises ChasingError where there is none of that name."""
        if name not in self.all():
            raise ChasingError(f"there is no user {name!r} in {self.path}")
        self._change(lambda users: users.pop(name))

    def _change(self, change: Callable[[dict[str, User]], Any]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self.path.with_name(f".{self.path.name}.lock")):
            self._seen = None
            users = dict(self.all())
            change(users)
            content = {"users": {name: user.model_dump(mode="json", exclude_none=True) for name, user in users.items()}}
            _write_for_owner(self.path, yaml.safe_dump(content, sort_keys=True, allow_unicode=True))
            self._seen = None


def stamp(user: User) -> str:
    """What changes when a user's password does, so that sessions begun before end."""
    return hashlib.sha256((user.password or "").encode()).hexdigest()[:16]


def _write_for_owner(path: Path, text: str) -> None:
    """Write a file that only its owner can read, in one step."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, ONLY_OWNER)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)
