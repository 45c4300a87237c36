"""Reading ``mutations.yaml``: which text of which statement is made into what, and which test fails then."""

from dataclasses import dataclass
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("mutations.yaml")


@dataclass(frozen=True)
class Mutation:
    """A text that a statement has exactly once, what is put in its place, and the test that is to notice."""

    statement: str
    text: str
    replacement: str
    noticed_by: str

    def applied_to(self, sql: str) -> str:
        """The statement with the mutation. Raises ValueError where the text is not there exactly once."""
        if sql.count(self.text) != 1:
            raise ValueError(f"{self.statement}.sql has {self.text!r} {sql.count(self.text)} times, not once")
        return sql.replace(self.text, self.replacement)

    def __str__(self) -> str:
        return f"{self.statement}: {self.text} -> {self.replacement}"


def mutations() -> list[Mutation]:
    """All mutations, in the order of the file."""
    return [
        Mutation(statement, entry["text"], entry["becomes"], entry["noticed_by"])
        for statement, entries in yaml.safe_load(FILE.read_text(encoding="utf-8")).items()
        for entry in entries
    ]
