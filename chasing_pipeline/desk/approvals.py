"""Today's actions that are held for approval, as the desk shows and releases them.

Does not belong here: which actions are held (``sql/actions/held_steps``), keeping releases (``dispatching.approval``),
making messages (``previewing``).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chasing_pipeline.desk.office import Office
from chasing_pipeline.dispatching.approval import Wanted
from chasing_pipeline.domain.action import Action
from chasing_pipeline.domain.cadence import Cadence
from chasing_pipeline.domain.problems import ChasingError
from chasing_pipeline.ledger.dispatches import UnitStep
from chasing_pipeline.ledger.progress import known_versions

Row = dict[str, Any]


@dataclass(frozen=True)
class Filters:
    """Which of the held actions are looked at; empty: any."""

    cadence: str = ""
    step: str = ""
    channel: str = ""


@dataclass(frozen=True)
class Group:
    """The held actions of one step: how many there are, and what their customers owe by currency."""

    cadence: str
    step: str
    channel: str
    count: int
    owed: dict[str, Any]


def held_ids(office: Office, filters: Filters) -> list[str]:
    """The held actions that the filters let through, in the order of the list; none while today is not planned."""
    if not office.is_planned:
        return []
    return [str(row["action_id"]) for row in office.published.rows("desk/held_ids", vars(filters))]


def digest(action_ids: Sequence[str]) -> str:
    """What tells one set of actions from another, so that nobody releases what came onto the list meanwhile."""
    return hashlib.sha256("".join(sorted(action_ids)).encode()).hexdigest()[:16]


def actions_named(office: Office, action_ids: Sequence[str]) -> list[Action]:
    """Today's actions of these ids, in their order; those that are not there are left out."""
    if not action_ids or not office.is_planned:
        return []
    rows = office.published.rows("desk/actions_named", {"action_ids": list(action_ids)})
    found = {row["action_id"]: Action.from_row(row) for row in rows}
    return [found[name] for name in action_ids if name in found]


def groups(office: Office) -> list[Group]:
    """The held actions by cadence and step."""
    found: dict[tuple[str, str, str], Group] = {}
    for row in office.published.rows("desk/groups_of_held") if office.is_planned else []:
        key = (row["cadence"], row["step"], row["channel"])
        group = found.get(key, Group(*key, 0, {}))
        owed = {**group.owed, row["currency"]: row["balance"]}
        found[key] = Group(*key, group.count + row["action_count"], owed)
    return list(found.values())


def reasons(office: Office, actions: Sequence[Action]) -> dict[str, str]:
    """Why each of these actions is held, by its id: whose word it is, and which."""
    # a file that somebody is just editing must not keep the page from being shown
    versions = {(cadence.cadence, cadence.version): cadence for _, cadence in office.home().read_cadences()[0]}
    if any((action.cadence, action.cadence_version) not in versions for action in actions):
        frozen = {key: cadence for key, (_, cadence) in known_versions(office.ledger).items()}
        versions = {**frozen, **versions}
    return {a.action_id: _reason(versions.get((a.cadence, a.cadence_version)), a) for a in actions}


def release(office: Office, by: str, action_ids: Sequence[str]) -> list[Action]:
    """Release these of today's actions in somebody's name; return those that had not been. Raises ChasingError."""
    if not action_ids:
        raise ChasingError("choose at least one action")  # for to name none would mean all of them
    # not all of today's: there may be many, and somebody waits
    actions = actions_named(office, action_ids)
    units = office.published.rows("desk/units_named", {"action_ids": list(action_ids)}) if actions else []
    wanted = Wanted(frozenset(action_ids))
    return office.chasing_now().approvals().release(actions, [UnitStep.from_row(row) for row in units], wanted, by)


def _reason(cadence: Cadence | None, action: Action) -> str:
    step = next((step for step in cadence.steps if step.step == action.step), None) if cadence else None
    asked = cadence.approval_of(step) if cadence and step else "never"
    if asked == "never":
        return "asked for when the day was planned, not any more"
    who = "the step" if step and step.approve else "the cadence"
    if asked == "always":
        return f"{who} asks for it: always"
    return f"{who} asks for it: first run of version {action.cadence_version}"
