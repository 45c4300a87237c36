"""What became of messages after they were sent: each thing is learnt once, costs are kept, people are told."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

import pytest

from chasing_pipeline.channels.errors import ChannelUnavailable
from chasing_pipeline.channels.protocol import Commit, DeliveryStatus, Order, Receipt, SentMessage
from chasing_pipeline.dispatching.deliveries import DeliveryReport
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.message import Message
from chasing_pipeline.ledger import activities

from .homes import DAY, SmallHome, TroubledSender


class FollowedSender(TroubledSender):
    """A sender whose provider has news."""

    provider = "provider"
    news: dict[str, dict[str, object]] = {}
    asked: int = 0

    def send(self, order: Order, message: Message, commit: Commit) -> Receipt:
        return Receipt(self.provider, super().send(order, message, commit).provider_id)

    def deliveries(self, sent: Sequence[SentMessage]) -> Iterable[DeliveryStatus]:
        self.asked += len(sent)
        return [DeliveryStatus(message.dispatch_id, **self.news) for message in sent]  # type: ignore[arg-type]


@pytest.fixture
def sender(home: SmallHome) -> FollowedSender:
    sender = FollowedSender(home.outbox)
    home.dispatch(senders={Channel.SMS: sender})
    return sender


def follow(home: SmallHome, sender: FollowedSender, **news: object) -> DeliveryReport:
    sender.news = news  # type: ignore[assignment]
    chasing = home.open()
    chasing.__dict__["senders"] = {Channel.SMS: sender}
    return chasing.deliveries().follow()


def test_a_delivery_is_an_activity_with_what_it_cost_and_is_asked_for_no_more(
    home: SmallHome, sender: FollowedSender
) -> None:
    news = {
        "status": "delivered",
        "kind": "delivered",
        "is_final": True,
        "cost": Decimal("0.0079"),
        "cost_currency": "USD",
    }
    assert follow(home, sender, **news).kinds == {"delivered": 1}
    rows = [row for row in activities.of_days(home.open().ledger, [DAY]) if row["kind"] == "delivered"]
    (row,) = rows
    assert (row["cost"], row["cost_currency"], row["provider"]) == (Decimal("0.0079"), "USD", "provider")
    assert follow(home, sender, **news).asked == 0


def test_the_same_news_twice_is_one_activity(home: SmallHome, sender: FollowedSender) -> None:
    news = {"status": "in_transit", "kind": "note", "is_final": False}
    assert follow(home, sender, **news).kinds == {"note": 1}
    assert follow(home, sender, **news).kinds == {}
    assert follow(home, sender, **{**news, "status": "mailed"}).kinds == {"note": 1}


def test_a_number_that_can_not_be_reached_is_a_to_do(home: SmallHome, sender: FollowedSender) -> None:
    news = {
        "status": "undelivered",
        "kind": "failed",
        "is_final": True,
        "is_permanent": True,
        "detail": "30006 landline",
    }
    follow(home, sender, **news)
    assert home.todos()["S1"]["kind"] == "mend_contact"
    assert "30006" in home.todos()["S1"]["detail"]
    assert home.states()["S1"] == "sent"


def test_an_opt_out_learnt_later_is_kept(home: SmallHome, sender: FollowedSender) -> None:
    news = {"status": "undelivered", "kind": "failed", "is_final": True, "is_permanent": True, "has_opted_out": True}
    assert set(follow(home, sender, **news).kinds) == {"failed", "opted_out", "todo_created"}


def test_a_provider_that_does_not_answer_is_said_and_asked_again(home: SmallHome, sender: FollowedSender) -> None:
    class Silent(FollowedSender):
        def deliveries(self, sent: Sequence[SentMessage]) -> Iterable[DeliveryStatus]:
            raise ChannelUnavailable("nobody answers")

    report = follow(home, Silent(home.outbox))
    assert report.remarks == ["sms: nobody answers"]
    assert follow(home, sender, status="sent", kind=None, is_final=False).asked == 1


def test_what_the_sandbox_wrote_is_not_followed(home: SmallHome) -> None:
    home.dispatch()
    assert home.open().deliveries().follow().asked == 0
