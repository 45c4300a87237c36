"""How far a dispatch has come: the states, and which of them mean the same to others.

Does not belong here: moving from one to the next (``dispatches``).
"""

from enum import StrEnum


class State(StrEnum):
    """How far a dispatch has come."""

    PLANNED = "planned"
    SENDING = "sending"
    DOUBT = "doubt"
    SENT = "sent"
    TODO = "todo"
    FAILED = "failed"
    HUMAN = "human"
    CANCELLED = "cancelled"


CARRIED_OUT = (State.SENT, State.TODO, State.FAILED, State.HUMAN)
"""It advances the cadence and never comes back."""
BUSY = (State.SENDING, State.DOUBT)
"""It is out of everybody's hands but the dispatcher's that sends it, or the resolver's."""
