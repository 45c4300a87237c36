"""Stand-ins that keep every request and its reply."""

from typing import Any

from tests.stand_ins.lob import LobStandIn
from tests.stand_ins.twilio import TwilioStandIn
from tests.stand_ins.web import Reply, Request, WebStandIn


class _Recorded(WebStandIn):
    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.exchanges: list[tuple[Request, Reply]] = []

    def answer(self, request: Request) -> Reply:
        reply = super().answer(request)
        self.exchanges.append((request, reply))
        return reply


class RecordedTwilio(_Recorded, TwilioStandIn):
    """Twilio, remembering."""


class RecordedLob(_Recorded, LobStandIn):
    """Lob, remembering."""
