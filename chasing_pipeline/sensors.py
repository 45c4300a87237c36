"""What starts by itself: carrying out what is owed today, following it, planning again when an extract arrives late.

Each decision is a pure function of what was read; a failed read is an error, never an empty answer.
Does not belong here: that an action is carried out once (``ledger``).
"""

import hashlib
import time
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from dagster import (
    AssetMaterialization,
    AssetSelection,
    DagsterEvent,
    DagsterRunStatus,
    DefaultSensorStatus,
    JobDefinition,
    RunFailureSensorContext,
    RunRequest,
    RunsFilter,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    run_failure_sensor,
    sensor,
)

from chasing_pipeline.alerts import AlertNotSent, FailedRun, alert
from chasing_pipeline.dispatch import DISPATCH_TAG
from chasing_pipeline.dispatching.gates import stops
from chasing_pipeline.dispatching.sending import is_time
from chasing_pipeline.jobs import RANGE_END, RANGE_START, AssetJob, first_day_to_plan, run_request
from chasing_pipeline.ledger import dispatches
from chasing_pipeline.ledger.states import CARRIED_OUT, State
from chasing_pipeline.planning.day import serving_extract
from chasing_pipeline.planning.extracts import stage
from chasing_pipeline.planning.home import ChasingHome
from chasing_pipeline.planning.publication import publish_activities
from chasing_pipeline.resources.chasing import Chasing

DAY_TAG, OWED_TAG = "chasing/day", "chasing/owed"
PATIENCE, MOST_PATIENCE = timedelta(minutes=1), timedelta(minutes=15)
SETTLE_SECONDS = 60
MORNING_TIME = timedelta(minutes=15)
"""So long after the time of the schedule a day that is still not planned is taken for one whose morning was missed."""
STARTING_TIME = timedelta(minutes=10)
OWN_ERRORS = ("ConfigurationError", "ExtractError", "DispatchRefused", "LedgerUnavailable", "Unconfirmed")
"""Errors whose message is for the user, and holds no secret."""
_ACTIVE = [DagsterRunStatus.QUEUED, DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.NOT_STARTED]


def fingerprint(owed: Collection[str]) -> str:
    """A short hash of the ids of what is owed."""
    return hashlib.sha256("\n".join(sorted(owed)).encode()).hexdigest()[:16]


def dispatch_decision(
    day: str, owed: Collection[str], stopped_by: Collection[str], is_active: bool, attempts: int, since_last: timedelta
) -> RunRequest | SkipReason:
    """Whether to start a dispatch run now, for what is owed or in doubt.

    ``attempts``: runs that there were for just these actions; ``since_last``: time since the last of them began. A run
    key is never launched twice, so it carries the attempt; each attempt without any progress waits longer than the one
    before, for a provider that is down comes back.
    """
    if not owed:
        return SkipReason(f"Nothing is owed on {day}.")
    if stopped_by:
        return SkipReason("Sending is stopped: " + " ".join(stopped_by))
    if is_active:
        return SkipReason("A dispatch is running.")
    pause = min(PATIENCE * 2 ** (attempts - 1), MOST_PATIENCE) if attempts else timedelta()
    if since_last < pause:
        return SkipReason(
            f"{len(owed)} actions are still owed after {attempts} runs without progress; see the last run. "
            f"The next one starts {pause} after it."
        )
    what = fingerprint(owed)
    return RunRequest(
        run_key=f"{day} {what} {attempts}",
        run_config={"ops": {name: {"config": {"day": day}} for name in ("carry_out_actions", "publish_outcomes")}},
        tags={DAY_TAG: day, OWED_TAG: what},
    )


def dispatch_sensor(chasing: Chasing, job: JobDefinition) -> SensorDefinition:
    """``dispatch_sensor``: starts one run for whatever is owed today and nobody is carrying out."""

    @sensor(
        name="dispatch_sensor",
        job=job,
        minimum_interval_seconds=30,
        default_status=DefaultSensorStatus.RUNNING,
        description="Starts a dispatch while actions of today are owed; never for another day's.",
    )
    def evaluate(context: SensorEvaluationContext) -> RunRequest | SkipReason:
        today = chasing.clock.today()
        if not chasing.warehouse.has("action_table", today):
            return SkipReason(f"{today} has not been planned yet.")
        actions, units = chasing.planned_actions(today)
        held = {action.action_id for action in chasing.approvals().waiting(actions, units)}
        states = dispatches.states_of(chasing.ledger, [action.action_id for action in actions])
        done = {*CARRIED_OUT, State.CANCELLED}
        now = chasing.clock.now()
        free = [action for action in actions if action.action_id not in held]
        owed = [a.action_id for a in free if states.get(a.action_id) not in done and is_time(a, now)]
        owed += [row["action_id"] for row in dispatches.undecided(chasing.ledger) if row["action_id"] not in owed]
        if held and not owed:
            return SkipReason(f"{len(held)} actions of {today} are held for approval; nothing else is owed.")
        # read anew at each tick: the code server lives long, and settings change meanwhile
        home = ChasingHome(chasing.home.root)
        extract = stage(home, serving_extract(home, today))
        stopped = [stop.message for stop in stops(home, chasing.ledger, today, extract, len(actions))]
        runs = context.instance
        # a run that was killed stays active for Dagster: after a while only a living dispatcher counts
        recent = datetime.now(UTC) - STARTING_TIME
        starting = RunsFilter(tags={DISPATCH_TAG: "true"}, statuses=_ACTIVE, created_after=recent)
        is_active = chasing.ownership.anyone_alive() or runs.get_runs_count(starting) > 0
        same = RunsFilter(tags={DAY_TAG: today.isoformat(), OWED_TAG: fingerprint(owed)})
        attempts = runs.get_runs_count(same)
        last = runs.get_run_records(same, limit=1)
        since_last = datetime.now(UTC) - last[0].create_timestamp if last else timedelta()
        return dispatch_decision(today.isoformat(), owed, stopped, is_active, attempts, since_last)

    return evaluate


def delivery_status_sensor(chasing: Chasing) -> SensorDefinition:
    """``delivery_status_sensor``: asks what became of the messages in flight and appends it to the activity log."""

    @sensor(
        name="delivery_status_sensor",
        asset_selection=AssetSelection.assets("activity_log"),
        minimum_interval_seconds=120,
        default_status=DefaultSensorStatus.RUNNING,
        description="Asks the providers what became of the messages in flight: delivered, answered, bounced, returned.",
    )
    def evaluate(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        if chasing.home.settings.mode == "sandbox":
            return SkipReason("Nothing is in flight in sandbox mode.")
        report = chasing.deliveries().follow()
        for remark in report.remarks:
            context.log.warning(remark)
        if not report.kinds:
            return SkipReason(f"{report.asked} messages are in flight; no news.")
        today = chasing.clock.today()
        rows = publish_activities(chasing.ledger, chasing.warehouse, [today])[today]
        metadata = {"dagster/row_count": rows, **{str(kind): count for kind, count in report.kinds.items()}}
        return SensorResult(
            asset_events=[AssetMaterialization("activity_log", metadata=metadata, partition=today.isoformat())]
        )

    return evaluate


def activity_files_sensor(chasing: Chasing) -> SensorDefinition:
    """``activity_files_sensor``: records the files in ``activities/``, each once, and publishes the activity log."""

    @sensor(
        name="activity_files_sensor",
        asset_selection=AssetSelection.assets("activity_log"),
        minimum_interval_seconds=60,
        default_status=DefaultSensorStatus.RUNNING,
        description="Records each CSV file of notes, promises and disputes in activities/ once, as a whole.",
    )
    def evaluate(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        report = chasing.recorder().record_folder()
        for problem in report.problems:
            context.log.error(str(problem))
        if not report.recorded:
            wrong = "; ".join(map(str, report.problems))
            return SkipReason(f"Not recorded: {wrong}" if wrong else "There is no new file in activities/.")
        rows = publish_activities(chasing.ledger, chasing.warehouse, report.days)
        return SensorResult(
            asset_events=[
                AssetMaterialization("activity_log", metadata={"dagster/row_count": count}, partition=day.isoformat())
                for day, count in rows.items()
            ]
        )

    return evaluate


def extract_decision(seen: str | None, arrived: str | None, is_settled: bool, is_late: bool) -> bool:
    """Whether an extract of today asks for a run: it is new, complete, and the morning's run has not seen it."""
    return arrived is not None and arrived != seen and is_settled and is_late


def extract_arrival_sensor(chasing: Chasing, job: AssetJob) -> SensorDefinition:
    """``extract_arrival_sensor``: plans today again when its extract arrives, or changes, after the morning's run."""

    @sensor(
        name="extract_arrival_sensor",
        job=job,
        minimum_interval_seconds=60,
        default_status=DefaultSensorStatus.RUNNING,
        description="Plans today again when today's extract arrives late or is replaced.",
    )
    def evaluate(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        today, now = chasing.clock.today(), chasing.clock.now()
        folder = chasing.home.extracts / today.isoformat()
        files = sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
        changes = [(path.name, path.stat().st_size, path.stat().st_mtime) for path in files]
        arrived = fingerprint([repr(change) for change in changes]) if changes else None
        is_settled = all(time.time() - changed > SETTLE_SECONDS for _, _, changed in changes)
        starts = datetime.combine(today, chasing.home.settings.schedule.at, now.tzinfo)
        # the time of the change of the file's entry: a copy may carry an older time of writing
        came_late = any(path.stat().st_ctime >= starts.timestamp() for path in files)
        days = chasing.warehouse.days("action_table")
        is_late = now >= starts and (came_late or (today not in days and now >= starts + MORNING_TIME))
        if not extract_decision(context.cursor, arrived, is_settled, is_late):
            return SkipReason("No extract of today has arrived since the last run.")
        recent = datetime.now(UTC) - STARTING_TIME
        planning = RunsFilter(job_name=job.name, statuses=_ACTIVE, created_after=recent)
        if context.instance.get_runs_count(planning):
            return SkipReason("A day is just being planned.")
        first = first_day_to_plan(days, today)
        return SensorResult(run_requests=[run_request(first, today, f"extract {arrived}")], cursor=arrived)

    return evaluate


def alert_sensor(chasing: Chasing) -> SensorDefinition:
    """``alert_sensor``: tells ``alerts.email`` of each run that failed. Off where that is not set."""
    is_wanted = chasing.home.settings.alerts.email is not None

    @run_failure_sensor(
        name="alert_sensor",
        minimum_interval_seconds=30,
        default_status=DefaultSensorStatus.RUNNING if is_wanted else DefaultSensorStatus.STOPPED,
        description="Mails the address in alerts.email when a run fails; in sandbox mode it writes outbox/alerts.",
    )
    def evaluate(context: RunFailureSensorContext) -> SkipReason:
        run, failures = context.dagster_run, context.get_step_failure_events()
        tags = run.tags
        days = tags.get(DAY_TAG) or tags.get("dagster/partition") or ""
        if RANGE_START in tags:
            days = f"{tags[RANGE_START]} to {tags[RANGE_END]}"
        failed = FailedRun(run.run_id, run.job_name, days, tuple(map(failure_reason, failures)) or ("It was stopped.",))
        # read anew: the code server lives long, and settings change meanwhile
        home = ChasingHome(chasing.home.root)
        try:
            done = alert(failed, home.settings, home.outbox)
        except AlertNotSent as error:
            context.log.error(f"alert_sensor: {error}")
            done = f"nobody could be told: {error}"
        return SkipReason(f"{run.run_id}: {done}")

    return evaluate


def failure_reason(event: DagsterEvent) -> str:
    """Why a step failed: the sentence of an error of ours; of any other error its kind, for it may quote anything."""
    data = event.step_failure_data
    if data.user_failure_data is not None and data.user_failure_data.description:
        return f"{event.step_key}: {data.user_failure_data.description}"
    error = data.error
    while error is not None and error.cause is not None:
        error = error.cause
    if error is not None and error.cls_name in OWN_ERRORS:
        # what the user can mend; it holds no secret, by rule
        return f"{event.step_key}: {error.message.partition(': ')[2].strip()}"
    return f"{event.step_key}: {error.cls_name if error else 'unknown error'}; the run's log says more."
