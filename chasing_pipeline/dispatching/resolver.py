"""Deciding what nobody knows: sendings that a dispatcher left when it died, or whose answer never came.

    sending (its owner is dead) -> doubt -> sent | planned | human

The channel looks for evidence; what follows from it stands here. Nothing is ever sent again from here: at most it is
owed again. Does not belong here: sending (``sending``), knowing who is alive (``ownership``).
"""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from chasing_pipeline.channels.errors import SendError
from chasing_pipeline.channels.protocol import Evidence, Found, Interrupted, Order, Sender
from chasing_pipeline.dispatching.outcomes import Outcomes
from chasing_pipeline.dispatching.ownership import Ownership
from chasing_pipeline.domain.cadence import TODO_CHANNELS, Channel
from chasing_pipeline.domain.clock import Clock
from chasing_pipeline.domain.frozen import thaw
from chasing_pipeline.ledger import dispatches
from chasing_pipeline.ledger.dispatches import Settlement
from chasing_pipeline.ledger.states import State
from chasing_pipeline.ledger.store import Ledger

LONGEST_DOUBT = timedelta(days=3)
"""After this long without an answer from a provider a person is told."""
DECIDED = {State.SENT: "had been sent", State.PLANNED: "had not, and are owed again", State.HUMAN: "given to a person"}
RESENDS = {Channel.EMAIL: 0, Channel.SMS: 1, Channel.AUTO_CALL: 1}
"""How often a message that was looked for and is not there may be owed again; letters, whose key protects them, always.
An e-mail never: that it is absent from the archive does not say that the customer hasn't got it."""


class Resolver:
    """Looks at every undecided sending once, at the start of a dispatch."""

    def __init__(self, ledger: Ledger, ownership: Ownership, senders: Mapping[Channel, Sender], clock: Clock) -> None:
        self._ledger = ledger
        self._ownership = ownership
        self._senders = senders
        self._clock = clock
        self._outcomes = Outcomes(clock)
        self._decided: Counter[State] = Counter()

    def resolve(self) -> list[str]:
        """Settle what can be decided; return in words what could not, and how many were decided how.

        The locks of the dead are removed.
        """
        remarks = []
        self._decided.clear()
        for dispatch in dispatches.undecided(self._ledger):
            if dispatch["state"] == State.SENDING and self._ownership.is_alive(dispatch["owner"]):
                continue
            remark = self._resolve(dispatch)
            if remark:
                remarks.append(f"{dispatch['channel']} to {dispatch['customer_number']} is in doubt: {remark}")
        self._ownership.sweep()
        if self._decided:
            counts = ", ".join(f"{count} {DECIDED[state]}" for state, count in sorted(self._decided.items()))
            remarks.append(f"of what was in doubt: {counts}")
        return remarks

    def _resolve(self, dispatch: Mapping[str, Any]) -> str | None:
        channel = Channel(dispatch["channel"])
        if channel in TODO_CHANNELS:
            # a to-do is made in the transaction that settles it: unsettled means that there is none
            self._settle(dispatch, Settlement(State.PLANNED))
            return None
        if dispatch["state"] == State.SENDING:
            self._settle(dispatch, self._outcomes.left_in_doubt(dispatch))
        try:
            found = self._look(channel, dispatch)
        except SendError as error:
            found = Found(Evidence.EARLY, detail=str(error))
        settlement = self._decision(channel, dispatch, found)
        if settlement is None:
            return found.detail or "too early to tell"
        self._settle(dispatch, settlement)
        self._decided[settlement.state] += 1
        return None

    def _look(self, channel: Channel, dispatch: Mapping[str, Any]) -> Found:
        content = dispatches.frozen_message(self._ledger, dispatch["action_id"])
        if content is None:
            return Found(Evidence.UNKNOWN, detail="its frozen message is gone")
        if not content:
            return Found(Evidence.NOT_SENT, detail="there was nothing to send")
        order = Order(
            dispatch["action_id"],
            dispatch["action_date"],
            channel,
            dispatch["customer_number"],
            dispatch["step"],
            dispatch["attempt"],
        )
        interrupted = Interrupted(order, thaw(content), dispatch["committed_at"], self._clock.now())
        return self._senders[channel].evidence(interrupted)

    def _decision(self, channel: Channel, dispatch: Mapping[str, Any], found: Found) -> Settlement | None:
        """What follows; None: it stays in doubt."""
        match found.evidence:
            case Evidence.SENT:
                assert found.receipt is not None
                return self._outcomes.found(
                    dispatch, found.receipt, found.detail or "the evidence says that it was sent"
                )
            case Evidence.NOT_SENT:
                detail = found.detail or "the evidence says that it was not sent"
                return self._outcomes.owed_again(dispatch, detail, is_sure=True)
            case Evidence.ABSENT if dispatch["resends"] < RESENDS.get(channel, dispatch["resends"] + 1):
                return self._outcomes.owed_again(dispatch, found.detail or "it was looked for and is not there")
            case Evidence.ABSENT | Evidence.UNKNOWN:
                return self._outcomes.for_a_person(dispatch, found.detail or "there is no evidence either way")
            case _ if self._clock.now() - dispatch["committed_at"] > LONGEST_DOUBT:
                return self._outcomes.for_a_person(dispatch, found.detail or "the provider gave no answer for days")
            case _:
                return None

    def _settle(self, dispatch: Mapping[str, Any], settlement: Settlement) -> None:
        day, now = dispatch["action_date"], self._clock.now()
        dispatches.settle(self._ledger, dispatch["action_id"], dispatch["attempt"], settlement, day, now)
