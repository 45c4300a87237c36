"""What can be wrong with what a user wrote, said in one way everywhere.

Belongs here: the ``Problem`` record and the error that carries a list of them.
Does not belong here: finding problems (each reader does that) or printing them (the command does that).
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong: where it is (``file``, 1-based ``line``, ``field``), what, and what to do."""

    file: str
    line: int | None
    field: str | None
    message: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.field}: {self.message}" if self.field else f"{place}: {self.message}"


class ChasingError(Exception):
    """Root of the errors that are the user's to mend; the message says how. The command exits with 1.

    ChasingError
    ├── ConfigurationError   settings, cadences, templates, enrolments or holds are at fault
    ├── ExtractError         a file of an extract can't be used at all
    └── DispatchRefused      sending is stopped, and the message says by what
    """


class ConfigurationError(ChasingError):
    """The chasing home is at fault. ``problems`` holds everything that was found, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems), key=lambda p: (p.file, p.line or 0, p.field or "", p.message))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ExtractError(ChasingError):
    """A file of an extract is unreadable, absent, or lacks a required column."""


class DispatchRefused(ChasingError):
    """Nothing may be sent now; the message says why and who can release it."""
