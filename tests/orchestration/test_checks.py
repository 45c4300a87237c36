"""The checks of a controller: all pass on a day in good order, and each can fail."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dagster import AssetCheckSeverity, DagsterInstance, Definitions, ExecuteInProcessResult

from chasing_pipeline.assets.checks import (
    EXTRACT_CHECKS,
    OUTCOME_CHECKS,
    PLANNING_CHECKS,
    outcome_checks,
    volume_check,
)
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine, fields
from chasing_pipeline.ledger.schema import dispatches
from chasing_pipeline.resources.chasing import Chasing
from tests.orchestration.runs import run_daily, run_dispatch

DAY = date(2026, 3, 18)
At = Callable[[Path, date], Definitions]
ChasingAt = Callable[[Path, date], Chasing]


def evaluations(result: ExecuteInProcessResult) -> dict[str, Any]:
    return {found.check_name: found for found in result.get_asset_check_evaluations()}


def test_a_day_in_good_order_passes_every_check(
    sample_home: Path, definitions_at: At, instance: DagsterInstance
) -> None:
    definitions = definitions_at(sample_home, DAY)
    planned = evaluations(run_daily(definitions, instance, DAY))
    assert set(planned) == {check.name for check in (*PLANNING_CHECKS, *EXTRACT_CHECKS)}
    assert [name for name, found in planned.items() if not found.passed] == []
    carried_out = evaluations(run_dispatch(definitions, instance, DAY))
    assert set(carried_out) == {check.name for check in OUTCOME_CHECKS}
    assert all(found.passed for found in carried_out.values())
    assert "2026-03-18: 44 actions carried out" in carried_out["sent_equals_claimed_equals_logged"].description


def test_checks_say_what_they_check_and_only_what_makes_the_rest_useless_blocks() -> None:
    every = (*PLANNING_CHECKS, *EXTRACT_CHECKS, *OUTCOME_CHECKS)
    assert len({check.name for check in every}) == len(every) == 10
    assert all(check.description for check in every)
    assert [check.name for check in every if check.blocking] == [
        "balances_reconcile",
        "no_account_lost",
        "every_balance_has_a_verdict",
        "one_action_per_step_and_unit",
    ]


@pytest.mark.parametrize(("days", "severity"), [(1, AssetCheckSeverity.WARN), (5, AssetCheckSeverity.ERROR)])
def test_an_extract_that_is_not_of_the_day_is_a_warning_and_a_stale_one_an_error(
    sample_home: Path, definitions_at: At, instance: DagsterInstance, days: int, severity: AssetCheckSeverity
) -> None:
    day = DAY + timedelta(days=days)
    found = evaluations(run_daily(definitions_at(sample_home, day), instance, day))["extract_is_fresh"]
    assert not found.passed
    assert found.severity == severity
    assert f"{days} days old" in found.description


def test_a_file_with_many_bad_rows_is_a_warning(
    sample_home: Path, definitions_at: At, instance: DagsterInstance
) -> None:
    path = sample_home / "chasing.yaml"
    path.write_text(path.read_text().replace("max_quarantined_share: 0.01", "max_quarantined_share: 0"))
    found = evaluations(run_daily(definitions_at(sample_home, DAY), instance, DAY))["quarantine_share"]
    assert not found.passed
    assert found.severity == AssetCheckSeverity.WARN


@pytest.mark.parametrize(("rows", "passes"), [(100, True), (50, True), (49, False), (200, True), (201, False)])
def test_an_extract_has_at_least_half_and_at_most_twice_the_usual_rows(rows: int, passes: bool) -> None:
    days = [DAY - timedelta(days=ago) for ago in (1, 2, 3)]
    with DuckDBEngine(threads=1) as engine:
        engine.load(
            "extract_sizes",
            fields("extract_date date; table_name varchar; row_count bigint"),
            [*((day, "invoices", count) for day, count in zip(days, (90, 100, 400), strict=True)),
             (DAY, "invoices", rows), (DAY, "contacts", 0)],
        )  # fmt: skip
        found = {row["table_name"]: row for row in engine.rows("checks/extract_size", {"extract_date": DAY})}
    assert found["invoices"]["is_plausible"] is passes
    assert found["contacts"]["is_plausible"], "nothing is known of it"


@pytest.mark.parametrize(
    ("count", "before", "passes"),
    [
        (30, [10, 12, 11], True),
        (36, [10, 12, 11], True),
        (37, [10, 12, 11], False),
        (3, [10, 12, 11], False),
        (4, [10, 12, 11], True),
        (900, [10, 12], True),
        (900, [10, 12, 0, 0], True),
        (0, [10] * 28, False),
        (0, [10, 12, 11], True),
        (0, [10, 10, 10, 10, 10, 10, 0] * 4, True),
    ],
)
def test_the_usual_volume_is_that_of_the_days_before(count: int, before: list[int], passes: bool) -> None:
    days = [(DAY - timedelta(days=ago + 1), some, False) for ago, some in enumerate(before)]
    with DuckDBEngine(threads=1) as engine:
        kinds = fields("day date; action_count bigint; is_judged boolean")
        engine.load("planned_counts", kinds, [*days, (DAY, count, True)])
        (found,) = engine.rows("checks/planned_volume")
    assert found["is_usual"] is passes


def test_an_unusual_volume_is_a_warning_that_names_both_numbers(planned_home: Path, chasing_at: ChasingAt) -> None:
    chasing = chasing_at(planned_home, DAY)
    source = chasing.warehouse.path("action_table", DAY)
    with duckdb.connect() as connection:
        for ago in (1, 2, 3):
            day = DAY - timedelta(days=ago)
            target = chasing.warehouse.path("action_table", day)
            connection.execute(
                f"copy (select * replace (date '{day}' as action_date) from read_parquet('{source}') limit 2) "
                f"to '{target}' (format parquet)"
            )
    with DuckDBEngine(threads=1) as engine:
        found = volume_check(chasing.warehouse, engine, [DAY])
    assert not found.passed
    assert found.severity == AssetCheckSeverity.WARN
    assert found.description == "2026-03-18: 44 actions; usual: 2 to 2."


def outcome(home: Path, chasing_at: ChasingAt, name: str, day: date = DAY) -> Any:
    chasing = chasing_at(home, day)
    found = {result.check_name: result for result in outcome_checks(chasing, DAY)}
    chasing.ledger.close()
    return found[name]


def test_a_log_that_lacks_what_the_ledger_carried_out_is_found(
    planned_home: Path, definitions_at: At, instance: DagsterInstance, chasing_at: ChasingAt
) -> None:
    assert run_dispatch(definitions_at(planned_home, DAY), instance, DAY).success
    assert outcome(planned_home, chasing_at, "sent_equals_claimed_equals_logged").passed
    path = planned_home / "warehouse" / "activity_log" / f"{DAY}.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"create table kept as from read_parquet('{path}')")
        connection.execute("delete from kept where action_id = (select min(action_id) from kept where kind = 'sent')")
        connection.execute(f"copy kept to '{path}' (format parquet)")
    found = outcome(planned_home, chasing_at, "sent_equals_claimed_equals_logged")
    assert not found.passed
    assert "but 1 of which not all three say the same" in found.description


def test_what_is_in_doubt_for_more_than_a_day_is_found(
    planned_home: Path, definitions_at: At, instance: DagsterInstance, chasing_at: ChasingAt
) -> None:
    assert run_dispatch(definitions_at(planned_home, DAY), instance, DAY).success
    chasing = chasing_at(planned_home, DAY)
    one = chasing.planned_actions(DAY)[0][0].action_id
    chasing.ledger.write(
        lambda connection: connection.execute(
            dispatches.update().where(dispatches.c.action_id == one).values(state="doubt", carried_out_on=None)
        )
    )
    assert outcome(planned_home, chasing_at, "nothing_in_doubt_for_long").passed
    found = outcome(planned_home, chasing_at, "nothing_in_doubt_for_long", DAY + timedelta(days=2))
    assert not found.passed
    assert found.description == "1 messages are in doubt for more than a day."


UNIT = (
    "day date; action_id varchar; customer_number varchar; currency varchar; invoice_reference varchar; "
    "cadence varchar; step varchar; cycle_start date; repetition integer; unit_key bigint; step_key bigint"
)
ACCOUNT = fields("day date; account_key bigint; customer_number varchar; currency varchar")


def unit(action: str, unit_key: int = 1) -> tuple[Any, ...]:
    return (DAY, action, "C1", "EUR", "", "firm", "first", DAY, 0, unit_key, 1)


def test_two_actions_for_one_step_of_a_unit_are_found() -> None:
    with DuckDBEngine(threads=1) as engine:
        engine.load("action_units", fields(UNIT), [unit("a"), unit("b")])
        (found,) = engine.rows("checks/repeated_actions")
        assert found["action_count"] == 2
        engine.load("action_units", fields(UNIT), [unit("a")])
        assert engine.rows("checks/repeated_actions") == []


def test_what_gets_lost_between_two_tables_is_found() -> None:
    decision = fields("day date; customer_number varchar; currency varchar; unit_key bigint; step_key bigint; "
                      "verdict varchar")  # fmt: skip
    account = (DAY, 1, "C1", "EUR")
    with DuckDBEngine(threads=1) as engine:
        engine.load("open_items", ACCOUNT, [account, (DAY, 2, "C2", "EUR")])
        engine.load("account_aging", ACCOUNT, [account])
        engine.load("step_decisions", decision, [(DAY, "C1", "EUR", 1, 1, "act"), (DAY, "C3", "EUR", 3, 1, "act")])
        engine.load("action_units", fields(UNIT), [unit("a")])
        engine.load("action_table", fields("action_date date; action_id varchar"), [(DAY, "other")])
        found = {(row["customer_number"], row["missing_in"]) for row in engine.rows("checks/lost_between_tables")}
    assert found == {("C2", "account_aging"), ("C3", "action_units"), ("C1", "action_table")}
