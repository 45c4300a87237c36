"""Which version a ledger has, and making it the one that this program knows.

A ledger's version is in its table ``ledger_version``: a name of our own, for Dagster keeps an ``alembic_version``, and
may share the database. A new ledger is made in one go; an old one is brought up to date by alembic, which only then is
loaded. Does not belong here: the steps themselves (``migrations/versions``).
"""

from importlib.resources import as_file, files

from sqlalchemy import Column, Connection, MetaData, String, Table, inspect, select, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from chasing_pipeline.domain.problems import ConfigurationError, Problem
from chasing_pipeline.ledger.schema import metadata

VERSION_TABLE = "ledger_version"
VERSIONS = ("0001", "0002", "0003", "0004")
"""All versions there ever were, oldest first; the last one is this program's. See ``migrations/versions``."""
CURRENT = VERSIONS[-1]
SCHEMA_OPTION = "chasing_schema"
"""The option of a connection that names the schema to make where it is missing (``postgresql``)."""

_version = Table(VERSION_TABLE, MetaData(), Column("version_num", String(32), primary_key=True))


def needs_work(connection: Connection) -> bool:
    """Whether this is not a ledger of this version, at the price of one query."""
    try:
        return connection.scalar(select(_version.c.version_num)) != CURRENT
    except (OperationalError, ProgrammingError):
        # no such table; whatever else it may be shows when the ledger is prepared
        return True


def prepare(connection: Connection, name: str) -> None:
    """Make the ledger one of this version, within the caller's transaction, during which nobody else writes.

    Raises ConfigurationError for a ledger that a newer version has written.
    """
    schema = connection.get_execution_options().get(SCHEMA_OPTION)
    if schema:
        connection.execute(text(f"create schema if not exists {schema}"))
    tables = set(inspect(connection).get_table_names())
    version = connection.scalar(select(_version.c.version_num)) if VERSION_TABLE in tables else None
    if version is None and "dispatches" not in tables:
        metadata.create_all(connection)
        _version.create(connection, checkfirst=True)
        connection.execute(_version.insert().values(version_num=CURRENT))
    elif version is None or version in VERSIONS[:-1]:
        _upgrade(connection, is_unversioned=version is None)
    elif version != CURRENT:
        message = f"the ledger ({name}) was written by a newer version of this program; install that version"
        raise ConfigurationError([Problem("environment", None, None, message)])


def _upgrade(connection: Connection, is_unversioned: bool) -> None:
    from alembic import command
    from alembic.config import Config

    with as_file(files("chasing_pipeline.ledger") / "migrations") as folder:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        if is_unversioned:
            command.stamp(config, VERSIONS[0])
        command.upgrade(config, CURRENT)
