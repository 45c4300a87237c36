"""The job that computes a day's tables."""

from dagster import AssetSelection, UnresolvedAssetJobDefinition, define_asset_job, in_process_executor


def daily_job() -> UnresolvedAssetJobDefinition:
    """``daily_chasing``: everything from the extract to the action table and the progress, for one day or a range."""
    return define_asset_job(
        "daily_chasing",
        selection=AssetSelection.all() - AssetSelection.assets("activity_log"),
        executor_def=in_process_executor,
        description="Reads the extract, ages the receivables, decides every step and writes the day's action table.",
    )
