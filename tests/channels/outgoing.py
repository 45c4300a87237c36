"""What the tests of the live channels send: orders, messages, and commits that count or refuse."""

import io
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pikepdf

from chasing_pipeline.channels.protocol import Interrupted, Order, SentMessage
from chasing_pipeline.channels.timeouts import Timeouts
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.message import AutoCall, Email, Letter, Message, PostalAddress, TextMessage
from tests.stand_ins.serving import LoopbackServer

BODY = "The-words-of-the-message"
"""Stands in every message, and so may stand in no error and no log."""
QUICK = Timeouts(connect=1, read=0.5)
ACME = PostalAddress("Jane Doe", "Acme Inc", "210 King St", "", "San Francisco", "CA", "94107", "US")
NUMBER = "+15005550006"
HOUR = timedelta(hours=1)


@dataclass
class Commits:
    """Counts how often it was called, and looks at the world at that moment."""

    looks_at: Callable[[], int] = lambda: 0
    seen: list[int] = field(default_factory=list)

    def __call__(self) -> None:
        self.seen.append(self.looks_at())


class GivenUp(Exception):
    """What a commit raises in these tests."""


def give_up() -> None:
    """A commit that refuses."""
    raise GivenUp


def order(channel: Channel, number: int = 1) -> Order:
    """One sending."""
    return Order(f"{number:032x}", date(2026, 3, 18), channel, "C1", "nudge", 1)


def email(recipient: str = "jane@acme.example", number: int = 1, content: bytes | None = None) -> Email:
    """An e-mail whose second line begins with a dot."""
    identity = f"<{number:032x}@sender.example>"
    head = f"Message-ID: {identity}\r\nFrom: a@sender.example\r\nSubject: Hello\r\n\r\n"
    content = content if content is not None else f"{head}{BODY}\r\n.a line with a dot\r\n".encode()
    return Email(recipient, "Hello", content, identity, f"bounces+{number:032x}@sender.example")


def text(to: str = "+447700900001", token: str = "t0k3n", sender: str | None = NUMBER) -> TextMessage:
    """A text."""
    return TextMessage(to, sender, f"{BODY} https://pay.example/{token}", token)


def call(to: str = "+447700900001", caller: str | None = NUMBER) -> AutoCall:
    """A call."""
    return AutoCall(to, caller, f"<Response><Say>{BODY}</Say></Response>", BODY)


def pdf(size: tuple[int, int] = (612, 792), pages: int = 1) -> bytes:
    """Blank pages."""
    document, written = pikepdf.new(), io.BytesIO()
    for _ in range(pages):
        document.add_blank_page(page_size=size)
    document.save(written)
    return written.getvalue()


def letter(to: PostalAddress = ACME, sender: PostalAddress | None = ACME, content: bytes | None = None) -> Letter:
    """A letter of one page."""
    return Letter((to.name,), to, sender, content or pdf())


def interrupted(message: Message, channel: Channel, number: int = 1, age: timedelta = timedelta()) -> Interrupted:
    """A sending that was committed ``age`` ago."""
    now = datetime.now(UTC)
    return Interrupted(order(channel, number), message, now - age, now)


def sent(provider_id: str, number: int = 1, last: str = "", age: timedelta = timedelta()) -> SentMessage:
    """A message that is followed."""
    return SentMessage(f"{number:032x}", provider_id, datetime.now(UTC) - age, last)


def told(error: BaseException) -> str:
    """Everything that a log or a terminal would show of an error."""
    return "".join(traceback.format_exception(error)) + repr(error)


def count_connections(server: LoopbackServer) -> set[int]:
    """The ports that clients connect from, as they come."""
    connections = set[int]()
    accept = server.process_request

    def counting(request: Any, address: Any) -> None:
        connections.add(address[1])
        accept(request, address)

    server.process_request = counting  # type: ignore[method-assign]
    return connections
