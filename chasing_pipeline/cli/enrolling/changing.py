"""Putting customers into a cadence by hand and taking them out: all is checked, then ``enrolments.csv`` is written.

Belongs here: every fault of what is wished and of the home. Does not belong here: what an enrolment means
(``sql/eligibility``), printing (``cli.enrol``).
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from chasing_pipeline.cli.enrolling.enrolment_file import FILE, EnrolmentFile
from chasing_pipeline.cli.enrolling.wishes import COMMAND_LINE, Wish
from chasing_pipeline.domain.problems import ChasingError, ConfigurationError, ExtractError, Problem
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.planning.extracts import stage
from chasing_pipeline.planning.home import ChasingHome

LONGEST_WAIT = 60
"""Seconds to wait for another command that is changing the file."""


@dataclass
class Changes:
    """What a command did: put in or taken out, moved (with the cadences left), and what was so already."""

    done: list[Wish] = field(default_factory=list)
    moved: list[tuple[Wish, str]] = field(default_factory=list)
    already: list[Wish] = field(default_factory=list)


def put_in(
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
