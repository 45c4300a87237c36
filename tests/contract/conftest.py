"""The descriptions, where they are to be had."""

import pytest

from .description import FOLDER


@pytest.fixture(autouse=True)
def _descriptions_are_there() -> None:
    if not FOLDER.is_dir():
        pytest.skip("no published API descriptions here; CHASING_SPECS may name the folder that has them")
