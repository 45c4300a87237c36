"""A real daemon whose machine sleeps over a weekend, and over the night in which the clock changes."""

import shutil
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from chasing_pipeline.ledger import activities
from chasing_pipeline.resources.chasing import Chasing
from tests.conftest import GENERATED, SAMPLE
from tests.orchestration.daemons import REPOSITORY, MovableClock, daemon, wait_for

SAMPLE_FRIDAY = date(2026, 3, 13)
WENT_OUT = ("sent", "todo_created", "failed")


def home_on(root: Path, friday: date) -> Path:
    """The sample home on that Friday morning, as if the sample's extracts had been written so much later."""
    home = Path(shutil.copytree(SAMPLE, root / "home", ignore=GENERATED))
    for folder in sorted((home / "extracts").iterdir(), reverse=True):
        day = date.fromisoformat(folder.name) + (friday - SAMPLE_FRIDAY)
        if day > friday:
            shutil.rmtree(folder)
        else:
            folder.rename(home / "extracts" / day.isoformat())
    (home / ".dagster").mkdir()
    shutil.copyfile(REPOSITORY / "dagster.yaml", home / ".dagster" / "dagster.yaml")
    return home


@pytest.mark.nightly
@pytest.mark.skipif(not MovableClock.COMPILER, reason="there is no C compiler to make a clock with")
@pytest.mark.parametrize(
    ("started", "woken", "runs"),
    [
        pytest.param(
            datetime(2027, 3, 12, 6, 58, tzinfo=UTC),
            datetime(2027, 3, 15, 9, 12, tzinfo=UTC),
            [(date(2027, 3, 12), 7), (date(2027, 3, 15), 9)],
            id="a-weekend",
        ),
        # in the night to Sunday London puts its clocks back: 07:00 was 06:00 UTC before; it wakes before the schedule
        pytest.param(
            datetime(2027, 10, 29, 5, 58, tzinfo=UTC),
            datetime(2027, 11, 1, 6, 58, tzinfo=UTC),
            [(date(2027, 10, 29), 6), (date(2027, 11, 1), 6), (date(2027, 11, 1), 7)],
            id="the-clock-change",
        ),
    ],
)
def test_a_machine_that_slept_fills_the_days_it_missed_and_sends_todays_actions_once(
    tmp_path: Path, started: datetime, woken: datetime, runs: list[tuple[date, int]]
) -> None:
    friday, monday = started.date(), woken.date()
    home, log, clock = home_on(tmp_path, friday), tmp_path / "daemon.log", MovableClock(tmp_path)
    clock.jump(started)
    warehouse = Chasing(home).warehouse
    done = RunsFilter(job_name="dispatch_actions", statuses=[DagsterRunStatus.SUCCESS])
    with daemon(home, log, clock.variables), DagsterInstance.from_config(str(home / ".dagster")) as instance:
        wait_for(lambda: instance.get_runs_count(done) == 1, log)
        assert warehouse.days("action_table") == [friday]
        before = {path for path in (home / "outbox").rglob("*") if path.is_file()}
        newest = SAMPLE / "extracts" / (SAMPLE_FRIDAY + (monday - friday)).isoformat()
        shutil.copytree(newest, home / "extracts" / monday.isoformat())
        clock.jump(woken)
        wait_for(lambda: warehouse.has("chasing_progress", monday), log)
        wait_for(lambda: instance.get_runs_count(done) == 2, log)
        planned = instance.get_run_records(RunsFilter(job_name="daily_chasing"))
        assert {record.dagster_run.status for record in planned} == {DagsterRunStatus.SUCCESS}
    assert before
    missed = [friday + timedelta(days=ahead) for ahead in (1, 2, 3)]
    assert warehouse.days("action_table") == [friday, *missed]
    # on a morning that was slept through, the schedule and the sensor for extracts may both ask for the day
    begun = {(record.create_timestamp.date(), record.create_timestamp.hour) for record in planned}
    assert sorted(begun) == runs
    living = Chasing(home)
    happened = Counter((row["kind"], row["activity_date"]) for row in activities.of_days(living.ledger, missed))
    assert {day for kind, day in happened if kind in WENT_OUT} == {monday}
    written = {path for path in (home / "outbox").rglob("*") if path.is_file()} - before
    assert len(written) == happened["sent", monday]
    claimed = [
        row["action_id"] for row in activities.of_days(living.ledger, [friday, monday]) if row["kind"] == "claimed"
    ]
    assert len(claimed) == len(set(claimed))
    assert set(claimed) == {action.action_id for day in (friday, monday) for action in living.planned_actions(day)[0]}
    assert happened["claimed", monday] > 0
