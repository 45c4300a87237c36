"""One ``AssetSpec`` per table, made from ``domain.tables``: description, schema, owner, group, address.

Does not belong here: materialising them (the other modules of this package).
"""

from collections.abc import Iterable
from typing import Any

from dagster import (
    AssetSpec,
    DailyPartitionsDefinition,
    MetadataValue,
    TableColumn,
    TableColumnConstraints,
    TableConstraints,
    TableSchema,
)

from chasing_pipeline.domain.tables import EXTRACT_TABLES, WAREHOUSE_TABLES, Table
from chasing_pipeline.engine.warehouse import VIEWS_FILE

OWNER = "team:accounts-receivable"
GROUPS = {
    **dict.fromkeys((*EXTRACT_TABLES, "quarantine"), "sources"),
    **dict.fromkeys(("open_items", "account_aging"), "receivables"),
    **dict.fromkeys(("step_decisions", "action_units", "action_table"), "chasing"),
    **dict.fromkeys(("activity_log", "chasing_progress"), "outcomes"),
}
SQL_FILES = {
    **{name: f"sql/staging/{name}_checked.sql" for name in EXTRACT_TABLES},
    "quarantine": "sql/staging/quarantine.sql",
    "open_items": "sql/receivables/open_items.sql",
    "account_aging": "sql/receivables/account_aging.sql",
    "step_decisions": "sql/eligibility/step_decisions.sql",
    "action_units": "sql/actions/action_units.sql",
    "action_table": "sql/actions/action_table.sql",
    "chasing_progress": "sql/progress/chasing_progress.sql",
}


def table_schema(table: Table) -> TableSchema:
    """The table's columns with types, descriptions and constraints, as Dagster's UI shows them."""
    return TableSchema(
        columns=[
            TableColumn(
                column.name,
                column.type,
                column.description,
                TableColumnConstraints(nullable=not column.required),
            )
            for column in table.columns
        ],
        constraints=TableConstraints([f"unique: {', '.join(table.key)}"]),
    )


def table_spec(name: str, deps: Iterable[str], partitions: DailyPartitionsDefinition) -> AssetSpec:
    """The spec of one table of an extract or of the warehouse."""
    table = EXTRACT_TABLES.get(name) or WAREHOUSE_TABLES[name]
    metadata: dict[str, Any] = {
        "dagster/column_schema": table_schema(table),
        "dagster/table_name": f"{VIEWS_FILE}/{name}" if name in WAREHOUSE_TABLES else f"extracts/{name}",
    }
    if name in SQL_FILES:
        metadata["sql_file"] = MetadataValue.path(SQL_FILES[name])
    return AssetSpec(
        name,
        deps=list(deps),
        description=f"One row is {table.one_row}.",
        group_name=GROUPS[name],
        owners=[OWNER],
        kinds={"duckdb", "parquet"},
        metadata=metadata,
        partitions_def=partitions,
    )
