"""Texts through Twilio, with its own library against a stand-in."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from pydantic import SecretStr

from chasing_pipeline.channels.errors import (
    ChannelUnavailable,
    InDoubt,
    NotSent,
    OptedOut,
    Refused,
    RegionUnavailable,
    SendError,
    Throttled,
)
from chasing_pipeline.channels.pacing import Pacer
from chasing_pipeline.channels.protocol import Evidence
from chasing_pipeline.channels.twilio_client import TwilioAccount, TwilioClient
from chasing_pipeline.channels.twilio_sms import SmsSender
from chasing_pipeline.domain.cadence import Channel
from tests.stand_ins.faults import Faults
from tests.stand_ins.twilio import TwilioStandIn
from tests.stand_ins.twilio_progress import text_at

from .outgoing import (
    BODY,
    HOUR,
    QUICK,
    Commits,
    GivenUp,
    count_connections,
    give_up,
    interrupted,
    order,
    sent,
    text,
    told,
)


@pytest.fixture
def twilio() -> Iterator[TwilioStandIn]:
    with TwilioStandIn(pace=0) as stand_in:
        yield stand_in


def sender_of(twilio: TwilioStandIn, token: str | None = None) -> SmsSender:
    account = TwilioAccount(twilio.account_sid, SecretStr(token or twilio.auth_token), twilio.url)
    return SmsSender(TwilioClient(account, timeouts=QUICK), pacer=Pacer(None))


@pytest.fixture
def sms(twilio: TwilioStandIn) -> SmsSender:
    return sender_of(twilio)


def test_a_text_is_posted_once_right_after_its_commit(twilio: TwilioStandIn, sms: SmsSender) -> None:
    commit = Commits(lambda: len(twilio.texts))
    receipt = sms.send(order(Channel.SMS), text(), commit)
    assert commit.seen == [0]
    assert [record["sid"] for record in twilio.texts] == [receipt.provider_id]
    asked = twilio.texts[0]["asked"]
    assert asked == {"To": text().to, "From": text().sender, "Body": text().body}


def test_a_messaging_service_picks_the_number_itself(twilio: TwilioStandIn, sms: SmsSender) -> None:
    service = "MG" + "0" * 32
    sms.send(order(Channel.SMS), text(sender=service), Commits())
    assert twilio.texts[0]["asked"]["MessagingServiceSid"] == service
    assert "From" not in twilio.texts[0]["asked"]


def test_what_commit_raises_passes_through_and_nothing_is_posted(twilio: TwilioStandIn, sms: SmsSender) -> None:
    with pytest.raises(GivenUp):
        sms.send(order(Channel.SMS), text(), give_up)
    assert twilio.texts == []


def test_a_text_without_sender_is_never_committed(sms: SmsSender) -> None:
    commit = Commits()
    with pytest.raises(ChannelUnavailable, match=r"senders\.sms"):
        sms.send(order(Channel.SMS), text(sender=None), commit)
    assert commit.seen == []


@pytest.mark.parametrize(
    ("to", "kind", "words"),
    [
        ("+15005550001", Refused, "21211"),
        ("+15005550009", Refused, "no mobile number"),
        ("+15005550004", OptedOut, "opted out"),
        ("+15005550003", RegionUnavailable, "21408"),
        ("+15005550002", RegionUnavailable, "21612"),
    ],
)
def test_a_refusal_says_whose_fault_it_is(sms: SmsSender, to: str, kind: type[SendError], words: str) -> None:
    with pytest.raises(SendError, match=words) as raised:
        sms.send(order(Channel.SMS), text(to), Commits())
    assert type(raised.value) is kind


@pytest.mark.parametrize("sender", ["+15005550007", "+15005550001"])
def test_an_unusable_sender_stops_the_channel(sms: SmsSender, sender: str) -> None:
    with pytest.raises(ChannelUnavailable):
        sms.send(order(Channel.SMS), text(sender=sender), Commits())


@pytest.mark.parametrize(
    ("fault", "kind", "accepted"),
    [
        ("drop_before", InDoubt, 0),
        ("drop_after", InDoubt, 1),
        ("silence_after", InDoubt, 1),
        ("500_before", InDoubt, 0),
        ("500_after", InDoubt, 1),
        ("html_502_after", InDoubt, 1),
        ("html_503_before", InDoubt, 0),
        ("garbage_after", InDoubt, 1),
        ("lacking_after", InDoubt, 1),
        ("429", Throttled, 0),
        ("429_bare", Throttled, 0),
    ],
)
def test_after_a_failure_one_request_was_made_and_only_evidence_knows(
    twilio: TwilioStandIn, sms: SmsSender, fault: str, kind: type[SendError], accepted: int
) -> None:
    twilio.faults = Faults(script=[fault])
    commit = Commits()
    with pytest.raises(SendError) as raised:
        sms.send(order(Channel.SMS), text(), commit)
    assert type(raised.value) is kind
    assert len(commit.seen) == 1
    assert len(twilio.texts) == accepted
    found = sms.evidence(interrupted(text(), Channel.SMS, age=HOUR))
    assert found.evidence is (Evidence.SENT if accepted else Evidence.ABSENT)
    assert (found.receipt and found.receipt.provider_id) == (twilio.texts[0]["sid"] if accepted else None)


def test_a_server_that_is_not_there_stops_the_channel() -> None:
    with TwilioStandIn() as gone:
        sms = sender_of(gone)
    commit = Commits()
    with pytest.raises(ChannelUnavailable, match=rf"127\.0\.0\.1:{gone.port}"):
        sms.send(order(Channel.SMS), text(), commit)
    assert len(commit.seen) == 1
    with pytest.raises(ChannelUnavailable):
        sms.evidence(interrupted(text(), Channel.SMS))


def test_wrong_credentials_stop_the_channel_and_show_nowhere(twilio: TwilioStandIn) -> None:
    sms = sender_of(twilio, token="wrong-secret")
    with pytest.raises(ChannelUnavailable, match="TWILIO_AUTH_TOKEN") as raised:
        sms.send(order(Channel.SMS), text(), Commits())
    assert "wrong-secret" not in told(raised.value) + repr(sms) + repr(vars(sms))
    assert BODY not in str(raised.value)
    with pytest.raises(ChannelUnavailable):
        sms.evidence(interrupted(text(), Channel.SMS))


def test_another_text_to_the_same_number_is_no_evidence(sms: SmsSender) -> None:
    sms.send(order(Channel.SMS), text(token="another"), Commits())
    assert sms.evidence(interrupted(text(), Channel.SMS, age=HOUR)).evidence is Evidence.ABSENT


def test_a_text_from_long_before_the_commit_is_no_evidence(twilio: TwilioStandIn, sms: SmsSender) -> None:
    sms.send(order(Channel.SMS), text(), Commits())
    assert sms.evidence(interrupted(text(), Channel.SMS, age=-timedelta(minutes=10))).evidence is Evidence.EARLY
    assert sms.evidence(interrupted(text(), Channel.SMS, age=-timedelta(minutes=4))).evidence is Evidence.SENT


def test_evidence_is_found_beyond_the_first_page(
    twilio: TwilioStandIn, sms: SmsSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chasing_pipeline.channels.twilio_sms._PAGE", 2)
    receipt = sms.send(order(Channel.SMS), text(), Commits())
    for number in range(5):
        sms.send(order(Channel.SMS), text(token=f"other{number}"), Commits())
    assert sms.evidence(interrupted(text(), Channel.SMS)).receipt == receipt


def test_while_lists_lag_it_is_too_early_to_call_a_text_absent(twilio: TwilioStandIn, sms: SmsSender) -> None:
    twilio.faults = Faults(script=["drop_after"], lag=60)
    with pytest.raises(InDoubt):
        sms.send(order(Channel.SMS), text(), Commits())
    young = interrupted(text(), Channel.SMS, age=timedelta(minutes=29))
    assert sms.evidence(young).evidence is Evidence.EARLY
    twilio.clock.advance(61)
    assert sms.evidence(young).evidence is Evidence.SENT


def test_where_the_account_has_its_texts_words_deleted_nobody_knows(
    sms: SmsSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    sms.send(order(Channel.SMS), text(), Commits())
    monkeypatch.setattr("tests.stand_ins.twilio.text_at", lambda *args: text_at(*args) | {"body": ""})
    assert sms.evidence(interrupted(text(), Channel.SMS, age=timedelta(seconds=1))).evidence is Evidence.EARLY
    # the text was created now, and so after a commit of an hour ago
    assert sms.evidence(interrupted(text(), Channel.SMS, age=HOUR)).evidence is Evidence.UNKNOWN


def test_evidence_that_can_t_be_read_now_is_no_answer(twilio: TwilioStandIn, sms: SmsSender) -> None:
    twilio.faults = Faults({"500_before": 1.0}, operations=["list"])
    with pytest.raises(NotSent, match="can't be asked now"):
        sms.evidence(interrupted(text(), Channel.SMS, age=HOUR))


def test_several_threads_share_a_few_connections(twilio: TwilioStandIn, sms: SmsSender) -> None:
    connections = count_connections(twilio)

    def work(start: int) -> None:
        for number in range(start, start + 10):
            sms.send(order(Channel.SMS, number), text(token=f"t{number}"), Commits())

    threads = [threading.Thread(target=work, args=(10 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(twilio.texts) == 40
    assert len(connections) <= 4


def test_a_delivered_text_is_final_with_its_price(sms: SmsSender) -> None:
    receipt = sms.send(order(Channel.SMS), text(), Commits())
    (status,) = sms.deliveries([sent(receipt.provider_id)])
    assert (status.status, status.kind, status.is_final) == ("delivered", "delivered", True)
    assert status.cost == Decimal("0.0079")
    assert status.cost_currency == "USD"


def test_what_was_known_before_is_not_told_again(twilio: TwilioStandIn, sms: SmsSender) -> None:
    twilio.pace = 100
    receipt = sms.send(order(Channel.SMS), text(), Commits())
    assert [status.status for status in sms.deliveries([sent(receipt.provider_id)])] == ["queued"]
    assert list(sms.deliveries([sent(receipt.provider_id, last="queued")])) == []


def test_a_price_that_comes_late_is_a_note_and_nothing_else_is_told_again(
    twilio: TwilioStandIn, sms: SmsSender
) -> None:
    twilio.fates[text().to] = "21610"
    receipt = sms.send(order(Channel.SMS), text(), Commits())
    (status,) = sms.deliveries([sent(receipt.provider_id, last="undelivered")])
    assert (status.kind, status.cost, status.is_final) == ("note", Decimal("0.0079"), True)
    assert (status.is_permanent, status.has_opted_out) == (False, False)


@pytest.mark.parametrize(
    ("code", "is_permanent", "has_opted_out"),
    [
        ("30003", False, False),
        ("30005", True, False),
        ("30006", True, False),
        ("30007", False, False),
        ("21610", True, True),
    ],
)
def test_an_undelivered_text_says_why(
    twilio: TwilioStandIn, sms: SmsSender, code: str, is_permanent: bool, has_opted_out: bool
) -> None:
    twilio.fates[text().to] = code
    receipt = sms.send(order(Channel.SMS), text(), Commits())
    (status,) = sms.deliveries([sent(receipt.provider_id)])
    assert (status.status, status.kind) == ("undelivered", "failed")
    assert status.detail.startswith(code)
    assert (status.is_permanent, status.has_opted_out) == (is_permanent, has_opted_out)


def test_a_text_that_twilio_forgot_is_not_asked_for_again(sms: SmsSender) -> None:
    (status,) = sms.deliveries([sent("SM" + "0" * 32)])
    assert (status.kind, status.is_final) == (None, True)


def test_deliveries_that_can_t_be_read_now_raise(twilio: TwilioStandIn, sms: SmsSender) -> None:
    receipt = sms.send(order(Channel.SMS), text(), Commits())
    twilio.faults = Faults({"429": 1.0}, operations=["fetch"])
    with pytest.raises(NotSent):
        list(sms.deliveries([sent(receipt.provider_id)]))
