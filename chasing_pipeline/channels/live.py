"""The live ways out, made from settings and environment, and what they still lack.

Belongs here: which setting and which variable goes where. Secrets are wrapped as they are read, so that nothing
that prints a sender shows one. Does not belong here: sending (one file per channel).
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from urllib.parse import urlsplit

from pydantic import SecretStr

from chasing_pipeline.channels.archive import Archive
from chasing_pipeline.channels.bounces import Bounces
from chasing_pipeline.channels.errors import ChannelUnavailable
from chasing_pipeline.channels.lob_client import BASE_URL as LOB_BASE_URL
from chasing_pipeline.channels.lob_client import LobAccount, LobClient
from chasing_pipeline.channels.lob_letter import LetterSender, Printing
from chasing_pipeline.channels.mail_servers import MailServer, UnusableURL, imap_server, smtp_server
from chasing_pipeline.channels.pacing import Pacer
from chasing_pipeline.channels.protocol import (
    Commit,
    DeliveryStatus,
    Found,
    Interrupted,
    Order,
    Receipt,
    Sender,
    SentMessage,
)
from chasing_pipeline.channels.smtp import EmailSender
from chasing_pipeline.channels.timeouts import Timeouts
from chasing_pipeline.channels.twilio_call import CallSender
from chasing_pipeline.channels.twilio_client import BASE_URL as TWILIO_BASE_URL
from chasing_pipeline.channels.twilio_client import TwilioAccount, TwilioClient
from chasing_pipeline.channels.twilio_sms import SmsSender
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.clock import Clock
from chasing_pipeline.domain.message import Message
from chasing_pipeline.domain.settings import Settings

_PROVIDERS = {
    Channel.EMAIL: EmailSender.provider,
    Channel.SMS: SmsSender.provider,
    Channel.LETTER: LetterSender.provider,
    Channel.AUTO_CALL: CallSender.provider,
}
LIVE_CHANNELS = tuple(_PROVIDERS)


class LazySender:
    """A sender that is made when it is first used, since the providers' libraries take long to load.

    One is made at a time: they share libraries, which threads that load them at once see half loaded.
    """

    _making = threading.Lock()

    def __init__(self, provider: str, make: Callable[[], Sender]) -> None:
        self.provider = provider
        self._make = make
        self._sender: Sender | None = None

    def send(self, order: Order, message: Message, commit: Commit) -> Receipt:
        """As the sender does; ChannelUnavailable where its settings are missing."""
        return self._made().send(order, message, commit)

    def evidence(self, interrupted: Interrupted) -> Found:
        """As the sender does; ChannelUnavailable where its settings are missing."""
        return self._made().evidence(interrupted)

    def deliveries(self, sent: Sequence[SentMessage]) -> Iterable[DeliveryStatus]:
        """As the sender does; ChannelUnavailable where its settings are missing."""
        return self._made().deliveries(sent)

    def _made(self) -> Sender:
        if self._sender is None:
            with self._making:
                self._sender = self._sender or self._make()
        return self._sender


class _Makers:
    """Makes each channel's sender from settings and environment."""

    def __init__(self, settings: Settings, environ: Mapping[str, str], workers: int) -> None:
        self._settings = settings
        self._environ = environ
        self._workers = workers
        live = settings.live
        self._timeouts = Timeouts(live.connect_timeout_seconds, live.read_timeout_seconds)
        self._clock = Clock(settings.company.zone)
        self._twilio: TwilioClient | None = None

    def make(self, channel: Channel) -> Sender:
        """The channel's sender. Raises ChannelUnavailable where something is missing."""
        if missing := missing_settings([channel], self._settings, self._environ):
            raise ChannelUnavailable("; ".join(missing))
        return self._makers()[channel]()

    def _makers(self) -> dict[Channel, Callable[[], Sender]]:
        return {
            Channel.EMAIL: self._email,
            Channel.SMS: self._sms,
            Channel.AUTO_CALL: self._auto_call,
            Channel.LETTER: self._letter,
        }

    def _email(self) -> Sender:
        sender, live = self._settings.senders.email, self._settings.live
        assert sender is not None
        imap = _imap(self._environ)
        archive = Archive(sender.archive, imap, self._timeouts) if sender.archive else None
        return EmailSender(
            smtp_server(self._environ["SMTP_URL"]),
            archive,
            Bounces(
                imap,
                sender.bounce_folder,
                sender.archive,
                timedelta(days=live.bounce_days),
                self._timeouts,
                self._clock,
            ),
            self._timeouts,
            timedelta(minutes=live.email_settle_minutes),
            Pacer(live.rates.email),
        )

    def _sms(self) -> Sender:
        live = self._settings.live
        settle = timedelta(minutes=live.sms_settle_minutes)
        return SmsSender(self._twilio_client(), settle, Pacer(live.rates.sms), self._clock)

    def _auto_call(self) -> Sender:
        live = self._settings.live
        settle = timedelta(minutes=live.call_settle_minutes)
        return CallSender(self._twilio_client(), settle, Pacer(live.rates.auto_call), self._clock)

    def _letter(self) -> Sender:
        sender, live = self._settings.senders.letter, self._settings.live
        assert sender is not None
        account = LobAccount(SecretStr(self._environ["LOB_API_KEY"]), _lob_url(self._environ.get("LOB_BASE_URL")))
        return LetterSender(
            LobClient(account, self._timeouts),
            Printing(
                color=sender.color,
                double_sided=sender.double_sided,
                use_type=sender.use_type,
                address_placement=sender.address_placement,
                mail_type=sender.mail_type,
                custom_envelope=sender.custom_envelope,
            ),
            live.verify_addresses,
            timedelta(minutes=live.letter_settle_minutes),
            Pacer(live.rates.letter),
            self._workers,
            self._clock,
        )

    def _twilio_client(self) -> TwilioClient:
        account = TwilioAccount(
            self._environ["TWILIO_ACCOUNT_SID"],
            SecretStr(self._environ["TWILIO_AUTH_TOKEN"]),
            self._environ.get("TWILIO_BASE_URL") or TWILIO_BASE_URL,
        )
        if self._twilio is None:
            self._twilio = TwilioClient(account, self._workers, self._timeouts)
        return self._twilio


def live_senders(settings: Settings, environ: Mapping[str, str], workers: int | None = None) -> dict[Channel, Sender]:
    """The live senders of a home; ``workers`` is how many threads will use each (default: the settings' own)."""
    makers = _Makers(settings, environ, workers or settings.live.workers)
    return {channel: LazySender(_PROVIDERS[channel], partial(makers.make, channel)) for channel in LIVE_CHANNELS}


def missing_settings(channels: Iterable[Channel], settings: Settings, environ: Mapping[str, str]) -> list[str]:
    """What each of these channels lacks to be used live: one sentence each, empty when nothing is missing."""
    wanted = set(channels)
    found = []
    for channel in LIVE_CHANNELS:
        if channel in wanted:
            found += [f"{channel.value}: {lack}" for lack in _LACKS[channel](settings, environ)]
    return found


def _lob_url(given: str | None) -> str:
    """Where Lob is; an address without a path means its first version, the only one that there is."""
    if not given:
        return LOB_BASE_URL
    return given if urlsplit(given).path.strip("/") else f"{given.rstrip('/')}/v1"


def _imap(environ: Mapping[str, str]) -> MailServer | None:
    url = environ.get("IMAP_URL")
    return imap_server(url) if url else None


def _email_lacks(settings: Settings, environ: Mapping[str, str]) -> Iterator[str]:
    if settings.senders.email is None:
        yield "senders.email in chasing.yaml is not set"
    if not environ.get("SMTP_URL"):
        yield "SMTP_URL is not set"
    for read, url in ((smtp_server, environ.get("SMTP_URL")), (imap_server, environ.get("IMAP_URL"))):
        if url:
            try:
                read(url).context()
            except UnusableURL as error:
                yield str(error)
            except OSError:
                yield "the file that ?ca= names can't be read"


def _twilio_lacks(environ: Mapping[str, str]) -> Iterator[str]:
    if not environ.get("TWILIO_ACCOUNT_SID"):
        yield "TWILIO_ACCOUNT_SID is not set"
    if not environ.get("TWILIO_AUTH_TOKEN"):
        yield "TWILIO_AUTH_TOKEN is not set"
    yield from _base_url_lacks("TWILIO_BASE_URL", environ.get("TWILIO_BASE_URL"))


def _sms_lacks(settings: Settings, environ: Mapping[str, str]) -> Iterator[str]:
    if not settings.senders.sms:
        yield "senders.sms in chasing.yaml is not set"
    yield from _twilio_lacks(environ)


def _auto_call_lacks(settings: Settings, environ: Mapping[str, str]) -> Iterator[str]:
    if not any(settings.caller_ids.values()):
        yield "caller_ids in chasing.yaml is not set"
    yield from _twilio_lacks(environ)


def _letter_lacks(settings: Settings, environ: Mapping[str, str]) -> Iterator[str]:
    sender = settings.senders.letter
    if sender is None:
        yield "senders.letter in chasing.yaml is not set"
    elif sender.country != "US" and not sender.custom_envelope:
        yield (
            "senders.letter.country in chasing.yaml is not US: Lob takes a return address in the United States alone,"
            " unless senders.letter.custom_envelope is set"
        )
    if not environ.get("LOB_API_KEY"):
        yield "LOB_API_KEY is not set"
    yield from _base_url_lacks("LOB_BASE_URL", environ.get("LOB_BASE_URL"))


def _base_url_lacks(variable: str, url: str | None) -> Iterator[str]:
    if url and not url.startswith(("https://", "http://")):
        yield f"{variable} must begin with https://"


_LACKS: Mapping[Channel, Callable[[Settings, Mapping[str, str]], Iterator[str]]] = {
    Channel.EMAIL: _email_lacks,
    Channel.SMS: _sms_lacks,
    Channel.AUTO_CALL: _auto_call_lacks,
    Channel.LETTER: _letter_lacks,
}
