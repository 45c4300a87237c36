"""Definitions of a sample home at a fixed moment, and an orchestrator that remembers nothing."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from functools import cached_property
from pathlib import Path

import pytest
from dagster import DagsterInstance, Definitions

from chasing_pipeline.definitions import build_definitions
from chasing_pipeline.domain.clock import Clock
from chasing_pipeline.resources.chasing import Chasing


class EveningClock(Clock):
    """The clock of a played day, at nine in the evening: nothing waits for its hour any more."""

    def now(self) -> datetime:
        """Nine in the evening of the day."""
        return datetime.combine(self.today(), time(21), self.zone)


class EveningChasing(Chasing):
    """A home in the evening of a day."""

    @cached_property
    def clock(self) -> Clock:
        """The evening's clock."""
        return EveningClock(self.home.settings.company.zone, self._played_day)


@pytest.fixture
def chasing_at() -> Callable[[Path, date], Chasing]:
    """A home in the evening of a day."""
    return EveningChasing


@pytest.fixture
def definitions_at(chasing_at: Callable[[Path, date], Chasing]) -> Callable[[Path, date], Definitions]:
    """The definitions of a home in the evening of a day."""

    def build(home: Path, day: date) -> Definitions:
        return build_definitions(chasing=chasing_at(home, day), last=day)

    return build


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    """An orchestrator's memory that is gone after the test."""
    with DagsterInstance.ephemeral() as found:
        yield found
