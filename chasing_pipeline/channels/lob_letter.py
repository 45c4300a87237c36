"""Letters through Lob: one PDF a request, found again by the dispatch id in its metadata.

The dispatch id is also the idempotency key, which Lob keeps for 24 hours, so an absent letter may be posted again
under it. Does not belong here: making the PDF (``messages``), the account and its failures (``lob_client``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from chasing_pipeline.channels.errors import ChannelUnavailable, Refused
from chasing_pipeline.channels.lob_address import UnusableAddress, lob_address
from chasing_pipeline.channels.lob_client import LobClient
from chasing_pipeline.channels.looking import each_of
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
from chasing_pipeline.channels.streaks import RefusalStreak
from chasing_pipeline.domain.clock import Clock
from chasing_pipeline.domain.message import Letter, Message

_KEY_AGE = timedelta(hours=23)
_FOLLOWED = timedelta(days=45)
_CANCELLED = "cancelled"
_GONE = "gone"
_NO_EVENT = "created"


@dataclass(frozen=True)
class Printing:
    """How letters are printed and posted; the names are Lob's."""

    color: bool = False
    double_sided: bool = True
    use_type: str = "operational"
    address_placement: str = "top_first_page"
    mail_type: str = "usps_first_class"
    custom_envelope: str | None = None

    def fields(self) -> dict[str, str]:
        """As the SDK must get them: it sends a Python bool as a capitalised word, which Lob does not know."""
        fields = {
            "color": str(self.color).lower(),
            "double_sided": str(self.double_sided).lower(),
            "use_type": self.use_type,
            "address_placement": self.address_placement,
            "mail_type": self.mail_type,
        }
        return {**fields, "custom_envelope": self.custom_envelope} if self.custom_envelope else fields


class LetterSender:
    """Sends one letter a request. ``verify_addresses``: ask Lob first whether the address can be delivered to."""

    provider = "lob"

    def __init__(
        self,
        client: LobClient,
        printing: Printing = Printing(),
        verify_addresses: bool = False,
        settle: timedelta = timedelta(minutes=2),
        pacer: Pacer | None = None,
        workers: int = 10,
        clock: Clock = Clock(ZoneInfo("UTC")),  # noqa: B008 - frozen
    ) -> None:
        self._client = client
        self._printing = printing
        self._verify_addresses = verify_addresses
        self._settle = settle
        self._pacer = pacer or Pacer(30)
        self._workers = workers
        self._clock = clock
        self._streak = RefusalStreak()

    def send(self, order: Order, message: Message, commit: Commit) -> Receipt:
        """Post one letter, once."""
        if not isinstance(message, Letter):
            raise TypeError(f"{type(message).__name__} is no letter")
        recipient, sender = self._recipient(message), self._sender(message)
        if self._verify_addresses:
            self._verify(recipient)
        self._pacer.wait()
        commit()
        identity = self._client.create_letter(
            self._streak,
            headers={"Idempotency-Key": order.dispatch_id},
            metadata={"dispatch_id": order.dispatch_id},
            description=f"{order.action_date} {order.step}",
            to_address=recipient,
            from_address=sender,
            file=_PdfFile(message.pdf),
            **self._printing.fields(),
        )
        return Receipt(self.provider, identity)

    def evidence(self, interrupted: Interrupted) -> Found:
        """Look for a letter with this dispatch id. An absent one may be sent again under the same id."""
        letters = self._client.letters_of(interrupted.order.dispatch_id)
        if letters:
            return Found(
                Evidence.SENT, Receipt(self.provider, str(letters[0]["id"])), "Lob has a letter with this dispatch id"
            )
        age = interrupted.now - interrupted.committed_at
        if age < self._settle:
            return Found(Evidence.EARLY, detail="Lob has no letter with this dispatch id yet")
        key = "its idempotency key is still known there" if age < _KEY_AGE else "its idempotency key has expired"
        return Found(Evidence.ABSENT, detail=f"Lob has no letter with this dispatch id; {key}")

    def deliveries(self, sent: Sequence[SentMessage]) -> Iterator[DeliveryStatus]:
        """Where the post saw each last."""

        def look(message: SentMessage) -> dict[str, Any] | None:
            self._pacer.wait()
            return self._client.letter(message.provider_id)

        for message, letter in each_of(look, sent, self._workers):
            status = self._status(message, letter)
            if status.status != message.last_status or status.is_final:
                yield status

    def _recipient(self, message: Letter) -> dict[str, str]:
        try:
            return lob_address(message.to)
        except UnusableAddress as error:
            raise Refused(f"no letter can be addressed to this customer: {error}") from None

    def _sender(self, message: Letter) -> dict[str, str]:
        if message.sender is None:
            raise ChannelUnavailable("letters have no return address: set senders.letter in chasing.yaml")
        try:
            fields = lob_address(message.sender)
        except UnusableAddress as error:
            raise ChannelUnavailable(f"senders.letter in chasing.yaml: {error}") from None
        if fields["address_country"] != "US" and not self._printing.custom_envelope:
            raise ChannelUnavailable(
                "senders.letter in chasing.yaml: Lob takes a return address in the United States alone,"
                " unless custom_envelope is set"
            )
        return fields

    def _verify(self, recipient: dict[str, str]) -> None:
        country = recipient["address_country"]
        asked = {
            "primary_line": "address_line1",
            "secondary_line": "address_line2",
            "city": "address_city",
            "state": "address_state",
        }
        asked |= (
            {"zip_code": "address_zip"}
            if country == "US"
            else {"postal_code": "address_zip", "country": "address_country"}
        )
        self._pacer.wait()
        found = self._client.deliverability(
            country, {name: recipient[field] for name, field in asked.items() if field in recipient}
        )
        if found == "undeliverable":
            raise Refused("the postal address can't be delivered to, says Lob's verification")

    def _status(self, message: SentMessage, letter: dict[str, Any] | None) -> DeliveryStatus:
        is_old = self._clock.now() - message.sent_at >= _FOLLOWED
        if letter is None:
            detail = "Lob has no record of it any more"
            return DeliveryStatus(message.dispatch_id, _GONE, None, is_final=True, detail=detail)
        if letter.get("deleted"):
            detail = "cancelled before it was printed"
            return DeliveryStatus(message.dispatch_id, _CANCELLED, "note", is_final=True, detail=detail)
        event = _last_event(letter)
        if event == "delivered":
            return DeliveryStatus(message.dispatch_id, event, "delivered", is_final=True)
        if event == "returned_to_sender":
            detail = "the post returned the letter"
            return DeliveryStatus(
                message.dispatch_id, event, "bounced", is_final=True, detail=detail, is_permanent=True
            )
        # the post does not scan every letter: after a while nothing more is to come
        return DeliveryStatus(message.dispatch_id, event, None, is_final=is_old)


class _PdfFile(BytesIO):
    """A file whose name the upload carries."""

    name = "letter.pdf"


def _last_event(letter: dict[str, Any]) -> str:
    """The last tracking event as one word; a letter that came back was not delivered, whatever came after."""
    events = [event for event in letter.get("tracking_events") or () if isinstance(event, dict)]
    events.sort(key=lambda event: str(event.get("time") or event.get("date_created") or ""))
    words = [str(event.get("name") or "").lower().replace(" ", "_").replace("-", "_") for event in events]
    if "returned_to_sender" in words:
        return "returned_to_sender"
    return words[-1] if words else _NO_EVENT
