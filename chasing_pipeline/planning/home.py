"""A chasing home: its paths, and everything a team wrote into it, read and validated as a whole.

Belongs here: reading ``chasing.yaml``, cadences, enrolments and holds, with one problem per fault.
Does not belong here: the extracts (``extracts``), the templates (``messages``), what is computed from them.
"""

import csv
import io
import os
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from chasing_pipeline.domain.cadence import Cadence
from chasing_pipeline.domain.money import currency_codes
from chasing_pipeline.domain.problems import ConfigurationError, Problem
from chasing_pipeline.domain.settings import Settings
from chasing_pipeline.domain.yaml_files import YamlDocument, read_yaml, validate
from chasing_pipeline.files import shipped
from chasing_pipeline.planning.conditions import parse_condition

Row = TypeVar("Row")
ENROLMENT_COLUMNS = {"customer_number": True, "cadence": True, "currency": False}
HOLD_COLUMNS = {
    "customer_number": True,
    "invoice_number": False,
    "kind": True,
    "from": False,
    "until": False,
    "note": False,
}
"""Columns of the files, and whether each must be there and filled."""
HOLD_KINDS = ("pause", "promise", "dispute", "do_not_chase")


@dataclass(frozen=True)
class Enrolment:
    """A customer put into a cadence by hand; ``currency`` None: all its accounts."""

    customer_number: str
    cadence: str
    currency: str | None


@dataclass(frozen=True)
class Hold:
    """A reason not to chase from ``from_`` to ``until``, both included; None: since ever, for good.

    ``invoice_number`` None: the whole customer.
    """

    customer_number: str
    invoice_number: str | None
    kind: str
    from_: date | None
    until: date | None
    note: str


class ChasingHome:
    """The directory that an accounts-receivable team owns; ``cadence_folder``: with the cadences of another one."""

    def __init__(self, root: Path, cadence_folder: Path | None = None) -> None:
        self.root = root.resolve()
        self.cadence_folder = cadence_folder or self.root / "cadences"
        self.shown_cadence_folder = str(cadence_folder or "cadences")
        """As problems name it."""
        self.extracts = self.root / "extracts"
        self.templates = self.root / "templates"
        self.warehouse = self.root / "warehouse"
        self.outbox = self.root / "outbox"

    @classmethod
    def from_environment(cls) -> "ChasingHome":
        """The home that ``CHASING_HOME`` names, else the sample home of the repository."""
        named = os.environ.get("CHASING_HOME")
        return cls(Path(named).expanduser() if named else shipped("data"))

    def command(self, text: str) -> str:
        """A command line on this home, to be shown to somebody who copies it."""
        is_default = self.root == ChasingHome.from_environment().root
        return f"chasing {text}" if is_default else f"chasing {text} --home {shlex.quote(str(self.root))}"

    @cached_property
    def settings(self) -> Settings:
        """``chasing.yaml``. Raises ConfigurationError."""
        return validate(read_yaml(self.root / "chasing.yaml"), Settings)

    @cached_property
    def cadences(self) -> tuple[Cadence, ...]:
        """The cadences, by name. Raises ConfigurationError with the problems of all their files."""
        found, problems = self.read_cadences()
        if problems:
            raise ConfigurationError(problems)
        return tuple(cadence for _, cadence in found)

    @cached_property
    def enrolments(self) -> tuple[Enrolment, ...]:
        """``enrolments.csv``; empty where there is none. Raises ConfigurationError."""
        names = {cadence.cadence for cadence in self.cadences}
        return tuple(read_rows(self.root / "enrolments.csv", ENROLMENT_COLUMNS, _enrolment, (names, {})))

    @cached_property
    def holds(self) -> tuple[Hold, ...]:
        """``holds.csv``; empty where there is none. Raises ConfigurationError."""
        return tuple(read_rows(self.root / "holds.csv", HOLD_COLUMNS, _hold, None))

    def read_cadences(self) -> tuple[list[tuple[YamlDocument, Cadence]], list[Problem]]:
        """Every cadence that is in order with its file, and the problems of those that are not."""
        found: list[tuple[YamlDocument, Cadence]] = []
        problems: list[Problem] = []
        for path in sorted([*self.cadence_folder.glob("*.yaml"), *self.cadence_folder.glob("*.yml")]):
            try:
                document = read_yaml(path, f"{self.shown_cadence_folder}/{path.name}")
                cadence = validate(document, Cadence)
            except ConfigurationError as error:
                problems += error.problems
                continue
            if cadence.assign and cadence.assign.when:
                try:
                    parse_condition(cadence.assign.when)
                except ValueError as fault:
                    problems.append(document.problem(("assign", "when"), str(fault)))
            twin = next((other.file for other, known in found if known.cadence == cadence.cadence), None)
            if twin:
                problems.append(document.problem(("cadence",), f"{cadence.cadence} is already defined in {twin}"))
            found.append((document, cadence))
        return found, problems

    def first_day(self) -> date:
        """The first day that can be planned: the setting, else three years before the oldest extract's year."""
        if self.settings.first_day is not None:
            return self.settings.first_day
        days = self.extract_days()
        return date((days[0] if days else datetime.now(self.settings.company.zone).date()).year - 3, 1, 1)

    def extract_days(self) -> list[date]:
        """The days for which there is an extract, oldest first."""
        return sorted(day for path in self.extracts.glob("*-*-*") if path.is_dir() and (day := _day(path.name)))

    def extract_for(self, day: date) -> date | None:
        """Which extract serves ``day``: its own, else the nearest later one, else the nearest earlier; None: none."""
        days = self.extract_days()
        return next((found for found in days if found >= day), days[-1] if days else None)

    def extract_age(self, day: date) -> timedelta:
        """How much older than ``day`` the extract that serves it is; zero where it isn't."""
        found = self.extract_for(day)
        return max(day - found, timedelta(0)) if found else timedelta(0)


def _day(text: str) -> date | None:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_rows(
    path: Path, columns: dict[str, bool], build: Callable[[dict[str, str], Any], Row], context: Any
) -> Iterator[Row]:
    """Rows of an optional CSV file; all its faults together, each with its line."""
    if not path.exists():
        return
    problems: list[Problem] = []
    required = [name for name, is_required in columns.items() if is_required]
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            [Problem(path.name, None, None, "the file is not UTF-8 text; save it as UTF-8")]
        ) from error
    with io.StringIO(text, newline="") as stream:
        reader = csv.DictReader(stream)
        missing = [name for name in required if name not in (reader.fieldnames or [])]
        if missing:
            raise ConfigurationError([Problem(path.name, 1, ", ".join(missing), "this column is required")])
        unknown = sorted(set(reader.fieldnames or []) - set(columns))
        if unknown:
            known = ", ".join(columns)
            raise ConfigurationError(
                [Problem(path.name, 1, ", ".join(unknown), f"there is no such column; there are {known}")]
            )
        for row in reader:
            # the reader tells the line on which a row ends
            line = reader.line_num - sum(value.count("\n") for value in row.values() if isinstance(value, str))
            values = {key: (value or "").strip() for key, value in row.items() if isinstance(key, str)}
            try:
                if any(values.values()):
                    _check_row(row, values, required)
                    yield build(values, context)
            except Fault as fault:
                problems.append(Problem(path.name, line, fault.field, fault.message))
    if problems:
        raise ConfigurationError(problems)


def _check_row(row: Mapping[str | None, Any], values: dict[str, str], required: Sequence[str]) -> None:
    if row.get(None):
        raise Fault("row", "there are more fields than columns; put a text with commas in quotes")
    empty = [name for name in required if not values[name]]
    if empty:
        raise Fault(empty[0], "this field is empty")


class Fault(Exception):
    """What is wrong in one row: which field, and what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(field, message)
        self.field, self.message = field, message


def _enrolment(values: dict[str, str], known: tuple[set[str], dict[tuple[str, str], str]]) -> Enrolment:
    cadences, taken = known
    currency = values.get("currency", "")
    if currency and currency not in currency_codes():
        raise Fault("currency", f"{currency!r} is no ISO 4217 currency code")
    before = taken.setdefault((values["customer_number"], currency), values["cadence"])
    if before != values["cadence"]:
        raise Fault("cadence", f"an earlier row puts {values['customer_number']} into {before}; keep one of them")
    if values["cadence"] not in cadences:
        raise Fault("cadence", f"there is no cadence {values['cadence']!r}; there are {', '.join(sorted(cadences))}")
    return Enrolment(values["customer_number"], values["cadence"], values.get("currency") or None)


def _hold(values: dict[str, str], _: None) -> Hold:
    if values["kind"] not in HOLD_KINDS:
        raise Fault("kind", f"{values['kind']!r} is not one of {', '.join(HOLD_KINDS)}")
    from_, until = _optional_day(values, "from"), _optional_day(values, "until")
    if from_ and until and until < from_:
        raise Fault("until", "it ends before it begins")
    invoice = values.get("invoice_number") or None
    return Hold(values["customer_number"], invoice, values["kind"], from_, until, values.get("note", ""))


def _optional_day(values: dict[str, str], field: str) -> date | None:
    text = values.get(field) or ""
    day = _day(text)
    if text and day is None:
        raise Fault(field, f"{text!r} is no date; write YYYY-MM-DD")
    return day
