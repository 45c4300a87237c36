"""Whom somebody wants to put into a cadence or take out of it: read from a file, checked by itself.

Does not belong here: whether the home allows it (``changing``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from chasing_pipeline.cli.enrolling.rows import not_utf8, rows_of_text
from chasing_pipeline.domain.money import currency_codes
from chasing_pipeline.domain.problems import Problem

COMMAND_LINE = "command line"


@dataclass(frozen=True)
class Wish:
    """A customer to be put in or taken out: ``currency`` '': all its accounts; where it is written."""

    customer_number: str
    currency: str
    file: str = field(default=COMMAND_LINE, compare=False)
    line: int | None = field(default=None, compare=False)

    def problem(self, name: str, message: str) -> Problem:
        """A problem with one field of it."""
        return Problem(self.file, self.line, name, message)

    def __str__(self) -> str:
        return f"{self.customer_number} ({self.currency})" if self.currency else self.customer_number


def read_wishes(text: bytes, name: str, cadence: str, currency: str) -> tuple[list[Wish], list[Problem]]:
    """The customers that a file names, and its faults.

    It has a first line with the column customer_number (and perhaps currency), or one number per line.
    ``currency`` is that of rows which name none.
    """
    try:
        lines = text.decode("utf-8-sig")
    except UnicodeDecodeError:
        return [], [not_utf8(name)]
    rows = [row for row in rows_of_text(lines, _delimiter(lines)) if any(value.strip() for value in row[2])]
    header = [value.strip() for value in rows[0][2]] if rows else []
    if "customer_number" not in header:
        found, problems = _plain_wishes(rows, name, currency)
    else:
        found, problems = _table_wishes(rows[1:], header, name, cadence, currency)
    if not found and not problems:
        problems = [Problem(name, None, "customer_number", "there is no customer number in it")]
    return found, problems


def distinct(wishes: Iterable[Wish]) -> tuple[list[Wish], list[Problem]]:
    """The wishes, each once, and a problem for each that contradicts an earlier one or names no currency there is."""
    kept: dict[str, list[Wish]] = {}
    problems = []
    for wish in wishes:
        earlier = kept.setdefault(wish.customer_number, [])
        if wish.currency and wish.currency not in currency_codes():
            message = f"{wish.currency!r} is no ISO 4217 currency code; write e.g. EUR, or nothing for all accounts"
            problems.append(wish.problem("currency", message))
        if wish in earlier:
            continue
        other = next((e for e in earlier if not e.currency or not wish.currency), None)
        if other:
            place = other.file if other.line is None else f"{other.file}:{other.line}"
            message = (
                f"{wish.customer_number} is named twice, once for all its accounts and once for "
                f"{wish.currency or other.currency} alone (see {place}); keep one of them"
            )
            problems.append(wish.problem("currency", message))
        earlier.append(wish)
    return [wish for group in kept.values() for wish in group], problems


def _plain_wishes(
    rows: Sequence[tuple[str, int, list[str]]], name: str, currency: str
) -> tuple[list[Wish], list[Problem]]:
    found, problems = [], []
    for _, line, values in rows:
        if len(values) == 1:
            found.append(Wish(values[0].strip(), currency, name, line))
        else:
            message = "write one number per line, or a first line that names the columns customer_number,currency"
            problems.append(Problem(name, line, "customer_number", message))
    return found, problems


def _table_wishes(
    rows: Sequence[tuple[str, int, list[str]]], header: list[str], name: str, cadence: str, currency: str
) -> tuple[list[Wish], list[Problem]]:
    found, problems = [], []
    for _, line, values in rows:
        row = dict(zip(header, (value.strip() for value in values), strict=False))
        wish = Wish(row.get("customer_number", ""), row.get("currency") or currency, name, line)
        if not wish.customer_number:
            problems.append(wish.problem("customer_number", "this field is empty; write the number, or remove the row"))
        elif row.get("cadence") not in (None, "", cadence):
            message = f"this row says {row['cadence']}, the command {cadence}; name one cadence at a time"
            problems.append(wish.problem("cadence", message))
        else:
            found.append(wish)
    return found, problems


def _delimiter(text: str) -> str:
    header = text.lstrip().partition("\n")[0]
    return next((mark for mark in ";\t" if mark in header and "customer_number" in header), ",")
