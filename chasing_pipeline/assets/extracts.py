"""The assets that read an extract: its four tables and the quarantine.

Does not belong here: how a file is read and checked (``planning.extracts``, ``sql/staging``).
"""

from collections.abc import Iterator
from datetime import date

from dagster import (
    AssetExecutionContext,
    AssetsDefinition,
    BackfillPolicy,
    DailyPartitionsDefinition,
    MaterializeResult,
    multi_asset,
)

from chasing_pipeline.assets.days import days_of
from chasing_pipeline.assets.specs import table_spec
from chasing_pipeline.domain.tables import EXTRACT_TABLES
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.planning.day import serving_extract
from chasing_pipeline.planning.extracts import StagedExtract, stage
from chasing_pipeline.planning.publication import publish_quarantine
from chasing_pipeline.resources.chasing import Chasing


def extract_assets(chasing: Chasing, partitions: DailyPartitionsDefinition) -> AssetsDefinition:
    """``customers``, ``contacts``, ``invoices``, ``transactions`` and ``quarantine``, one partition a day."""
    names = (*EXTRACT_TABLES, "quarantine")
    specs = [table_spec(name, [], partitions) for name in EXTRACT_TABLES]
    specs.append(table_spec("quarantine", EXTRACT_TABLES, partitions))

    @multi_asset(name="extracts", specs=specs, backfill_policy=BackfillPolicy.single_run())
    def extracts(context: AssetExecutionContext) -> Iterator[MaterializeResult[None]]:
        with DuckDBEngine(threads=1) as engine:
            published: set[date] = set()
            for day in days_of(context):
                extract = stage(chasing.home, serving_extract(chasing.home, day))
                if extract.day not in published:
                    publish_quarantine(chasing.warehouse, engine, extract)
                    published.add(extract.day)
                for name in names:
                    context.add_asset_metadata(_metadata(extract, name, day), name, day.isoformat())
        for name in names:
            yield MaterializeResult(asset_key=name)

    return extracts


def _metadata(extract: StagedExtract, name: str, day: date) -> dict[str, object]:
    if name == "quarantine":
        return {"dagster/row_count": sum(extract.rejected_rows.values()), "extract": extract.day.isoformat()}
    unknown = extract.unknown_columns.get(name)
    return {
        "dagster/row_count": extract.rows[name],
        "rows rejected": extract.rejected_rows[name],
        "extract": extract.day.isoformat(),
        "extract age in days": max(0, (day - extract.day).days),
        **({"unknown columns, ignored": ", ".join(unknown)} if unknown else {}),
    }
