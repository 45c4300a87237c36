"""The assets that plan a day: receivables, decisions, actions, and the checks that stand between them.

Does not belong here: the order of the SQL (``planning.day``), the rules (``sql/``).
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

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
from chasing_pipeline.planning.day import DayPlanner
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
            planner = DayPlanner(engine, chasing.home)
            for day in days_of(context):
                yield from _plan_day(context, chasing, engine, planner, day)
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
        for day in days_of(context):
            count = publish_progress(chasing.ledger, chasing.warehouse, day)
            context.add_asset_metadata({"dagster/row_count": count}, "chasing_progress", day.isoformat())
        yield MaterializeResult(asset_key="chasing_progress")

    return progress


def _plan_day(
    context: AssetExecutionContext, chasing: Chasing, engine: DuckDBEngine, planner: DayPlanner, day: date
) -> Iterator[AssetCheckResult]:
    planner.use_extract_of(day)
    progress = progress_before(chasing.ledger, day)
    planner.compute_receivables(day, progress)
    chasing.warehouse.publish(engine, RECEIVABLES_TABLES, day)
    wrong = planner.unreconciled()
    if wrong:
        currencies = ", ".join(str(row["currency"]) for row in wrong)
        yield from _stop(RECONCILED, f"{day}: the balances in {currencies} do not agree with the extract")
    planner.compute_actions(day, progress, is_stale(chasing.home, day))
    lost = planner.check("checks/lost_accounts")
    if lost:
        yield from _stop(COMPLETE, f"{day}: {len(lost)} accounts that owe something have no verdict")
    chasing.warehouse.publish(engine, ACTION_TABLES, day)
    if day == chasing.clock.today():
        remember(planner, chasing.ledger, day, chasing.clock.now())
    _describe(context, planner, day)


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


def _describe(context: AssetExecutionContext, planner: DayPlanner, day: date) -> None:
    """Numbers by day under stable names: the UI draws them as lines. No personal data, which would be copied."""
    actions = planner.rows("action_table")
    verdicts = Counter(str(row["verdict"]) for row in planner.rows("step_decisions"))
    channels = Counter(str(row["channel"]) for row in actions)
    key = day.isoformat()
    for name in ("open_items", "account_aging", "action_units"):
        context.add_asset_metadata({"dagster/row_count": len(planner.rows(name))}, name, key)
    context.add_asset_metadata(
        {"dagster/row_count": verdicts.total(), **{f"verdict {name}": n for name, n in sorted(verdicts.items())}},
        "step_decisions",
        key,
    )
    context.add_asset_metadata(
        {
            "dagster/row_count": len(actions),
            "actions owed": len(actions),
            "unreachable": sum(row["status"] == "unreachable" for row in actions),
            **{f"channel {name}": count for name, count in sorted(channels.items())},
            **{
                f"balance chased {currency}": float(
                    sum((r["balance"] for r in actions if r["currency"] == currency), Decimal(0))
                )
                for currency in sorted({str(row["currency"]) for row in actions})
            },
        },
        "action_table",
        key,
    )
