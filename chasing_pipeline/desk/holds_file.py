"""Adding to ``holds.csv`` of a home and ending what stands there, beside people who edit the file by hand.

Whatever is not touched stays as it is, to the byte: columns, quotation marks, line ends. Does not belong here: what a
hold means (``planning.home``), promises and disputes of the whole customer (the ledger keeps those).
"""

import csv
import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from filelock import FileLock

from chasing_pipeline.domain.problems import ChasingError
from chasing_pipeline.planning.home import HOLD_COLUMNS, ChasingHome, Hold

NAME = "holds.csv"
BYTE_ORDER_MARK = "\ufeff"


@dataclass
class _Record:
    """One record of the file: its text as it stands there, line end included, and its fields."""

    text: str
    fields: list[str]


def add(root: Path, hold: Hold) -> None:
    """Append a hold. Raises ConfigurationError where the file is at fault before or after it."""
    with _changing(root) as records:
        header = _header(records)
        missing = [name for name in HOLD_COLUMNS if name not in header and _values(hold)[name]]
        if missing:
            header += missing
            _rewrite(records[0], header)
        if not records[-1].text.endswith(("\n", "\r")):
            records[-1].text += _line_end(records)
        values = _values(hold)
        added = _Record("", [])
        _rewrite(added, [values.get(name, "") for name in header], _line_end(records))
        records.append(added)


def end(root: Path, hold: Hold, last: date) -> None:
    """Let a hold of the file end with the day ``last``; one that would then never have held is taken out.

    Raises ChasingError where it does not stand there any more.
    """
    with _changing(root) as records:
        header = _header(records)
        at = next((i for i, record in enumerate(records) if i and _is(hold, header, record)), None)
        if at is None:
            raise ChasingError("this hold does not stand in holds.csv any more; somebody has changed it meanwhile")
        if hold.from_ is not None and last < hold.from_:
            del records[at]
            return
        if "until" not in header:
            header.append("until")
            _rewrite(records[0], header)
        record = records[at]
        record.fields += [""] * (len(header) - len(record.fields))
        record.fields[header.index("until")] = last.isoformat()
        _rewrite(record, record.fields)


def before(day: date) -> date:
    """The day before."""
    return day - timedelta(days=1)


@contextmanager
def _changing(root: Path) -> Iterator[list[_Record]]:
    """The records of the file, to be changed; written back in one step, and only if the result can be read."""
    path = root / NAME
    (root / ".locks").mkdir(exist_ok=True)
    with FileLock(root / ".locks" / "holds.lock"):
        _ = ChasingHome(root).holds  # refuses a file that is at fault already, with its line
        text = path.read_bytes().decode("utf-8") if path.exists() else ""
        mark = BYTE_ORDER_MARK if text.startswith(BYTE_ORDER_MARK) else ""
        records = list(_records(text.removeprefix(BYTE_ORDER_MARK))) or [_Record(",".join(HOLD_COLUMNS) + "\n",
                                                                               list(HOLD_COLUMNS))]  # fmt: skip
        yield records
        _replace(path, mark + "".join(record.text for record in records))


def _replace(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as stream:
            stream.write(text.encode())
            stream.flush()
            os.fsync(stream.fileno())
        if path.exists():
            shutil.copymode(path, temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _records(text: str) -> Iterator[_Record]:
    """The records with the text that each is made of; blank lines belong to the record before them."""
    lines = io.StringIO(text, newline="").readlines()
    reader = csv.reader(lines)
    done = 0
    waiting: _Record | None = None
    for fields in reader:
        part = "".join(lines[done : reader.line_num])
        done = reader.line_num
        if fields or waiting is None:
            if waiting is not None:
                yield waiting
            waiting = _Record(part, fields)
        else:
            waiting.text += part
    if waiting is not None:
        yield waiting


def _header(records: list[_Record]) -> list[str]:
    return records[0].fields


def _rewrite(record: _Record, fields: list[str], line_end: str | None = None) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="").writerow(fields)
    body = record.text.rstrip("\r\n")
    record.text = out.getvalue() + (record.text[len(body) :] if line_end is None else line_end)
    record.fields = fields


def _line_end(records: list[_Record]) -> str:
    return "\r\n" if records[0].text.endswith("\r\n") else "\n"


def _values(hold: Hold) -> dict[str, str]:
    return {
        "customer_number": hold.customer_number,
        "invoice_number": hold.invoice_number or "",
        "kind": hold.kind,
        "from": hold.from_.isoformat() if hold.from_ else "",
        "until": hold.until.isoformat() if hold.until else "",
        "note": hold.note,
    }


def _is(hold: Hold, header: list[str], record: _Record) -> bool:
    found = dict(zip(header, (field.strip() for field in record.fields), strict=False))
    return all(found.get(name, "") == value for name, value in _values(hold).items())
