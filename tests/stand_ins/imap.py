"""An IMAP server (RFC 3501) that shows the accepted mail: enough of it for ``imaplib`` to search, fetch and flag.

UIDs are places in the mailbox: nothing is ever expunged. Does not belong here: the mailboxes (``mailboxes``), what a
search finds and a fetch shows (``imap_queries``).
"""

import re
import time
from socketserver import StreamRequestHandler

from .faults import IMAP_FAULTS, Fault, Faults
from .imap_queries import BadQuery, fetched, matches, numbers
from .mailboxes import ARCHIVE, BOUNCES, Mail
from .serving import LoopbackServer, server_context
from .smtp import PASSWORD, USER
from .store import Record

_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([()])|([^\s()"\[]+(?:\[[^\]]*\](?:<[^>]*>)?)?)')


def tokens(line: str) -> list[str]:
    """The words of a command: quotes are taken off, parentheses stand alone, ``BODY[…]`` is one word."""
    return [
        re.sub(r"\\(.)", r"\1", found[1]) if found[1] is not None else found[2] or found[3]
        for found in _TOKEN.finditer(line)
    ]


class _Closed(Exception):
    """The connection ends here."""


class _Handler(StreamRequestHandler):
    disable_nagle_algorithm = True
    server: "ImapStandIn"

    def setup(self) -> None:
        super().setup()
        self.is_authenticated = False
        self.mailbox: str | None = None
        self.is_read_only = True

    def handle(self) -> None:
        if self.server.is_implicit_tls:
            self.connection = server_context().wrap_socket(self.connection, server_side=True)
            self.server.follow(self.connection)
            self.rfile.close()
            self.rfile = self.connection.makefile("rb", self.rbufsize)
            self.wfile = self.connection.makefile("wb", 0)
        self._say("* OK IMAP4rev1 stand-in")
        try:
            while (line := self._line()) is not None:
                time.sleep(self.server.faults.delay())
                tag, _, rest = line.partition(" ")
                self._say(f"{tag} {self._obey(rest)}")
        except _Closed:
            pass

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def _line(self) -> str | None:
        text = ""
        while True:
            line = self.rfile.readline(65536).decode("utf-8", "replace")
            if not line.endswith("\n"):
                return None
            text += line.rstrip("\r\n")
            literal = re.search(r"\{(\d+)\}$", text)
            if literal is None:
                return text
            self._say("+ go on")
            given = self.rfile.read(int(literal[1])).decode("utf-8", "replace")
            quoted = given.replace("\\", "\\\\").replace('"', '\\"')
            text = text[: literal.start()] + f'"{quoted}"'

    def _say(self, line: str | bytes) -> None:
        self.wfile.write((line.encode() if isinstance(line, str) else line) + b"\r\n")

    def _obey(self, rest: str) -> str:
        words = tokens(rest)
        verb = words[0].upper() if words else ""
        arguments = words[1:]
        by_uid = verb == "UID" and bool(arguments)
        if by_uid:
            verb, arguments = arguments[0].upper(), arguments[1:]
        try:
            return self._answer(verb, arguments, by_uid)
        except (BadQuery, IndexError, ValueError) as error:
            return f"BAD {error}"

    def _answer(self, verb: str, arguments: list[str], by_uid: bool) -> str:
        match verb:
            case "CAPABILITY":
                self._say("* CAPABILITY IMAP4rev1")
                return "OK CAPABILITY completed"
            case "NOOP":
                return "OK NOOP completed"
            case "LOGOUT":
                self._say("* BYE")
                raise _Closed
            case "LOGIN":
                self.is_authenticated = tuple(arguments) == (self.server.user, self.server.password)
                return "OK logged in" if self.is_authenticated else "NO [AUTHENTICATIONFAILED] authentication failed"
        if not self.is_authenticated:
            return "BAD log in first"
        return self._answer_to_user(verb, arguments, by_uid)

    def _answer_to_user(self, verb: str, arguments: list[str], by_uid: bool) -> str:
        match verb:
            case "LIST":
                for name in ("INBOX", ARCHIVE, BOUNCES):
                    self._say(f'* LIST () "/" "{name}"')
                return "OK LIST completed"
            case "SELECT" | "EXAMINE":
                return self._select(arguments[0], verb == "EXAMINE")
            case "SEARCH" | "FETCH" | "STORE" if self.mailbox is not None:
                return self._look(verb, arguments, by_uid)
            case "CLOSE" | "UNSELECT" if self.mailbox is not None:
                self.mailbox = None
                return f"OK {verb} completed"
        return f"BAD {verb} is not known here"

    def _look(self, verb: str, arguments: list[str], by_uid: bool) -> str:
        fault = self.server.faults.draw("imap", IMAP_FAULTS)
        if fault is Fault.DROP_BEFORE:
            raise _Closed
        if fault is Fault.IMAP_UNAVAILABLE:
            return "NO [UNAVAILABLE] try again later"
        held = self._held()
        if verb == "SEARCH":
            found = [n for n, mail in enumerate(held, start=1) if matches(mail, n, len(held), arguments)]
            self._say("* SEARCH" + "".join(f" {number}" for number in found))
            return "OK SEARCH completed"
        for number in numbers(arguments[0], len(held)):
            if verb == "FETCH":
                self._fetch(held[number - 1], number, arguments[1:], by_uid)
            else:
                self._store(held[number - 1], number, arguments[1:])
        return f"OK {verb} completed"

    def _held(self) -> list[Record]:
        return self.server.mail.mailbox(self.mailbox or "", self.server.faults.lag) or []

    def _select(self, name: str, is_read_only: bool) -> str:
        held = self.server.mail.mailbox(name, self.server.faults.lag)
        if held is None:
            self.mailbox = None
            return f"NO [NONEXISTENT] there is no mailbox {name}"
        self.mailbox, self.is_read_only = name, is_read_only
        self._say(f"* {len(held)} EXISTS")
        self._say("* 0 RECENT")
        self._say("* FLAGS (\\Seen)")
        self._say("* OK [UIDVALIDITY 1] UIDs valid")
        self._say(f"* OK [UIDNEXT {len(held) + 1}] next UID")
        return f"OK [READ-{'ONLY' if is_read_only else 'WRITE'}] selected"

    def _fetch(self, mail: Record, number: int, items: list[str], by_uid: bool) -> None:
        wanted = [item for item in items if item not in "()"]
        if by_uid and "UID" not in wanted:
            wanted.insert(0, "UID")
        self._say(b"* %d FETCH (%b)" % (number, b" ".join(fetched(mail, number, item) for item in wanted)))
        if not self.is_read_only and any(item.upper().startswith(("BODY[", "RFC822")) for item in wanted):
            self.server.mail.mark_seen(mail, True)

    def _store(self, mail: Record, number: int, arguments: list[str]) -> None:
        if self.is_read_only:
            raise BadQuery("the mailbox is open for reading only")
        action, has_seen = arguments[0].upper(), "\\SEEN" in (flag.upper() for flag in arguments[1:])
        is_seen = has_seen if action.startswith("FLAGS") else mail["seen"] and not has_seen
        if action.startswith("+"):
            is_seen = mail["seen"] or has_seen
        self.server.mail.mark_seen(mail, is_seen)
        if not action.endswith(".SILENT"):
            self._say(f"* {number} FETCH (UID {number} FLAGS ({chr(92) + 'Seen' if is_seen else ''}))")


class ImapStandIn(LoopbackServer):
    """Shows the mailboxes of ``mail``: Archive, and Bounces, also as INBOX. Faults befall operation ``imap``."""

    def __init__(
        self,
        mail: Mail,
        *,
        port: int = 0,
        faults: Faults | None = None,
        user: str = USER,
        password: str = PASSWORD,
        security: str = "tls",
    ) -> None:
        super().__init__(_Handler, port)
        self.mail, self.faults = mail, faults or Faults()
        self.user, self.password, self.is_implicit_tls = user, password, security == "tls"

    def environment(self) -> dict[str, str]:
        """What to export so that the pipeline looks for its evidence here."""
        scheme = "imaps" if self.is_implicit_tls else "imap"
        return {"IMAP_URL": f"{scheme}://{self.user}:{self.password}@127.0.0.1:{self.port}/{ARCHIVE}"}
