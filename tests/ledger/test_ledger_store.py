"""Transactions: one state for a reader, all or nothing for a writer, whoever else reads and writes."""

import subprocess
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select, text, update
from sqlalchemy.exc import IntegrityError

from chasing_pipeline.domain.problems import ConfigurationError
from chasing_pipeline.ledger.activities import Activity, append, of_days, record
from chasing_pipeline.ledger.schema import activities, releases, run_days
from chasing_pipeline.ledger.store import Ledger, LedgerUnavailable, Unconfirmed
from chasing_pipeline.ledger.upsert import upsert

DAY = date(2026, 3, 18)
NOON = datetime(2026, 3, 18, 12, tzinfo=UTC)
SECRET = "geheim-7"
on_server = pytest.mark.parametrize("ledger_kind", ["postgresql"])
in_file = pytest.mark.parametrize("ledger_kind", ["sqlite"])


def note(text: str = "") -> Activity:
    return Activity("note", NOON, DAY, "Jane Doe", detail=text)


def number_of_notes(ledger: Ledger) -> int:
    return len(of_days(ledger, [DAY]))


def terminate(ledger: Ledger, pid: int) -> None:
    with ledger.reading() as connection:
        connection.execute(text(f"select pg_terminate_backend({pid}, 5000)"))


def pid_of(connection: Connection) -> int:
    return int(connection.scalar(text("select pg_backend_pid()")) or 0)


def test_a_reader_sees_one_state_however_often_it_asks(ledger: Ledger) -> None:
    record(ledger, note())
    query = select(func.count()).select_from(activities)
    with ledger.reading() as connection:
        before = connection.scalar(query)
        record(ledger, note())
        assert connection.scalar(query) == before == 1
    assert number_of_notes(ledger) == 2


def test_a_write_that_fails_leaves_nothing(ledger: Ledger) -> None:
    def work(connection: Connection) -> None:
        append(connection, note())
        raise RuntimeError("half-way")

    with pytest.raises(RuntimeError):
        ledger.write(work)
    assert number_of_notes(ledger) == 0


def test_an_instant_comes_back_in_utc(ledger: Ledger) -> None:
    elsewhere = datetime(2026, 3, 18, 14, tzinfo=timezone(timedelta(hours=2)))
    record(ledger, Activity("note", elsewhere, DAY, "Jane Doe"))
    (row,) = of_days(ledger, [DAY])
    assert row["occurred_at"] == NOON
    assert row["occurred_at"].utcoffset() == timedelta(0)


def test_what_the_ledger_is_told_is_in_no_error(ledger: Ledger) -> None:
    def twice(connection: Connection) -> None:
        values = {"day": DAY, "stop": "growth", "released_by": SECRET, "released_at": NOON}
        connection.execute(releases.insert().values(values))
        connection.execute(releases.insert().values(values))

    with pytest.raises(IntegrityError) as caught:
        ledger.write(twice)
    assert SECRET not in str(caught.value)


def test_insert_or_update_does_one_of_them(ledger: Ledger) -> None:
    def work(connection: Connection) -> list[tuple[int, ...]]:
        done = []
        for count, changed in ((1, ("action_count",)), (2, ("action_count",)), (3, ())):
            row = {"day": DAY, "action_count": count}
            written = connection.execute(upsert(connection, run_days, row, update=changed)).rowcount
            done.append((written, connection.scalar(select(run_days.c.action_count)) or 0))
        return done

    assert ledger.write(work) == [(1, 1), (1, 2), (0, 2)]


def test_a_write_may_read_and_then_write_what_follows(ledger: Ledger) -> None:
    ledger.write(lambda connection: connection.execute(run_days.insert().values(day=DAY, action_count=0)))

    def count_up(connection: Connection) -> None:
        number = connection.scalar(select(run_days.c.action_count)) or 0
        time.sleep(0.002)
        connection.execute(update(run_days).values(action_count=number + 1))

    with ThreadPoolExecutor(12) as threads:
        for done in [threads.submit(ledger.write, count_up) for _ in range(60)]:
            done.result()
    with ledger.reading() as connection:
        assert connection.scalar(select(run_days.c.action_count)) == 60


def test_writes_wait_for_each_other(ledger: Ledger, ledger_url: str) -> None:
    is_in, may_leave = threading.Event(), threading.Event()
    order = []

    def first(connection: Connection) -> None:
        append(connection, note())
        is_in.set()
        may_leave.wait(10)
        order.append("first")

    def second(connection: Connection) -> None:
        append(connection, note())
        order.append("second")

    with ThreadPoolExecutor(2) as threads, closing(Ledger(ledger_url)) as other:
        one = threads.submit(ledger.write, first)
        assert is_in.wait(10)
        two = threads.submit(other.write, second)
        time.sleep(0.3)
        may_leave.set()
        one.result()
        two.result()
    assert order == ["first", "second"]


@on_server
@pytest.mark.parametrize("state", ["40001", "40P01"])
def test_a_write_that_the_server_lets_give_way_is_done_again(ledger: Ledger, state: str) -> None:
    tried = []

    def work(connection: Connection) -> None:
        append(connection, note())
        tried.append(1)
        if len(tried) == 1:
            connection.execute(text(f"do $$ begin raise exception using errcode = '{state}'; end $$"))

    ledger.write(work)
    assert (len(tried), number_of_notes(ledger)) == (2, 1)


@in_file
def test_many_threads_write_to_a_file_without_one_that_starves(ledger: Ledger) -> None:
    longest = []

    def write_often(_: int) -> None:
        for _ in range(25):
            began = time.monotonic()
            record(ledger, note())
            longest.append(time.monotonic() - began)

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(write_often, range(16)))
    assert number_of_notes(ledger) == 400
    assert max(longest) < 5


@on_server
def test_a_commit_is_on_disk_whatever_the_server_does_by_default(ledger: Ledger) -> None:
    shown = ledger.write(
        lambda connection: [
            connection.scalar(text(f"show {name}")) for name in ("synchronous_commit", "transaction_isolation")
        ]
    )
    assert shown == ["on", "read committed"]
    with ledger.reading() as connection:
        assert connection.scalar(text("show transaction_read_only")) == "on"
        assert connection.scalar(text("show transaction_isolation")) == "repeatable read"


@on_server
def test_a_write_whose_connection_breaks_before_its_commit_is_done_again(ledger: Ledger) -> None:
    tried = []

    def work(connection: Connection) -> None:
        append(connection, note())
        tried.append(pid_of(connection))
        if len(tried) == 1:
            terminate(ledger, tried[0])
        append(connection, note())

    ledger.write(work)
    assert len(tried) == 2
    assert number_of_notes(ledger) == 2


@on_server
def test_a_write_whose_connection_breaks_at_its_commit_is_not_done_again(ledger: Ledger) -> None:
    tried = []

    def work(connection: Connection) -> None:
        append(connection, note())
        tried.append(pid_of(connection))
        terminate(ledger, tried[0])

    with pytest.raises(Unconfirmed, match="may be recorded or not"):
        ledger.write(work)
    assert len(tried) == 1
    assert number_of_notes(ledger) == 0


@on_server
def test_connections_that_broke_while_nobody_used_them_are_replaced(ledger: Ledger) -> None:
    with ledger.reading() as connection:
        pid = pid_of(connection)
    with closing(Ledger(str(ledger._database.engine.url))) as other:  # type: ignore[attr-defined]
        terminate(other, pid)
    assert number_of_notes(ledger) == 0


@on_server
def test_several_ledgers_share_a_database_by_schema(ledger_url: str) -> None:
    urls = [f"{ledger_url}&schema={name}" for name in ("north", "south")]
    north, south = (Ledger(url) for url in urls)
    record(north, note())
    assert (number_of_notes(north), number_of_notes(south)) == (1, 0)
    # neither waits for the other
    south.write(lambda connection: record(north, note()))
    assert number_of_notes(north) == 2
    north.close()
    south.close()


@on_server
def test_a_schema_may_also_be_chosen_by_the_servers_own_option(ledger_url: str) -> None:
    Ledger(f"{ledger_url}&schema=north").close()
    with closing(Ledger(f"{ledger_url}&options=-csearch_path%3Dnorth")) as ledger, ledger.reading() as connection:
        assert connection.scalar(text("select current_schema()")) == "north"


@on_server
@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_server_may_be_spelt_in_three_ways(ledger_url: str, scheme: str) -> None:
    with closing(Ledger(ledger_url.replace("postgresql:", f"{scheme}:"))) as ledger:
        assert ledger.is_on_server


UNREADABLE = [
    f"postgresql://ar:{SECRET}@ledger.example:port/chasing",
    f"postgresql://ar:a@{SECRET}@ledger.example/chasing",
    f"mysql://ar:{SECRET}@ledger.example/chasing",
    f"postgresql+asyncpg://ar:{SECRET}@ledger.example/chasing",
    f"ar:{SECRET}@ledger.example/chasing",
    f"postgresql://ar:{SECRET}@ledger.example/chasing?schema=A%20b",
]


@in_file
@pytest.mark.parametrize("url", UNREADABLE)
def test_a_url_that_cannot_be_used_is_refused_without_quoting_it(ledger_kind: str, url: str) -> None:
    with pytest.raises(ConfigurationError, match="CHASING_LEDGER_URL") as caught:
        Ledger(url)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


@in_file
def test_a_server_that_does_not_answer_is_named_without_user_and_password(ledger_kind: str) -> None:
    with pytest.raises(LedgerUnavailable) as caught:
        Ledger(f"postgresql://controller:{SECRET}@127.0.0.1:1/chasing")
    message = str(caught.value)
    assert message == (
        "the ledger (PostgreSQL at 127.0.0.1:1, database chasing): it can't be reached: nobody listens there"
    )
    assert SECRET not in "".join(traceback.format_exception(caught.value))


@on_server
def test_a_database_that_is_not_there_is_said_to_be_so(ledger_url: str) -> None:
    with pytest.raises(LedgerUnavailable, match=r"database nowhere.*no such"):
        Ledger(ledger_url.replace("/test_", "/nowhere_"))


@in_file
@pytest.mark.parametrize("make", ["folder", "no database"])
def test_a_file_that_cannot_be_used_is_named(ledger_kind: str, tmp_path: Path, make: str) -> None:
    path = tmp_path / "absent" / "ledger.sqlite" if make == "folder" else tmp_path / "ledger.sqlite"
    if make == "no database":
        path.write_text("no database at all " * 100)
    with pytest.raises(LedgerUnavailable, match=str(path)):
        Ledger(f"sqlite:///{path}")


@in_file
def test_a_ledger_that_cannot_be_reached_ends_the_command_with_one_message(ledger_kind: str, sample_home: Path) -> None:
    url = f"postgresql://controller:{SECRET}@127.0.0.1:1/chasing"
    program = (
        "import os, sys; from chasing_pipeline.cli import main\n"
        f"os.environ['CHASING_LEDGER_URL'] = {url!r}\n"
        f"sys.argv = ['chasing', 'todo', 'list', '--home', {str(sample_home)!r}]\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 1
    assert "127.0.0.1:1, database chasing" in done.stderr
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stdout + done.stderr
