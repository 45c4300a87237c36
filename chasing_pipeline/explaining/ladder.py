"""One customer's rows of the day's tables and of the ledger, put in the order in which a person asks for them.

Does not belong here: deciding anything (``sql/``), what is still to come (``looking_ahead``).
"""

from collections.abc import Iterable, Sequence
from datetime import date

from chasing_pipeline.domain.cadence import Cadence
from chasing_pipeline.explaining.records import HOLDS, Account, Done, LadderStep, Row, Unit
from chasing_pipeline.ledger.progress import Progress

OUTCOMES = {"failed": "failed", "sent": "sent", "todo_created": "to-do"}
"""Activities that settle an action, the telling one first, in words."""
BUCKETS = ("current_amount", "days_1_30", "days_31_60", "days_61_90", "days_over_90")


class Arranger:
    """Puts a customer's rows in the order in which a person asks for them."""

    def __init__(
        self,
        customer_number: str,
        tables: dict[str, list[Row]],
        after: Progress,
        activities: Sequence[Row],
        cadences: Iterable[Cadence],
    ) -> None:
        self._tables = tables
        self._carried_out = [row for row in after.carried_out if row[0] == customer_number]
        self._missed = [row for row in after.missed_steps if row[0] == customer_number]
        self._activities = [row for row in activities if row["kind"] in OUTCOMES]
        # of a version that is both current and frozen, what its file says counts
        self._cadences = {(c.cadence, c.version): c for c in [*after.versions, *cadences]}

    def account(self, row: Row) -> Account:
        """One account of the customer."""
        currency = row["currency"]
        items = [item for item in self._tables["open_items"] if item["currency"] == currency]
        items.sort(key=lambda item: (item["issue_date"], item["invoice_reference"]))
        decisions = [found for found in self._tables["step_decisions"] if found["currency"] == currency]
        units: dict[str, list[Row]] = {}
        for found in decisions:
            if found["cadence"]:
                units.setdefault(found["invoice_reference"], []).append(found)
        alone = next((found for found in decisions if not found["cadence"]), None)
        return Account(
            currency,
            row["balance"],
            row["open_amount"],
            row["unapplied_credit"],
            {bucket: row[bucket] for bucket in BUCKETS},
            row["past_due_age_days"],
            items,
            [self._unit(currency, reference, units[reference], items) for reference in sorted(units)],
            alone["verdict"] if alone else None,
            alone["sentence"] if alone else None,
        )

    def _unit(self, currency: str, reference: str, decisions: list[Row], items: list[Row]) -> Unit:
        first = decisions[0]
        held_by = next((row["verdict"] for row in decisions if row["verdict"] in HOLDS), None)
        untils = [
            item["held_until"]
            for item in items
            if reference in ("", item["invoice_reference"]) and item["not_chaseable_because"] == held_by
        ]
        unit = (currency, reference, first["cadence"])
        return Unit(
            reference,
            first["cadence"],
            first["cadence_version"],
            first["cycle_start"],
            held_by,
            max((until for until in untils if until), default=None) if held_by else None,
            self._ladder(unit, first, {row["step"]: row for row in decisions}),
        )

    def _ladder(self, unit: tuple[str, str, str], first: Row, decisions: dict[str, Row]) -> list[LadderStep]:
        """Every step in the order of the file: those before the last rung carried out are told from the ledger."""
        cadence = self._cadences[first["cadence"], first["cadence_version"]]
        ladder = []
        for number, (step, rung) in enumerate(zip(cadence.steps, cadence.rung_numbers(), strict=True), start=1):
            done = self._done(unit, step.step, first["cycle_start"])
            decision = decisions.get(step.step)
            verdict, sentence, due = (
                (decision["verdict"], decision["sentence"], decision["step_due_date"])
                if decision
                else (*self._settled(unit, step.step, first["cycle_start"], done), None)
            )
            ladder.append(LadderStep(number, rung, step.step, step.channel.value, done, verdict, sentence, due))
        return ladder

    def _done(self, unit: tuple[str, str, str], step: str, cycle_start: date) -> list[Done]:
        """When the step was carried out in this cycle."""
        rows = [
            row for row in self._carried_out if tuple(row[1:4]) == unit and row[4] == step and row[6] >= cycle_start
        ]
        return [
            Done(row[6], row[5], self._outcome(unit, step, row[6])) for row in sorted(rows, key=lambda r: (r[6], r[5]))
        ]

    def _outcome(self, unit: tuple[str, str, str], step: str, on: date) -> str | None:
        currency, reference, cadence = unit
        kinds = {
            row["kind"]
            for row in self._activities
            if (row["currency"], row["cadence"], row["activity_date"]) == (currency, cadence, on)
            and (reference in row["invoice_numbers"] if reference else row["step"] == step)
        }
        return next((word for kind, word in OUTCOMES.items() if kind in kinds), None)

    def _settled(
        self, unit: tuple[str, str, str], step: str, cycle_start: date, done: Sequence[Done]
    ) -> tuple[str, str]:
        """What became of a step that is behind the unit."""
        if done:
            return "done", f"Done on {done[-1].on}."
        missed = [
            row[5] for row in self._missed if tuple(row[1:4]) == unit and row[4] == step and row[5] >= cycle_start
        ]
        if missed:
            return "missed", f"Its day had passed on {min(missed)}."
        return "superseded", "A later step took its place."
