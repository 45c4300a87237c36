"""A trial: the home as it is, with the cadences of another folder, for a simulation to be held against.

Belongs here: where the trial's files are, what is wrong with them, who goes on with an earlier version.
Does not belong here: comparing (``planning.comparison``).
"""

import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from chasing_pipeline.domain.problems import ChasingError, ConfigurationError, Problem
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.ledger.progress import Progress
from chasing_pipeline.planning.day import DayPlanner
from chasing_pipeline.planning.home import ChasingHome


def open_trial(home: ChasingHome, folder: Path) -> ChasingHome:
    """The home with the cadences of ``folder``, or of the chasing home that it is.

    Raises ConfigurationError with all that is wrong with the cadences of both, or with the enrolments into them.
    """
    if not folder.is_dir():
        raise ChasingError(f"there is no folder {folder}; name one with cadence files, or another chasing home")
    trial = ChasingHome(home.root, folder / "cadences" if (folder / "cadences").is_dir() else folder)
    found, faults = trial.read_cadences()
    if not found and not faults:
        faults = [Problem(trial.shown_cadence_folder, None, None, "there is no cadence in this folder")]
    problems = [*home.read_cadences()[1], *faults] or list(_lacking(home, trial))
    if problems:
        raise ConfigurationError(problems)
    return trial


def finishing_earlier_versions(trial: ChasingHome, day: date, past: Progress) -> dict[str, int]:
    """How many units in a running cycle finish on the version they began with, by ``CADENCE version N``.

    They follow another version than the trial's file has on ``day``.
    """
    current = {cadence.cadence: cadence.version for cadence in trial.cadences}
    if all(current.get(known.cadence, known.version) == known.version for known in past.versions):
        return {}
    with tempfile.TemporaryDirectory(prefix="chasing-") as scratch, DuckDBEngine(threads=1) as engine:
        planner = DayPlanner(engine, trial)
        planner.use_extract_of(day, Path(scratch))
        planner.use_progress(past)
        planner.plan([day])
        units = {
            (row["customer_number"], row["currency"], row["invoice_reference"], row["cadence"], row["cadence_version"])
            for row in planner.rows("step_decisions")
            if row["cadence"]
        }
    counts: dict[str, int] = {}
    for *_, cadence, version in sorted(units):
        if version != current[cadence]:
            name = f"{cadence} version {version}"
            counts[name] = counts.get(name, 0) + 1
    return counts


def _lacking(home: ChasingHome, trial: ChasingHome) -> Iterator[Problem]:
    """A problem for each cadence with enrolments by hand that the trial lacks."""
    names = {cadence.cadence for cadence in trial.cadences}
    lacking: dict[str, set[str]] = {}
    for enrolment in home.enrolments:
        if enrolment.cadence not in names:
            lacking.setdefault(enrolment.cadence, set()).add(enrolment.customer_number)
    for cadence, customers in lacking.items():
        others = f" and {len(customers) - 1} more" if len(customers) > 1 else ""
        message = (
            f"enrolments.csv puts {min(customers)}{others} into {cadence}, which the trial lacks; copy its file into "
            "this folder, changed or not"
        )
        yield Problem(trial.shown_cadence_folder, None, "cadence", message)
