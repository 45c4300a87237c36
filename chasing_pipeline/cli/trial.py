"""A trial: the home as it is, with other cadences, for a simulation to be held against.

Belongs here: where the trial's files are, what is wrong with them, who goes on with an earlier version.
Does not belong here: comparing (``planning.comparison``).
"""

import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path

from chasing_pipeline.domain.cadence import Cadence
from chasing_pipeline.domain.problems import ChasingError, ConfigurationError, Problem
from chasing_pipeline.domain.yaml_files import YamlDocument
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.ledger.progress import Progress
from chasing_pipeline.planning.day import DayPlanner
from chasing_pipeline.planning.home import ChasingHome, Enrolment


class TrialHome(ChasingHome):
    """A chasing home with the cadences of another folder; extracts, settings, holds, enrolments are the home's own."""

    def __init__(self, home: ChasingHome, folder: Path) -> None:
        super().__init__(home.root)
        self._own = home
        self.cadence_folder = folder / "cadences" if (folder / "cadences").is_dir() else folder
        if not folder.is_dir():
            raise ChasingError(f"there is no folder {folder}; name one with cadence files, or another chasing home")

    @cached_property
    def enrolments(self) -> tuple[Enrolment, ...]:
        """The home's enrolments. Raises ConfigurationError where one names a cadence that the trial lacks."""
        names = {cadence.cadence for cadence in self.cadences}
        lacking: dict[str, set[str]] = {}
        for enrolment in self._own.enrolments:
            if enrolment.cadence not in names:
                lacking.setdefault(enrolment.cadence, set()).add(enrolment.customer_number)
        if lacking:
            raise ConfigurationError(self._lacks(name, sorted(customers)) for name, customers in lacking.items())
        return self._own.enrolments

    def read_cadences(self) -> tuple[list[tuple[YamlDocument, Cadence]], list[Problem]]:
        """The trial's cadences with their files, and their problems, each with the trial's path."""
        with tempfile.TemporaryDirectory(prefix="chasing-") as scratch:
            copies = Path(scratch) / "cadences"
            copies.mkdir()
            for path in self.cadence_folder.glob("*.y*ml"):
                shutil.copyfile(path, copies / path.name)
            found, problems = ChasingHome(Path(scratch)).read_cadences()
        if not found and not problems:
            problems = [Problem(str(self.cadence_folder), None, None, "there is no cadence in this folder")]
        located = [(replace(document, file=self._path(document.file)), cadence) for document, cadence in found]
        return located, list(self.located(problems))

    def located(self, problems: Iterable[Problem]) -> Iterable[Problem]:
        """Problems with cadences, with the trial's path in place of the home's."""
        return (replace(problem, file=self._path(problem.file)) for problem in problems)

    def _path(self, file: str) -> str:
        top, _, name = file.partition("/")
        return str(self.cadence_folder / name) if top == "cadences" else file

    def _lacks(self, cadence: str, customers: list[str]) -> Problem:
        others = f" and {len(customers) - 1} more" if len(customers) > 1 else ""
        return Problem(
            str(self.cadence_folder),
            None,
            "cadence",
            f"enrolments.csv puts {customers[0]}{others} into {cadence}, which the trial lacks; copy its file into "
            "this folder, changed or not",
        )


def refuse_faults(home: ChasingHome, trial: TrialHome) -> None:
    """Raises ConfigurationError with all that is wrong with the cadences of both, or with their enrolments."""
    problems = [*home.read_cadences()[1], *trial.read_cadences()[1]]
    if not problems:
        for each in (home, trial):
            try:
                _ = each.enrolments
            except ConfigurationError as error:
                problems += error.problems
    if problems:
        raise ConfigurationError(problems)


def finishing_earlier_versions(trial: TrialHome, day: date, past: Progress) -> dict[str, int]:
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
