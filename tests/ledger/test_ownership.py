"""Who is at work: an owner is alive as long as its lock, and knows when it has lost it."""

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from chasing_pipeline.dispatching.ownership import Ownership, ownership_of
from chasing_pipeline.domain.problems import DispatchRefused
from chasing_pipeline.ledger.store import Ledger

HOLDER = """
import sys
from pathlib import Path
from chasing_pipeline.dispatching.ownership import ownership_of
from chasing_pipeline.ledger.store import Ledger
with ownership_of(Ledger(sys.argv[1]), Path(sys.argv[2])).own() as owner:
    print(owner.name, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def ownership(ledger: Ledger, tmp_path: Path) -> Ownership:
    return ownership_of(ledger, tmp_path / ".locks")


def soon(condition: Callable[[], bool]) -> bool:
    """Whether it becomes true within ten seconds."""
    end = time.monotonic() + 10
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def test_an_owner_is_alive_while_it_holds_its_lock(ownership: Ownership) -> None:
    assert not ownership.anyone_alive()
    with ownership.own() as owner:
        owner.assert_alive()
        assert ownership.is_alive(owner.name)
        assert ownership.anyone_alive()
        assert not ownership.is_alive("somebody else")
    assert not ownership.is_alive(owner.name)
    assert not ownership.anyone_alive()


def test_owners_are_told_apart(ownership: Ownership) -> None:
    with ownership.own() as one:
        with ownership.own() as other:
            assert one.name != other.name
        assert ownership.is_alive(one.name)
        assert not ownership.is_alive(other.name)


def test_sweeping_leaves_the_living_alone(ownership: Ownership) -> None:
    with ownership.own() as owner:
        ownership.sweep()
        owner.assert_alive()
        assert ownership.is_alive(owner.name)


def test_a_killed_process_is_not_alive_any_more(ownership: Ownership, ledger_url: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, ledger_url, str(tmp_path / ".locks")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    name = process.stdout.readline().strip()
    assert ownership.is_alive(name)
    assert ownership.anyone_alive()
    process.kill()
    process.communicate()
    assert soon(lambda: not ownership.is_alive(name))
    ownership.sweep()
    assert not ownership.anyone_alive()


@pytest.mark.parametrize("ledger_kind", ["postgresql"])
def test_an_owner_whose_connection_broke_is_dead_and_knows_it(ownership: Ownership, ledger: Ledger) -> None:
    with ownership.own() as owner:
        with ledger.reading() as connection:
            ours = "select pg_terminate_backend(pid, 5000) from pg_locks where locktype = 'advisory'"
            connection.execute(text(ours))
        assert not ownership.is_alive(owner.name)
        for _ in range(2):
            with pytest.raises(DispatchRefused, match="lost"):
                owner.assert_alive()


@pytest.mark.parametrize("ledger_kind", ["sqlite"])
def test_an_owner_whose_file_was_removed_is_dead_and_knows_it(ownership: Ownership, tmp_path: Path) -> None:
    with ownership.own() as owner:
        for path in (tmp_path / ".locks").iterdir():
            path.unlink()
        assert not ownership.is_alive(owner.name)
        with pytest.raises(DispatchRefused, match="removed"):
            owner.assert_alive()


@pytest.mark.parametrize("ledger_kind", ["postgresql"])
def test_dispatchers_of_another_ledger_in_the_same_database_do_not_count(ledger_url: str, tmp_path: Path) -> None:
    north, south = (Ledger(f"{ledger_url}&schema={name}") for name in ("north", "south"))
    here, there = ownership_of(north, tmp_path), ownership_of(south, tmp_path)
    with closing(north), closing(south), here.own() as owner:
        assert here.is_alive(owner.name)
        assert not there.is_alive(owner.name)
        assert not there.anyone_alive()
