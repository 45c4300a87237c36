"""The protocol for sending once: register what is owed, re-check, freeze, claim, send, settle.

    planned -> sending -> sent | todo | failed | (surely not sent) planned

Whatever is found in ``sending`` without a living owner is given to the channel's evidence, never sent again blindly.
Does not belong here: which database (``ledger``), which provider (``channels``), which orchestrator (``dispatch``).
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Protocol

from chasing_pipeline.channels.errors import ChannelUnavailable, InDoubt, NotSent, Refused, SendError
from chasing_pipeline.channels.protocol import Sender
from chasing_pipeline.dispatching.gates import stops
from chasing_pipeline.dispatching.outcomes import Outcomes
from chasing_pipeline.dispatching.ownership import Ownership
from chasing_pipeline.dispatching.recheck import FreshPlan, fresh_plan
from chasing_pipeline.dispatching.resolver import Resolver
from chasing_pipeline.domain.action import Action, MessageFacts
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.clock import Clock
from chasing_pipeline.domain.message import Message, Task, UnsendableMessage
from chasing_pipeline.domain.problems import ConfigurationError, DispatchRefused, Problem
from chasing_pipeline.ledger import dispatches
from chasing_pipeline.ledger.dispatches import Settlement, State, UnitStep
from chasing_pipeline.ledger.store import Ledger
from chasing_pipeline.planning.home import ChasingHome


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
        self,
        home: ChasingHome,
        ledger: Ledger,
        clock: Clock,
        senders: Mapping[Channel, Sender],
        messages: Messages,
        ownership: Ownership,
    ) -> None:
        self._home = home
        self._ledger = ledger
        self._clock = clock
        self._senders = senders
        self._messages = messages
        self._ownership = ownership
        self._outcomes = Outcomes(clock)

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

        def refuse_if_stopped(renewed: FreshPlan) -> None:
            found = [*renewed.stops(), *stops(renewed.home, self._ledger, day, renewed.extract, len(actions))]
            if found:
                raise DispatchRefused("\n".join(f"{stop.name}: {stop.message}" for stop in found))

        with (
            self._ownership.own() as owner,
            fresh_plan(self._home, self._ledger, day, refuse_if_stopped) as fresh,
        ):
            Resolver(self._ledger, self._ownership, self._senders, self._clock).resolve()
            fresh.renew()
            states = dispatches.states_of(self._ledger, [action.action_id for action in actions])
            # one that was cancelled stays so while nothing has changed: no second entry in the log
            due = [a for a in actions if states.get(a.action_id) != State.CANCELLED or fresh.facts(a.action_id)]
            owed = dispatches.owe(self._ledger, due, units, self._clock.now())
            self._carry_out(owner, [action for action in due if action.action_id in owed], fresh, report)
        return report

    def _carry_out(self, owner: str, actions: list[Action], fresh: FreshPlan, report: DispatchReport) -> None:
        held_back: set[Channel] = set()
        faults = self._messages.faults(actions)
        report.problems = [problem for problems in faults.values() for problem in problems]
        for action in actions:
            if (action.template, action.channel) in faults:
                outcome = "faulty_template"
            elif action.channel in held_back or self._is_early(action, fresh):
                outcome = "waiting"
            else:
                outcome = self._carry_out_one(owner, action, fresh, report, held_back)
            report.outcomes[outcome] += 1
        if report.outcomes["over_limit"]:
            report.remarks.append(
                f"{report.outcomes['over_limit']} actions wait because a daily limit of chasing.yaml was reached"
            )

    def _is_early(self, action: Action, fresh: FreshPlan) -> bool:
        """Whether a live action must wait for its hour; a trial does not depend on the time of day."""
        return fresh.home.settings.mode == "live" and self._clock.now() < action.not_before

    def _carry_out_one(
        self, owner: str, action: Action, fresh: FreshPlan, report: DispatchReport, held_back: set[Channel]
    ) -> str:
        facts = fresh.facts(action.action_id)
        if facts is None:
            cancelled = self._outcomes.activity("cancelled", action, detail=fresh.why_not(action))
            dispatches.cancel(self._ledger, action.action_id, cancelled, self._clock.now())
            return State.CANCELLED
        try:
            message, refusal = self._frozen(facts)
            attempt = self._claim(owner, action, message, fresh)
        except ConfigurationError as error:
            report.problems += error.problems
            return "faulty_template"
        except dispatches.OverLimit:
            return "over_limit"
        if attempt is None:
            return "taken"
        try:
            settlement = self._attempt(facts.action, message, refusal)
        except ChannelUnavailable as error:
            held_back.add(action.channel)
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

    def _claim(self, owner: str, action: Action, message: Message | None, fresh: FreshPlan) -> int | None:
        claimed = self._outcomes.activity("claimed", action)
        limits = fresh.home.settings.limits
        now = self._clock.now()
        return dispatches.claim(self._ledger, action.action_id, owner, _sha256(message), claimed, now, limits)

    def _frozen(self, facts: MessageFacts) -> tuple[Message | None, str | None]:
        """The finished message, or why this contact can't have one."""
        if facts.action.status == "unreachable":
            return None, facts.action.reason
        try:
            return self._messages.make(facts), None
        except UnsendableMessage as error:
            return None, str(error)

    def _attempt(self, action: Action, message: Message | None, refusal: str | None) -> Settlement:
        if message is None:
            return self._outcomes.failed(action, refusal or "")
        if isinstance(message, Task):
            return self._outcomes.handed_over(action, message)
        try:
            return self._outcomes.sent(action, self._senders[action.channel].send(action, message))
        except Refused as error:
            return self._outcomes.failed(action, str(error))
        except SendError:
            raise
        except Exception as error:
            # whatever went wrong, nobody knows whether the message is out; its text may be in the error, so not in ours
            raise InDoubt(f"the sender failed with {type(error).__name__}") from error


def _sha256(message: Message | None) -> str:
    content = repr(sorted(asdict(message).items())) if message is not None else ""
    return hashlib.sha256(content.encode()).hexdigest()
