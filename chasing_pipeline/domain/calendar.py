"""Business calendars: on which days a cadence runs, public holidays, business days.

Dates in, dates out; the rows become the tables ``run_calendar`` and ``business_days`` for the SQL.
Does not belong here: who is due on such a day (``sql/eligibility``).
"""

import calendar as month_calendar
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import cache

import holidays

from chasing_pipeline.domain.cadence import WEEKDAYS, Run

ONE_DAY = timedelta(days=1)
LONGEST_PAUSE = 400
"""Days to look back for a run day: a cadence that runs on one day of the year still has one."""


@cache
def public_holidays(country: str, year: int) -> frozenset[date]:
    """The nationwide public holidays of a country (ISO 3166-1 alpha-2) in a year; none where it is unknown."""
    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()


def is_holiday(country: str | None, day: date) -> bool:
    """Whether ``day`` is a nationwide public holiday of ``country`` (None: nowhere)."""
    return country is not None and day in public_holidays(country, day.year)


def is_run_day(run: Run, country: str | None, day: date) -> bool:
    """Whether a cadence runs on ``day`` for customers of ``country`` (None: holidays don't count).

    A day of the month that weekdays or holidays exclude moves to the next day that they allow;
    29 to 31 in a shorter month means its last day.
    """
    if not _is_allowed(run, country, day):
        return False
    if not run.days_of_month:
        return True
    for nominal in _days_back(day):
        if _is_day_of_month(run, nominal):
            return True
        if _is_allowed(run, country, nominal - ONE_DAY):
            return False
    return False


def previous_run_day(run: Run, country: str | None, day: date, known: Sequence[date]) -> date | None:
    """The last day before ``day`` on which the cadence ran.

    That is the latest of ``known`` (sorted days on which the pipeline ran) that is a run day of the cadence;
    where none is known, the cadence calendar's own. None where the calendar has none within 400 days.
    """
    for candidate in reversed(known[: bisect_left(known, day)]):
        if is_run_day(run, country, candidate):
            return candidate
    return next((d for d in _days_back(day - ONE_DAY) if is_run_day(run, country, d)), None)


def next_run_day(run: Run, country: str | None, day: date) -> date | None:
    """The first run day on or after ``day``; None where there is none within 400 days."""
    days = (day + timedelta(days=offset) for offset in range(LONGEST_PAUSE))
    return next((d for d in days if is_run_day(run, country, d)), None)


def business_days(country: str | None, first: date, last: date) -> Iterator[tuple[date, bool, int]]:
    """(day, whether it is a business day, business days from ``first`` up to and including it).

    Business days are Monday to Friday without the public holidays of ``country`` (None: no holidays).
    """
    count = 0
    for day in days_between(first, last):
        is_business = day.weekday() < 5 and not is_holiday(country, day)
        count += is_business
        yield day, is_business, count


def days_between(first: date, last: date) -> Iterable[date]:
    """Every day from ``first`` to ``last``, both included."""
    return map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1))


def _days_back(day: date) -> Iterator[date]:
    return (day - timedelta(days=offset) for offset in range(LONGEST_PAUSE))


def _is_allowed(run: Run, country: str | None, day: date) -> bool:
    return WEEKDAYS[day.weekday()] in run.weekdays and not (run.skip_holidays and is_holiday(country, day))


def _is_day_of_month(run: Run, day: date) -> bool:
    last = month_calendar.monthrange(day.year, day.month)[1]
    return any(min(number, last) == day.day for number in run.days_of_month)
