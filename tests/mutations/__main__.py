"""Put each mutation into a copy of ``sql/`` and run tests until one fails; exit 1 where none does.

``python -m tests.mutations [WORD…]``: those mutations alone that have one of the words. A mutation that no test
notices is a missing test.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from chasing_pipeline.files import shipped

from .mutations import Mutation, mutations

STAGES = (
    ("tests/planning/test_receivables.py", "tests/scenarios"),
    ("tests/planning", "tests/properties/test_simulation_agrees.py", "tests/test_sample_home.py"),
)
"""Where the test that is to notice a mutation does not, the first of these that does; the quickest first."""
OPTIONS = ("-x", "-q", "-m", "not slow", "-k", "not command", "-p", "tests.mutations.other_statements")
"""Not what starts a command: that is another process, which does not see the mutation."""


def killer_of(mutation: Mutation) -> str | None:
    """The first test that fails with the mutation; None: all pass. Raises RuntimeError where tests can't run."""
    with tempfile.TemporaryDirectory(prefix="chasing-mutation-") as folder:
        sql = Path(shutil.copytree(shipped("sql"), Path(folder) / "sql"))
        path = sql / f"{mutation.statement}.sql"
        path.write_text(mutation.applied_to(path.read_text(encoding="utf-8")), encoding="utf-8")
        environment = {**os.environ, "OTHER_SQL": str(sql)}
        for stage in ((mutation.noticed_by,), *STAGES):
            run = [sys.executable, "-m", "pytest", *OPTIONS, *stage]
            outcome = subprocess.run(run, env=environment, capture_output=True, text=True, check=False)
            if outcome.returncode == pytest.ExitCode.TESTS_FAILED:
                return (sql / "first_failure.txt").read_text(encoding="utf-8")
            if outcome.returncode != pytest.ExitCode.OK:
                raise RuntimeError(outcome.stdout + outcome.stderr)
    return None


def main(words: Sequence[str]) -> int:
    """Print each mutation with the test that notices it; the exit code says whether there is one for all."""
    chosen = [mutation for mutation in mutations() if not words or any(word in str(mutation) for word in words)]
    for mutation in chosen:
        mutation.applied_to((shipped("sql") / f"{mutation.statement}.sql").read_text(encoding="utf-8"))
    survivors = 0
    for mutation in chosen:
        name = killer_of(mutation)
        survivors += name is None
        print(f"{mutation}\n    {name or 'SURVIVES: no test notices'}", flush=True)
    print(f"{len(chosen) - survivors} of {len(chosen)} mutations are noticed")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
