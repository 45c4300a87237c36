"""From settings and environment to senders, and what is said to be missing."""

import subprocess
import sys
from typing import Any

import pytest

from chasing_pipeline.channels.errors import ChannelUnavailable
from chasing_pipeline.channels.live import live_senders, missing_settings
from chasing_pipeline.channels.mail_servers import UnusableURL, imap_server, smtp_server
from chasing_pipeline.domain.cadence import TODO_CHANNELS, Channel
from chasing_pipeline.domain.settings import Settings
from tests.stand_ins.lob import LobStandIn
from tests.stand_ins.mailboxes import Mail
from tests.stand_ins.smtp import SmtpStandIn
from tests.stand_ins.twilio import TwilioStandIn

from .outgoing import Commits, call, email, interrupted, letter, order, text, told

CHANNELS = tuple(channel for channel in Channel if channel not in TODO_CHANNELS)
SENDERS = {
    "email": {"name": "Sender", "address": "a@sender.example", "archive": "archive@acme.example"},
    "sms": "+15005550006",
    "letter": {
        "name": "Sender",
        "address1": "1 Main St",
        "city": "Boston",
        "state": "MA",
        "postal_code": "02101",
        "country": "US",
    },
}
SECRETS = {
    "SMTP_URL": "smtps://user:made-up-1@smtp.example",
    "IMAP_URL": "imaps://user:made-up-2@imap.example/Archive",
    "TWILIO_ACCOUNT_SID": "AC1",
    "TWILIO_AUTH_TOKEN": "made-up-3",
    "LOB_API_KEY": "made-up-4",
}


def settings(**more: Any) -> Settings:
    given = {"company": {"name": "X"}, "senders": SENDERS, "caller_ids": {"default": ["+15005550006"]}}
    return Settings.model_validate(given | more)


def test_a_complete_home_lacks_nothing() -> None:
    assert missing_settings(CHANNELS, settings(), SECRETS) == []


def test_what_a_channel_lacks_is_named_a_sentence_each() -> None:
    bare = settings(senders={}, caller_ids={})
    assert missing_settings(CHANNELS, bare, {}) == [
        "email: senders.email in chasing.yaml is not set",
        "email: SMTP_URL is not set",
        "sms: senders.sms in chasing.yaml is not set",
        "sms: TWILIO_ACCOUNT_SID is not set",
        "sms: TWILIO_AUTH_TOKEN is not set",
        "letter: senders.letter in chasing.yaml is not set",
        "letter: LOB_API_KEY is not set",
        "auto_call: caller_ids in chasing.yaml is not set",
        "auto_call: TWILIO_ACCOUNT_SID is not set",
        "auto_call: TWILIO_AUTH_TOKEN is not set",
    ]


def test_channels_that_are_not_needed_may_lack_anything() -> None:
    without_lob = {name: value for name, value in SECRETS.items() if name != "LOB_API_KEY"}
    assert missing_settings([Channel.EMAIL, Channel.PHONE_CALL, Channel.ESCALATE], settings(), without_lob) == []
    assert missing_settings([Channel.LETTER], settings(), without_lob) == ["letter: LOB_API_KEY is not set"]


def test_a_return_address_abroad_needs_an_envelope_of_one_s_own() -> None:
    abroad = SENDERS["letter"] | {"country": "GB"}  # type: ignore[operator]
    (sentence,) = missing_settings([Channel.LETTER], settings(senders=SENDERS | {"letter": abroad}), SECRETS)
    assert "custom_envelope" in sentence
    own = settings(senders=SENDERS | {"letter": abroad | {"custom_envelope": "env_1"}})
    assert missing_settings([Channel.LETTER], own, SECRETS) == []


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("SMTP_URL", "smtp.example", "can't be read"),
        ("SMTP_URL", "https://user:made-up@smtp.example", "can't be read"),
        ("SMTP_URL", "smtp://user:made-up/pass@smtp.example:587", "can't be read"),
        ("SMTP_URL", "smtp://user:made-up#1@smtp.example:587", "can't be read"),
        ("SMTP_URL", "smtp://user:made-up@smtp.example:made-up", "can't be read"),
        ("SMTP_URL", "smtp://user:made-up@[smtp.example", "can't be read"),
        ("SMTP_URL", "smtps://user:made-up@smtp.example?tls=yes", "unknown options"),
        ("SMTP_URL", "smtp://user:made-up@smtp.example?starttls=maybe", "true or false"),
        ("SMTP_URL", "smtps://user:made-up@smtp.example?starttls=true", "leave out starttls"),
        ("SMTP_URL", "smtp://user:made-up@smtp.example", "unencrypted"),
        ("SMTP_URL", "smtps://user:made-up@smtp.example?ca=/nowhere.pem", "ca="),
        ("IMAP_URL", "imaps://imap.example/Archive", "no user"),
        ("IMAP_URL", "imap://user:made-up@imap.example", "unencrypted"),
    ],
)
def test_a_url_that_can_t_be_used_is_named_and_never_quoted(variable: str, value: str, words: str) -> None:
    (sentence,) = missing_settings([Channel.EMAIL], settings(), SECRETS | {variable: value})
    assert words in sentence
    assert "made-up" not in sentence
    with pytest.raises(ChannelUnavailable) as raised:
        live_senders(settings(), SECRETS | {variable: value})[Channel.EMAIL].send(
            order(Channel.EMAIL), email(), Commits()
        )
    assert "made-up" not in told(raised.value)


def test_mail_urls_are_percent_decoded_and_have_default_ports() -> None:
    server = smtp_server("smtp://us%40er:p%2Fw%3A%25@smtp.example?starttls=true")
    assert (server.user, server.password.get_secret_value()) == ("us@er", "p/w:%")
    assert (server.host, server.port, server.tls, server.starttls) == ("smtp.example", 587, False, True)
    assert smtp_server("smtps://smtp.example").port == 465
    assert smtp_server("smtp://user:x@127.0.0.1:25").port == 25
    assert smtp_server("smtp://user:x@smtp.example?starttls=false").starttls is False
    imap = imap_server("imaps://user:x@imap.example/Sent%20copies")
    assert (imap.port, imap.folder, imap.tls) == (993, "Sent copies", True)
    with pytest.raises(UnusableURL):
        smtp_server("")


def test_no_secret_shows_in_what_is_made_of_it() -> None:
    senders = live_senders(settings(), SECRETS)
    shown = repr(senders)
    for sender in senders.values():
        made = sender._made()  # type: ignore[attr-defined]
        shown += repr(sender) + repr(vars(made))
        for part in vars(made).values():
            shown += repr(part) + repr(getattr(part, "__dict__", ""))
    assert "made-up" not in shown


def test_a_missing_setting_stops_its_channel_alone() -> None:
    senders = live_senders(settings(), {})
    assert set(senders) == set(CHANNELS)
    assert {channel: sender.provider for channel, sender in senders.items()} == {
        Channel.EMAIL: "smtp",
        Channel.SMS: "twilio",
        Channel.AUTO_CALL: "twilio",
        Channel.LETTER: "lob",
    }
    with pytest.raises(ChannelUnavailable, match="sms: TWILIO_ACCOUNT_SID is not set"):
        senders[Channel.SMS].evidence(interrupted(text(), Channel.SMS))
    with pytest.raises(ChannelUnavailable):
        list(senders[Channel.LETTER].deliveries([]))


def test_each_channel_sends_with_what_the_environment_names() -> None:
    with (
        TwilioStandIn() as twilio,
        LobStandIn() as lob,
        SmtpStandIn(mail=Mail(), security="none") as relay,
    ):
        environ = twilio.environment() | lob.environment() | relay.environment()
        senders = live_senders(settings(live={"rates": {"sms": None, "auto_call": None}}), environ)
        messages = {
            Channel.EMAIL: email(),
            Channel.SMS: text(),
            Channel.AUTO_CALL: call(),
            Channel.LETTER: letter(),
        }
        for channel, message in messages.items():
            commit = Commits()
            senders[channel].send(order(channel), message, commit)
            assert len(commit.seen) == 1
        assert [len(twilio.texts), len(twilio.calls), len(lob.letters), len(relay.mail.messages)] == [1, 1, 1, 1]
        with pytest.raises(TypeError):
            senders[Channel.SMS].send(order(Channel.SMS), email(), Commits())


def test_the_libraries_of_the_providers_are_loaded_when_they_are_needed() -> None:
    code = "import sys, chasing_pipeline.channels.live; print({'twilio', 'lob', 'requests'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
