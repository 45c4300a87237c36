"""Runs tasks in rounds, each in a fresh process, and keeps what they took.

Belongs here: rounds, processes, failures. Does not belong here: what is measured (``measurements``), how it is shown
(``report``).
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measurements import Figure, Measurement, Task

ROOT = Path(__file__).resolve().parents[1]


class TaskFailed(Exception):
    """A task ended without a result; the message says why."""


@dataclass
class Outcome:
    """What the runs of one task gave, or why there are none."""

    runs: list[dict[str, Any]] = field(default_factory=list)
    failure: str | None = None


@dataclass(frozen=True)
class Finding:
    """What a measurement found: the medians of its figures, its value, or the failure that prevents it."""

    measurement: Measurement
    medians: tuple[float, ...] = ()
    shown: tuple[float, ...] = ()
    value: float | None = None
    failure: str | None = None

    @property
    def verdict(self) -> str:
        """``reached``, ``missed`` or ``failed``; empty where there is no target."""
        if self.value is None:
            return "failed"
        if self.measurement.target is None:
            return ""
        return "reached" if self.value <= self.measurement.target else "missed"


def run_rounds(
    measurements: Sequence[Measurement],
    repeat: int,
    timeout: float,
    on_task: Callable[[int, Task], None] = lambda number, task: None,
) -> dict[Task, Outcome]:
    """Run every task of ``measurements`` ``repeat`` times, all of them in turn, so that noise meets all alike.

    A task that fails is not run again.
    """
    tasks = list(dict.fromkeys(task for measurement in measurements for task in measurement.tasks))
    # what is run once comes first: the others work on what it leaves
    tasks.sort(key=lambda task: not task.once)
    outcomes = {task: Outcome() for task in tasks}
    for number in range(1, repeat + 1):
        for task, outcome in outcomes.items():
            if outcome.failure or (task.once and outcome.runs):
                continue
            on_task(number, task)
            try:
                outcome.runs.append(run_task(task, timeout))
            except TaskFailed as failure:
                outcome.failure = str(failure)
    return outcomes


def run_task(task: Task, timeout: float) -> dict[str, Any]:
    """Run one task in a process of its own. Raises TaskFailed."""
    command = [sys.executable, "-m", "benchmarks.tasks", task.name, task.arguments]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        try:
            # files that spill go to the working directory; imports come from the repository
            process = subprocess.run(
                command,
                cwd=folder,
                env=environment(),
                capture_output=True,
                text=True,
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise TaskFailed(f"{task.name}: not finished after {timeout:g} s") from None
    try:
        result: dict[str, Any] = json.loads(process.stdout.strip().splitlines()[-1])
    except (ValueError, IndexError):
        # e.g. killed by the system, for want of memory
        raise TaskFailed(f"{task.name}: exit code {process.returncode}") from None
    if "failure" in result:
        raise TaskFailed(f"{task.name}: {result['failure']}")
    return result


def environment() -> dict[str, str]:
    """The environment of tasks: this one, with the repository first where modules are sought."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("CHASING_", "DAGSTER_"))}
    return {**own, "PYTHONPATH": str(ROOT)}


def evaluate(measurement: Measurement, outcomes: dict[Task, Outcome]) -> Finding:
    """The value of a measurement from the medians of its figures."""
    failures = [outcome.failure for task in measurement.tasks if (outcome := outcomes[task]).failure]
    disagreement = _disagreement(measurement, outcomes) if not failures else None
    medians, shown = (
        tuple(_median(figure, outcomes) for figure in figures) if not failures else ()
        for figures in (measurement.figures, measurement.shown)
    )
    if failures or disagreement:
        return Finding(measurement, medians, shown, failure=failures[0] if failures else disagreement)
    return Finding(measurement, medians, shown, measurement.combine(medians))


def _median(figure: Figure, outcomes: dict[Task, Outcome]) -> float:
    return median(run[figure.field] for run in outcomes[figure.task].runs) * figure.scale


def _disagreement(measurement: Measurement, outcomes: dict[Task, Outcome]) -> str | None:
    for name in measurement.agree_on:
        found = [run[name] for task in measurement.agree for run in outcomes[task].runs]
        if any(one != found[0] for one in found):
            other = next(one for one in found if one != found[0])
            return f"results differ in {name}: {found[0]} against {other}"[:300]
    return None
