"""Definitions of a sample home at a fixed moment, and an orchestrator that remembers nothing."""

import socket
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
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


@pytest.fixture
def received() -> list[bytes]:
    """What the mail server of ``smtp_port`` got."""
    return []


@pytest.fixture
def smtp_port(received: list[bytes]) -> Iterator[int]:
    """A mail server on loopback that takes everything."""

    class Keep:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
            received.append(envelope.content)
            return "250 OK"

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    controller = Controller(Keep(), hostname="127.0.0.1", port=port)
    controller.start()
    yield port
    controller.stop()
