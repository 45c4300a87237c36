"""The conversation of the SMTP relay with one client, and where it breaks off.

Does not belong here: what becomes of the messages (``mailboxes``), what the relay is told to do (``smtp``).
"""

import base64
import re
import socket
import time
from collections.abc import Callable
from socketserver import BaseRequestHandler
from typing import TYPE_CHECKING

from .faults import CONNECT_FAULTS, MAIL_FAULTS, Fault
from .mailboxes import described
from .serving import server_context

if TYPE_CHECKING:
    from .smtp import SmtpStandIn

_PATH = re.compile(r"(?i)(?:FROM|TO):\s*<([^>]*)>\s*(.*)")


class _Closed(Exception):
    """The connection ends here."""


class SmtpSession(BaseRequestHandler):
    """One connection. The fault of a message is drawn at MAIL and shows at its own command."""

    server: "SmtpStandIn"

    def setup(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        self._unread = bytearray()
        self.user: str | None = None
        self.is_secure = False
        self._forget()

    def handle(self) -> None:
        try:
            if self.server.is_implicit_tls:
                self._secure()
            self.connect_fault = self.server.faults.draw("connect", CONNECT_FAULTS)
            self._fail_here(Fault.SMTP_421_GREETING)
            self._say("220 relay.example ESMTP stand-in")
            while True:
                is_pipelined = b"\n" in self._unread  # it came along with the one before, and costs no time of its own
                line = self._line().decode("utf-8", "replace").rstrip("\r\n")
                time.sleep(0 if is_pipelined else self.server.faults.delay())
                self._obey(line)
        except _Closed:
            pass

    def finish(self) -> None:
        self.request.close()

    def _line(self) -> bytes:
        while (end := self._unread.find(b"\n") + 1) == 0:
            chunk = self.request.recv(65536)
            if not chunk:
                raise _Closed
            self._unread += chunk
        line = bytes(self._unread[:end])
        del self._unread[:end]
        return line

    def _say(self, *lines: str) -> None:
        replies = [f"{line[:3]}{'-' if number < len(lines) else ' '}{line[4:]}" for number, line in enumerate(lines, 1)]
        self.request.sendall("".join(f"{reply}\r\n" for reply in replies).encode())

    def _forget(self) -> None:
        self.sender: str | None = None
        self.sender_options: dict[str, str] = {}
        self.recipients: dict[str, dict[str, str]] = {}
        self.fault: Fault | None = None

    def _fail_here(self, fault: Fault) -> None:
        if fault in (self.fault, getattr(self, "connect_fault", None)):
            self._say("421 4.3.2 relay.example closes this connection")
            raise _Closed

    def _obey(self, line: str) -> None:
        verb, _, rest = line.partition(" ")
        commands: dict[str, Callable[[str], None]] = {
            "EHLO": self._ehlo,
            "HELO": self._helo,
            "STARTTLS": self._starttls,
            "AUTH": self._auth,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "RSET": self._rset,
            "NOOP": lambda _: self._say("250 2.0.0 Ok"),
            "QUIT": self._quit,
        }
        command = commands.get(verb.upper())
        if command is None:
            self._say("502 5.5.2 command not recognised")
        else:
            command(rest)

    def _ehlo(self, _: str) -> None:
        self._fail_here(Fault.SMTP_421_EHLO)
        self._forget()
        offers = ["PIPELINING", f"SIZE {self.server.most_bytes}", "8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES"]
        if self.server.offers_starttls and not self.is_secure:
            offers.append("STARTTLS")
        if self.is_secure or not self.server.needs_tls:
            offers.append("AUTH PLAIN LOGIN")
        self._say("250 relay.example", *(f"250 {offer}" for offer in offers))

    def _helo(self, _: str) -> None:
        self._fail_here(Fault.SMTP_421_EHLO)
        self._forget()
        self._say("250 relay.example")

    def _starttls(self, _: str) -> None:
        if self.is_secure or not self.server.offers_starttls:
            self._say("503 5.5.1 no TLS here")
            return
        self._say("220 2.0.0 Ready to start TLS")
        self._secure()
        self.user = None
        self._forget()

    def _secure(self) -> None:
        self._unread.clear()  # what came before the handshake nobody vouches for
        self.request = server_context().wrap_socket(self.request, server_side=True)
        self.server.follow(self.request)
        self.is_secure = True

    def _auth(self, rest: str) -> None:
        self._fail_here(Fault.SMTP_421_AUTH)
        if self.server.needs_tls and not self.is_secure:
            self._say("538 5.7.11 encryption required")
            return
        mechanism, _, initial = rest.partition(" ")
        match mechanism.upper():
            case "PLAIN":
                parts = self._decoded(initial or self._asked("")).split("\0")
                user, password = parts[-2:] if len(parts) >= 2 else ("", "")
            case "LOGIN":
                user = self._decoded(initial or self._asked("Username:"))
                password = self._decoded(self._asked("Password:"))
            case _:
                self._say("504 5.5.4 mechanism not recognised")
                return
        if (user, password) != (self.server.user, self.server.password):
            self._say("535 5.7.8 authentication credentials invalid")
            return
        self.user = user
        self._say("235 2.7.0 authentication succeeded")

    def _asked(self, challenge: str) -> str:
        self._say(f"334 {base64.b64encode(challenge.encode()).decode()}")
        return self._line().decode("utf-8", "replace").strip()

    @staticmethod
    def _decoded(text: str) -> str:
        try:
            return base64.b64decode(text, validate=True).decode()
        except ValueError:
            return ""

    def _mail(self, rest: str) -> None:
        found = _PATH.match(rest)
        if self.user is None:
            self._say("530 5.7.0 authentication required")
        elif self.sender is not None:
            self._say("503 5.5.1 nested MAIL command")
        elif found is None:
            self._say("501 5.5.4 syntax: MAIL FROM:<address>")
        else:
            self.fault = self.server.faults.draw("create", MAIL_FAULTS)
            if self.fault is not None:
                self.server.received(f"fault  {self.fault}")
            self._fail_here(Fault.SMTP_421_MAIL)
            options = _options(found[2])
            if int(options.get("SIZE", 0)) > self.server.most_bytes:
                self._say("552 5.3.4 message size exceeds fixed limit")
                return
            self.sender, self.sender_options = found[1], options
            self._say("250 2.1.0 Ok")

    def _rcpt(self, rest: str) -> None:
        found = _PATH.match(rest)
        if self.sender is None:
            self._say("503 5.5.1 need MAIL before RCPT")
        elif found is None or "@" not in found[1]:
            self._say("501 5.1.3 bad recipient address syntax")
        else:
            self._fail_here(Fault.SMTP_421_RCPT)
            refusal = self.server.refusals.get(found[1])
            if refusal is None:
                self.recipients[found[1]] = _options(found[2])
            self._say(refusal or "250 2.1.5 Ok")

    def _data(self, _: str) -> None:
        if not self.recipients:
            self._say("554 5.5.1 no valid recipients")
            return
        self._fail_here(Fault.SMTP_421_DATA)
        self._say("354 End data with <CR><LF>.<CR><LF>")
        lines: list[bytes] = []
        while (line := self._line()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b".") else line)
        time.sleep(self.server.faults.delay())
        self._take(b"".join(lines))

    def _take(self, content: bytes) -> None:
        self._fail_here(Fault.SMTP_421_DOT)
        if self.fault is Fault.DROP_BEFORE:
            raise _Closed
        if len(content) > self.server.most_bytes:
            self._say("552 5.3.4 message size exceeds fixed limit")
            self._forget()
            return
        envelope_id = self.sender_options.get("ENVID", "")
        record = self.server.mail.accept(
            self.sender or "", self.recipients, content, envelope_id=envelope_id, is_secure=self.is_secure
        )
        self.server.received(described(record))
        if self.fault is Fault.SILENCE_AFTER:
            self.server.wait_for_the_end(self.request)
        if self.fault in (Fault.DROP_AFTER, Fault.SILENCE_AFTER):
            raise _Closed
        self._forget()
        self._say(f"250 2.0.0 Ok: queued as {record['id']}")

    def _rset(self, _: str) -> None:
        self._forget()
        self._say("250 2.0.0 Ok")

    def _quit(self, _: str) -> None:
        self._say("221 2.0.0 Bye")
        raise _Closed


def _options(text: str) -> dict[str, str]:
    return {name.upper(): value for name, _, value in (option.partition("=") for option in text.split())}
