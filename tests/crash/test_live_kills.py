"""Live: whatever crashes, times out, lags or fails, nobody gets a message twice and nothing is lost without a word."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chasing_pipeline.domain.cadence import Channel
from tests.stand_ins.faults import Faults

from .live_homes import LiveHome, StandIns, assert_once, stand_ins
from .live_torture import POINTS

TORTURE = Path(__file__).with_name("live_torture.py")
SETTLE = 1.0
SOONER = ("after claim", "after send")
"""The two points that tell right from wrong; the others are looked at every night."""
CHANNELS = pytest.mark.parametrize(
    "channel", [Channel.EMAIL, Channel.SMS, Channel.AUTO_CALL, Channel.LETTER], ids=lambda channel: channel.value
)
FAULTS = {
    "none": {},
    "drop after accept": {"drop_after": 0.25},
    "drop before": {"drop_before": 0.25},
    "500 after": {"500_after": 0.25},
    "500 before": {"500_before": 0.25},
    "throttled": {"429": 0.15, "429_bare": 0.15},
    "html pages": {"html_502_before": 0.1, "html_502_after": 0.1, "html_503_before": 0.1},
    "garbage": {"garbage_after": 0.15, "lacking_after": 0.15},
    "no answer": {"silence_after": 0.08},
    "smtp says 421": {"421_greeting": 0.05, "421_mail": 0.1, "421_rcpt": 0.1, "421_data": 0.1, "421_dot": 0.1},
    "everything": {
        **dict.fromkeys(("drop_after", "drop_before", "500_after", "500_before", "429", "html_502_after"), 0.06),
        **dict.fromkeys(("garbage_after", "lacking_after", "421_mail", "421_dot", "421_data"), 0.04),
    },
}


def faults(name: str, seed: int) -> Faults:
    return Faults(FAULTS[name], latency=0.01, jitter=0.02, lag=0.4, seed=seed)


@pytest.fixture
def providers() -> Iterator[StandIns]:
    with stand_ins() as found:
        yield found


Planned = Callable[..., LiveHome]


@pytest.fixture
def planned(tmp_path: Path, plan: Callable[..., None]) -> Planned:
    """Makes a live home whose day is planned."""

    def make(channel: Channel, customers: int, workers: int = 4, **more: Any) -> LiveHome:
        home = LiveHome(tmp_path / "home", channel).create(customers, workers, SETTLE, **more)
        chasing = home.open()
        plan(chasing)
        chasing.ledger.close()
        return home

    return make


def start(root: Path, providers: StandIns, *arguments: object) -> "subprocess.Popen[str]":
    project = str(Path(__file__).parents[2])
    variables = {**os.environ, **providers.environment(), "SETTLE_SECONDS": str(SETTLE), "PYTHONPATH": project}
    command = [sys.executable, str(TORTURE), str(root), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=variables)


def result_of(process: "subprocess.Popen[str]") -> dict[str, Any]:
    output, errors = process.communicate(timeout=900)
    assert process.returncode == 0, errors
    result: dict[str, Any] = json.loads(output)
    return result


def torture(home: LiveHome, providers: StandIns, *arguments: object) -> dict[str, Any]:
    return result_of(start(home.root, providers, *arguments))


@CHANNELS
def test_without_trouble_everybody_gets_one_message(channel: Channel, planned: Planned, providers: StandIns) -> None:
    home = planned(channel, 20)
    torture(home, providers, 0, 1, 1)
    assert assert_once(home, providers) == {"sent": 20}


@CHANNELS
@pytest.mark.parametrize(
    "workers", [pytest.param(1, marks=pytest.mark.nightly), pytest.param(4, marks=pytest.mark.slow)]
)
def test_kills_at_random_among_all_faults_repeat_nothing_and_lose_nothing(
    channel: Channel, workers: int, planned: Planned, providers: StandIns
) -> None:
    home = planned(channel, 60, workers)
    providers.set_faults(faults("everything", 11))
    result = torture(home, providers, 5, 1, 20261126)
    assert result["hits"] > 0
    found = assert_once(home, providers)
    assert found["doubt"] == 0
    assert found["sent"] > 20


@CHANNELS
@pytest.mark.parametrize(
    "point", [point if point in SOONER else pytest.param(point, marks=pytest.mark.nightly) for point in POINTS]
)
def test_a_dispatcher_killed_at_a_point_of_the_protocol_is_made_good(
    channel: Channel, point: str, planned: Planned, providers: StandIns
) -> None:
    home = planned(channel, 12)
    providers.set_faults(faults("none", 3))
    assert torture(home, providers, point, 6)["killed"]
    found = assert_once(home, providers)
    assert found["doubt"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("ledger_kind", ["postgresql"])
@pytest.mark.parametrize("channel", [Channel.SMS, Channel.EMAIL], ids=lambda channel: channel.value)
def test_the_dispatchers_of_two_machines_on_one_ledger_repeat_nothing_and_lose_nothing(
    channel: Channel, ledger_url: str, planned: Planned, providers: StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHASING_LEDGER_URL", ledger_url)
    home = planned(channel, 60)
    other = Path(shutil.copytree(home.root, home.root.with_name("other")))
    providers.set_faults(faults("everything", 13))
    machines = [start(root, providers, 4, 1, seed) for seed, root in enumerate((home.root, other))]
    assert sum(result_of(machine)["hits"] for machine in machines) > 0
    torture(home, providers, 0, 1, 1)
    assert assert_once(home, providers)["doubt"] == 0


@pytest.mark.nightly
@CHANNELS
@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("workers", [1, 4])
def test_kills_under_every_fault(
    channel: Channel, name: str, workers: int, planned: Planned, providers: StandIns
) -> None:
    home = planned(channel, int(os.environ.get("CRASH_SENDS", "60")), workers)
    providers.set_faults(faults(name, 7))
    torture(home, providers, 6, 1, 7)
    found = assert_once(home, providers)
    assert found["doubt"] == 0


@pytest.mark.nightly
@CHANNELS
def test_two_dispatchers_that_are_killed_side_by_side(channel: Channel, planned: Planned, providers: StandIns) -> None:
    home = planned(channel, 150, 4)
    providers.set_faults(faults("everything", 5))
    assert torture(home, providers, 12, 2, 5)["hits"] > 3
    assert assert_once(home, providers)["doubt"] == 0
