"""Statements that engines share, compiled once: what they find and write is as without."""

from pathlib import Path

import pytest
from sqlalchemy import Column, Engine, Integer, MetaData, Table, create_engine, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.pool import NullPool

from chasing_pipeline.cli.compiled_statements import CompiledStatements, shared_by_all_engines

NUMBERS = Table("numbers", MetaData(), Column("number", Integer, primary_key=True), Column("twice", Integer))


@pytest.fixture
def database(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'numbers.sqlite'}"
    engine = create_engine(url)
    NUMBERS.metadata.create_all(engine)
    engine.dispose()
    return url


def throwaway(url: str) -> Engine:
    """An engine as the orchestrator's event log opens one for each event."""
    return create_engine(url, poolclass=NullPool)


def test_engines_that_come_and_go_compile_a_statement_once(database: str) -> None:
    with shared_by_all_engines() as kept:
        for number in range(5):
            with throwaway(database).begin() as connection:
                connection.execute(insert(NUMBERS).values(number=number, twice=2 * number))
        assert len(kept) == 1
        with throwaway(database).begin() as connection:
            found = [
                connection.execute(select(NUMBERS.c.twice).where(NUMBERS.c.number == number)).scalar_one()
                for number in range(5)
            ]
    assert found == [0, 2, 4, 6, 8]
    assert len(kept) == 2


def test_engines_share_nothing_any_more_afterwards(database: str) -> None:
    with shared_by_all_engines() as kept:
        pass
    with throwaway(database).begin() as connection:
        connection.execute(select(NUMBERS))
    assert not kept


def test_databases_of_two_kinds_share_nothing() -> None:
    kept = CompiledStatements()
    kept[sqlite.dialect(), "statement"] = "for SQLite"
    assert kept.get((sqlite.dialect(), "statement")) == "for SQLite"
    assert kept.get((postgresql.dialect(), "statement")) is None
    assert kept.get((sqlite.dialect(), "another")) is None
