"""The days of a run's partitions."""

from datetime import date

from dagster import AssetExecutionContext


def days_of(context: AssetExecutionContext) -> list[date]:
    """The days that a run is for, oldest first: one, or the whole range of a backfill."""
    return sorted(date.fromisoformat(key) for key in context.partition_keys)
