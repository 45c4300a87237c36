"""Changing ``enrolments.csv``: who is put into a cadence or taken out of it by hand; all is checked, then written.

Belongs here: reading the customers that somebody names, editing the file's rows, every fault of both.
Does not belong here: what an enrolment means (``sql/eligibility``), printing (``enrol``).
"""

import csv
import io
import stat
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from chasing_pipeline.domain.money import currency_codes
from chasing_pipeline.domain.problems import ChasingError, ConfigurationError, ExtractError, Problem
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.engine.warehouse import write_text
from chasing_pipeline.planning.extracts import stage
from chasing_pipeline.planning.home import ENROLMENT_COLUMNS, ChasingHome

FILE = "enrolments.csv"
COMMAND_LINE = "command line"
LONGEST_WAIT = 60
"""Seconds to wait for another command that is changing the file."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


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


@dataclass
class Changes:
    """What a command did: put in or taken out, moved (with the cadences left), and what was so already."""

    done: list[Wish] = field(default_factory=list)
    moved: list[tuple[Wish, str]] = field(default_factory=list)
    already: list[Wish] = field(default_factory=list)


@dataclass(frozen=True)
class Record:
    """One row of the file: its text as it stands there, its first line, and its fields."""

    text: str
    line: int
    customer_number: str
    cadence: str
    currency: str

    @property
    def accounts(self) -> str:
        """Which accounts it is about, in words."""
        return f"the account in {self.currency}" if self.currency else "all accounts"


class EnrolmentFile:
    """``enrolments.csv`` as text: rows are added, replaced and removed; the others stay as they are."""

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()
        content = self._path.read_bytes() if self._path.exists() else b"customer_number,cadence,currency\n"
        self._mark = _BYTE_ORDER_MARK if content.startswith(_BYTE_ORDER_MARK) else b""
        try:
            text = content[len(self._mark) :].decode()
        except UnicodeDecodeError as error:
            raise ConfigurationError([_not_utf8(FILE)]) from error
        (header, *rows) = list(_records(text)) or [("", 1, [])]
        self._header = [name.strip() for name in header[2]]
        missing = [name for name, required in ENROLMENT_COLUMNS.items() if required and name not in self._header]
        if missing:
            raise ConfigurationError([Problem(FILE, 1, ", ".join(missing), "this column is required")])
        self._ending = "\r\n" if header[0].endswith("\r\n") else "\n"
        self._first = header[0]
        self.records = [self._record(*row) for row in rows]

    def rows_of(self, wish: Wish) -> list[Record]:
        """The rows about the customer; those about other currencies are left out where the wish names one."""
        return [
            record
            for record in self.records
            if record.customer_number == wish.customer_number
            and (not wish.currency or record.currency in ("", wish.currency))
        ]

    def governing(self, wish: Wish) -> list[Record]:
        """The rows that put the wished accounts where they are: one for the currency beats one for all."""
        rows = self.rows_of(wish)
        own = [record for record in rows if record.currency == wish.currency]
        return own if wish.currency and own else rows

    def put(self, wish: Wish, cadence: str) -> None:
        """Put the wished accounts into the cadence: in the place of the row they had, else at the end."""
        old = [record for record in self.rows_of(wish) if wish.currency in ("", record.currency)]
        if wish.currency and "currency" not in self._header:
            self._add_currency_column()
        new = self._written(wish, cadence)
        if not old:
            self.records.append(new)
            return
        place = self.records.index(old[0])
        self.records[place] = new
        self.remove(old[1:])

    def remove(self, rows: Iterable[Record]) -> None:
        """Remove rows."""
        gone = list(rows)
        self.records = [record for record in self.records if not any(record is row for row in gone)]

    def save(self) -> None:
        """Replace the file in one step; what it may be read and written by stays as it was."""
        texts = [self._first, *(record.text for record in self.records)]
        whole = "".join(text if text.endswith(("\n", "\r")) else text + self._ending for text in texts)
        mode = self._path.stat().st_mode if self._path.exists() else None
        write_text(self._path, self._mark + whole.encode())
        if mode is not None:
            self._path.chmod(stat.S_IMODE(mode))

    def _record(self, text: str, line: int, values: list[str]) -> Record:
        named = dict(zip(self._header, (value.strip() for value in values), strict=False))
        return Record(text, line, *(named.get(name, "") for name in ENROLMENT_COLUMNS))

    def _written(self, wish: Wish, cadence: str) -> Record:
        values = {"customer_number": wish.customer_number, "cadence": cadence, "currency": wish.currency}
        stream = io.StringIO(newline="")
        csv.writer(stream, lineterminator=self._ending).writerow([values.get(name, "") for name in self._header])
        return Record(stream.getvalue(), 0, wish.customer_number, cadence, wish.currency)

    def _add_currency_column(self) -> None:
        """A file without the column gets it at the end: shorter rows leave it empty."""
        self._header.append("currency")
        self._first = self._first.rstrip("\r\n") + ",currency" + self._ending


def enrol(
    home: ChasingHome, cadence: str, wishes: Sequence[Wish], faults: Sequence[Problem], may_move: bool
) -> Changes:
    """Put the wished accounts into the cadence; out of another one only if they ``may_move``.

    Raises ConfigurationError with every fault, those found before (``faults``) included; nothing is written then.
    """
    problems = [*faults, *_unknown(home, wishes)]
    with _exclusive(home):
        problems += _home_faults(home)
        if not any(problem.file.startswith("cadences/") for problem in problems):
            problems += _unknown_cadence(cadence, (c.cadence for c in home.cadences))
        if any(problem.file == FILE for problem in problems):
            raise ConfigurationError(problems)
        file = EnrolmentFile(home.root / FILE)
        if not may_move:
            problems += [problem for wish in wishes for problem in _elsewhere(file, wish, cadence)]
        if problems:
            raise ConfigurationError(problems)
        changes = Changes()
        for wish in wishes:
            _put(file, wish, cadence, changes)
        if changes.done or changes.moved:
            file.save()
        return changes


def take_out(home: ChasingHome, cadence: str, wishes: Sequence[Wish], faults: Sequence[Problem]) -> Changes:
    """Take the wished accounts out of the cadence; the rules decide for them from then on.

    Raises ConfigurationError with every fault; nothing is written then.
    """
    with _exclusive(home):
        file = EnrolmentFile(home.root / FILE)
        found, cadence_faults = home.read_cadences()
        # rows of a cadence that is no more must be removable; one whose file is at fault may be the one that is meant
        known = [*(c.cadence for _, c in found), *(record.cadence for record in file.records)]
        problems = [*faults, *([] if cadence_faults else _unknown_cadence(cadence, known))]
        problems += [problem for wish in wishes for problem in _not_removable(file, wish, cadence)]
        if problems:
            raise ConfigurationError(problems)
        changes = Changes()
        for wish in wishes:
            rows = [row for row in file.rows_of(wish) if row.cadence == cadence and wish.currency in ("", row.currency)]
            file.remove(rows)
            (changes.done if rows else changes.already).append(wish)
        if changes.done:
            file.save()
        return changes


def read_wishes(text: bytes, name: str, cadence: str, currency: str) -> tuple[list[Wish], list[Problem]]:
    """The customers that a file names, and its faults.

    It has a first line with the column customer_number (and perhaps currency), or one number per line.
    ``currency`` is that of rows which name none.
    """
    try:
        lines = text.decode("utf-8-sig")
    except UnicodeDecodeError:
        return [], [_not_utf8(name)]
    rows = [row for row in _records(lines, _delimiter(lines)) if any(value.strip() for value in row[2])]
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


def _records(text: str, delimiter: str = ",") -> Iterator[tuple[str, int, list[str]]]:
    """The rows of a CSV text: each as it is written, the line on which it begins, its fields."""
    lines = io.StringIO(text, newline="").readlines()
    reader = csv.reader(iter(lines), delimiter=delimiter)
    first = 0
    for values in reader:
        yield "".join(lines[first : reader.line_num]), first + 1, values
        first = reader.line_num


def _delimiter(text: str) -> str:
    header = text.lstrip().partition("\n")[0]
    return next((mark for mark in ";\t" if mark in header and "customer_number" in header), ",")


@contextmanager
def _exclusive(home: ChasingHome) -> Iterator[None]:
    """Keep other commands from changing the file meanwhile. Raises ChasingError where one does not end."""
    folder = home.root / ".locks"
    folder.mkdir(exist_ok=True)
    try:
        with FileLock(folder / "enrolments.lock", timeout=LONGEST_WAIT):
            yield
    except Timeout as error:
        raise ChasingError(
            f"another command has been changing {FILE} for {LONGEST_WAIT} seconds; try again when it has ended"
        ) from error


def _home_faults(home: ChasingHome) -> list[Problem]:
    """What is wrong with the cadences or, where they are in order, with the file as it is."""
    try:
        _ = home.enrolments
    except ConfigurationError as error:
        return list(error.problems)
    return []


def _unknown(home: ChasingHome, wishes: Sequence[Wish]) -> list[Problem]:
    """The wishes about customers whom the newest extract does not have."""
    days = home.extract_days()
    if not days:
        return [Problem("extracts", None, None, "there is no extract yet to look customers up in; put one there first")]
    with tempfile.TemporaryDirectory(prefix="chasing-") as scratch, DuckDBEngine(threads=1) as engine:
        try:
            engine.attach_parquet("customers", stage(home, days[-1], Path(scratch)).path("customers"))
        except ExtractError as error:
            return [Problem("extracts", None, None, str(error))]
        known = {row["customer_number"] for row in engine.table_rows("customers")}
    return [
        wish.problem(
            "customer_number",
            f"{wish.customer_number} is no customer of the newest extract, {days[-1]}; check the number, or wait for "
            "the extract that has it",
        )
        for wish in wishes
        if wish.customer_number not in known
    ]


def _unknown_cadence(cadence: str, known: Iterable[str]) -> list[Problem]:
    names = sorted(set(known))
    if cadence in names:
        return []
    there = f"there are {', '.join(names)}" if names else "there is none yet"
    return [Problem(COMMAND_LINE, None, "cadence", f"there is no cadence {cadence!r}; {there}")]


def _elsewhere(file: EnrolmentFile, wish: Wish, cadence: str) -> list[Problem]:
    return [
        wish.problem(
            "customer_number",
            f"{wish.customer_number} is already enrolled in {record.cadence} ({FILE}:{record.line}, "
            f"{record.accounts}); add --move to move it",
        )
        for record in file.governing(wish)
        if record.cadence != cadence
    ]


def _not_removable(file: EnrolmentFile, wish: Wish, cadence: str) -> list[Problem]:
    rows = file.governing(wish)
    if not rows or any(row.cadence == cadence and wish.currency in ("", row.currency) for row in rows):
        return []
    record = rows[0]
    if record.cadence == cadence:
        message = (
            f"{FILE}:{record.line} puts all accounts of {wish.customer_number} into {cadence}; leave out the currency"
        )
    else:
        message = f"{wish.customer_number} is enrolled in {record.cadence} ({FILE}:{record.line}), not in {cadence}"
    return [wish.problem("customer_number", message)]


def _put(file: EnrolmentFile, wish: Wish, cadence: str, changes: Changes) -> None:
    before = file.governing(wish)
    left = sorted({record.cadence for record in before} - {cadence})
    if before and not left and any(record.currency in ("", wish.currency) for record in before):
        changes.already.append(wish)
        return
    file.put(wish, cadence)
    if left:
        changes.moved.append((wish, ", ".join(left)))
    else:
        changes.done.append(wish)


def _not_utf8(name: str) -> Problem:
    return Problem(name, None, None, "the file is not UTF-8 text; save it as UTF-8")
