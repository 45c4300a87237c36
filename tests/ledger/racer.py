"""One of several processes that carry out the same actions: ``python racer.py URL SEED [LIMIT]`` prints what it did.

Three times over, it owes all actions, then in an order of its own cancels some, claims the rest, and settles those as
sent, or as surely not sent. What it did is printed as JSON: pairs of an action's id and an attempt.
"""

import json
import random
import sys
import time
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from processes import wait_for_the_start

from chasing_pipeline.domain.action import Action
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.settings import Limits
from chasing_pipeline.ledger import dispatches
from chasing_pipeline.ledger.activities import Activity
from chasing_pipeline.ledger.dispatches import Claim, Owed, Settlement, UnitStep
from chasing_pipeline.ledger.guards import Unclaimable
from chasing_pipeline.ledger.states import State
from chasing_pipeline.ledger.store import Ledger

DAY = date(2026, 3, 18)
NOON = datetime(2026, 3, 18, 12, tzinfo=UTC)
COUNT = 60
ROUNDS = 3


def action(number: int) -> Action:
    """One of the day's actions."""
    return Action(
        action_id=f"{number:032x}",
        action_date=DAY,
        scope="account",
        customer_number=f"C{number}",
        customer_name="Acme",
        currency="EUR",
        cadence="firm",
        cadence_version=1,
        cycle_start=DAY,
        step="first",
        step_number=1,
        repetition=0,
        channel=(Channel.EMAIL, Channel.SMS)[number % 2],
        template="reminder",
        language="en",
        contact_name=None,
        recipient="ar@acme.example",
        invoice_numbers=("1",),
        invoice_count=1,
        balance=Decimal(1),
        amount_past_due=Decimal(1),
        account_age_days=1,
        past_due_age_days=1,
        step_due_date=DAY,
        not_before=NOON,
        status="ready",
        assigned_to=None,
        estimated_cost=None,
        cost_currency=None,
        reason="",
    )


ACTIONS = {found.action_id: found for found in map(action, range(COUNT))}
UNITS = [UnitStep(name, name, one.customer_number, "EUR", "", "firm", "first", DAY, 0) for name, one in ACTIONS.items()]


def happened(kind: str, name: str) -> Activity:
    """An activity of an action."""
    return Activity(kind, NOON, DAY, "racer", name, ACTIONS[name].channel.value, ACTIONS[name].customer_number)


class Racer:
    """What one process does, and a record of it."""

    def __init__(self, ledger: Ledger, seed: int, limit: int | None) -> None:
        self.ledger = ledger
        self.random = random.Random(seed)
        self.owner = f"racer-{seed}"
        self.limits = Limits(actions_per_day=limit)
        self.done: dict[str, list[tuple[str, int]]] = {
            name: [] for name in ("claimed", "sent", "not_sent", "cancelled")
        }
        self.refused: Counter[str] = Counter()

    def run(self) -> None:
        """Carry out what is owed, in an order of its own."""
        for _ in range(ROUNDS):
            owed = dispatches.owe(self.ledger, list(ACTIONS.values()), UNITS, NOON)
            for name in self.random.sample(sorted(owed), len(owed)):
                if self.random.random() < 0.2:
                    self._cancel(name)
                else:
                    self._carry_out(name, owed[name])

    def _cancel(self, name: str) -> None:
        if dispatches.cancel(self.ledger, name, happened("cancelled", name), NOON):
            self.done["cancelled"].append((name, 0))

    def _carry_out(self, name: str, owed: Owed) -> None:
        attempt = owed.attempt + 1
        if not self._claim(name, attempt):
            return
        self.done["claimed"].append((name, attempt))
        time.sleep(self.random.uniform(0, 0.006))  # as long as the fastest of providers
        is_sent = self.random.random() < 0.7
        state = State.SENT if is_sent else State.PLANNED
        settlement = Settlement(state, (happened("sent", name),) if is_sent else ())
        assert dispatches.settle(self.ledger, name, attempt, settlement, DAY, NOON)
        self.done["sent" if is_sent else "not_sent"].append((name, attempt))

    def _claim(self, name: str, attempt: int) -> bool:
        wanted = Claim(name, attempt, self.owner, b"message", happened("claimed", name), NOON, address=name)
        try:
            dispatches.claim(self.ledger, wanted, self.limits)
        except Unclaimable as error:
            self.refused[error.outcome] += 1
            return False
        return True


def main(url: str, seed: str, limit: str = "") -> None:
    """Race."""
    racer = Racer(Ledger(url), int(seed), int(limit) if limit else None)
    wait_for_the_start()
    racer.run()
    print(json.dumps({**racer.done, "refused": racer.refused}))


if __name__ == "__main__":
    main(*sys.argv[1:])
