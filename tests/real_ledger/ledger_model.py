"""The slow, obvious computation over the real ledger: what is open, how old it is, and who is chased on which day.

Plain Python from the contract (sections 3 and 4) alone; shares no code with the product, nor with
``tests/properties/model``. It covers what this ledger and its three cadences need: account scope, the clocks
``account_age`` and ``past_due_age``, ``latest`` for both entry and catching up, minima, weekdays, a gap.
Does not belong here: anything that the home in ``home/`` doesn't use.
"""

import csv
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

ONE_DAY = timedelta(days=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
BUCKETS = ("current", "1-30", "31-60", "61-90", "90+")

CADENCE_OF_CUSTOMERS = (("68", "97", "twice-a-week"), ("4", "7", "firm"), ("", "4", "courteous"))
"""From (included), to (excluded), cadence; in order of priority: what the rules of the cadences say."""


@dataclass(frozen=True)
class Invoice:
    """One line of the ledger."""

    number: str
    customer: str
    issued: date
    due: date
    amount: Decimal
    disputed: bool
    settled: date

    def is_open(self, day: date) -> bool:
        """'invoices issued on or before D', less 'transactions dated on or before D'."""
        return self.issued <= day < self.settled

    def bucket(self, day: date) -> str:
        """'current, 1-30, 31-60, 61-90, 90+ days past due'."""
        days = (day - self.due).days
        if days <= 0:
            return "current"
        return "1-30" if days <= 30 else "31-60" if days <= 60 else "61-90" if days <= 90 else "90+"


@dataclass(frozen=True)
class Act:
    """One step carried out for one account."""

    day: date
    customer: str
    cadence: str
    step: str
    channel: str
    invoices: frozenset[str]
    balance: Decimal
    is_reachable: bool
    account_age: int
    past_due_age: int
    cycle_start: date


@dataclass
class State:
    """What was carried out: the last rung by (account, cycle start), and each account's last contact."""

    last_rung: dict[tuple[str, date], int] = field(default_factory=dict)
    last_contact: dict[str, date] = field(default_factory=dict)


def us_date(text: str) -> date:
    """A date written month/day/year."""
    return datetime.strptime(text, "%m/%d/%Y").date()


def rungs_of(cadence: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """'consecutive steps with the same clock, day, `days` and `round` form one rung'."""
    rungs: list[list[dict[str, Any]]] = []
    for step in cadence["steps"]:
        if rungs and (rungs[-1][0]["clock"], rungs[-1][0]["day"]) == (step["clock"], step["day"]):
            rungs[-1].append(step)
        else:
            rungs.append([step])
    return rungs


def minimum(cadence: dict[str, Any], name: str) -> Decimal:
    """A threshold for US dollars."""
    given = cadence.get(name, {})
    return Decimal(str(given.get("USD", given.get("default", 0))))


class LedgerModel:
    """The ledger and everything that follows from it. ``contacts``: the rows of contacts.csv by customer."""

    def __init__(self, path: Path, cadences: list[dict[str, Any]], contacts: dict[str, list[dict[str, str]]]) -> None:
        self.invoices: dict[str, list[Invoice]] = {}
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                invoice = Invoice(
                    number=row["invoiceNumber"],
                    customer=row["customerID"],
                    issued=us_date(row["InvoiceDate"]),
                    due=us_date(row["DueDate"]),
                    amount=Decimal(row["InvoiceAmount"]),
                    disputed={"Yes": True, "No": False}[row["Disputed"]],
                    settled=us_date(row["SettledDate"]),
                )
                self.invoices.setdefault(invoice.customer, []).append(invoice)
        self.cadences = {cadence["cadence"]: cadence for cadence in cadences}
        self.contacts = contacts
        self._open: dict[tuple[str, date], list[Invoice]] = {}

    # Receivables

    def open_items(self, customer: str, day: date) -> list[Invoice]:
        """What a customer owes on a day."""
        key = (customer, day)
        if key not in self._open:
            self._open[key] = [invoice for invoice in self.invoices[customer] if invoice.is_open(day)]
        return self._open[key]

    def balance(self, customer: str, day: date) -> Decimal:
        """The whole account, disputed items included."""
        return sum((invoice.amount for invoice in self.open_items(customer, day)), Decimal(0))

    def cycle_start(self, customer: str, day: date) -> date | None:
        """'It starts on the day the account's balance rises from zero or below, and ends when it is back there'."""
        if self.balance(customer, day) <= 0:
            return None
        while self.balance(customer, day - ONE_DAY) > 0:
            day -= ONE_DAY
        return day

    def item_rows(self, day: date) -> dict[str, dict[str, Any]]:
        """The columns of ``open_items`` that follow from the ledger, by invoice."""
        return {
            invoice.number: {
                "day": day,
                "customer_number": customer,
                "currency": "USD",
                "issue_date": invoice.issued,
                "due_date": invoice.due,
                "amount": invoice.amount,
                "open_amount": invoice.amount,
                "days_past_due": (day - invoice.due).days,
                "bucket": invoice.bucket(day),
                "is_chaseable": not invoice.disputed,
                "not_chaseable_because": "disputed" if invoice.disputed else None,
            }
            for customer in self.invoices
            for invoice in self.open_items(customer, day)
        }

    def aging_rows(self, day: date) -> dict[str, dict[str, Any]]:
        """The columns of ``account_aging``, by customer."""
        rows = {}
        for customer in self.invoices:
            items = self.open_items(customer, day)
            if not items:
                continue
            amounts = dict.fromkeys(BUCKETS, Decimal(0))
            for invoice in items:
                amounts[invoice.bucket(day)] += invoice.amount
            oldest, oldest_due = min(i.issued for i in items), min(i.due for i in items)
            rows[customer] = {
                "day": day,
                "currency": "USD",
                "customer_name": customer,
                "balance": sum(amounts.values()),
                "current_amount": amounts["current"],
                "days_1_30": amounts["1-30"],
                "days_31_60": amounts["31-60"],
                "days_61_90": amounts["61-90"],
                "days_over_90": amounts["90+"],
                "open_amount": sum(amounts.values()),
                "unapplied_credit": Decimal(0),
                "open_item_count": len(items),
                "account_age_days": (day - oldest).days,
                "past_due_age_days": (day - oldest_due).days,
                "oldest_issue_date": oldest,
                "oldest_due_date": oldest_due,
            }
        return rows

    def cycles(self, day: date) -> dict[str, date]:
        """The first day of each account's running cycle, by customer."""
        starts = {customer: self.cycle_start(customer, day) for customer in self.invoices}
        return {customer: start for customer, start in starts.items() if start is not None}

    # Chasing

    def cadence_of(self, customer: str) -> dict[str, Any] | None:
        """'the lowest matching priority wins'; None: nobody chases this customer."""
        for first, beyond, name in CADENCE_OF_CUSTOMERS:
            if first <= customer < beyond:
                return self.cadences[name]
        return None

    def chaseable(self, customer: str, cadence: dict[str, Any], day: date) -> list[Invoice]:
        """Open, not disputed ('`disputed` without dates: throughout'), not below ``min_open``."""
        least = minimum(cadence, "min_open")
        return [i for i in self.open_items(customer, day) if not i.disputed and i.amount >= least]

    def due_date_has_passed(self, customer: str, cadence: dict[str, Any], start: date, day: date) -> bool:
        """Whether on any day of the cycle the oldest chaseable due date lay in the past ('also … a day without a
        run')."""
        while day >= start:
            if any(invoice.due < day for invoice in self.chaseable(customer, cadence, day)):
                return True
            day -= ONE_DAY
        return False

    def is_reachable(self, customer: str, channel: str) -> bool:
        """'e-mail an address; text a mobile number; auto-call and phone call a mobile, else a phone; letter …'."""
        if channel in ("letter", "escalate"):  # every customer of the home has an address and a country
            return True
        needs, refuses = {
            "email": (("email",), "email_opt_out"),
            "sms": (("mobile",), "sms_opt_out"),
            "auto_call": (("mobile", "phone"), "call_opt_out"),
            "phone_call": (("mobile", "phone"), "call_opt_out"),
        }[channel]
        return any(
            any(contact[name] for name in needs) and contact[refuses] != "true"
            for contact in self.contacts.get(customer, [])
        )

    def chosen_rung(self, customer: str, cadence: dict[str, Any], day: date, state: State) -> int | None:
        """The last pending rung (from 1), unless it waits for the gap. `latest` on the first day and on later ones."""
        start = self.cycle_start(customer, day)
        items = self.chaseable(customer, cadence, day)
        balance = sum((invoice.amount for invoice in items), Decimal(0))
        if start is None or balance <= 0 or balance < minimum(cadence, "min_balance"):
            return None
        age = (day - min(invoice.issued for invoice in items)).days
        past_due_age = (day - min(invoice.due for invoice in items)).days
        too_late = self.due_date_has_passed(customer, cadence, start, day)
        pending = []
        for number, rung in enumerate(rungs_of(cadence), start=1):
            clock, due_at = rung[0]["clock"], rung[0]["day"]
            if number <= state.last_rung.get((customer, start), 0):
                continue
            if clock == "past_due_age" and due_at < 0 and too_late:
                continue
            if (age if clock == "account_age" else past_due_age) >= due_at:
                pending.append(number)
        if not pending:
            return None
        steps = rungs_of(cadence)[pending[-1] - 1]
        contact = state.last_contact.get(customer)
        waits = contact is not None and (day - contact).days < cadence.get("min_gap_days", 0)
        return None if waits and any(step["channel"] != "escalate" for step in steps) else pending[-1]

    def run_account(self, customer: str, day: date, state: State) -> list[Act]:
        """What is done for one account on one day; remembers it."""
        cadence = self.cadence_of(customer)
        if cadence is None or WEEKDAYS[day.weekday()] not in cadence["run"].get("weekdays", WEEKDAYS):
            return []
        number = self.chosen_rung(customer, cadence, day, state)
        if number is None:
            return []
        start = self.cycle_start(customer, day)
        assert start is not None
        items = self.chaseable(customer, cadence, day)
        listed = [i for i in items if i.due < day] if cadence.get("invoices") == "overdue" else items
        acts = [
            Act(
                day,
                customer,
                cadence["cadence"],
                step["step"],
                step["channel"],
                frozenset(invoice.number for invoice in listed),
                sum((invoice.amount for invoice in items), Decimal(0)),
                self.is_reachable(customer, step["channel"]),
                (day - min(invoice.issued for invoice in items)).days,
                (day - min(invoice.due for invoice in items)).days,
                start,
            )
            for step in rungs_of(cadence)[number - 1]
        ]
        state.last_rung[customer, start] = number
        if any(act.is_reachable and act.channel != "escalate" for act in acts):
            state.last_contact[customer] = day
        return acts

    def run_day(self, day: date, state: State) -> list[Act]:
        """Everything that is done on one day, what reaches nobody included."""
        return [act for customer in sorted(self.invoices) for act in self.run_account(customer, day, state)]

    def simulate(self, first: date, last: date) -> list[Act]:
        """Every day from the first to the last, each after what the days before it did."""
        state = State()
        acts = []
        for number in range((last - first).days + 1):
            acts += self.run_day(first + number * ONE_DAY, state)
        return acts
