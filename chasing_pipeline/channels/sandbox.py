"""The sandbox: writes every message below ``outbox/``, as its recipient would get it, and talks to no one.

A file's name is made of the action's identity and appears in one step, so the outbox itself is the evidence of
what was sent. Does not belong here: rendering (``messages``).
"""

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

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
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.message import AutoCall, Email, Letter, Message, TextMessage
from chasing_pipeline.engine.warehouse import write_text

SUFFIXES = {Channel.EMAIL: ".eml", Channel.SMS: ".json", Channel.AUTO_CALL: ".json", Channel.LETTER: ".pdf"}


class SandboxSender:
    """Writes e-mail as ``.eml``, letters as ``.pdf``, texts and calls as the request that would be made."""

    provider = "sandbox"

    def __init__(self, outbox: Path) -> None:
        self._outbox = outbox

    def send(self, order: Order, message: Message, commit: Commit) -> Receipt:
        """Write the message to its file, replacing the same one; return the file's path below the outbox."""
        content, path = _content(message), self._path(order)
        commit()
        write_text(path, content)
        return self._receipt(path)

    def evidence(self, interrupted: Interrupted) -> Found:
        """The file is there, or it is not; half a file that a killed process left under its temporary name goes."""
        path = self._path(interrupted.order)
        for half in path.parent.glob(f".{path.name}.*"):
            half.unlink(missing_ok=True)
        if path.exists():
            return Found(Evidence.SENT, self._receipt(path), "its file is in the outbox")
        return Found(Evidence.NOT_SENT, detail="its file is not in the outbox")

    def deliveries(self, sent: Sequence[SentMessage]) -> Iterable[DeliveryStatus]:
        """Nothing: a file has no news."""
        return ()

    def _receipt(self, path: Path) -> Receipt:
        return Receipt(self.provider, str(path.relative_to(self._outbox)))

    def _path(self, order: Order) -> Path:
        name = f"{_safe(order.customer_number)}-{_safe(order.step)}-{order.dispatch_id}"
        folder = self._outbox / order.action_date.isoformat() / order.channel.value
        return folder / f"{name}{SUFFIXES[order.channel]}"


def _content(message: Message) -> bytes:
    if isinstance(message, Email):
        return message.content
    if isinstance(message, Letter):
        return message.pdf
    if isinstance(message, TextMessage):
        return _request("Messages.json", {"To": message.to, "From": message.sender, "Body": message.body})
    if isinstance(message, AutoCall):
        form = {
            "To": message.to,
            "From": message.caller_id,
            "Twiml": message.twiml,
            "MachineDetection": "DetectMessageEnd",
        }
        return _request("Calls.json", form)
    raise TypeError(f"{type(message).__name__} is for a person, not for an outbox")


def _request(resource: str, form: dict[str, str | None]) -> bytes:
    url = f"/2010-04-01/Accounts/{{AccountSid}}/{resource}"
    return json.dumps({"method": "POST", "url": url, "form": form}, indent=2, ensure_ascii=False).encode()


def _safe(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", text)[:60]
