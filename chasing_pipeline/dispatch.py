"""The ops that show, release and carry out a day's actions, and publish what happened.

No retry policy stands around the sending op, on purpose: an interrupted body would run again. What is sent once is
the ledger's business. Does not belong here: the protocol itself (``dispatching``).
"""

from datetime import date
from typing import Any

from dagster import (
    AssetMaterialization,
    AssetObservation,
    Config,
    Failure,
    GraphDefinition,
    In,
    JobDefinition,
    MetadataValue,
    Nothing,
    OpExecutionContext,
    graph,
    in_process_executor,
    op,
)

from chasing_pipeline.assets.checks import evaluation, outcome_checks
from chasing_pipeline.assets.planning import PREVIEW_JOB
from chasing_pipeline.assets.story import Story, Told
from chasing_pipeline.dispatching.approval import Wanted
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.problems import ChasingError
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.planning.publication import publish_activities, publish_progress
from chasing_pipeline.planning.recordings import Recording
from chasing_pipeline.resources.chasing import Chasing

DISPATCH_TAG = "chasing/dispatch"


class DayConfig(Config):
    """Which day's action table; empty: today's."""

    day: str = ""


class ActivityConfig(Config):
    """Something that happened elsewhere, to be appended to the activity log: see ``planning.recordings``."""

    kind: str = "note"
    customer_number: str
    currency: str = ""
    detail: str = ""
    promised_until: str = ""
    occurred_on: str = ""
    channel: str = ""
    address: str = ""
    todo: int = 0
    actor: str

    def recording(self) -> Recording:
        """What it says. Raises ValueError for a day or a channel that is none."""
        return Recording(
            self.kind,
            self.customer_number,
            self.actor,
            self.detail,
            self.currency,
            date.fromisoformat(self.promised_until) if self.promised_until else None,
            date.fromisoformat(self.occurred_on) if self.occurred_on else None,
            Channel(self.channel) if self.channel else None,
            self.address,
            self.todo or None,
        )


class ReleaseConfig(Config):
    """Which of today's actions that are held for approval to release, and in whose name.

    Either ``action_ids``, or ``all`` of them, narrowed by ``cadence`` and ``step`` where given.
    """

    by: str
    action_ids: list[str] = []
    all: bool = False
    cadence: str = ""
    step: str = ""


def dispatch_job(chasing: Chasing) -> JobDefinition:
    """``dispatch_actions``: claim, send and settle what is owed, then publish the activity log and progress."""

    @op(description="Claims each action that is still owed, sends it and settles it in the ledger: once, for ever.")
    def carry_out_actions(context: OpExecutionContext, config: DayConfig) -> dict[str, Any]:
        day = date.fromisoformat(config.day) if config.day else chasing.clock.today()
        try:
            report = chasing.dispatcher().run(day, *chasing.planned_actions(day))
        except ChasingError as error:
            raise Failure(str(error), allow_retries=False) from error
        for remark in (*report.remarks, *map(str, report.problems)):
            context.log.warning(remark)
        outcomes = {str(name): count for name, count in sorted(report.outcomes.items())}
        context.add_output_metadata(outcomes)
        return {
            "outcomes": outcomes,
            "remarks": report.remarks,
            "problems": [str(problem) for problem in report.problems],
            "has_stopped_channels": report.has_stopped_channels,
        }

    @op(
        ins={"carried_out": In(Nothing)},
        description="Publishes the activity log and the progress of the day from the ledger.",
    )
    def publish_outcomes(context: OpExecutionContext, config: DayConfig) -> None:
        day = date.fromisoformat(config.day) if config.day else chasing.clock.today()
        _publish(context, chasing, day)

    @graph
    def dispatch_actions() -> None:
        publish_outcomes(carry_out_actions())

    return _job(dispatch_actions, {DISPATCH_TAG: "true"})


def activity_job(chasing: Chasing) -> JobDefinition:
    """``record_activity``: append what happened elsewhere to the ledger and publish the log."""

    @op(description="Appends one activity to the ledger; a promise or dispute holds the customer from then on.")
    def append_activity(context: OpExecutionContext, config: ActivityConfig) -> None:
        try:
            day = chasing.recorder().record(config.recording())
        except (ChasingError, ValueError) as error:
            raise Failure(str(error), allow_retries=False) from error
        _publish(context, chasing, day)

    @graph
    def record_activity() -> None:
        append_activity()

    return _job(record_activity, {})


def release_job(chasing: Chasing) -> JobDefinition:
    """``release_actions``: release today's held actions in somebody's name; the dispatch sensor then sends them."""

    @op(description="Releases actions of today that are held for approval, and writes down who did so.")
    def release_held_actions(context: OpExecutionContext, config: ReleaseConfig) -> int:
        if bool(config.action_ids) is config.all or (config.action_ids and (config.cadence or config.step)):
            raise Failure("give either action_ids, or all, perhaps with cadence and step", allow_retries=False)
        wanted = Wanted(config.action_ids, config.cadence, config.step)
        day = chasing.clock.today()
        try:
            released = chasing.approvals().release(*chasing.planned_actions(day), wanted, config.by)
        except ChasingError as error:
            raise Failure(str(error), allow_retries=False) from error
        context.add_output_metadata({"released": len(released)})
        _publish(context, chasing, day)
        return len(released)

    @graph
    def release_actions() -> None:
        release_held_actions()

    return _job(release_actions, {})


def preview_job(chasing: Chasing) -> JobDefinition:
    """``preview_messages``: fill the page of every message of a day, which the action table's metadata links to."""

    @op(description="Makes every message of a day as its recipient gets it, on one page. Sends nothing.")
    def make_previews(context: OpExecutionContext, config: DayConfig) -> int:
        day = date.fromisoformat(config.day) if config.day else chasing.clock.today()
        try:
            path, count = chasing.previews().write_page(day, chasing.planned_actions(day)[0])
        except ChasingError as error:
            raise Failure(str(error), allow_retries=False) from error
        told: dict[str, Any] = {"messages of the day": MetadataValue.path(str(path.resolve())), "messages": count}
        context.add_output_metadata(told)
        context.log_event(AssetObservation("action_table", metadata=told, partition=day.isoformat()))
        return count

    @graph(name=PREVIEW_JOB)
    def previews() -> None:
        make_previews()

    return _job(previews, {})


def _job(body: GraphDefinition, tags: dict[str, str]) -> JobDefinition:
    return body.to_job(executor_def=in_process_executor, tags={"dagster/max_retries": "0", **tags})


def _publish(context: OpExecutionContext, chasing: Chasing, day: date) -> None:
    publish_activities(chasing.ledger, chasing.warehouse, [day])
    with DuckDBEngine(threads=1) as engine:
        _tell(context, Story(chasing.warehouse, engine, [day], day).outcomes())
    if chasing.warehouse.has("step_decisions", day):
        publish_progress(chasing.ledger, chasing.warehouse, day)
        with DuckDBEngine(threads=1) as engine:
            _tell(context, Story(chasing.warehouse, engine, [day], day).progress())
    for found in outcome_checks(chasing, day):
        # the door takes it, though its annotation does not say so
        context.log_event(evaluation(found))  # type: ignore[arg-type]


def _tell(context: OpExecutionContext, told: Told) -> None:
    for (table, day), metadata in told.items():
        context.log_event(AssetMaterialization(table, metadata=metadata, partition=day.isoformat()))
