"""The days of a run's partitions, and telling about each of them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from dagster import AssetExecutionContext


def days_of(context: AssetExecutionContext) -> list[date]:
    """The days that a run is for, oldest first: one, or the whole range of a backfill."""
    return sorted(date.fromisoformat(key) for key in context.partition_keys)


def tell(context: AssetExecutionContext, told: Mapping[tuple[str, date], Mapping[str, Any]]) -> None:
    """Attach the metadata of each table and day to the materialisation of that table and day."""
    for (table, day), metadata in told.items():
        context.add_asset_metadata(metadata, table, day.isoformat())
