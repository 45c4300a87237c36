"""Refusals that do not say whose fault they are: this message's, or the account's and so everybody's.

Taken for the message's, a fault of the account would strike off one contact after another, for good. Taken for the
account's, one odd message would stop the others every day. So the first ones concern the message alone, and the
third in a row, with no success between them, stops the channel.
"""

import threading

from chasing_pipeline.channels.errors import ChannelUnavailable, NotSent, SendError

_LIMIT = 3


class RefusalStreak:
    """Counts unclear refusals in a row on one channel, for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._length = 0

    def unclear(self, message: str, taken_for: type[SendError] = NotSent) -> SendError:
        """The error of an unclear refusal: ``taken_for``, or ChannelUnavailable at the third in a row."""
        with self._lock:
            self._length += 1
            length = self._length
        if length < _LIMIT:
            return taken_for(message)
        return ChannelUnavailable(f"{length} messages in a row were refused, the last one with: {message}")

    def success(self) -> None:
        """The provider took a message: what was refused before was the messages' own fault."""
        with self._lock:
            self._length = 0
