"""What a provider says, as it may stand in an error: one short line, without secrets.

Does not belong here: what follows from it (``errors`` and each channel).
"""

from collections.abc import Iterable

from pydantic import SecretStr

_LENGTH = 240
_HIDDEN = "[hidden]"


def said(text: object, secrets: Iterable[SecretStr] = ()) -> str:
    """``text`` on one line, cut short, with every secret replaced: a server may repeat what it was sent."""
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    for secret in secrets:
        if secret.get_secret_value():
            line = line.replace(secret.get_secret_value(), _HIDDEN)
    return line if len(line) <= _LENGTH else f"{line[: _LENGTH - 1]}…"
