"""A pytest plugin: the statements are read from the folder that ``OTHER_SQL`` names, and the first failure is told.

``python -m tests.mutations`` loads it; no other run of the tests does.
"""

import os
from pathlib import Path

import pytest

from chasing_pipeline.engine import sql_files
from chasing_pipeline.files import shipped

FOLDER = Path(os.environ["OTHER_SQL"])


def failure_file(folder: Path) -> Path:
    """Where the name of the first test that fails is written."""
    return folder / "first_failure.txt"


def pytest_configure() -> None:
    """Read the statements from that folder."""
    sql_files.shipped = lambda name: FOLDER if name == "sql" else shipped(name)
    sql_files.statement.cache_clear()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Tell that a test, or its set-up, failed."""
    if report.failed and not failure_file(FOLDER).exists():
        failure_file(FOLDER).write_text(report.nodeid, encoding="utf-8")
