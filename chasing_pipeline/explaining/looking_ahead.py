"""What comes next, found by simulating the customer's coming days: on which run day each step acts.

Does not belong here: simulating (``planning.simulation``).
"""

from datetime import date, timedelta

from chasing_pipeline.explaining.records import Explanation, Row, Unit, Upcoming
from chasing_pipeline.ledger.progress import Progress
from chasing_pipeline.planning.home import ChasingHome
from chasing_pipeline.planning.simulation import simulate

DAYS_AHEAD = 120
"""How far the simulation looks for what comes next."""


def look_ahead(home: ChasingHome, told: Explanation, first: date, past: Progress) -> None:
    """Note what each unit does next, and on which run day each of its steps acts, from ``first`` on."""
    units = {
        (account.currency, unit.cadence, unit.invoice_reference): unit
        for account in told.accounts
        for unit in account.units
    }
    last = told.day + timedelta(days=DAYS_AHEAD)
    for action in simulate(
        home, first, last, progress=past, customer_number=told.customer_number, with_unreachable=True
    ):
        for carried_out in action["unit_steps"]:
            unit = units.get((action["currency"], action["cadence"], carried_out["invoice_reference"]))
            if unit:
                _note(unit, action, carried_out["step"], told.day)


def _note(unit: Unit, action: Row, step_name: str, day: date) -> None:
    on = action["action_date"]
    if unit.next is None and on > day:
        unit.next = Upcoming(action["step"], action["channel"], on, action["status"] != "unreachable")
    for step in unit.steps:
        if step.step == step_name and step.acts_on is None:
            step.acts_on = on
