"""Following what was sent: delivered, answered, bounced, opted out, and what a person has to mend.

Asks each channel for news of its messages in flight and appends what it learns, each thing once. Sends nothing.
Does not belong here: asking providers (``channels``), writing it down (``ledger.deliveries``).
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chasing_pipeline.channels.errors import SendError
from chasing_pipeline.channels.protocol import DeliveryStatus, Sender, SentMessage
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.clock import Clock
from chasing_pipeline.ledger.activities import Activity
from chasing_pipeline.ledger.deliveries import News, asked, followed, learn
from chasing_pipeline.ledger.guards import OptOut
from chasing_pipeline.ledger.store import Ledger
from chasing_pipeline.ledger.todos import NewTodo

ACTOR = "delivery status"
MOST_AT_ONCE = 200
"""Messages of a channel that are asked after in one go, so that a sensor's tick stays short."""
AT_MOST_ONCE = frozenset({"delivered", "failed", "bounced", "opted_out", "answered", "voicemail", "no_answer"})
"""Kinds that happen to an attempt at most once; others (a letter that is mailed, then in transit) may repeat."""


@dataclass
class DeliveryReport:
    """What was learnt: how many activities of each kind, how many messages were asked after, what could not be."""

    asked: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    remarks: list[str] = field(default_factory=list)


class Deliveries:
    """Follows the messages of one home."""

    def __init__(self, ledger: Ledger, senders: Mapping[Channel, Sender], clock: Clock) -> None:
        self._ledger = ledger
        self._senders = senders
        self._clock = clock

    def follow(self) -> DeliveryReport:
        """Ask after what is in flight, channel by channel; one that can't be asked now does not stop the others."""
        report = DeliveryReport()
        for channel, sender in self._senders.items():
            rows = {row["action_id"]: row for row in followed(self._ledger, [channel], MOST_AT_ONCE)}
            if not rows:
                continue
            report.asked += len(rows)
            sent = [
                SentMessage(name, row["provider_id"] or "", row["committed_at"], row["delivery_status"] or "")
                for name, row in rows.items()
            ]
            try:
                for status in sender.deliveries(sent):
                    self._learn(rows[status.dispatch_id], status, report)
            except SendError as error:
                report.remarks.append(f"{channel.value}: {error}")
            asked(self._ledger, rows, self._clock.now())
        return report

    def _learn(self, row: Mapping[str, Any], status: DeliveryStatus, report: DeliveryReport) -> None:
        happened = [self._activity(row, status.kind, status)] if status.kind else []
        if status.has_opted_out:
            happened.append(self._activity(row, "opted_out", status))
        todos = (self._to_mend(row, status),) if status.is_permanent else ()
        happened += [self._activity(row, "todo_created", status, todo.title) for todo in todos]
        opt_out = self._opt_out(row, status) if status.has_opted_out else None
        news = News(row["action_id"], status.status, status.is_final, tuple(happened), todos, opt_out)
        if learn(self._ledger, news):
            report.kinds.update(activity.kind for activity in happened)

    def _activity(
        self, row: Mapping[str, Any], kind: str, status: DeliveryStatus, detail: str | None = None
    ) -> Activity:
        has_cost = kind == status.kind and status.cost is not None
        return Activity(
            kind,
            self._clock.now(),
            self._clock.today(),
            ACTOR,
            row["action_id"],
            row["channel"],
            row["customer_number"],
            row["currency"],
            tuple(json.loads(row["invoice_numbers"])),
            row["cadence"],
            row["step"],
            self._senders[Channel(row["channel"])].provider,
            row["provider_id"],
            detail or status.detail or status.status,
            status.cost if has_cost else None,
            status.cost_currency if has_cost else None,
            attempt=row["attempt"],
            by_hand=kind not in AT_MOST_ONCE,
        )

    def _to_mend(self, row: Mapping[str, Any], status: DeliveryStatus) -> NewTodo:
        customer, channel = row["customer_number"], row["channel"]
        title = f"Mend the contact of {customer} for {channel}: {status.status}"
        detail = f"{status.detail or status.status}. It went to {row['recipient'] or row['address']}."
        today = self._clock.today()
        return NewTodo(row["action_id"], "mend_contact", customer, row["currency"], "team", title, detail, today)

    def _opt_out(self, row: Mapping[str, Any], status: DeliveryStatus) -> OptOut | None:
        if row["address"] is None:
            return None
        source = status.detail or status.status
        return OptOut(Channel(row["channel"]), row["address"], row["recipient"], source, self._clock.now())
