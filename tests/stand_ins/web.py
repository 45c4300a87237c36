"""The HTTP side of a stand-in: keep-alive, faults in front of and behind the service, and the control endpoint.

``/_control/state`` tells what was accepted, ``/_control/faults`` reads and sets faults, ``/_control/clock`` advances
the time. Does not belong here: what a service answers.
"""

import base64
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .faults import WEB_FAULTS, Fault, Faults
from .serving import LoopbackServer
from .store import Clock, Store

Received = Callable[[str], None]


@dataclass(frozen=True)
class Request:
    """A request that has been read."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]  # names in lower case
    body: bytes

    def credentials(self) -> tuple[str, str] | None:
        """User and password of HTTP Basic."""
        scheme, _, encoded = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            user, separator, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except ValueError:
            return None
        return (user, password) if separator else None


@dataclass(frozen=True)
class Reply:
    """An answer. ``identity`` names the field that a reply would be useless without."""

    status: int
    content: bytes
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    identity: str = ""


def as_json(status: int, content: Any, identity: str = "", **headers: str) -> Reply:
    """A reply in JSON; underscores in the headers' names stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps(content).encode(), headers=named, identity=identity)


def html(status: int) -> Reply:
    """The page of a gateway in front of the service."""
    words = HTTPStatus(status).phrase
    page = f"<html><head><title>{status} {words}</title></head><body><h1>{words}</h1></body></html>"
    return Reply(status, page.encode(), "text/html")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "stand-in", ""
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave in one packet
    server: "WebStandIn"

    def parse_request(self) -> bool:
        self.arrived = time.monotonic()
        return super().parse_request()

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    def _handle(self) -> None:
        url = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        request = Request(
            self.command,
            url.path,
            parse_qsl(url.query, keep_blank_values=True),
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(length) if length else b"",
        )
        if request.path.startswith("/_control/"):
            self._send(self.server.control(request))
            return
        reply, silent = self.server.respond(request)
        time.sleep(max(0.0, self.arrived + self.server.faults.delay() - time.monotonic()))
        if reply is not None:
            self._send(reply)
        else:
            if silent:
                self.server.wait_for_the_end(self.connection)
            self.close_connection = True

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.content)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.content)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: what was accepted is told by the stand-in."""


class WebStandIn(LoopbackServer):
    """A service over HTTP. Subclasses say what a request does (``operation``) and answer it (``answer``)."""

    def __init__(
        self,
        *,
        port: int = 0,
        faults: Faults | None = None,
        journal: Path | None = None,
        received: Received | None = None,
    ) -> None:
        super().__init__(_Handler, port)
        self.faults = faults or Faults()
        self.clock = Clock()
        self.store = Store(journal)
        self.received = received or (lambda _: None)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        try:
            super().stop()
        finally:
            self.store.close()

    def set_faults(self, faults: Faults) -> None:
        """Fail in these ways from now on."""
        self.faults = faults

    def operation(self, request: Request) -> str:
        """What faults know a request as: ``create``, ``list``, ``fetch``, …"""
        raise NotImplementedError

    def answer(self, request: Request) -> Reply:
        """What the service does and replies."""
        raise NotImplementedError

    def failure(self, status: int) -> Reply:
        """How the service words that it failed (500) or was asked too much (429)."""
        raise NotImplementedError

    def respond(self, request: Request) -> tuple[Reply | None, bool]:
        """The reply, or None where there is none: whether the connection then stays open without a word."""
        fault = self.faults.draw(self.operation(request), WEB_FAULTS)
        if fault is not None:
            self.received(f"fault  {fault}")
        before: dict[Fault, Reply | None] = (
            {
                Fault.DROP_BEFORE: None,
                Fault.ERROR_BEFORE: self.failure(500),
                Fault.THROTTLED: replace(self.failure(429), headers={"Retry-After": "1"}),
                Fault.THROTTLED_BARE: self.failure(429),
                Fault.HTML_502_BEFORE: html(502),
                Fault.HTML_503_BEFORE: html(503),
            }
            if fault
            else {}
        )
        if fault in before:
            return before[fault], False
        reply = self.answer(request)
        if fault in (Fault.DROP_AFTER, Fault.SILENCE_AFTER):
            return None, fault is Fault.SILENCE_AFTER
        if fault is Fault.ERROR_AFTER:
            return self.failure(500), False
        if fault is Fault.HTML_502_AFTER:
            return html(502), False
        if fault is Fault.GARBAGE_AFTER:
            return replace(reply, content=reply.content[: len(reply.content) // 2]), False
        if fault is Fault.LACKING_AFTER and reply.identity:
            content = json.loads(reply.content)
            del content[reply.identity]
            return replace(reply, content=json.dumps(content).encode()), False
        return reply, False

    def control(self, request: Request) -> Reply:
        """The control endpoint, out of reach of any fault."""
        try:
            given = json.loads(request.body) if request.body else {}
            return as_json(200, self.controlled(request.path.split("/")[2:], given))
        except (ValueError, TypeError, KeyError) as error:
            return as_json(400, {"error": str(error)})

    def controlled(self, path: Sequence[str], given: dict[str, Any]) -> Any:
        """Carry out a control request. Raises ValueError, TypeError or KeyError if it makes no sense."""
        match path:
            case ["faults"]:
                if given:
                    self.set_faults(Faults(**given))
                return self.faults.described()
            case ["clock"]:
                self.clock.advance(given["advance"])
                return {"now": self.clock.now()}
            case ["state"]:
                return {"faults": self.faults.happened, **self.store.everything()}
        raise KeyError(f"no control {'/'.join(path)}")
