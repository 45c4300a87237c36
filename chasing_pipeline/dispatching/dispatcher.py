"""The protocol for sending once: register what is owed, re-check, freeze, claim, send, settle.

    planned -> sending -> sent | todo | failed | (surely not sent) planned

Whatever is found in ``sending`` without a living owner is given to the channel's evidence, never sent again blindly.
Does not belong here: which database (``ledger``), which provider (``channels``), which orchestrator (``dispatch``).
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Protocol

from chasing_pipeline.channels.errors import ChannelUnavailable, InDoubt, NotSent, Refused
from chasing_pipeline.channels.protocol import Dispatched, Evidence, Sender
from chasing_pipeline.dispatching.gates import stops
from chasing_pipeline.dispatching.ownership import Ownership
from chasing_pipeline.dispatching.recheck import FreshPlan, fresh_plan
from chasing_pipeline.domain.action import Action, MessageFacts
from chasing_pipeline.domain.cadence import TODO_CHANNELS, Channel
from chasing_pipeline.domain.clock import Clock
from chasing_pipeline.domain.message import Message, Task, UnsendableMessage
from chasing_pipeline.domain.problems import DispatchRefused, Problem
from chasing_pipeline.ledger import dispatches
from chasing_pipeline.ledger.activities import Activity
from chasing_pipeline.ledger.dispatches import Settlement, State, UnitStep
from chasing_pipeline.ledger.store import Ledger
from chasing_pipeline.ledger.todos import NewTodo
from chasing_pipeline.planning.home import ChasingHome

ACTOR = "dispatcher"


class Messages(Protocol):
    """What makes messages (``messages.maker``)."""

    def make(self, facts: MessageFacts) -> Message:
        """The finished message of an action. Raises UnsendableMessage."""
        ...

    def faults(self, actions: Iterable[Action]) -> dict[tuple[str, Channel], list[Problem]]:
        """What is wrong with the templates that these actions use, by template and channel."""
        ...


@dataclass
class DispatchReport:
    """What one dispatch did: counts by outcome, and what a person should read."""

    day: date
    outcomes: Counter[str] = field(default_factory=Counter)
    remarks: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def carried_out(self) -> int:
        """How many actions were carried out."""
        return sum(self.outcomes[state] for state in dispatches.CARRIED_OUT)


class Dispatcher:
    """Carries out the actions of today, each at most once, whoever else is doing the same."""

    def __init__(
        self, home: ChasingHome, ledger: Ledger, clock: Clock, senders: Mapping[Channel, Sender], messages: Messages
    ) -> None:
        self._home = home
        self._ledger = ledger
        self._clock = clock
        self._senders = senders
        self._messages = messages
        self._ownership = Ownership(home.root / ".locks")

    def run(self, day: date, actions: list[Action], units: list[UnitStep]) -> DispatchReport:
        """Carry out what is still owed of ``day``'s action table.

        Raises DispatchRefused where ``day`` is not today or something stops the whole dispatch.
        """
        if day != self._clock.today():
            raise DispatchRefused(
                f"the action table of {day} can be dispatched on {day} only, and today is {self._clock.today()}; "
                "what was not carried out is planned again on the next run day"
            )
        report = DispatchReport(day)
        with self._ownership.own() as owner, fresh_plan(self._home, self._ledger, day) as fresh:
            self.resolve()
            fresh.facts("")
            found = stops(fresh.home, self._ledger, day, fresh.extract, len(actions))
            if found:
                raise DispatchRefused("\n".join(f"{stop.name}: {stop.message}" for stop in found))
            states = dispatches.states_of(self._ledger, [action.action_id for action in actions])
            # one that was cancelled stays so while nothing has changed: no second entry in the log
            due = [a for a in actions if states.get(a.action_id) != State.CANCELLED or fresh.facts(a.action_id)]
            owed = dispatches.owe(self._ledger, due, units, self._clock.now())
            self._carry_out(owner, [action for action in due if action.action_id in owed], fresh, report)
        return report

    def resolve(self) -> None:
        """Settle what dispatchers that died left in ``sending``, by the evidence of their channel."""
        for row in dispatches.being_sent(self._ledger):
            if self._ownership.is_alive(row["owner"]):
                continue
            channel = Channel(row["channel"])
            evidence, provider_id = Evidence.NOT_SENT, None
            if channel not in TODO_CHANNELS:
                wanted = Dispatched(
                    row["action_id"], row["action_date"].isoformat(), channel, row["customer_number"], row["step"]
                )
                evidence, provider_id = self._senders[channel].evidence(wanted)
            self._settle_doubt(row, evidence, provider_id)

    def _settle_doubt(self, row: dict[str, Any], evidence: Evidence, provider_id: str | None) -> None:
        if evidence is Evidence.UNKNOWN:
            return
        sent = evidence is Evidence.SENT
        detail = "the dispatcher stopped while sending; the evidence says that " + (
            "it was sent" if sent else "it was not"
        )
        activity = Activity(
            "sent" if sent else "in_doubt",
            self._clock.now(),
            row["action_date"],
            ACTOR,
            row["action_id"],
            row["channel"],
            row["customer_number"],
            row["currency"],
            tuple(json.loads(row["invoice_numbers"])),
            row["cadence"],
            row["step"],
            self._senders[Channel(row["channel"])].provider if sent else None,
            provider_id,
            detail,
        )
        settlement = Settlement(State.SENT if sent else State.PLANNED, (activity,), sent, provider_id)
        dispatches.settle(
            self._ledger, row["action_id"], row["attempt"], settlement, row["action_date"], self._clock.now()
        )

    def _carry_out(self, owner: str, actions: list[Action], fresh: FreshPlan, report: DispatchReport) -> None:
        limits = fresh.home.settings.limits
        done = Counter(dispatches.carried_out_by_channel(self._ledger, report.day))
        unavailable: set[Channel] = set()
        faults = self._messages.faults(actions)
        report.problems = [problem for problems in faults.values() for problem in problems]
        for action in actions:
            cap = limits.per_channel.get(action.channel)
            if (action.template, action.channel) in faults:
                report.outcomes["faulty_template"] += 1
            elif action.channel in unavailable:
                report.outcomes["waiting"] += 1
            elif (limits.actions_per_day is not None and done.total() >= limits.actions_per_day) or (
                cap is not None and done[action.channel.value] >= cap
            ):
                report.outcomes["over_limit"] += 1
            elif (
                not self._clock.is_played
                and fresh.home.settings.mode == "live"
                and self._clock.now() < action.not_before
            ):
                report.outcomes["waiting"] += 1
            else:
                outcome = self._carry_out_one(owner, action, fresh, report, unavailable)
                report.outcomes[outcome] += 1
                done[action.channel.value] += outcome in dispatches.CARRIED_OUT
        if report.outcomes["over_limit"]:
            report.remarks.append(
                f"{report.outcomes['over_limit']} actions wait because a daily limit of chasing.yaml was reached"
            )

    def _carry_out_one(
        self, owner: str, action: Action, fresh: FreshPlan, report: DispatchReport, unavailable: set[Channel]
    ) -> str:
        facts = fresh.facts(action.action_id)
        if facts is None:
            cancelled = self._activity("cancelled", action, detail=fresh.why_not(action))
            dispatches.cancel(self._ledger, action.action_id, cancelled, self._clock.now())
            return State.CANCELLED
        message, refusal = self._frozen(facts)
        attempt = dispatches.claim(
            self._ledger,
            action.action_id,
            owner,
            _sha256(message),
            self._activity("claimed", action),
            self._clock.now(),
        )
        if attempt is None:
            return "taken"
        try:
            settlement = self._attempt(facts, message, refusal)
        except ChannelUnavailable as error:
            unavailable.add(action.channel)
            report.remarks.append(f"{action.channel.value} stops: {error}")
            settlement = Settlement(State.PLANNED, ())
        except NotSent as error:
            report.remarks.append(f"{action.channel.value} to {action.customer_number} was not sent: {error}")
            settlement = Settlement(State.PLANNED, ())
        except InDoubt as error:
            # the claim stays: once this dispatcher is gone, the resolver looks for evidence
            report.remarks.append(f"{action.channel.value} to {action.customer_number} is in doubt: {error}")
            return "in_doubt"
        dispatches.settle(self._ledger, action.action_id, attempt, settlement, report.day, self._clock.now())
        return settlement.state

    def _frozen(self, facts: MessageFacts) -> tuple[Message | None, str | None]:
        """The finished message, or why this contact can't have one."""
        if facts.action.status == "unreachable":
            return None, facts.action.reason
        try:
            return self._messages.make(facts), None
        except UnsendableMessage as error:
            return None, str(error)

    def _attempt(self, facts: MessageFacts, message: Message | None, refusal: str | None) -> Settlement:
        action = facts.action
        if message is None:
            return self._failed(facts, refusal or "")
        if isinstance(message, Task):
            return self._handed_over(facts, message)
        try:
            receipt = self._senders[action.channel].send(action, message)
        except Refused as error:
            return self._failed(facts, str(error))
        sent = self._activity(
            "sent",
            action,
            provider=receipt.provider,
            provider_id=receipt.provider_id,
            detail=f"to {action.contact_name or action.customer_name}",
            cost=action.estimated_cost,
            cost_currency=action.cost_currency,
        )
        return Settlement(State.SENT, (sent,), is_contact=True, provider_id=receipt.provider_id)

    def _handed_over(self, facts: MessageFacts, task: Task) -> Settlement:
        action = facts.action
        todo = self._todo(facts, action.channel.value, task.assigned_to, task.title, task.detail)
        happened = [self._activity("todo_created", action, detail=f"{task.title}; for {task.assigned_to}")]
        if action.channel is Channel.ESCALATE:
            happened.append(self._activity("escalated", action, detail=f"to {task.assigned_to}"))
        return Settlement(State.TODO, tuple(happened), action.channel is Channel.PHONE_CALL, todos=(todo,))

    def _failed(self, facts: MessageFacts, why: str) -> Settlement:
        """A permanent failure: carried out, and a to-do to mend the contact."""
        action = facts.action
        title = f"Mend the contact of {action.customer_name} ({action.customer_number}) for {action.channel.value}"
        todo = self._todo(facts, "mend_contact", "team", title, why)
        happened = (
            self._activity("failed", action, detail=why),
            self._activity("todo_created", action, detail=title),
        )
        return Settlement(State.FAILED, happened, todos=(todo,))

    def _todo(self, facts: MessageFacts, kind: str, assigned_to: str, title: str, detail: str) -> NewTodo:
        action = facts.action
        return NewTodo(
            action.action_id,
            kind,
            action.customer_number,
            action.currency,
            assigned_to,
            title,
            detail,
            action.action_date,
        )

    def _activity(self, kind: str, action: Action, **more: Any) -> Activity:
        return Activity(
            kind,
            self._clock.now(),
            action.action_date,
            ACTOR,
            action.action_id,
            action.channel.value,
            action.customer_number,
            action.currency,
            action.invoice_numbers,
            action.cadence,
            action.step,
            **more,
        )


def _sha256(message: Message | None) -> str:
    content = repr(sorted(asdict(message).items())) if message is not None else ""
    return hashlib.sha256(content.encode()).hexdigest()
