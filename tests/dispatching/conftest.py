"""The small home, planned or not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from .homes import SmallHome


@pytest.fixture
def unplanned(tmp_path: Path) -> SmallHome:
    """The small home, of which no day is planned."""
    return SmallHome(tmp_path / "home")


@pytest.fixture
def home(unplanned: SmallHome, plan: Callable[..., None]) -> SmallHome:
    """The small home with its day planned."""
    plan(unplanned.open())
    return unplanned
