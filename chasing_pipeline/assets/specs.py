"""One ``AssetSpec`` per table, made from ``domain.tables``: description, schema, owner, group, address.

Does not belong here: materialising them (the other modules of this package).
"""

from datetime import datetime, time, timedelta
from functools import cache
from typing import Any

from dagster import (
    AssetSpec,
    DailyPartitionsDefinition,
    FreshnessPolicy,
    MetadataValue,
    TableColumn,
    TableColumnConstraints,
    TableConstraints,
    TableSchema,
)

from chasing_pipeline.domain.tables import EXTRACT_TABLES, WAREHOUSE_TABLES, Table
from chasing_pipeline.engine.sql_files import statement
from chasing_pipeline.engine.warehouse import VIEWS_FILE
from chasing_pipeline.planning.home import ChasingHome

OWNER = "team:accounts-receivable"
GROUPS = {
    **dict.fromkeys((*EXTRACT_TABLES, "quarantine"), "sources"),
    **dict.fromkeys(("open_items", "account_aging"), "receivables"),
    **dict.fromkeys(("step_decisions", "action_units", "action_table"), "chasing"),
    **dict.fromkeys(("activity_log", "chasing_progress"), "outcomes"),
}
DEPENDENCIES = {
    "quarantine": tuple(EXTRACT_TABLES),
    "open_items": ("invoices", "transactions", "customers"),
    "account_aging": ("open_items",),
    "step_decisions": ("account_aging", "open_items", "contacts"),
    "action_units": ("step_decisions",),
    "action_table": ("step_decisions", "action_units", "contacts"),
    "activity_log": ("action_table",),
    "chasing_progress": ("action_table", "account_aging", "activity_log"),
}
STATEMENTS = {
    **{name: f"staging/{name}_checked" for name in EXTRACT_TABLES},
    "quarantine": "staging/quarantine",
    "open_items": "receivables/open_items",
    "account_aging": "receivables/account_aging",
    "step_decisions": "eligibility/step_decisions",
    "action_units": "actions/action_units",
    "action_table": "actions/action_table",
    "chasing_progress": "progress/chasing_progress",
}
QUESTIONS = {
    "customers": "Who are our customers, how do they pay, in which language are they written to?",
    "contacts": "Whom can we reach, and by what?",
    "invoices": "What was invoiced? Its checks say whether the extract is of today and of its usual size.",
    "transactions": "What was paid, credited, written off, refunded or reversed?",
    "quarantine": "What could not be used, and why? The table itself names file, line, column and value.",
    "open_items": "What is open today, how late is it, and what of it may not be chased?",
    "account_aging": "What does each account owe, by bucket? How did the balance move? "
    "Where a day was computed again: what changed against what had been published.",
    "step_decisions": "Who is chased today, who not, and why? Which large balances are in no cadence?",
    "action_units": "Which steps of which invoices does an action carry out? One action may serve several.",
    "action_table": "What was planned this morning, by which channel, against the last 30 days? "
    "It says what is due; what went out stands in activity_log.",
    "activity_log": "What went out, what failed, what came back, who noted what? Written by each dispatch.",
    "chasing_progress": "Where does every account stand at the end of the day: who is stuck, why, and with how much?",
}
LATEST = timedelta(hours=1)
"""How long after the hour of the schedule a day's tables may take."""


def table_schema(table: Table) -> TableSchema:
    """The table's columns with types, descriptions and constraints, as Dagster's UI shows them."""
    return TableSchema(
        columns=[
            TableColumn(
                column.name,
                column.type,
                column.description,
                TableColumnConstraints(nullable=not column.required, unique=table.key == (column.name,)),
            )
            for column in table.columns
        ],
        constraints=TableConstraints([f"unique: {', '.join(table.key)}"]),
    )


def table_spec(name: str, home: ChasingHome, partitions: DailyPartitionsDefinition) -> AssetSpec:
    """The spec of one table of an extract or of the warehouse of ``home``."""
    table = EXTRACT_TABLES.get(name) or WAREHOUSE_TABLES[name]
    return AssetSpec(
        name,
        deps=list(DEPENDENCIES.get(name, ())),
        description=f"One row is {table.one_row}.\n\n{QUESTIONS[name]}",
        group_name=GROUPS[name],
        owners=[OWNER],
        kinds={"duckdb", "parquet"},
        metadata=_metadata(name, table, home),
        partitions_def=partitions,
        freshness_policy=_freshness(name, home),
    )


def _metadata(name: str, table: Table, home: ChasingHome) -> dict[str, Any]:
    is_published = name in WAREHOUSE_TABLES
    place = home.warehouse / name if is_published else home.warehouse / "extracts"
    found: dict[str, Any] = {
        "dagster/column_schema": table_schema(table),
        "dagster/table_name": f"{VIEWS_FILE}/{name}" if is_published else f"extracts/{name}",
        "dagster/uri": MetadataValue.url(place.as_uri()),
        "files": MetadataValue.path(str(place / "DAY.parquet" if is_published else place / "DAY" / f"{name}.parquet")),
    }
    if name in STATEMENTS:
        found["sql_file"] = MetadataValue.path(f"sql/{STATEMENTS[name]}.sql")
        found["sql"] = MetadataValue.md(f"```sql\n{statement(STATEMENTS[name]).text}\n```")
    return found


def _freshness(name: str, home: ChasingHome) -> FreshnessPolicy:
    """Every table each morning, an hour after the schedule; the log whenever something was carried out."""
    if name == "activity_log":
        return FreshnessPolicy.time_window(fail_window=timedelta(days=5), warn_window=timedelta(days=3))
    return _each_morning(home.settings.schedule.at, home.settings.company.timezone)


@cache  # the orchestrator looks at a thousand ticks to find out how often a policy's time comes
def _each_morning(at: time, timezone: str) -> FreshnessPolicy:
    latest = datetime(2000, 1, 1, at.hour, at.minute) + LATEST  # noqa: DTZ001 - a time of day
    return FreshnessPolicy.cron(f"{latest.minute} {latest.hour} * * *", lower_bound_delta=2 * LATEST, timezone=timezone)
