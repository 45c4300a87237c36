"""Each test here runs with both databases, unless it says otherwise."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chasing_pipeline.ledger.store import Ledger

FIRST_VERSION = Path(__file__).with_name("first_version.sql")


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """A new ledger."""
    with closing(Ledger(ledger_url)) as ledger:
        yield ledger


@pytest.fixture
def old_file(tmp_path: Path) -> Path:
    """A ledger that the first version of the program made."""
    path = tmp_path / "old.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(FIRST_VERSION.read_text(encoding="utf-8"))
    return path
