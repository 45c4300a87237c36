"""The morning's run, and the days that were missed before it.

A missed tick is never run later by the orchestrator, so the schedule itself asks for the whole gap as one run.
"""

from dagster import DefaultScheduleStatus, RunRequest, ScheduleDefinition, ScheduleEvaluationContext, schedule

from chasing_pipeline.jobs import AssetJob, first_day_to_plan, run_request
from chasing_pipeline.resources.chasing import Chasing


def daily_schedule(chasing: Chasing, job: AssetJob) -> ScheduleDefinition:
    """``daily_chasing_schedule``: at the configured time in the company's time zone."""
    at = chasing.home.settings.schedule.at

    @schedule(
        name="daily_chasing_schedule",
        job=job,
        cron_schedule=f"{at.minute} {at.hour} * * *",
        execution_timezone=chasing.home.settings.company.timezone,
        default_status=DefaultScheduleStatus.RUNNING,
        description="Plans today, and in the same run every day that was missed before it.",
    )
    def daily_chasing_schedule(context: ScheduleEvaluationContext) -> RunRequest:
        today = context.scheduled_execution_time.astimezone(chasing.home.settings.company.zone).date()
        return run_request(first_day_to_plan(chasing.warehouse.days("action_table"), today), today, "morning")

    return daily_chasing_schedule
