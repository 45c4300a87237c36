"""The assets that plan a day: receivables, decisions, actions, and the checks that stand between them.

Does not belong here: the order of the SQL (``planning.day``), the rules (``sql/``), what is told of a day (``story``).
"""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby

from dagster import (
    AssetCheckResult,
    AssetExecutionContext,
    AssetsDefinition,
    BackfillPolicy,
    DailyPartitionsDefinition,
    MaterializeResult,
    MetadataValue,
    multi_asset,
)

from chasing_pipeline.assets import checks
from chasing_pipeline.assets.days import days_of, tell
from chasing_pipeline.assets.specs import table_spec
from chasing_pipeline.assets.story import Before, Story, kept_before, rich_from
from chasing_pipeline.dispatching.gates import is_stale
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.ledger.progress import progress_before
from chasing_pipeline.messages.gallery import write_invitation
from chasing_pipeline.planning.day import DayPlanner, days_by_extract
from chasing_pipeline.planning.frozen import refuse_changed_schedules
from chasing_pipeline.planning.publication import (
    ACTION_TABLES,
    RECEIVABLES_TABLES,
    publish_activities,
    publish_progress,
    remember,
)
from chasing_pipeline.resources.chasing import Chasing

PREVIEW_JOB = "preview_messages"


def planning_assets(chasing: Chasing, partitions: DailyPartitionsDefinition) -> AssetsDefinition:
    """``open_items``, ``account_aging``, ``step_decisions``, ``action_units`` and ``action_table``."""
    specs = [table_spec(name, chasing.home, partitions) for name in (*RECEIVABLES_TABLES, *ACTION_TABLES)]

    @multi_asset(
        name="plan", specs=specs, check_specs=checks.PLANNING_CHECKS, backfill_policy=BackfillPolicy.single_run()
    )
    def plan(context: AssetExecutionContext) -> Iterator[MaterializeResult[None] | AssetCheckResult]:
        refuse_changed_schedules(chasing.home, chasing.ledger)
        days = days_of(context)
        if chasing.clock.today() in days:
            _record_files(context, chasing)
        with DuckDBEngine() as engine, kept_before(chasing.warehouse) as before:
            planner = DayPlanner(engine, chasing.home)
            planner.use_progress(progress_before(chasing.ledger, days[-1]))
            for served in days_by_extract(chasing.home, days):
                planner.use_extract_of(served[0])
                for batch in planner.batches(served):
                    before.keep(chasing.warehouse, batch)
                    yield from _plan_days(chasing, engine, planner, batch)
            volume = _describe(context, chasing, days, before)
        if chasing.clock.today() in days:
            _invite_to_preview(context, chasing, chasing.clock.today())
        for name in (*RECEIVABLES_TABLES, *ACTION_TABLES):
            yield MaterializeResult(asset_key=name)
        yield from checks.passed_for(days, checks.BLOCKING_CHECKS)
        yield volume

    return plan


def progress_asset(chasing: Chasing, partitions: DailyPartitionsDefinition) -> AssetsDefinition:
    """``chasing_progress``, as of the end of each day."""
    spec = table_spec("chasing_progress", chasing.home, partitions)

    @multi_asset(name="progress", specs=[spec], backfill_policy=BackfillPolicy.single_run())
    def progress(context: AssetExecutionContext) -> Iterator[MaterializeResult[None]]:
        days = days_of(context)
        publish_progress(chasing.ledger, chasing.warehouse, *days)
        with DuckDBEngine(threads=1) as engine:
            tell(context, Story(chasing.warehouse, engine, days, rich_from(days)).progress())
        yield MaterializeResult(asset_key="chasing_progress")

    return progress


def _record_files(context: AssetExecutionContext, chasing: Chasing) -> None:
    """Record what lies in ``activities/`` before today is planned; a bad file is left out, and the day goes on."""
    report = chasing.recorder().record_folder()
    for problem in report.problems:
        context.log.error(str(problem))
    if report.recorded:
        publish_activities(chasing.ledger, chasing.warehouse, report.days)


def _plan_days(
    chasing: Chasing, engine: DuckDBEngine, planner: DayPlanner, days: Sequence[date]
) -> Iterator[AssetCheckResult]:
    planner.compute_receivables(days, [day for day in days if is_stale(chasing.home, day)])
    chasing.warehouse.publish(engine, RECEIVABLES_TABLES, *days)
    wrong = planner.unreconciled()
    if wrong:
        found = (
            f"{day}: the balances in {', '.join(row['currency'] for row in rows)}"
            for day, rows in groupby(wrong, key=lambda row: row["day"])
        )
        yield from checks.stop(checks.RECONCILED, f"{'; '.join(found)} do not agree with the extract", wrong)
    planner.compute_actions()
    yield from _stop_at_any(planner)
    chasing.warehouse.publish(engine, ACTION_TABLES, *days)
    today = chasing.clock.today()
    if today in days:
        remember(planner, chasing.ledger, today, chasing.clock.now())


def _stop_at_any(planner: DayPlanner) -> Iterator[AssetCheckResult]:
    """End the run where an account got lost on the way, has no verdict, or would be contacted twice for one step."""
    for check, statement, words in (
        (checks.NONE_LOST, "checks/lost_between_tables", "accounts got lost between two tables"),
        (checks.DECIDED, "checks/lost_accounts", "accounts that owe something have no verdict"),
        (checks.ONCE, "checks/repeated_actions", "steps of a unit are in more than one action"),
    ):
        found = planner.check(statement)
        if found:
            yield from checks.stop(check, f"{found[0]['day']}: {len(found)} {words}", found)


def _invite_to_preview(context: AssetExecutionContext, chasing: Chasing, day: date) -> None:
    """Link to the page of the day's messages; making them all would be too much for every morning."""
    how = f"{chasing.home.command(f'preview --all --date {day}')}\nor, in the orchestrator, the job {PREVIEW_JOB}"
    path = write_invitation(chasing.home.warehouse, day, how)
    tell(context, {("action_table", day): {"messages of the day": MetadataValue.path(str(path.resolve()))}})


def _describe(
    context: AssetExecutionContext, chasing: Chasing, days: Sequence[date], before: Before
) -> AssetCheckResult:
    """Tell what was published; judge the volume of what was planned."""
    with DuckDBEngine(threads=1) as engine:
        tell(context, Story(chasing.warehouse, engine, days, rich_from(days)).plan(before))
        return checks.volume_check(chasing.warehouse, engine, days)
