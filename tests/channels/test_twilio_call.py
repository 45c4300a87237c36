"""Automated calls through Twilio, with its own library against a stand-in."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from pydantic import SecretStr

from chasing_pipeline.channels.errors import ChannelUnavailable, InDoubt, NotSent, Refused, RegionUnavailable, SendError
from chasing_pipeline.channels.pacing import Pacer
from chasing_pipeline.channels.protocol import Evidence
from chasing_pipeline.channels.twilio_call import CallSender
from chasing_pipeline.channels.twilio_client import TwilioAccount, TwilioClient
from chasing_pipeline.domain.cadence import Channel
from tests.stand_ins.faults import Faults
from tests.stand_ins.twilio import TwilioStandIn

from .outgoing import HOUR, QUICK, Commits, GivenUp, call, give_up, interrupted, order, sent


@pytest.fixture
def twilio() -> Iterator[TwilioStandIn]:
    with TwilioStandIn(pace=0, calls_a_second=1000) as stand_in:
        yield stand_in


@pytest.fixture
def calls(twilio: TwilioStandIn) -> CallSender:
    account = TwilioAccount(twilio.account_sid, SecretStr(twilio.auth_token), twilio.url)
    return CallSender(TwilioClient(account, timeouts=QUICK), pacer=Pacer(None))


def test_a_call_is_placed_once_right_after_its_commit(twilio: TwilioStandIn, calls: CallSender) -> None:
    commit = Commits(lambda: len(twilio.calls))
    receipt = calls.send(order(Channel.AUTO_CALL), call(), commit)
    assert commit.seen == [0]
    (record,) = twilio.calls
    assert record["sid"] == receipt.provider_id
    assert record["asked"] == {
        "To": call().to,
        "From": call().caller_id,
        "Twiml": call().twiml,
        "MachineDetection": "DetectMessageEnd",
    }


def test_what_commit_raises_passes_through_and_nobody_is_called(twilio: TwilioStandIn, calls: CallSender) -> None:
    with pytest.raises(GivenUp):
        calls.send(order(Channel.AUTO_CALL), call(), give_up)
    assert twilio.calls == []


def test_a_call_without_caller_number_is_never_committed(calls: CallSender) -> None:
    commit = Commits()
    with pytest.raises(ChannelUnavailable, match="caller_ids"):
        calls.send(order(Channel.AUTO_CALL), call(caller=None), commit)
    assert commit.seen == []


@pytest.mark.parametrize(
    ("to", "kind"),
    [
        ("+15005550001", Refused),
        ("+15005550002", Refused),
        ("+15005550003", RegionUnavailable),
        ("+15005550004", NotSent),  # 21216 does not say whether it is this number's fault or the account's
    ],
)
def test_a_refusal_says_whose_fault_it_is(calls: CallSender, to: str, kind: type[SendError]) -> None:
    with pytest.raises(SendError) as raised:
        calls.send(order(Channel.AUTO_CALL), call(to), Commits())
    assert type(raised.value) is kind


def test_unclear_refusals_stop_the_channel_at_the_third_in_a_row(calls: CallSender) -> None:
    for kind in (NotSent, NotSent, ChannelUnavailable):
        with pytest.raises(SendError) as raised:
            calls.send(order(Channel.AUTO_CALL), call("+15005550004"), Commits())
        assert type(raised.value) is kind
    calls.send(order(Channel.AUTO_CALL), call(), Commits())
    with pytest.raises(NotSent):
        calls.send(order(Channel.AUTO_CALL), call("+15005550004"), Commits())


@pytest.mark.parametrize(
    ("fault", "accepted"), [("drop_before", 0), ("drop_after", 1), ("500_after", 1), ("garbage_after", 1)]
)
def test_after_a_failure_only_evidence_knows(
    twilio: TwilioStandIn, calls: CallSender, fault: str, accepted: int
) -> None:
    twilio.faults = Faults(script=[fault])
    with pytest.raises(InDoubt):
        calls.send(order(Channel.AUTO_CALL), call(), Commits())
    assert len(twilio.calls) == accepted
    found = calls.evidence(interrupted(call(), Channel.AUTO_CALL))
    assert found.evidence is (Evidence.SENT if accepted else Evidence.EARLY)
    assert (found.receipt and found.receipt.provider_id) == (twilio.calls[0]["sid"] if accepted else None)


def test_a_call_that_is_not_listed_is_absent_after_the_settle_time(calls: CallSender) -> None:
    early, late = timedelta(minutes=9), timedelta(minutes=10)
    assert calls.evidence(interrupted(call(), Channel.AUTO_CALL, age=early)).evidence is Evidence.EARLY
    assert calls.evidence(interrupted(call(), Channel.AUTO_CALL, age=late)).evidence is Evidence.ABSENT


def test_calls_from_another_number_or_time_are_no_evidence(calls: CallSender) -> None:
    calls.send(order(Channel.AUTO_CALL), call(caller="+447700900999"), Commits())
    assert calls.evidence(interrupted(call(), Channel.AUTO_CALL, age=HOUR)).evidence is Evidence.ABSENT
    calls.send(order(Channel.AUTO_CALL), call(), Commits())
    # placed a minute before that commit, and an hour after this one
    assert calls.evidence(interrupted(call(), Channel.AUTO_CALL, age=-timedelta(minutes=1))).receipt is None
    assert calls.evidence(interrupted(call(), Channel.AUTO_CALL, age=HOUR)).evidence is Evidence.ABSENT


@pytest.mark.parametrize(
    ("before", "evidence"),
    [(timedelta(seconds=1), Evidence.SENT), (timedelta(minutes=1), Evidence.UNKNOWN), (HOUR, Evidence.ABSENT)],
)
def test_a_call_shortly_before_may_be_this_one_where_clocks_differ(
    twilio: TwilioStandIn, calls: CallSender, before: timedelta, evidence: Evidence
) -> None:
    calls.send(order(Channel.AUTO_CALL), call(), Commits())
    asked = interrupted(call(), Channel.AUTO_CALL)
    later = replace(asked, committed_at=asked.committed_at + before, now=asked.committed_at + before + HOUR)
    assert calls.evidence(later).evidence is evidence


@pytest.mark.parametrize(
    ("fate", "status", "kind"),
    [
        (None, "completed", "answered"),
        ("machine", "completed", "voicemail"),
        ("fax", "completed", "voicemail"),
        ("busy", "busy", "no_answer"),
        ("no-answer", "no-answer", "no_answer"),
        ("failed", "failed", "failed"),
    ],
)
def test_who_picked_up_is_told_once_it_is_over(
    twilio: TwilioStandIn, calls: CallSender, fate: str | None, status: str, kind: str
) -> None:
    if fate is not None:
        twilio.fates[call().to] = fate
    receipt = calls.send(order(Channel.AUTO_CALL), call(), Commits())
    twilio.clock.advance(1)
    (told,) = calls.deliveries([sent(receipt.provider_id)])
    assert (told.status, told.kind) == (status, kind)
    # a call that nobody took costs nothing, but that is certain only after a while
    assert told.is_final is (status == "completed")
    assert told.cost == (Decimal("0.014") if status == "completed" else None)
    assert [each.is_final for each in calls.deliveries([sent(receipt.provider_id, age=HOUR)])] == [True]
    again = list(calls.deliveries([sent(receipt.provider_id, last=status)]))
    assert again == ([replace(told, kind="note", detail="its price")] if told.is_final else [])


def test_a_call_that_still_rings_has_no_outcome(twilio: TwilioStandIn, calls: CallSender) -> None:
    twilio.pace = 100
    receipt = calls.send(order(Channel.AUTO_CALL), call(), Commits())
    assert [(each.kind, each.is_final) for each in calls.deliveries([sent(receipt.provider_id)])] == [(None, False)]


def test_calls_are_placed_one_a_second_by_default(twilio: TwilioStandIn) -> None:
    waits: list[float] = []
    pacer = Pacer(1, monotonic=lambda: 0.0, sleep=waits.append)
    account = TwilioAccount(twilio.account_sid, SecretStr(twilio.auth_token), twilio.url)
    sender = CallSender(TwilioClient(account, timeouts=QUICK), pacer=pacer)
    seen: list[int] = []
    for number in range(3):
        sender.send(order(Channel.AUTO_CALL, number), call(), lambda: seen.append(len(waits)))
    assert waits == [1.0, 2.0]
    assert seen == [0, 1, 2]  # waited before the commit, not after
