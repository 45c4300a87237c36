"""Not faster than a provider takes it: what it queues for us may reach a phone after contact hours.

Does not belong here: how many threads there are (``dispatching``).
"""

import threading
import time
from collections.abc import Callable


class Pacer:
    """Lets one through per key every ``1 / per_second`` seconds, in order of arrival; None: everybody at once."""

    def __init__(
        self,
        per_second: float | None,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = 1 / per_second if per_second else 0.0
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next: dict[str, float] = {}

    def wait(self, key: str = "") -> None:
        """Wait for this caller's turn among those with the same key."""
        if not self._interval:
            return
        with self._lock:
            now = self._monotonic()
            turn = max(now, self._next.get(key, now))
            self._next[key] = turn + self._interval
        if turn > now:
            self._sleep(turn - now)
