"""A small chasing home in which every customer climbs a cadence of one channel, and senders that misbehave on purpose.

Nine customers owe 1,000.00 GBP each since 17 March 2026: the first step is due on 18 March, the second on the 20th.
"""

import csv
import email
import email.policy
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from chasing_pipeline.channels.errors import SendError
from chasing_pipeline.channels.protocol import Commit, Evidence, Found, Interrupted, Order, Receipt, Sender
from chasing_pipeline.channels.sandbox import SandboxSender
from chasing_pipeline.dispatching.dispatcher import Dispatcher, DispatchReport
from chasing_pipeline.domain.action import Action
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.message import Message
from chasing_pipeline.ledger import activities, dispatches, todos
from chasing_pipeline.resources.chasing import Chasing

DAY = date(2026, 3, 18)
DUE = "2026-03-17"
CHANNELS = {
    "E1": "email",
    "E2": "email",
    "E3": "email",
    "S1": "sms",
    "L1": "letter",
    "A1": "auto_call",
    "P1": "phone_call",
    "X1": "escalate",
}
REACHABLE = tuple(CHANNELS)
UNREACHABLE = "U1"
SETTINGS = """\
company: {name: Acme, address: [1 Trial Road], timezone: Europe/London, default_country: GB, language: en}
senders: {email: {name: Acme, address: ar@acme.example}, sms: "+447700900999"}
portal_url: https://pay.acme.example
allowed_countries: [GB]
caller_ids: {default: ["+442079460100"]}
contact_hours: {from: "00:00", until: "23:59"}
"""
CADENCE = """\
cadence: by-{channel}
assign: {{priority: {priority}, when: "payment_terms = '{channel}'"}}
steps:
  - {{step: first, clock: past_due_age, day: 1, channel: {channel}, template: {channel}}}
  - {{step: second, clock: past_due_age, day: 3, channel: {channel}, template: {channel}}}
"""
TEMPLATE = {
    "subject.txt": "About {{ invoice_numbers }}\n",
    "body.txt": "{{ customer_name }} owes {{ account_balance }}\n",
    "body.html": "<p>{{ customer_name }} owes {{ account_balance }}</p>\n",
    "sms.txt": "{{ customer_name }} owes {{ account_balance }}\n",
    "call.txt": "{{ customer_name }} owes {{ account_balance }}\n",
    "letter.html": "<p>{{ customer_name }} owes {{ account_balance }}</p>\n",
}
HEADERS = {
    "customers": "customer_number,name,address1,city,postal_code,country,payment_terms",
    "contacts": "customer_number,name,email,mobile,is_primary",
    "invoices": "invoice_number,customer_number,issue_date,due_date,currency,amount",
    "transactions": "transaction_id,customer_number,invoice_number,date,currency,amount,type",
}


class SmallHome:
    """The home's files, and shortcuts to change them and to look at what came of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.outbox = root / "outbox"

    def create(self) -> "SmallHome":
        """Write the home's files; return the home."""
        self.write("chasing.yaml", SETTINGS)
        for priority, channel in enumerate(dict.fromkeys(CHANNELS.values())):
            self.write(f"cadences/{channel}.yaml", CADENCE.format(channel=channel, priority=priority))
            for part, text in TEMPLATE.items():
                self.write(f"templates/{channel}/{part}", text)
        self.write_extract(DAY)
        return self

    def write(self, name: str, text: str) -> None:
        """Write one file of the home."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def append(self, name: str, line: str) -> None:
        """Add a line to a file of the home, as somebody who edits it."""
        path = self.root / name
        path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")

    def write_extract(self, day: date) -> None:
        """Write an extract in which everybody owes 1,000.00."""
        tables: dict[str, list[str]] = {name: [header] for name, header in HEADERS.items()}
        for number, (customer, channel) in enumerate([*CHANNELS.items(), (UNREACHABLE, "email")]):
            tables["customers"].append(f"{customer},Customer {customer},1 Mill Lane,Leeds,LS1 1AA,GB,{channel}")
            if customer != UNREACHABLE:
                line = (
                    f"{customer},Jo {customer},{customer.lower()}@{customer.lower()}.example,+44770090010{number},true"
                )
                tables["contacts"].append(line)
            tables["invoices"].append(f"I-{customer},{customer},2026-03-01,{DUE},GBP,1000.00")
        for name, lines in tables.items():
            self.write(f"extracts/{day}/{name}.csv", "\n".join(lines) + "\n")

    def pay(self, customer: str, amount: str, on: date = DAY, extract: date = DAY) -> None:
        """Replace an extract by one with a payment in it."""
        line = f"T-{customer}-{amount},{customer},I-{customer},{on},GBP,{amount},payment"
        self.append(f"extracts/{extract}/transactions.csv", line)

    def set(self, line: str) -> None:
        """Add a setting."""
        self.append("chasing.yaml", line)

    def hold(self, customer: str, kind: str = "pause", until: str = "") -> None:
        """Add a hold to ``holds.csv``."""
        if not (self.root / "holds.csv").exists():
            self.write("holds.csv", "customer_number,invoice_number,kind,from,until,note\n")
        self.append("holds.csv", f"{customer},,{kind},,{until},")

    def open(self, day: date = DAY) -> Chasing:
        """The home with ``day`` as today, read anew."""
        return Chasing(self.root, day)

    def actions(self, day: date = DAY) -> dict[str, Action]:
        """The day's action table by customer."""
        return {action.customer_number: action for action in self.open(day).planned_actions(day)[0]}

    def dispatch(
        self,
        day: date = DAY,
        senders: Mapping[Channel, Sender] | None = None,
        chasing: Chasing | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> DispatchReport:
        """Carry out what is owed of the day's table, with ``senders`` instead of the sandbox where given."""
        own = chasing or self.open(day)
        chosen = {**own.senders, **(senders or {})}
        dispatcher = Dispatcher(own.home, own.ledger, own.clock, chosen, own.messages, own.ownership, sleep=sleep)
        return dispatcher.run(day, *own.planned_actions(day))

    def happened(self, kind: str, day: date = DAY) -> dict[str, str]:
        """What happened of one kind on a day: the detail by customer. Each customer at most once."""
        rows = [row for row in activities.of_days(self.open(day).ledger, [day]) if row["kind"] == kind]
        found = {row["customer_number"]: row["detail"] or "" for row in rows}
        assert len(found) == len(rows), (
            f"{kind} happened twice to somebody: {Counter(r['customer_number'] for r in rows)}"
        )
        return found

    def states(self, day: date = DAY) -> dict[str, str]:
        """The state of each action of a day in the ledger, by customer."""
        actions = self.actions(day)
        states = dispatches.states_of(self.open(day).ledger, [action.action_id for action in actions.values()])
        return {name: states[action.action_id].value for name, action in actions.items() if action.action_id in states}

    def todos(self) -> dict[str, dict[str, Any]]:
        """The to-do list by customer. Each customer at most once."""
        rows = todos.listed(self.open().ledger, include_done=True)
        found = {row["customer_number"]: row for row in rows}
        assert len(found) == len(rows), "somebody has two to-dos"
        return found

    def files(self) -> list[Path]:
        """What lies in the outbox."""
        return sorted(path for path in self.outbox.rglob("*") if path.is_file())

    def mail(self, customer: str) -> EmailMessage:
        """The one e-mail that a customer got."""
        (path,) = (path for path in self.files() if path.name.startswith(f"{customer}-"))
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        return message

    def rows(self, table: str, day: date = DAY) -> list[dict[str, str]]:
        """The rows of a file of an extract."""
        with (self.root / "extracts" / day.isoformat() / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))


@dataclass
class TroubledSender(SandboxSender):
    """The sandbox, with something that happens before or after a sending, or instead of it.

    ``before`` and ``error`` come before the commit, ``during`` and ``late_error`` right after it, ``after`` once it has
    gone out.
    """

    outbox: Path
    before: Callable[[Order], None] = lambda order: None
    after: Callable[[Order], None] = lambda order: None
    during: Callable[[Order], None] = lambda order: None
    error: Callable[[Order], Exception | None] = lambda order: None
    late_error: Callable[[Order], Exception | None] = lambda order: None
    known: Evidence | None = None
    tried: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(self.outbox)

    def send(self, order: Order, message: Message, commit: Commit) -> Receipt:
        """Send, unless an error has something to say about this order."""
        self.tried.append(order.customer_number)
        self.before(order)
        self._raise(self.error(order))

        def commit_and_go_on() -> None:
            commit()
            self.during(order)
            self._raise(self.late_error(order))

        receipt = super().send(order, message, commit_and_go_on)
        self.after(order)
        return receipt

    def evidence(self, interrupted: Interrupted) -> Found:
        """What the outbox says, or ``known``."""
        if self.known is None:
            return super().evidence(interrupted)
        receipt = Receipt(self.provider, "known") if self.known is Evidence.SENT else None
        return Found(self.known, receipt, "as the test has it")

    @staticmethod
    def _raise(error: Exception | None) -> None:
        if error is not None:
            raise error


def failing(kind: type[SendError], *customers: str) -> Callable[[Order], Exception | None]:
    """An error for some customers, for all where none is named."""
    return lambda order: kind("it is out of order") if not customers or order.customer_number in customers else None


def once(work: Callable[[], None]) -> Callable[[Order], None]:
    """Something to happen at the first sending only."""
    left = [work]
    return lambda order: left.pop()() if left else None


def instant(hour: int = 12) -> datetime:
    """An instant of the day."""
    return datetime.fromisoformat(f"{DAY}T{hour:02}:00:00+00:00")
