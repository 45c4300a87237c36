"""Text messages through Twilio.

Twilio knows no idempotency key, so evidence is the text's own token: the recent texts to that number are read, once
lists have had time to catch up. Does not belong here: the account and its failures (``twilio_client``).
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
from chasing_pipeline.channels.twilio_errors import CODES, OPTED_OUT, PERMANENT_DELIVERY
from chasing_pipeline.channels.twilio_news import charged, news
from chasing_pipeline.domain.clock import Clock
from chasing_pipeline.domain.message import Message, TextMessage

if TYPE_CHECKING:
    from twilio.rest import Client

_MARGIN = timedelta(minutes=5)
_PAGE = 100
_FINAL = {
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}


class SmsSender:
    """Sends one text a request, paced per sender."""

    provider = "twilio"

    def __init__(
        self,
        client: TwilioClient,
        settle: timedelta = timedelta(minutes=30),
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
        """Post one text, once."""
        if not isinstance(message, TextMessage):
            raise TypeError(f"{type(message).__name__} is no text message")
        sender = message.sender
        if not sender:
            raise ChannelUnavailable("texts have no sender: set senders.sms in chasing.yaml")
        # a messaging service picks one of its numbers itself
        origin = {"messaging_service_sid": sender} if sender.startswith("MG") else {"from_": sender}
        self._closed.check(message.to)
        self._pacer.wait(sender)
        commit()
        with self._closed.closing(message.to):
            sid = self._client.create(
                self._streak, lambda sdk: sdk.messages.create(to=message.to, body=message.body, **origin)
            )
        return Receipt(self.provider, sid)

    def evidence(self, interrupted: Interrupted) -> Found:
        """Look for the token among the texts to that number, from a little before the commit on."""
        message = interrupted.message
        assert isinstance(message, TextMessage)
        oldest = interrupted.committed_at - _MARGIN
        sid, is_blind = self._client.look(lambda sdk: _find(sdk, message, oldest))
        if sid is not None:
            return Found(Evidence.SENT, Receipt(self.provider, sid), "a text to that number holds this one's token")
        detail = "no text to that number since then holds this one's token"
        if interrupted.now - interrupted.committed_at < self._settle:
            return Found(Evidence.EARLY, detail=f"{detail} yet")
        if is_blind:
            return Found(Evidence.UNKNOWN, detail="there are texts to that number, but Twilio has deleted their words")
        return Found(Evidence.ABSENT, detail=detail)

    def deliveries(self, sent: Sequence[SentMessage]) -> Iterator[DeliveryStatus]:
        """What Twilio says of each now."""
        for message, text in self._client.look_at_each(lambda sdk, one: sdk.messages(one.provider_id).fetch(), sent):
            status = None if text is None else _status(message, text, self._clock.now())
            found = news(message, status)
            if found is not None:
                yield found


def _find(sdk: "Client", message: TextMessage, oldest: datetime) -> tuple[str | None, bool]:
    """The newest text to that number with the token, if any; and whether there were any without words.

    By To alone: From is null in a messaging service's texts. An account may have its texts' words deleted.
    """
    is_blind = False
    for text in sdk.messages.stream(to=message.to, page_size=_PAGE):
        if text.date_created is not None and text.date_created < oldest:
            break
        if message.token in (text.body or ""):
            return str(text.sid), is_blind
        is_blind = is_blind or not text.body
    return None, is_blind


def _status(message: SentMessage, text: Any, now: datetime) -> DeliveryStatus:
    code = int(text.error_code) if text.error_code else 0
    kind = _FINAL.get(str(text.status))
    cost, currency = charged(text)
    detail = ""
    if code:
        detail = f"{code}: {CODES[code][1]}" if code in CODES else f"{code}"
    return DeliveryStatus(
        message.dispatch_id,
        str(text.status),
        kind,
        is_final=kind is not None and (cost is not None or now - message.sent_at >= timedelta(hours=1)),
        detail=detail,
        is_permanent=code in PERMANENT_DELIVERY,
        has_opted_out=code in OPTED_OUT,
        cost=cost,
        cost_currency=currency,
    )
