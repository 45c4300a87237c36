"""The mailboxes, through the standard library's client."""

import email as email_package
import imaplib
import smtplib
from collections.abc import Iterator
from datetime import date

import pytest

from tests.stand_ins.faults import Faults
from tests.stand_ins.mail import MailStandIn
from tests.stand_ins.mailboxes import ARCHIVE_ADDRESS
from tests.stand_ins.samples import email
from tests.stand_ins.serving import client_context

SENDER, GONE = "bounce+d1@acme.example", "gone@customer.example"


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
