"""Automated calls through Twilio: the markup goes with the request, so no web server is needed.

Nothing in a call can be searched for, so evidence is a call between the same two numbers at that time; whoever
sends keeps at most one undecided call per number. Does not belong here: the account (``twilio_client``).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from chasing_pipeline.channels.errors import ChannelUnavailable
from chasing_pipeline.channels.pacing import Pacer
from chasing_pipeline.channels.protocol import (
    Commit,
    DeliveryStatus,
    Evidence,
    Found,
    Interrupted,
    Order,
    Receipt,
    SentMessage,
)
from chasing_pipeline.channels.regions import ClosedRegions
from chasing_pipeline.channels.streaks import RefusalStreak
from chasing_pipeline.channels.twilio_client import TwilioClient
from chasing_pipeline.channels.twilio_news import charged, news
from chasing_pipeline.domain.clock import Clock
from chasing_pipeline.domain.message import AutoCall, Message

if TYPE_CHECKING:
    from twilio.rest import Client

_BEFORE = timedelta(seconds=2)  # between our clock and Twilio's
_NEAR = timedelta(minutes=2)  # between the two if ours is badly set: then a call shortly before may be this one
_AFTER = timedelta(minutes=5)  # a later call between the two numbers is another one
_PAGE = 100
_FINAL = frozenset({"completed", "busy", "no-answer", "canceled", "failed"})


class CallSender:
    """Places one call a request, one a second by default: what Twilio queues would ring out of hours."""

    provider = "twilio"

    def __init__(
        self,
        client: TwilioClient,
        settle: timedelta = timedelta(minutes=10),
        pacer: Pacer | None = None,
        clock: Clock = Clock(ZoneInfo("UTC")),  # noqa: B008 - frozen
    ) -> None:
        self._client = client
        self._settle = settle
        self._pacer = pacer or Pacer(1)
        self._clock = clock
        self._streak = RefusalStreak()
        self._closed = ClosedRegions()

    def send(self, order: Order, message: Message, commit: Commit) -> Receipt:
        """Place one call, once. The text starts after a person answers, or after the beep."""
        if not isinstance(message, AutoCall):
            raise TypeError(f"{type(message).__name__} is no automated call")
        if not message.caller_id:
            raise ChannelUnavailable("the call has no caller number: set caller_ids in chasing.yaml")
        caller = message.caller_id
        self._closed.check(message.to)
        self._pacer.wait()  # Twilio counts an account's calls, whatever number they come from
        commit()
        with self._closed.closing(message.to):
            sid = self._client.create(
                self._streak,
                lambda sdk: sdk.calls.create(
                    to=message.to, from_=caller, twiml=message.twiml, machine_detection="DetectMessageEnd"
                ),
            )
        return Receipt(self.provider, sid)

    def evidence(self, interrupted: Interrupted) -> Found:
        """Look for a call between the two numbers that was created when this one was about to be."""
        message = interrupted.message
        assert isinstance(message, AutoCall)
        sid, is_near = self._client.look(lambda sdk: _find(sdk, message, interrupted.committed_at))
        if sid is not None:
            return Found(
                Evidence.SENT, Receipt(self.provider, sid), "there is a call between the two numbers at that time"
            )
        detail = "there is no call between the two numbers at that time"
        if interrupted.now - interrupted.committed_at < self._settle:
            return Found(Evidence.EARLY, detail=f"{detail} yet")
        if is_near:
            return Found(Evidence.UNKNOWN, detail=f"{detail}, but one shortly before: is this machine's clock right?")
        return Found(Evidence.ABSENT, detail=detail)

    def deliveries(self, sent: Sequence[SentMessage]) -> Iterator[DeliveryStatus]:
        """Who or what picked up."""
        for message, call in self._client.look_at_each(lambda sdk, one: sdk.calls(one.provider_id).fetch(), sent):
            status = None if call is None else _status(message, call, self._clock.now())
            found = news(message, status)
            if found is not None:
                yield found


def _find(sdk: "Client", message: AutoCall, committed_at: datetime) -> tuple[str | None, bool]:
    """The first call between the two numbers after the commit, and whether there was one shortly before.

    Lists begin with the newest.
    """
    found = None
    for call in sdk.calls.stream(to=message.to, from_=message.caller_id, page_size=_PAGE):
        if call.date_created is None:
            continue
        if call.date_created < committed_at - _BEFORE:
            return found, call.date_created >= committed_at - _NEAR
        if call.date_created <= committed_at + _AFTER:
            found = str(call.sid)
    return found, False


def _status(message: SentMessage, call: Any, now: datetime) -> DeliveryStatus:
    status = str(call.status)
    cost, currency = charged(call)
    is_over = status in _FINAL
    return DeliveryStatus(
        message.dispatch_id,
        status,
        _kind(status, str(call.answered_by or "")),
        is_final=is_over and (cost is not None or now - message.sent_at >= timedelta(hours=1)),
        detail=f"answered by {call.answered_by}" if call.answered_by else "",
        cost=cost,
        cost_currency=currency,
    )


def _kind(status: str, answered_by: str) -> str | None:
    if status == "completed":
        return "voicemail" if answered_by.startswith(("machine", "fax")) else "answered"
    if status in {"busy", "no-answer", "canceled"}:
        return "no_answer"
    return "failed" if status == "failed" else None
