"""The relay, through the standard library's client."""

import smtplib
import ssl
from typing import Any

import pytest

from tests.stand_ins.faults import Faults
from tests.stand_ins.mail import MailStandIn
from tests.stand_ins.mailboxes import ARCHIVE_ADDRESS, Mail, content_of
from tests.stand_ins.samples import email, smtp_client
from tests.stand_ins.serving import client_context
from tests.stand_ins.smtp import SmtpStandIn

SENDER, FULL = "bounce+d1@acme.example", "full@customer.example"


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_a_message_is_kept_as_it_was_sent_with_its_envelope(security: str) -> None:
    mail = Mail()
    with SmtpStandIn(security=security, mail=mail) as stand_in, smtp_client(stand_in) as relay:
        relay.sendmail(SENDER, ["ann@customer.example", ARCHIVE_ADDRESS], email())
    (kept,) = mail.messages
    assert content_of(kept) == email()
    assert (kept["sender"], kept["recipients"]) == (SENDER, ["ann@customer.example", ARCHIVE_ADDRESS])
    assert (kept["message_id"], kept["is_secure"]) == ("<1@acme.example>", security != "none")


def test_a_wrong_password_is_refused(stand_in: MailStandIn) -> None:
    with pytest.raises(smtplib.SMTPAuthenticationError):
        smtp_client(stand_in.smtp, password="wrong")


@pytest.mark.parametrize("mechanism", ["auth_plain", "auth_login"])
def test_both_ways_to_log_in_are_there(mechanism: str, stand_in: MailStandIn) -> None:
    with smtplib.SMTP("127.0.0.1", stand_in.smtp.port, timeout=5) as relay:
        relay.starttls(context=client_context())
        relay.ehlo()
        relay.user, relay.password = stand_in.smtp.user, stand_in.smtp.password
        assert relay.auth(mechanism[5:].upper(), getattr(relay, mechanism))[0] == 235


def test_nothing_is_taken_without_a_login_nor_a_login_without_tls(stand_in: MailStandIn) -> None:
    with smtplib.SMTP("127.0.0.1", stand_in.smtp.port, timeout=5) as relay:
        with pytest.raises(smtplib.SMTPSenderRefused, match="530"):
            relay.sendmail(SENDER, ["ann@customer.example"], email())
        with pytest.raises(smtplib.SMTPNotSupportedError):
            relay.login(stand_in.smtp.user, stand_in.smtp.password)


def test_the_certificate_is_trusted_only_by_who_is_told_to(stand_in: MailStandIn) -> None:
    with smtplib.SMTP("127.0.0.1", stand_in.smtp.port, timeout=5) as relay:
        with pytest.raises(ssl.SSLCertVerificationError):
            relay.starttls(context=ssl.create_default_context())
        relay.close()


@pytest.mark.parametrize(("recipient", "reply"), [("no@customer.example", 550), (FULL, 452)])
def test_a_recipient_is_refused_as_told_and_the_next_message_goes_out(
    recipient: str, reply: int, stand_in: MailStandIn, relay: smtplib.SMTP
) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
        relay.sendmail(SENDER, [recipient], email())
    assert caught.value.recipients[recipient][0] == reply
    relay.rset()
    relay.sendmail(SENDER, ["ann@customer.example"], email())
    assert len(stand_in.mail.messages) == 1


def test_commands_may_come_together(stand_in: MailStandIn, relay: smtplib.SMTP) -> None:
    stand_in.set_faults(Faults(latency=0.05))
    relay.send(b"MAIL FROM:<a@acme.example>\r\nRCPT TO:<b@customer.example>\r\nDATA\r\n")
    assert [relay.getreply()[0] for _ in range(3)] == [250, 250, 354]
    relay.send(b"Subject: x\r\n\r\n..\r\n.\r\nMAIL FROM:<a@acme.example>\r\n")
    assert [relay.getreply()[0] for _ in range(2)] == [250, 250]
    assert content_of(stand_in.mail.messages[0]) == b"Subject: x\r\n\r\n.\r\n"


def test_a_message_that_is_too_large_is_refused() -> None:
    mail = Mail()
    with SmtpStandIn(mail=mail, most_bytes=1000) as stand_in, smtp_client(stand_in) as relay:
        with pytest.raises(smtplib.SMTPSenderRefused, match="552"):
            relay.sendmail(SENDER, ["ann@customer.example"], email() + b"x" * 1000)
        relay.rset()
        relay.mail(SENDER)
        relay.rcpt("ann@customer.example")
        assert relay.data(email() + b"x" * 1000)[0] == 552
    assert mail.messages == []


def accepted_and_answered(script: list[str | None]) -> tuple[int, Any]:
    """How many messages the relay took, and what the client saw of the one that it sent."""
    with MailStandIn(faults=Faults(script=script)) as stand_in:
        answer: Any = 250
        try:
            with smtp_client(stand_in.smtp) as relay:
                assert relay.sock is not None
                relay.sock.settimeout(0.3)
                relay.sendmail(SENDER, ["ann@customer.example"], email())
        except smtplib.SMTPRecipientsRefused as error:
            answer = error.recipients["ann@customer.example"][0]
        except smtplib.SMTPResponseException as error:
            answer = error.smtp_code
        except (smtplib.SMTPServerDisconnected, TimeoutError):
            answer = None
        return len(stand_in.mail.messages), answer


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (None, (1, 250)),
        ("421_greeting", (0, 421)),
        ("421_ehlo", (0, None)),  # smtplib goes on with HELO, and only then finds the connection closed
        ("421_auth", (0, None)),  # or with the next mechanism
        ("421_mail", (0, 421)),
        ("421_rcpt", (0, 421)),
        ("421_data", (0, 421)),
        ("421_dot", (0, 421)),
        ("drop_before", (0, None)),
        ("drop_after", (1, None)),
        ("silence_after", (1, None)),
    ],
)
def test_a_relay_fails_where_it_is_told_to(fault: str | None, outcome: tuple[int, int | None]) -> None:
    assert accepted_and_answered([fault]) == outcome
