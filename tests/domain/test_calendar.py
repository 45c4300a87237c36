"""Run days, previous run days, holidays and business days, by examples and against a slow obvious definition."""

import calendar as months
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chasing_pipeline.domain.cadence import WEEKDAYS, Run
from chasing_pipeline.domain.calendar import (
    business_days,
    days_between,
    is_holiday,
    is_run_day,
    next_run_day,
    previous_run_day,
)

ONE_DAY = timedelta(days=1)
WORKING = ("mon", "tue", "wed", "thu", "fri")


def run_days(run: Run, first: date, last: date, country: str | None = None) -> list[date]:
    """The run days from first to last, both included."""
    return [day for day in days_between(first, last) if is_run_day(run, country, day)]


def of_month(run: Run, year: int, month: int, country: str | None = None) -> list[int]:
    """The days of one month on which a cadence runs."""
    last = months.monthrange(year, month)[1]
    return [day.day for day in run_days(run, date(year, month, 1), date(year, month, last), country)]


def test_a_cadence_runs_every_day_unless_it_says_otherwise() -> None:
    assert of_month(Run(), 2026, 2) == list(range(1, 29))


def test_weekdays_leave_the_others_out() -> None:
    assert of_month(Run(weekdays=("mon", "thu")), 2026, 3) == [2, 5, 9, 12, 16, 19, 23, 26, 30]


def test_days_of_the_month_are_the_only_ones() -> None:
    assert of_month(Run(days_of_month=(1, 15)), 2026, 4) == [1, 15]


def test_a_day_of_the_month_at_a_weekend_moves_to_monday() -> None:
    # 1 and 15 March 2026 are Sundays
    assert of_month(Run(days_of_month=(1, 15), weekdays=WORKING), 2026, 3) == [2, 16]


def test_a_day_of_the_month_can_move_into_the_next_month() -> None:
    # 31 January 2026 is a Saturday
    run = Run(days_of_month=(31,), weekdays=WORKING)
    assert run_days(run, date(2026, 1, 25), date(2026, 2, 10)) == [date(2026, 2, 2)]


def test_a_day_of_the_month_on_a_holiday_moves_to_the_next_allowed_day() -> None:
    # 3 April 2026 is Good Friday, 6 April Easter Monday
    run = Run(days_of_month=(3,), weekdays=WORKING, skip_holidays=True)
    assert of_month(run, 2026, 4, "DE") == [7]
    assert of_month(run, 2026, 4, "US") == [3]


@pytest.mark.parametrize(("number", "year", "last"), [(29, 2026, 28), (30, 2026, 28), (31, 2026, 28), (31, 2024, 29)])
def test_a_day_that_february_lacks_is_its_last(number: int, year: int, last: int) -> None:
    assert of_month(Run(days_of_month=(number,)), year, 2) == [last]


def test_the_29th_is_itself_in_a_leap_year() -> None:
    assert of_month(Run(days_of_month=(29,)), 2024, 2) == [29]


def test_the_31st_is_the_30th_in_april() -> None:
    assert of_month(Run(days_of_month=(30, 31)), 2026, 4) == [30]
    assert of_month(Run(days_of_month=(30, 31)), 2026, 5) == [30, 31]


def test_holidays_are_those_of_the_customer_s_country() -> None:
    run = Run(skip_holidays=True)
    saint_patrick, independence, christmas = date(2026, 3, 17), date(2025, 7, 4), date(2026, 12, 25)
    assert not is_run_day(run, "IE", saint_patrick)
    assert is_run_day(run, "GB", saint_patrick)
    assert not is_run_day(run, "US", independence)
    assert is_run_day(run, "IE", independence)
    assert not any(is_run_day(run, country, christmas) for country in ("IE", "GB", "US"))


def test_regional_holidays_do_not_count() -> None:
    assert not is_holiday("DE", date(2026, 6, 4))  # Corpus Christi, in some states only
    assert not is_holiday("GB", date(2026, 11, 30))  # Saint Andrew's Day, in Scotland only


def test_holidays_do_not_count_unless_the_cadence_skips_them() -> None:
    assert is_run_day(Run(), "GB", date(2026, 12, 25))


@pytest.mark.parametrize("country", [None, "XX", ""])
def test_no_day_is_a_holiday_in_no_known_country(country: str | None) -> None:
    assert is_run_day(Run(skip_holidays=True), country or None, date(2026, 12, 25))


def test_the_previous_run_day_is_the_latest_known_one_on_which_the_cadence_runs() -> None:
    known = [date(2026, 3, 9), date(2026, 3, 11), date(2026, 3, 14), date(2026, 3, 20)]
    assert previous_run_day(Run(), None, date(2026, 3, 16), known) == date(2026, 3, 14)
    assert previous_run_day(Run(weekdays=WORKING), None, date(2026, 3, 16), known) == date(2026, 3, 11)


def test_the_day_itself_and_later_ones_are_not_before_it() -> None:
    known = [date(2026, 3, 9), date(2026, 3, 16), date(2026, 3, 17)]
    assert previous_run_day(Run(), None, date(2026, 3, 16), known) == date(2026, 3, 9)


def test_before_the_first_known_day_the_calendar_tells_the_previous_one() -> None:
    monday = date(2026, 3, 16)
    assert previous_run_day(Run(weekdays=WORKING), None, monday, []) == date(2026, 3, 13)
    assert previous_run_day(Run(weekdays=WORKING), None, monday, [monday]) == date(2026, 3, 13)
    assert previous_run_day(Run(days_of_month=(1,)), None, monday, []) == date(2026, 3, 1)


def test_the_next_run_day_may_be_the_day_itself() -> None:
    run = Run(weekdays=WORKING)
    assert next_run_day(run, None, date(2026, 3, 13)) == date(2026, 3, 13)
    assert next_run_day(run, None, date(2026, 3, 14)) == date(2026, 3, 16)


def test_business_days_leave_weekends_and_holidays_out() -> None:
    rows = list(business_days("DE", date(2026, 4, 2), date(2026, 4, 8)))
    assert [day.day for day, is_business, _ in rows if is_business] == [2, 7, 8]
    assert [count for _, _, count in rows] == [1, 1, 1, 1, 1, 2, 3]


def test_without_a_country_business_days_are_monday_to_friday() -> None:
    rows = business_days(None, date(2026, 4, 2), date(2026, 4, 8))
    assert [day.day for day, is_business, _ in rows if is_business] == [2, 3, 6, 7, 8]


runs = st.builds(
    Run,
    weekdays=st.sets(st.sampled_from(WEEKDAYS), min_size=1).map(tuple),
    days_of_month=st.sets(st.integers(1, 31), max_size=3).map(tuple),
    skip_holidays=st.booleans(),
)
countries = st.sampled_from((None, "GB", "US", "DE", "JP"))
some_days = st.dates(date(2023, 1, 1), date(2028, 12, 31))


def obvious_run_days(run: Run, country: str | None, first: date, last: date) -> Iterator[date]:
    """Every nominal day, moved forward by hand to the first day that weekdays and holidays allow."""
    days_off: Any = holidays.country_holidays(country) if country and run.skip_holidays else {}

    def is_allowed(day: date) -> bool:
        return ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[day.weekday()] in run.weekdays and day not in days_off

    found = set()
    for nominal in days_between(first - timedelta(days=60), last):
        length = months.monthrange(nominal.year, nominal.month)[1]
        is_wanted = not run.days_of_month or any(nominal.day == min(number, length) for number in run.days_of_month)
        if not is_wanted or (not run.days_of_month and not is_allowed(nominal)):
            continue
        moved = nominal
        while not is_allowed(moved):
            moved += ONE_DAY
        found.add(moved)
    return iter(sorted(day for day in found if first <= day <= last))


@settings(max_examples=60, deadline=None)
@given(run=runs, country=countries, first=some_days)
def test_run_days_are_what_the_obvious_definition_says(run: Run, country: str | None, first: date) -> None:
    last = first + timedelta(days=45)
    assert run_days(run, first, last, country) == list(obvious_run_days(run, country, first, last))


@settings(max_examples=60, deadline=None)
@given(run=runs, country=countries, day=some_days, known=st.lists(st.integers(-30, 5), max_size=6))
def test_the_previous_run_day_is_what_the_obvious_definition_says(
    run: Run, country: str | None, day: date, known: list[int]
) -> None:
    known_days = sorted({day + timedelta(days=offset) for offset in known})
    its_own = list(obvious_run_days(run, country, day - timedelta(days=120), day - ONE_DAY))
    on_record = [other for other in known_days if other in its_own]
    expected = on_record[-1] if on_record else its_own[-1]
    assert previous_run_day(run, country, day, known_days) == expected


@settings(max_examples=40, deadline=None)
@given(country=countries, first=some_days, length=st.integers(0, 60))
def test_business_days_count_what_the_obvious_definition_says(country: str | None, first: date, length: int) -> None:
    days_off: Any = holidays.country_holidays(country) if country else {}
    working = [
        day
        for day in days_between(first, first + timedelta(days=length))
        if day.isoweekday() <= 5 and day not in days_off
    ]
    rows = list(business_days(country, first, first + timedelta(days=length)))
    assert [day for day, is_business, _ in rows if is_business] == working
    assert [count for _, _, count in rows] == [sum(other <= day for other in working) for day, _, _ in rows]
