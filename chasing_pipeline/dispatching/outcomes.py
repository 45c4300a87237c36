"""What an attempt amounts to: the state, the activities and the to-dos that settle it.

Does not belong here: making the attempt (``sending``), writing it down (``ledger.dispatches``).
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
from chasing_pipeline.ledger.dispatches import Settlement
from chasing_pipeline.ledger.guards import OptOut
from chasing_pipeline.ledger.states import State
from chasing_pipeline.ledger.todos import NewTodo

ACTOR = "dispatcher"
SANDBOX = "sandbox"
STOPPED = "the dispatcher stopped while sending"
Dispatch = Mapping[str, Any]
"""A row of the ledger's ``dispatches``."""


class Outcomes:
    """Makes settlements, each at the clock's time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def activity(self, kind: str, action: Action, **more: Any) -> Activity:
        """Something that happened to an action now."""
        return Activity.of_action(kind, action, self._clock.now(), ACTOR, **more)

    def sent(self, action: Action, receipt: Receipt) -> Settlement:
        """It went out: a contact, whose delivery is followed where there is a provider to ask."""
        sent = self.activity(
            "sent",
            action,
            provider=receipt.provider,
            provider_id=receipt.provider_id,
            detail=f"to {action.contact_name or action.customer_name}",
            cost=action.estimated_cost,
            cost_currency=action.cost_currency,
        )
        return Settlement(
            State.SENT,
            (sent,),
            is_contact=True,
            provider_id=receipt.provider_id,
            is_followed=receipt.provider != SANDBOX,
        )

    def handed_over(self, action: Action, task: Task) -> Settlement:
        """It is on the to-do list; a call to make is a contact, an escalation is none."""
        todo = self._todo(action, action.channel.value, task.assigned_to, task.title, task.detail)
        happened = [self.activity("todo_created", action, detail=f"{task.title}; for {task.assigned_to}")]
        if action.channel is Channel.ESCALATE:
            happened.append(self.activity("escalated", action, detail=f"to {task.assigned_to}"))
        return Settlement(State.TODO, tuple(happened), action.channel is Channel.PHONE_CALL, todos=(todo,))

    def failed(self, action: Action, why: str, opted_out: OptOut | None = None) -> Settlement:
        """It can never reach this contact: carried out, and a to-do to mend the contact."""
        title = f"Mend the contact of {action.customer_name} ({action.customer_number}) for {action.channel.value}"
        todo = self._todo(action, "mend_contact", "team", title, why)
        happened = [self.activity("failed", action, detail=why), self.activity("todo_created", action, detail=title)]
        if opted_out is not None:
            happened.append(self.activity("opted_out", action, detail=opted_out.source))
        return Settlement(State.FAILED, tuple(happened), todos=(todo,), opt_out=opted_out)

    def in_doubt(self, action: Action, why: str) -> Settlement:
        """Nobody knows whether it went out: the resolver looks for evidence."""
        return Settlement(State.DOUBT, (self.activity("in_doubt", action, detail=why),))

    def thrown_back(self, action: Action, why: Exception | None) -> Settlement:
        """It was surely not sent, this time, and is owed as before; ``why`` is for the reader of the log."""
        if why is None:
            return Settlement(State.PLANNED)
        return Settlement(State.PLANNED, (self.activity("note", action, detail=f"not sent, and planned again: {why}"),))

    def left_in_doubt(self, dispatch: Dispatch) -> Settlement:
        """Its dispatcher died while sending."""
        return Settlement(State.DOUBT, (self._of(dispatch, "in_doubt", detail=STOPPED),))

    def found(self, dispatch: Dispatch, receipt: Receipt, detail: str) -> Settlement:
        """What was in doubt had gone out."""
        sent = self._of(
            dispatch, "sent", provider=receipt.provider, provider_id=receipt.provider_id, detail=f"in doubt; {detail}"
        )
        return Settlement(State.SENT, (sent,), True, receipt.provider_id, is_followed=receipt.provider != SANDBOX)

    def owed_again(self, dispatch: Dispatch, detail: str, is_sure: bool = False) -> Settlement:
        """What was in doubt had not gone out: it is owed again, as if never tried where that ``is_sure``."""
        note = self._of(dispatch, "note", detail=f"it is owed again: {detail}")
        return Settlement(State.PLANNED, (note,), is_resend=not is_sure)

    def for_a_person(self, dispatch: Dispatch, known: str) -> Settlement:
        """Nothing can tell whether it went out: carried out, and a to-do that says what is known.

        It counts as a contact, for it may have reached the customer; it is never sent again.
        """
        day, customer, channel = dispatch["action_date"], dispatch["customer_number"], dispatch["channel"]
        title = f"Find out whether the {channel} of {day} reached {customer}"
        committed = dispatch["committed_at"].astimezone(self._clock.zone)
        detail = "\n".join(
            (
                f"It was about to go out on {committed:%Y-%m-%d at %H:%M:%S %Z}, attempt {dispatch['attempt']}, "
                f"to {dispatch['address'] or 'an unknown address'}: step {dispatch['step']} of {dispatch['cadence']}.",
                f"Known: {known}.",
                "It will not be sent again. Ask the customer, or the provider, and note here what you find.",
            )
        )
        todo = NewTodo(dispatch["action_id"], "in_doubt", customer, dispatch["currency"], "team", title, detail, day)
        return Settlement(State.HUMAN, (self._of(dispatch, "todo_created", detail=title),), True, todos=(todo,))

    def _of(self, dispatch: Dispatch, kind: str, **more: Any) -> Activity:
        return Activity(
            kind,
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
            **more,
        )

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
