"""A real daemon on a home of its own: three missed days and today, one run; and backfills side by side.

The daemon goes by the machine's clock, so the home's extracts end today, and noon is now in its time zone.
"""

import re
import shutil
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from chasing_pipeline.ledger import activities
from chasing_pipeline.resources.chasing import Chasing
from tests.conftest import GENERATED, SAMPLE, SAMPLE_DAY
from tests.orchestration.daemons import REPOSITORY, chasing, daemon, finished, wait_for

DAYS = [SAMPLE_DAY - timedelta(days=ago) for ago in (3, 2, 1, 0)]
PLANNED = ("open_items", "account_aging", "step_decisions", "action_units", "action_table", "chasing_progress")
BEFORE_THE_SCHEDULE = 4
"""Minutes from the making of the home until its schedule: for a command, and for a daemon to be up."""


def rows(home: Path, table: str, day: date) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        return connection.execute("from read_parquet($1)", [f"{home}/warehouse/{table}/{day}.parquet"]).fetchall()


def living_home(root: Path) -> tuple[Path, date]:
    """The sample home with its newest extract dated today, in a zone where it is about noon, and today."""
    hours = 12 - datetime.now(UTC).hour
    zone = f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT"
    today = (datetime.now(UTC) + timedelta(hours=hours)).date()
    home = Path(shutil.copytree(SAMPLE, root / "home", ignore=GENERATED))
    for ago in range(9, -1, -1):
        folder = home / "extracts" / (SAMPLE_DAY - timedelta(days=ago)).isoformat()
        folder.rename(home / "extracts" / (today - timedelta(days=ago)).isoformat())
    at = datetime.now(UTC) + timedelta(hours=hours, minutes=BEFORE_THE_SCHEDULE)
    path = home / "chasing.yaml"
    text = path.read_text().replace("timezone: Europe/London", f"timezone: {zone}")
    text = text.replace('schedule: {at: "07:00"}', f'schedule: {{at: "{at:%H:%M}"}}')
    path.write_text(text.replace('first_day: "2026-03-09"', f'first_day: "{today - timedelta(days=9)}"'))
    for cadence in (home / "cadences").glob("*.yaml"):
        every_day = re.sub(
            r"weekdays: \[[^\]]*\]", "weekdays: [mon, tue, wed, thu, fri, sat, sun]", cadence.read_text()
        )
        cadence.write_text(every_day.replace("skip_holidays: true", "skip_holidays: false"))
    (home / ".dagster").mkdir()
    shutil.copyfile(REPOSITORY / "dagster.yaml", home / ".dagster" / "dagster.yaml")
    return home, today


@pytest.mark.nightly
def test_a_daemon_that_was_stopped_for_three_days_fills_them_in_one_run_and_sends_todays_actions_once(
    tmp_path: Path,
) -> None:
    home, today = living_home(tmp_path)
    stopped = today - timedelta(days=4)
    finished(chasing(home, "run", "--date", stopped.isoformat()))
    before = {path for path in (home / "outbox").rglob("*") if path.is_file()}
    assert before
    missed = [today - timedelta(days=ago) for ago in (3, 2, 1, 0)]
    log, warehouse = tmp_path / "daemon.log", Chasing(home).warehouse
    with daemon(home, log), DagsterInstance.from_config(str(home / ".dagster")) as instance:
        wait_for(lambda: warehouse.has("chasing_progress", today), log)
        of_dispatch = RunsFilter(job_name="dispatch_actions", statuses=[DagsterRunStatus.SUCCESS])
        # the first one is that of the command
        wait_for(lambda: instance.get_runs_count(of_dispatch) == 2, log)
        planned = instance.get_runs(RunsFilter(job_name="daily_chasing"))
    assert len(planned) == 2, "one by the command, one by the daemon for all missed days"
    tags = planned[0].tags
    assert (tags["dagster/asset_partition_range_start"], tags["dagster/asset_partition_range_end"]) == (
        missed[0].isoformat(),
        today.isoformat(),
    )
    for table in PLANNED:
        assert set(warehouse.days(table)) == {stopped, *missed}, table
    living = Chasing(home)
    happened = Counter((row["kind"], row["activity_date"]) for row in activities.of_days(living.ledger, missed))
    assert {day for kind, day in happened if kind in ("sent", "todo_created", "failed")} == {today}
    written = {path for path in (home / "outbox").rglob("*") if path.is_file()} - before
    assert len(written) == happened["sent", today] > 0
    carried_out = [r["action_id"] for r in activities.of_days(living.ledger, [stopped, today]) if r["kind"] == "sent"]
    assert len(carried_out) == len(set(carried_out))


@pytest.mark.nightly
def test_two_backfills_at_once_leave_what_one_leaves_and_send_nothing(tmp_path: Path) -> None:
    homes = [Path(shutil.copytree(SAMPLE, tmp_path / name, ignore=GENERATED)) for name in ("one", "two")]
    span = ["run", "--from", DAYS[0].isoformat(), "--to", DAYS[-1].isoformat()]
    finished(chasing(homes[0], *span))
    at_once = [chasing(homes[1], *span) for _ in range(2)]
    said = [finished(process) for process in at_once]
    assert all("Nothing was sent" in text for text in said)
    for table in PLANNED:
        for day in DAYS:
            assert rows(homes[1], table, day) == rows(homes[0], table, day), (table, day)
    for home in homes:
        assert not (home / "outbox").exists()
        assert not list((home / "warehouse").glob(".before-*"))
        happened = activities.of_days(Chasing(home).ledger, DAYS)
        assert happened == []
