"""What every answer and every request is held to: headers, the size of a form, and how often a password may be tried.

Does not belong here: who may do what (``door``).
"""

import time
from collections import defaultdict, deque
from threading import Lock

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_FORM = 64 * 1024
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
FRAMING = {"content-security-policy": f"{POLICY}; frame-src 'self'"}
"""Of a page that shows a message in a frame."""
FRAMED = {
    "content-security-policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "form-action 'none'; frame-ancestors 'self'; base-uri 'none'",
    "x-frame-options": "SAMEORIGIN",
}
"""Of the message in it: it has styles of its own, runs and loads nothing, and is of no origin: it reaches no cookie."""


class Protection:
    """Middleware: refuses forms that are too large, and puts the headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on the request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in {**HEADERS, "cache-control": "no-store"}.items():
                    headers.setdefault(name, value)
            await send(message)

        if scope["method"] == "POST":
            length = Headers(scope=scope).get("content-length", "")
            if not length.isdecimal() or int(length) > LARGEST_FORM:
                refusal = PlainTextResponse("The form is too large, or does not say how large it is.", 413)
                await refusal(scope, receive, send_with_headers)
                return
        await self._app(scope, receive, send_with_headers)


class Attempts:
    """How often somebody failed to sign in lately: ``most`` times within ``seconds``, then wait."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._failures: dict[str, deque[float]] = defaultdict(deque)
        self._lock = Lock()

    def seconds_to_wait(self, who: str) -> int:
        """How long ``who`` has to wait before the next attempt; 0: not at all."""
        now = time.monotonic()
        with self._lock:
            failures = self._recent(who, now)
            return int(failures[0] + self._seconds - now) + 1 if len(failures) >= self._most else 0

    def failed(self, who: str) -> None:
        """Note a failure."""
        now = time.monotonic()
        with self._lock:
            self._recent(who, now)
            self._failures[who].append(now)

    def succeeded(self, who: str) -> None:
        """Forget the failures."""
        with self._lock:
            self._failures.pop(who, None)

    def _recent(self, who: str, now: float) -> deque[float]:
        # also forgets everybody else whose failures are over, so that it can't grow without end
        for name in [name for name, found in self._failures.items() if not found or found[-1] < now - self._seconds]:
            del self._failures[name]
        failures = self._failures[who] if who in self._failures else deque[float]()
        while failures and failures[0] < now - self._seconds:
            failures.popleft()
        return failures
