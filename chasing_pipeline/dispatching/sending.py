"""One action on its way out: re-check, compose, freeze, commit, send, settle.

    planned -> sending -> sent | todo | failed | doubt | planned

The channel itself says when to commit: as late as it can. Until then everything can be given up without a trace, from
then on whatever goes wrong is a doubt unless the channel knows better. One object serves several threads.
Does not belong here: which actions, and in which order (``dispatcher``), what a claim must respect (``ledger.guards``).
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from chasing_pipeline.channels.errors import (
    ChannelUnavailable,
    InDoubt,
    NotCommitted,
    NotSent,
    OptedOut,
    Refused,
    RegionUnavailable,
    SendError,
    Throttled,
)
from chasing_pipeline.channels.protocol import Order, Sender
from chasing_pipeline.dispatching.outcomes import Outcomes
from chasing_pipeline.dispatching.ownership import Owner
from chasing_pipeline.dispatching.recheck import FreshPlan
from chasing_pipeline.domain.action import Action, MessageFacts
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.clock import Clock
from chasing_pipeline.domain.frozen import freeze, thaw
from chasing_pipeline.domain.message import AutoCall, Email, Letter, Message, Task, TextMessage, UnsendableMessage
from chasing_pipeline.domain.problems import ChasingError, ConfigurationError, Problem
from chasing_pipeline.ledger import dispatches
from chasing_pipeline.ledger.dispatches import Claim, Owed, Settlement
from chasing_pipeline.ledger.guards import OptOut, Unclaimable
from chasing_pipeline.ledger.states import State
from chasing_pipeline.ledger.store import Ledger

HELD = "held"
"""The status, and the outcome, of an action that waits until somebody releases it."""
NOT_MADE = "not_made"
"""The outcome of an action whose message our own code could not make; it stays owed, and somebody has to look."""
TOLD = frozenset({NOT_MADE, "stopped"})
"""Outcomes before the point of no return that come with a sentence for people."""
KEY_LIFE = timedelta(hours=23)
"""A letter is repeated under the same key with the same bytes for so long; the provider remembers keys for 24 hours."""
WAITS_WHEN_THROTTLED = (0.5, 2.0, 5.0)
"""Seconds before an action is tried again that its provider threw back for too many requests; then its channel ends
for this dispatch. Lob counts 150 requests in 5 seconds."""
MOST_CHANGES = 3
"""How often an action is composed anew because its facts changed just before it was committed."""


class Messages(Protocol):
    """What makes messages (``messages.maker``)."""

    def make(self, facts: MessageFacts, earlier_action_ids: Sequence[str] = ()) -> Message:
        """The finished message of an action, an e-mail as a follow-up of those of earlier actions.

        Raises UnsendableMessage, ConfigurationError.
        """
        ...

    def faults(self, actions: Iterable[Action]) -> dict[tuple[str, Channel], list[Problem]]:
        """What is wrong with the templates that these actions use, by template and channel."""
        ...


@dataclass(frozen=True)
class Result:
    """What became of one action: a state or another word for it, and what a person should read.

    ``is_at_fault``: the account or a setting is, and somebody must mend it. ``is_channel_down``: for the whole channel.
    """

    outcome: str
    remark: str | None = None
    problems: list[Problem] = field(default_factory=list)
    is_channel_down: bool = False
    is_at_fault: bool = False


@dataclass
class _Try:
    """One try to carry out an action: what was composed, and whether it was committed."""

    facts: MessageFacts
    message: Message | None
    refusal: str
    attempt: int
    is_committed: bool = False


class _TakesNoMore(Exception):
    """An action was thrown back for too many requests; ``owed`` is what is known of it now."""

    def __init__(self, message: str, owed: Owed) -> None:
        super().__init__(message)
        self.owed = owed


class Sending:
    """Carries out single actions in the name of one dispatcher.

    ``earlier``: for an action the ids of those whose e-mails it follows up, oldest first.
    """

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        senders: Mapping[Channel, Sender],
        messages: Messages,
        owner: Owner,
        fresh: FreshPlan,
        earlier: Mapping[str, Sequence[str]],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._earlier = earlier
        self._sleep = sleep
        self._ledger = ledger
        self._clock = clock
        self._senders = senders
        self._messages = messages
        self._owner = owner
        self._fresh = fresh
        self._outcomes = Outcomes(clock)

    def carry_out(self, action: Action, owed: Owed) -> Result:
        """Carry out one action that is owed, at most once."""
        waits = iter(WAITS_WHEN_THROTTLED)
        for _ in range(MOST_CHANGES + len(WAITS_WHEN_THROTTLED)):
            try:
                return self._carry_out(action, owed)
            except _TakesNoMore as error:
                wait = next(waits, None)
                if wait is None:
                    return Result(State.PLANNED, f"{action.channel.value} stops: {error}", is_channel_down=True)
                owed = error.owed
                self._sleep(wait)
            except NotCommitted as error:
                if error.outcome == "opted_out":
                    return self._cancelled(action, str(error))
                if error.outcome != "changed":
                    return Result(error.outcome, str(error) if error.outcome in TOLD else None)
            except ConfigurationError as error:
                return Result("faulty_template", problems=error.problems)
        return Result("waiting")

    def _carry_out(self, action: Action, owed: Owed) -> Result:
        facts = self._fresh.facts(action.action_id, seconds_old=1)  # asked again before it is committed
        if facts is not None and facts.action.status == HELD:
            facts = self._fresh.facts(action.action_id)  # it may have been released a moment ago
        if facts is None:
            return self._cancelled(action, self._fresh.why_not(action))
        if facts.action.status == HELD:
            return Result(HELD)
        if not self._is_time(facts.action):
            return Result("waiting")
        message, refusal = self._composed(facts, owed)
        return self._try(_Try(facts, message, refusal, owed.attempt + 1), owed)

    def _try(self, trying: _Try, owed: Owed) -> Result:
        action = trying.facts.action
        try:
            settlement = self._attempt(trying)
        except RegionUnavailable as error:
            self._give_back(trying, error)
            return Result(State.PLANNED, f"{_who(action)} was not sent: {error}", is_at_fault=True)
        except ChannelUnavailable as error:
            self._give_back(trying, error)
            return Result(State.PLANNED, f"{action.channel.value} stops: {error}", is_channel_down=True)
        except Throttled as error:
            self._give_back(trying)  # without a word: it is tried again in a moment
            raise _TakesNoMore(str(error), replace(owed, attempt=owed.attempt + trying.is_committed)) from error
        except NotSent as error:
            self._give_back(trying, error)
            return Result(State.PLANNED, f"{_who(action)} was not sent: {error}")
        except InDoubt as error:
            if not trying.is_committed:
                return Result(State.PLANNED, f"{_who(action)} was not sent: {error}")
            self._settle(trying, self._outcomes.in_doubt(action, str(error)))
            return Result("in_doubt", f"{_who(action)} is in doubt: {error}")
        self._settle(trying, settlement)
        return Result(settlement.state)

    def _attempt(self, trying: _Try) -> Settlement:
        action, message = trying.facts.action, trying.message
        if message is None or isinstance(message, Task):
            self._commit(trying)
            if message is None:
                return self._outcomes.failed(action, trying.refusal)
            return self._outcomes.handed_over(action, message)
        order = Order(
            action.action_id,
            action.action_date,
            action.channel,
            action.customer_number,
            action.step,
            trying.attempt,
        )
        try:
            receipt = self._senders[action.channel].send(order, message, lambda: self._commit(trying))
        except Refused as error:
            if not trying.is_committed:
                self._commit(trying)
            return self._outcomes.failed(action, str(error), self._opt_out(error, trying))
        except (SendError, ChasingError):
            raise
        except Exception as error:
            # its text may hold the message or a secret, so ours does not
            failure = InDoubt if trying.is_committed else NotSent
            raise failure(f"the sender failed with {type(error).__name__}") from error
        return self._outcomes.sent(action, receipt)

    def _commit(self, trying: _Try) -> None:
        """The point of no return: the unit still owes just this, and the ledger has it on disk.

        Raises NotCommitted.
        """
        action = trying.facts.action
        if self._fresh.facts(action.action_id) != trying.facts:
            raise NotCommitted("changed")
        if not self._is_time(action):
            raise NotCommitted("waiting")  # it had to wait for its turn, and contact hours ended meanwhile
        self._owner.assert_alive()
        address, sent_from = _addresses(trying.message)
        claim = Claim(
            action.action_id,
            trying.attempt,
            self._owner.name,
            freeze(trying.message) if trying.message is not None else b"",
            self._outcomes.activity("claimed", action),
            self._clock.now(),
            action.recipient,
            address,
            sent_from,
        )
        try:
            dispatches.claim(self._ledger, claim, self._fresh.home.settings.limits)
        except Unclaimable as error:
            raise NotCommitted(error.outcome, str(error)) from error
        trying.is_committed = True

    def _composed(self, facts: MessageFacts, owed: Owed) -> tuple[Message | None, str]:
        """The finished message, or why this contact can't have one. Raises ConfigurationError, NotCommitted."""
        action = facts.action
        if action.status == "unreachable":
            return None, action.reason
        if action.channel is Channel.LETTER and owed.resends and owed.committed_at is not None:
            frozen = dispatches.frozen_message(self._ledger, action.action_id)
            if frozen and self._clock.now() - owed.committed_at < KEY_LIFE:
                return thaw(frozen), ""
        try:
            return self._messages.make(facts, self._earlier.get(action.action_id, ())), ""
        except UnsendableMessage as error:
            return None, str(error)
        except ConfigurationError:
            raise
        except Exception as error:
            # one odd message must not keep the others back; its text may be in the error, so not in ours
            raise NotCommitted(NOT_MADE, f"the message of {_who(action)} failed with {type(error).__name__}") from error

    def _is_time(self, action: Action) -> bool:
        """Whether a live action is within its hours; a trial does not depend on the time of day."""
        if self._fresh.home.settings.mode != "live":
            return True
        return is_time(action, self._clock.now())

    def _cancelled(self, action: Action, why: str) -> Result:
        cancelled = self._outcomes.activity("cancelled", action, detail=why)
        dispatches.cancel(self._ledger, action.action_id, cancelled, self._clock.now())
        return Result(State.CANCELLED)

    def _give_back(self, trying: _Try, why: SendError | None = None) -> None:
        if trying.is_committed:
            self._settle(trying, self._outcomes.thrown_back(trying.facts.action, why))

    def _settle(self, trying: _Try, settlement: Settlement) -> None:
        action = trying.facts.action
        day, now = action.action_date, self._clock.now()
        dispatches.settle(self._ledger, action.action_id, trying.attempt, settlement, day, now)

    def _opt_out(self, error: Refused, trying: _Try) -> OptOut | None:
        address, _ = _addresses(trying.message)
        if not isinstance(error, OptedOut) or address is None:
            return None
        action = trying.facts.action
        return OptOut(action.channel, address, action.recipient, str(error), self._clock.now())


def is_time(action: Action, now: datetime) -> bool:
    """Whether ``now`` lies within the hours of an action: its run has begun, and contact hours are not over."""
    return action.not_before <= now and (action.not_after is None or now < action.not_after)


def _who(action: Action) -> str:
    return f"{action.channel.value} to {action.customer_number}"


def _addresses(message: Message | None) -> tuple[str | None, str | None]:
    """(to whom, from whom) as the provider gets them."""
    match message:
        case Email():
            return message.recipient, message.return_path
        case TextMessage():
            return message.to, message.sender
        case AutoCall():
            return message.to, message.caller_id
        case Letter():
            return "\n".join(message.address), None
        case _:
            return None, None
