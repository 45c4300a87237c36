"""The checks that a controller would ask for, as Dagster's asset checks: their names, and how a result is put.

What makes further steps useless stops the run (blocking); what makes sending dangerous only warns here, for the
dispatcher refuses by itself. Does not belong here: what is found (``sql/checks``).
"""

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from dagster import (
    AssetCheckEvaluation,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    Failure,
    MetadataValue,
    TableRecord,
    multi_asset_check,
)

from chasing_pipeline.domain.tables import WAREHOUSE_TABLES
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine, fields
from chasing_pipeline.engine.warehouse import Warehouse, fields_of
from chasing_pipeline.ledger.controls import CARRIED_OUT_ACTION_FIELDS, carried_out_on, undecided_since
from chasing_pipeline.planning.extracts import MANIFEST, StagedExtract
from chasing_pipeline.planning.home import ChasingHome
from chasing_pipeline.resources.chasing import Chasing

RECONCILED = AssetCheckSpec(
    "balances_reconcile",
    asset="account_aging",
    blocking=True,
    description="Balances, buckets and open items agree with the extract to the cent, in every currency.",
)
NONE_LOST = AssetCheckSpec(
    "no_account_lost",
    asset="step_decisions",
    blocking=True,
    description="What has open items is aged; what acts has its place in an action; each place has its action.",
)
DECIDED = AssetCheckSpec(
    "every_balance_has_a_verdict",
    asset="step_decisions",
    blocking=True,
    description="Every account that owes something has a verdict, be it that it is in no cadence.",
)
ONCE = AssetCheckSpec(
    "one_action_per_step_and_unit",
    asset="action_units",
    blocking=True,
    description="No unit's step, in the same cycle and repetition, is in two actions of a day.",
)
USUAL = AssetCheckSpec(
    "planned_volume_is_usual",
    asset="action_table",
    description="The day plans between a third of the fewest and three times the most actions of the last 30 days. "
    "A warning; the setting limits.max_growth is what stops a dispatch.",
)
FRESH = AssetCheckSpec(
    "extract_is_fresh",
    asset="invoices",
    description="The extract is the day's own. A warning; one older than max_extract_age_days stops the dispatch.",
)
PLAUSIBLE = AssetCheckSpec(
    "extract_size_is_plausible",
    asset="invoices",
    description="Each table of the extract has between half and twice the rows that the extracts before it had.",
)
SOUND = AssetCheckSpec(
    "quarantine_share",
    asset="quarantine",
    description="No file has a larger share of bad rows than max_quarantined_share. A warning; it stops the dispatch.",
)
AGREED = AssetCheckSpec(
    "sent_equals_claimed_equals_logged",
    asset="activity_log",
    description="What the ledger carried out on the day, what it claimed, and what the activity log says are the same.",
)
DECISIVE = AssetCheckSpec(
    "nothing_in_doubt_for_long",
    asset="activity_log",
    description="No message has been on its way, or in doubt, for more than a day.",
)
PLANNING_CHECKS = (RECONCILED, NONE_LOST, DECIDED, ONCE, USUAL)
BLOCKING_CHECKS = tuple(check for check in PLANNING_CHECKS if check.blocking)
EXTRACT_CHECKS = (FRESH, PLAUSIBLE, SOUND)
OUTCOME_CHECKS = (AGREED, DECISIVE)
LONGEST_DOUBT = timedelta(days=1)
BEFORE = 7
"""Extracts before it that an extract's size is compared with."""
SHOWN = 10


def stop(check: AssetCheckSpec, message: str, rows: Sequence[dict[str, Any]] = ()) -> Iterator[AssetCheckResult]:
    """Report the failed check and end the run: nothing downstream of it is published."""
    yield result(check, False, message, rows)
    raise Failure(message, allow_retries=False)


def result(
    check: AssetCheckSpec,
    passed: bool,
    message: str,
    rows: Sequence[dict[str, Any]] = (),
    severity: AssetCheckSeverity = AssetCheckSeverity.ERROR,
) -> AssetCheckResult:
    """A check's result: what was found in words, and the first rows of it."""
    return AssetCheckResult(
        passed=passed,
        asset_key=check.asset_key,
        check_name=check.name,
        severity=severity,
        description=message,
        metadata={"found": len(rows), **({"rows": _table(rows)} if rows else {})},
    )


def passed_for(days: Sequence[date], checks: Collection[AssetCheckSpec]) -> Iterator[AssetCheckResult]:
    """These checks passed on all of the days."""
    period = str(days[0]) if len(days) == 1 else f"{days[0]} to {days[-1]}, {len(days)} days"
    for check in checks:
        yield result(check, True, f"{period}: in order.")


def volume_check(warehouse: Warehouse, engine: DuckDBEngine, days: Sequence[date]) -> AssetCheckResult:
    """Whether each day plans about as much as the days before it."""
    wanted = set(days)
    known = [day for day in warehouse.days("action_table") if days[0] - timedelta(days=30) <= day <= days[-1]]
    engine.attach_parquet("action_table", *(warehouse.path("action_table", day) for day in known))
    counts = {row["day"]: row["action_count"] for row in engine.rows("story/actions_by_day")}
    engine.load(
        "planned_counts",
        fields("day date; action_count bigint; is_judged boolean"),
        [(day, counts.get(day, 0), day in wanted) for day in known],
    )
    judged = engine.rows("checks/planned_volume")
    unusual = [row for row in judged if not row["is_usual"]]
    shown = (unusual or judged)[-1]
    usual = f"usual: {shown['fewest']} to {shown['most']}" if shown["fewest"] is not None else "nothing to compare with"
    message = f"{shown['day']}: {shown['action_count']} actions; {usual}."
    return result(USUAL, not unusual, message, unusual, AssetCheckSeverity.WARN)


def extract_checks(home: ChasingHome, day: date, extract: StagedExtract) -> Iterator[AssetCheckResult]:
    """The checks of the extract that serves ``day``."""
    age = max(0, (day - extract.day).days)
    allowed = home.settings.max_extract_age_days
    words = f"{day}: read from the extract of {extract.day}"
    yield result(
        FRESH,
        age == 0,
        f"{words}, {age} days old; at most {allowed} are allowed." if age else f"{words}.",
        severity=AssetCheckSeverity.ERROR if age > allowed else AssetCheckSeverity.WARN,
    )
    sizes = _sizes(home, extract)
    off = [row for row in sizes if not row["is_plausible"]]
    said = ", ".join(f"{row['row_count']} {row['table_name']}" for row in off or sizes)
    yield result(PLAUSIBLE, not off, f"The extract of {extract.day}: {said}.", off, AssetCheckSeverity.WARN)
    file, share = extract.worst_rejected_share()
    most = home.settings.max_quarantined_share
    message = f"The extract of {extract.day}: " + (f"{share:.2%} of {file}" if share else "no row was rejected")
    yield result(SOUND, share <= most, f"{message}; at most {most:.2%}.", severity=AssetCheckSeverity.WARN)


def outcome_checks(chasing: Chasing, day: date) -> Iterator[AssetCheckResult]:
    """The checks of what was carried out on ``day``, as it was published."""
    with DuckDBEngine(threads=1) as engine:
        if chasing.warehouse.has("activity_log", day):
            engine.attach_parquet("activity_log", chasing.warehouse.path("activity_log", day))
        else:
            engine.load("activity_log", fields_of(WAREHOUSE_TABLES["activity_log"]), [])
        carried_out = carried_out_on(chasing.ledger, day)
        engine.load("carried_out_actions", CARRIED_OUT_ACTION_FIELDS, carried_out)
        differing = engine.rows("checks/sent_claimed_logged")
    message = f"{day}: {len(carried_out)} actions carried out, claimed and logged"
    message += f", but {len(differing)} of which not all three say the same." if differing else "."
    yield result(AGREED, not differing, message, differing)
    doubts = undecided_since(chasing.ledger, chasing.clock.now(), LONGEST_DOUBT)
    message = f"{len(doubts)} messages are in doubt for more than a day." if doubts else "Nothing is in doubt for long."
    yield result(DECISIVE, not doubts, message, doubts, AssetCheckSeverity.WARN)


def evaluation(found: AssetCheckResult) -> AssetCheckEvaluation:
    """The result as an op outside of the assets logs it."""
    return AssetCheckEvaluation(
        asset_key=AssetKey.from_coercible(found.asset_key) if found.asset_key else AssetKey("activity_log"),
        check_name=found.check_name or "",
        passed=found.passed,
        metadata=found.metadata,
        severity=found.severity,
        description=found.description,
    )


def outcome_checks_definition(chasing: Chasing) -> AssetChecksDefinition:
    """The checks of the activity log, to be run by hand too: for today. Each dispatch evaluates them for its day."""

    @multi_asset_check(name="check_outcomes", specs=list(OUTCOME_CHECKS))
    def check_outcomes() -> Iterator[AssetCheckResult]:
        yield from outcome_checks(chasing, chasing.clock.today())

    return check_outcomes


def _sizes(home: ChasingHome, extract: StagedExtract) -> list[dict[str, Any]]:
    """The extract's tables with how many rows they usually have, as far as earlier extracts were ever read."""
    manifests = sorted((home.warehouse / "extracts").glob(f"*/{MANIFEST}"))
    earlier = [path for path in manifests if path.parent.name < extract.day.isoformat()][-BEFORE:]
    known = [
        (date.fromisoformat(path.parent.name), table, count)
        for path in earlier
        for table, count in json.loads(path.read_text(encoding="utf-8"))["rows"].items()
    ]
    own = [(extract.day, table, count) for table, count in extract.rows.items()]
    with DuckDBEngine(threads=1) as engine:
        engine.load("extract_sizes", fields("extract_date date; table_name varchar; row_count bigint"), [*known, *own])
        return engine.rows("checks/extract_size", {"extract_date": extract.day})


def _table(rows: Sequence[dict[str, Any]]) -> Any:
    records = [TableRecord({name.replace("_", " "): _plain(value) for name, value in row.items()}) for row in rows]
    return MetadataValue.table(records[:SHOWN])


def _plain(value: Any) -> str | int | bool:
    return value if isinstance(value, bool | int) else "" if value is None else str(value)
