"""Settling what dispatchers that died left in ``sending``: by the evidence of the channel, never by sending again.

Does not belong here: sending (``dispatcher``), knowing who is alive (``ownership``).
"""

from collections.abc import Mapping
from typing import Any

from chasing_pipeline.channels.protocol import Dispatched, Evidence, Receipt, Sender
from chasing_pipeline.dispatching.outcomes import Outcomes
from chasing_pipeline.dispatching.ownership import Ownership
from chasing_pipeline.domain.cadence import TODO_CHANNELS, Channel
from chasing_pipeline.domain.clock import Clock
from chasing_pipeline.ledger import dispatches
from chasing_pipeline.ledger.store import Ledger


class Resolver:
    """Looks at every interrupted sending once, at the start of a dispatch."""

    def __init__(self, ledger: Ledger, ownership: Ownership, senders: Mapping[Channel, Sender], clock: Clock) -> None:
        self._ledger = ledger
        self._ownership = ownership
        self._senders = senders
        self._clock = clock
        self._outcomes = Outcomes(clock)

    def resolve(self) -> None:
        """Settle what can be decided; what can't stays as it is. The locks of the dead are removed."""
        for dispatch in dispatches.being_sent(self._ledger):
            if self._ownership.is_alive(dispatch["owner"]):
                continue
            evidence, receipt = self._evidence(dispatch)
            if evidence is not Evidence.UNKNOWN:
                settlement = self._outcomes.resolved(dispatch, receipt)
                day, now = dispatch["action_date"], self._clock.now()
                dispatches.settle(self._ledger, dispatch["action_id"], dispatch["attempt"], settlement, day, now)
        self._ownership.sweep()

    def _evidence(self, dispatch: Mapping[str, Any]) -> tuple[Evidence, Receipt | None]:
        channel = Channel(dispatch["channel"])
        if channel in TODO_CHANNELS:
            # a to-do is made in the transaction that settles it: unsettled means that there is none
            return Evidence.NOT_SENT, None
        sender = self._senders[channel]
        wanted = Dispatched(
            dispatch["action_id"],
            dispatch["action_date"].isoformat(),
            channel,
            dispatch["customer_number"],
            dispatch["step"],
        )
        evidence, provider_id = sender.evidence(wanted)
        return evidence, Receipt(sender.provider, provider_id or "") if evidence is Evidence.SENT else None
