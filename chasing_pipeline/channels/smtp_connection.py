"""One SMTP connection, command by command, and a pool of them.

The standard library's ``sendmail`` writes the terminating dot itself; here the caller does, after its commit.
Does not belong here: what a reply means for a message (``smtp``).
"""

import re
import smtplib
import socket
import ssl
import threading
import time
import weakref
from dataclasses import dataclass
from typing import Self

from chasing_pipeline.channels.errors import ChannelUnavailable, NotSent, SendError
from chasing_pipeline.channels.mail_servers import MailServer
from chasing_pipeline.channels.timeouts import Timeouts
from chasing_pipeline.channels.wording import said

_IDLE_SECONDS = 60.0
_ENHANCED = re.compile(r"\d\.\d{1,3}\.\d{1,3}(?=\s|$)")


class Lost(Exception):
    """The connection is gone, or what came over it is not SMTP."""


@dataclass(frozen=True)
class Reply:
    """What the server answered; ``status`` is the enhanced code (RFC 3463), empty without one."""

    code: int
    text: str

    @property
    def status(self) -> str:
        """E.g. ``5.1.1``."""
        found = _ENHANCED.match(self.text)
        return found.group() if found else ""

    @property
    def is_good(self) -> bool:
        """2xx."""
        return 200 <= self.code < 300

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


class Connection:
    """A connection after greeting, TLS and login. Every method raises Lost once it is gone."""

    def __init__(self, server: MailServer, timeouts: Timeouts) -> None:
        self._server = server
        self._smtp = _connected(server, timeouts)
        self.is_used = False
        self.rested_at = 0.0
        try:
            self._log_in(timeouts)
        except BaseException:
            self.drop()
            raise

    @classmethod
    def open(cls, server: MailServer, timeouts: Timeouts) -> Self:
        """Connect and log in. Raises ChannelUnavailable, or NotSent where the server asks to come back later."""
        try:
            return cls(server, timeouts)
        except SendError:
            raise
        except smtplib.SMTPResponseException as error:
            reply = _reply(server, error.smtp_code, error.smtp_error)
            kind = NotSent if 400 <= reply.code < 500 else ChannelUnavailable
            raise kind(f"SMTP server {server.place} lets nobody in: {reply}") from None
        except UnicodeError:
            raise ChannelUnavailable(f"SMTP_URL: {server.place} takes ASCII in user and password alone") from None
        except (smtplib.SMTPException, OSError) as error:
            why = said(getattr(error, "strerror", None) or error or type(error).__name__, [server.password])
            raise ChannelUnavailable(f"SMTP server {server.place} can't be used: {why}") from None

    def offers(self, extension: str) -> bool:
        """Whether the server announced it in its answer to EHLO."""
        return self._smtp.has_extn(extension)

    def command(self, line: str) -> Reply:
        """Send one command and read the answer."""
        try:
            code, text = self._smtp.docmd(line)
        except (smtplib.SMTPException, OSError) as error:
            raise Lost(said(error)) from None
        return self._checked(code, text)

    def write(self, content: bytes) -> None:
        """Send raw bytes."""
        try:
            self._smtp.send(content)
        except (smtplib.SMTPException, OSError) as error:
            raise Lost(said(error)) from None

    def answer(self) -> Reply:
        """Read the answer to what was written."""
        try:
            code, text = self._smtp.getreply()
        except (smtplib.SMTPException, OSError) as error:
            raise Lost(said(error)) from None
        return self._checked(code, text)

    def drop(self) -> None:
        """Close the socket without a word: a message whose dot is missing is thrown away by the server."""
        self._smtp.close()

    def quit(self) -> None:
        """Say goodbye, whether or not anybody listens."""
        try:
            self._smtp.quit()
        except (smtplib.SMTPException, OSError):
            self._smtp.close()

    def _log_in(self, timeouts: Timeouts) -> None:
        if self._smtp.sock is not None:
            self._smtp.sock.settimeout(timeouts.read)
        self._smtp.ehlo_or_helo_if_needed()
        if self._server.starttls:
            if not self._smtp.has_extn("starttls"):
                raise ChannelUnavailable(f"SMTP_URL: {self._server.place} does not offer STARTTLS")
            self._smtp.starttls(context=self._server.context())
            self._smtp.ehlo_or_helo_if_needed()
        if self._server.user is not None:
            self._smtp.login(self._server.user, self._server.password.get_secret_value())

    def _checked(self, code: int, text: bytes) -> Reply:
        reply = _reply(self._server, code, text)
        if not 200 <= code < 600:
            raise Lost(f"the answer can't be read: {reply.text}")
        return reply


class Pool:
    """Idle connections, the one used last on top; one that rested too long is not trusted any more."""

    def __init__(self, server: MailServer, timeouts: Timeouts) -> None:
        self.server = server
        self._timeouts = timeouts
        self._lock = threading.Lock()
        self._idle: list[Connection] = []
        weakref.finalize(self, _drop_all, self._idle)

    def take(self) -> Connection:
        """A connection of one's own, until it is given back or dropped."""
        while True:
            with self._lock:
                if not self._idle:
                    break
                connection = self._idle.pop()
            if time.monotonic() - connection.rested_at <= _IDLE_SECONDS:
                return connection
            connection.drop()
        return self.fresh()

    def fresh(self) -> Connection:
        """A new connection. Raises as ``Connection.open`` does."""
        return Connection.open(self.server, self._timeouts)

    def give_back(self, connection: Connection) -> None:
        """This one is between two transactions, and may serve another thread."""
        connection.is_used = True
        connection.rested_at = time.monotonic()
        with self._lock:
            self._idle.append(connection)

    def close(self) -> None:
        """End the idle ones."""
        with self._lock:
            idle = list(self._idle)
            self._idle.clear()
        for connection in idle:
            connection.quit()


def _drop_all(connections: list[Connection]) -> None:
    for connection in connections:
        connection.drop()


def _connected(server: MailServer, timeouts: Timeouts) -> smtplib.SMTP:
    # the machine's own name, not one that a DNS server must be asked for, which can take long where there is none
    name = socket.gethostname()
    own = name if "." in name else "[127.0.0.1]"
    if server.tls:
        context: ssl.SSLContext = server.context()
        return smtplib.SMTP_SSL(server.host, server.port, own, timeout=timeouts.connect, context=context)
    return smtplib.SMTP(server.host, server.port, own, timeout=timeouts.connect)


def _reply(server: MailServer, code: int, text: bytes | str) -> Reply:
    decoded = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return Reply(code, said(decoded, [server.password]))
