"""Finding and reading the statements below ``sql/``: one statement a file, named by its path.

Does not belong here: running them (``duckdb_engine``).
"""

import re
from dataclasses import dataclass
from functools import cache

from chasing_pipeline.files import shipped

_PARAMETER = re.compile(r"\$([a-z_]+)")
_COMMENT = re.compile(r"--[^\n]*")


@dataclass(frozen=True)
class Statement:
    """One SQL file: its name (``receivables/open_items``), text, and the parameters that it uses."""

    name: str
    text: str
    parameters: frozenset[str]

    @property
    def model(self) -> str:
        """The name of the table that the statement makes."""
        return self.name.rsplit("/", 1)[-1]

    @property
    def description(self) -> str:
        """The header comment, without the dashes."""
        lines = []
        for line in self.text.splitlines():
            if not line.startswith("--"):
                break
            lines.append(line.removeprefix("--").strip())
        return "\n".join(lines)


@cache
def statement(name: str) -> Statement:
    """The statement of that name, e.g. ``receivables/open_items``. Raises FileNotFoundError."""
    text = (shipped("sql") / f"{name}.sql").read_text(encoding="utf-8")
    return Statement(name, text, frozenset(_PARAMETER.findall(_COMMENT.sub("", text))))


def all_statements(folder: str = "") -> list[Statement]:
    """Every statement that ships with the package, or those in one folder of ``sql/``, by name."""
    root = shipped("sql")
    found = sorted((root / folder).rglob("*.sql"))
    return [statement(str(path.relative_to(root).with_suffix(""))) for path in found]
