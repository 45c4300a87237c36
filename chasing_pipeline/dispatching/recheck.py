"""Does the unit still owe, right now? The day planned again from the newest extract and holds, just before sending.

The same statements answer as in the morning: a payment, a hold or an opt-out since then makes the action vanish
from the fresh plan, with the verdict that explains it. Does not belong here: sending.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from threading import RLock
from time import monotonic

from sqlalchemy import func, select

from chasing_pipeline.dispatching.gates import Stop, is_stale
from chasing_pipeline.domain.action import Action, Customer, InvoiceLine, MessageFacts
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.ledger.approvals import RELEASED
from chasing_pipeline.ledger.progress import progress_before
from chasing_pipeline.ledger.schema import activities, opt_outs
from chasing_pipeline.ledger.store import Ledger
from chasing_pipeline.planning.day import DayPlanner
from chasing_pipeline.planning.extracts import StagedExtract
from chasing_pipeline.planning.frozen import refuse_changed_schedules
from chasing_pipeline.planning.home import ChasingHome


class FreshPlan:
    """The day as it stands now, renewed whenever an extract, a setting or a recorded hold has changed, or somebody has
    released an action; where ``minds_releases`` is false, what is released meanwhile may still be called held.

    Several threads may ask.
    """

    def __init__(
        self,
        root: ChasingHome,
        ledger: Ledger,
        day: date,
        engine: DuckDBEngine,
        on_renewed: Callable[["FreshPlan"], None],
        minds_releases: bool = True,
    ) -> None:
        self._root = root.root
        self._minds_releases = minds_releases
        self._ledger = ledger
        self._day = day
        self._engine = engine
        self._seen: object = None
        self._renewed_at = -math.inf
        self._read_until = self._newest = 0
        self._lock = RLock()
        self._on_renewed = on_renewed
        self._unreconciled: list[str] = []
        self.home = root
        self.extract: StagedExtract
        self._facts: dict[str, MessageFacts] = {}
        self._verdicts: dict[tuple[str, str, str], str] = {}

    def facts(self, action_id: str, seconds_old: float = 0) -> MessageFacts | None:
        """All that the action's message may say now; None where the action is not due any more.

        ``seconds_old``: how old the answer may be, for who asks again before it counts.
        """
        with self._lock:
            if monotonic() - self._renewed_at > seconds_old:
                self.renew()
            return self._facts.get(action_id)

    def why_not(self, action: Action) -> str:
        """Why a planned action is not due any more, in words."""
        key = (action.customer_number, action.currency, action.step)
        with self._lock:
            return self._verdicts.get(key, "Nothing is left to pay, or the cadence has changed.")

    def stops(self) -> list[Stop]:
        """The stop of a day whose balances do not agree with its extract."""
        if not self._unreconciled:
            return []
        currencies = ", ".join(self._unreconciled)
        message = f"the balances in {currencies} do not agree with the extract of {self.extract.day}"
        return [Stop("reconciliation", message)]

    def renew(self) -> None:
        """Plan the day again if anything that it depends on has changed.

        Raises what ``on_renewed`` raises, and ConfigurationError where a schedule in use was changed.
        """
        renewed_at, state = monotonic(), self._state()
        if state == self._seen:
            self._renewed_at = renewed_at
            return
        self.home = ChasingHome(self._root)
        refuse_changed_schedules(self.home, self._ledger)
        planner = DayPlanner(self._engine, self.home)
        self.extract = planner.use_extract_of(self._day)
        progress = progress_before(self._ledger, self._day, holds_until=self._day)
        planner.use_progress(progress)
        planner.plan([self._day], [self._day] if is_stale(self.home, self._day) else [])
        self._unreconciled = [str(row["currency"]) for row in planner.unreconciled()]
        self._facts = {facts.action.action_id: facts for facts in self._collect(planner)}
        self._verdicts = {
            (row["customer_number"], row["currency"], row["step"]): f"{row['verdict']}: {row['sentence']}"
            for row in planner.rows("step_decisions")
        }
        self._seen, self._renewed_at = state, renewed_at
        self._on_renewed(self)

    def _state(self) -> object:
        """What the plan depends on and can change while messages are going out."""
        home = ChasingHome(self._root)
        files = [home.root / "chasing.yaml", home.root / "holds.csv", home.root / "enrolments.csv"]
        files += sorted(home.root.glob("cadences/*"))
        serving = home.extract_for(self._day)
        if serving is not None:
            folder = home.extracts / serving.isoformat()
            files += sorted(folder.iterdir())
        seen = [(str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in files if path.exists()]
        tells = activities.c.kind.in_(["promise", "dispute", "opted_out"])
        releases = (activities.c.kind == "note") & (activities.c.detail == RELEASED)
        number = activities.c.number
        # only what is new since the last look: a log of millions would else be read for each message
        told = select(func.max(number)).where(
            number > self._read_until, tells | releases if self._minds_releases else tells
        )
        with self._ledger.reading() as connection:
            self._newest = connection.scalar(told) or self._newest
            self._read_until = connection.scalar(select(func.max(number))) or 0
            ended = connection.scalar(select(func.count(opt_outs.c.ended_at)))
        return (seen, self._newest, ended)

    def _collect(self, planner: DayPlanner) -> Iterator[MessageFacts]:
        customers = {row["customer_number"]: Customer(**row) for row in self._engine.rows("actions/message_customers")}
        lines: dict[str, list[InvoiceLine]] = {}
        for row in self._engine.rows("actions/message_lines"):
            lines.setdefault(row.pop("action_id"), []).append(InvoiceLine(**row))
        attaching = {
            (cadence.cadence, cadence.version, step.step)
            for cadence in planner.used_cadences()
            for step in cadence.steps
            if step.attach_invoices
        }
        folder = self.home.extracts / self.extract.day.isoformat()
        for row in planner.rows("action_table"):
            action = Action.from_row(row)
            customer, listed = customers[action.customer_number], tuple(lines.get(action.action_id, []))
            attaches = (action.cadence, action.cadence_version, action.step) in attaching
            yield MessageFacts(action, customer, listed, attaches, folder if attaches else None)


@contextmanager
def fresh_plan(
    home: ChasingHome,
    ledger: Ledger,
    day: date,
    on_renewed: Callable[[FreshPlan], None],
    minds_releases: bool = True,
) -> Iterator[FreshPlan]:
    """A fresh plan of ``day``, with an engine of its own; ``on_renewed`` may refuse what a renewal has found."""
    with DuckDBEngine() as engine:
        yield FreshPlan(home, ledger, day, engine, on_renewed, minds_releases)
