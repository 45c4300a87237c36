"""Bounces: what a mailbox tells about e-mail that came back (RFC 3464), matched with what was sent.

A report finds its e-mail by the return path it came to (``user+ACTIONID@…``), the envelope's id or the original
Message-ID. Anybody can write to that mailbox: only delivery reports count, and only about what we sent.
Does not belong here: reading the mailbox (``imap``).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import Message as MimePart
from zoneinfo import ZoneInfo

from chasing_pipeline.channels.imap import Mailbox, open_mailbox
from chasing_pipeline.channels.mail_servers import MailServer
from chasing_pipeline.channels.protocol import DeliveryStatus, SentMessage
from chasing_pipeline.channels.timeouts import PATIENT, Timeouts
from chasing_pipeline.channels.wording import said
from chasing_pipeline.domain.clock import Clock

_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
_SILENT = "no bounce"
_BATCH = 200


@dataclass(frozen=True)
class Report:
    """What one delivery report says about one recipient: ``action`` and ``status`` are its own words."""

    dispatch_ids: frozenset[str]
    message_id: str
    recipient: str
    action: str
    status: str
    diagnostic: str


class Bounces:
    """The reports in one folder. ``ignored``: reports about this recipient, our own archive, are nobody's bounce."""

    def __init__(
        self,
        server: MailServer | None,
        folder: str = "INBOX",
        ignored: str | None = None,
        wait: timedelta = timedelta(days=5),
        timeouts: Timeouts = PATIENT,
        clock: Clock = Clock(ZoneInfo("UTC")),  # noqa: B008 - frozen
    ) -> None:
        self._server = server
        self._folder = folder
        self._ignored = (ignored or "").lower()
        self._wait = wait
        self._timeouts = timeouts
        self._clock = clock
        self._read: dict[tuple[str, str], tuple[Report, ...]] = {}

    def news_of(self, sent: Sequence[SentMessage]) -> Iterator[DeliveryStatus]:
        """What is new about these; one of which nothing came back for long is taken for delivered, unproved."""
        waiting = {message.dispatch_id: message for message in sent}
        if not waiting:
            return
        by_message_id = {message.provider_id: message for message in sent}
        latest: dict[str, DeliveryStatus] = {}
        for report in self._reports(min(message.sent_at for message in sent)):
            message = by_message_id.get(report.message_id) or next(
                (waiting[each] for each in sorted(report.dispatch_ids) if each in waiting), None
            )
            if message is not None and report.recipient.lower() != self._ignored:
                status = _status(message, report)
                known = latest.get(message.dispatch_id)
                latest[message.dispatch_id] = known if known is not None and known.is_final else status
        now = self._clock.now()
        for message in sent:
            news = latest.get(message.dispatch_id)
            if news is not None and news.is_final:
                yield news
            elif now - message.sent_at >= self._wait:
                yield DeliveryStatus(message.dispatch_id, _SILENT, None, is_final=True, detail="nothing came back")
            elif news is not None and news.status != message.last_status:
                yield news

    def _reports(self, since: datetime) -> Iterator[Report]:
        if self._server is None:
            return
        with open_mailbox(self._server, self._folder, self._timeouts) as mailbox:
            # a day earlier: IMAP's dates have no zone
            numbers = mailbox.since((since - timedelta(days=1)).date())
            unread = [number for number in numbers if (mailbox.validity, number) not in self._read]
            for start in range(0, len(unread), _BATCH):
                self._take_in(mailbox, unread[start : start + _BATCH])
            for number in numbers:
                yield from self._read.get((mailbox.validity, number), ())

    def _take_in(self, mailbox: Mailbox, numbers: Sequence[str]) -> None:
        types = mailbox.headers(numbers)
        for number in numbers:
            is_report = b"report" in types.get(number, b"").lower()
            self._read[mailbox.validity, number] = tuple(reports(mailbox.content(number))) if is_report else ()


def reports(content: bytes) -> Iterator[Report]:
    """The delivery reports in one message: one for each recipient that it names, none if it is no such report."""
    message = message_from_bytes(content)
    if message.get_content_type() != "multipart/report" or not message.is_multipart():
        return
    ids = set(_ids(message, ("To", "Delivered-To", "X-Original-To", "Envelope-To")))
    original, blocks = "", list[MimePart]()
    for part in message.walk():
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            blocks += [block for block in part.get_payload() if isinstance(block, MimePart)]
        elif kind in {"message/rfc822", "text/rfc822-headers", "message/rfc822-headers"}:
            original = original or _original(part)
    for block in blocks:
        ids |= set(_ids(block, ("Original-Envelope-Id",)))
    for block in blocks:
        if action := _field(block, "Action").lower():
            yield Report(
                frozenset(ids),
                original,
                _address(_field(block, "Original-Recipient") or _field(block, "Final-Recipient")),
                action,
                _field(block, "Status").split(" ")[0],
                _field(block, "Diagnostic-Code"),
            )


def _status(message: SentMessage, report: Report) -> DeliveryStatus:
    status, detail = f"{report.action} {report.status}".strip(), said(f"{report.status} {report.diagnostic}")
    match report.action:
        case "failed":
            is_permanent = report.status.startswith("5")
            return DeliveryStatus(message.dispatch_id, status, "bounced", True, detail, is_permanent=is_permanent)
        case "delivered":
            return DeliveryStatus(message.dispatch_id, status, "delivered", True, detail)
        case "delayed":
            return DeliveryStatus(message.dispatch_id, status, "note", False, f"delayed: {detail}")
        case _:  # relayed, expanded: out of sight from here on
            return DeliveryStatus(message.dispatch_id, status, None, False, detail)


def _original(part: MimePart) -> str:
    """The Message-ID of the e-mail that a report brings back, whole or its header alone."""
    payload = part.get_payload()
    if isinstance(payload, list):
        return _field(payload[0], "Message-ID") if payload and isinstance(payload[0], MimePart) else ""
    decoded = part.get_payload(decode=True)
    return _field(message_from_bytes(decoded), "Message-ID") if isinstance(decoded, bytes) else ""


def _field(part: MimePart, name: str) -> str:
    return " ".join(str(part.get(name, "")).split())


def _address(value: str) -> str:
    return value.rpartition(";")[2].strip().strip("<>")


def _ids(part: MimePart, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        for value in part.get_all(name, []):
            yield from _ID.findall(str(value).lower())
