"""Whole chasing homes: as values, as hypothesis strategies, and as files on disk.

``ChasingHome`` holds what the files will say; ``write_home`` writes them; ``homes(features)`` generates small ones in
which interesting coincidences are frequent: thresholds met exactly, payments on the due day, cycles that end and begin
again, weekends, holidays, month ends, 29 February, days on which the clocks change.

``Features`` says what is generated: ``ACCOUNT_SCOPE_BASIC``, ``EVERYTHING``, and ``CONTESTED``, which adds what the
contract leaves open (see "Readings" in ``model``). Take single features out with ``dataclasses.replace``.
"""

import csv
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import yaml
from hypothesis import strategies as st

Record = dict[str, Any]
"""A row of a CSV file, or a mapping of a YAML file."""

Value = TypeVar("Value")

COLUMNS: dict[str, tuple[str, ...]] = {
    "customers": (
        "customer_number", "name", "address1", "city", "postal_code", "country", "payment_terms", "language",
        "timezone", "chase", "autopay",
    ),
    "contacts": (
        "customer_number", "name", "email", "phone", "mobile", "is_primary", "email_opt_out", "sms_opt_out",
        "call_opt_out",
    ),
    "invoices": (
        "invoice_number", "instalment", "customer_number", "issue_date", "due_date", "currency", "amount", "balance",
        "status", "paid_on", "disputed", "disputed_on", "dispute_closed_on", "autopay",
    ),
    "transactions": (
        "transaction_id", "customer_number", "invoice_number", "instalment", "date", "currency", "amount", "type",
    ),
    "enrolments": ("customer_number", "cadence", "currency"),
    "holds": ("customer_number", "invoice_number", "kind", "from", "until", "note"),
}  # fmt: skip
"""The columns that are written, per file."""

TEMPLATE_PARTS = {
    "subject.txt": "About {{ invoice_numbers }}\n",
    "body.txt": "Dear {{ customer_name }}\n",
    "sms.txt": "{{ customer_name }}: please pay\n",
    "call.txt": "Hello {{ customer_name }}\n",
    "letter.html": "<p>Dear {{ customer_name }}</p>\n",
}


@dataclass
class ChasingHome:
    """A chasing home as values, and the days to simulate in it."""

    cadences: list[Record]
    extracts: dict[date, dict[str, list[Record]]]
    enrolments: list[Record] = field(default_factory=list)
    holds: list[Record] = field(default_factory=list)
    first: date = date(2024, 3, 1)
    last: date = date(2024, 3, 31)
    only_days: frozenset[date] | None = None

    def __repr__(self) -> str:
        """Short, since the home itself is kept on disk."""
        return f"<chasing home with {len(self.extracts)} extracts, {self.first} to {self.last}, only {self.only_days}>"


# ---------------------------------------------------------------------------------------------------------------------
# Writing
# ---------------------------------------------------------------------------------------------------------------------


class _Dumper(yaml.SafeDumper):
    """YAML in which an amount stays exactly what it is."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write everything out, without anchors."""
        return True


_Dumper.add_representer(
    Decimal, lambda dumper, amount: dumper.represent_scalar("tag:yaml.org,2002:float", f"{amount:.2f}")
)


def write_home(home: ChasingHome, directory: Path) -> Path:
    """Write a home's files into a directory, which is emptied first; returns the directory."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    settings = {
        "company": {"name": "Acme", "timezone": "Europe/London", "default_country": "GB", "language": "en"},
        "portal_url": "https://pay.example.com",
        "allowed_countries": ["GB", "US", "DE"],
    }
    _write_yaml(directory / "chasing.yaml", settings)
    for cadence in home.cadences:
        _write_yaml(directory / "cadences" / f"{cadence['cadence']}.yaml", cadence)
    for name in _template_names(home):
        for part, text in TEMPLATE_PARTS.items():
            _write_text(directory / "templates" / name / part, text)
    if home.enrolments:
        _write_csv(directory / "enrolments.csv", COLUMNS["enrolments"], home.enrolments)
    if home.holds:
        _write_csv(directory / "holds.csv", COLUMNS["holds"], home.holds)
    for day, tables in home.extracts.items():
        for table, rows in tables.items():
            _write_csv(directory / "extracts" / day.isoformat() / f"{table}.csv", COLUMNS[table], rows)
    return directory


def _template_names(home: ChasingHome) -> set[str]:
    steps = [step for cadence in home.cadences for step in cadence["steps"]]
    return {step[key] for step in steps for key in ("template", "multi_template") if step.get(key)}


def _write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _write_yaml(path: Path, content: Record) -> None:
    _write_text(path, yaml.dump(content, Dumper=_Dumper, sort_keys=False))


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            unknown = set(row) - set(columns)
            if unknown:
                raise ValueError(f"{path.name} has no column {unknown}")
            writer.writerow([_cell(row.get(column)) for column in columns])


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


# ---------------------------------------------------------------------------------------------------------------------
# What to generate
# ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Features:
    """What a generated home may contain; the defaults are the basics of scope account."""

    scopes: tuple[str, ...] = ("account",)
    policies: tuple[str, ...] = ("latest",)
    channels: tuple[str, ...] = ("email", "letter", "sms", "auto_call")
    group_bys: tuple[str, ...] = ("step",)
    instalments: bool = True
    holds: bool = True
    disputes: bool = True
    autopay: bool = True
    credits: bool = True
    reversals: bool = True
    missing_due_dates: bool = True
    drafts: bool = True
    daily_extracts: bool = True
    overdue_lists: bool = False
    min_open: bool = False
    min_past_due: bool = False
    gaps: bool = False
    repeats: bool = False
    since_previous: bool = False
    chains: bool = False
    restart: bool = False
    business_days: bool = False
    end_of_month: bool = False
    days_of_month: bool = False
    skip_holidays: bool = False
    time_zones: bool = False
    unreachable: bool = False
    without_transactions: bool = False
    redundant_columns: bool = False
    stale_extracts: bool = False
    only_days: bool = False
    restart_with_instalments: bool = False
    phase_with_todos: bool = False
    unknown_invoices: bool = False
    unknown_instalments: bool = False
    balance_exports: bool = False
    only_balance_exports: bool = False
    changing_history: bool = False


ACCOUNT_SCOPE_BASIC = Features()

EVERYTHING = Features(
    scopes=("account", "invoice"),
    policies=("latest", "in_order", "all", "skip"),
    channels=("email", "letter", "sms", "auto_call", "phone_call", "escalate"),
    group_bys=("step", "phase", "none"),
    overdue_lists=True,
    min_open=True,
    min_past_due=True,
    gaps=True,
    repeats=True,
    since_previous=True,
    restart=True,
    business_days=True,
    end_of_month=True,
    days_of_month=True,
    skip_holidays=True,
    time_zones=True,
    unreachable=True,
    without_transactions=True,
    redundant_columns=True,
    stale_extracts=True,
    only_days=True,
    unknown_instalments=True,
    balance_exports=True,
)

BALANCE_EXPORTS = replace(EVERYTHING, scopes=("account",), only_balance_exports=True)
"""Extracts without transactions, several of them: what cycles make of balances that nothing explains."""

CHAINS = replace(
    EVERYTHING,
    scopes=("account",),
    policies=("skip",),
    channels=("email", "email", "escalate"),
    days_of_month=False,
    only_days=False,
    instalments=False,
    daily_extracts=False,
    balance_exports=False,
    restart=False,
    time_zones=False,
    chains=True,
)
"""Steps that count from the step before, and what gaps, holds and minimums make of them."""

CONTESTED = Features(
    **{
        **{name: getattr(EVERYTHING, name) for name in Features.__dataclass_fields__},
        "restart_with_instalments": True,
        "phase_with_todos": True,
        "unknown_invoices": True,
        "changing_history": True,
    }
)

FIRST_DAYS = (
    date(2024, 3, 1),  # a Friday; London's clocks change on the 31st, Good Friday is the 29th
    date(2024, 2, 19),  # 29 February
    date(2023, 12, 18),  # Christmas, New Year
    date(2025, 10, 20),  # London's clocks change on the 26th
    date(2025, 1, 24),  # a month's end, then a short month
    date(2025, 3, 3),  # New York's clocks change on the 9th
    date(2024, 4, 26),  # May holidays
)
LENGTHS = (16, 24, 8, 32, 4)
ISSUED = (0, -1, -3, -7, -10, -14, -30, -45, 1, 2, 3, 5, 7, 10)
TERMS = (7, 0, 1, 3, 10, 14, 30)
LATER = (0, 1, -1, 2, 3, 5, 7, 10)
AMOUNTS = (Decimal("100.00"), Decimal("50.00"), Decimal("200.00"), Decimal("0.01"), Decimal("100.01"), Decimal("99.99"))
ACCOUNT_AGES = (0, 1, 3, 7, 10, 14, 30)
PAST_DUE_AGES = (0, -3, 3, -1, 1, -7, 7, 10)
FIRST_LINKS: tuple[Record, ...] = ({"clock": "account_age", "day": 0}, {"clock": "account_age", "day": 1})
AGED_LINKS: tuple[Record, ...] = (
    {"clock": "account_age", "day": 3},
    {"clock": "past_due_age", "day": 3},
    {"clock": "account_age", "day": 5},
)
LINKED: tuple[Record, ...] = ({"clock": "since_previous_step", "day": 1}, {"clock": "since_previous_step", "day": 2})
"""What the steps of a chain count from: the first, some after it, and those that count from the one before."""
MIN_BALANCES: tuple[Record, ...] = (
    {"default": 0},
    {"default": 100},
    {"default": 0, "GBP": 100, "USD": None},
    {"default": None, "GBP": Decimal("100.01"), "USD": 50},
    {"USD": 200, "GBP": 50},
)
MIN_OPENS: tuple[Record, ...] = (
    {"default": 0},
    {"default": 50},
    {"GBP": Decimal("100.00")},
    {"default": Decimal("50.01")},
)
MIN_PAST_DUES: tuple[Record, ...] = ({"GBP": 100}, {"default": 50, "USD": 200}, {"default": Decimal("0.01")})
RULES: tuple[str | None, ...] = (
    None,
    "payment_terms = 'NET 30'",
    "language = 'en'",
    "country = 'GB'",
    "currency = 'GBP'",
    "payment_terms = 'NET 30' and currency = 'USD'",
)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SOME_WEEKDAYS: tuple[tuple[str, ...], ...] = (
    WEEKDAYS,
    WEEKDAYS[:5],
    ("mon",),
    ("tue", "thu"),
    ("sat", "sun"),
    ("fri",),
)
DAYS_OF_MONTH: tuple[tuple[int, ...], ...] = ((), (1, 15), (31,), (29,), (5, 20, 30))
MOBILE, TELEPHONE = "+447400123456", "+442079460123"


# ---------------------------------------------------------------------------------------------------------------------
# The strategies
# ---------------------------------------------------------------------------------------------------------------------


class Draw:
    """Drawing of small choices, so that the strategies below read as descriptions."""

    def __init__(self, data: Any) -> None:
        """Draw with the function that hypothesis hands to a composite strategy."""
        self._draw = data

    def one_of(self, choices: Sequence[Value]) -> Value:
        """One of the choices; the first is the simplest."""
        chosen: Value = self._draw(st.sampled_from(choices))
        return chosen

    def number(self, least: int, most: int) -> int:
        """A whole number, both ends included."""
        chosen: int = self._draw(st.integers(least, most))
        return chosen

    def rarely(self, allowed: bool = True) -> bool:
        """True about once in eight times, where it is allowed at all."""
        return allowed and self.number(0, 7) == 7

    def seldom(self, allowed: bool = True) -> bool:
        """True about once in twenty times, where it is allowed at all."""
        return allowed and self.number(0, 19) == 19

    def sometimes(self, allowed: bool = True) -> bool:
        """True about once in three times, where it is allowed at all."""
        return allowed and self.number(0, 2) == 2

    def day_near(self, *days: date | None) -> date:
        """A day on or near one of the given days."""
        near = self.one_of([day for day in days if day is not None])
        return near + timedelta(days=self.one_of(LATER))


@st.composite
def homes(draw: Any, features: Features = ACCOUNT_SCOPE_BASIC) -> ChasingHome:
    """A whole chasing home: 1-4 customers, 1-3 accounts, 1-6 invoices, 1-2 cadences, one extract or several."""
    pick = Draw(draw)
    first = pick.one_of(FIRST_DAYS)
    last = first + timedelta(days=pick.one_of(LENGTHS))
    customers = [_customer(pick, features, number) for number in range(1, pick.number(1, 4) + 1)]
    accounts = _accounts(pick, customers)
    items = [
        item
        for number in range(1, pick.one_of((3, 4, 5, 2, 6, 1)) + 1)
        for item in _invoice(pick, features, f"I{number}", pick.one_of(accounts), first)
    ]
    payments = _payments(pick, features, items, accounts, first)
    cadences = _cadences(pick, features, has_instalments=any(item["instalment"] for item in items))
    return ChasingHome(
        cadences=cadences,
        extracts=_extracts(pick, features, customers, items, payments, first, last),
        enrolments=_enrolments(pick, accounts, [cadence["cadence"] for cadence in cadences]),
        holds=_holds(pick, items, first) if features.holds else [],
        first=first,
        last=last,
        only_days=_only_days(pick, first, last) if pick.sometimes(features.only_days) else None,
    )


def _customer(pick: Draw, features: Features, number: int) -> Record:
    return {
        "customer_number": f"C{number}",
        "name": f"Customer {number}",
        "address1": None if pick.rarely(features.unreachable) else "1 High Street",
        "city": "London",
        "postal_code": "N1 9GU",
        "country": pick.one_of(("GB", "US", "DE")),
        "payment_terms": pick.one_of(("NET 30", "NET 15", None)),
        "language": pick.one_of(("en", "fr")),
        "timezone": pick.one_of((None, "America/New_York", "Asia/Tokyo")) if features.time_zones else None,
        "chase": False if pick.seldom(features.autopay) else None,
        "autopay": True if pick.seldom(features.autopay) else None,
    }


def _accounts(pick: Draw, customers: list[Record]) -> list[tuple[str, str]]:
    accounts: list[tuple[str, str]] = []
    for _ in range(pick.number(1, 3)):
        account = (pick.one_of(customers)["customer_number"], pick.one_of(("GBP", "USD", "EUR")))
        if account not in accounts:
            accounts.append(account)
    return accounts


def _contacts(pick: Draw, features: Features, customer: Record) -> list[Record]:
    everything = {
        "customer_number": customer["customer_number"],
        "name": "Ann",
        "email": "ann@example.com",
        "phone": TELEPHONE,
        "mobile": MOBILE,
        "is_primary": True,
    }
    if not pick.sometimes(features.unreachable):
        return [everything]
    return [
        {
            "customer_number": customer["customer_number"],
            "name": name,
            "email": pick.one_of((f"{name.lower()}@example.com", None)),
            "phone": pick.one_of((TELEPHONE, None)),
            "mobile": pick.one_of((MOBILE, None)),
            "is_primary": name == "Ben",
            "email_opt_out": True if pick.sometimes() else None,
            "sms_opt_out": True if pick.sometimes() else None,
            "call_opt_out": True if pick.sometimes() else None,
        }
        for name in ("Ann", "Ben")[: pick.number(0, 2)]
    ]


def _invoice(pick: Draw, features: Features, number: str, account: tuple[str, str], first: date) -> list[Record]:
    """The rows of one invoice: one, or one per instalment."""
    issued = first + timedelta(days=pick.one_of(ISSUED))
    instalments = range(1, pick.number(2, 3) + 1) if pick.rarely(features.instalments) else (None,)
    status = pick.one_of(("draft", "void")) if pick.rarely(features.drafts) else pick.one_of(("open", None))
    return [
        {
            "invoice_number": number,
            "instalment": instalment,
            "customer_number": account[0],
            "issue_date": issued,
            "due_date": None
            if pick.rarely(features.missing_due_dates)
            else issued + timedelta(days=pick.one_of(TERMS) + 7 * ((instalment or 1) - 1)),
            "currency": account[1],
            "amount": pick.one_of(AMOUNTS),
            "status": status,
            "autopay": True if pick.rarely(features.autopay) else None,
            **(_dispute(pick, issued) if pick.rarely(features.disputes) else {}),
        }
        for instalment in instalments
    ]


def _dispute(pick: Draw, issued: date) -> Record:
    """A dispute: throughout, from a day on, or from one day to another."""
    begun = issued + timedelta(days=pick.number(0, 20))
    closed = begun + timedelta(days=pick.number(0, 10))
    return pick.one_of(
        (
            {"disputed": True},
            {"disputed": True, "disputed_on": begun},
            {"disputed": True, "disputed_on": begun, "dispute_closed_on": closed},
            {"disputed": False, "disputed_on": begun, "dispute_closed_on": closed},
        )
    )


def _payments(
    pick: Draw, features: Features, items: list[Record], accounts: list[tuple[str, str]], first: date
) -> list[Record]:
    """Transactions, mostly full payments, some undone or paid back later."""
    payments: list[Record] = []
    for number in range(1, pick.one_of((0, 1, 2, 3, 5, 7)) + 1):
        if pick.sometimes(features.reversals and bool(payments)):
            paid = pick.one_of([payment for payment in payments if payment["type"] not in ("reversal", "refund")])
            if not any(payment.get("_undoes") == paid["transaction_id"] for payment in payments):
                payments.append(
                    {
                        **paid,
                        "_undoes": paid["transaction_id"],
                        "transaction_id": f"T{number}",
                        "date": paid["date"] + timedelta(days=pick.number(0, 7)),
                        "type": pick.one_of(("reversal", "refund")),
                    }
                )
                continue
        if pick.rarely(features.credits):
            customer, currency = pick.one_of(accounts)
            target: Record = {"customer_number": customer, "currency": currency}
            day, amount = pick.day_near(first), pick.one_of(AMOUNTS)
        else:
            item = pick.one_of(items)
            target = {key: item[key] for key in ("customer_number", "currency", "invoice_number")}
            target["instalment"] = item["instalment"] if pick.sometimes() else None
            if pick.rarely(features.unknown_instalments):
                target["instalment"] = 9
            day = pick.day_near(item["due_date"], item["issue_date"], first)
            if not features.credits:
                day = max(day, item["issue_date"])
            amount = item["amount"] if pick.number(0, 1) else pick.one_of(AMOUNTS if features.credits else AMOUNTS[3:4])
        kind = pick.one_of(("payment", "payment", "credit_note", "write_off"))
        payments.append({"transaction_id": f"T{number}", **target, "date": day, "amount": amount, "type": kind})
    return payments


def _cadences(pick: Draw, features: Features, *, has_instalments: bool) -> list[Record]:
    names = ("one", "two")[: pick.number(1, 2)]
    priorities = pick.one_of(((20, 10), (10, 20)))
    return [
        _cadence(pick, features, name, priority, has_instalments)
        for name, priority in zip(names, priorities, strict=False)
    ]


def _cadence(pick: Draw, features: Features, name: str, priority: int, has_instalments: bool) -> Record:
    cadence: Record = {"cadence": name, "scope": pick.one_of(features.scopes), "run": _run(pick, features)}
    if not pick.seldom():
        condition = pick.one_of(RULES) if name == "two" or pick.rarely() else None
        cadence["assign"] = {"priority": priority, **({"when": condition} if condition else {})}
    if pick.sometimes():
        cadence["min_balance"] = pick.one_of(MIN_BALANCES)
    if pick.sometimes(features.min_open):
        cadence["min_open"] = pick.one_of(MIN_OPENS)
    if pick.sometimes(features.overdue_lists):
        cadence["invoices"] = "overdue"
    cadence["late_entry"] = pick.one_of(("latest", "in_order") if features.chains else features.policies)
    cadence["catch_up"] = pick.one_of(features.policies)
    if pick.sometimes(features.restart and (features.restart_with_instalments or not has_instalments)):
        cadence["on_oldest_paid"] = "restart"
    channels = features.channels
    if cadence["scope"] == "invoice":
        cadence["group_by"] = pick.one_of(features.group_bys)
        if cadence["group_by"] == "phase" and not features.phase_with_todos:
            channels = tuple(channel for channel in channels if channel not in ("phone_call", "escalate"))
    may_have_gap = cadence.get("group_by") != "phase" or "all" not in (cadence["late_entry"], cadence["catch_up"])
    if pick.sometimes(features.gaps and may_have_gap) or features.chains:
        cadence["min_gap_days"] = pick.one_of((7, 5, 3) if features.chains else (3, 1, 2, 5))
    cadence["steps"] = _steps(pick, features, channels)
    return cadence


def _run(pick: Draw, features: Features) -> Record:
    run: Record = {"at": "07:00"}
    if pick.sometimes():
        run["weekdays"] = list(pick.one_of(SOME_WEEKDAYS))
    if pick.rarely(features.days_of_month):
        run["days_of_month"] = list(pick.one_of(DAYS_OF_MONTH))
    if pick.sometimes(features.skip_holidays):
        run["skip_holidays"] = True
    if pick.rarely(features.time_zones):
        run["timezone"] = pick.one_of(("customer", "Asia/Tokyo", "America/Los_Angeles"))
    return run


def _steps(pick: Draw, features: Features, channels: Sequence[str]) -> list[Record]:
    """One to five steps; some join the one before in a rung; mostly in the order of their ages."""
    if features.chains:
        more = [pick.one_of(AGED_LINKS + LINKED) for _ in range(pick.number(0, 2))]
        chain = [pick.one_of(FIRST_LINKS), pick.one_of(AGED_LINKS), *more, pick.one_of(LINKED)]
        return [_step(pick, features, f"s{number}", timing, channels) for number, timing in enumerate(chain, start=1)]
    timings: list[Record] = []
    for _ in range(pick.one_of((4, 3, 5, 2, 1))):
        clock = pick.one_of(("account_age", "past_due_age"))
        timing = {"clock": clock, "day": pick.one_of(ACCOUNT_AGES if clock == "account_age" else PAST_DUE_AGES)}
        if pick.rarely(features.business_days):
            timing["days"] = "business"
        if pick.rarely(features.end_of_month):
            timing["round"] = "end_of_month"
        timings.append(dict(timings[-1]) if timings and pick.rarely() else timing)
    if not pick.sometimes():
        timings.sort(key=lambda timing: tuple(str(timing.get(key, "")) for key in ("clock", "days", "round")))
        timings.sort(key=lambda timing: (timing["clock"], timing["day"]))
    for place in range(1, len(timings)):
        if pick.rarely(features.since_previous):
            kept = {key: value for key, value in timings[place].items() if key in ("days", "round")}
            timings[place] = {"clock": "since_previous_step", "day": pick.one_of((3, 0, 1, 7)), **kept}
    return [_step(pick, features, f"s{number}", timing, channels) for number, timing in enumerate(timings, start=1)]


def _step(pick: Draw, features: Features, name: str, timing: Record, channels: Sequence[str]) -> Record:
    step: Record = {"step": name, **timing, "channel": pick.one_of(channels)}
    if step["channel"] not in ("escalate", "phone_call"):
        step["template"] = pick.one_of(("t1", "t2"))
        if pick.rarely():
            step["multi_template"] = "t3"
    if pick.rarely(features.min_past_due) or pick.rarely(features.chains):
        step["min_past_due"] = pick.one_of(MIN_PAST_DUES)
    if pick.sometimes(features.repeats):
        step["repeat_every"] = pick.one_of((2, 1, 3, 7))
        if pick.sometimes():
            step["repeat_limit"] = pick.one_of((1, 2))
    return step


def _enrolments(pick: Draw, accounts: list[tuple[str, str]], cadences: list[str]) -> list[Record]:
    """At most one explicit enrolment per account, some for the customer as a whole."""
    rows: dict[str, list[Record]] = {}
    for customer, currency in accounts:
        if pick.sometimes():
            whole_customer = customer not in rows and pick.sometimes()
            row = {"customer_number": customer, "cadence": pick.one_of(cadences)}
            row |= {} if whole_customer else {"currency": currency}
            if all(other.get("currency") for other in rows.get(customer, [])):
                rows.setdefault(customer, []).append(row)
    return [row for customer_rows in rows.values() for row in customer_rows]


def _holds(pick: Draw, items: list[Record], first: date) -> list[Record]:
    holds = []
    for _ in range(max(0, pick.number(-3, 2))):
        item = pick.one_of(items)
        begun = pick.day_near(first, item["issue_date"], item["due_date"])
        until = begun + timedelta(days=pick.number(0, 7))
        holds.append(
            {
                "customer_number": item["customer_number"],
                "invoice_number": item["invoice_number"] if pick.number(0, 1) else None,
                "kind": pick.one_of(("pause", "promise", "dispute", "do_not_chase")),
                "from": None if pick.rarely() else begun,
                "until": None if pick.rarely() else until,
            }
        )
    return holds


def _only_days(pick: Draw, first: date, last: date) -> frozenset[date]:
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    return frozenset(day for day in days if pick.number(0, 2))


def _extracts(
    pick: Draw,
    features: Features,
    customers: list[Record],
    items: list[Record],
    payments: list[Record],
    first: date,
    last: date,
) -> dict[date, dict[str, list[Record]]]:
    """One extract dated after the last day, or several that each know what had happened by then."""
    settled_by = pick.one_of(_ways_to_settle(features))
    is_timeless = settled_by == "stated" and not features.changing_history
    several = pick.sometimes(features.daily_extracts and not is_timeless) or settled_by == "balances"
    days = _extract_days(pick, features, first, last) if several else [last + timedelta(days=pick.one_of((0, 1, 5)))]
    if settled_by == "balances":
        return _balance_exports(pick, features, customers, items, days)
    knows_future = pick.sometimes()
    contacts = [contact for customer in customers for contact in _contacts(pick, features, customer)]
    items = [{**item, **_settlement(pick, features, settled_by, item, bool(payments))} for item in items]
    changes = features.changing_history
    draft_until = {item["invoice_number"]: pick.day_near(first) for item in items if pick.rarely(changes)}
    delays = {payment["transaction_id"]: pick.number(1, 4) for payment in payments if pick.rarely(changes)}
    extracts: dict[date, dict[str, list[Record]]] = {}
    for day in days:
        horizon = date.max if knows_future else day
        transactions = [
            {key: value for key, value in payment.items() if key != "_undoes"}
            for payment in payments
            if payment["date"] <= horizon
            and payment["date"] + timedelta(days=delays.get(payment["transaction_id"], 0)) <= max(horizon, day)
        ]
        named = set() if features.unknown_invoices else {row.get("invoice_number") for row in transactions}
        invoices = []
        for item in items:
            known = dict(item)
            if known.get("paid_on") and known["paid_on"] > horizon:
                known["paid_on"] = None
            if draft_until.get(item["invoice_number"], date.min) > day:
                known["status"] = "draft"
            if known["issue_date"] <= horizon or known["invoice_number"] in named:
                invoices.append(known)
        if changes and settled_by == "stated":
            invoices = [{**item, "balance": pick.one_of((item["amount"], Decimal("0.00")))} for item in invoices]
        extracts[day] = {"customers": customers, "contacts": contacts, "invoices": invoices}
        if settled_by == "transactions":
            extracts[day]["transactions"] = transactions
    return extracts


def _ways_to_settle(features: Features) -> tuple[str, ...]:
    if features.only_balance_exports:
        return ("balances",)
    without = ("paid_on", "stated") if features.without_transactions else ()
    return ("transactions", *without, *(("balances",) if features.balance_exports else ()))


def _balance_exports(
    pick: Draw, features: Features, customers: list[Record], items: list[Record], days: list[date]
) -> dict[date, dict[str, list[Record]]]:
    """Extracts that each say what is left of every item on their day, and mostly nothing of how that came about."""
    contacts = [contact for customer in customers for contact in _contacts(pick, features, customer)]
    lists_settled, says_when = pick.one_of((False, False, True)), pick.one_of((False, False, True))
    lives = [(item, _life(pick, item, days)) for item in items]
    return {
        day: {
            "customers": customers,
            "contacts": contacts,
            "invoices": [
                row
                for item, life in lives
                for row in [_as_exported(item, life, day, says_when)]
                if item["issue_date"] <= day and (lists_settled or row.get("balance") != 0)
            ],
        }
        for day in days
    }


def _life(pick: Draw, item: Record, days: list[date]) -> list[tuple[date, Decimal]]:
    """Days from which on something else is left of an item: part of it, nothing, perhaps all of it again."""
    amount = item["amount"]
    left = pick.one_of(((Decimal(0),), (), (Decimal("10.00"), Decimal(0)), (Decimal("10.00"),), (Decimal(0), amount)))
    changes = sorted(pick.day_near(*days, item["issue_date"]) for _ in left)
    return list(zip(changes, left, strict=True))


def _as_exported(item: Record, life: list[tuple[date, Decimal]], day: date, says_when: bool) -> Record:
    """An item as of a day: an amount left, or where the export says so the day on which it was paid."""
    known = [change for change in life if change[0] <= day]
    paid_on, left = known[-1] if known else (None, item["amount"])
    if left == 0 and says_when:
        return {**item, "status": "paid", "paid_on": paid_on}
    return {**item, "balance": left}


def _settlement(pick: Draw, features: Features, settled_by: str, item: Record, has_payments: bool) -> Record:
    """What an invoice's own row says about payment: ``paid_on``, or ``balance``, or ``status`` alone."""
    if settled_by == "transactions" and not (has_payments and pick.rarely(features.redundant_columns)):
        return {}
    columns: Record = {}
    if settled_by != "stated" and not pick.sometimes():
        columns["paid_on"] = pick.day_near(item["due_date"], item["issue_date"] + timedelta(days=7))
    if settled_by != "paid_on" and pick.sometimes():
        amount = item["amount"]
        columns["balance"] = pick.one_of((amount, Decimal("0.00"), Decimal("50.00"), Decimal("-50.00")))
    if settled_by == "stated" and item["status"] in ("open", None) and pick.sometimes():
        columns["status"] = "paid"
    return columns


def _extract_days(pick: Draw, features: Features, first: date, last: date) -> list[date]:
    span = [first + timedelta(days=offset) for offset in range(-1, (last - first).days + 1)]
    days = [day for day in span if pick.number(0, 2)]
    final = last - timedelta(days=pick.number(1, 3)) if pick.rarely(features.stale_extracts) else last
    return sorted({day for day in days if day <= final} | {final})
