"""A schedule in use is frozen: refusing a changed file that still has the version under which units climb.

Does not belong here: keeping the versions (``ledger.progress``).
"""

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
        changed = ", ".join(part for part in ("run", "scope", "steps") if before[part] != now[part])
        latest = max(version for name, version in known if name == cadence.cadence)
        problems.append(
            document.problem(
                ("version",),
                f"{changed} of {cadence.cadence} changed, but version {cadence.version} is in use and frozen; write "
                f"version: {latest + 1} (running cycles finish on version {cadence.version}), or undo the change",
            )
        )
    return problems


def refuse_changed_schedules(home: ChasingHome, ledger: Ledger) -> None:
    """Raises ConfigurationError where a schedule in use was changed."""
    problems = frozen_problems(home, ledger)
    if problems:
        raise ConfigurationError(problems)
