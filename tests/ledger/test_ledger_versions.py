"""A new ledger, an upgraded one and the tables in the code are the same; opening one upgrades it and loses nothing."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, MetaData, String, Table, Text, create_engine, select, text

from chasing_pipeline.domain.problems import ConfigurationError
from chasing_pipeline.ledger import versions
from chasing_pipeline.ledger.copying import copy
from chasing_pipeline.ledger.schema import Instant, cadence_versions, daily_counts, dispatches, metadata, opt_outs
from chasing_pipeline.ledger.store import Ledger

from .processes import together

MIGRATIONS = Path(versions.__file__).with_name("migrations")
OPENER = Path(__file__).with_name("opener.py")


def differences(connection: Connection) -> list[object]:
    """How the tables that are there differ from those in the code."""
    options = {
        "version_table": versions.VERSION_TABLE,
        "compare_type": True,
        "compare_server_default": connection.dialect.name == "postgresql",
    }
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def make_by_migrations(connection: Connection) -> None:
    """Make a ledger step by step, as if it had been there from the beginning."""
    versions._upgrade(connection, is_unversioned=False)


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All that a file holds, by table, in the columns that the first version knew."""
    old = sqlite3.connect(":memory:")
    old.executescript(path.with_name("first_version.sql").read_text(encoding="utf-8"))
    found = {}
    with closing(sqlite3.connect(path)) as connection:
        for (name,) in old.execute("select name from sqlite_master where type = 'table'").fetchall():
            columns = ", ".join(column[1] for column in old.execute(f"pragma table_info({name})"))
            found[name] = sorted(connection.execute(f"select {columns} from {name}").fetchall(), key=repr)
    old.close()
    return found


def test_the_migrations_make_what_the_code_says(ledger_url: str) -> None:
    Ledger(ledger_url).close()  # a database that can be connected to
    ledger = Ledger(ledger_url)

    def work(connection: Connection) -> list[object]:
        metadata.drop_all(connection)
        connection.execute(text(f"drop table {versions.VERSION_TABLE}"))
        make_by_migrations(connection)
        return differences(connection)

    assert ledger.write(work) == []
    ledger.close()


def test_a_new_ledger_is_what_the_code_says(ledger: Ledger) -> None:
    with ledger.reading() as connection:
        assert differences(connection) == []


def test_differences_would_be_seen(ledger: Ledger) -> None:
    def work(connection: Connection) -> list[object]:
        connection.execute(text("drop index dispatches_by_address"))
        connection.execute(text("alter table todos add column surplus integer"))
        return differences(connection)

    assert len(ledger.write(work)) == 2


def test_the_program_knows_the_migrations_by_name() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    known = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(known)) == versions.VERSIONS


def test_a_ledger_of_the_first_version_is_adopted_and_loses_nothing(old_file: Path, tmp_path: Path) -> None:
    shutil.copy(Path(__file__).with_name("first_version.sql"), tmp_path)
    before = rows(old_file)
    with closing(Ledger(f"sqlite:///{old_file}")) as ledger, ledger.reading() as connection:
        assert differences(connection) == []
        assert connection.scalar(text(f"select version_num from {versions.VERSION_TABLE}")) == versions.CURRENT
    assert rows(old_file) == before
    assert len(before["dispatches"]) == 9


def test_what_was_on_its_way_at_the_upgrade_can_be_resolved_and_counts(old_file: Path) -> None:
    with closing(Ledger(f"sqlite:///{old_file}")) as ledger, ledger.reading() as connection:
        found = connection.execute(select(dispatches)).mappings().all()
        counts = {row.channel: row.number for row in connection.execute(select(daily_counts))}
    assert {row["state"] for row in found if not row["is_delivery_final"]} == {"sending"}
    assert [row["committed_at"] == row["changed_at"] for row in found if row["state"] == "sending"] == [True]
    assert counts == {"*": 9, "email": 2, "sms": 2, "letter": 2, "auto_call": 1, "phone_call": 1, "escalate": 1}


def test_a_version_in_use_at_the_upgrade_has_had_its_first_actions(old_file: Path) -> None:
    with closing(Ledger(f"sqlite:///{old_file}")) as ledger, ledger.reading() as connection:
        found = {row.cadence: row.first_action_on for row in connection.execute(select(cadence_versions))}
        acted = set(connection.scalars(select(dispatches.c.cadence)))
    assert acted
    assert found == {name: date(2026, 3, 18) if name in acted else None for name in found}


def test_opt_outs_stay_at_the_upgrade_with_who_recorded_them(ledger_url: str) -> None:
    said = ("told Jane Doe", "told Wim Worker at the desk", "21610: the recipient replied STOP")

    before = Table(
        "opt_outs",
        MetaData(),
        Column("channel", String(20), primary_key=True),
        Column("address", Text, primary_key=True),
        Column("recipient", Text),
        Column("recorded_at", Instant, nullable=False),
        Column("source", Text, nullable=False),
    )
    at = datetime(2026, 3, 18, 9, tzinfo=UTC)
    rows = [{"channel": "sms", "address": f"+{n}", "source": words, "recorded_at": at} for n, words in enumerate(said)]

    def go_back(connection: Connection) -> None:
        """Make it a ledger of the version before opt-outs had an end."""
        connection.execute(text("drop index todos_by_customer"))
        connection.execute(text("drop table opt_outs"))
        before.create(connection)
        connection.execute(before.insert(), rows)
        connection.execute(text(f"update {versions.VERSION_TABLE} set version_num = '0003'"))

    with closing(Ledger(ledger_url)) as ledger:
        ledger.write(go_back)
    with closing(Ledger(ledger_url)) as ledger, ledger.reading() as connection:
        assert differences(connection) == []
        found = connection.execute(select(opt_outs).order_by(opt_outs.c.number)).mappings().all()
    assert [row["recorded_by"] for row in found] == ["Jane Doe", "Wim Worker", None]
    assert [row["source"] for row in found] == list(said)
    assert {row["ended_at"] for row in found} == {None}
    assert {row["recorded_at"] for row in found} == {at}


def test_a_ledger_moves_to_another_database_whole(old_file: Path, ledger_url: str) -> None:
    source, target = Ledger(f"sqlite:///{old_file}"), Ledger(ledger_url)
    assert copy(source, target) > 60
    for table in metadata.sorted_tables:
        with source.reading() as old, target.reading() as new:
            assert sorted(map(repr, new.execute(select(table)))) == sorted(map(repr, old.execute(select(table))))
    numbers = [ledger.write(lambda c: c.execute(TODO).inserted_primary_key[0]) for ledger in (source, target)]
    assert numbers[0] == numbers[1]
    with pytest.raises(Exception, match="not empty"):
        copy(source, target)
    source.close()
    target.close()


TODO = metadata.tables["todos"].insert().values(
    state="open", kind="call", assigned_to="team", title="", detail="", created_on=text("'2026-03-18'")
)  # fmt: skip


def test_a_ledger_of_a_newer_version_is_refused(ledger: Ledger, ledger_url: str) -> None:
    newer = text(f"update {versions.VERSION_TABLE} set version_num = '9999'")
    ledger.write(lambda connection: connection.execute(newer))
    with pytest.raises(ConfigurationError, match="newer version"):
        Ledger(ledger_url)


def test_opening_a_current_ledger_asks_one_question_and_loads_no_alembic(ledger: Ledger, ledger_url: str) -> None:
    program = (
        "import sys\n"
        "from sqlalchemy import event, Engine\n"
        "asked = []\n"
        "event.listen(Engine, 'before_cursor_execute', lambda c, cursor, statement, *rest: asked.append(statement))\n"
        "from chasing_pipeline.ledger.store import Ledger\n"
        f"Ledger({ledger_url!r})\n"
        "assert not [name for name in sys.modules if name.startswith('alembic')]\n"
        "print([statement for statement in asked if not statement.startswith(('begin', 'pragma'))])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=MIGRATIONS.parents[2])
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("select") + done.stdout.count("SELECT") == 1, done.stdout


def test_many_processes_open_a_new_ledger_at_once(ledger_url: str) -> None:
    assert together(OPENER, [[ledger_url]] * 4) == ["0 None\n"] * 4


@pytest.mark.parametrize("ledger_kind", ["sqlite"])
def test_many_processes_upgrade_an_old_ledger_at_once(ledger_kind: str, old_file: Path) -> None:
    assert together(OPENER, [[f"sqlite:///{old_file}"]] * 4) == ["3 2026-03-18\n"] * 4


def test_a_neighbours_alembic_version_is_left_alone(ledger_url: str) -> None:
    # Dagster keeps one, and may share the database
    neighbour = create_engine(ledger_url.replace("postgresql:", "postgresql+psycopg:"))
    with neighbour.begin() as connection:
        connection.execute(text("create table alembic_version (version_num varchar(32))"))
        connection.execute(text("insert into alembic_version values ('dagster')"))
    Ledger(ledger_url).close()
    with neighbour.begin() as connection:
        assert connection.scalar(text("select version_num from alembic_version")) == "dagster"
    neighbour.dispose()
