"""When something starts by itself: decisions as pure functions, and the schedule and sensors that take them."""

import os
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dagster import (
    DagsterInstance,
    DagsterRunStatus,
    Definitions,
    Failure,
    RunRequest,
    SensorResult,
    SkipReason,
    build_schedule_context,
    build_sensor_context,
)

from chasing_pipeline.jobs import first_day_to_plan, run_request
from chasing_pipeline.ledger.releases import release
from chasing_pipeline.resources.chasing import Chasing
from chasing_pipeline.sensors import dispatch_decision, extract_decision

DAY = date(2026, 3, 18)
At = Callable[[Path, date], Definitions]


def days(*numbers: int) -> list[date]:
    return [date(2026, 3, number) for number in numbers]


@pytest.mark.parametrize(
    ("planned", "first"),
    [
        ([], 18),
        (days(17), 18),
        (days(14), 15),
        (days(14, 17), 15),
        (days(14, 15, 16, 17, 18), 18),
        (days(18), 18),
        (days(19), 18),
        ([date(2026, 2, 1)], 18),
        ([date(2026, 2, 1), *days(16)], 17),
    ],
)
def test_the_first_day_to_plan_is_the_oldest_missed_one_or_today(planned: list[date], first: int) -> None:
    assert first_day_to_plan(planned, DAY) == date(2026, 3, first)


def test_a_gap_is_looked_for_in_the_last_31_days() -> None:
    assert first_day_to_plan([DAY - timedelta(days=31)], DAY) == DAY - timedelta(days=30)
    assert first_day_to_plan([DAY - timedelta(days=32)], DAY) == DAY


def test_a_run_request_is_for_one_partition_or_for_a_range() -> None:
    one = run_request(DAY, DAY, "morning")
    assert (one.partition_key, one.tags) == ("2026-03-18", {})
    several = run_request(date(2026, 3, 15), DAY, "morning")
    assert several.partition_key is None
    assert several.tags == {
        "dagster/asset_partition_range_start": "2026-03-15",
        "dagster/asset_partition_range_end": "2026-03-18",
    }
    assert one.run_key != several.run_key


def decide(
    owed: tuple[str, ...] = ("a", "b"),
    stopped: tuple[str, ...] = (),
    is_active: bool = False,
    attempts: int = 0,
    minutes: int = 60,
) -> RunRequest | SkipReason:
    return dispatch_decision("2026-03-18", owed, stopped, is_active, attempts, timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("skipped", "words"),
    [
        (lambda: decide(owed=()), "Nothing is owed on 2026-03-18"),
        (lambda: decide(stopped=("too much", "too old")), "too much too old"),
        (lambda: decide(is_active=True), "is running"),
        (lambda: decide(attempts=1, minutes=0), "2 actions are still owed after 1 runs"),
        (lambda: decide(attempts=3, minutes=3), "2 actions are still owed after 3 runs"),
        (lambda: decide(attempts=30, minutes=14), "2 actions are still owed after 30 runs"),
    ],
)
def test_no_dispatch_is_started_and_the_reason_said(skipped: Callable[[], SkipReason], words: str) -> None:
    found = skipped()
    assert isinstance(found, SkipReason)
    assert words in (found.skip_message or "")


def test_a_dispatch_is_asked_for_under_a_key_of_what_is_owed_and_of_the_attempt() -> None:
    first, other_order, more, again = decide(), decide(("b", "a")), decide(("a", "b", "c")), decide(attempts=1)
    assert isinstance(first, RunRequest)
    assert first.run_config["ops"]["carry_out_actions"]["config"] == {"day": "2026-03-18"}
    keys = [request.run_key for request in (first, other_order, more, again) if isinstance(request, RunRequest)]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


@pytest.mark.parametrize(
    ("seen", "arrived", "is_settled", "is_late", "wanted"),
    [
        (None, "x", True, True, True),
        ("w", "x", True, True, True),
        ("x", "x", True, True, False),
        (None, None, True, True, False),
        (None, "x", False, True, False),
        (None, "x", True, False, False),
    ],
)
def test_an_extract_asks_for_a_run_if_it_is_new_complete_and_late(
    seen: str | None, arrived: str | None, is_settled: bool, is_late: bool, wanted: bool
) -> None:
    assert extract_decision(seen, arrived, is_settled, is_late) is wanted


def morning(definitions: Definitions, chasing: Chasing, day: date) -> RunRequest:
    at = datetime.combine(day, datetime.min.time().replace(hour=7), chasing.home.settings.company.zone)
    with build_schedule_context(scheduled_execution_time=at) as context:
        found = definitions.resolve_schedule_def("daily_chasing_schedule")(context)
    assert isinstance(found, RunRequest)
    return found


def test_the_schedule_asks_for_todays_partition_where_nothing_was_missed(
    sample_home: Path, definitions_at: At, chasing_at: Callable[[Path, date], Chasing], plan: Callable[..., None]
) -> None:
    chasing, definitions = chasing_at(sample_home, DAY), definitions_at(sample_home, DAY)
    assert morning(definitions, chasing, DAY).partition_key == "2026-03-18"
    plan(chasing_at(sample_home, date(2026, 3, 17)))
    assert morning(definitions, chasing, DAY).partition_key == "2026-03-18"


def test_the_schedule_asks_for_the_whole_gap_as_one_run_after_three_missed_days(
    sample_home: Path, definitions_at: At, chasing_at: Callable[[Path, date], Chasing], plan: Callable[..., None]
) -> None:
    chasing = chasing_at(sample_home, DAY)
    plan(chasing_at(sample_home, date(2026, 3, 14)))
    request = morning(definitions_at(sample_home, DAY), chasing, DAY)
    assert request.partition_key is None
    assert sorted(request.tags.values()) == ["2026-03-15", "2026-03-18"]


def test_the_schedule_runs_at_the_companys_hour_in_its_zone(sample_home: Path, definitions_at: At) -> None:
    path = sample_home / "chasing.yaml"
    path.write_text(path.read_text().replace('schedule: {at: "07:00"}', 'schedule: {at: "06:30"}'))
    found = definitions_at(sample_home, DAY).resolve_schedule_def("daily_chasing_schedule")
    assert (found.cron_schedule, found.execution_timezone) == ("30 6 * * *", "Europe/London")


def ask(definitions: Definitions, instance: DagsterInstance, day: date = DAY) -> RunRequest | SkipReason:
    with build_sensor_context(instance=instance) as context:
        found = definitions.resolve_sensor_def("dispatch_sensor")(context)
    assert isinstance(found, RunRequest | SkipReason)
    return found


def reason(found: RunRequest | SkipReason) -> str:
    assert isinstance(found, SkipReason), found
    return found.skip_message or ""


def test_the_dispatch_sensor_skips_while_today_is_not_planned(
    planned_home: Path, definitions_at: At, instance: DagsterInstance
) -> None:
    tomorrow = DAY + timedelta(days=1)
    assert "2026-03-19 has not been planned" in reason(ask(definitions_at(planned_home, tomorrow), instance))


def test_the_dispatch_sensor_asks_for_a_run_under_a_stable_key_and_skips_when_all_is_done(
    planned_home: Path, definitions_at: At, instance: DagsterInstance
) -> None:
    definitions = definitions_at(planned_home, DAY)
    first, second = ask(definitions, instance), ask(definitions, instance)
    assert isinstance(first, RunRequest)
    assert isinstance(second, RunRequest)
    assert first.run_key == second.run_key
    result = definitions.resolve_job_def("dispatch_actions").execute_in_process(
        instance=instance, run_config=first.run_config, tags=first.tags
    )
    assert result.success
    assert "Nothing is owed" in reason(ask(definitions, instance))


def test_the_dispatch_sensor_skips_while_a_dispatch_is_active(
    planned_home: Path, definitions_at: At, instance: DagsterInstance
) -> None:
    definitions = definitions_at(planned_home, DAY)
    job = definitions.resolve_job_def("dispatch_actions")
    run = instance.create_run_for_job(job, tags=dict(job.tags), status=DagsterRunStatus.STARTED)
    assert "is running" in reason(ask(definitions, instance))
    instance.delete_run(run.run_id)
    assert isinstance(ask(definitions, instance), RunRequest)


def test_the_dispatch_sensor_waits_after_a_run_without_progress(
    planned_home: Path, definitions_at: At, instance: DagsterInstance
) -> None:
    definitions = definitions_at(planned_home, DAY)
    job = definitions.resolve_job_def("dispatch_actions")
    request = ask(definitions, instance)
    assert isinstance(request, RunRequest)
    instance.create_run_for_job(job, tags={**job.tags, **request.tags}, status=DagsterRunStatus.FAILURE)
    assert "after 1 runs" in reason(ask(definitions, instance))


def test_nothing_is_asked_of_providers_in_sandbox_mode(
    planned_home: Path, definitions_at: At, instance: DagsterInstance
) -> None:
    definitions = definitions_at(planned_home, DAY)
    found = definitions.resolve_sensor_def("delivery_status_sensor")(build_sensor_context(instance=instance))
    assert "sandbox" in reason(found)


def test_the_dispatch_sensor_skips_while_a_stop_holds_and_asks_again_once_it_is_released(
    planned_home: Path, definitions_at: At, instance: DagsterInstance, chasing_at: Callable[[Path, date], Chasing]
) -> None:
    path = planned_home / "chasing.yaml"
    path.write_text(path.read_text().replace("max_quarantined_share: 0.01", "max_quarantined_share: 0"))
    definitions, chasing = definitions_at(planned_home, DAY), chasing_at(planned_home, DAY)
    assert "--release quarantine" in reason(ask(definitions, instance))
    release(chasing.ledger, DAY, "quarantine", "Jane Doe", chasing.clock.now())
    assert isinstance(ask(definitions, instance), RunRequest)


def test_the_dispatch_sensor_does_not_ask_before_the_hour_of_an_action(
    planned_home: Path, definitions_at: At, instance: DagsterInstance
) -> None:
    definitions = definitions_at(planned_home, DAY)
    path = planned_home / "warehouse" / "action_table" / f"{DAY}.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"create table later as from read_parquet('{path}')")
        connection.execute("update later set not_before = timestamptz '2026-03-18 22:00:00+00'")
        connection.execute(f"copy later to '{path}' (format parquet)")
    assert "Nothing is owed" in reason(ask(definitions, instance))


def test_the_dispatch_sensor_does_not_ask_for_held_actions_alone_but_does_after_their_release(
    sample_home: Path,
    definitions_at: At,
    instance: DagsterInstance,
    plan: Callable[..., None],
    chasing_at: Callable[[Path, date], Chasing],
) -> None:
    for path in (sample_home / "cadences").glob("*.yaml"):
        path.write_text(path.read_text() + "\napprove: always\n")
    chasing, definitions = chasing_at(sample_home, DAY), definitions_at(sample_home, DAY)
    plan(chasing)
    dispatch = definitions.resolve_job_def("dispatch_actions")
    first = ask(definitions, instance)
    assert isinstance(first, RunRequest), "there are some whom nobody can reach"
    result = dispatch.execute_in_process(instance=instance, run_config=first.run_config, tags=first.tags)
    assert result.output_for_node("carry_out_actions")["outcomes"] == {"failed": 3, "held": 41}
    assert "41 actions of 2026-03-18 are held for approval" in reason(ask(definitions, instance))
    chosen = next(action for action in chasing.planned_actions(DAY)[0] if action.status == "held")
    config = {"by": "Jane Doe", "action_ids": [chosen.action_id]}
    job, ops = definitions.resolve_job_def("release_actions"), {"release_held_actions": {"config": config}}
    assert job.execute_in_process(instance=instance, run_config={"ops": ops}).success
    second = ask(definitions, instance)
    assert isinstance(second, RunRequest)
    result = dispatch.execute_in_process(instance=instance, run_config=second.run_config, tags=second.tags)
    outcomes = result.output_for_node("carry_out_actions")["outcomes"]
    assert outcomes.pop("held") == 40
    assert list(outcomes.values()) == [1]
    assert "40 actions" in reason(ask(definitions, instance))


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"by": "Jane"}, "give either action_ids, or all"),
        ({"by": "Jane", "all": True, "action_ids": ["x"]}, "give either action_ids, or all"),
        ({"by": "Jane", "action_ids": ["x"]}, "no action with the id x today"),
        ({"by": "", "all": True}, "the name of who takes responsibility"),
    ],
)
def test_a_release_that_is_not_clear_fails_with_its_reason(
    planned_home: Path, definitions_at: At, instance: DagsterInstance, config: dict[str, Any], words: str
) -> None:
    job = definitions_at(planned_home, DAY).resolve_job_def("release_actions")
    with pytest.raises(Failure, match=words):
        job.execute_in_process(instance=instance, run_config={"ops": {"release_held_actions": {"config": config}}})


def arrival(
    definitions: Definitions, instance: DagsterInstance, cursor: str | None = None
) -> SensorResult | SkipReason:
    with build_sensor_context(instance=instance, cursor=cursor) as context:
        found = definitions.resolve_sensor_def("extract_arrival_sensor")(context)
    assert isinstance(found, SensorResult | SkipReason)
    return found


def start_at_midnight(home: Path) -> None:
    """Have the schedule's time behind us, at whatever time of day the tests run."""
    path = home / "chasing.yaml"
    path.write_text(path.read_text().replace('schedule: {at: "07:00"}', 'schedule: {at: "00:00"}'))


def age_files(folder: Path, seconds: float = 600) -> None:
    for path in folder.iterdir():
        os.utime(path, (time.time() - seconds,) * 2)


def test_an_extract_that_arrives_late_or_changes_asks_for_one_run_each(
    sample_home: Path, definitions_at: At, instance: DagsterInstance
) -> None:
    start_at_midnight(sample_home)
    folder, definitions = sample_home / "extracts" / DAY.isoformat(), definitions_at(sample_home, DAY)
    age_files(folder)
    first = arrival(definitions, instance)
    assert isinstance(first, SensorResult)
    (request,) = first.run_requests or ()
    assert request.partition_key == "2026-03-18"
    assert isinstance(arrival(definitions, instance, first.cursor), SkipReason)
    (folder / "invoices.csv").write_text((folder / "invoices.csv").read_text() + "\n")
    assert isinstance(arrival(definitions, instance, first.cursor), SkipReason), "it is still being written"
    age_files(folder, 300)
    second = arrival(definitions, instance, first.cursor)
    assert isinstance(second, SensorResult)
    assert [other.run_key for other in second.run_requests or ()] != [request.run_key]


def test_an_extract_that_was_there_before_the_morning_asks_for_no_second_run(
    sample_home: Path,
    definitions_at: At,
    instance: DagsterInstance,
    plan: Callable[..., None],
    chasing_at: Callable[[Path, date], Chasing],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start_at_midnight(sample_home)
    monkeypatch.setattr("chasing_pipeline.sensors.MORNING_TIME", timedelta(0))
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    folder = sample_home / "extracts" / DAY.isoformat()
    folder.rename(folder.with_name(tomorrow.isoformat()))
    age_files(folder.with_name(tomorrow.isoformat()))
    definitions = definitions_at(sample_home, tomorrow)
    missed = arrival(definitions, instance)
    assert isinstance(missed, SensorResult), "its morning was missed"
    plan(chasing_at(sample_home, tomorrow))
    assert isinstance(arrival(definitions, instance), SkipReason)
