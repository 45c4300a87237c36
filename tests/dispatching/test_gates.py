"""What stops a whole dispatch, who lets it go on, and how much may leave in one day."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.problems import DispatchRefused
from chasing_pipeline.ledger.progress import PlannedDay, record_planned_day
from chasing_pipeline.ledger.releases import release

from .homes import CHANNELS, DAY, REACHABLE, SmallHome, TroubledSender, instant, once

SENT = set(REACHABLE) - {"P1", "X1"}


def spoil(home: SmallHome) -> None:
    home.append(f"extracts/{DAY}/transactions.csv", "T-bad,E1,I-E1,2026-03-99,GBP,1.00,payment")


def usual(home: SmallHome, count: int, run_days: int = 5) -> None:
    for days in range(1, run_days + 1):
        planned = PlannedDay(DAY - timedelta(days=days), count, [], [], [], [])
        record_planned_day(home.open().ledger, planned, [])


def test_a_stale_extract_stops_the_dispatch_and_names_its_day(home: SmallHome, plan: Callable[..., None]) -> None:
    late = DAY + timedelta(days=4)
    plan(home.open(late))
    with pytest.raises(DispatchRefused, match=f"(?s){DAY}.*4 days.*extracts/"):
        home.dispatch(late)
    assert home.files() == []


def test_an_extract_that_is_just_not_too_old_stops_nothing(home: SmallHome, plan: Callable[..., None]) -> None:
    late = DAY + timedelta(days=3)
    plan(home.open(late))
    assert home.dispatch(late).carried_out == len(REACHABLE) + 1


def test_a_newer_extract_ends_the_stop(home: SmallHome, plan: Callable[..., None]) -> None:
    late = DAY + timedelta(days=4)
    home.write_extract(late)
    plan(home.open(late))
    assert home.dispatch(late).carried_out == len(REACHABLE) + 1


def test_too_many_rejected_rows_stop_the_dispatch_until_a_named_person_releases_it(
    unplanned: SmallHome, plan: Callable[..., None]
) -> None:
    spoil(unplanned)
    plan(unplanned.open())
    with pytest.raises(DispatchRefused, match=r"transactions\.csv.*--release quarantine"):
        unplanned.dispatch()
    assert unplanned.files() == []
    release(unplanned.open().ledger, DAY, "quarantine", "Jane Doe", instant())
    unplanned.dispatch()
    assert set(unplanned.happened("sent")) == SENT
    assert_released_by(unplanned, "quarantine", "Jane Doe")


def test_rejected_rows_that_arrive_after_planning_stop_the_dispatch_too(home: SmallHome) -> None:
    spoil(home)
    with pytest.raises(DispatchRefused, match="quarantine"):
        home.dispatch()
    assert home.files() == []


def test_a_sudden_growth_stops_the_dispatch_until_a_named_person_releases_it(home: SmallHome) -> None:
    home.set("limits: {max_growth: 2}")
    usual(home, 4)
    with pytest.raises(DispatchRefused, match=r"9 actions.*2 times the usual 4.*--release growth"):
        home.dispatch()
    assert home.files() == []
    release(home.open().ledger, DAY, "growth", "Sam Poe", instant())
    home.dispatch()
    assert set(home.happened("sent")) == SENT
    assert_released_by(home, "growth", "Sam Poe")


@pytest.mark.parametrize("count", [5, 9])
def test_usual_numbers_of_actions_stop_nothing(home: SmallHome, count: int) -> None:
    home.set("limits: {max_growth: 2}")
    usual(home, count)
    assert home.dispatch().carried_out == 9


def test_there_is_no_growth_to_speak_of_after_the_very_first_run_day(home: SmallHome) -> None:
    home.set("limits: {max_growth: 2}")
    usual(home, 0)
    usual(home, 1, run_days=1)
    assert home.dispatch().carried_out == 9


def test_releasing_one_stop_does_not_release_the_other(home: SmallHome) -> None:
    home.set("limits: {max_growth: 2}")
    usual(home, 4)
    spoil(home)
    release(home.open().ledger, DAY, "growth", "Sam Poe", instant())
    with pytest.raises(DispatchRefused, match=r"\Aquarantine: [^\n]*\Z"):
        home.dispatch()


def test_a_release_is_for_its_day_only(home: SmallHome, plan: Callable[..., None]) -> None:
    spoil(home)
    tomorrow = DAY + timedelta(days=1)
    release(home.open().ledger, DAY, "quarantine", "Jane Doe", instant())
    plan(home.open(tomorrow))
    with pytest.raises(DispatchRefused, match="quarantine"):
        home.dispatch(tomorrow)


def assert_released_by(home: SmallHome, stop: str, who: str) -> None:
    from chasing_pipeline.ledger.activities import of_days

    notes = [row for row in of_days(home.open().ledger, [DAY]) if row["kind"] == "note"]
    assert [(row["actor"], stop in row["detail"]) for row in notes] == [(who, True)]


def test_the_daily_limit_leaves_the_rest_planned_until_it_is_raised(home: SmallHome) -> None:
    home.set("limits: {actions_per_day: 4}")
    report = home.dispatch()
    assert (report.carried_out, report.outcomes["over_limit"]) == (4, 5)
    assert any("limit" in remark for remark in report.remarks)
    assert sorted(home.states().values()).count("planned") == 5
    assert home.dispatch().carried_out == 0, "what was carried out before counts"
    text = (home.root / "chasing.yaml").read_text().replace("actions_per_day: 4", "actions_per_day: 100")
    home.write("chasing.yaml", text)
    assert home.dispatch().carried_out == 5


def test_a_channels_limit_leaves_the_rest_of_that_channel_planned(home: SmallHome) -> None:
    home.set("limits: {per_channel: {email: 1, letter: 0}}")
    report = home.dispatch()
    states = home.states()
    assert report.outcomes["over_limit"] == 4
    by_mail = [states[name] for name, channel in CHANNELS.items() if channel == "email"] + [states["U1"]]
    assert sorted(by_mail).count("planned") == 3
    assert states["L1"] == "planned"
    assert {states[name] for name in ("S1", "A1", "P1", "X1")} == {"sent", "todo"}


def test_what_a_limit_left_is_planned_and_carried_out_on_the_next_day(
    home: SmallHome, plan: Callable[..., None]
) -> None:
    home.set("limits: {per_channel: {email: 2}}")
    home.dispatch()
    left = {name for name, state in home.states().items() if state == "planned"}
    assert left
    tomorrow = DAY + timedelta(days=1)
    plan(home.open(tomorrow))
    assert set(home.actions(tomorrow)) == left
    home.dispatch(tomorrow)
    assert home.dispatch(tomorrow).carried_out == 0
    assert set(home.states(tomorrow).values()) <= {"sent", "failed"}


@pytest.mark.parametrize("limits", ["actions_per_day: 2", "per_channel: {email: 2}"])
def test_dispatchers_at_the_same_time_share_the_limit(home: SmallHome, limits: str) -> None:
    home.set(f"limits: {{{limits}}}")
    second: list[Any] = []
    # while the first one is at its first sending, another one starts and ends
    sender = TroubledSender(home.outbox, before=once(lambda: second.append(home.dispatch())))
    first = home.dispatch(
        senders=dict.fromkeys((Channel.EMAIL, Channel.SMS, Channel.LETTER, Channel.AUTO_CALL), sender)
    )
    assert second, "the first sending went another way"
    counted = home.states()
    if "email" in limits:
        counted = {name: state for name, state in counted.items() if CHANNELS.get(name, "email") == "email"}
    done = [name for name, state in counted.items() if state in {"sent", "todo", "failed"}]
    assert len(done) <= 2, (first.outcomes, second[0].outcomes)


def test_the_day_of_an_action_is_the_day_it_was_carried_out(home: SmallHome) -> None:
    home.dispatch()
    folders: set[date] = {date.fromisoformat(path.name) for path in home.outbox.iterdir()}
    assert folders == {DAY}
