"""One dispatch: what stops it, what is owed, and in which order it is carried out.

Channels go out side by side, each with as many connections as the settings say; a trial goes one by one.
Does not belong here: the protocol of one action (``sending``), which database (``ledger``), which provider
(``channels``), which orchestrator (``dispatch``).
"""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta

from chasing_pipeline.channels.protocol import Sender
from chasing_pipeline.dispatching.gates import stops
from chasing_pipeline.dispatching.ownership import Ownership
from chasing_pipeline.dispatching.recheck import FreshPlan, fresh_plan
from chasing_pipeline.dispatching.resolver import Resolver
from chasing_pipeline.dispatching.sending import HELD, Messages, Result, Sending
from chasing_pipeline.domain.action import Action
from chasing_pipeline.domain.cadence import TODO_CHANNELS, Channel
from chasing_pipeline.domain.clock import Clock
from chasing_pipeline.domain.problems import DispatchRefused, Problem
from chasing_pipeline.ledger import dispatches
from chasing_pipeline.ledger.dispatches import Owed, UnitStep
from chasing_pipeline.ledger.states import CARRIED_OUT, State
from chasing_pipeline.ledger.store import Ledger
from chasing_pipeline.planning.home import ChasingHome

Missing = Callable[[Collection[Channel]], Sequence[str]]
"""Which settings these channels lack, a sentence each."""


@dataclass
class DispatchReport:
    """What one dispatch did: counts by outcome, and what a person should read."""

    day: date
    outcomes: Counter[str] = field(default_factory=Counter)
    remarks: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    has_stopped_channels: bool = False

    @property
    def carried_out(self) -> int:
        """How many actions were carried out."""
        return sum(self.outcomes[state] for state in CARRIED_OUT)

    def add(self, result: Result) -> None:
        """Count what became of one action; the same remark or problem is kept once."""
        self.outcomes[result.outcome] += 1
        self.has_stopped_channels = self.has_stopped_channels or result.is_channel_down or result.is_at_fault
        if result.remark and result.remark not in self.remarks:
            self.remarks.append(result.remark)
        self.problems += [problem for problem in result.problems if problem not in self.problems]


class Dispatcher:
    """Carries out the actions of today, each at most once, whoever else is doing the same."""

    def __init__(
        self,
        home: ChasingHome,
        ledger: Ledger,
        clock: Clock,
        senders: Mapping[Channel, Sender],
        messages: Messages,
        ownership: Ownership,
        missing: Missing = lambda channels: (),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._home = home
        self._ledger = ledger
        self._clock = clock
        self._senders = senders
        self._messages = messages
        self._ownership = ownership
        self._missing = missing
        self._sleep = sleep

    def run(self, day: date, actions: list[Action], units: list[UnitStep]) -> DispatchReport:
        """Carry out what is still owed of ``day``'s action table.

        Raises DispatchRefused where ``day`` is not today or something stops the whole dispatch.
        """
        self._refuse_unready(day, actions)
        report = DispatchReport(day)

        def refuse_if_stopped(renewed: FreshPlan) -> None:
            found = [*renewed.stops(), *stops(renewed.home, self._ledger, day, renewed.extract, len(actions))]
            if found:
                raise DispatchRefused("\n".join(f"{stop.name}: {stop.message}" for stop in found))

        with (
            self._ownership.own() as owner,
            fresh_plan(self._home, self._ledger, day, refuse_if_stopped) as fresh,
        ):
            report.remarks += Resolver(self._ledger, self._ownership, self._senders, self._clock).resolve()
            fresh.renew()
            self._forget_old_messages(fresh.home)
            owed = self._owed(actions, units, fresh)
            earlier = dispatches.earlier_emails(self._ledger, [unit for unit in units if unit.action_id in owed])
            sending = Sending(
                self._ledger, self._clock, self._senders, self._messages, owner, fresh, earlier, self._sleep
            )
            self._carry_out(sending, [action for action in actions if action.action_id in owed], owed, fresh, report)
        return report

    def _refuse_unready(self, day: date, actions: Sequence[Action]) -> None:
        if day != self._clock.today():
            raise DispatchRefused(
                f"the action table of {day} can be dispatched on {day} only, and today is {self._clock.today()}; "
                "what was not carried out is planned again on the next run day"
            )
        missing = self._missing({action.channel for action in actions if action.status == "ready"})
        if missing:
            raise DispatchRefused(f"mode: live needs more settings before anything is sent: {'; '.join(missing)}")

    def _owed(self, actions: list[Action], units: list[UnitStep], fresh: FreshPlan) -> dict[str, Owed]:
        states = dispatches.states_of(self._ledger, [action.action_id for action in actions])
        # one that was cancelled stays so while nothing has changed: no second entry in the log
        due = [a for a in actions if states.get(a.action_id) != State.CANCELLED or fresh.facts(a.action_id)]
        return dispatches.owe(self._ledger, due, units, self._clock.now())

    def _carry_out(
        self, sending: Sending, actions: list[Action], owed: dict[str, Owed], fresh: FreshPlan, report: DispatchReport
    ) -> None:
        faults = self._messages.faults(actions)
        report.problems = [problem for problems in faults.values() for problem in problems]
        sound = [action for action in actions if (action.template, action.channel) not in faults]
        report.outcomes["faulty_template"] += len(actions) - len(sound)
        is_live = fresh.home.settings.mode == "live"
        for result in _in_lanes(sending, sound, owed, fresh.home.settings.live.workers if is_live else 0):
            report.add(result)
        report.outcomes = +report.outcomes
        if report.outcomes["over_limit"]:
            report.remarks.append(
                f"{report.outcomes['over_limit']} actions wait because a daily limit of chasing.yaml was reached"
            )
        if report.outcomes[HELD]:
            command = fresh.home.command(f"release --all --date {report.day} --by YOUR-NAME")
            report.remarks.append(f"held for approval: {report.outcomes[HELD]}; release with: {command}")

    def _forget_old_messages(self, home: ChasingHome) -> None:
        keep = timedelta(days=home.settings.keep_messages_days)
        dispatches.forget_messages(self._ledger, self._clock.now() - keep)


def _in_lanes(sending: Sending, actions: Sequence[Action], owed: Mapping[str, Owed], workers: int) -> Iterator[Result]:
    """The results, as they come: one by one without ``workers``, else with so many threads for each channel."""
    down: set[Channel] = set()

    def carry_out(action: Action) -> Result:
        if action.channel in down:
            return Result("waiting")
        result = sending.carry_out(action, owed[action.action_id])
        if result.is_channel_down:
            down.add(action.channel)
        return result

    if not workers:
        yield from map(carry_out, actions)
        return
    with ExitStack() as stack:
        lanes: dict[Channel, ThreadPoolExecutor] = {}
        for channel in {action.channel for action in actions}:
            threads = 1 if channel in TODO_CHANNELS else workers
            lanes[channel] = stack.enter_context(ThreadPoolExecutor(threads, channel.value))
        waiting: list[Future[Result]] = [lanes[action.channel].submit(carry_out, action) for action in actions]
        try:
            for done in as_completed(waiting):
                yield done.result()
        except BaseException:
            for lane in lanes.values():
                lane.shutdown(wait=False, cancel_futures=True)
            raise
