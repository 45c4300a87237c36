"""The message of an action as its recipient would get it now, made when somebody looks at it.

Belongs here: keeping the plan of the day between two looks. Does not belong here: how a message is shown (``pages``).
"""

from contextlib import ExitStack
from datetime import date
from threading import Lock

from chasing_pipeline.dispatching.recheck import FreshPlan, fresh_plan
from chasing_pipeline.domain.action import Action
from chasing_pipeline.domain.frozen import thaw
from chasing_pipeline.domain.message import Message, UnsendableMessage
from chasing_pipeline.domain.problems import ChasingError
from chasing_pipeline.ledger.dispatches import frozen_message
from chasing_pipeline.resources.chasing import Chasing


class Previews:
    """Makes messages of today's actions; planned again only when something that they depend on has changed."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept = ExitStack()
        self._day: date | None = None
        self._fresh: FreshPlan | None = None

    def message(self, chasing: Chasing, action: Action) -> Message:
        """What was frozen to be sent, while the ledger keeps it; else what would be sent now.

        Raises ChasingError where the action is not due any more, UnsendableMessage, ConfigurationError.
        """
        frozen = frozen_message(chasing.ledger, action.action_id)
        if frozen is not None:
            return thaw(frozen)
        with self._lock:
            fresh = self._plan_of(chasing, action.action_date)
            facts = fresh.facts(action.action_id)
            if facts is None:
                raise ChasingError(f"It is not due any more. {fresh.why_not(action)}")
        if facts.action.status == "unreachable":
            raise UnsendableMessage(facts.action.reason)
        return chasing.messages.make(facts)

    def close(self) -> None:
        """Let go of the plan."""
        with self._lock:
            self._kept.close()
            self._day = self._fresh = None

    def _plan_of(self, chasing: Chasing, day: date) -> FreshPlan:
        if self._fresh is None or self._day != day:
            self._kept.close()
            self._fresh = self._kept.enter_context(fresh_plan(chasing.home, chasing.ledger, day, lambda _: None))
            self._day = day
        return self._fresh
