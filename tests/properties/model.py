"""The slow, obvious reference model: what ``chasing simulate --fresh`` prints, from the contract alone.

Plain Python over the CSV files of a chasing home, one day, one account and one unit at a time; nothing is
optimised but a table of balances kept per extract. It shares no code with the product, so that the two agree only
where both follow the contract. Run it on a home with ``python tests/properties/model.py HOME FIRST LAST [DAY,DAY...]``.

Belongs here: section 4 of the contract, and as much of sections 2, 3, 7 and 9 as decides a row that is printed.
Does not belong here: quarantine, versions of a cadence, limits, texts, recipients, times of day.

Readings
--------
Where the contract leaves a choice, this is what the model does.

As of a day

R1.  "Without `transactions`" means that the extract has no transactions table; a table without a row for an invoice
     says that nothing was paid on it, and `paid_on`, `balance` and `status: paid` are then ignored.
R2.  An invoice whose `paid_on` lies after the day has its whole amount open, whatever its `balance`.
R3.  A negative `balance` in the extract is an overpaid invoice.
R4.  Invoice-level transactions of an invoice with instalments are netted as of the day and fill what the instalments'
     own transactions leave open, by due date (none last), then instalment number; what is left over is the account's
     credit. Only instalments that count (issued, neither draft nor void) take part; where none does, all is credit.
     An instalment overpaid by its own transactions is a credit and does not pay its sister. A net amount below zero
     (more added back than paid) is added to the oldest instalment.
R5.  Refunds and reversals count against credits of the same kind, so net credits below zero raise the balance.
R6.  A stale extract, however old, is planned from and carried out in a simulation (it stops dispatch, not planning).
R7.  "Unapplied credits" of `min_balance` are all the account's credits: unapplied, overpaid, and transactions on an
     invoice that is draft, void or not yet issued.
R37. A transaction that names an invoice (or instalment) which the extract does not have is a credit of its account,
     like one on an invoice not yet issued.

Chaseable items

R8.  `chase: false` on a customer takes all its items out, as a hold does.
R9.  Where `disputed_on` or `dispute_closed_on` is given the dates decide and the flag does not matter; one that is
     missing leaves that side open.
R10. `min_open: null` means that no item of that currency is chaseable; `min_past_due: null`, that the step is never
     pending; a currency that `min_past_due` does not name (and no default) has no condition.
R11. "Past due" is due before the day: on the due day itself an item is not yet past due. The amount past due of
     `min_past_due` is the sum of open amounts, without credits.
R12. A message of scope account lists the chaseable items (with `min_open`), instalments as `NUMBER#INSTALMENT`.

Cycles

R13. Cycles are recomputed on D from the extract that serves D, at the granularity of days, with end-of-day balances:
     an account paid in full and invoiced again on one day stays in its cycle. What was done, missed and entered on or
     after the first day of the cycle, as the extract of D has it, belongs to it.
R38. An extract tells payments if it has a transactions table, or a `paid_on` on any item that counts. Where it does
     not, or an item without `paid_on` is not open in full (its `balance` is another, or its status alone says paid),
     nobody can tell how the account's balance came about. Of an account with such an item a cycle that an earlier run
     day saw (enrolled) goes on, unless the extract tells of a day since the last run day on which nothing was owed;
     and none goes back beyond a run day that saw the end of one.
R14. `on_oldest_paid: restart`: the oldest chaseable item as of the evening before is settled when nothing of it is
     open in the evening of the day; the cycle then starts on that day. "Invoice" is the item: an instalment counts.
     A later reversal does not undo a restart. "Others" are any open items, chaseable or not.
R15. For scope invoice the unit exists (is enrolled) on days on which the item is open, whatever the account's balance.

Clocks and rungs

R16. One evaluation a day, from the state before the day: a `since_previous_step` step of day 0 goes on the next run
     day.
R17. `missed` of negative `past_due_age` steps looks at every calendar day of the cycle up to D, run day or not,
     enrolled or not, as of that day (chaseable items of that day: a hold or a closed dispute counts), computed from the
     extract that serves D; what was found missed on an earlier run day stays missed.
R18. "Can still act" of `since_previous_step`: a rung that is not missed can still act, due or not, also while
     `min_past_due` keeps it from being pending; but not a `past_due_age` rung of a unit none of whose chaseable items
     has a due date.
R19. For `skip`, a `since_previous_step` step came due on anchor + day or, where a rung in between kept it waiting for
     longer, on the day on which the last of those was missed. What `skip` misses today does not keep it waiting.
R20. A step left out of its rung by `min_past_due` is passed over for the cycle once the rung, or a later one, acts.
R21. `round` comes after `days: business`: the business day is counted first, then moved to the end of its month.
R22. `skip` acts on the last, in file order, of the pending rungs that came due (anchor + day, as things stand on D)
     after the previous run day; all other pending rungs are missed, also if the chosen one waits for a gap. A balance
     below the minimum is a hold (section 1), so what it made wait past a run day is missed; while no item is
     chaseable, nothing is due and so nothing is missed.
R23. `all`: rungs go in file order; the first that waits for the gap makes those after it wait as well, even
     escalations, since overtaking would supersede it.
R24. A rung "of escalations alone" is one whose pending steps are all escalations.
R25. The gap counts contacts of the unit, under whatever cadence; D goes if D - last contact >= min_gap_days.
R26. "Last rung carried out": the highest; "last carried out" of it: the latest day of any of its steps.

Repetitions

R27. They wait for `min_gap_days` as steps do (escalations don't); repetitions of one rung on one day go together.
R28. They give way to a pending rung that acts or waits on the day, not to rungs that `skip` declares missed.
R29. They count plain calendar days whatever `days` says, and only for steps that were carried out themselves.
R30. `min_past_due` holds a repetition back. A step with a negative `past_due_age` day that was carried out is not
     missed, and is repeated after that due date too.

Enrolment and customers

R31. An enrolment that names the currency beats one that does not.
R32. A customer without country has the company's `default_country`, for rules and holidays; a letter reaches nobody
     there.
R33. Among a customer's contacts it does not matter which one is reached, so any that can be reached will do.

Invoice scope

R34. `group_by: step` puts repetitions of a step and first times into one action.
R35. `phase`: every step of every unit that goes on the day is carried out with the one message of its phase, an
     escalation or a second step of the same rung included; the message is the step latest in the file, with its
     channel. Whether it is reachable, and a contact, depends on that channel.
R36. An action's `balance` is the sum of its invoices' open amounts, credits not taken off.
"""

import csv
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import holidays
import yaml

ONE_DAY = timedelta(days=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LOOK_BACK = 400
ZERO = Decimal(0)

Account = tuple[str, str]
"""A customer number and a currency."""

Thresholds = dict[str, Decimal | None]


@dataclass(frozen=True)
class Row:
    """One line of ``chasing simulate``."""

    action_date: date
    customer_number: str
    currency: str
    cadence: str
    step: str
    channel: str
    invoice_numbers: frozenset[str]
    balance: Decimal

    def sort_key(self) -> tuple[Any, ...]:
        """An order that does not depend on who made the rows."""
        return (self.action_date, self.customer_number, self.currency, self.cadence, self.step,
                sorted(self.invoice_numbers), self.channel, self.balance)  # fmt: skip


# ---------------------------------------------------------------------------------------------------------------------
# What the files say
# ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One step of a cadence; ``number`` is its place in the file, from 1."""

    number: int
    name: str
    clock: str
    day: int
    channel: str
    min_past_due: Thresholds
    days: str
    round: str
    repeat_every: int | None
    repeat_limit: int | None

    @property
    def is_before_due(self) -> bool:
        """Whether this is a step 'with a negative `past_due_age` day'."""
        return self.clock == "past_due_age" and self.day < 0


@dataclass(frozen=True)
class Cadence:
    """One cadence file, with the contract's 'Defaults of what is left out' filled in."""

    name: str
    scope: str
    weekdays: tuple[str, ...]
    days_of_month: tuple[int, ...]
    skip_holidays: bool
    min_balance: Thresholds
    min_open: Thresholds
    lists: str
    has_rule: bool
    priority: int
    condition: str | None
    late_entry: str
    catch_up: str
    min_gap_days: int
    on_oldest_paid: str
    group_by: str
    rungs: tuple[tuple[Step, ...], ...]


@dataclass(frozen=True)
class Item:
    """One row of ``invoices``: an invoice or an instalment of one."""

    number: str
    instalment: int | None
    customer: str
    currency: str
    issue_date: date
    due_date: date | None
    amount: Decimal
    stated_balance: Decimal | None
    status: str
    paid_on: date | None
    disputed: bool
    disputed_on: date | None
    dispute_closed_on: date | None
    autopay: bool

    @property
    def account(self) -> Account:
        """'account: one customer in one currency'."""
        return (self.customer, self.currency)

    @property
    def reference(self) -> str:
        """'An instalment is a unit of its own and shows as `NUMBER#INSTALMENT`.'"""
        return self.number if self.instalment is None else f"{self.number}#{self.instalment}"


@dataclass(frozen=True)
class Transaction:
    """One row of ``transactions``."""

    account: Account
    number: str | None
    instalment: int | None
    day: date
    amount: Decimal
    kind: str

    @property
    def paid(self) -> Decimal:
        """'Amounts are positive; the last two add back.'"""
        return -self.amount if self.kind in {"refund", "reversal"} else self.amount


@dataclass(frozen=True)
class Hold:
    """One row of ``holds.csv``; the kind makes no difference to what is done."""

    customer: str
    number: str | None
    first: date | None
    last: date | None

    def covers(self, item: Item, day: date) -> bool:
        """'Holds apply from `from` to `until`, both included (no `from`: since ever; no `until`: for good; one on an
        invoice number covers all its instalments)'."""
        concerns_item = self.customer == item.customer and self.number in {None, item.number}
        return (
            concerns_item
            and (self.first is None or self.first <= day)
            and (self.last is None or day <= self.last)
        )  # fmt: skip


@dataclass
class Extract:
    """What the accounting system exported on one morning; ``transactions`` is None where there is no such table."""

    day: date
    customers: dict[str, dict[str, str]]
    contacts: dict[str, list[dict[str, str]]]
    items: list[Item]
    transactions: list[Transaction] | None
    positions: dict[tuple[Account, date], "Position"] = field(default_factory=dict)


@dataclass
class Home:
    """Everything that a chasing home says, as far as it matters here."""

    default_country: str
    cadences: dict[str, Cadence]
    enrolments: list[dict[str, str]]
    holds: list[Hold]
    extracts: list[Extract]


def read_home(path: Path) -> Home:
    """Read a chasing home from its files."""
    settings = read_yaml(path / "chasing.yaml")
    cadences = [read_cadence(file) for file in sorted((path / "cadences").glob("*.yaml"))]
    extracts = [read_extract(folder) for folder in sorted((path / "extracts").iterdir()) if folder.is_dir()]
    return Home(
        default_country=(settings.get("company") or {}).get("default_country") or "US",
        cadences={cadence.name: cadence for cadence in cadences},
        enrolments=read_csv(path / "enrolments.csv"),
        holds=[read_hold(row) for row in read_csv(path / "holds.csv")],
        extracts=extracts,
    )


def read_yaml(path: Path) -> Any:
    """A YAML file in which every scalar is text, so that nothing is guessed."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file, empty where there is no such file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [{key: (value or "").strip() for key, value in row.items() if key} for row in csv.DictReader(file)]


def read_extract(folder: Path) -> Extract:
    """'Four tables, each `NAME.csv` …, also as several files `NAME-*.csv`.'"""

    def files(name: str) -> list[Path]:
        return [*folder.glob(f"{name}.csv"), *sorted(folder.glob(f"{name}-*.csv"))]

    def rows(name: str) -> list[dict[str, str]]:
        return [row for file in files(name) for row in read_csv(file)]

    contacts: dict[str, list[dict[str, str]]] = {}
    for contact in rows("contacts"):
        contacts.setdefault(contact["customer_number"], []).append(contact)
    return Extract(
        day=date.fromisoformat(folder.name),
        customers={row["customer_number"]: row for row in rows("customers")},
        contacts=contacts,
        items=[read_item(row) for row in rows("invoices")],
        transactions=[read_transaction(row) for row in rows("transactions")] if files("transactions") else None,
    )


def read_item(row: dict[str, str]) -> Item:
    """An invoice or instalment from its row."""
    return Item(
        number=row["invoice_number"],
        instalment=to_int(row.get("instalment")),
        customer=row["customer_number"],
        currency=row["currency"],
        issue_date=date.fromisoformat(row["issue_date"]),
        due_date=to_date(row.get("due_date")),
        amount=Decimal(row["amount"]),
        stated_balance=to_decimal(row.get("balance")),
        status=row.get("status") or "open",
        paid_on=to_date(row.get("paid_on")),
        disputed=to_bool(row.get("disputed")),
        disputed_on=to_date(row.get("disputed_on")),
        dispute_closed_on=to_date(row.get("dispute_closed_on")),
        autopay=to_bool(row.get("autopay")),
    )


def read_transaction(row: dict[str, str]) -> Transaction:
    """A transaction from its row."""
    return Transaction(
        account=(row["customer_number"], row["currency"]),
        number=row.get("invoice_number") or None,
        instalment=to_int(row.get("instalment")),
        day=date.fromisoformat(row["date"]),
        amount=Decimal(row["amount"]),
        kind=row["type"],
    )


def read_hold(row: dict[str, str]) -> Hold:
    """A hold from its row."""
    return Hold(row["customer_number"], row.get("invoice_number") or None, to_date(row["from"]), to_date(row["until"]))


def read_cadence(path: Path) -> Cadence:
    """A cadence from its file.

    'Defaults of what is left out: at 07:00, timezone company, every weekday, any day of the month, holidays not
    skipped, version 1, min_balance 0, min_open 0, invoices open, priority 100, late_entry latest, catch_up latest,
    min_gap_days 0, on_oldest_paid continue, group_by step, days calendar, no rounding, no repetition.'
    """
    content = read_yaml(path)
    run, assign = content.get("run") or {}, content.get("assign") or {}
    return Cadence(
        name=content["cadence"],
        scope=content.get("scope", "account"),
        weekdays=tuple(run.get("weekdays", WEEKDAYS)),
        days_of_month=tuple(int(number) for number in run.get("days_of_month", ())),
        skip_holidays=to_bool(run.get("skip_holidays")),
        min_balance={"default": ZERO, **to_thresholds(content.get("min_balance", {}))},
        min_open={"default": ZERO, **to_thresholds(content.get("min_open", {}))},
        lists=content.get("invoices", "open"),
        has_rule=isinstance(content.get("assign"), dict),
        priority=int(assign.get("priority", 100)),
        condition=assign.get("when"),
        late_entry=content.get("late_entry", "latest"),
        catch_up=content.get("catch_up", "latest"),
        min_gap_days=int(content.get("min_gap_days", 0)),
        on_oldest_paid=content.get("on_oldest_paid", "continue"),
        group_by=content.get("group_by", "step"),
        rungs=rungs_of([read_step(number, row) for number, row in enumerate(content["steps"], start=1)]),
    )


def read_step(number: int, row: dict[str, Any]) -> Step:
    """A step from its line in the cadence."""
    return Step(
        number=number,
        name=row["step"],
        clock=row["clock"],
        day=int(row["day"]),
        channel=row["channel"],
        min_past_due=to_thresholds(row.get("min_past_due", {})),
        days=row.get("days", "calendar"),
        round=row.get("round", "none"),
        repeat_every=to_int(row.get("repeat_every")),
        repeat_limit=to_int(row.get("repeat_limit")),
    )


def rungs_of(steps: list[Step]) -> tuple[tuple[Step, ...], ...]:
    """'consecutive steps with the same clock, day, `days` and `round` form one *rung* and go together (a
    `since_previous_step` step never joins the one before it)'."""
    rungs: list[list[Step]] = []
    for step in steps:
        before = rungs[-1][-1] if rungs else None
        joins = (
            before is not None
            and step.clock != "since_previous_step"
            and (before.clock, before.day, before.days, before.round) == (step.clock, step.day, step.days, step.round)
        )
        if joins:
            rungs[-1].append(step)
        else:
            rungs.append([step])
    return tuple(tuple(rung) for rung in rungs)


def to_thresholds(value: Any) -> Thresholds:
    """Amounts by currency; a plain number is the default; null is None."""
    if not isinstance(value, dict):
        value = {"default": value}
    return {key: None if text in {"null", "~", ""} else Decimal(text) for key, text in value.items()}


def to_bool(text: str | None) -> bool:
    """True where the text says so; empty is false."""
    return (text or "").lower() in {"true", "1", "yes", "t", "y"}


def to_int(text: str | None) -> int | None:
    """A whole number, None where empty."""
    return int(text) if text else None


def to_decimal(text: str | None) -> Decimal | None:
    """An amount, None where empty."""
    return Decimal(text) if text else None


def to_date(text: str | None) -> date | None:
    """A date, None where empty."""
    return date.fromisoformat(text) if text else None


# ---------------------------------------------------------------------------------------------------------------------
# Calendars
# ---------------------------------------------------------------------------------------------------------------------


def days_between(first: date, last: date) -> Iterator[date]:
    """Every day from first to last, both included."""
    day = first
    while day <= last:
        yield day
        day += ONE_DAY


_holidays_by_year: dict[tuple[str, int], frozenset[date]] = {}


def is_holiday(country: str, day: date) -> bool:
    """'public holidays of the customer's country', nationwide; none where the country's are not known."""
    key = (country, day.year)
    if key not in _holidays_by_year:
        try:
            _holidays_by_year[key] = frozenset(holidays.country_holidays(country, years=day.year))
        except NotImplementedError:
            _holidays_by_year[key] = frozenset()
    return day in _holidays_by_year[key]


def allows(cadence: Cadence, country: str, day: date) -> bool:
    """Whether neither 'weekdays or holidays exclude' the day."""
    return WEEKDAYS[day.weekday()] in cadence.weekdays and not (cadence.skip_holidays and is_holiday(country, day))


def end_of_month(day: date) -> date:
    """The last day of the month."""
    while (day + ONE_DAY).month == day.month:
        day += ONE_DAY
    return day


def is_named_day_of_month(cadence: Cadence, day: date) -> bool:
    """Whether `days_of_month` names the day: '29-31 in a shorter month: its last day'."""
    last = end_of_month(day).day
    return any(day.day == min(number, last) for number in cadence.days_of_month)


def is_run_day(cadence: Cadence, country: str, day: date) -> bool:
    """'D counts only if the cadence runs on it (weekday, day of month, holiday)'; a day of the month 'that weekdays or
    holidays exclude moves to the next day that they allow'."""
    if not allows(cadence, country, day):
        return False
    if not cadence.days_of_month:
        return True
    for named in days_between(day - LOOK_BACK * ONE_DAY, day):
        if is_named_day_of_month(cadence, named):
            moved = named
            while moved < day and not allows(cadence, country, moved):
                moved += ONE_DAY
            if moved == day:
                return True
    return False


def previous_run_day(cadence: Cadence, country: str, day: date, known: Iterable[date]) -> date | None:
    """The last day before ``day`` that something ran on and that is a run day of the cadence; else '(The run day before
    the first one known is the cadence calendar's own.)'."""
    earlier = [d for d in known if d < day and is_run_day(cadence, country, d)]
    if earlier:
        return max(earlier)
    for offset in range(1, LOOK_BACK):
        if is_run_day(cadence, country, day - offset * ONE_DAY):
            return day - offset * ONE_DAY
    return None


def add_business_days(cadence: Cadence, country: str, anchor: date, count: int) -> date:
    """'counts Monday to Friday, forwards or backwards from the anchor (business day 0 is the anchor itself), without
    the nationwide public holidays of the customer's country where the cadence skips holidays'."""
    day = anchor
    direction = ONE_DAY if count > 0 else -ONE_DAY
    left = abs(count)
    while left > 0:
        day += direction
        if day.weekday() < 5 and not (cadence.skip_holidays and is_holiday(country, day)):
            left -= 1
    return day


def comes_due_on(cadence: Cadence, country: str, step: Step, anchor: date) -> date:
    """'A step *comes due* on (anchor + day)'; '`round: end_of_month` on a step moves the day it comes due (anchor +
    day) to the end of that month'."""
    if step.days == "business":
        due = add_business_days(cadence, country, anchor, step.day)
    else:
        due = anchor + step.day * ONE_DAY
    return end_of_month(due) if step.round == "end_of_month" else due


# ---------------------------------------------------------------------------------------------------------------------
# As of a day: open amounts, credits, balances
# ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Position:
    """An account as of a day: what is open of each item (more than zero), and its credits."""

    open_amounts: dict[Item, Decimal]
    credits: Decimal

    @property
    def balance(self) -> Decimal:
        """'Cycles and `account_aging` count the whole account.'"""
        return sum(self.open_amounts.values(), ZERO) - self.credits


def extract_serving(home: Home, day: date) -> Extract | None:
    """'The folder dated D; else the nearest later one, read as of D …; else the nearest earlier one, marked stale.'"""
    not_earlier = [extract for extract in home.extracts if extract.day >= day]
    if not_earlier:
        return min(not_earlier, key=lambda extract: extract.day)
    return max(home.extracts, key=lambda extract: extract.day, default=None)


def counts(item: Item, day: date) -> bool:
    """'invoices issued on or before D'; '`draft` and `void` count as that extract says'."""
    return item.issue_date <= day and item.status not in {"draft", "void"}


def position(extract: Extract, account: Account, day: date) -> Position:
    """An account as of a day, from one extract."""
    key = (account, day)
    if key not in extract.positions:
        if extract.transactions is None:
            extract.positions[key] = position_without_transactions(extract, account, day)
        else:
            extract.positions[key] = position_from_transactions(extract, extract.transactions, account, day)
    return extract.positions[key]


def position_without_transactions(extract: Extract, account: Account, day: date) -> Position:
    """'Without `transactions`, use `paid_on` where present, else `balance` as it stood in that extract'; '`status:
    paid` counts only where there are neither transactions nor `paid_on` nor `balance`'."""
    left: dict[Item, Decimal] = {}
    for item in extract.items:
        if item.account == account and counts(item, day):
            if item.paid_on is not None:
                left[item] = ZERO if item.paid_on <= day else item.amount
            elif item.stated_balance is not None:
                left[item] = item.stated_balance
            else:
                left[item] = ZERO if item.status == "paid" else item.amount
    return with_overpaid_as_credit(left, ZERO)


def position_from_transactions(
    extract: Extract, transactions: list[Transaction], account: Account, day: date
) -> Position:
    """'open amount = amount - transactions dated on or before D'; 'Unapplied payments and credits, … and transactions
    on an invoice that is draft, void or not yet issued lower the account's balance'."""
    left = {item: item.amount for item in extract.items if item.account == account and counts(item, day)}
    credit = ZERO
    for_whole_invoices: dict[str, Decimal] = {}
    for transaction in transactions:
        if transaction.account != account or transaction.day > day:
            continue
        instalments = [item for item in extract.items if item.number == transaction.number]
        addressed = [item for item in instalments if item.instalment == transaction.instalment]
        if transaction.number is not None and transaction.instalment is None and instalments and not addressed:
            whole = for_whole_invoices.get(transaction.number, ZERO)
            for_whole_invoices[transaction.number] = whole + transaction.paid
        elif transaction.number is not None and addressed and addressed[0] in left:
            left[addressed[0]] -= transaction.paid
        else:
            credit += transaction.paid
    for number, paid in for_whole_invoices.items():
        credit += pay_instalments_oldest_first(left, number, paid)
    return with_overpaid_as_credit(left, credit)


def pay_instalments_oldest_first(left: dict[Item, Decimal], number: str, paid: Decimal) -> Decimal:
    """'A transaction without `instalment` on an invoice that has instalments goes to them by due date, oldest first.'
    Changes ``left``; returns what could not be placed."""
    instalments = [item for item in left if item.number == number]
    instalments.sort(key=lambda item: (item.due_date is None, item.due_date or date.max, item.instalment or 0))
    if instalments and paid < ZERO:
        left[instalments[0]] -= paid
        return ZERO
    for item in instalments:
        part = max(ZERO, min(paid, left[item]))
        left[item] -= part
        paid -= part
    return paid


def with_overpaid_as_credit(left: dict[Item, Decimal], credit: Decimal) -> Position:
    """'what an invoice was overpaid … lower the account's balance, not another invoice's'."""
    overpaid = sum((-amount for amount in left.values() if amount < ZERO), ZERO)
    return Position({item: amount for item, amount in left.items() if amount > ZERO}, credit + overpaid)


# ---------------------------------------------------------------------------------------------------------------------
# Chaseable items
# ---------------------------------------------------------------------------------------------------------------------


def threshold(thresholds: Thresholds, currency: str) -> Decimal | None:
    """The threshold of a currency, else the default."""
    return thresholds[currency] if currency in thresholds else thresholds["default"]


def is_disputed(item: Item, day: date) -> bool:
    """'disputed ones while the dispute is open (`disputed_on` ≤ D < `dispute_closed_on`; `disputed` without dates:
    throughout)'."""
    if item.disputed_on is None and item.dispute_closed_on is None:
        return item.disputed
    has_begun = item.disputed_on is None or item.disputed_on <= day
    is_closed = item.dispute_closed_on is not None and item.dispute_closed_on <= day
    return has_begun and not is_closed


def chaseable_items(home: Home, cadence: Cadence, extract: Extract, account: Account, day: date) -> dict[Item, Decimal]:
    """'*Chaseable items* leave out drafts, void and paid invoices, autopay, disputed ones while the dispute is open …,
    items below `min_open`, and items on hold.'"""
    customer = extract.customers[account[0]]
    if to_bool(customer.get("autopay")) or (customer.get("chase") and not to_bool(customer["chase"])):
        return {}
    min_open = threshold(cadence.min_open, account[1])
    if min_open is None:
        return {}
    return {
        item: amount
        for item, amount in position(extract, account, day).open_amounts.items()
        if not item.autopay
        and not is_disputed(item, day)
        and amount >= min_open
        and not any(hold.covers(item, day) for hold in home.holds)
    }


def oldest_due_date(items: Iterable[Item]) -> date | None:
    """The oldest due date among items, None where none has one."""
    return min((item.due_date for item in items if item.due_date is not None), default=None)


# ---------------------------------------------------------------------------------------------------------------------
# Cycles
# ---------------------------------------------------------------------------------------------------------------------


def spell_start(extract: Extract, account: Account, day: date) -> date | None:
    """'It starts on the day the account's balance rises from zero or below, and ends when it is back there.' None where
    the account is in no cycle."""
    if position(extract, account, day).balance <= ZERO:
        return None
    while position(extract, account, day - ONE_DAY).balance > ZERO:
        day -= ONE_DAY
    return day


def oldest_first(item: Item) -> tuple[Any, ...]:
    """'(by issue date, then due date with none last, then larger amount, then number)'."""
    return (
        item.issue_date,
        item.due_date is None,
        item.due_date or date.max,
        -item.amount,
        item.number,
        item.instalment or 0,
    )


def tells_payments(extract: Extract) -> bool:
    """Whether the extract says of payments when they were made."""
    return extract.transactions is not None or any(
        item.paid_on is not None and item.status not in {"draft", "void"} for item in extract.items
    )


def is_untold(extract: Extract, account: Account, day: date) -> bool:
    """Whether the extract does not tell how the account's balance of the day came about."""
    if extract.transactions is not None:
        return False
    without_day = [
        item for item in extract.items if item.account == account and counts(item, day) and item.paid_on is None
    ]
    return any(
        not tells_payments(extract)
        or (item.stated_balance is not None and item.stated_balance != item.amount)
        or (item.stated_balance is None and item.status == "paid")
        for item in without_day
    )


# ---------------------------------------------------------------------------------------------------------------------
# Enrolment and contacts
# ---------------------------------------------------------------------------------------------------------------------


def cadence_of(home: Home, extract: Extract, account: Account) -> Cadence | None:
    """'Explicit (`enrolments.csv` …) beats rules; among rules the lowest priority'; 'No assign at all: explicit
    enrolment only'."""
    customer, currency = account
    for wanted in (currency, ""):
        for row in home.enrolments:
            if row["customer_number"] == customer and (row.get("currency") or "") == wanted:
                return home.cadences[row["cadence"]]
    matching = [
        cadence
        for cadence in home.cadences.values()
        if cadence.has_rule and condition_holds(cadence.condition, extract.customers[customer], currency)
    ]
    return min(matching, key=lambda cadence: cadence.priority, default=None)


def condition_holds(condition: str | None, customer: dict[str, str], currency: str) -> bool:
    """'a SQL condition over customer and account columns; none: everyone': equalities of text joined by ``and``."""
    if condition is None:
        return True
    for part in condition.split(" and "):
        match = re.fullmatch(r"\s*(payment_terms|language|country|currency)\s*=\s*'([^']*)'\s*", part)
        if match is None:
            raise ValueError(f"the model can't evaluate {part!r}")
        column, wanted = match.groups()
        value = currency if column == "currency" else customer.get(column) or None
        if value != wanted:
            return False
    return True


def country_of(home: Home, extract: Extract, account: Account) -> str:
    """The customer's country, else the company's."""
    return extract.customers[account[0]].get("country") or home.default_country


def is_reachable(home: Home, extract: Extract, account: Account, channel: str) -> bool:
    """'Needed: e-mail an address; text a mobile number; auto-call and phone call a mobile, else a phone; letter the
    customer's address1 and country; escalation nothing.' And a contact that 'has not opted out of it'."""
    if channel == "escalate":
        return True
    if channel == "letter":
        customer = extract.customers[account[0]]
        return bool(customer.get("address1")) and bool(customer.get("country"))
    needed, opt_out = {
        "email": (("email",), "email_opt_out"),
        "sms": (("mobile",), "sms_opt_out"),
        "auto_call": (("mobile", "phone"), "call_opt_out"),
        "phone_call": (("mobile", "phone"), "call_opt_out"),
    }[channel]
    return any(
        any(contact.get(column) for column in needed) and not to_bool(contact.get(opt_out))
        for contact in extract.contacts.get(account[0], [])
    )


# ---------------------------------------------------------------------------------------------------------------------
# Units and their progress
# ---------------------------------------------------------------------------------------------------------------------

UnitKey = tuple[str, ...]
"""('account', customer, currency) or ('invoice', reference)."""


@dataclass
class Progress:
    """What is known of one unit in one cadence and cycle: steps carried out on which days, and rungs missed."""

    carried_out: dict[str, list[date]] = field(default_factory=dict)
    missed_rungs: dict[int, date] = field(default_factory=dict)


@dataclass
class History:
    """What happened to one unit in one cadence, in whatever cycle, each with its day."""

    entered: list[date] = field(default_factory=list)
    carried_out: list[tuple[str, date]] = field(default_factory=list)
    missed: list[tuple[int, date]] = field(default_factory=list)

    def since(self, cycle_start: date) -> Progress:
        """What belongs to the cycle that began on that day."""
        missed = sorted(((number, day) for number, day in self.missed if day >= cycle_start), reverse=True)
        progress = Progress(missed_rungs=dict(missed))
        for step, day in self.carried_out:
            if day >= cycle_start:
                progress.carried_out.setdefault(step, []).append(day)
        return progress


@dataclass
class SeenCycle:
    """What run days saw of an account: the first day of the cycle that it is in, and when they saw one end."""

    running_since: date | None = None
    ended_on: date | None = None


@dataclass
class State:
    """What stays from one day to the next."""

    histories: dict[tuple[UnitKey, str], History] = field(default_factory=dict)
    seen: dict[Account, SeenCycle] = field(default_factory=dict)
    last_contact: dict[UnitKey, date] = field(default_factory=dict)
    days_run: list[date] = field(default_factory=list)


@dataclass(frozen=True)
class Today:
    """One account on one run day of its cadence."""

    home: Home
    extract: Extract
    account: Account
    cadence: Cadence
    country: str
    day: date
    previous_run_day: date | None
    last_day_run: date | None
    seen: SeenCycle


@dataclass(frozen=True)
class Unit:
    """What climbs the cadence: its cycle and its chaseable items as of the day."""

    key: UnitKey
    cycle_start: date
    chaseable: dict[Item, Decimal]
    only_item: Item | None


@dataclass(frozen=True)
class Carried:
    """One step that a unit carries out today."""

    unit: Unit
    step: Step


def start_as_seen(start: date, seen: SeenCycle, last_day_run: date | None) -> date:
    """The first day of a cycle of which the extract knows only that it did not begin after ``start``."""
    if seen.running_since is not None and last_day_run is not None and start <= last_day_run + ONE_DAY:
        return seen.running_since
    return start if seen.ended_on is None else max(start, seen.ended_on + ONE_DAY)


def cycle_start(today: Today) -> date | None:
    """The first day of the account's cycle: of the spell, or with 'restart' of the last time when 'the oldest chaseable
    invoice … is settled, by payment, credit note or write-off, while others stay open'."""
    extract, account = today.extract, today.account
    start = spell_start(extract, account, today.day)
    if start is None:
        return None
    if is_untold(extract, account, today.day):
        start = start_as_seen(start, today.seen, today.last_day_run)
    if today.cadence.on_oldest_paid == "continue":
        return start
    for evening in days_between(start, today.day - ONE_DAY):
        next_day = evening + ONE_DAY
        chaseable = chaseable_items(today.home, today.cadence, extract, account, evening)
        if chaseable:
            oldest = min(chaseable, key=oldest_first)
            still_open = position(extract, account, next_day).open_amounts
            if oldest not in still_open and still_open:
                start = next_day
    return start


def units_of(today: Today) -> list[Unit]:
    """'unit: what climbs the cadence: the account (`scope: account`) or the invoice (`scope: invoice`)'; 'For
    `scope: invoice` a cycle is the invoice's own life'."""
    chaseable = chaseable_items(today.home, today.cadence, today.extract, today.account, today.day)
    if today.cadence.scope == "account":
        start = cycle_start(today)
        return [] if start is None else [Unit(("account", *today.account), start, chaseable, None)]
    return [
        Unit(
            ("invoice", item.reference),
            item.issue_date,
            {item: chaseable[item]} if item in chaseable else {},
            item,
        )
        for item in position(today.extract, today.account, today.day).open_amounts
    ]


def chaseable_balance(today: Today) -> Decimal:
    """'the account's chaseable items less its unapplied credits, in either scope'."""
    chaseable = chaseable_items(today.home, today.cadence, today.extract, today.account, today.day)
    return sum(chaseable.values(), ZERO) - position(today.extract, today.account, today.day).credits


def may_be_chased(today: Today) -> bool:
    """'`min_balance` compares …, and nothing is done while that is zero or below'; 'inclusive: a balance equal to it is
    chased; null: that currency is not chased'."""
    minimum = threshold(today.cadence.min_balance, today.account[1])
    balance = chaseable_balance(today)
    return minimum is not None and balance > ZERO and balance >= minimum


def last_rung(today: Today, progress: Progress) -> int:
    """The number, from 1, of 'the last rung carried out in this cycle'; 0 where there is none."""
    numbers = [
        number
        for number, rung in enumerate(today.cadence.rungs, start=1)
        if any(step.name in progress.carried_out for step in rung)
    ]
    return max(numbers, default=0)


def had_due_date_passed(today: Today, unit: Unit, day: date) -> bool:
    """Whether, as of a day, the unit's `past_due_age` was above 0."""
    items: Iterable[Item] = chaseable_items(today.home, today.cadence, today.extract, today.account, day)
    if unit.only_item is not None:
        items = [item for item in items if item == unit.only_item]
    oldest = oldest_due_date(items)
    return oldest is not None and oldest < day


def note_passed_due_date(today: Today, unit: Unit, progress: Progress) -> None:
    """'a step with a negative `past_due_age` day is `missed` for the cycle once that due date has passed
    (`past_due_age > 0`), also if it passed on a day without a run'."""
    days = days_between(unit.cycle_start, today.day)
    passed_on = next((day for day in days if had_due_date_passed(today, unit, day)), None)
    if passed_on is not None:
        for number, rung in enumerate(today.cadence.rungs, start=1):
            if rung[0].is_before_due:
                progress.missed_rungs.setdefault(number, passed_on)


def note_lost_rungs(today: Today, unit: Unit, progress: Progress) -> None:
    """What `skip` misses today, for it came due before: it keeps no `since_previous_step` step waiting (R19)."""
    for number in range(last_rung(today, progress) + 1, len(today.cadence.rungs) + 1):
        rung = today.cadence.rungs[number - 1]
        if number in progress.missed_rungs or due_day(today, unit, progress, number) is None:
            continue
        if not is_due(today, unit, progress, number) or today.previous_run_day is None:
            continue
        is_late = came_due_on(today, unit, progress, number) <= today.previous_run_day
        if is_late and any(meets_min_past_due(today, unit, step) for step in rung):
            progress.missed_rungs[number] = today.day


def came_due_on(today: Today, unit: Unit, progress: Progress, number: int) -> date:
    """The day on which a rung that is due came due, for `skip` (R19)."""
    came_due = due_day(today, unit, progress, number) or date.min
    if today.cadence.rungs[number - 1][0].clock != "since_previous_step":
        return came_due
    between = range(last_rung(today, progress) + 1, number)
    return max([came_due, *(progress.missed_rungs[other] for other in between if other in progress.missed_rungs)])


def due_day(today: Today, unit: Unit, progress: Progress, number: int) -> date | None:
    """The day on which a rung comes due, as things stand; None where it has no anchor.

    '`account_age`: D - the oldest issue date among the unit's chaseable open items. `past_due_age`: D - their oldest
    due date … `since_previous_step`: D - the day the last rung was last carried out, repetitions included (missed and
    superseded ones don't count)'.
    """
    step = today.cadence.rungs[number - 1][0]
    anchor: date | None
    if step.clock == "account_age":
        anchor = min((item.issue_date for item in unit.chaseable), default=None)
    elif step.clock == "past_due_age":
        anchor = oldest_due_date(unit.chaseable)
    else:
        anchor = last_carried_out_on(today, progress)
    return None if anchor is None else comes_due_on(today.cadence, today.country, step, anchor)


def last_carried_out_on(today: Today, progress: Progress) -> date | None:
    """'the day the last rung was last carried out, repetitions included'."""
    number = last_rung(today, progress)
    if number == 0:
        return None
    return max(day for step in today.cadence.rungs[number - 1] for day in progress.carried_out.get(step.name, []))


def can_still_act(today: Today, unit: Unit, progress: Progress, number: int) -> bool:
    """Whether a rung after the last one carried out may yet act: 'Superseded and missed steps never come back in that
    cycle'; 'a unit without due dates never reaches such a step'."""
    if number in progress.missed_rungs:
        return False
    never_reached = today.cadence.rungs[number - 1][0].clock == "past_due_age" and not oldest_due_date(unit.chaseable)
    return not never_reached


def is_due(today: Today, unit: Unit, progress: Progress, number: int) -> bool:
    """'comparisons are inclusive (`age >= day`)'; a `since_previous_step` step 'comes due only when no rung between it
    and the last one carried out can still act'."""
    due = due_day(today, unit, progress, number)
    if due is None or today.day < due:
        return False
    if today.cadence.rungs[number - 1][0].clock == "since_previous_step":
        between = range(last_rung(today, progress) + 1, number)
        return not any(can_still_act(today, unit, progress, other) for other in between)
    return True


def meets_min_past_due(today: Today, unit: Unit, step: Step) -> bool:
    """'while the unit's chaseable amount past due is below it, that step is not pending; others go on'."""
    currency = today.account[1]
    if currency not in step.min_past_due and "default" not in step.min_past_due:
        return True
    minimum = threshold(step.min_past_due, currency)
    past_due = sum((a for item, a in unit.chaseable.items() if item.due_date and item.due_date < today.day), ZERO)
    return minimum is not None and past_due >= minimum


def pending_rungs(today: Today, unit: Unit, progress: Progress) -> dict[int, list[Step]]:
    """'Let the pending rungs be those after the last rung carried out in this cycle, whose steps are due.'"""
    pending: dict[int, list[Step]] = {}
    for number in range(last_rung(today, progress) + 1, len(today.cadence.rungs) + 1):
        if number not in progress.missed_rungs and is_due(today, unit, progress, number):
            steps = [step for step in today.cadence.rungs[number - 1] if meets_min_past_due(today, unit, step)]
            if steps:
                pending[number] = steps
    return pending


def chosen_rungs(today: Today, unit: Unit, progress: Progress, pending: list[int], rule: str) -> list[int]:
    """Which of the pending rungs the rule picks, in file order; notes what `skip` misses.

    '`latest` acts on the last pending rung …; `in_order` acts on the first, one rung a run day; `all` acts on all;
    `skip` acts on the last rung that came due after the previous run day, the rest are `missed`'.
    """
    if rule == "latest":
        return pending[-1:]
    if rule == "in_order":
        return pending[:1]
    if rule == "all":
        return pending
    fresh = [
        number
        for number in pending
        if today.previous_run_day is None or came_due_on(today, unit, progress, number) > today.previous_run_day
    ]  # fmt: skip
    progress.missed_rungs.update({number: today.day for number in pending if number not in fresh[-1:]})
    return fresh[-1:]


def must_wait(today: Today, steps: list[Step], last_contact: date | None) -> bool:
    """'A rung waits while `min_gap_days` since the unit's last contact have not passed'; 'a rung of escalations alone
    does not wait'."""
    if last_contact is None or all(step.channel == "escalate" for step in steps):
        return False
    return (today.day - last_contact).days < today.cadence.min_gap_days


def is_contact(today: Today, channel: str) -> bool:
    """'a contact is what reaches the customer: …, not an escalation, not an `unreachable` action'."""
    return channel != "escalate" and is_reachable(today.home, today.extract, today.account, channel)


def decide(today: Today, unit: Unit, state: State) -> list[Carried]:
    """What one unit carries out today, repetitions included; notes that it was seen, and what is missed."""
    history = state.histories.setdefault((unit.key, today.cadence.name), History())
    progress = history.since(unit.cycle_start)
    is_first_run_day = not any(day >= unit.cycle_start for day in history.entered)
    if is_first_run_day:
        history.entered.append(today.day)
        if unit.only_item is None:
            today.seen.running_since = max(today.seen.running_since or unit.cycle_start, unit.cycle_start)
    note_passed_due_date(today, unit, progress)
    rule = today.cadence.late_entry if is_first_run_day else today.cadence.catch_up
    carried = carried_steps(today, unit, progress, rule, state) if unit.chaseable and may_be_chased(today) else []
    if rule == "skip" and unit.chaseable and not may_be_chased(today):
        note_lost_rungs(today, unit, progress)
        chosen_rungs(today, unit, progress, list(pending_rungs(today, unit, progress)), rule)
    history.missed += [
        (number, day) for number, day in progress.missed_rungs.items() if number > last_rung(today, progress)
    ]
    return carried


def carried_steps(today: Today, unit: Unit, progress: Progress, rule: str, state: State) -> list[Carried]:
    """What a unit that nothing holds carries out today."""
    if rule == "skip":
        note_lost_rungs(today, unit, progress)
    pending = pending_rungs(today, unit, progress)
    chosen = chosen_rungs(today, unit, progress, list(pending), rule)
    if not chosen:
        return repetitions(today, unit, progress, state.last_contact.get(unit.key))
    carried: list[Carried] = []
    last_contact = state.last_contact.get(unit.key)
    for number in chosen:
        if must_wait(today, pending[number], last_contact):
            break
        carried += [Carried(unit, step) for step in pending[number]]
        if any(is_contact(today, step.channel) for step in pending[number]):
            last_contact = today.day
    return carried


def repetitions(today: Today, unit: Unit, progress: Progress, last_contact: date | None) -> list[Carried]:
    """'`repeat_every: N` carries the step out again N days after it was last carried out, while it is the last rung
    carried out …, at most `repeat_limit` times'; 'it goes out on the first run day it can, also if the age has fallen
    meanwhile'."""
    number = last_rung(today, progress)
    if number == 0:
        return []
    return [
        Carried(unit, step)
        for step in today.cadence.rungs[number - 1]
        if wants_repetition(today, step, progress)
        and meets_min_past_due(today, unit, step)
        and not must_wait(today, [step], last_contact)
    ]


def wants_repetition(today: Today, step: Step, progress: Progress) -> bool:
    """Whether a step that was carried out repeats, its limit is not reached, and its N days have passed."""
    days = progress.carried_out.get(step.name, [])
    if not days or step.repeat_every is None:
        return False
    done = len(days) - 1
    below_limit = step.repeat_limit is None or done < step.repeat_limit
    return below_limit and today.day >= days[-1] + step.repeat_every * ONE_DAY


# ---------------------------------------------------------------------------------------------------------------------
# Actions
# ---------------------------------------------------------------------------------------------------------------------


def actions_of(today: Today, carried: list[Carried]) -> list[list[Carried]]:
    """The actions of an account: 'a step that is due for a unit (or for several invoices grouped into one message)'.

    '`group_by: step`' puts 'Invoices of one account that reach the same step on one day' into one action; '`phase`
    makes at most one message before due (steps with a negative `past_due_age` day) and one overdue (all others) …;
    `none` sends one each'.
    """
    groups: dict[Any, list[Carried]] = {}
    for one in carried:
        if today.cadence.scope == "account" or today.cadence.group_by == "step":
            key: Any = one.step.name
        elif today.cadence.group_by == "phase":
            key = one.step.is_before_due
        else:
            key = (one.step.name, one.unit.key)
        groups.setdefault(key, []).append(one)
    return list(groups.values())


def carry_out(today: Today, action: list[Carried], state: State) -> list[Row]:
    """Carry out one action and return its row; '`unreachable` ones count as carried out, and are not printed'."""
    step = max((one.step for one in action), key=lambda step: step.number)
    for one in action:
        state.histories[one.unit.key, today.cadence.name].carried_out.append((one.step.name, today.day))
        if is_contact(today, step.channel):
            state.last_contact[one.unit.key] = today.day
    if not is_reachable(today.home, today.extract, today.account, step.channel):
        return []
    return [
        Row(
            action_date=today.day,
            customer_number=today.account[0],
            currency=today.account[1],
            cadence=today.cadence.name,
            step=step.name,
            channel=step.channel,
            invoice_numbers=frozenset(item.reference for item in listed_items(today, action)),
            balance=action_balance(today, action),
        )
    ]


def listed_items(today: Today, action: list[Carried]) -> list[Item]:
    """'invoices: open | overdue: what a message of scope account lists (overdue: possibly none)'."""
    items = {item for one in action for item in one.unit.chaseable}
    if today.cadence.scope == "account" and today.cadence.lists == "overdue":
        return [item for item in items if item.due_date is not None and item.due_date < today.day]
    return list(items)


def action_balance(today: Today, action: list[Carried]) -> Decimal:
    """'An action's `balance` is the same figure (`scope: account`), or the sum of its invoices' open amounts
    (`scope: invoice`).'"""
    if today.cadence.scope == "account":
        return chaseable_balance(today)
    amounts = {item: amount for one in action for item, amount in one.unit.chaseable.items()}
    return sum(amounts.values(), ZERO)


# ---------------------------------------------------------------------------------------------------------------------
# The days
# ---------------------------------------------------------------------------------------------------------------------


def run_account(home: Home, extract: Extract, account: Account, day: date, state: State) -> list[Row]:
    """One account on one day."""
    cadence = cadence_of(home, extract, account)
    if cadence is None:
        return []
    country = country_of(home, extract, account)
    if not is_run_day(cadence, country, day):
        return []
    previous = previous_run_day(cadence, country, day, state.days_run)
    seen = state.seen.setdefault(account, SeenCycle())
    today = Today(home, extract, account, cadence, country, day, previous, max(state.days_run, default=None), seen)
    carried = [one for unit in units_of(today) for one in decide(today, unit, state)]
    return [row for action in actions_of(today, carried) for row in carry_out(today, action, state)]


def run_day(home: Home, day: date, state: State) -> list[Row]:
    """One day, for every account that the extract serving it knows."""
    extract = extract_serving(home, day)
    if extract is None:
        return []
    for account, seen in state.seen.items():
        if seen.running_since is not None and position(extract, account, day).balance <= ZERO:
            state.seen[account] = SeenCycle(ended_on=day)
    accounts = sorted({item.account for item in extract.items})
    rows = [row for account in accounts for row in run_account(home, extract, account, day, state)]
    state.days_run.append(day)
    return rows


def simulate(home: Path, first: date, last: date, only_days: set[date] | None = None) -> list[Row]:
    """'replays the days as if each `ready` or `todo` action were carried out on its day'; '`--only-days`: of the days
    A..B only these are run days, as if nothing had run on the others, and the cadence's own run days still apply'."""
    content = read_home(home)
    state = State()
    rows: list[Row] = []
    for day in days_between(first, last):
        if only_days is None or day in only_days:
            rows += run_day(content, day, state)
    return sorted(rows, key=Row.sort_key)


def main(arguments: list[str]) -> None:
    """Print the rows of a home as ``chasing simulate --fresh --format csv`` would."""
    home, first, last, *more = arguments
    only_days = {date.fromisoformat(text) for text in more[0].split(",")} if more else None
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(Row.__dataclass_fields__)
    for row in simulate(Path(home), date.fromisoformat(first), date.fromisoformat(last), only_days):
        before = [row.action_date, row.customer_number, row.currency, row.cadence, row.step, row.channel]
        writer.writerow([*before, ";".join(sorted(row.invoice_numbers)), row.balance])


if __name__ == "__main__":
    main(sys.argv[1:])
