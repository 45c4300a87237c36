"""The only composition root: everything that Dagster knows of this project, put together for one chasing home."""

from datetime import date
from pathlib import Path

from dagster import Definitions, definitions

from chasing_pipeline.assets.checks import outcome_checks_definition
from chasing_pipeline.assets.extracts import extract_assets
from chasing_pipeline.assets.planning import planning_assets, progress_asset
from chasing_pipeline.assets.specs import table_spec
from chasing_pipeline.dispatch import activity_job, dispatch_job, preview_job, release_job
from chasing_pipeline.jobs import daily_job
from chasing_pipeline.partitions import daily_partitions
from chasing_pipeline.planning.home import ChasingHome
from chasing_pipeline.resources.chasing import Chasing
from chasing_pipeline.schedules import daily_schedule
from chasing_pipeline.sensors import (
    activity_files_sensor,
    alert_sensor,
    delivery_status_sensor,
    dispatch_sensor,
    extract_arrival_sensor,
)


def build_definitions(
    root: Path | None = None,
    *,
    chasing: Chasing | None = None,
    first: date | None = None,
    last: date | None = None,
) -> Definitions:
    """All definitions for the chasing home at ``root`` (default: ``CHASING_HOME``, else the sample home).

    ``chasing`` replaces the home with everything on it, e.g. with a played day; ``first`` and ``last`` widen the
    partitions. Raises ConfigurationError where ``chasing.yaml`` is at fault.
    """
    own = chasing or Chasing(root or ChasingHome.from_environment().root)
    partitions = daily_partitions(own.home, first, last)
    daily, dispatch = daily_job(), dispatch_job(own)
    return Definitions(
        assets=[
            extract_assets(own, partitions),
            planning_assets(own, partitions),
            progress_asset(own, partitions),
            table_spec("activity_log", own.home, partitions),
        ],
        asset_checks=[outcome_checks_definition(own)],
        jobs=[daily, dispatch, activity_job(own), release_job(own), preview_job(own)],
        schedules=[daily_schedule(own, daily)],
        sensors=[
            dispatch_sensor(own, dispatch),
            delivery_status_sensor(own),
            extract_arrival_sensor(own, daily),
            activity_files_sensor(own),
            alert_sensor(own),
        ],
    )


@definitions
def defs() -> Definitions:
    """What Dagster loads: made when it asks, so that importing this module never reads a home."""
    return build_definitions()
