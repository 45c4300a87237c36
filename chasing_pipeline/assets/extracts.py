"""The assets that read an extract: its four tables and the quarantine.

Does not belong here: how a file is read and checked (``planning.extracts``, ``sql/staging``).
"""

from collections.abc import Iterator
from datetime import date

from dagster import (
    AssetCheckResult,
    AssetExecutionContext,
    AssetsDefinition,
    BackfillPolicy,
    DailyPartitionsDefinition,
    MaterializeResult,
    multi_asset,
)

from chasing_pipeline.assets.checks import EXTRACT_CHECKS, extract_checks
from chasing_pipeline.assets.days import days_of, tell
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
    specs = [table_spec(name, chasing.home, partitions) for name in names]

    @multi_asset(name="extracts", specs=specs, check_specs=EXTRACT_CHECKS, backfill_policy=BackfillPolicy.single_run())
    def extracts(context: AssetExecutionContext) -> Iterator[MaterializeResult[None] | AssetCheckResult]:
        days = days_of(context)
        staged: dict[date, StagedExtract] = {}
        with DuckDBEngine(threads=1) as engine:
            for day in days:
                serving = serving_extract(chasing.home, day)
                if serving not in staged:
                    staged[serving] = stage(chasing.home, serving)
                    publish_quarantine(chasing.warehouse, engine, staged[serving])
                tell(context, {(name, day): _metadata(staged[serving], name, day) for name in names})
        for name in names:
            yield MaterializeResult(asset_key=name)
        yield from extract_checks(chasing.home, days[-1], staged[serving_extract(chasing.home, days[-1])])

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
