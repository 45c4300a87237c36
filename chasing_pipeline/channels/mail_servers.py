"""SMTP_URL and IMAP_URL: where the mail servers are, read once and with their passwords out of sight.

Does not belong here: talking to them (``smtp_connection``, ``imap``).
"""

import ssl
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from pydantic import SecretStr

_PORTS = {"smtp": 587, "smtps": 465, "imap": 143, "imaps": 993}


class UnusableURL(ValueError):
    """The variable's value can't be used; the message says why and never quotes it."""


@dataclass(frozen=True)
class MailServer:
    """One server. ``tls``: from the first byte on; ``starttls``: after greeting. ``folder``: of an IMAP_URL."""

    host: str
    port: int
    user: str | None = None
    password: SecretStr = field(default_factory=lambda: SecretStr(""))
    tls: bool = False
    starttls: bool = False
    ca: str | None = None
    folder: str = ""

    @property
    def place(self) -> str:
        """HOST:PORT, for messages."""
        return f"{self.host}:{self.port}"

    def context(self) -> ssl.SSLContext:
        """Verifies certificates against the system's store, or against ``ca`` alone."""
        return ssl.create_default_context(cafile=self.ca)


def smtp_server(url: str) -> MailServer:
    """``smtp://user:password@host:port``, ``smtps://…``, ``?starttls=true``, ``?ca=FILE``. Raises UnusableURL."""
    return _server("SMTP_URL", url, ("smtp", "smtps"))


def imap_server(url: str) -> MailServer:
    """``imaps://user:password@host:port/FOLDER``, ``imap://…?starttls=true``, ``?ca=FILE``. Raises UnusableURL."""
    server = _server("IMAP_URL", url, ("imap", "imaps"))
    if server.user is None:
        raise UnusableURL("IMAP_URL names no user; write imaps://user:password@host/FOLDER")
    return server


def _server(variable: str, url: str, schemes: tuple[str, str]) -> MailServer:
    usual = f"write {schemes[1]}://user:password@host:port, with special characters percent-encoded"
    # what the parser complains about may be a part of the password, so its words are not repeated
    try:
        parts = urlsplit(url.strip())
        port, host = parts.port, parts.hostname
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
    except ValueError:
        raise UnusableURL(f"{variable} can't be read; {usual}") from None
    if parts.scheme not in schemes or not host or parts.fragment:
        raise UnusableURL(f"{variable} can't be read; {usual}")
    if unknown := set(query) - {"starttls", "ca"}:
        raise UnusableURL(
            f"{variable}: after the question mark there are {len(unknown)} unknown options; known: starttls, ca"
        )
    starttls = query.get("starttls", "").lower()
    if starttls not in {"", "true", "false"}:
        raise UnusableURL(f"{variable}: starttls is true or false")
    server = MailServer(
        host=host,
        port=port or _PORTS[parts.scheme],
        user=unquote(parts.username) if parts.username else None,
        password=SecretStr(unquote(parts.password or "")),
        tls=parts.scheme == schemes[1],
        starttls=starttls == "true",
        ca=query.get("ca"),
        folder=unquote(parts.path.lstrip("/")),
    )
    _check(variable, server, parts, is_clear_wanted=starttls == "false")
    return server


def _check(variable: str, server: MailServer, parts: SplitResult, is_clear_wanted: bool) -> None:
    if server.tls and server.starttls:
        raise UnusableURL(f"{variable}: {parts.scheme}:// is encrypted from the start; leave out starttls")
    is_clear = not (server.tls or server.starttls or is_clear_wanted)
    if is_clear and server.user and not _is_loopback(server.host):
        raise UnusableURL(
            f"{variable}: the password would travel unencrypted; add ?starttls=true (or insist with ?starttls=false)"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
