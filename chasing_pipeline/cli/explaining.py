"""Why a customer is, or is not, chased: the day's verdicts, what was done and what comes next, put in order.

Belongs here: gathering and arranging what the day's tables, the ledger, the cadences and a simulation say.
Does not belong here: deciding anything (``sql/``), printing (``explain``).
"""

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from chasing_pipeline.dispatching.gates import is_stale
from chasing_pipeline.domain.cadence import Cadence
from chasing_pipeline.domain.problems import ChasingError
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.ledger.activities import of_customer
from chasing_pipeline.ledger.progress import Progress, progress_before
from chasing_pipeline.ledger.store import Ledger
from chasing_pipeline.planning.day import DayPlanner
from chasing_pipeline.planning.simulation import simulate
from chasing_pipeline.resources.chasing import Chasing

Row = dict[str, Any]
ONE_DAY = timedelta(days=1)
DAYS_AHEAD = 120
"""How far the simulation looks for what comes next."""
HOLDS = ("promise", "paused", "disputed", "do_not_chase", "autopay")
UNREACHED = ("no_contact", "opted_out")
OUTCOMES = {"failed": "failed", "sent": "sent", "todo_created": "to-do"}
"""Activities that settle an action, the telling one first, in words."""
BUCKETS = ("current_amount", "days_1_30", "days_31_60", "days_61_90", "days_over_90")


@dataclass(frozen=True)
class Done:
    """A step was carried out: when, the how manieth repetition, and how it went where the history tells."""

    on: date
    repetition: int
    outcome: str | None

    def __str__(self) -> str:
        return f"{self.on} {self.outcome}" if self.outcome else str(self.on)


@dataclass(frozen=True)
class Upcoming:
    """What a simulation finds: the step, its channel and the run day on which it acts."""

    step: str
    channel: str
    on: date


@dataclass
class LadderStep:
    """One step of the cadence as the unit sees it; ``acts_on``: its next run day, if the simulation reaches it."""

    step_number: int
    rung: int
    step: str
    channel: str
    done: list[Done]
    verdict: str
    sentence: str
    step_due_date: date | None
    acts_on: date | None = None


@dataclass
class Unit:
    """What climbs the cadence: the account (``invoice_reference`` ''), or an invoice, which may share messages."""

    invoice_reference: str
    cadence: str
    cadence_version: int
    cycle_start: date
    group_by: str | None
    held_by: str | None
    held_until: date | None
    steps: list[LadderStep]
    next: Upcoming | None = None

    def is_meant_by(self, action: Row) -> bool:
        """Whether an action of the unit's account is about it."""
        numbers = str(action["invoice_numbers"]).split(";")
        return action["cadence"] == self.cadence and (not self.invoice_reference or self.invoice_reference in numbers)


@dataclass
class Account:
    """A customer in one currency: what it owes, by age and item, and how it is chased."""

    currency: str
    balance: Decimal
    open_amount: Decimal
    unapplied_credit: Decimal
    aging: dict[str, Decimal]
    past_due_age_days: int | None
    items: list[Row]
    units: list[Unit]
    verdict: str | None = None
    sentence: str | None = None
    answer: str = ""


@dataclass
class Explanation:
    """Everything that there is to say about one customer on one day."""

    customer_number: str
    customer_name: str
    day: date
    extract_day: date
    answers: list[str] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    activities: list[Row] = field(default_factory=list)


def explain(chasing: Chasing, customer_number: str, day: date) -> Explanation:
    """What is to be said about a customer on a day. Raises ChasingError for one that the extract does not have."""
    has_past = Ledger.exists(chasing.home.root)
    # what people recorded on the day itself counts at once, as it does for the dispatcher
    past = progress_before(chasing.ledger, day, holds_until=day) if has_past else Progress()
    after = progress_before(chasing.ledger, day + ONE_DAY) if has_past else Progress()
    told, tables = _plan(chasing, customer_number, day, past)
    if has_past:
        told.activities = [row for row in of_customer(chasing.ledger, customer_number) if row["activity_date"] <= day]
    arrange = _Arranger(customer_number, tables, after, told.activities, chasing.home.cadences)
    told.accounts = [arrange.account(row) for row in sorted(tables["account_aging"], key=lambda row: row["currency"])]
    owed = any(_is_owed(step, day) for account in told.accounts for unit in account.units for step in unit.steps)
    if any(account.units for account in told.accounts):
        is_over = day in after.run_days and not owed
        first, so_far = (day + ONE_DAY, after) if is_over else (day, past)
        _look_ahead(chasing, told, first, so_far)
    for account in told.accounts:
        account.answer = _answer(account, day)
    told.answers = _answers(told)
    return told


def _plan(
    chasing: Chasing, customer_number: str, day: date, past: Progress
) -> tuple[Explanation, dict[str, list[Row]]]:
    """The day's tables, the customer's rows only."""
    with tempfile.TemporaryDirectory(prefix="chasing-") as scratch, DuckDBEngine() as engine:
        planner = DayPlanner(engine, chasing.home)
        extract = planner.use_extract_of(day, Path(scratch))
        planner.use_progress(past)
        planner.plan([day], [day] if is_stale(chasing.home, day) else [])
        tables = {
            name: [row for row in planner.rows(name) if row["customer_number"] == customer_number]
            for name in ("customers", "account_aging", "open_items", "step_decisions")
        }
    if not tables["customers"]:
        raise ChasingError(f"there is no customer {customer_number} in the extract of {extract.day}")
    return Explanation(customer_number, tables["customers"][0]["name"], day, extract.day), tables


class _Arranger:
    """Puts a customer's rows in the order in which a person asks for them."""

    def __init__(
        self,
        customer_number: str,
        tables: dict[str, list[Row]],
        after: Progress,
        activities: Sequence[Row],
        cadences: Iterable[Cadence],
    ) -> None:
        self._tables = tables
        self._carried_out = [row for row in after.carried_out if row[0] == customer_number]
        self._missed = [row for row in after.missed_steps if row[0] == customer_number]
        self._activities = [row for row in activities if row["kind"] in OUTCOMES]
        # of a version that is both current and frozen, what its file says counts
        self._cadences = {(c.cadence, c.version): c for c in [*after.versions, *cadences]}

    def account(self, row: Row) -> Account:
        """One account of the customer."""
        currency = row["currency"]
        items = [item for item in self._tables["open_items"] if item["currency"] == currency]
        items.sort(key=lambda item: (item["issue_date"], item["invoice_reference"]))
        decisions = [found for found in self._tables["step_decisions"] if found["currency"] == currency]
        units: dict[str, list[Row]] = {}
        for found in decisions:
            if found["cadence"]:
                units.setdefault(found["invoice_reference"], []).append(found)
        alone = next((found for found in decisions if not found["cadence"]), None)
        return Account(
            currency,
            row["balance"],
            row["open_amount"],
            row["unapplied_credit"],
            {bucket: row[bucket] for bucket in BUCKETS},
            row["past_due_age_days"],
            items,
            [self._unit(currency, reference, units[reference], items) for reference in sorted(units)],
            alone["verdict"] if alone else None,
            alone["sentence"] if alone else None,
        )

    def _unit(self, currency: str, reference: str, decisions: list[Row], items: list[Row]) -> Unit:
        first = decisions[0]
        held_by = next((row["verdict"] for row in decisions if row["verdict"] in HOLDS), None)
        untils = [
            item["held_until"]
            for item in items
            if reference in ("", item["invoice_reference"]) and item["not_chaseable_because"] == held_by
        ]
        unit = (currency, reference, first["cadence"])
        return Unit(
            reference,
            first["cadence"],
            first["cadence_version"],
            first["cycle_start"],
            self._cadences[first["cadence"], first["cadence_version"]].group_by if reference else None,
            held_by,
            max((until for until in untils if until), default=None) if held_by else None,
            self._ladder(unit, first, {row["step"]: row for row in decisions}),
        )

    def _ladder(self, unit: tuple[str, str, str], first: Row, decisions: dict[str, Row]) -> list[LadderStep]:
        """Every step in the order of the file: those before the last rung carried out are told from the ledger."""
        cadence = self._cadences[first["cadence"], first["cadence_version"]]
        ladder = []
        for number, (step, rung) in enumerate(zip(cadence.steps, cadence.rung_numbers(), strict=True), start=1):
            done = self._done(unit, step.step, first["cycle_start"])
            decision = decisions.get(step.step)
            verdict, sentence, due = (
                (decision["verdict"], decision["sentence"], decision["step_due_date"])
                if decision
                else (*self._settled(unit, step.step, first["cycle_start"], done), None)
            )
            ladder.append(LadderStep(number, rung, step.step, step.channel.value, done, verdict, sentence, due))
        return ladder

    def _done(self, unit: tuple[str, str, str], step: str, cycle_start: date) -> list[Done]:
        """When the step was carried out in this cycle."""
        rows = [
            row for row in self._carried_out if tuple(row[1:4]) == unit and row[4] == step and row[6] >= cycle_start
        ]
        return [
            Done(row[6], row[5], self._outcome(unit, step, row[6])) for row in sorted(rows, key=lambda r: (r[6], r[5]))
        ]

    def _outcome(self, unit: tuple[str, str, str], step: str, on: date) -> str | None:
        currency, reference, cadence = unit
        kinds = {
            row["kind"]
            for row in self._activities
            if (row["currency"], row["cadence"], row["activity_date"]) == (currency, cadence, on)
            and (reference in row["invoice_numbers"] if reference else row["step"] == step)
        }
        return next((word for kind, word in OUTCOMES.items() if kind in kinds), None)

    def _settled(
        self, unit: tuple[str, str, str], step: str, cycle_start: date, done: Sequence[Done]
    ) -> tuple[str, str]:
        """What became of a step that is behind the unit."""
        if done:
            return "done", f"Done on {done[-1].on}."
        missed = [
            row[5] for row in self._missed if tuple(row[1:4]) == unit and row[4] == step and row[5] >= cycle_start
        ]
        if missed:
            return "missed", f"Its time had passed on {max(missed)}."
        return "superseded", "A later step took its place."


class _FoundError(Exception):
    """All that was looked for is found."""


def _look_ahead(chasing: Chasing, told: Explanation, first: date, past: Progress) -> None:
    """Simulate the customer's coming days until each unit's next action is known; note on which days steps act."""
    units = [(account, unit) for account in told.accounts for unit in account.units]

    def stop_when_found(_: date) -> None:
        if all(unit.next for _, unit in units):
            raise _FoundError

    last = told.day + DAYS_AHEAD * ONE_DAY
    try:
        for action in simulate(
            chasing.home, first, last, None, past, stop_when_found, customer_number=told.customer_number
        ):
            for account, unit in units:
                if account.currency == action["currency"] and unit.is_meant_by(action):
                    _note(unit, action, told.day)
    except _FoundError:
        pass


def _note(unit: Unit, action: Row, day: date) -> None:
    on = action["action_date"]
    if unit.next is None and on > day:
        unit.next = Upcoming(action["step"], action["channel"], on)
    if unit.group_by == "phase" and ";" in action["invoice_numbers"]:
        # a shared message goes by the most advanced invoice's step, which need not be this one's
        return
    for step in unit.steps:
        if step.step == action["step"] and step.acts_on is None:
            step.acts_on = on


def _is_owed(step: LadderStep, day: date) -> bool:
    """Whether the step acts on the day and was not carried out on it yet."""
    return step.verdict == "act" and not _was_done(step, day)


def _was_done(step: LadderStep, day: date) -> bool:
    return any(done.on == day for done in step.done)


def _answers(told: Explanation) -> list[str]:
    """One sentence for each account; those that owe nothing only speak where no other does."""
    owing = [account for account in told.accounts if account.units or account.verdict]
    if not owing:
        credits = [f"{-a.balance} {a.currency}" for a in told.accounts if a.balance < 0]
        covered = f"; it has a credit of {' and '.join(credits)}" if credits else ""
        return [f"Not chased: {told.customer_number} owes nothing{covered}."]
    if len(owing) == 1:
        return [owing[0].answer]
    return [f"{account.currency}: {account.answer}" for account in owing]


def _answer(account: Account, day: date) -> str:
    """The account's state in one sentence."""
    if not account.units:
        return f"Not chased: {_within(account.sentence or 'It owes nothing.')}."
    return f"{_today(account, day)}; {_afterwards(account)}."


def _today(account: Account, day: date) -> str:
    steps = [step for unit in account.units for step in unit.steps]
    done = _named(step for step in steps if _was_done(step, day))
    owed = [step for step in steps if _is_owed(step, day)]
    if owed:
        before = f", after {done}" if done else ""
        why = f": {_within(owed[0].sentence)}" if len({step.sentence for step in owed}) == 1 else ""
        return f"To be chased today by {_named(owed)}{before}{why}"
    if done:
        failed = all(d.outcome == "failed" for s in steps for d in s.done if d.on == day)
        return f"Tried today, but not reached, by {done}" if failed else f"Chased today by {done}"
    leading = _leading(steps)
    if leading is None:
        ahead = any(step.verdict == "not_due" for step in steps) or any(unit.next for unit in account.units)
        return f"Not chased today: {'nothing is due' if ahead else 'every step of its cadence is behind it'}"
    return f"Not {'reached' if leading.verdict in UNREACHED else 'chased'} today: {_within(leading.sentence)}"


def _leading(steps: Sequence[LadderStep]) -> LadderStep | None:
    """Of the steps that wait for something, the most advanced one that has come due, else the first."""
    waiting = [step for step in steps if step.verdict not in ("done", "not_due", "superseded", "missed")]
    due = [step for step in waiting if step.step_due_date and step.verdict not in HOLDS]
    return max(due, key=lambda step: step.step_number) if due else next(iter(waiting), None)


def _afterwards(account: Account) -> str:
    upcoming = [unit.next for unit in account.units if unit.next]
    if not upcoming:
        return f"next: nothing within {DAYS_AHEAD} days"
    on = min(found.on for found in upcoming)
    steps = {s.step: s for unit in account.units for s in unit.steps if s.acts_on == on}
    named = _named(steps.values()) or next(f"{u.step} ({u.channel})" for u in upcoming if u.on == on)
    return f"next: step {named} on {on}"


def _named(steps: Iterable[LadderStep]) -> str:
    return " and ".join(dict.fromkeys(f"{step.step} ({step.channel})" for step in steps))


def _within(sentence: str) -> str:
    """A sentence as part of another one."""
    return sentence[:1].lower() + sentence[1:].rstrip(".")
