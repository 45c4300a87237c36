"""kill -9 at any moment loses nothing and sends nothing twice."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from chasing_pipeline.ledger import dispatches
from chasing_pipeline.resources.chasing import Chasing

TORTURE = Path(__file__).with_name("torture.py")
Check = Callable[[Path, date], None]


def torture(*arguments: object) -> Any:
    done = subprocess.run(
        [sys.executable, str(TORTURE), *map(str, arguments)], capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def assert_nothing_is_left(root: Path, day: date) -> None:
    assert dispatches.undecided(Chasing(root, day).ledger) == []


def assert_nothing_was_sent_twice(root: Path) -> None:
    sendings = Counter((root / "sendings").read_text().split())
    assert len(sendings) > 20
    assert {action_id: count for action_id, count in sendings.items() if count > 1} == {}


def assert_points_are_made_good(planned: Path, day: date, check: Check, *counts: int) -> None:
    results = torture("points", planned, day, *counts)
    assert len(results) == 6 * len(counts)
    for result in results:
        home = Path(result["home"])
        assert result["killed"], result
        try:
            check(home, day)
            assert_nothing_is_left(home, day)
            assert_nothing_was_sent_twice(home)
        except AssertionError as error:
            raise AssertionError(f"killed {result['point']}, at pass {result['count']}: {error}") from error


def test_a_dispatcher_killed_at_any_point_of_the_protocol_is_made_good_by_the_next(
    planned_home: Path, sample_day: date, carried_out_once: Check
) -> None:
    assert_points_are_made_good(planned_home, sample_day, carried_out_once, 3)


@pytest.mark.slow
def test_a_dispatcher_killed_at_any_pass_of_any_point_is_made_good_by_the_next(
    planned_home: Path, sample_day: date, carried_out_once: Check
) -> None:
    assert_points_are_made_good(planned_home, sample_day, carried_out_once, 1, 2, 7, 13, 22, 31)


@pytest.mark.slow
def test_twenty_kills_at_random_moments_lose_nothing_and_repeat_nothing(
    planned_home: Path, sample_day: date, carried_out_once: Check
) -> None:
    result = torture("random", planned_home, sample_day, 20, 1, 20260318)
    assert result["hits"] >= 20
    for home in map(Path, result["homes"]):
        carried_out_once(home, sample_day)
        assert_nothing_is_left(home, sample_day)
        assert_nothing_was_sent_twice(home)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_sixty_kills_of_two_dispatchers_at_once_lose_nothing_and_repeat_nothing(
    planned_home: Path, sample_day: date, carried_out_once: Check, seed: int
) -> None:
    result = torture("random", planned_home, sample_day, 60, 2, seed)
    assert result["hits"] >= 60
    for home in map(Path, result["homes"]):
        carried_out_once(home, sample_day)
        assert_nothing_is_left(home, sample_day)
        assert_nothing_was_sent_twice(home)


def test_the_dead_leave_no_locks_behind_for_ever(planned_home: Path, sample_day: date) -> None:
    (home,) = torture("random", planned_home, sample_day, 1, 1, 1)["homes"]
    assert list((Path(home) / ".locks").iterdir()) == []
