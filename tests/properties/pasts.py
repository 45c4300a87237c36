"""Pasts as hypothesis strategies: what a ledger could tell of the days before, in a chasing home of ``homes``.

They need not make sense: steps carried out in the wrong order, twice, or of a cadence that the account never had,
enrolments that overlap, run days on which nothing ran. What is computed from a past must not depend on its sense.
"""

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from chasing_pipeline.domain.cadence import Cadence
from chasing_pipeline.ledger.progress import Progress

from .homes import ChasingHome, Draw, Record

OTHER_VERSION = 7
NOBODY = ("C9", "GBP", "")
"""A unit that no extract has."""


@st.composite
def pasts(draw: Any, home: ChasingHome, first: date, last: date) -> Progress:
    """Random rows of every kind, dated ``first`` to ``last``."""
    pick = Draw(draw)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    units = _units(home)
    steps = [(cadence["cadence"], step["step"]) for cadence in home.cadences for step in cadence["steps"]]
    names = [cadence["cadence"] for cadence in home.cadences]
    versions = [_other_version(pick.one_of(home.cadences))] if pick.sometimes() else []
    known = {name: [1, *(v.version for v in versions if v.cadence == name)] for name in names}

    def step_of_unit() -> tuple[str, str, str, str, str]:
        return (*pick.one_of(units), *pick.one_of(steps))

    def enrolment() -> tuple[Any, ...]:
        cadence = pick.one_of(names)
        begun, entered, stopped = pick.one_of(days), pick.one_of(days), pick.one_of((None, None, pick.one_of(days)))
        return (*pick.one_of(units), cadence, pick.one_of(known[cadence]), begun, entered, stopped)

    def hold() -> tuple[Any, ...]:
        customer, _, reference = pick.one_of(units)
        kind, begun = pick.one_of(("promise", "dispute")), pick.one_of(days)
        return (customer, reference.split("#")[0], kind, begun, pick.one_of((None, begun, pick.one_of(days))))

    return Progress(
        carried_out=[
            (*step_of_unit(), pick.number(0, 2), pick.one_of(days), pick.sometimes()) for _ in range(pick.number(0, 6))
        ],
        left_over=[
            (*step_of_unit(), pick.one_of(days), pick.one_of((None, pick.one_of(days))))
            for _ in range(pick.number(0, 3))
        ],
        enrolments=[enrolment() for _ in range(pick.number(0, 4))],
        missed_steps=[(*step_of_unit(), pick.one_of(days)) for _ in range(pick.number(0, 3))],
        holds=[hold() for _ in range(max(0, pick.number(-2, 2)))],
        run_days=[day for day in days if pick.number(0, 2)],
        versions=versions,
    )


def _units(home: ChasingHome) -> list[tuple[str, str, str]]:
    """Every account and every item that some extract has, and one that none has."""
    items = [item for tables in home.extracts.values() for item in tables["invoices"]]
    accounts = {(item["customer_number"], item["currency"], "") for item in items}
    return [*sorted({*accounts, *(_unit(item) for item in items)}), NOBODY]


def _unit(item: Record) -> tuple[str, str, str]:
    number, instalment = item["invoice_number"], item["instalment"]
    return (item["customer_number"], item["currency"], f"{number}#{instalment}" if instalment else number)


def _other_version(cadence: Record) -> Cadence:
    """The cadence as it was, or will be: without its last step, where it has several."""
    return Cadence.model_validate(
        {**cadence, "version": OTHER_VERSION, "steps": cadence["steps"][:-1] or cadence["steps"]}
    )
