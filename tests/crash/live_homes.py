"""A chasing home in live mode whose customers all climb a cadence of one channel, and what the stand-ins got of it.

Everybody owes 1,000.00 GBP since yesterday, so that today one action a customer is due.
"""

import email
import email.policy
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from chasing_pipeline.domain.action import Action
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.frozen import thaw
from chasing_pipeline.domain.message import TextMessage
from chasing_pipeline.ledger import dispatches, todos
from chasing_pipeline.ledger.states import State
from chasing_pipeline.resources.chasing import Chasing
from tests.stand_ins.faults import Faults
from tests.stand_ins.lob import LobStandIn
from tests.stand_ins.mail import MailStandIn
from tests.stand_ins.serving import CERTIFICATE
from tests.stand_ins.twilio import TwilioStandIn

FROM = "+447700900999"
SETTINGS = """\
mode: live
company: {{name: Acme, address: [1 Trial Road], timezone: Etc/UTC, default_country: GB, language: en}}
senders:
  email: {{name: Acme, address: ar@acme.example{archive}}}
  sms: "+447700900999"
  letter: {{name: Acme, address1: 1 Trial Road, city: Springfield, state: IL, postal_code: "62701", country: US}}
portal_url: https://pay.acme.example
allowed_countries: [GB, US]
caller_ids: {{default: ["+447700900999"]}}
contact_hours: {{from: "00:00", until: "23:59"}}
live:
  workers: {workers}
  read_timeout_seconds: 1.5
  email_settle_minutes: {settle}
  sms_settle_minutes: {settle}
  call_settle_minutes: {settle}
  letter_settle_minutes: {settle}
  rates: {{email: null, sms: null, auto_call: null, letter: {letters_a_second}}}
{more}"""
CADENCE = """\
cadence: only
run: {{at: "00:00"}}
assign: {{}}
steps:
  - {{step: first, clock: past_due_age, day: 1, channel: {channel}, template: plain}}
"""
TEMPLATE = {
    "subject.txt": "About {{ invoice_numbers }}\n",
    "body.txt": "{{ customer_name }} owes {{ account_balance }}\n",
    "sms.txt": "{{ customer_name }} owes {{ account_balance }}. {{ portal_url }}\n",
    "call.txt": "{{ customer_name }} owes {{ account_balance }}\n",
    "letter.txt": "{{ customer_name }} owes {{ account_balance }}\n",
}


def today() -> date:
    """The company's day: live mode plays none."""
    return datetime.now(ZoneInfo("Etc/UTC")).date()


@dataclass
class StandIns:
    """The providers on loopback."""

    twilio: TwilioStandIn
    lob: LobStandIn
    mail: MailStandIn

    def environment(self) -> dict[str, str]:
        """What a dispatcher must find in its environment to talk to them."""
        certificate = {"SSL_CERT_FILE": str(CERTIFICATE)}
        return {**self.twilio.environment(), **self.lob.environment(), **self.mail.environment(), **certificate}

    def set_faults(self, faults: Faults) -> None:
        """Let all of them fail in the same ways."""
        for stand_in in (self.twilio, self.lob, self.mail):
            stand_in.set_faults(faults)

    def received(self, channel: Channel) -> Counter[str]:
        """How many messages each customer got."""
        match channel:
            case Channel.SMS:
                return Counter(_customer_of(text["asked"]["To"]) for text in self.twilio.texts)
            case Channel.AUTO_CALL:
                return Counter(_customer_of(call["asked"]["To"]) for call in self.twilio.calls)
            case Channel.LETTER:
                return Counter(letter["asked"]["metadata"]["dispatch_id"] for letter in self.lob.letters)
            case _:
                return Counter(
                    str(message["recipients"][0]).partition("@")[0].upper() for message in self.mail.mail.messages
                )


@contextmanager
def stand_ins(faults: Faults | None = None) -> Iterator[StandIns]:
    """All providers, for one test."""
    with ExitStack() as stack:
        found = StandIns(
            stack.enter_context(TwilioStandIn(calls_a_second=1000, faults=faults)),
            stack.enter_context(LobStandIn(faults=faults)),
            stack.enter_context(MailStandIn(faults=faults)),
        )
        yield found


class LiveHome:
    """The home's files, and what became of its actions."""

    def __init__(self, root: Path, channel: Channel) -> None:
        self.root = root
        self.channel = channel
        self.day = today()

    def create(
        self,
        customers: int,
        workers: int = 4,
        settle_seconds: float = 0.0,
        archive: bool = True,
        letters_a_second: float | None = None,
        more: str = "",
    ) -> "LiveHome":
        """Write the home's files; return the home. ``more``: further lines of ``chasing.yaml``."""
        settings = SETTINGS.format(
            workers=workers,
            settle=settle_seconds / 60,
            archive=", archive: archive@acme.example" if archive else "",
            letters_a_second=letters_a_second or "null",
            more=more,
        )
        self.write("chasing.yaml", settings)
        self.write("cadences/only.yaml", CADENCE.format(channel=self.channel.value))
        for part, text in TEMPLATE.items():
            self.write(f"templates/plain/{part}", text)
        yesterday, before = self.day - timedelta(days=1), self.day - timedelta(days=30)
        lines: dict[str, list[str]] = {
            "customers": ["customer_number,name,address1,city,state,postal_code,country"],
            "contacts": ["customer_number,name,email,mobile,is_primary"],
            "invoices": ["invoice_number,customer_number,issue_date,due_date,currency,amount"],
        }
        for number in range(customers):
            name = f"C{number:03}"
            lines["customers"].append(f"{name},Customer {name},{number + 1} Mill Lane,Springfield,IL,62701,US")
            lines["contacts"].append(f"{name},Jo {name},{name.lower()}@customer.example,+447700900{number:03},true")
            lines["invoices"].append(f"I-{name},{name},{before},{yesterday},GBP,1000.00")
        for table, rows in lines.items():
            self.write(f"extracts/{self.day}/{table}.csv", "\n".join(rows) + "\n")
        return self

    def write(self, name: str, text: str) -> None:
        """Write one file of the home."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def open(self) -> Chasing:
        """The home, read anew."""
        return Chasing(self.root)

    def actions(self) -> list[Action]:
        """The day's actions."""
        return self.open().planned_actions(self.day)[0]

    def states(self) -> dict[str, State]:
        """The state of each action, by customer."""
        actions = self.actions()
        states = dispatches.states_of(self.open().ledger, [action.action_id for action in actions])
        return {a.customer_number: states.get(a.action_id, State.PLANNED) for a in actions}

    def todos(self) -> set[str]:
        """The customers with something on the to-do list."""
        return {row["customer_number"] for row in todos.listed(self.open().ledger, include_done=True)}

    def received(self, providers: StandIns) -> Counter[str]:
        """How many messages each customer got of this home's channel."""
        found = providers.received(self.channel)
        if self.channel is Channel.LETTER:
            customers = {action.action_id: action.customer_number for action in self.actions()}
            return Counter({customers[action_id]: count for action_id, count in found.items()})
        return found

    def token_of(self, action: Action) -> str:
        """The token in the text message of an action that was claimed."""
        content = dispatches.frozen_message(self.open().ledger, action.action_id)
        message = thaw(content or b"")
        assert isinstance(message, TextMessage)
        return message.token


def assert_once(home: LiveHome, providers: StandIns) -> Counter[str]:
    """Nobody got two messages, nothing is lost; returns how many actions ended in which state.

    Each action is at the provider, or on the to-do list, or still planned, and the ledger says which.
    """
    received, states, listed = home.received(providers), home.states(), home.todos()
    assert {name: count for name, count in received.items() if count > 1} == {}, "sent twice"
    wrong = {}
    for name, state in states.items():
        known = {1: {State.SENT, State.HUMAN, State.DOUBT}, 0: {State.PLANNED, State.HUMAN, State.FAILED, State.DOUBT}}
        is_told = state not in {State.HUMAN, State.FAILED} or name in listed
        if state not in known[received[name]] or not is_told:
            wrong[name] = (state.value, received[name], is_told)
    assert wrong == {}, "the ledger and the provider do not agree, or nobody was told"
    return Counter(state.value for state in states.values())


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """These variables, for a while."""
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _customer_of(number: str) -> str:
    return f"C{number.removeprefix('+447700900')}"


def message_id(content: bytes) -> str:
    """The Message-ID of an e-mail."""
    return str(email.message_from_bytes(content, policy=email.policy.default)["Message-ID"])
