"""Pay links: genuine for one customer until their last day, whatever the day, and for nobody else."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chasing_pipeline.messages.links import BadLink, pay_token, verify

SECRET = "a secret of these tests"
DAY = date(2026, 11, 2)


@given(st.dates(date(1900, 1, 1), date(2600, 1, 1)))
def test_a_link_holds_until_its_last_day_and_no_longer(last_day: date) -> None:
    token = pay_token(SECRET, "a1b2c3", "C-1001", last_day)
    assert len(token) == 21
    assert verify(token, "C-1001", SECRET, last_day).last_day == last_day
    with pytest.raises(BadLink, match=f"held until {last_day}"):
        verify(token, "C-1001", SECRET, last_day + timedelta(days=1))


@given(st.dates())
def test_any_day_has_a_link(last_day: date) -> None:
    assert len(pay_token(SECRET, "a1b2c3", "C-1001", last_day)) == 21


def test_a_link_is_genuine_for_its_customer_only() -> None:
    token = pay_token(SECRET, "a1b2c3", "C-1001", DAY)
    for customer, secret in (("C-1002", SECRET), ("C-1001", "another secret")):
        with pytest.raises(BadLink, match="not genuine"):
            verify(token, customer, secret, DAY)


@pytest.mark.parametrize("place", range(21))
def test_a_link_with_a_changed_character_is_refused(place: int) -> None:
    token = pay_token(SECRET, "a1b2c3", "C-1001", DAY)
    changed = token[:place] + ("B" if token[place] == "A" else "A") + token[place + 1 :]
    with pytest.raises(BadLink):
        verify(changed, "C-1001", SECRET, DAY)


@pytest.mark.parametrize("token", ["", "x", "é" * 21, "A" * 400])
def test_what_is_no_link_is_refused(token: str) -> None:
    with pytest.raises(BadLink):
        verify(token, "C-1001", SECRET, DAY)
