"""What an attempt amounts to: the state, the activities and the to-dos that settle it.

Does not belong here: making the attempt (``dispatcher``), writing it down (``ledger.dispatches``).
"""

import json
from collections.abc import Mapping
from typing import Any

from chasing_pipeline.channels.protocol import Receipt
from chasing_pipeline.domain.action import Action
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.clock import Clock
from chasing_pipeline.domain.message import Task
from chasing_pipeline.ledger.activities import Activity
from chasing_pipeline.ledger.dispatches import Settlement, State
from chasing_pipeline.ledger.todos import NewTodo

ACTOR = "dispatcher"


class Outcomes:
    """Makes settlements, each at the clock's time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def activity(self, kind: str, action: Action, **more: Any) -> Activity:
        """Something that happened to an action now."""
        return Activity(
            kind,
            self._clock.now(),
            action.action_date,
            ACTOR,
            action.action_id,
            action.channel.value,
            action.customer_number,
            action.currency,
            action.invoice_numbers,
            action.cadence,
            action.step,
            **more,
        )

    def sent(self, action: Action, receipt: Receipt) -> Settlement:
        """It went out: a contact."""
        sent = self.activity(
            "sent",
            action,
            provider=receipt.provider,
            provider_id=receipt.provider_id,
            detail=f"to {action.contact_name or action.customer_name}",
            cost=action.estimated_cost,
            cost_currency=action.cost_currency,
        )
        return Settlement(State.SENT, (sent,), is_contact=True, provider_id=receipt.provider_id)

    def handed_over(self, action: Action, task: Task) -> Settlement:
        """It is on the to-do list; a call to make is a contact, an escalation is none."""
        todo = self._todo(action, action.channel.value, task.assigned_to, task.title, task.detail)
        happened = [self.activity("todo_created", action, detail=f"{task.title}; for {task.assigned_to}")]
        if action.channel is Channel.ESCALATE:
            happened.append(self.activity("escalated", action, detail=f"to {task.assigned_to}"))
        return Settlement(State.TODO, tuple(happened), action.channel is Channel.PHONE_CALL, todos=(todo,))

    def failed(self, action: Action, why: str) -> Settlement:
        """It can never reach this contact: carried out, and a to-do to mend the contact."""
        title = f"Mend the contact of {action.customer_name} ({action.customer_number}) for {action.channel.value}"
        todo = self._todo(action, "mend_contact", "team", title, why)
        happened = (self.activity("failed", action, detail=why), self.activity("todo_created", action, detail=title))
        return Settlement(State.FAILED, happened, todos=(todo,))

    def resolved(self, dispatch: Mapping[str, Any], receipt: Receipt | None) -> Settlement:
        """An interrupted sending by its evidence: with a receipt it went out, without one it is owed again."""
        happened = Activity(
            "sent" if receipt else "in_doubt",
            self._clock.now(),
            dispatch["action_date"],
            ACTOR,
            dispatch["action_id"],
            dispatch["channel"],
            dispatch["customer_number"],
            dispatch["currency"],
            tuple(json.loads(dispatch["invoice_numbers"])),
            dispatch["cadence"],
            dispatch["step"],
            receipt.provider if receipt else None,
            receipt.provider_id if receipt else None,
            f"the dispatcher stopped while sending; the evidence says that it was {'' if receipt else 'not '}sent",
        )
        state = State.SENT if receipt else State.PLANNED
        return Settlement(state, (happened,), bool(receipt), receipt.provider_id if receipt else None)

    def _todo(self, action: Action, kind: str, assigned_to: str, title: str, detail: str) -> NewTodo:
        return NewTodo(
            action.action_id,
            kind,
            action.customer_number,
            action.currency,
            assigned_to,
            title,
            detail,
            action.action_date,
        )
