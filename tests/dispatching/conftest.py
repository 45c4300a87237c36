"""The small home, planned or not."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from .homes import SmallHome


@pytest.fixture
def unplanned(tmp_path: Path, with_ledger: Callable[[Path], Path]) -> SmallHome:
    """The small home, of which no day is planned."""
    home = SmallHome(tmp_path / "home").create()
    with_ledger(home.root)
    return home


@pytest.fixture(scope="session")
def _planned_small(tmp_path_factory: pytest.TempPathFactory, plan: Callable[..., None]) -> Path:
    home = SmallHome(tmp_path_factory.mktemp("small") / "home").create()
    chasing = home.open()
    plan(chasing)
    chasing.ledger.close()
    return home.root


@pytest.fixture
def home(_planned_small: Path, tmp_path: Path, with_ledger: Callable[[Path], Path]) -> SmallHome:
    """The small home with its day planned."""
    return SmallHome(with_ledger(Path(shutil.copytree(_planned_small, tmp_path / "home"))))
