"""Countries that an account may not reach: refused once, they are left alone until the next dispatch.

Does not belong here: which countries a home allows (``sql``), what a provider's codes mean (``twilio_errors``).
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import phonenumbers

from chasing_pipeline.channels.errors import RegionUnavailable


class ClosedRegions:
    """The regions of numbers that one sender was refused, with the reason; several threads may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reasons: dict[str, str] = {}

    @contextmanager
    def closing(self, number: str) -> Iterator[None]:
        """Leave the numbers of that one's region alone once the block was refused for it."""
        try:
            yield
        except RegionUnavailable as error:
            with self._lock:
                self._reasons.setdefault(_region(number), str(error))
            raise

    def check(self, number: str) -> None:
        """Raise RegionUnavailable where that number's region is closed."""
        with self._lock:
            reason = self._reasons.get(_region(number))
        if reason is not None:
            raise RegionUnavailable(reason)


def _region(number: str) -> str:
    """The country of a number in E.164, as ISO 3166 has it; the number itself where it has none."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number)) or number
    except phonenumbers.NumberParseException:
        return number
