"""Statements that SQLAlchemy compiled, kept for the next engine.

Dagster's event log on SQLite opens an engine for each event and compiles its handful of statements for it anew, which
took a quarter of the time of an event. Does not belong here: anything that changes what a statement says.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event


class CompiledStatements(dict[Any, Any]):
    """A compiled cache for engines that come and go: of the dialect in a key, only its kind counts.

    SQLAlchemy's keys begin with the engine's own dialect object, so that no two engines would share an entry.
    """

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        """What an engine of the same kind compiled for such a statement; None where there is nothing."""
        return super().get(_of_any_engine(key), default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        super().__setitem__(_of_any_engine(key), compiled)


@contextmanager
def shared_by_all_engines() -> Iterator[CompiledStatements]:
    """Within, every engine's connections take compiled statements from one place, and leave theirs there."""
    kept = CompiledStatements()

    def share(connection: Connection) -> None:
        connection.execution_options(compiled_cache=kept)

    event.listen(Engine, "engine_connect", share)
    try:
        yield kept
    finally:
        event.remove(Engine, "engine_connect", share)


def _of_any_engine(key: tuple[Any, ...]) -> tuple[Any, ...]:
    return (type(key[0]), *key[1:])
