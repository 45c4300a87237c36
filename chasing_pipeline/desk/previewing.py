"""The messages of the day that are looked at: the day is planned afresh once, and stays between two looks.

Belongs here: keeping it. Does not belong here: which message an action has (``dispatching.previews``), how one is
shown (``pages``).
"""

from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from threading import Lock, Timer
from typing import TYPE_CHECKING

from chasing_pipeline.domain.action import Action
from chasing_pipeline.domain.message import Message
from chasing_pipeline.domain.problems import ChasingError
from chasing_pipeline.resources.chasing import Chasing

if TYPE_CHECKING:
    from chasing_pipeline.dispatching.previews import DayOfMessages


KEPT_SECONDS = 600
"""A plan that nobody has looked at for so long is let go: it takes much memory."""


class KeptDay:
    """The messages of one day; planned again only when something that they depend on has changed."""

    def __init__(self, kept_seconds: float = KEPT_SECONDS) -> None:
        self._kept_seconds = kept_seconds
        self._timer: Timer | None = None
        self._lock = Lock()
        self._open = ExitStack()
        self._day: date | None = None
        self._messages: DayOfMessages | None = None

    def message(self, chasing: Chasing, action: Action) -> Message:
        """The message of an action of the day, of the templates as they are now.

        Raises ChasingError where the action is not due any more, UnsendableMessage, ConfigurationError.
        """
        # one at a time: many people who look at once must not keep the desk from its other work
        with self._lock:
            kept = self._of(chasing, action.action_date)
            self._let_go_later()
            messages = replace(kept, messages=chasing.messages)
            message = messages.message(action)
            if message is None:
                raise ChasingError(f"It is not due any more. {messages.why_not(action)}")
            return message

    def close(self) -> None:
        """Let go of the plan."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._open.close()
            self._day = self._messages = self._timer = None

    def _let_go_later(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = Timer(self._kept_seconds, self.close)
        self._timer.daemon = True
        self._timer.start()

    def _of(self, chasing: Chasing, day: date) -> "DayOfMessages":
        if self._messages is None or self._day != day:
            self._open.close()
            self._messages = self._open.enter_context(chasing.previews().of_day(day))
            self._day = day
        return self._messages
