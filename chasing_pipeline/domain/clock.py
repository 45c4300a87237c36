"""What day and what time it is: in the company's time zone, or as a trial plays it.

Belongs here: the one place that asks the machine for the time. In sandbox mode a day can be played; live, today
is today.
"""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Clock:
    """The company's clock. ``played_day`` makes that day today, at the machine's time of day."""

    zone: ZoneInfo
    played_day: date | None = None

    def today(self) -> date:
        """The business day, in the company's time zone."""
        return self.played_day or datetime.now(self.zone).date()

    def now(self) -> datetime:
        """This instant, with the company's zone; on a played day, the same time of that day."""
        real = datetime.now(self.zone)
        return real if self.played_day is None else datetime.combine(self.played_day, real.timetz())

    @property
    def is_played(self) -> bool:
        """Whether a day is played instead of lived."""
        return self.played_day is not None
