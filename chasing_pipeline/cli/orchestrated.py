"""Running Dagster's jobs from the command line, in this process, recorded like a scheduled run.

Does not belong here: printing (``daily``), what the jobs do.
"""

import os
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from filelock import FileLock

from chasing_pipeline.cli.compiled_statements import shared_by_all_engines
from chasing_pipeline.domain.problems import ChasingError
from chasing_pipeline.engine.warehouse import write_text
from chasing_pipeline.files import shipped
from chasing_pipeline.resources.chasing import Chasing

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class RunFailed(ChasingError):
    """A run failed; the message is the reason that the run gives."""


def dagster_home(root: Path) -> Path:
    """``DAGSTER_HOME``, by default ``.dagster`` in the chasing home, with this project's settings in it."""
    folder = Path(os.environ.get("DAGSTER_HOME") or root / ".dagster").expanduser().resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "dagster.yaml").exists():
        write_text(folder / "dagster.yaml", shipped("dagster.yaml").read_bytes())
    os.environ["DAGSTER_HOME"] = str(folder)
    return folder


def open_instance(folder: Path) -> Any:
    """Dagster's instance in ``folder``; one process at a time makes its databases, for several trip each other."""
    from dagster import DagsterInstance

    with FileLock(folder / ".instance.lock"):
        return DagsterInstance.get()


class Orchestrator:
    """The jobs of one home, in a ``with`` statement; ``first`` and ``last`` widen the days that can be planned."""

    def __init__(self, chasing: Chasing, first: date, last: date) -> None:
        self._folder = dagster_home(chasing.home.root)
        from chasing_pipeline.definitions import build_definitions

        self._definitions = build_definitions(chasing=chasing, first=first, last=last)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(shared_by_all_engines())
            # one for all runs: looking at the state of its databases takes as long as a small run
            self._instance = open_instance(self._folder)
            stack.callback(self._instance.dispose)
            self._open = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    def plan(self, first: date, last: date) -> None:
        """Run ``daily_chasing`` for one day, or for a range as one run. Raises ChasingError."""
        from chasing_pipeline.jobs import RANGE_END, RANGE_START

        days = {"dagster/partition": first.isoformat()} if first == last else {}
        tags = days or {RANGE_START: first.isoformat(), RANGE_END: last.isoformat()}
        self._execute("daily_chasing", QUIET, tags)

    def dispatch(self, day: date) -> dict[str, Any]:
        """Run ``dispatch_actions`` for ``day``; return its outcomes, remarks and problems. Raises ChasingError."""
        config = {"config": {"day": day.isoformat()}}
        run_config = {"ops": {"carry_out_actions": config, "publish_outcomes": config}, **QUIET}
        result = self._execute("dispatch_actions", run_config, {"chasing/day": day.isoformat()})
        found: dict[str, Any] = result.output_for_node("carry_out_actions")
        return found

    def _execute(self, job: str, run_config: dict[str, Any], tags: dict[str, str]) -> Any:
        from dagster import DagsterError, Failure

        try:
            return self._definitions.resolve_job_def(job).execute_in_process(
                instance=self._instance,
                run_config=run_config,
                partition_key=tags.pop("dagster/partition", None),
                tags=tags,
            )
        except Failure as failure:
            raise RunFailed(failure.description or "the run failed") from failure
        except DagsterError as error:
            raise RunFailed(f"the orchestrator refused the run: {error}") from error
