"""A schedule in use is frozen: refusing a changed file that still has the version under which units climb.

Does not belong here: keeping the versions (``ledger.progress``).
"""

from collections.abc import Sequence
from typing import Any

from chasing_pipeline.domain.problems import ConfigurationError, Problem
from chasing_pipeline.ledger.progress import known_versions
from chasing_pipeline.ledger.store import Ledger
from chasing_pipeline.planning.home import ChasingHome


def frozen_problems(home: ChasingHome, ledger: Ledger) -> list[Problem]:
    """One problem for each cadence whose run, scope or steps differ from those that are in use under its version."""
    known = known_versions(ledger)
    problems = []
    for document, cadence in home.read_cadences()[0]:
        in_use = known.get((cadence.cadence, cadence.version))
        if in_use is None or in_use[0] == cadence.schedule_fingerprint():
            continue
        before, now = in_use[1].schedule(), cadence.schedule()
        changed = " and ".join(part for part in ("run", "scope", "steps") if before[part] != now[part])
        steps = _changed_steps(before["steps"], now["steps"])
        latest = max(version for name, version in known if name == cadence.cadence)
        problems.append(
            document.problem(
                ("version",),
                f"{changed} of {cadence.cadence} changed{steps}, but version {cadence.version} is in use and frozen; "
                f"write version: {latest + 1} (running cycles finish on version {cadence.version}), or undo the change",
            )
        )
    return problems


def _changed_steps(before: Sequence[dict[str, Any]], now: Sequence[dict[str, Any]]) -> str:
    """Which steps were changed, added or removed, in brackets; '' where none was, or only their order."""
    old, new = ({step["step"]: step for step in steps} for steps in (before, now))
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return f" ({', '.join(names)})" if names else ""


def refuse_changed_schedules(home: ChasingHome, ledger: Ledger) -> None:
    """Raises ConfigurationError where a schedule in use was changed."""
    problems = frozen_problems(home, ledger)
    if problems:
        raise ConfigurationError(problems)
