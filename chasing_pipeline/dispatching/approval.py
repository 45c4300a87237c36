"""Actions that wait for approval: which they are now, and their release in somebody's name.

Belongs here: what a release may name, and that it is published. Does not belong here: which actions are held
(``sql/actions/held_steps``), keeping releases (``ledger.approvals``), never sending a held one (``sending``).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from chasing_pipeline.dispatching.sending import HELD
from chasing_pipeline.domain.action import Action
from chasing_pipeline.domain.clock import Clock
from chasing_pipeline.domain.problems import ChasingError
from chasing_pipeline.engine.warehouse import Warehouse
from chasing_pipeline.ledger import approvals
from chasing_pipeline.ledger.activities import Activity
from chasing_pipeline.ledger.dispatches import UnitStep
from chasing_pipeline.ledger.store import Ledger
from chasing_pipeline.planning.publication import publish_activities, publish_released


@dataclass(frozen=True)
class Wanted:
    """Which held actions to release: those of ``action_ids``, or without any all, of one cadence or step if named."""

    action_ids: Collection[str] = ()
    cadence: str = ""
    step: str = ""

    def chosen(self, actions: Sequence[Action]) -> list[Action]:
        """The actions that are meant. Raises ChasingError for an id, cadence or step that none of them has."""
        for what, named, known in (
            ("action with the id", self.action_ids, {action.action_id for action in actions}),
            ("action of the cadence", [self.cadence], {"", *(action.cadence for action in actions)}),
            ("action of the step", [self.step], {"", *(action.step for action in actions)}),
        ):
            unknown = [name for name in named if name not in known]
            if unknown:
                raise ChasingError(f"there is no {what} {', '.join(unknown)} today; nothing was released")
        return [
            action
            for action in actions
            if (not self.action_ids or action.action_id in self.action_ids)
            and self.cadence in ("", action.cadence)
            and self.step in ("", action.step)
        ]


class Approvals:
    """The held actions of today."""

    def __init__(self, ledger: Ledger, warehouse: Warehouse, clock: Clock) -> None:
        self._ledger = ledger
        self._warehouse = warehouse
        self._clock = clock

    def waiting(self, actions: Iterable[Action], units: Iterable[UnitStep]) -> list[Action]:
        """Those of today's published actions that are held and were not released since they were planned."""
        held = {action.action_id: action for action in actions if action.status == HELD}
        if not held:
            return []
        released = approvals.released_since(self._ledger, self._clock.today())
        still = {u.action_id for u in units if u.action_id in held and u.unit_step_id not in released}
        return [action for action in held.values() if action.action_id in still]

    def release(self, actions: Sequence[Action], units: Sequence[UnitStep], wanted: Wanted, by: str) -> list[Action]:
        """Release today's held actions that are ``wanted`` in the name of ``by``, and publish it; return them.

        Raises ChasingError where ``wanted`` names what is not there, or nobody takes responsibility.
        """
        if not by.strip():
            raise ChasingError("a release needs the name of who takes responsibility")
        day, now = self._clock.today(), self._clock.now()
        chosen = {action.action_id: action for action in self.waiting(wanted.chosen(actions), units)}
        members: dict[str, list[str]] = {}
        for unit in units:
            members.setdefault(unit.action_id, []).append(unit.unit_step_id)
        notes = [
            Activity.of_action("note", action, now, by.strip(), detail=approvals.RELEASED, by_hand=True)
            for action in chosen.values()
        ]
        released = approvals.release(self._ledger, notes, members, day, now)
        # published even if another did just the same: what stands there may be older than that
        publish_released(self._warehouse, day, chosen)
        publish_activities(self._ledger, self._warehouse, [day])
        return [chosen[action_id] for action_id in released]
