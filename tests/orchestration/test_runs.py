"""Whole runs of the jobs, in this process: what they materialise, refuse, and leave in the home."""

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dagster import AssetKey, DagsterInstance, Definitions, ExecuteInProcessResult

from chasing_pipeline.domain.problems import DispatchRefused
from chasing_pipeline.ledger import activities
from chasing_pipeline.ledger.progress import recent_action_counts
from chasing_pipeline.resources.chasing import Chasing
from tests.orchestration.runs import run_daily, run_dispatch

DAY = date(2026, 3, 18)
At = Callable[[Path, date], Definitions]
ChasingAt = Callable[[Path, date], Chasing]
PLANNED = ("open_items", "account_aging", "step_decisions", "action_units", "action_table", "chasing_progress")
SOURCES = ("customers", "contacts", "invoices", "transactions", "quarantine")


def rows(home: Path, table: str, day: date) -> list[tuple[Any, ...]]:
    """The rows of one published table, as they stand in the file."""
    with duckdb.connect() as connection:
        return connection.execute("from read_parquet($1)", [f"{home}/warehouse/{table}/{day}.parquet"]).fetchall()


def failure(result: ExecuteInProcessResult) -> str:
    """What the failed step says."""
    (event,) = (event for event in result.all_events if event.is_step_failure)
    error = event.step_failure_data.error
    data = event.step_failure_data.user_failure_data
    return f"{data.description if data else ''} {error.to_string() if error else ''}"


def test_the_daily_run_materialises_every_table_with_its_row_count(
    sample_home: Path, definitions_at: At, instance: DagsterInstance
) -> None:
    result = run_daily(definitions_at(sample_home, DAY), instance, DAY)
    found = {
        event.asset_key.to_user_string(): event.step_materialization_data.materialization.metadata
        for event in result.get_asset_materialization_events()
        if event.asset_key
    }
    assert set(found) == {*PLANNED, *SOURCES}
    for table in PLANNED:
        assert found[table]["dagster/row_count"].value == len(rows(sample_home, table, DAY)), table
    assert found["action_table"]["actions owed"].value == 44
    assert found["transactions"]["rows rejected"].value == 2


def test_the_action_table_links_to_a_page_that_the_preview_job_fills(
    sample_home: Path, definitions_at: At, instance: DagsterInstance
) -> None:
    definitions = definitions_at(sample_home, DAY)
    result = run_daily(definitions, instance, DAY)
    (planned,) = (
        event.step_materialization_data.materialization.metadata["messages of the day"].value
        for event in result.get_asset_materialization_events()
        if event.asset_key == AssetKey("action_table")
    )
    page = Path(str(planned))
    assert "chasing preview --all --date 2026-03-18" in page.read_text()
    filled = definitions.resolve_job_def("preview_messages").execute_in_process(instance=instance)
    assert filled.output_for_node("make_previews") == 44
    assert page.read_text().count("<article") == 44
    (observed,) = instance.fetch_observations(AssetKey("action_table"), limit=5).records
    assert observed.asset_observation is not None
    assert observed.asset_observation.metadata["messages of the day"].value == planned
    assert observed.partition_key == "2026-03-18"
    assert not (sample_home / "outbox").exists()
    run_daily(definitions, instance, DAY)
    assert "<article" not in page.read_text(), "a page of an earlier plan would mislead"


def test_a_backfill_of_past_days_has_no_page_of_messages(
    sample_home: Path, definitions_at: At, instance: DagsterInstance
) -> None:
    run_daily(definitions_at(sample_home, DAY + timedelta(days=3)), instance, DAY - timedelta(days=1), DAY)
    assert not (sample_home / "warehouse" / "preview").exists()


def test_running_the_day_again_gives_identical_rows_also_after_its_dispatch(
    sample_home: Path, definitions_at: At, instance: DagsterInstance
) -> None:
    definitions = definitions_at(sample_home, DAY)
    run_daily(definitions, instance, DAY)
    first = {table: rows(sample_home, table, DAY) for table in PLANNED}
    assert len(first["action_table"]) == 44
    run_daily(definitions, instance, DAY)
    assert {table: rows(sample_home, table, DAY) for table in PLANNED} == first
    assert run_dispatch(definitions, instance, DAY).success
    run_daily(definitions, instance, DAY)
    for table in set(PLANNED) - {"chasing_progress"}:
        assert rows(sample_home, table, DAY) == first[table], f"{table}, after the dispatch"


def test_a_range_fills_every_day_and_dispatches_nothing(
    sample_home: Path, definitions_at: At, instance: DagsterInstance, chasing_at: ChasingAt
) -> None:
    first = date(2026, 3, 15)
    run_daily(definitions_at(sample_home, DAY), instance, first, DAY)
    days = {(first + timedelta(days=number)).isoformat() for number in range(4)}
    for table in (*PLANNED, *SOURCES):
        assert instance.get_materialized_partitions(AssetKey(table)) == days, table
    chasing = chasing_at(sample_home, DAY)
    for table in PLANNED:
        assert {day.isoformat() for day in chasing.warehouse.days(table)} == days, table
    assert not (sample_home / "outbox").exists()
    happened = activities.of_days(chasing.ledger, [date.fromisoformat(day) for day in days])
    assert {row["kind"] for row in happened} <= {"enrolled", "cadence_stopped"}
    # only the day that was planned on the day itself counts as a run day
    counts = recent_action_counts(chasing.ledger, DAY + timedelta(days=1), 30)
    assert counts == [len(rows(sample_home, "action_table", DAY))]


def test_a_past_day_recomputed_after_later_ones_has_the_rows_it_had(
    sample_home: Path, definitions_at: At, instance: DagsterInstance
) -> None:
    had = {}
    days = [date(2026, 3, 17), DAY]
    for day in days:
        definitions = definitions_at(sample_home, day)
        run_daily(definitions, instance, day)
        assert run_dispatch(definitions, instance, day).success
        had[day] = {table: rows(sample_home, table, day) for table in PLANNED}
    run_daily(definitions_at(sample_home, DAY), instance, days[0])
    for day in days:
        assert {table: rows(sample_home, table, day) for table in PLANNED} == had[day], day


def test_the_dispatch_job_publishes_what_the_ledger_knows(
    planned_home: Path, definitions_at: At, instance: DagsterInstance, chasing_at: ChasingAt
) -> None:
    result = run_dispatch(definitions_at(planned_home, DAY), instance, DAY)
    assert result.success
    assert result.output_for_node("carry_out_actions")["outcomes"] == {"failed": 3, "sent": 31, "todo": 10}
    known = activities.of_days(chasing_at(planned_home, DAY).ledger, [DAY])
    published = rows(planned_home, "activity_log", DAY)
    assert {row[0] for row in published} == {row["activity_id"] for row in known}
    assert len(published) == len(known)
    assert instance.get_materialized_partitions(AssetKey("activity_log")) == {"2026-03-18"}
    assert instance.get_materialized_partitions(AssetKey("chasing_progress")) == {"2026-03-18"}


def test_a_dispatch_of_another_day_fails_with_a_message_and_is_not_retried(
    planned_home: Path, definitions_at: At, instance: DagsterInstance
) -> None:
    result = run_dispatch(definitions_at(planned_home, DAY + timedelta(days=1)), instance, DAY)
    assert not result.success
    assert "can be dispatched on 2026-03-18 only, and today is 2026-03-19" in failure(result)
    assert not (planned_home / "outbox").exists()


def test_recorded_promises_reach_the_log_and_hold_the_customer(
    planned_home: Path, definitions_at: At, instance: DagsterInstance, chasing_at: ChasingAt
) -> None:
    definitions = definitions_at(planned_home, DAY)
    customer = chasing_at(planned_home, DAY).planned_actions(DAY)[0][0].customer_number
    config = {"kind": "promise", "customer_number": customer, "promised_until": "2026-03-20", "actor": "Jane Doe"}
    result = definitions.resolve_job_def("record_activity").execute_in_process(
        instance=instance, run_config={"ops": {"append_activity": {"config": config}}}
    )
    assert result.success
    assert run_dispatch(definitions, instance, DAY).success
    happened = activities.of_customer(chasing_at(planned_home, DAY).ledger, customer)
    assert [row["actor"] for row in happened if row["kind"] == "promise"] == ["Jane Doe"]
    assert {row["kind"] for row in happened} >= {"cancelled"}
    assert not {row["kind"] for row in happened} & {"sent", "todo_created", "failed"}


def lose_a_customer(home: Path, day: date) -> None:
    """Tamper with the prepared extract, as a fault of ours would: an account is gone, its invoices are not."""
    path = home / "warehouse" / "extracts" / day.isoformat() / "accounts.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"create table kept as from read_parquet('{path}') where customer_number <> 'C1003'")
        connection.execute(f"copy kept to '{path}' (format parquet)")


def test_balances_that_do_not_reconcile_stop_the_publication_of_actions(
    planned_home: Path, definitions_at: At, instance: DagsterInstance
) -> None:
    shutil.rmtree(planned_home / "warehouse" / "action_table")
    lose_a_customer(planned_home, DAY)
    result = run_daily(definitions_at(planned_home, DAY), instance, DAY, fails=True)
    assert "the balances in EUR do not agree" in failure(result)
    assert not (planned_home / "warehouse" / "action_table").exists()
    failed = [evaluation.check_name for evaluation in result.get_asset_check_evaluations() if not evaluation.passed]
    assert failed == ["balances_reconcile"]


def test_the_dispatcher_sends_nothing_while_balances_do_not_reconcile(
    planned_home: Path, chasing_at: ChasingAt
) -> None:
    lose_a_customer(planned_home, DAY)
    chasing = chasing_at(planned_home, DAY)
    with pytest.raises(DispatchRefused):
        chasing.dispatcher().run(DAY, *chasing.planned_actions(DAY))


def test_a_schedule_in_use_that_was_changed_is_refused_with_what_to_do(
    planned_home: Path, definitions_at: At, instance: DagsterInstance
) -> None:
    path = planned_home / "cadences" / "small-balances.yaml"
    path.write_text(path.read_text().replace("day: 12, channel: sms", "day: 13, channel: sms"))
    result = run_daily(definitions_at(planned_home, DAY), instance, DAY, fails=True)
    message = failure(result)
    assert "small-balances.yaml" in message
    assert "steps of small-balances changed" in message
    assert "version: 2" in message


def test_wording_and_thresholds_of_a_schedule_in_use_may_change_and_so_may_a_new_version(
    planned_home: Path, definitions_at: At, instance: DagsterInstance
) -> None:
    path = planned_home / "cadences" / "small-balances.yaml"
    text = path.read_text().replace("min_balance: {default: 25}", "min_balance: {default: 30}")
    path.write_text(text)
    run_daily(definitions_at(planned_home, DAY), instance, DAY)
    path.write_text(text.replace("day: 12, channel: sms", "day: 13, channel: sms") + "version: 2\n")
    run_daily(definitions_at(planned_home, DAY), instance, DAY)
