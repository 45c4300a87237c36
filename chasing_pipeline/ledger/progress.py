"""What planning must know of the past, and what it leaves behind for the future.

Belongs here: reading progress as it stood before a day, recording a day that was planned on the day itself.
Does not belong here: deciding anything from it (``sql/eligibility``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, or_, select, update

from chasing_pipeline.domain.cadence import Cadence, Channel
from chasing_pipeline.engine.duckdb_engine import fields
from chasing_pipeline.ledger.activities import Activity, append
from chasing_pipeline.ledger.approvals import hold
from chasing_pipeline.ledger.schema import (
    activities,
    approvals,
    cadence_versions,
    claims,
    dispatches,
    enrolments,
    missed_steps,
    opt_outs,
    run_days,
)
from chasing_pipeline.ledger.store import Ledger
from chasing_pipeline.ledger.upsert import upsert

Row = Sequence[Any]
ONE_DAY = timedelta(days=1)
UNIT_FIELDS = fields("customer_number varchar; currency varchar; invoice_reference varchar; cadence varchar")
CARRIED_OUT_FIELDS = (
    *UNIT_FIELDS,
    *fields("step varchar; repetition integer; carried_out_on date; is_contact boolean"),
)
ENROLMENT_FIELDS = (*UNIT_FIELDS, *fields("version integer; cycle_start date; enrolled_on date; stopped_on date"))
LEFT_OVER_FIELDS = (*UNIT_FIELDS, *fields("step varchar; owed_on date; carried_out_on date"))
MISSED_FIELDS = (*UNIT_FIELDS, *fields("step varchar; missed_on date"))
APPROVAL_FIELDS = fields("unit_step_id varchar; held_on date; released_on date")
FIRST_ACTION_FIELDS = fields("cadence varchar; version integer; first_action_on date")
OPT_OUT_FIELDS = fields("way varchar; address varchar")
WAYS = {Channel.EMAIL: "email", Channel.SMS: "sms", Channel.AUTO_CALL: "call", Channel.PHONE_CALL: "call"}
"""By which way each channel reaches somebody: whoever wants no automated calls gets none from people either."""
HOLD_FIELDS = fields("customer_number varchar; invoice_number varchar; kind varchar; held_from date; held_until date")


@dataclass
class Progress:
    """What happened, each row with its day: a day sees what is dated before it. Rows are in the order of the fields."""

    carried_out: list[Row] = field(default_factory=list)
    left_over: list[Row] = field(default_factory=list)
    enrolments: list[Row] = field(default_factory=list)
    missed_steps: list[Row] = field(default_factory=list)
    holds: list[Row] = field(default_factory=list)
    opt_outs: list[Row] = field(default_factory=list)
    approvals: list[Row] = field(default_factory=list)
    first_actions: list[Row] = field(default_factory=list)
    run_days: list[date] = field(default_factory=list)
    versions: list[Cadence] = field(default_factory=list)


def progress_before(ledger: Ledger, day: date, holds_until: date | None = None) -> Progress:
    """Progress made before ``day``: enough for that day and, since every row is dated, for each one before it.

    Holds that people recorded, and opt-outs, count up to ``holds_until``, by default up to the day before. What
    concerns approval counts up to the day itself.
    """
    carried_out = (
        select(
            *(claims.c[name] for name, _ in UNIT_FIELDS),
            claims.c.step,
            claims.c.repetition,
            dispatches.c.carried_out_on,
            dispatches.c.is_contact,
        )
        .join(dispatches, dispatches.c.action_id == claims.c.action_id)
        .where(dispatches.c.carried_out_on < day)
        .order_by(dispatches.c.changed_at, dispatches.c.action_id)
    )
    left_over = (
        select(
            *(claims.c[name] for name, _ in UNIT_FIELDS),
            claims.c.step,
            dispatches.c.first_owed_on,
            dispatches.c.carried_out_on,
        )
        .join(dispatches, dispatches.c.action_id == claims.c.action_id)
        .where(
            dispatches.c.first_owed_on < day,
            or_(
                dispatches.c.carried_out_on.is_(None),
                dispatches.c.carried_out_on > dispatches.c.first_owed_on,
            ),
        )
    )
    entered = select(*(enrolments.c[name] for name, _ in ENROLMENT_FIELDS)).where(enrolments.c.enrolled_on < day)
    missed = select(*(missed_steps.c[name] for name, _ in MISSED_FIELDS)).where(missed_steps.c.missed_on < day)
    held = select(*(approvals.c[name] for name, _ in APPROVAL_FIELDS)).where(approvals.c.held_on <= day)
    acted = select(*(cadence_versions.c[name] for name, _ in FIRST_ACTION_FIELDS)).where(
        cadence_versions.c.first_action_on <= day
    )
    days = select(run_days.c.day).where(run_days.c.day < day).order_by(run_days.c.day)
    recorded_holds = (
        select(activities)
        .where(
            activities.c.kind.in_(["promise", "dispute"]),
            activities.c.activity_date <= holds_until if holds_until else activities.c.activity_date < day,
        )
        .order_by(activities.c.activity_date, activities.c.number)
    )
    with ledger.reading() as connection:
        return Progress(
            opt_outs=_opt_outs(connection, holds_until or day - ONE_DAY),
            carried_out=[tuple(row) for row in connection.execute(carried_out)],
            left_over=[tuple(row) for row in connection.execute(left_over)],
            enrolments=[tuple(row) for row in connection.execute(entered)],
            missed_steps=[tuple(row) for row in connection.execute(missed)],
            holds=_holds(connection.execute(recorded_holds).mappings(), holds_until),
            approvals=[tuple(row) for row in connection.execute(held)],
            first_actions=[tuple(row) for row in connection.execute(acted)],
            run_days=list(connection.scalars(days)),
            versions=[
                Cadence.model_validate_json(text) for text in connection.scalars(select(cadence_versions.c.content))
            ],
        )


def known_versions(ledger: Ledger) -> dict[tuple[str, int], tuple[str, Cadence]]:
    """(fingerprint, content) of each version of a cadence that is frozen."""
    with ledger.reading() as connection:
        rows = connection.execute(select(cadence_versions)).mappings().all()
    return {
        (row["cadence"], row["version"]): (row["fingerprint"], Cadence.model_validate_json(row["content"]))
        for row in rows
    }


@dataclass(frozen=True)
class PlannedDay:
    """What a day's planning leaves behind: rows in the order of the fields above.

    ``held``: the steps of units that are held for approval; ``acting``: the versions (cadence, version) that plan an
    action.
    """

    day: date
    action_count: int
    enrolled: Sequence[Row]
    missed: Sequence[Row]
    stopped: Sequence[Row]
    cadences: Iterable[Cadence]
    held: Sequence[str] = ()
    acting: Sequence[tuple[str, int]] = ()


def record_planned_day(ledger: Ledger, planned: PlannedDay, happened: Sequence[Activity]) -> None:
    """Record, in one transaction, that a day was planned on the day itself. Repeating it changes only the count."""

    def work(connection: Connection) -> None:
        known = set(
            connection.execute(select(*(enrolments.c[name] for name, _ in (*UNIT_FIELDS, ("enrolled_on", "")))))
        )
        new = [row for row in planned.enrolled if (*row[:4], planned.day) not in known]
        for row in planned.stopped:
            unit = zip(UNIT_FIELDS, row[:4], strict=True)
            same_unit = [enrolments.c[name] == value for (name, _), value in unit]
            connection.execute(
                update(enrolments).where(*same_unit, enrolments.c.stopped_on.is_(None)).values(stopped_on=planned.day)
            )
        _insert(connection, enrolments, ENROLMENT_FIELDS, [(*row, planned.day, None) for row in new])
        connection.execute(delete(missed_steps).where(missed_steps.c.missed_on == planned.day))
        _insert(connection, missed_steps, MISSED_FIELDS, [(*row, planned.day) for row in planned.missed])
        counted = {"day": planned.day, "action_count": planned.action_count}
        connection.execute(upsert(connection, run_days, counted, update=["action_count"]))
        _freeze(connection, planned)
        hold(connection, planned.held, planned.day)
        already = set(
            connection.execute(
                select(
                    activities.c.kind, activities.c.customer_number, activities.c.currency, activities.c.cadence
                ).where(
                    activities.c.activity_date == planned.day,
                    activities.c.kind.in_(["enrolled", "cadence_stopped"]),
                )
            ).tuples()
        )
        append(connection, *(a for a in happened if (a.kind, a.customer_number, a.currency, a.cadence) not in already))

    ledger.write(work)


def last_run_day(ledger: Ledger) -> date | None:
    """The last day that was planned on the day itself; None: there is none."""
    with ledger.reading() as connection:
        last: date | None = connection.scalar(select(func.max(run_days.c.day)))
        return last


def recent_action_counts(ledger: Ledger, day: date, days: int) -> list[int]:
    """How many actions each of the last ``days`` run days before ``day`` planned, newest first."""
    query = select(run_days.c.action_count).where(run_days.c.day < day).order_by(run_days.c.day.desc()).limit(days)
    with ledger.reading() as connection:
        return list(connection.scalars(query))


def _freeze(connection: Connection, planned: PlannedDay) -> None:
    """Keep each used version as it is; its thresholds and wording may change, its schedule was checked before."""
    for cadence in planned.cadences:
        version = {
            "cadence": cadence.cadence,
            "version": cadence.version,
            "fingerprint": cadence.schedule_fingerprint(),
            "content": cadence.model_dump_json(),
            "first_used_on": planned.day,
        }
        connection.execute(upsert(connection, cadence_versions, version, update=["content"]))
    for name, number in planned.acting:
        this = (cadence_versions.c.cadence == name) & (cadence_versions.c.version == number)
        never = cadence_versions.c.first_action_on.is_(None)
        connection.execute(update(cadence_versions).where(this, never).values(first_action_on=planned.day))


def _insert(connection: Connection, table: Any, fields: Sequence[tuple[str, str]], rows: Sequence[Row]) -> None:
    if rows:
        names = [name for name, _ in fields]
        connection.execute(table.insert(), [dict(zip(names, row, strict=True)) for row in rows])


def _opt_outs(connection: Connection, last: date) -> list[Row]:
    """Who had opted out of which way by the end of ``last`` (UTC), and still had, as the extract writes the address."""
    query = select(opt_outs).where(opt_outs.c.recipient.is_not(None)).order_by(opt_outs.c.channel, opt_outs.c.address)
    end = datetime.combine(last + ONE_DAY, time(), UTC)
    rows = connection.execute(query).mappings()
    known = (row for row in rows if row["recorded_at"] < end and (row["ended_at"] is None or row["ended_at"] >= end))
    found = {(WAYS[Channel(row["channel"])], row["recipient"]) for row in known}
    return [*sorted(found)]


def _holds(recorded: Iterable[Any], known_on: date | None) -> list[Row]:
    """Promises and disputes that people recorded, in force from the day after each was recorded.

    What was recorded on the day ``known_on`` is in force on that day already. Of each account and kind the last one
    counts from when it was recorded; whatever account it was made for, it holds the whole customer.
    """
    holds: list[Row] = []
    of_account: dict[tuple[str, str, str], int] = {}
    for row in recorded:
        day = row["activity_date"]
        in_force_from = day if day == known_on else day + ONE_DAY
        key = (row["customer_number"], row["currency"], row["kind"])
        if key in of_account:
            earlier = holds[of_account[key]]
            until = in_force_from - ONE_DAY
            holds[of_account[key]] = (*earlier[:4], until if earlier[4] is None else min(earlier[4], until))
        of_account[key] = len(holds)
        holds.append((row["customer_number"], "", row["kind"], in_force_from, row["promised_until"]))
    return [hold for hold in holds if hold[4] is None or hold[3] <= hold[4]]
