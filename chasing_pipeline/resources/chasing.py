"""One chasing home with its ledger, warehouse, clock and dispatcher, as Dagster's jobs and the command use it.

Does not belong here: what is done with them.
"""

import os
from collections.abc import Collection, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from chasing_pipeline.channels.protocol import Sender
from chasing_pipeline.channels.sandbox import SandboxSender
from chasing_pipeline.dispatching.approval import Approvals
from chasing_pipeline.dispatching.deliveries import Deliveries
from chasing_pipeline.dispatching.dispatcher import Dispatcher
from chasing_pipeline.dispatching.ownership import Ownership, ownership_of
from chasing_pipeline.domain.action import Action
from chasing_pipeline.domain.cadence import TODO_CHANNELS, Channel
from chasing_pipeline.domain.clock import Clock
from chasing_pipeline.domain.problems import DispatchRefused
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.engine.warehouse import Warehouse
from chasing_pipeline.ledger.dispatches import UnitStep
from chasing_pipeline.ledger.store import Ledger
from chasing_pipeline.planning.home import ChasingHome
from chasing_pipeline.planning.recordings import Recorder

if TYPE_CHECKING:
    from chasing_pipeline.dispatching.previews import Previews
    from chasing_pipeline.messages.maker import MessageMaker


class Chasing:
    """A chasing home and everything that works on it. ``played_day`` makes that day today (sandbox mode only).

    ``ledger``: the home's ledger where it is open already.
    """

    def __init__(self, root: Path, played_day: date | None = None, ledger: Ledger | None = None) -> None:
        self.home = ChasingHome(root)
        self._played_day = played_day
        self._ledger = ledger

    @cached_property
    def clock(self) -> Clock:
        """The company's clock. Live, a played day is ignored: today is today."""
        played = self._played_day if self.home.settings.mode == "sandbox" else None
        return Clock(self.home.settings.company.zone, played)

    @cached_property
    def ledger(self) -> Ledger:
        """The home's ledger."""
        return self._ledger or Ledger.of_home(self.home.root)

    @cached_property
    def warehouse(self) -> Warehouse:
        """The home's published tables."""
        return Warehouse(self.home.warehouse)

    @cached_property
    def senders(self) -> dict[Channel, Sender]:
        """The way out of each channel; live, those are left out that lack their settings."""
        if self.home.settings.mode == "live":
            # imported here because the providers' libraries take long to load, and a trial needs none
            from chasing_pipeline.channels.live import live_senders

            return live_senders(self.home.settings, os.environ)
        sandbox = SandboxSender(self.home.outbox)
        return {channel: sandbox for channel in Channel if channel not in TODO_CHANNELS}

    @cached_property
    def messages(self) -> "MessageMaker":
        """What makes the messages of this home."""
        # imported here because phone numbers and locales take long to load, and planning needs neither
        from chasing_pipeline.messages.maker import MessageMaker

        return MessageMaker(self.home.templates, self.home.settings)

    @cached_property
    def ownership(self) -> Ownership:
        """Who of this home's dispatchers is at work."""
        return ownership_of(self.ledger, self.home.root / ".locks")

    def missing_settings(self, channels: Collection[Channel]) -> Sequence[str]:
        """What these channels lack to send for real, a sentence each; nothing in a trial."""
        if self.home.settings.mode == "sandbox":
            return ()
        from chasing_pipeline.channels.live import missing_settings

        return missing_settings(channels, self.home.settings, os.environ)

    def dispatcher(self) -> Dispatcher:
        """The dispatcher of this home."""
        return Dispatcher(
            self.home, self.ledger, self.clock, self.senders, self.messages, self.ownership, self.missing_settings
        )

    def deliveries(self) -> Deliveries:
        """What follows the messages of this home that were sent for real."""
        return Deliveries(self.ledger, self.senders, self.clock)

    def approvals(self) -> Approvals:
        """What of today waits for approval."""
        return Approvals(self.ledger, self.warehouse, self.clock)

    def previews(self) -> "Previews":
        """What this home's actions say."""
        from chasing_pipeline.dispatching.previews import Previews

        return Previews(self.home, self.ledger, self.messages)

    def recorder(self) -> Recorder:
        """What checks and records what people did or heard elsewhere."""
        return Recorder(self.home, self.ledger, self.clock)

    def planned_actions(self, day: date) -> tuple[list[Action], list[UnitStep]]:
        """The published action table of ``day``, and which unit's steps each action carries out.

        Raises DispatchRefused where the day has not been planned.
        """
        if not self.warehouse.has("action_table", day):
            raise DispatchRefused(f"{day} has not been planned; run: {self.home.command(f'run --date {day}')}")
        with DuckDBEngine(threads=1) as engine:
            for table in ("action_table", "action_units"):
                engine.attach_parquet(table, self.warehouse.path(table, day))
            actions = [Action.from_row(row) for row in engine.table_rows("action_table")]
            actions.sort(key=lambda action: (action.customer_number, action.currency, action.step_number))
            units = [UnitStep.from_row(row) for row in engine.table_rows("action_units")]
        return actions, units
