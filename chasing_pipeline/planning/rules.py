"""Cadences, calendars, holds and prices as tables: what Python hands to the SQL, which alone decides.

Does not belong here: who is due. Calendars are handed over as days, never computed in SQL.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, timedelta

from chasing_pipeline.domain.cadence import Cadence, Step
from chasing_pipeline.domain.calendar import (
    ONE_DAY,
    business_days,
    days_between,
    is_run_day,
    next_run_day,
    previous_run_day,
)
from chasing_pipeline.domain.settings import Settings
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine, fields
from chasing_pipeline.ledger.progress import (
    APPROVAL_FIELDS,
    CARRIED_OUT_FIELDS,
    ENROLMENT_FIELDS,
    FIRST_ACTION_FIELDS,
    HOLD_FIELDS,
    LEFT_OVER_FIELDS,
    MISSED_FIELDS,
    Progress,
    Row,
)
from chasing_pipeline.planning.home import Enrolment, Hold

CADENCE_FIELDS = fields(
    """
    cadence_key integer; cadence varchar; version integer; is_current boolean; scope varchar; late_entry varchar;
    catch_up varchar; min_gap_days integer; on_oldest_paid varchar; group_by varchar; invoices varchar;
    skip_holidays boolean;
    run_at varchar; run_timezone varchar
    """
)
STEP_FIELDS = fields(
    """
    step_key integer; cadence_key integer; step_number integer; rung integer; step varchar; clock varchar;
    day integer; days varchar; round varchar; channel varchar; template varchar; multi_template varchar;
    assign_to varchar; repeat_every integer; repeat_limit integer; approve varchar
    """
)
THRESHOLD_FIELDS = fields(
    """
    cadence_key integer; currency varchar; min_balance decimal(18,2); min_open decimal(18,2)
    """
)
STEP_THRESHOLD_FIELDS = fields(
    """
    step_key integer; currency varchar; min_past_due decimal(18,2)
    """
)
RUN_CALENDAR_FIELDS = fields(
    """
    cadence_key integer; country varchar; day date; is_run_day boolean; previous_run_day date; next_run_day date
    """
)
BUSINESS_DAY_FIELDS = fields(
    """
    country varchar; day date; is_business_day boolean; business_day_count integer
    """
)


def load_company(engine: DuckDBEngine, settings: Settings) -> None:
    """Load ``company`` (one row), ``prices`` and ``time_zones``."""
    company = settings.company
    hours = settings.contact_hours
    contact_from, contact_until = hours.from_.isoformat("minutes"), hours.until.isoformat("minutes")
    engine.load(
        "company",
        fields(
            "timezone varchar; default_country varchar; language varchar; contact_from varchar; contact_until varchar"
        ),
        [(company.timezone, company.default_country, company.language, contact_from, contact_until)],
    )
    price_fields = fields("channel varchar; country varchar; cost decimal(18,6); currency varchar")
    engine.load("prices", price_fields, [(*row, settings.prices.currency) for row in settings.prices.rows()])
    engine.materialise("staging/time_zones")


def load_enrolments(engine: DuckDBEngine, enrolments: Iterable[Enrolment]) -> None:
    """Load ``explicit_enrolments``; an empty currency stands for all of a customer's accounts."""
    columns = fields("customer_number varchar; cadence varchar; currency varchar")
    engine.load("explicit_enrolments", columns, [(e.customer_number, e.cadence, e.currency or "") for e in enrolments])


def load_holds(engine: DuckDBEngine, holds: Iterable[Hold], recorded: Sequence[Row]) -> None:
    """Load ``holds``: those of ``holds.csv`` and those that people recorded."""
    written = [(h.customer_number, h.invoice_number or "", h.kind, h.from_, h.until) for h in holds]
    engine.load("holds", HOLD_FIELDS, [*written, *recorded])


def load_progress(engine: DuckDBEngine, progress: Progress) -> None:
    """Load what happened before: ``carried_out``, ``left_over``, ``enrolments``, ``missed_steps``, ``approvals`` and
    ``first_actions``."""
    engine.load("carried_out", CARRIED_OUT_FIELDS, progress.carried_out)
    engine.load("left_over", LEFT_OVER_FIELDS, progress.left_over)
    engine.load("enrolments", ENROLMENT_FIELDS, progress.enrolments)
    engine.load("missed_steps", MISSED_FIELDS, progress.missed_steps)
    engine.load("approvals", APPROVAL_FIELDS, progress.approvals)
    engine.load("first_actions", FIRST_ACTION_FIELDS, progress.first_actions)


def load_planned_days(
    engine: DuckDBEngine, days: Sequence[date], stale: Collection[date], run_days: Sequence[date]
) -> None:
    """Load ``planned_days``: each with whether its extract is too old, and the last day before it that ran."""
    rows = []
    for day in days:
        place = bisect_left(run_days, day)
        rows.append((day, day in stale, run_days[place - 1] if place else None))
    engine.load("planned_days", fields("day date; is_stale boolean; last_run_day date"), rows)


def load_planned_after(engine: DuckDBEngine, days: Sequence[date]) -> None:
    """Load ``planned_after``: for each day of the span of ``days`` (sorted), the first of ``days`` on or after it, and
    which of them that is."""
    numbered = [(day, bisect_left(days, day)) for day in days_between(days[0], days[-1])]
    rows = [(day, days[number], number) for day, number in numbered]
    engine.load("planned_after", fields("day date; planned_day date; planned_number integer"), rows)


def load_cadences(engine: DuckDBEngine, current: Sequence[Cadence], earlier: Iterable[Cadence]) -> list[Cadence]:
    """Load ``cadences`` and ``steps``; return the current versions and the earlier ones still in use.

    A cadence's key is its place in that list, from 0; a step's, its place among all steps, from 1. Of a version that
    is both, what its file says now counts: its thresholds and wording may have changed.
    """
    known = {(c.cadence, c.version) for c in current}
    all_versions = [*current, *(c for c in earlier if (c.cadence, c.version) not in known)]
    cadence_rows = [
        (
            key, c.cadence, c.version, (c.cadence, c.version) in known, c.scope, c.late_entry, c.catch_up,
            c.min_gap_days, c.on_oldest_paid, c.group_by, c.invoices, c.run.skip_holidays,
            c.run.at.isoformat("minutes"), c.run.timezone,
        )
        for key, c in enumerate(all_versions)
    ]  # fmt: skip
    rungs = [c.rung_numbers() for c in all_versions]
    step_rows = [
        (
            step_key, key, number, rungs[key][number - 1], s.step, s.clock, s.day, s.days, s.round, s.channel.value,
            s.template, s.multi_template, s.assign_to, s.repeat_every, s.repeat_limit, all_versions[key].approval_of(s),
        )
        for step_key, key, number, s in _keyed_steps(all_versions)
    ]  # fmt: skip
    engine.load("cadences", CADENCE_FIELDS, cadence_rows)
    engine.load("steps", STEP_FIELDS, step_rows)
    return all_versions


def load_thresholds(engine: DuckDBEngine, cadences: Sequence[Cadence], currencies: Iterable[str]) -> None:
    """Load ``cadence_thresholds`` and ``step_thresholds``, one row for each currency there is."""
    used = list(currencies)
    rows = [
        (key, currency, c.min_balance.get(currency, c.min_balance["default"]),
         c.min_open.get(currency, c.min_open["default"]))
        for key, c in enumerate(cadences)
        for currency in used
    ]  # fmt: skip
    step_rows = [
        (step_key, currency, s.min_past_due.get(currency, s.min_past_due.get("default")))
        for step_key, _, _, s in _keyed_steps(cadences)
        for currency in used
        if currency in s.min_past_due or "default" in s.min_past_due
    ]
    engine.load("cadence_thresholds", THRESHOLD_FIELDS, rows)
    engine.load("step_thresholds", STEP_THRESHOLD_FIELDS, step_rows)


def load_run_calendar(
    engine: DuckDBEngine,
    cadences: Sequence[Cadence],
    countries: Iterable[str],
    days: Sequence[date],
    run_days: Sequence[date],
) -> None:
    """Load ``run_calendar`` for ``days``: per cadence and holiday country ('' where holidays don't count)."""
    rows: list[Row] = []
    for key, cadence in enumerate(cadences):
        for country in _holiday_countries(cadence, countries):
            run, where = cadence.run, country or None
            rows += [
                (key, country, day, is_run_day(run, where, day), previous_run_day(run, where, day, run_days),
                 next_run_day(run, where, day + ONE_DAY))
                for day in days
            ]  # fmt: skip
    engine.load("run_calendar", RUN_CALENDAR_FIELDS, rows)


def load_business_days(
    engine: DuckDBEngine, cadences: Sequence[Cadence], countries: Iterable[str], first: date, last: date
) -> None:
    """Load ``business_days`` around all dates that steps may count from; empty where no step counts business days."""
    counting = [c for c in cadences if any(s.days == "business" for s in c.steps)]
    longest = max((abs(s.day) for c in counting for s in c.steps), default=0)
    margin = timedelta(days=2 * longest + 30)
    rows = [
        (country, *row)
        for country in sorted({country for c in counting for country in _holiday_countries(c, countries)})
        for row in business_days(country or None, first - margin, last + margin)
    ]
    engine.load("business_days", BUSINESS_DAY_FIELDS, rows)


def _holiday_countries(cadence: Cadence, countries: Iterable[str]) -> list[str]:
    return sorted({"", *countries}) if cadence.run.skip_holidays else [""]


def _keyed_steps(cadences: Sequence[Cadence]) -> Iterator[tuple[int, int, int, Step]]:
    """(key of the step, key of its cadence, its number in the cadence, the step) of all steps."""
    step_key = 0
    for key, cadence in enumerate(cadences):
        for number, step in enumerate(cadence.steps, start=1):
            step_key += 1
            yield step_key, key, number, step
