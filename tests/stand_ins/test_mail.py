"""The relay and the mailboxes, through the standard library's clients."""

import email as email_package
import imaplib
import smtplib
import ssl
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from tests.stand_ins.faults import Faults
from tests.stand_ins.mail import MailStandIn
from tests.stand_ins.mailboxes import ARCHIVE_ADDRESS, Mail, content_of
from tests.stand_ins.samples import email, smtp_client
from tests.stand_ins.serving import client_context
from tests.stand_ins.smtp import SmtpStandIn

SENDER, GONE, FULL = "bounce+d1@acme.example", "gone@customer.example", "full@customer.example"


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


@pytest.fixture
def mailbox(stand_in: MailStandIn) -> Iterator[imaplib.IMAP4]:
    with imaplib.IMAP4_SSL("127.0.0.1", stand_in.imap.port, ssl_context=client_context(), timeout=5) as connection:
        connection.login(stand_in.imap.user, stand_in.imap.password)
        yield connection


def searched(mailbox: imaplib.IMAP4, *criteria: str) -> list[str]:
    status, (found,) = mailbox.uid("SEARCH", *criteria)
    assert status == "OK"
    return found.decode().split()


def one_part(mailbox: imaplib.IMAP4, uid: str, item: str) -> bytes:
    _, parts = mailbox.uid("FETCH", uid, f"({item})")
    return next(part[1] for part in parts if isinstance(part, tuple))


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


def test_the_archive_holds_what_was_sent_to_it(
    stand_in: MailStandIn, relay: smtplib.SMTP, mailbox: imaplib.IMAP4
) -> None:
    relay.sendmail(SENDER, ["ann@customer.example", ARCHIVE_ADDRESS], email("<1@acme.example>"))
    relay.sendmail(SENDER, ["ann@customer.example"], email("<2@acme.example>"))
    assert mailbox.select("Archive", readonly=True) == ("OK", [b"1"])
    assert searched(mailbox, "HEADER", "Message-ID", '"<1@acme.example>"') == ["1"]
    assert searched(mailbox, "HEADER", "Message-ID", '"<2@acme.example>"') == []
    assert one_part(mailbox, "1", "BODY.PEEK[]") == email("<1@acme.example>")


def test_the_archive_may_lag(stand_in: MailStandIn, relay: smtplib.SMTP, mailbox: imaplib.IMAP4) -> None:
    stand_in.set_faults(Faults(lag=60))
    relay.sendmail(SENDER, [ARCHIVE_ADDRESS], email())
    mailbox.select("Archive", readonly=True)
    assert searched(mailbox, "ALL") == []
    stand_in.clock.advance(60)
    assert searched(mailbox, "ALL") == ["1"]


def test_a_bounce_tells_whom_it_is_about_and_why(
    stand_in: MailStandIn, relay: smtplib.SMTP, mailbox: imaplib.IMAP4
) -> None:
    relay.sendmail(SENDER, [GONE], email(), mail_options=["ENVID=d1"], rcpt_options=["NOTIFY=FAILURE"])
    mailbox.select("Bounces")
    report = email_package.message_from_bytes(one_part(mailbox, "1", "BODY.PEEK[]"))
    assert (report.get_content_type(), report.get_param("report-type")) == ("multipart/report", "delivery-status")
    assert report["To"] == SENDER
    of_message, of_recipient = report.get_payload(1).get_payload()  # type: ignore[union-attr]
    assert of_message["Original-Envelope-Id"] == "d1"
    assert (of_recipient["Final-Recipient"], of_recipient["Action"], of_recipient["Status"]) == (
        f"rfc822; {GONE}",
        "failed",
        "5.1.1",
    )
    original = email_package.message_from_string(report.get_payload(2).get_payload())  # type: ignore[union-attr,arg-type]
    assert original["Message-ID"] == "<1@acme.example>"


def test_a_bounce_can_come_long_after(stand_in: MailStandIn, relay: smtplib.SMTP, mailbox: imaplib.IMAP4) -> None:
    relay.sendmail(SENDER, ["ann@customer.example"], email())
    mailbox.select("Bounces")
    assert searched(mailbox, "ALL") == []
    stand_in.mail.bounce(stand_in.mail.messages[0], "ann@customer.example", "4.4.1")
    assert b"Action: delayed" in one_part(mailbox, searched(mailbox, "ALL")[0], "BODY.PEEK[]")


def test_a_bounce_is_read_once(stand_in: MailStandIn, relay: smtplib.SMTP, mailbox: imaplib.IMAP4) -> None:
    for number in range(2):
        relay.sendmail(SENDER, [GONE], email(f"<{number}@acme.example>"))
    mailbox.select("Bounces")
    one_part(mailbox, "1", "BODY.PEEK[HEADER]")
    assert searched(mailbox, "UNSEEN") == ["1", "2"]
    mailbox.uid("STORE", "1", "+FLAGS", "(\\Seen)")
    assert searched(mailbox, "UNSEEN") == ["2"]
    one_part(mailbox, "2", "BODY[]")
    assert searched(mailbox, "UNSEEN") == []


@pytest.mark.parametrize(
    ("criteria", "found"),
    [
        (["ALL"], ["1", "2"]),
        (["SINCE", date.today().strftime("%d-%b-%Y")], ["1", "2"]),
        (["BEFORE", "01-Jan-2020"], []),
        (["SUBJECT", "overdue", "TO", "ann@customer.example"], ["1"]),
        (["OR", "TO", "ann@customer.example", "TO", "bob@customer.example"], ["1", "2"]),
        (["NOT", "TO", "ann@customer.example"], ["2"]),
        (["UID", "2:*"], ["2"]),
    ],
)
def test_a_search_finds_what_meets_every_criterion(
    criteria: list[str], found: list[str], stand_in: MailStandIn, relay: smtplib.SMTP, mailbox: imaplib.IMAP4
) -> None:
    for name in ("ann", "bob"):
        to = f"{name}@customer.example"
        relay.sendmail(SENDER, [to, ARCHIVE_ADDRESS], email(f"<{name}@acme.example>", to))
    mailbox.select("Archive", readonly=True)
    assert searched(mailbox, *criteria) == found


def test_fields_of_a_header_can_be_fetched_alone(
    stand_in: MailStandIn, relay: smtplib.SMTP, mailbox: imaplib.IMAP4
) -> None:
    relay.sendmail(SENDER, [ARCHIVE_ADDRESS], email())
    mailbox.select("Archive", readonly=True)
    fields = one_part(mailbox, "1", "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID SUBJECT)]")
    assert fields == b"Subject: Invoice 1 is overdue\r\nMessage-ID: <1@acme.example>\r\n\r\n"
    assert one_part(mailbox, "1", "RFC822.HEADER").startswith(b"From: ar@acme.example\r\n")


def test_the_mailbox_wants_the_right_password_and_name(stand_in: MailStandIn) -> None:
    with imaplib.IMAP4_SSL("127.0.0.1", stand_in.imap.port, ssl_context=client_context(), timeout=5) as mailbox:
        with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
            mailbox.login(stand_in.imap.user, "wrong")
        mailbox.login(stand_in.imap.user, stand_in.imap.password)
        assert mailbox.select("Nowhere")[0] == "NO"


def test_the_mailbox_can_be_out_of_order(stand_in: MailStandIn) -> None:
    mailbox = imaplib.IMAP4_SSL("127.0.0.1", stand_in.imap.port, ssl_context=client_context(), timeout=5)
    mailbox.login(stand_in.imap.user, stand_in.imap.password)
    mailbox.select("Archive", readonly=True)
    stand_in.set_faults(Faults(script=["imap_unavailable", "drop_before"], operations=["imap"]))
    assert mailbox.uid("SEARCH", "ALL")[0] == "NO"
    with pytest.raises(imaplib.IMAP4.abort):
        mailbox.uid("SEARCH", "ALL")
    mailbox.shutdown()


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
