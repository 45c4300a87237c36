"""What a provider says, as it may stand in an error: one short line, without secrets, addresses and numbers.

Does not belong here: what follows from it (``errors`` and each channel).
"""

import re
from collections.abc import Iterable

from pydantic import SecretStr

_LENGTH = 240
_HIDDEN = "[hidden]"
_REACHES_SOMEBODY = re.compile(r"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+|(?:\+|%2B)\d[\d ().-]{4,}\d|\b\d{9,15}\b")
"""E-mail addresses, and telephone numbers with their + or as nine or more digits in a row."""


def said(text: object, secrets: Iterable[SecretStr] = ()) -> str:
    """``text`` on one line, cut short, with every secret, e-mail address and telephone number replaced.

    A server may repeat what it was sent, and errors are written where neither secrets nor recipients belong.
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    for secret in secrets:
        if secret.get_secret_value():
            line = line.replace(secret.get_secret_value(), _HIDDEN)
    line = _REACHES_SOMEBODY.sub(_HIDDEN, line)
    return line if len(line) <= _LENGTH else f"{line[: _LENGTH - 1]}…"
