"""What data teams query: readable at any moment, complete or not there, described, and without litter."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from chasing_pipeline.domain.tables import WAREHOUSE_TABLES
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.engine.warehouse import VIEWS_FILE, Warehouse, fields_of
from chasing_pipeline.resources.chasing import Chasing

DAY, EARLIER = date(2026, 3, 18), date(2026, 3, 17)
READER = Path(__file__).with_name("reader.py")
PUBLISHED = ("open_items", "account_aging", "step_decisions", "action_units", "action_table")
EXPECTED_HIDDEN = {".views", ".views.lock", ".activity_log.lock", ".chasing_progress.lock"}


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse")


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine(threads=1) as engine:
        yield engine


def load_activities(engine: DuckDBEngine, *names: str, day: date = DAY) -> None:
    """Some activities, by what they are called."""
    table = WAREHOUSE_TABLES["activity_log"]
    known = {"occurred_at": f"{day} 09:00:00+00", "kind": "note", "actor": "Jane Doe", "activity_date": day}
    records = [{**known, "activity_id": name, "invoice_numbers": []} for name in names]
    rows = [[record.get(column) for column in table.column_names] for record in records]
    engine.load("activity_log", fields_of(table), rows)


def read(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(warehouse.root / VIEWS_FILE), read_only=True) as connection:
        return connection.execute(query).fetchall()


def chasing_run(home: Path, day: date) -> None:
    command = [sys.executable, "-m", "chasing_pipeline", "run", "--home", str(home), "--date", day.isoformat()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_readers_and_a_whole_run_never_disturb_each_other(planned_home: Path) -> None:
    warehouse = Chasing(planned_home).warehouse
    warehouse.refresh_views()
    command = [sys.executable, str(READER), str(warehouse.root)]
    readers = [
        subprocess.Popen([*command, mode], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for mode in ("held", "reopened")
    ]
    for reader in readers:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "reading\n"
    chasing_run(planned_home, EARLIER)
    for reader in readers:
        assert reader.poll() is None
    found = [json.loads(reader.communicate("stop\n", timeout=60)[0]) for reader in readers]
    for report in found:
        assert report["errors"] == []
        assert report["queries"] > 30
        for key, counts in report["seen"].items():
            table, day = key.split()
            column = {"action_table": "action_date", "open_items": "day", "activity_log": "activity_date"}[table]
            final = read(warehouse, f"select count(*) from {table} where {column} = date '{day}'")[0][0]
            assert counts == [final], f"{key} was seen with {counts} rows, and has {final}"
    assert f"action_table {EARLIER}" in found[0]["seen"], "the held connection never saw the new day"
    assert f"activity_log {EARLIER}" in found[1]["seen"], "the reopened connection never saw the new activities"


def test_every_table_can_be_read_before_anything_was_published(warehouse: Warehouse) -> None:
    warehouse.refresh_views()
    for name, table in WAREHOUSE_TABLES.items():
        assert read(warehouse, f"from {name}") == []
        types = read(warehouse, f"select column_name, lower(column_type) from (describe {name})")
        assert types == [(column.name, column.type) for column in table.columns]


def test_a_table_has_the_same_columns_before_and_after_its_first_day(
    warehouse: Warehouse, engine: DuckDBEngine
) -> None:
    describe = "select column_name, column_type from (describe activity_log)"
    warehouse.refresh_views()
    empty = read(warehouse, describe)
    load_activities(engine, "a")
    warehouse.publish(engine, ["activity_log"], DAY)
    assert read(warehouse, describe) == empty


def test_publishing_twice_gives_identical_files(sample_home: Path, plan: Callable[..., None]) -> None:
    chasing = Chasing(sample_home, DAY)
    files = [chasing.warehouse.path(table, DAY) for table in PUBLISHED]
    plan(chasing)
    first = [path.read_bytes() for path in files]
    rows = read(chasing.warehouse, "from action_table")
    plan(Chasing(sample_home, DAY))
    assert [path.read_bytes() for path in files] == first
    assert read(chasing.warehouse, "from action_table") == rows
    assert rows


def test_publishing_a_day_replaces_that_day_only(warehouse: Warehouse, engine: DuckDBEngine) -> None:
    load_activities(engine, "old", day=EARLIER)
    warehouse.publish(engine, ["activity_log"], EARLIER)
    for names in (("a", "b", "c"), ("d",)):
        load_activities(engine, *names)
        warehouse.publish(engine, ["activity_log"], DAY)
    assert warehouse.days("activity_log") == [EARLIER, DAY]
    assert read(warehouse, "select activity_id from activity_log order by all") == [("d",), ("old",)]


def test_a_connection_that_stays_open_sees_a_day_that_is_published_again(
    warehouse: Warehouse, engine: DuckDBEngine
) -> None:
    load_activities(engine, "a", "b")
    warehouse.publish(engine, ["activity_log"], DAY)
    with duckdb.connect(str(warehouse.root / VIEWS_FILE), read_only=True) as held:
        count = "select count(*), max(activity_id) from activity_log"
        assert held.execute(count).fetchone() == (2, "b")
        load_activities(engine, "c", "d")
        warehouse.publish(engine, ["activity_log"], DAY)
        load_activities(engine, "old", day=EARLIER)
        warehouse.publish(engine, ["activity_log"], EARLIER)
        assert held.execute(count).fetchone() == (3, "old")


def test_every_view_and_column_carries_its_description(warehouse: Warehouse) -> None:
    warehouse.refresh_views()
    columns = read(warehouse, "select table_name, column_name, comment from duckdb_columns() where not internal")
    assert {(table, column): comment for table, column, comment in columns} == {
        (table.name, column.name): column.description for table in WAREHOUSE_TABLES.values() for column in table.columns
    }
    views = dict(read(warehouse, "select view_name, comment from duckdb_views() where not internal"))
    assert views == {table.name: f"One row per {table.one_row}" for table in WAREHOUSE_TABLES.values()}
    assert all(len(text) > 10 for text in views.values())


def test_publishing_leaves_no_temporary_files(planned_home: Path) -> None:
    hidden = {path.name for path in (planned_home / "warehouse").rglob(".*")}
    assert hidden <= EXPECTED_HIDDEN
    assert {path.suffix for path in (planned_home / "warehouse" / "action_table").iterdir()} == {".parquet"}


def test_a_publication_that_fails_leaves_the_old_day_and_no_temporary_file(
    warehouse: Warehouse, engine: DuckDBEngine
) -> None:
    load_activities(engine, "a")
    warehouse.publish(engine, ["activity_log"], DAY)
    engine.load("activity_log", [("activity_id", "varchar")], [("lacks the other columns",)])
    with pytest.raises(duckdb.Error):
        warehouse.publish(engine, ["activity_log"], DAY)
    assert [path.name for path in (warehouse.root / "activity_log").iterdir()] == [f"{DAY}.parquet"]
    assert read(warehouse, "select activity_id from activity_log") == [("a",)]


def test_what_a_killed_publication_left_behind_is_never_read(warehouse: Warehouse, engine: DuckDBEngine) -> None:
    load_activities(engine, "a")
    warehouse.publish(engine, ["activity_log"], DAY)
    (warehouse.root / "activity_log" / f".{EARLIER}.parquet.4711").write_bytes(b"half a file")
    (warehouse.root / f".{VIEWS_FILE}.4711").write_bytes(b"half a file")
    assert read(warehouse, "select activity_id from activity_log") == [("a",)]
    assert warehouse.days("activity_log") == [DAY]
    load_activities(engine, "b", day=EARLIER)
    warehouse.publish(engine, ["activity_log"], EARLIER)
    assert read(warehouse, "select activity_id from activity_log order by all") == [("a",), ("b",)]


def test_a_home_that_was_moved_is_readable_after_the_next_publication(
    warehouse: Warehouse, engine: DuckDBEngine, tmp_path: Path
) -> None:
    load_activities(engine, "a")
    warehouse.publish(engine, ["activity_log"], DAY)
    moved = Warehouse(warehouse.root.rename(tmp_path / "a folder with 'quotes'"))
    load_activities(engine, "b", day=EARLIER)
    moved.publish(engine, ["activity_log"], EARLIER)
    assert read(moved, "select count(*) from activity_log") == [(2,)]
