"""What follows from each way in which a sending can go wrong."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from chasing_pipeline.channels.errors import ChannelUnavailable, InDoubt, NotSent, Refused, RegionUnavailable, Throttled
from chasing_pipeline.channels.protocol import Evidence, Order
from chasing_pipeline.domain.action import MessageFacts
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.message import Message
from chasing_pipeline.messages.maker import MessageMaker

from .homes import DAY, REACHABLE, SmallHome, TroubledSender, failing

BY_MAIL = {"E1", "E2", "E3"}
OTHERS = set(REACHABLE) - BY_MAIL - {"P1", "X1"}


def pass_time(seconds: float) -> None:
    """Wait for nothing."""


def broken(*args: object) -> Exception:
    return ZeroDivisionError("a bug in a sender")


def test_an_unavailable_channel_stops_after_one_try_and_the_others_go_on(home: SmallHome) -> None:
    sender = TroubledSender(home.outbox, error=failing(ChannelUnavailable))
    report = home.dispatch(senders={Channel.EMAIL: sender})
    assert len(sender.tried) == 1
    assert set(home.happened("sent")) == OTHERS
    assert {home.states()[name] for name in BY_MAIL} == {"planned"}
    assert any("email" in remark and "out of order" in remark for remark in report.remarks)
    home.dispatch()
    assert set(home.happened("sent")) == OTHERS | BY_MAIL


def test_what_was_thrown_back_for_too_many_requests_goes_out_a_moment_later(home: SmallHome) -> None:
    left = {"E1": 2, "S1": 1}

    def busy(order: Order) -> Exception | None:
        left[order.customer_number] = left.get(order.customer_number, 0) - 1
        return Throttled("too many requests") if left[order.customer_number] >= 0 else None

    waited: list[float] = []
    sender = TroubledSender(home.outbox, error=busy)
    report = home.dispatch(senders={Channel.EMAIL: sender, Channel.SMS: sender}, sleep=waited.append)
    assert sorted(waited) == [0.5, 0.5, 2.0]
    assert report.remarks == []
    assert set(home.happened("sent")) == OTHERS | BY_MAIL


def test_what_was_thrown_back_after_its_commit_has_one_claim_a_try(home: SmallHome) -> None:
    tries: list[int] = []

    def busy(order: Order) -> Exception | None:
        if order.customer_number == "E1":
            tries.append(order.attempt)
        return Throttled("too many requests") if order.customer_number == "E1" and len(tries) < 3 else None

    report = home.dispatch(senders={Channel.EMAIL: TroubledSender(home.outbox, late_error=busy)}, sleep=pass_time)
    assert tries == [1, 2, 3]
    assert report.remarks == []
    assert set(home.happened("sent")) == OTHERS | BY_MAIL


def test_a_provider_that_takes_no_more_ends_its_channel_until_the_next_dispatch(home: SmallHome) -> None:
    sender = TroubledSender(home.outbox, late_error=failing(Throttled, "E1"))
    waited: list[float] = []
    report = home.dispatch(senders={Channel.EMAIL: sender}, sleep=waited.append)
    assert waited == [0.5, 2.0, 5.0]
    assert report.has_stopped_channels
    assert home.states()["E1"] == "planned"
    assert set(home.happened("sent")) >= OTHERS
    home.dispatch()
    assert set(home.happened("sent")) == OTHERS | BY_MAIL


def test_a_country_that_the_account_may_not_reach_keeps_back_its_own_actions_only(home: SmallHome) -> None:
    sender = TroubledSender(home.outbox, late_error=failing(RegionUnavailable, "E1"))
    report = home.dispatch(senders={Channel.EMAIL: sender})
    assert report.has_stopped_channels, "somebody has to mend the account or the settings"
    assert [remark for remark in report.remarks if remark.startswith("email to E1 was not sent: ")] == report.remarks
    assert home.states()["E1"] == "planned"
    assert set(home.happened("sent")) == OTHERS | BY_MAIL - {"E1"}
    assert home.happened("note")["E1"].startswith("not sent, and planned again: ")


def test_what_was_surely_not_sent_stays_planned_and_goes_out_next_time(home: SmallHome) -> None:
    sender = TroubledSender(home.outbox, error=failing(NotSent, "E2"))
    report = home.dispatch(senders={Channel.EMAIL: sender})
    assert home.states()["E2"] == "planned"
    assert sender.tried.count("E2") == 1, "a second attempt is a new decision"
    assert set(home.happened("sent")) == OTHERS | BY_MAIL - {"E2"}
    assert any("E2" in remark for remark in report.remarks)
    home.dispatch()
    assert set(home.happened("sent")) == OTHERS | BY_MAIL


def test_what_was_not_sent_today_is_planned_again_tomorrow(home: SmallHome, plan: Callable[..., None]) -> None:
    home.dispatch(senders={Channel.EMAIL: TroubledSender(home.outbox, error=failing(NotSent, "E2"))})
    tomorrow = DAY + timedelta(days=1)
    plan(home.open(tomorrow))
    assert set(home.actions(tomorrow)) == {"E2"}


def test_a_refusal_counts_as_carried_out_and_asks_a_person_to_mend_the_contact(
    home: SmallHome, plan: Callable[..., None]
) -> None:
    home.dispatch(senders={Channel.EMAIL: TroubledSender(home.outbox, error=failing(Refused, "E2"))})
    home.dispatch()
    assert home.states()["E2"] == "failed"
    assert home.happened("failed")["E2"] == "it is out of order"
    assert home.todos()["E2"]["kind"] == "mend_contact"
    tomorrow = DAY + timedelta(days=1)
    plan(home.open(tomorrow))
    assert home.actions(tomorrow) == {}


@pytest.mark.parametrize(
    ("known", "sent", "state"), [(Evidence.SENT, False, "sent"), (Evidence.NOT_SENT, True, "sent")]
)
def test_a_doubt_is_settled_by_the_evidence_at_the_next_start(
    home: SmallHome, known: Evidence, sent: bool, state: str
) -> None:
    report = home.dispatch(senders={Channel.EMAIL: TroubledSender(home.outbox, late_error=failing(InDoubt, "E1"))})
    assert report.outcomes["in_doubt"] == 1
    assert home.states()["E1"] == "doubt"
    sender = TroubledSender(home.outbox, known=known)
    home.dispatch(senders={Channel.EMAIL: sender})
    assert (sender.tried == ["E1"]) == sent
    assert home.states()["E1"] == state
    assert "E1" in home.happened("sent")
    assert "E1" in home.happened("in_doubt")


def test_a_message_that_arrived_although_the_sender_doubted_it_is_not_sent_again(home: SmallHome) -> None:
    def late(action: object) -> None:
        raise InDoubt("read timeout")

    home.dispatch(senders={Channel.EMAIL: TroubledSender(home.outbox, after=late)})
    assert {home.states()[name] for name in BY_MAIL} == {"doubt"}
    sender = TroubledSender(home.outbox)
    home.dispatch(senders={Channel.EMAIL: sender})
    assert sender.tried == []
    assert set(home.happened("sent")) == OTHERS | BY_MAIL


def test_a_doubt_without_evidence_goes_to_a_person_and_is_never_sent_again(
    home: SmallHome, plan: Callable[..., None]
) -> None:
    home.dispatch(senders={Channel.EMAIL: TroubledSender(home.outbox, late_error=failing(InDoubt, "E1"))})
    tomorrow = DAY + timedelta(days=1)
    sender = TroubledSender(home.outbox, known=Evidence.UNKNOWN)
    home.dispatch(senders={Channel.EMAIL: sender})
    plan(home.open(tomorrow))
    home.dispatch(tomorrow, {Channel.EMAIL: sender})
    assert sender.tried == []
    assert home.states()["E1"] == "human"
    assert home.todos()["E1"]["kind"] == "in_doubt"


def test_the_doubt_of_a_dispatcher_that_still_works_is_left_alone(home: SmallHome) -> None:
    tried: list[str] = []

    def meanwhile(action: object) -> None:
        other = TroubledSender(home.outbox, known=Evidence.NOT_SENT)
        home.dispatch(senders={Channel.EMAIL: other})
        tried.extend(other.tried)

    first = TroubledSender(home.outbox, during=meanwhile)
    home.dispatch(senders={Channel.EMAIL: first})
    assert first.tried[0] not in tried
    assert set(home.happened("sent")) == OTHERS | BY_MAIL


def test_a_bug_in_a_sender_counts_as_a_doubt_and_the_others_go_on(home: SmallHome) -> None:
    def error(action: object) -> Exception | None:
        return broken() if getattr(action, "customer_number", "") == "E1" else None

    report = home.dispatch(senders={Channel.EMAIL: TroubledSender(home.outbox, late_error=error)})
    assert report.outcomes["in_doubt"] == 1
    assert home.states()["E1"] == "doubt"
    assert set(home.happened("sent")) == OTHERS | BY_MAIL - {"E1"}


def test_a_faulty_template_holds_back_its_own_actions_only_and_is_named(home: SmallHome) -> None:
    home.write("templates/email/body.txt", "Dear {{ custmer_name }}\n")
    report = home.dispatch()
    assert set(home.happened("sent")) == OTHERS
    assert {home.states()[name] for name in BY_MAIL} == {"planned"}
    (problem,) = {(problem.file, problem.line) for problem in report.problems}
    assert problem == ("templates/email/body.txt", 1)
    assert "custmer_name" in str(report.problems[0])
    home.write("templates/email/body.txt", "Dear {{ customer_name }}\n")
    home.dispatch()
    assert set(home.happened("sent")) == OTHERS | BY_MAIL


def test_a_faulty_task_template_holds_back_its_own_actions_only_and_is_named(home: SmallHome) -> None:
    home.write("templates/phone_call/task.txt", "Ask for {{ custmer_name }}\n")
    report = home.dispatch()
    assert set(home.happened("sent")) == OTHERS | BY_MAIL
    assert home.states()["P1"] == "planned"
    assert home.states()["X1"] == "todo"
    assert [problem.file for problem in report.problems] == ["templates/phone_call/task.txt"]


def test_a_message_that_our_own_code_cannot_make_is_held_back_and_told(
    home: SmallHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = MessageMaker.make

    def make(self: MessageMaker, facts: MessageFacts, earlier: Sequence[str] = ()) -> Message:
        if facts.action.customer_number == "E1":
            raise OverflowError("a secret")
        return made(self, facts, earlier)

    monkeypatch.setattr(MessageMaker, "make", make)
    report = home.dispatch()
    assert report.outcomes["not_made"] == 1
    assert report.remarks == ["the message of email to E1 failed with OverflowError"]
    assert home.states()["E1"] == "planned"
    assert set(home.happened("sent")) == OTHERS | BY_MAIL - {"E1"}


def test_a_template_that_fails_only_with_one_customers_data_holds_back_that_one_only(home: SmallHome) -> None:
    text = "{% if customer_number == 'E1' %}{{ invoices[7].number }}{% endif %}Please pay.\n"
    home.write("templates/email/body.txt", text)
    report = home.dispatch()
    states = home.states()
    assert states["E1"] == "planned"
    assert {states[name] for name in ("E2", "E3", "S1", "L1", "A1")} == {"sent"}
    assert "templates/email/body.txt" in {problem.file for problem in report.problems}
