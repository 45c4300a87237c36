"""The morning's run, and the days that were missed before it.

A missed tick is never run later by the orchestrator, so the schedule itself asks for the whole gap as one run.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from dagster import RunRequest, ScheduleDefinition, ScheduleEvaluationContext, UnresolvedAssetJobDefinition, schedule

from chasing_pipeline.resources.chasing import Chasing

LOOK_BACK = timedelta(days=31)
RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


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


def daily_schedule(chasing: Chasing, job: UnresolvedAssetJobDefinition) -> ScheduleDefinition:
    """``daily_chasing_schedule``: at the configured time in the company's time zone."""
    at = chasing.home.settings.schedule.at

    @schedule(
        name="daily_chasing_schedule",
        job=job,
        cron_schedule=f"{at.minute} {at.hour} * * *",
        execution_timezone=chasing.home.settings.company.timezone,
        description="Plans today, and in the same run every day that was missed before it.",
    )
    def daily_chasing_schedule(context: ScheduleEvaluationContext) -> RunRequest:
        today = context.scheduled_execution_time.astimezone(chasing.home.settings.company.zone).date()
        return run_request(first_day_to_plan(chasing.warehouse.days("action_table"), today), today, "morning")

    return daily_chasing_schedule
