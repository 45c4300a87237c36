"""``enrolments.csv`` as text that is edited: the rows that nobody means stay as they are, to the byte.

Does not belong here: reading it for a run (``planning.home``), whether a change is allowed (``changing``).
"""

import csv
import io
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from chasing_pipeline.cli.enrolling.rows import not_utf8, rows_of_text
from chasing_pipeline.cli.enrolling.wishes import Wish
from chasing_pipeline.domain.problems import ConfigurationError, Problem
from chasing_pipeline.engine.warehouse import write_text
from chasing_pipeline.planning.home import ENROLMENT_COLUMNS

FILE = "enrolments.csv"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


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
            raise ConfigurationError([not_utf8(FILE)]) from error
        (header, *rows) = list(rows_of_text(text)) or [("", 1, [])]
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
