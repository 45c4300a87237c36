"""What the archive and the bounce mailbox tell of e-mail, over IMAP against a stand-in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from chasing_pipeline.channels.archive import Archive
from chasing_pipeline.channels.bounces import Bounces, reports
from chasing_pipeline.channels.errors import ChannelUnavailable, InDoubt, NotSent
from chasing_pipeline.channels.mail_servers import imap_server, smtp_server
from chasing_pipeline.channels.protocol import DeliveryStatus, Evidence
from chasing_pipeline.channels.smtp import EmailSender
from chasing_pipeline.domain.cadence import Channel
from tests.stand_ins.faults import Faults
from tests.stand_ins.imap import ImapStandIn
from tests.stand_ins.mailboxes import ARCHIVE_ADDRESS, Mail
from tests.stand_ins.serving import CERTIFICATE
from tests.stand_ins.smtp import SmtpStandIn

from .outgoing import HOUR, QUICK, Commits, email, interrupted, order, sent, told

DAY = timedelta(days=1)


@dataclass
class Post:
    """A relay, the mailboxes behind it, and the sender that uses both."""

    mail: Mail
    relay: SmtpStandIn
    imap: ImapStandIn

    @property
    def sender(self) -> EmailSender:
        server = imap_server(f"{self.imap.environment()['IMAP_URL']}?ca={CERTIFICATE}")
        archive = Archive(ARCHIVE_ADDRESS, server, QUICK)
        bounces = Bounces(server, ignored=ARCHIVE_ADDRESS, timeouts=QUICK)
        return EmailSender(smtp_server(self.relay.environment()["SMTP_URL"]), archive, bounces, QUICK)


@pytest.fixture
def post() -> Iterator[Post]:
    mail = Mail()
    with SmtpStandIn(mail=mail, security="none") as relay, ImapStandIn(mail) as imap:
        yield Post(mail, relay, imap)


def news(post: Post, last: str = "", age: timedelta = timedelta()) -> list[DeliveryStatus]:
    return list(post.sender.deliveries([sent(email().message_id, last=last, age=age)]))


def test_a_copy_in_the_archive_proves_that_an_interrupted_e_mail_went_out(post: Post) -> None:
    post.relay.faults = Faults(script=["drop_after"])
    with pytest.raises(InDoubt):
        post.sender.send(order(Channel.EMAIL), email(), Commits())
    found = post.sender.evidence(interrupted(email(), Channel.EMAIL))
    assert found.evidence is Evidence.SENT
    assert found.receipt is not None
    assert found.receipt.provider_id == email().message_id


def test_an_e_mail_that_is_not_in_the_archive_is_absent_after_the_settle_time(post: Post) -> None:
    post.relay.faults = Faults(script=["drop_before"])
    with pytest.raises(InDoubt):
        post.sender.send(order(Channel.EMAIL), email(), Commits())
    post.sender.send(order(Channel.EMAIL, 2), email(number=2), Commits())
    early = interrupted(email(), Channel.EMAIL, age=timedelta(minutes=14))
    assert post.sender.evidence(early).evidence is Evidence.EARLY
    assert post.sender.evidence(interrupted(email(), Channel.EMAIL, age=HOUR)).evidence is Evidence.ABSENT


@pytest.mark.parametrize("archive", [None, Archive(ARCHIVE_ADDRESS)])
def test_without_a_mailbox_to_look_into_nobody_knows(post: Post, archive: Archive | None) -> None:
    sender = EmailSender(smtp_server(post.relay.environment()["SMTP_URL"]), archive, timeouts=QUICK)
    assert sender.evidence(interrupted(email(), Channel.EMAIL, age=HOUR)).evidence is Evidence.UNKNOWN


@pytest.mark.parametrize("fault", ["drop_before", "imap_unavailable"])
def test_an_archive_that_can_t_be_searched_now_is_no_answer(post: Post, fault: str) -> None:
    post.imap.faults = Faults({fault: 1.0}, operations=["imap"])
    with pytest.raises(NotSent):
        post.sender.evidence(interrupted(email(), Channel.EMAIL, age=HOUR))


def test_an_archive_that_is_not_there_is_no_answer() -> None:
    with ImapStandIn(Mail(), security="none") as gone:
        server = imap_server(gone.environment()["IMAP_URL"])
    with pytest.raises(NotSent, match=rf"127\.0\.0\.1:{server.port}"):
        Archive(ARCHIVE_ADDRESS, server, QUICK).holds("<1@x>")


def test_wrong_settings_of_the_archive_are_said_without_the_password(post: Post) -> None:
    for url, words in (
        (f"imaps://{post.imap.user}:wrong-secret@127.0.0.1:{post.imap.port}/Archive?ca={CERTIFICATE}", "login"),
        (f"{post.imap.environment()['IMAP_URL']}s?ca={CERTIFICATE}", "no folder Archives"),
    ):
        archive = Archive(ARCHIVE_ADDRESS, imap_server(url), QUICK)
        with pytest.raises(ChannelUnavailable, match=words) as raised:
            archive.holds("<1@x>")
        for secret in ("wrong-secret", post.imap.password):
            assert secret not in told(raised.value) + repr(archive)


def test_a_mailbox_whose_certificate_is_not_trusted_is_not_spoken_to(post: Post) -> None:
    archive = Archive(ARCHIVE_ADDRESS, imap_server(post.imap.environment()["IMAP_URL"]), QUICK)
    with pytest.raises(NotSent, match="certificate"):
        archive.holds("<1@x>")


def test_a_permanent_bounce_finds_its_e_mail(post: Post) -> None:
    post.mail.bounces[email().recipient] = "5.1.1"
    post.sender.send(order(Channel.EMAIL), email(), Commits())
    (status,) = news(post)
    assert (status.kind, status.is_final, status.is_permanent) == ("bounced", True, True)
    assert status.dispatch_id == order(Channel.EMAIL).dispatch_id
    assert "5.1.1" in status.detail


def test_a_delay_is_a_note_told_once_and_not_the_end(post: Post) -> None:
    post.mail.bounces[email().recipient] = "4.4.1"
    post.sender.send(order(Channel.EMAIL), email(), Commits())
    (status,) = news(post)
    assert (status.kind, status.is_final, status.is_permanent) == ("note", False, False)
    assert news(post, last=status.status) == []
    post.mail.bounce(post.mail.messages[0], email().recipient, "5.1.1")
    assert [each.kind for each in news(post, last=status.status)] == ["bounced"]


def test_a_bounce_of_the_archive_s_copy_is_nobody_s(post: Post) -> None:
    post.sender.send(order(Channel.EMAIL), email(), Commits())
    post.mail.bounce(post.mail.messages[0], ARCHIVE_ADDRESS)
    assert news(post) == []


def test_the_archive_s_copy_is_asked_not_to_bounce(post: Post) -> None:
    post.mail.bounces[ARCHIVE_ADDRESS] = "5.1.1"
    post.sender.send(order(Channel.EMAIL), email(), Commits())
    assert post.mail.mailbox("Bounces", 0) == []


def test_a_bounce_of_another_e_mail_is_none_of_this_one(post: Post) -> None:
    post.mail.bounces["other@acme.example"] = "5.1.1"
    post.sender.send(order(Channel.EMAIL), email(), Commits())
    post.sender.send(order(Channel.EMAIL, 2), email("other@acme.example", 2), Commits())
    assert news(post) == []


def test_an_e_mail_of_which_nothing_came_back_is_not_followed_for_ever(post: Post) -> None:
    assert news(post, age=4 * DAY) == []
    (status,) = news(post, age=5 * DAY)
    assert (status.kind, status.is_final) == (None, True)


def test_without_a_mailbox_an_e_mail_is_followed_as_long_and_no_longer() -> None:
    bounces = Bounces(None)
    assert list(bounces.news_of([sent("<1@x>", age=4 * DAY)])) == []
    assert [status.is_final for status in bounces.news_of([sent("<1@x>", age=5 * DAY)])] == [True]


def test_each_report_is_fetched_once(post: Post) -> None:
    post.mail.bounces[email().recipient] = "4.4.1"
    sender = post.sender
    sender.send(order(Channel.EMAIL), email(), Commits())
    followed = [sent(email().message_id)]
    first = list(sender.deliveries(followed))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("chasing_pipeline.channels.imap.Mailbox.content", lambda *_: pytest.fail("fetched again"))
        assert list(sender.deliveries(followed)) == first


def test_nothing_in_the_mailbox_is_marked_as_read(post: Post) -> None:
    post.mail.bounces[email().recipient] = "5.1.1"
    post.sender.send(order(Channel.EMAIL), email(), Commits())
    news(post)
    post.sender.evidence(interrupted(email(), Channel.EMAIL))
    records = [*(post.mail.mailbox("Bounces", 0) or []), *(post.mail.mailbox("Archive", 0) or [])]
    assert [record["seen"] for record in records] == [False, False]


REPORT = """\
From: MAILER-DAEMON@relay.example
To: {to}
Content-Type: multipart/report; report-type=delivery-status; boundary=x

--x
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; jane@acme.example
Action: {action}
Status: {status} (details)
Diagnostic-Code: smtp; 550 gone

--x
Content-Type: {kind}

{original}
--x--
"""
IDENTITY = "0" * 31 + "1"


@pytest.mark.parametrize(
    ("to", "original"),
    [
        (f"bounces+{IDENTITY}@sender.example", "Subject: something"),
        ("bounces@sender.example", f"Message-ID: {email().message_id}"),
    ],
)
@pytest.mark.parametrize("kind", ["text/rfc822-headers", "message/rfc822"])
def test_a_report_names_its_e_mail_by_return_path_or_message_id(to: str, original: str, kind: str) -> None:
    content = REPORT.format(to=to, action="failed", status="5.1.1", kind=kind, original=original)
    (report,) = reports(content.encode())
    assert (report.dispatch_ids, report.message_id) in [({IDENTITY}, ""), (frozenset(), email().message_id)]
    assert (report.recipient, report.action, report.status) == ("jane@acme.example", "failed", "5.1.1")


def test_a_report_of_delivery_is_a_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    content = REPORT.format(
        to=f"b+{IDENTITY}@x.example", action="delivered", status="2.0.0", kind="message/rfc822", original="a: b"
    )
    bounces = Bounces(None)
    monkeypatch.setattr(bounces, "_reports", lambda since: reports(content.encode()))
    (status,) = bounces.news_of([sent("<1@x>")])
    assert (status.kind, status.is_final) == ("delivered", True)


def test_giving_up_after_delays_is_a_bounce_that_is_not_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    content = REPORT.format(
        to=f"b+{IDENTITY}@x.example", action="failed", status="4.4.1", kind="message/rfc822", original="a: b"
    )
    bounces = Bounces(None)
    monkeypatch.setattr(bounces, "_reports", lambda since: reports(content.encode()))
    (status,) = bounces.news_of([sent("<1@x>")])
    assert (status.kind, status.is_final, status.is_permanent) == ("bounced", True, False)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        f"To: bounces+{IDENTITY}@sender.example\nAuto-Submitted: auto-replied\n\nOut of office".encode(),
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\nno parts",
        b"Content-Type: multipart/report; report-type=delivery-status\n\nno boundary",
        b"Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\n\n--x--",
        b"Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/rfc822\n\n\n--x--",
    ],
)
def test_what_is_no_report_is_no_bounce(content: bytes) -> None:
    assert list(reports(content)) == []
