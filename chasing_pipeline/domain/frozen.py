"""A message as bytes that never change: what the ledger keeps before a message goes out, and what a resend repeats.

Does not belong here: the records themselves (``message``), keeping the bytes (``ledger``).
"""

import base64
import hashlib
import json
from dataclasses import fields, is_dataclass
from typing import Any

from chasing_pipeline.domain import message as messages
from chasing_pipeline.domain.message import Message

_KIND, _BYTES = "kind", "base64"


def freeze(message: Message) -> bytes:
    """The message as UTF-8 JSON: the same message gives the same bytes."""
    return json.dumps(_plain(message), ensure_ascii=False, sort_keys=True).encode()


def thaw(content: bytes) -> Message:
    """The message that ``freeze`` made ``content`` of. Raises ValueError for anything else."""
    found = _record(json.loads(content))
    if not isinstance(found, Message):
        raise ValueError("these bytes are no frozen message")
    return found


def fingerprint(content: bytes) -> str:
    """The sha256 of frozen bytes, in hex."""
    return hashlib.sha256(content).hexdigest()


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {
            _KIND: type(value).__name__,
            **{field.name: _plain(getattr(value, field.name)) for field in fields(value)},
        }
    if isinstance(value, bytes):
        return {_BYTES: base64.b64encode(value).decode()}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _record(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_record(item) for item in value)
    if not isinstance(value, dict):
        return value
    if _BYTES in value:
        return base64.b64decode(value[_BYTES])
    kind = getattr(messages, str(value.pop(_KIND, "")), None)
    if not is_dataclass(kind):
        raise ValueError("these bytes are no frozen message")
    return kind(**{name: _record(item) for name, item in value.items()})  # type: ignore[operator]
