"""Write what can be derived: the JSON Schemas of cadences and settings, the data dictionary and the data contract.

Run it after a change to ``domain.cadence``, ``domain.settings`` or ``domain.tables``:

    .venv/bin/python docs/generate.py

``tests/test_docs.py`` fails while a generated file is out of date. Does not belong here: prose.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from chasing_pipeline.domain.cadence import Cadence
from chasing_pipeline.domain.settings import Settings
from chasing_pipeline.domain.tables import EXTRACT_TABLES, PERSONAL_COLUMNS, WAREHOUSE_TABLES, Column, Table

DOCS = Path(__file__).resolve().parent
THRESHOLDS = frozenset({"min_balance", "min_open", "min_past_due"})
TIME = {"type": "string", "pattern": r"^\d{1,2}:\d{2}$", "examples": ["07:00"]}
INTRODUCTION = """\
# Data dictionary

Every table and column, written by `docs/generate.py` from `chasing_pipeline/domain/tables.py`. Do not edit it.
"Always" says that the column has a value in every row. How to query the tables: [analyst.md](analyst.md).
"""

CONTRACT_VERSION = "1.0.0"
"""Raised with every change of a column that is not an addition; see CHANGELOG.md."""
LOGICAL_TYPES = {
    "varchar": "string",
    "date": "date",
    "timestamp with time zone": "timestamp",
    "integer": "integer",
    "boolean": "boolean",
    "decimal(18,2)": "number",
    "decimal(18,6)": "number",
    "varchar[]": "array",
}
RULES = {
    "account_aging": [
        (
            "buckets_sum_to_open_amount",
            "The five buckets sum to the open amount.",
            "select count(*) from account_aging "
            "where current_amount + days_1_30 + days_31_60 + days_61_90 + days_over_90 <> open_amount",
        ),
        (
            "balance_is_open_amount_less_credit",
            "The balance is the open amount less unapplied credits.",
            "select count(*) from account_aging where open_amount - unapplied_credit <> balance",
        ),
    ],
    "step_decisions": [
        (
            "every_balance_has_a_verdict",
            "Every account that owes something has a verdict on that day.",
            "select count(*) from account_aging where balance > 0 and not exists (select 1 from step_decisions "
            "where step_decisions.day = account_aging.day "
            "and step_decisions.customer_number = account_aging.customer_number "
            "and step_decisions.currency = account_aging.currency)",
        ),
    ],
    "action_units": [
        (
            "every_unit_has_its_action",
            "Each step of a unit belongs to an action of that day.",
            "select count(*) from action_units where not exists (select 1 from action_table "
            "where action_table.action_date = action_units.day and action_table.action_id = action_units.action_id)",
        ),
    ],
}
"""Rules between columns and tables: (name, in words, a query whose result must be 0)."""


def generated() -> dict[str, str]:
    """The content of each generated file, by its name below ``docs/``."""
    return {
        "cadence.schema.json": _schema(Cadence.model_json_schema(), "A cadence: cadences/NAME.yaml"),
        "chasing.schema.json": _schema(Settings.model_json_schema(), "The settings: chasing.yaml"),
        "data-contract.yaml": _contract(),
        "data-dictionary.md": "\n".join(_dictionary()),
    }


def _schema(schema: dict[str, Any], title: str) -> str:
    content = {"$schema": "https://json-schema.org/draft/2020-12/schema", **_as_written(schema), "title": title}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _as_written(node: Any, name: str = "") -> Any:
    """The schema of what stands in the file: ``HH:MM`` for a time of day, a plain number for a threshold."""
    if isinstance(node, list):
        return [_as_written(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    if node.get("format") == "time":
        default = {"default": node["default"][:5]} if "default" in node else {}
        return {**TIME, **default, "title": node["title"]}
    content = {key: _as_written(value, key) for key, value in node.items()}
    if name in THRESHOLDS and content.get("type") == "object":
        own = {key: content.pop(key) for key in ("default", "title") if key in content}
        return {**own, "anyOf": [{"type": "number"}, content]}
    return content


def _dictionary() -> Iterator[str]:
    yield INTRODUCTION
    yield "## The warehouse\n"
    for table in WAREHOUSE_TABLES.values():
        yield from _table(table)
    yield "## The extract\n"
    yield "What the accounting system exports. Only columns that always have a value are required.\n"
    for table in EXTRACT_TABLES.values():
        yield from _table(table)


def _table(table: Table) -> Iterator[str]:
    yield f"### {table.name}\n"
    yield f"One row is {table.one_row}. Key: {', '.join(f'`{name}`' for name in table.key)}.\n"
    yield "| column | type | always | meaning |"
    yield "|---|---|---|---|"
    for column in table.columns:
        always = "yes" if column.required else ""
        yield f"| `{column.name}` | {column.type} | {always} | {column.description} |"
    yield ""


def _contract() -> str:
    """The warehouse as an Open Data Contract (ODCS v3.1.0)."""
    content = {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": "chasing-warehouse",
        "name": "Chasing warehouse",
        "version": CONTRACT_VERSION,
        "status": "active",
        "domain": "accounts-receivable",
        "dataProduct": "chasing",
        "description": {
            "purpose": "What customers owe on each day, what is done about it, and why.",
            "usage": "Read with any DuckDB client, or the Parquet files with anything else, at any moment.",
            "limitations": "Tables hold every day that was computed: filter on the day. Never add amounts of different "
            "currencies. A day filled in later was planned, but nothing of it was sent.",
        },
        "servers": [
            {
                "server": "views",
                "type": "duckdb",
                "description": "Views over the files of all days; below the chasing home.",
                "database": "warehouse/chasing.duckdb",
                "schema": "main",
            },
            {
                "server": "files",
                "type": "local",
                "description": "One file a table and day; names that begin with a dot are being written.",
                "path": "warehouse/{schema}/*.parquet",
                "format": "parquet",
            },
        ],
        "schema": [_schema_object(table) for table in WAREHOUSE_TABLES.values()],
        "team": {"name": "accounts-receivable", "description": "Owns the chasing home: settings, cadences, extracts."},
        "slaProperties": [
            {"property": "frequency", "value": 1, "unit": "d", "description": "Every day of the calendar."},
            {"property": "timeOfAvailability", "value": "08:00", "description": "An hour after schedule.at, by default "
             "07:00 in the company's time zone."},
        ],
    }  # fmt: skip
    head = "# Written by docs/generate.py from chasing_pipeline/domain/tables.py. Do not edit it.\n"
    return head + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)


def _schema_object(table: Table) -> dict[str, Any]:
    unique = {
        "name": "key_is_unique",
        "description": f"Key: {', '.join(table.key)}.",
        "dimension": "uniqueness",
        "type": "library",
        "metric": "duplicateValues",
        "arguments": {"properties": list(table.key)},
        "mustBe": 0,
    }
    rules = [
        {"name": name, "description": words, "dimension": "consistency", "type": "sql", "query": query, "mustBe": 0}
        for name, words, query in RULES.get(table.name, ())
    ]
    return {
        "name": table.name,
        "physicalName": table.name,
        "physicalType": "view",
        "logicalType": "object",
        "description": f"One row is {table.one_row}.",
        "dataGranularityDescription": table.one_row,
        "properties": [_property(table, column) for column in table.columns],
        "quality": [unique, *rules],
    }


def _property(table: Table, column: Column) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": column.name,
        "logicalType": LOGICAL_TYPES[column.type],
        "physicalType": column.type,
        "description": column.description,
        "required": column.required,
    }
    if column.name in table.key:
        found |= {"primaryKey": True, "primaryKeyPosition": table.key.index(column.name) + 1}
    if column.name == table.day_column:
        found |= {"partitioned": True, "partitionKeyPosition": 1}
    if column.name in PERSONAL_COLUMNS:
        found["classification"] = "confidential"
        found["tags"] = ["personal"]
    if column.type.endswith("[]"):
        found["items"] = {"logicalType": "string", "physicalType": column.type.removesuffix("[]")}
    return found


def main() -> None:
    """Write the generated files."""
    for name, content in generated().items():
        (DOCS / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
