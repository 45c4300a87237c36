"""The sandbox: writes every message below ``outbox/``, as its recipient would get it, and talks to no one.

A file's name is made of the action's identity and appears in one step, so the outbox itself is the evidence of
what was sent. Does not belong here: rendering (``messages``).
"""

import json
import re
from pathlib import Path

from chasing_pipeline.channels.protocol import Dispatched, Evidence, Receipt
from chasing_pipeline.domain.action import Action
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.message import AutoCall, Email, Letter, Message, TextMessage
from chasing_pipeline.engine.warehouse import write_text

SUFFIXES = {Channel.EMAIL: ".eml", Channel.SMS: ".json", Channel.AUTO_CALL: ".json", Channel.LETTER: ".pdf"}


class SandboxSender:
    """Writes e-mail as ``.eml``, letters as ``.pdf``, texts and calls as the request that would be made."""

    provider = "sandbox"

    def __init__(self, outbox: Path) -> None:
        self._outbox = outbox

    def send(self, action: Action, message: Message) -> Receipt:
        """Write the message to its file, replacing the same one; return the file's path below the outbox."""
        path = self._path(
            Dispatched(
                action.action_id, action.action_date.isoformat(), action.channel, action.customer_number, action.step
            )
        )
        write_text(path, _content(message))
        return Receipt(self.provider, str(path.relative_to(self._outbox)))

    def evidence(self, dispatched: Dispatched) -> tuple[Evidence, str | None]:
        """The file is there, or it is not; half a file that a killed process left under its temporary name goes."""
        path = self._path(dispatched)
        for half in path.parent.glob(f".{path.name}.*"):
            half.unlink(missing_ok=True)
        if path.exists():
            return Evidence.SENT, str(path.relative_to(self._outbox))
        return Evidence.NOT_SENT, None

    def _path(self, dispatched: Dispatched) -> Path:
        name = f"{_safe(dispatched.customer_number)}-{_safe(dispatched.step)}-{dispatched.action_id}"
        channel = Channel(dispatched.channel)
        return self._outbox / dispatched.action_date / channel.value / f"{name}{SUFFIXES[channel]}"


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
