"""One chasing home as the desk works on it: its ledger, clock, published tables, and putting out what was recorded.

Does not belong here: pages (``pages``), users (``users``).
"""

import logging
from datetime import date
from functools import partial
from pathlib import Path
from threading import Event, Thread

from chasing_pipeline.desk.previewing import KeptDay
from chasing_pipeline.desk.published import Published
from chasing_pipeline.domain.clock import Clock
from chasing_pipeline.domain.settings import Settings
from chasing_pipeline.ledger.approvals import released_since
from chasing_pipeline.ledger.progress import last_run_day
from chasing_pipeline.ledger.store import Ledger
from chasing_pipeline.planning.home import ChasingHome
from chasing_pipeline.planning.publication import publish_activities
from chasing_pipeline.planning.recordings import Recorder
from chasing_pipeline.resources.chasing import Chasing

log = logging.getLogger(__name__)


class Office:
    """What the pages work on. ``played_day`` makes that day today (sandbox mode only).

    Without one, a trial follows the last day that was played, for what people do belongs to it; live, today is today.
    """

    def __init__(self, root: Path, played_day: date | None = None) -> None:
        chasing = Chasing(root, played_day)
        self.root = chasing.home.root
        self.ledger: Ledger = chasing.ledger
        self.settings: Settings = chasing.home.settings
        self._warehouse = chasing.warehouse
        self._given = chasing.clock
        self.published = Published(self.root, lambda: self.clock.played_day, partial(released_since, self.ledger))
        self.messages = KeptDay()
        self._is_changed = Event()
        self._is_closing = False
        self._publisher: Thread | None = None

    @property
    def clock(self) -> Clock:
        """What day it is at this desk."""
        if self._given.is_played or self.settings.mode == "live":
            return self._given
        return Clock(self._given.zone, last_run_day(self.ledger))

    def home(self) -> ChasingHome:
        """The home's files as they are now."""
        return ChasingHome(self.root)

    def chasing_now(self) -> Chasing:
        """The home with its files read anew, on the same day and with the same ledger."""
        return Chasing(self.root, self.clock.played_day, self.ledger)

    def recorder(self) -> Recorder:
        """What checks and records what people did or heard."""
        return self.chasing_now().recorder()

    @property
    def is_planned(self) -> bool:
        """Whether today has been planned."""
        return self.published.day() == self.clock.today()

    def held_count(self) -> int:
        """How many of today's actions wait for approval."""
        return int(self.published.rows("desk/held_count")[0]["action_count"]) if self.is_planned else 0

    def action_count(self) -> int | None:
        """How many actions today's plan has; None: today has not been planned."""
        if not self.is_planned:
            return None
        return int(self.published.rows("desk/action_count")[0]["action_count"])

    def changed(self) -> None:
        """Something was recorded: the activity log of the day will be published, soon and not on the user's time."""
        if self._publisher is None:
            self._publisher = Thread(target=self._publish, name="desk-publisher", daemon=True)
            self._publisher.start()
        self._is_changed.set()

    def close(self) -> None:
        """Publish what is left, and let go of everything."""
        self._is_closing = True
        self._is_changed.set()
        if self._publisher is not None:
            self._publisher.join(30)
        self.messages.close()
        self.published.close()
        self.ledger.close()

    def _publish(self) -> None:
        while not self._is_closing:
            self._is_changed.wait()
            self._is_changed.clear()
            try:
                publish_activities(self.ledger, self._warehouse, [self.clock.today()])
            except Exception:
                # the ledger has it; the next change, or the next dispatch, publishes it
                log.exception("the activity log could not be published")
