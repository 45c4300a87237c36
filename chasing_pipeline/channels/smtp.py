"""E-mail over SMTP: one recipient a transaction, and the commit immediately before the terminating dot.

Until the dot the server owns nothing, so a crash or an error before it is surely not sent; from the dot until the
answer both sides own the message (RFC 1047), and only a copy in the archive mailbox tells what became of it.
Does not belong here: connections (``smtp_connection``), meaning of replies (``smtp_replies``), bounces (``bounces``).
"""

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta

from chasing_pipeline.channels.archive import Archive
from chasing_pipeline.channels.bounces import Bounces
from chasing_pipeline.channels.errors import ChannelUnavailable, InDoubt, NotSent, Refused, SendError
from chasing_pipeline.channels.mail_servers import MailServer
from chasing_pipeline.channels.pacing import Pacer
from chasing_pipeline.channels.protocol import (
    Commit,
    DeliveryStatus,
    Evidence,
    Found,
    Interrupted,
    Order,
    Receipt,
    SentMessage,
)
from chasing_pipeline.channels.smtp_connection import Connection, Lost, Pool, Reply
from chasing_pipeline.channels.smtp_replies import refusal
from chasing_pipeline.channels.streaks import RefusalStreak
from chasing_pipeline.channels.timeouts import PATIENT, Timeouts
from chasing_pipeline.domain.message import Email, Message

_ADDRESS = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")  # printable ASCII without spaces and angle brackets
_LINE_ENDS = re.compile(rb"\r\n|\r|\n")
_CHUNK = 65536


class EmailSender:
    """Sends through one SMTP server. ``archive`` gets a copy of everything and is searched for evidence."""

    provider = "smtp"

    def __init__(
        self,
        server: MailServer,
        archive: Archive | None = None,
        bounces: Bounces | None = None,
        timeouts: Timeouts = PATIENT,
        settle: timedelta = timedelta(minutes=15),
        pacer: Pacer | None = None,
    ) -> None:
        self._pool = Pool(server, timeouts)
        self._archive = archive
        self._bounces = bounces
        self._settle = settle
        self._pacer = pacer or Pacer(None)
        self._streak = RefusalStreak()

    def send(self, order: Order, message: Message, commit: Commit) -> Receipt:
        """Hand one e-mail to the server; its Message-ID is the identity under which it can be found again."""
        if not isinstance(message, Email):
            raise TypeError(f"{type(message).__name__} is no e-mail")
        _check(message)
        content = _wire_form(message.content)
        self._pacer.wait()
        connection = self._begin(order, message, len(content))
        self._envelope(connection, order, message)
        try:
            for start in range(0, len(content), _CHUNK):
                connection.write(content[start : start + _CHUNK])
            commit()
        except Lost as error:
            connection.drop()
            raise self._not_sent(error) from None
        except BaseException:
            # whatever stopped the commit: without its dot the message is thrown away by the server
            connection.drop()
            raise
        return self._finish(connection, message)

    def evidence(self, interrupted: Interrupted) -> Found:
        """Look for the Message-ID in the archive. Raises ChannelUnavailable or NotSent: can't look now."""
        message = interrupted.message
        assert isinstance(message, Email)
        if self._archive is None or not self._archive.can_be_searched:
            return Found(
                Evidence.UNKNOWN, detail="there is no archive mailbox to look for it (senders.email.archive, IMAP_URL)"
            )
        if self._archive.holds(message.message_id):
            detail = f"{message.message_id} is in the archive mailbox"
            return Found(Evidence.SENT, Receipt(self.provider, message.message_id), detail)
        detail = f"{message.message_id} is not in the archive mailbox"
        if interrupted.now - interrupted.committed_at < self._settle:
            return Found(Evidence.EARLY, detail=f"{detail} yet")
        return Found(Evidence.ABSENT, detail=detail)

    def deliveries(self, sent: Sequence[SentMessage]) -> Iterable[DeliveryStatus]:
        """What the bounce mailbox knows of these."""
        return self._bounces.news_of(sent) if self._bounces else ()

    def close(self) -> None:
        """Say goodbye on the idle connections."""
        self._pool.close()

    def _begin(self, order: Order, message: Email, size: int) -> Connection:
        """A connection on which MAIL was accepted. One that the server had closed meanwhile is replaced once."""
        connection = self._pool.take()
        try:
            reply = self._mail(connection, order, message, size)
            is_stale = reply.code == 421
        except Lost as error:
            reply, is_stale = Reply(421, str(error)), True
        if is_stale:
            connection.drop()
            if not connection.is_used:
                raise self._not_sent(reply.text)
            connection = self._pool.fresh()
            try:
                reply = self._mail(connection, order, message, size)
            except Lost as error:
                connection.drop()
                raise self._not_sent(error) from None
        if not reply.is_good:
            self._reset(connection)
            raise refusal("MAIL", reply, self._streak)
        return connection

    def _mail(self, connection: Connection, order: Order, message: Email, size: int) -> Reply:
        options = ""
        if connection.offers("size"):
            options += f" SIZE={size}"
        if connection.offers("8bitmime") and not message.content.isascii():
            options += " BODY=8BITMIME"
        if connection.offers("dsn"):
            options += f" RET=HDRS ENVID={order.dispatch_id}"
        return connection.command(f"MAIL FROM:<{message.return_path}>{options}")

    def _envelope(self, connection: Connection, order: Order, message: Email) -> None:
        """RCPT, the archive's RCPT and DATA. Whatever goes wrong here is surely not sent."""
        try:
            has_dsn = connection.offers("dsn")
            reply = connection.command(f"RCPT TO:<{message.recipient}>{' NOTIFY=FAILURE,DELAY' if has_dsn else ''}")
            if not reply.is_good:
                raise refusal("RCPT", reply, self._streak)
            if self._archive is not None and self._archive.address != message.recipient:
                never = " NOTIFY=NEVER" if has_dsn else ""
                self._expect_archive(connection.command(f"RCPT TO:<{self._archive.address}>{never}"))
            reply = connection.command("DATA")
            if reply.code != 354:
                raise refusal("DATA", reply, self._streak)
        except Lost as error:
            connection.drop()
            raise self._not_sent(error) from None
        except SendError:
            self._reset(connection)
            raise
        except BaseException:
            connection.drop()
            raise

    def _expect_archive(self, reply: Reply) -> None:
        """Without its copy nobody could tell an interrupted message's fate, so a mail that would have none waits."""
        if not reply.is_good:
            kind = ChannelUnavailable if reply.code >= 500 else NotSent
            raise kind(f"the archive's address (senders.email.archive) was refused: {reply}")

    def _finish(self, connection: Connection, message: Email) -> Receipt:
        """The dot and the answer to it: from here on nobody knows before the server has spoken."""
        try:
            connection.write(b".\r\n")
            reply = connection.answer()
        except Lost as error:
            connection.drop()
            raise InDoubt(f"no answer from {self._pool.server.place} after the message: {error}") from None
        except BaseException:
            connection.drop()
            raise
        if reply.code == 421:
            connection.drop()
        else:
            self._pool.give_back(connection)
        if not reply.is_good:
            raise refusal(".", reply, self._streak)
        self._streak.success()
        return Receipt(self.provider, message.message_id)

    def _reset(self, connection: Connection) -> None:
        """After a refusal: back between two transactions, or gone."""
        try:
            is_good = connection.command("RSET").is_good
        except Lost:
            is_good = False
        if is_good:
            self._pool.give_back(connection)
        else:
            connection.drop()

    def _not_sent(self, why: object) -> NotSent:
        return NotSent(f"the connection to {self._pool.server.place} was lost before the message was complete: {why}")


def _check(message: Email) -> None:
    if not _ADDRESS.fullmatch(message.recipient):
        raise Refused("the address has characters that SMTP does not take")
    if not _ADDRESS.fullmatch(message.return_path):
        raise ChannelUnavailable("the return path (senders.email) has characters that SMTP does not take")


def _wire_form(content: bytes) -> bytes:
    """Lines end in CRLF, and one that begins with a dot gets a second one (RFC 5321, 4.5.2)."""
    lines = _LINE_ENDS.sub(b"\r\n", content)
    if not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", lines)
