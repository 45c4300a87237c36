"""Who has signed in, in a signed cookie: nothing is kept on the server.

Does not belong here: passwords (``users``), who may do what (``door``).
"""

import secrets
import time
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "chasing_desk"
IDLE_SECONDS = 4 * 3600
"""A session ends after so long without a page."""
LONGEST_SECONDS = 12 * 3600
"""And after so long in any case."""


class Sessions:
    """Middleware: reads the session before a page, and writes the cookie after it.

    ``trusted_proxies``: addresses that are believed when they say that the browser came by HTTPS.
    """

    def __init__(self, app: ASGIApp, secret: str, trusted_proxies: frozenset[str] = frozenset()) -> None:
        self._app = app
        self._signer = URLSafeTimedSerializer(secret, salt="chasing-desk-session")
        self._trusted_proxies = trusted_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on the request with ``scope["session"]``."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        session = scope["session"] = self._read(connection.cookies.get(COOKIE, ""))
        is_secure = self._is_secure(connection)

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and not scope["path"].startswith("/static/"):
                MutableHeaders(scope=message).append("set-cookie", self._cookie(session, is_secure))
            await send(message)

        await self._app(scope, receive, send_with_cookie)

    def _read(self, cookie: str) -> dict[str, Any]:
        try:
            content = self._signer.loads(cookie, max_age=IDLE_SECONDS)
        except BadData:
            return fresh()
        is_old = not isinstance(content, dict) or content.get("since", 0) + LONGEST_SECONDS < time.time()
        return fresh() if is_old else content

    def _cookie(self, session: dict[str, Any], is_secure: bool) -> str:
        value = self._signer.dumps(session)
        assert isinstance(value, str)
        secure = "; Secure" if is_secure else ""
        return f"{COOKIE}={value}; Path=/; Max-Age={IDLE_SECONDS}; HttpOnly; SameSite=Lax{secure}"

    def _is_secure(self, connection: HTTPConnection) -> bool:
        peer = connection.client.host if connection.client else ""
        said = connection.headers.get("x-forwarded-proto", "") if peer in self._trusted_proxies else ""
        return (said or connection.url.scheme) == "https"


def fresh() -> dict[str, Any]:
    """A new session of nobody yet, with its own form token."""
    return {"token": secrets.token_urlsafe(24), "since": int(time.time())}


def begin(session: dict[str, Any], name: str, stamp: str) -> None:
    """Make it the session of somebody who has just signed in; nothing of the old one stays."""
    end(session)
    session.update(user=name, stamp=stamp)


def end(session: dict[str, Any]) -> None:
    """Sign out."""
    session.clear()
    session.update(fresh())
