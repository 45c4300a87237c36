"""How a text message travels: its alphabet, and into how many parts, each paid for, a provider cuts it.

Does not belong here: what it costs (``sql/actions`` knows the price list).
"""

from dataclasses import dataclass
from typing import Literal

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")
"""Characters of GSM 03.38 that take the place of two."""


@dataclass(frozen=True)
class Segments:
    """``units`` of ``encoding`` (septets, or UTF-16 code units) in ``count`` parts."""

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    count: int
    costly: str
    """The characters, each once, that keep it out of GSM-7."""


def segments(body: str) -> Segments:
    """How ``body`` travels as a text message. A part of several holds less, for it says which part it is."""
    costly = "".join(dict.fromkeys(character for character in body if character not in _BASIC | _EXTENDED))
    if costly:
        widths = [2 if ord(character) > 0xFFFF else 1 for character in body]
        return Segments("UCS-2", sum(widths), _parts(widths, 70, 67), costly)
    widths = [2 if character in _EXTENDED else 1 for character in body]
    return Segments("GSM-7", sum(widths), _parts(widths, 160, 153), "")


def _parts(widths: list[int], alone: int, together: int) -> int:
    if sum(widths) <= alone:
        return 1
    count, room = 1, together
    for width in widths:  # no character is cut in two
        if width > room:
            count, room = count + 1, together
        room -= width
    return count
