"""Stand-ins for tests, each ending with its test: ``from tests.stand_ins.fixtures import twilio_stand_in``.

A test that wants other settings makes its own: ``with TwilioStandIn(pace=0) as twilio: …``.
"""

from collections.abc import Iterator

import pytest

from .lob import LobStandIn
from .mail import MailStandIn
from .twilio import TwilioStandIn


@pytest.fixture
def twilio_stand_in() -> Iterator[TwilioStandIn]:
    """Twilio."""
    with TwilioStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def lob_stand_in() -> Iterator[LobStandIn]:
    """Lob."""
    with LobStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def mail_stand_in() -> Iterator[MailStandIn]:
    """A relay that wants STARTTLS and a password, and its mailboxes; clients must trust ``serving.CERTIFICATE``."""
    with MailStandIn() as stand_in:
        yield stand_in
