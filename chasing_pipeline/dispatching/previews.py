"""The messages of a day as their recipients get them: before they go out, and afterwards while they are kept.

Belongs here: which message an action has. Does not belong here: how one is shown (``messages.showing``), sending.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from chasing_pipeline.dispatching.recheck import FreshPlan, fresh_plan
from chasing_pipeline.dispatching.sending import Messages
from chasing_pipeline.domain.action import Action
from chasing_pipeline.domain.frozen import thaw
from chasing_pipeline.domain.message import Message, UnsendableMessage
from chasing_pipeline.ledger.dispatches import frozen_message
from chasing_pipeline.ledger.store import Ledger
from chasing_pipeline.messages.gallery import write_gallery
from chasing_pipeline.planning.home import ChasingHome


@dataclass(frozen=True)
class DayOfMessages:
    """What the actions of one day say, as of now."""

    fresh: FreshPlan
    ledger: Ledger
    messages: Messages

    def message(self, action: Action) -> Message | None:
        """What was frozen to be sent, while the ledger keeps it; else what would be sent now; None: not due any more.

        Raises UnsendableMessage, ConfigurationError.
        """
        frozen = frozen_message(self.ledger, action.action_id)
        if frozen:
            return thaw(frozen)
        if frozen is not None:  # it was settled without one
            is_unreachable = action.status == "unreachable"
            raise UnsendableMessage(
                action.reason if is_unreachable else "it could not be sent; a to-do says what to mend"
            )
        facts = self.fresh.facts(action.action_id)
        if facts is None:
            return None
        if action.status == "unreachable":
            raise UnsendableMessage(action.reason)
        return self.messages.make(facts)

    def why_not(self, action: Action) -> str:
        """Why an action is not due any more, in words."""
        return self.fresh.why_not(action)


@dataclass(frozen=True)
class Previews:
    """The messages of a home's days. Nothing is sent, claimed or written down by looking at them."""

    home: ChasingHome
    ledger: Ledger
    messages: Messages

    @contextmanager
    def of_day(self, day: date) -> Iterator[DayOfMessages]:
        """The day's messages. Raises ExtractError, ConfigurationError where the day can't be planned."""
        # what an action says does not depend on who released another one
        with fresh_plan(self.home, self.ledger, day, lambda _: None, minds_releases=False) as fresh:
            yield DayOfMessages(fresh, self.ledger, self.messages)

    def write_page(self, day: date, actions: Iterable[Action]) -> tuple[Path, int]:
        """Write the page of all the day's messages; return its path and how many stand on it."""
        with self.of_day(day) as messages:
            return write_gallery(self.home.warehouse, day, actions, messages.message)
