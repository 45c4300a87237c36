"""One of several dispatchers that start at the same moment: ``python race.py HOME DAY`` waits for a line on its input.

Each sending takes a moment, so that the dispatchers are surely at work together. Prints its outcomes as JSON.
"""

import json
import sys
import time
from datetime import date
from pathlib import Path

from chasing_pipeline.channels.protocol import Commit, Order, Receipt
from chasing_pipeline.channels.sandbox import SandboxSender
from chasing_pipeline.dispatching.dispatcher import Dispatcher
from chasing_pipeline.domain.message import Message
from chasing_pipeline.resources.chasing import Chasing


class SlowSender(SandboxSender):
    """The sandbox at the speed of a provider."""

    def send(self, order: Order, message: Message, commit: Commit) -> Receipt:
        """Send, and take a moment for it."""
        receipt = super().send(order, message, commit)
        time.sleep(0.02)
        return receipt


def main(root: str, day: str) -> None:
    """Carry out the day's actions as soon as a line comes."""
    chasing = Chasing(Path(root), date.fromisoformat(day))
    senders = dict.fromkeys(chasing.senders, SlowSender(chasing.home.outbox))
    dispatcher = Dispatcher(chasing.home, chasing.ledger, chasing.clock, senders, chasing.messages, chasing.ownership)
    planned = chasing.planned_actions(chasing.clock.today())
    print("ready", flush=True)
    sys.stdin.readline()
    report = dispatcher.run(chasing.clock.today(), *planned)
    print(json.dumps({str(name): count for name, count in report.outcomes.items()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
