"""A relay with mailboxes, and a connection to it."""

import smtplib
from collections.abc import Iterator

import pytest

from tests.stand_ins.mail import MailStandIn
from tests.stand_ins.samples import smtp_client

GONE, FULL = "gone@customer.example", "full@customer.example"


@pytest.fixture
def stand_in() -> Iterator[MailStandIn]:
    bounces = {GONE: "5.1.1"}
    refusals = {"no@customer.example": "550 5.1.1 no such user", FULL: "452 4.2.2 mailbox full"}
    with MailStandIn(bounces=bounces, refusals=refusals) as stand_in:
        yield stand_in


@pytest.fixture
def relay(stand_in: MailStandIn) -> Iterator[smtplib.SMTP]:
    with smtp_client(stand_in.smtp) as connection:
        yield connection
