"""The assets that plan a day: receivables, decisions, actions, and the checks that stand between them.

Does not belong here: the order of the SQL (``planning.day``), the rules (``sql/``).
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import groupby
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetsDefinition,
    BackfillPolicy,
    DailyPartitionsDefinition,
    Failure,
    MaterializeResult,
    multi_asset,
)

from chasing_pipeline.assets.days import days_of
from chasing_pipeline.assets.specs import table_spec
from chasing_pipeline.dispatching.gates import is_stale
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.ledger.progress import progress_before
from chasing_pipeline.planning.day import DayPlanner, days_by_extract
from chasing_pipeline.planning.frozen import refuse_changed_schedules
from chasing_pipeline.planning.publication import ACTION_TABLES, RECEIVABLES_TABLES, publish_progress, remember
from chasing_pipeline.resources.chasing import Chasing

RECONCILED = AssetCheckSpec(
    "balances_reconcile",
    asset="account_aging",
    blocking=True,
    description="Balances, buckets and open items agree with the extract to the cent, in every currency.",
)
COMPLETE = AssetCheckSpec(
    "no_account_lost",
    asset="step_decisions",
    blocking=True,
    description="Every account that owes something has a verdict.",
)


def planning_assets(chasing: Chasing, partitions: DailyPartitionsDefinition) -> AssetsDefinition:
    """``open_items``, ``account_aging``, ``step_decisions``, ``action_units`` and ``action_table``."""
    specs = [
        table_spec("open_items", ("invoices", "transactions", "customers"), partitions),
        table_spec("account_aging", ("open_items",), partitions),
        table_spec("step_decisions", ("account_aging", "open_items", "contacts"), partitions),
        table_spec("action_units", ("step_decisions",), partitions),
        table_spec("action_table", ("step_decisions", "action_units", "contacts"), partitions),
    ]

    @multi_asset(
        name="plan", specs=specs, check_specs=[RECONCILED, COMPLETE], backfill_policy=BackfillPolicy.single_run()
    )
    def plan(context: AssetExecutionContext) -> Iterator[MaterializeResult[None] | AssetCheckResult]:
        refuse_changed_schedules(chasing.home, chasing.ledger)
        with DuckDBEngine() as engine:
            planner, days = DayPlanner(engine, chasing.home), days_of(context)
            planner.use_progress(progress_before(chasing.ledger, days[-1]))
            for served in days_by_extract(chasing.home, days):
                planner.use_extract_of(served[0])
                for batch in planner.batches(served):
                    yield from _plan_days(context, chasing, engine, planner, batch)
        for name in (*RECEIVABLES_TABLES, *ACTION_TABLES):
            yield MaterializeResult(asset_key=name)
        for check in (RECONCILED, COMPLETE):
            yield AssetCheckResult(passed=True, asset_key=check.asset_key, check_name=check.name)

    return plan


def progress_asset(chasing: Chasing, partitions: DailyPartitionsDefinition) -> AssetsDefinition:
    """``chasing_progress``, as of the end of each day."""
    spec = table_spec("chasing_progress", ("action_table", "account_aging", "activity_log"), partitions)

    @multi_asset(name="progress", specs=[spec], backfill_policy=BackfillPolicy.single_run())
    def progress(context: AssetExecutionContext) -> Iterator[MaterializeResult[None]]:
        for day, count in publish_progress(chasing.ledger, chasing.warehouse, *days_of(context)).items():
            context.add_asset_metadata({"dagster/row_count": count}, "chasing_progress", day.isoformat())
        yield MaterializeResult(asset_key="chasing_progress")

    return progress


def _plan_days(
    context: AssetExecutionContext, chasing: Chasing, engine: DuckDBEngine, planner: DayPlanner, days: list[date]
) -> Iterator[AssetCheckResult]:
    planner.compute_receivables(days, [day for day in days if is_stale(chasing.home, day)])
    chasing.warehouse.publish(engine, RECEIVABLES_TABLES, *days)
    wrong = _by_day(planner.unreconciled())
    if wrong:
        found = (f"{day}: the balances in {', '.join(row['currency'] for row in rows)}" for day, rows in wrong.items())
        yield from _stop(RECONCILED, f"{'; '.join(found)} do not agree with the extract")
    planner.compute_actions()
    lost = planner.check("checks/lost_accounts")
    if lost:
        yield from _stop(COMPLETE, f"{lost[0]['day']}: {len(lost)} accounts that owe something have no verdict")
    chasing.warehouse.publish(engine, ACTION_TABLES, *days)
    today = chasing.clock.today()
    if today in days:
        remember(planner, chasing.ledger, today, chasing.clock.now())
    _describe(context, planner, days)


def _stop(check: AssetCheckSpec, message: str) -> Iterator[AssetCheckResult]:
    """Report the failed check and end the run: nothing downstream of it is published."""
    yield AssetCheckResult(
        passed=False,
        asset_key=check.asset_key,
        check_name=check.name,
        severity=AssetCheckSeverity.ERROR,
        description=message,
    )
    raise Failure(message, allow_retries=False)


def _describe(context: AssetExecutionContext, planner: DayPlanner, days: list[date]) -> None:
    """Numbers by day under stable names: the UI draws them as lines. No personal data, which would be copied."""
    rows: dict[tuple[date, str], int] = {
        (row["day"], row["table_name"]): row["row_count"] for row in planner.counts("row_counts")
    }
    verdicts, actions = _by_day(planner.counts("verdict_counts")), _by_day(planner.counts("action_counts"))
    for day in days:
        key = day.isoformat()
        for name in ("open_items", "account_aging", "action_units"):
            context.add_asset_metadata({"dagster/row_count": rows.get((day, name), 0)}, name, key)
        found = {f"verdict {row['verdict']}": row["step_count"] for row in verdicts.get(day, [])}
        context.add_asset_metadata({"dagster/row_count": sum(found.values()), **found}, "step_decisions", key)
        context.add_asset_metadata(_action_numbers(actions.get(day, [])), "action_table", key)


def _by_day(counts: list[dict[str, Any]]) -> dict[date, list[dict[str, Any]]]:
    return {day: list(rows) for day, rows in groupby(counts, key=lambda row: row["day"])}


def _action_numbers(counts: list[dict[str, Any]]) -> dict[str, Any]:
    total = sum(row["action_count"] for row in counts)
    channels: Counter[str] = Counter()
    balances: Counter[str] = Counter()
    for row in counts:
        channels[f"channel {row['channel']}"] += row["action_count"]
        balances[f"balance chased {row['currency']}"] += row["balance"]
    return {
        "dagster/row_count": total,
        "actions owed": total,
        "unreachable": sum(row["action_count"] for row in counts if row["status"] == "unreachable"),
        "held for approval": sum(row["action_count"] for row in counts if row["status"] == "held"),
        **dict(sorted(channels.items())),
        **{name: float(balance) for name, balance in sorted(balances.items())},
    }
