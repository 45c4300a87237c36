"""The days that can be planned, as Dagster's partitions: in the company's time zone, today included."""

from datetime import date, datetime

from dagster import DailyPartitionsDefinition

from chasing_pipeline.planning.home import ChasingHome


def daily_partitions(
    home: ChasingHome, first: date | None = None, last: date | None = None
) -> DailyPartitionsDefinition:
    """One partition a day from the home's first day to today; widened to ``first`` and ``last`` for a played day."""
    zone = home.settings.company.zone
    today = datetime.now(zone).date()
    ahead = max(0, ((last or today) - today).days)
    start = min(home.first_day(), first or today)
    # an end offset of 1 makes the morning's run that of the day itself
    return DailyPartitionsDefinition(start_date=start.isoformat(), timezone=str(zone), end_offset=1 + ahead)
