"""Small invented receivables, generated once for all tests of a session."""

from pathlib import Path

import pytest

from benchmarks.generate import Receivables, generate


@pytest.fixture(scope="session")
def receivables(tmp_path_factory: pytest.TempPathFactory) -> Receivables:
    """Eight thousand invoices, in both homes, with their past."""
    return generate(0.008, tmp_path_factory.mktemp("receivables"))


@pytest.fixture(params=["transactions", "balances"])
def home(receivables: Receivables, request: pytest.FixtureRequest) -> Path:
    """One home of the two."""
    return receivables.folder / request.param
