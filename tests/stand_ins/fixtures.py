"""Stand-ins for tests, each ending with its test: ``from tests.stand_ins.fixtures import twilio_stand_in``.

A test that wants other settings makes its own: ``with TwilioStandIn(pace=0) as twilio: …``.
"""

from collections.abc import Iterator

import pytest

from .lob import LobStandIn
from .mailboxes import Mail
from .smtp import SmtpStandIn
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
def mail_stand_in() -> Mail:
    """What the relay accepted and the mailboxes show."""
    return Mail()


@pytest.fixture
def smtp_stand_in(mail_stand_in: Mail) -> Iterator[SmtpStandIn]:
    """An SMTP relay that wants STARTTLS and a password; clients must trust ``serving.CERTIFICATE``."""
    with SmtpStandIn(mail=mail_stand_in) as stand_in:
        yield stand_in
