"""E-mail over SMTP against a stand-in of a relay: what was sent, what surely was not, and what nobody knows."""

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from socketserver import StreamRequestHandler

import pytest
from pydantic import SecretStr

from chasing_pipeline.channels.archive import Archive
from chasing_pipeline.channels.errors import ChannelUnavailable, InDoubt, NotSent, Refused, SendError
from chasing_pipeline.channels.mail_servers import MailServer, smtp_server
from chasing_pipeline.channels.smtp import EmailSender
from chasing_pipeline.domain.cadence import Channel
from tests.stand_ins.faults import Faults
from tests.stand_ins.mailboxes import ARCHIVE_ADDRESS, Mail, content_of
from tests.stand_ins.serving import CERTIFICATE, LoopbackServer
from tests.stand_ins.smtp import SmtpStandIn

from .outgoing import BODY, QUICK, Commits, GivenUp, count_connections, email, give_up, order, told


@pytest.fixture
def relay() -> Iterator[SmtpStandIn]:
    with SmtpStandIn(mail=Mail(), security="none") as stand_in:
        yield stand_in


def server_of(relay: SmtpStandIn, more: str = "") -> MailServer:
    return smtp_server(relay.environment()["SMTP_URL"] + more)


@pytest.fixture
def sender(relay: SmtpStandIn) -> EmailSender:
    return EmailSender(server_of(relay), Archive(ARCHIVE_ADDRESS), timeouts=QUICK)


def send(sender: EmailSender, recipient: str = "jane@acme.example", commit: Callable[[], None] | None = None) -> str:
    return sender.send(order(Channel.EMAIL), email(recipient), commit or Commits()).provider_id


def test_an_e_mail_goes_to_its_recipient_and_the_archive_in_one_transaction(
    relay: SmtpStandIn, sender: EmailSender
) -> None:
    commit = Commits(lambda: len(relay.mail.messages))
    assert send(sender, commit=commit) == email().message_id
    assert commit.seen == [0]
    (record,) = relay.mail.messages
    assert record["recipients"] == [email().recipient, ARCHIVE_ADDRESS]
    assert record["sender"] == email().return_path
    assert record["envelope_id"] == order(Channel.EMAIL).dispatch_id
    assert content_of(record) == email().content


def test_bare_line_ends_can_t_end_the_message_early(relay: SmtpStandIn, sender: EmailSender) -> None:
    smuggled = b"Subject: x\n\n.\nMAIL FROM:<evil@x.example>\r.\rend"
    sender.send(order(Channel.EMAIL), email(content=smuggled), Commits())
    (record,) = relay.mail.messages
    assert content_of(record) == b"Subject: x\r\n\r\n.\r\nMAIL FROM:<evil@x.example>\r\n.\r\nend\r\n"


def test_what_commit_raises_passes_through_and_the_dot_never_follows(relay: SmtpStandIn, sender: EmailSender) -> None:
    with pytest.raises(GivenUp):
        send(sender, commit=give_up)
    assert relay.mail.messages == []
    send(sender)
    assert len(relay.mail.messages) == 1


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ("550 5.1.1 no such user", Refused),
        ("550 no such user", Refused),
        ("551 user not local", Refused),
        ("553 5.1.3 bad address", Refused),
        ("552 5.2.2 mailbox full", Refused),
        ("550 5.4.1 recipient address rejected", Refused),
        ("450 4.2.0 greylisted", NotSent),
        ("452 4.5.3 too many recipients", NotSent),
        ("530 5.7.0 authentication required", ChannelUnavailable),
        ("550 5.1.8 sender's domain not found", ChannelUnavailable),
        ("554 5.7.1 policy", NotSent),
        ("550 relaying denied", NotSent),
    ],
)
def test_a_refused_recipient_is_never_committed(
    relay: SmtpStandIn, sender: EmailSender, reply: str, kind: type[SendError]
) -> None:
    relay.refusals["no@acme.example"] = reply
    commit = Commits()
    connections = count_connections(relay)
    with pytest.raises(SendError, match=reply) as raised:
        send(sender, "no@acme.example", commit)
    assert type(raised.value) is kind
    assert commit.seen == []
    send(sender)
    assert len(relay.mail.messages) == 1
    assert len(connections) == 1  # taken back to its beginning and used again


def test_unclear_refusals_stop_the_channel_at_the_third_in_a_row(relay: SmtpStandIn, sender: EmailSender) -> None:
    relay.refusals["no@acme.example"] = "554 5.7.1 policy"
    for _ in range(2):
        for _ in range(2):
            with pytest.raises(NotSent):
                send(sender, "no@acme.example")
        send(sender)  # a success between: it was the messages' own fault
    for kind in (NotSent, NotSent, ChannelUnavailable):
        with pytest.raises(kind):
            send(sender, "no@acme.example")


@pytest.mark.parametrize(("reply", "kind"), [("550 5.1.1 no such user", ChannelUnavailable), ("451 later", NotSent)])
def test_without_the_archive_s_copy_the_message_waits(
    relay: SmtpStandIn, sender: EmailSender, reply: str, kind: type[SendError]
) -> None:
    relay.refusals[ARCHIVE_ADDRESS] = reply
    commit = Commits()
    with pytest.raises(kind, match=r"senders\.email\.archive"):
        send(sender, commit=commit)
    assert (commit.seen, relay.mail.messages) == ([], [])


def test_an_e_mail_to_the_archive_itself_has_one_recipient(relay: SmtpStandIn, sender: EmailSender) -> None:
    send(sender, ARCHIVE_ADDRESS)
    assert relay.mail.messages[0]["recipients"] == [ARCHIVE_ADDRESS]


def test_an_address_that_smtp_does_not_take_is_refused_before_anything_is_said(sender: EmailSender) -> None:
    for recipient in ("jöe@acme.example", "a b@acme.example", "a@b> SIZE=1\r\nRSET", "nobody"):
        with pytest.raises(Refused):
            send(sender, recipient)
    with pytest.raises(ChannelUnavailable, match="return path"):
        sender.send(order(Channel.EMAIL), replace(email(), return_path="<>"), Commits())


def test_a_message_that_is_too_large_is_refused_before_it_is_sent(relay: SmtpStandIn, sender: EmailSender) -> None:
    relay.most_bytes = 100
    with pytest.raises(Refused, match=r"552 5\.3\.4"):
        send(sender)
    assert relay.mail.messages == []


@pytest.mark.parametrize(
    ("fault", "kind", "commits", "accepted"),
    [
        ("421_rcpt", NotSent, 0, 0),
        ("421_data", NotSent, 0, 0),
        ("421_mail", NotSent, 0, 0),
        ("421_dot", InDoubt, 1, 0),
        ("drop_before", InDoubt, 1, 0),
        ("drop_after", InDoubt, 1, 1),
        ("silence_after", InDoubt, 1, 1),
        ("421_greeting", NotSent, 0, 0),
    ],
)
def test_only_from_the_dot_on_is_a_failure_a_doubt(
    relay: SmtpStandIn, sender: EmailSender, fault: str, kind: type[SendError], commits: int, accepted: int
) -> None:
    relay.faults = Faults(script=[fault])
    commit = Commits()
    with pytest.raises(SendError) as raised:
        send(sender, commit=commit)
    assert type(raised.value) is kind
    assert (len(commit.seen), len(relay.mail.messages)) == (commits, accepted)
    send(sender)
    assert len(relay.mail.messages) == accepted + 1


def test_connections_are_used_again_one_for_each_thread(relay: SmtpStandIn, sender: EmailSender) -> None:
    connections = count_connections(relay)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: sender.send(order(Channel.EMAIL, n), email(number=n), Commits()), range(40)))
    assert len({record["message_id"] for record in relay.mail.messages}) == 40
    assert len(relay.mail.messages) == 40
    assert len(connections) <= 4


def test_a_connection_that_the_server_closed_meanwhile_is_replaced(relay: SmtpStandIn, sender: EmailSender) -> None:
    connections = count_connections(relay)
    send(sender)
    for connection in list(relay._sockets.values()):
        relay.cut(connection)
    commit = Commits()
    send(sender, commit=commit)
    assert (len(commit.seen), len(relay.mail.messages), len(connections)) == (1, 2, 2)


def test_a_server_that_closes_idle_connections_with_421_gets_a_new_one(relay: SmtpStandIn, sender: EmailSender) -> None:
    send(sender)
    relay.faults = Faults(script=["421_mail"])
    send(sender)
    assert len(relay.mail.messages) == 2


def test_a_connection_that_rested_too_long_is_not_used(
    relay: SmtpStandIn, sender: EmailSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    connections = count_connections(relay)
    send(sender)
    monkeypatch.setattr("chasing_pipeline.channels.smtp_connection._IDLE_SECONDS", -1)
    send(sender)
    assert len(connections) == 2


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_encryption_is_verified_against_the_given_authority(security: str) -> None:
    with SmtpStandIn(security=security) as relay:
        joint = "&" if "?" in relay.environment()["SMTP_URL"] else "?"
        trusting = EmailSender(server_of(relay, f"{joint}ca={CERTIFICATE}"), timeouts=QUICK)
        send(trusting)
        assert relay.mail.messages[0]["is_secure"]
        with pytest.raises(ChannelUnavailable, match="certificate"):
            send(EmailSender(server_of(relay), timeouts=QUICK))
        assert len(relay.mail.messages) == 1


def test_a_server_without_starttls_gets_no_password(relay: SmtpStandIn) -> None:
    with pytest.raises(ChannelUnavailable, match="STARTTLS"):
        send(EmailSender(server_of(relay, "?starttls=true"), timeouts=QUICK))


def test_wrong_credentials_stop_the_channel_and_show_nowhere(relay: SmtpStandIn) -> None:
    sender = EmailSender(replace_password(relay, "wrong-secret"), timeouts=QUICK)
    commit = Commits()
    with pytest.raises(ChannelUnavailable, match="535") as raised:
        send(sender, commit=commit)
    assert commit.seen == []
    shown = told(raised.value) + repr(vars(sender)) + repr(vars(sender._pool)) + repr(sender._pool.server)
    assert "wrong-secret" not in shown
    assert BODY not in shown


def test_a_password_with_other_characters_than_ascii_is_a_fault_of_the_setting(relay: SmtpStandIn) -> None:
    with pytest.raises(ChannelUnavailable, match="ASCII") as raised:
        send(EmailSender(replace_password(relay, "p%C3%A4ssw%C3%B6rd"), timeouts=QUICK))
    assert "pässwörd" not in told(raised.value)


def replace_password(relay: SmtpStandIn, password: str) -> MailServer:
    return smtp_server(f"smtp://{relay.user}:{password}@127.0.0.1:{relay.port}")


def test_a_server_that_is_not_there_stops_the_channel() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(ChannelUnavailable, match=rf"127\.0\.0\.1:{port}"):
        send(EmailSender(smtp_server(f"smtp://127.0.0.1:{port}"), timeouts=QUICK))


def test_a_server_that_says_nothing_does_not_hold_us_up() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        server = smtp_server(f"smtp://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(ChannelUnavailable):
            send(EmailSender(server, timeouts=replace(QUICK, connect=0.2)))


class ScriptedRelay(LoopbackServer):
    """A relay whose answer to the terminating dot is given."""

    def __init__(self, answer: str) -> None:
        super().__init__(_Scripted)
        self.answer = answer
        self.heard: list[str] = []
        self.has_body = threading.Event()


class _Scripted(StreamRequestHandler):
    server: ScriptedRelay

    def handle(self) -> None:
        self.wfile.write(b"220 scripted\r\n")
        is_data = False
        for line in self.rfile:
            if is_data:
                if line == b".\r\n":
                    is_data = False
                    self.wfile.write(f"{self.server.answer}\r\n".encode())
                elif line.startswith(b"..a line with a dot"):
                    self.server.has_body.set()
                continue
            verb = line[:4].decode().strip()
            self.server.heard.append(verb)
            is_data = verb == "DATA"
            self.wfile.write(b"354 go on\r\n" if is_data else b"250 fine\r\n")
            if verb == "QUIT":
                return


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("451 4.3.0 try again", NotSent),
        ("452 4.2.2 mailbox full", NotSent),
        ("421 4.3.2 closing", InDoubt),
        ("354 go on", InDoubt),
        ("nonsense", InDoubt),
        ("550 5.1.1 no such user", Refused),
        ("552 5.3.4 too large", Refused),
        ("550 5.6.1 attachment not allowed", Refused),
        ("554 5.7.1 looks like spam", NotSent),
        ("554 transaction failed", NotSent),
        ("530 5.7.0 authentication required", ChannelUnavailable),
    ],
)
def test_the_answer_to_the_dot_decides(answer: str, kind: type[SendError]) -> None:
    with ScriptedRelay(answer) as relay:
        sender = EmailSender(smtp_server(f"smtp://127.0.0.1:{relay.port}"), timeouts=QUICK)
        commit = Commits()
        with pytest.raises(SendError) as raised:
            send(sender, commit=commit)
        assert type(raised.value) is kind
        assert len(commit.seen) == 1
        sender.close()


def test_the_whole_message_is_on_its_way_when_it_is_committed() -> None:
    with ScriptedRelay("250 ok") as relay:
        sender = EmailSender(smtp_server(f"smtp://127.0.0.1:{relay.port}"), timeouts=QUICK)
        commit = Commits(lambda: int(relay.has_body.wait(5)))
        send(sender, commit=commit)
        sender.close()
        assert commit.seen == [1]


def test_a_server_without_extensions_is_asked_for_none() -> None:
    with ScriptedRelay("250 ok") as plain:
        sender = EmailSender(smtp_server(f"smtp://127.0.0.1:{plain.port}"), timeouts=QUICK)
        send(sender)
        sender.close()
        assert plain.heard[:4] == ["ehlo", "MAIL", "RCPT", "DATA"]


def test_a_server_that_repeats_the_password_does_not_get_it_into_an_error() -> None:
    secret = "made-up-and-repeated"
    with ScriptedRelay(f"554 I know your password is {secret}") as relay:
        server = replace(smtp_server(f"smtp://127.0.0.1:{relay.port}"), password=SecretStr(secret))
        with pytest.raises(SendError) as raised:
            send(EmailSender(server, timeouts=QUICK))
        assert secret not in told(raised.value)
        assert "[hidden]" in str(raised.value)
