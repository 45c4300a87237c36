"""The job that computes a day's tables, and which days one run of it is for."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from dagster import AssetSelection, RunRequest, define_asset_job, in_process_executor

LOOK_BACK = timedelta(days=31)
RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"

AssetJob = Any
"""What ``define_asset_job`` returns; Dagster has no public name for it."""


def daily_job() -> AssetJob:
    """``daily_chasing``: everything from the extract to the action table and the progress, for one day or a range."""
    return define_asset_job(
        "daily_chasing",
        selection=AssetSelection.all() - AssetSelection.assets("activity_log"),
        executor_def=in_process_executor,
        description="Reads the extract, ages the receivables, decides every step and writes the day's action table.",
    )


def first_day_to_plan(planned: Sequence[date], today: date) -> date:
    """The first day that the morning of ``today`` must plan: the oldest missed one of the last 31 days, else today.

    A day is missed if an earlier one has been planned and it has not.
    """
    recent = {day for day in planned if today - LOOK_BACK <= day < today}
    if not recent:
        return today
    days = (min(recent) + timedelta(days=offset) for offset in range((today - min(recent)).days))
    return next((day for day in days if day not in recent), today)


def run_request(first: date, today: date, reason: str) -> RunRequest:
    """One run for all days from ``first`` to ``today``."""
    key = f"{reason} {first}..{today}"
    if first == today:
        return RunRequest(run_key=key, partition_key=today.isoformat())
    return RunRequest(run_key=key, tags={RANGE_START: first.isoformat(), RANGE_END: today.isoformat()})
