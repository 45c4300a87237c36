"""Write what can be derived: the JSON Schemas of cadences and settings, and the data dictionary.

Run it after a change to ``domain.cadence``, ``domain.settings`` or ``domain.tables``:

    .venv/bin/python docs/generate.py

``tests/test_docs.py`` fails while a generated file is out of date. Does not belong here: prose.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from chasing_pipeline.domain.cadence import Cadence
from chasing_pipeline.domain.settings import Settings
from chasing_pipeline.domain.tables import EXTRACT_TABLES, WAREHOUSE_TABLES, Table

DOCS = Path(__file__).resolve().parent
THRESHOLDS = frozenset({"min_balance", "min_open", "min_past_due"})
TIME = {"type": "string", "pattern": r"^\d{1,2}:\d{2}$", "examples": ["07:00"]}
INTRODUCTION = """\
# Data dictionary

Every table and column, written by `docs/generate.py` from `chasing_pipeline/domain/tables.py`. Do not edit it.
"Always" says that the column has a value in every row. How to query the tables: [analyst.md](analyst.md).
"""


def generated() -> dict[str, str]:
    """The content of each generated file, by its name below ``docs/``."""
    return {
        "cadence.schema.json": _schema(Cadence.model_json_schema(), "A cadence: cadences/NAME.yaml"),
        "chasing.schema.json": _schema(Settings.model_json_schema(), "The settings: chasing.yaml"),
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


def main() -> None:
    """Write the generated files."""
    for name, content in generated().items():
        (DOCS / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
