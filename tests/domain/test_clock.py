"""What day it is: in the company's time zone, or the day that a trial plays."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chasing_pipeline.domain.clock import Clock


def test_a_played_day_is_today() -> None:
    clock = Clock(ZoneInfo("Europe/London"), date(2026, 3, 18))
    assert clock.today() == date(2026, 3, 18)
    assert clock.is_played


def test_on_a_played_day_it_is_the_machine_s_time_of_that_day_in_the_company_s_zone() -> None:
    zone = ZoneInfo("Asia/Tokyo")
    before = datetime.now(zone)
    played = Clock(zone, date(2026, 3, 18)).now()
    after = datetime.now(zone)
    assert played.date() == date(2026, 3, 18)
    assert played.utcoffset() == timedelta(hours=9)
    if before.date() == after.date():
        assert before.time() <= played.time() <= after.time()


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_today_is_the_company_s_and_not_the_machine_s(zone: str) -> None:
    clock = Clock(ZoneInfo(zone))
    before = datetime.now(UTC).astimezone(ZoneInfo(zone)).date()
    today = clock.today()
    after = datetime.now(UTC).astimezone(ZoneInfo(zone)).date()
    assert today in (before, after)
    assert not clock.is_played


def test_two_companies_at_the_ends_of_the_world_are_never_on_the_same_day() -> None:
    # 25 hours apart
    assert Clock(ZoneInfo("Pacific/Kiritimati")).today() > Clock(ZoneInfo("Pacific/Pago_Pago")).today()


def test_an_instant_always_carries_its_zone() -> None:
    assert Clock(ZoneInfo("Europe/London")).now().tzinfo is not None
    assert Clock(ZoneInfo("Europe/London"), date(2026, 3, 18)).now().tzinfo is not None
