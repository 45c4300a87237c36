"""Reading a mailbox over IMAP: open, search, fetch; nothing in it is ever changed.

Does not belong here: what is looked for (``archive``, ``bounces``).
"""

import imaplib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date

from chasing_pipeline.channels.errors import ChannelUnavailable, NotSent
from chasing_pipeline.channels.mail_servers import MailServer
from chasing_pipeline.channels.timeouts import Timeouts
from chasing_pipeline.channels.wording import said

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Mailbox:
    """One open folder, read only. ``validity``: the numbers below are good as long as this stays the same."""

    def __init__(self, connection: imaplib.IMAP4, validity: str) -> None:
        self._connection = connection
        self.validity = validity

    def with_message_id(self, message_id: str) -> list[str]:
        """The numbers of the messages with this Message-ID."""
        return self._search("HEADER", "Message-ID", _quoted(message_id))

    def since(self, day: date) -> list[str]:
        """The numbers of the messages that arrived on ``day`` or later."""
        # IMAP's months are English whatever the locale
        return self._search("SINCE", f"{day.day:02d}-{_MONTHS[day.month - 1]}-{day.year}")

    def headers(self, numbers: Sequence[str]) -> dict[str, bytes]:
        """The content type of each message, as far as they are still there."""
        return self._fetch(numbers, "BODY.PEEK[HEADER.FIELDS (CONTENT-TYPE)]")

    def content(self, number: str) -> bytes:
        """The whole message; empty where it is gone."""
        return self._fetch([number], "BODY.PEEK[]").get(number, b"")

    def _search(self, *criteria: str) -> list[str]:
        answer, found = self._connection.uid("SEARCH", *criteria)
        if answer != "OK":
            raise NotSent("the mailbox can't be searched now")
        return [number.decode() for line in found if line for number in line.split()]

    def _fetch(self, numbers: Sequence[str], what: str) -> dict[str, bytes]:
        if not numbers:
            return {}
        answer, parts = self._connection.uid("FETCH", ",".join(numbers), f"(UID {what})")
        if answer != "OK":
            raise NotSent("the mailbox can't be read now")
        fetched = {}
        for part in parts:
            if isinstance(part, tuple) and (number := re.search(rb"\bUID (\d+)", part[0])):
                fetched[number.group(1).decode()] = part[1]
        return fetched


@contextmanager
def open_mailbox(server: MailServer, folder: str, timeouts: Timeouts) -> Iterator[Mailbox]:
    """Log in and open ``folder``. Raises ChannelUnavailable (wrong settings) or NotSent (not reachable now)."""
    try:
        connection = _connected(server, timeouts)
    except OSError as error:
        raise NotSent(f"IMAP server {server.place} can't be reached: {said(error)}") from None
    except imaplib.IMAP4.error as error:
        raise ChannelUnavailable(f"IMAP_URL: {server.place}: {said(error)}") from None
    try:
        yield Mailbox(connection, _opened(connection, server, folder))
    except (imaplib.IMAP4.error, OSError) as error:
        why = said(error, [server.password])
        raise NotSent(f"IMAP server {server.place} stopped answering: {why}") from None
    finally:
        _close(connection)


def _connected(server: MailServer, timeouts: Timeouts) -> imaplib.IMAP4:
    connection: imaplib.IMAP4
    if server.tls:
        context = server.context()
        connection = imaplib.IMAP4_SSL(server.host, server.port, ssl_context=context, timeout=timeouts.connect)
    else:
        connection = imaplib.IMAP4(server.host, server.port, timeout=timeouts.connect)
    try:
        connection.sock.settimeout(timeouts.read)
        if server.starttls:
            connection.starttls(server.context())
    except BaseException:
        _close(connection)
        raise
    return connection


def _close(connection: imaplib.IMAP4) -> None:
    try:
        connection.logout()
    except (imaplib.IMAP4.error, OSError):
        with suppress(OSError):  # the library leaves the socket open when nobody answers
            connection.shutdown()


def _opened(connection: imaplib.IMAP4, server: MailServer, folder: str) -> str:
    try:
        connection.login(server.user or "", server.password.get_secret_value())
    except UnicodeError:
        raise ChannelUnavailable(f"IMAP_URL: {server.place} takes ASCII in user and password alone") from None
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        why = said(error, [server.password])
        raise ChannelUnavailable(f"IMAP_URL: {server.place} refuses the login: {why}") from None
    answer, told = connection.select(_quoted(folder), readonly=True)
    if answer != "OK":
        raise ChannelUnavailable(f"IMAP_URL: {server.place} has no folder {folder}: {said(told)}")
    validity = connection.response("UIDVALIDITY")[1]
    return repr(validity)


def _quoted(text: str) -> str:
    return '"' + re.sub(r"[\r\n]", "", text).replace("\\", "\\\\").replace('"', '\\"') + '"'
