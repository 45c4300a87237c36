"""A message survives being frozen, to the last byte."""

import pytest

from chasing_pipeline.domain.frozen import fingerprint, freeze, thaw
from chasing_pipeline.domain.message import AutoCall, Task

CALL = AutoCall("+447700900123", None, "<Response><Say>Guten Tag, Müller &amp; Söhne</Say></Response>", "Guten Tag 👋")


def test_what_was_frozen_is_thawed_unchanged() -> None:
    assert thaw(freeze(CALL)) == CALL
    assert thaw(freeze(Task("team", "Call", "two\nlines"))) == Task("team", "Call", "two\nlines")


def test_the_same_message_has_the_same_fingerprint_and_another_has_not() -> None:
    other = AutoCall("+447700900124", None, CALL.twiml, CALL.text)
    assert fingerprint(freeze(CALL)) == fingerprint(freeze(CALL)) != fingerprint(freeze(other))


@pytest.mark.parametrize(
    "content", [b"{}", b"[1]", b'{"kind": "Path"}', b'{"kind": "dataclass"}', b'"text"', b"no json"]
)
def test_other_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"frozen|Expecting"):
        thaw(content)
