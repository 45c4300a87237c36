"""The stand-in for Twilio, through Twilio's own SDK."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from tests.stand_ins.faults import Faults
from tests.stand_ins.samples import OTHERS, OURS, THEIRS, TWIML, close, twilio_client
from tests.stand_ins.twilio import TwilioStandIn


@pytest.fixture
def twilio() -> Iterator[TwilioStandIn]:
    with TwilioStandIn(pace=10, fates={OTHERS: "30003"}) as stand_in:
        yield stand_in


@pytest.fixture
def client(twilio: TwilioStandIn) -> Iterator[Client]:
    client = twilio_client(twilio)
    yield client
    close(client)


def text(client: Client, **changes: Any) -> Any:
    return client.messages.create(**{"to": THEIRS, "from_": OURS, "body": "Please pay", **changes})


def call(client: Client, **changes: Any) -> Any:
    wanted = {"to": THEIRS, "from_": OURS, "twiml": TWIML, "machine_detection": "DetectMessageEnd"}
    return client.calls.create(**{**wanted, **changes})


def refusal(send: Any) -> tuple[int, int]:
    with pytest.raises(TwilioRestException) as caught:
        send()
    return caught.value.status, caught.value.code


def test_a_text_is_queued_without_a_date_and_is_delivered_in_time(twilio: TwilioStandIn, client: Client) -> None:
    first = text(client)
    assert (first.status, first.date_sent, first.price) == ("queued", None, None)
    seen = []
    for _ in range(4):
        seen.append(client.messages(first.sid).fetch().status)
        twilio.clock.advance(10)
    assert seen == ["queued", "sending", "sent", "delivered"]
    last = client.messages(first.sid).fetch()
    assert last.date_sent is not None
    assert (last.price, last.price_unit, last.error_code) == ("-0.00790", "USD", None)


def test_a_text_fails_as_its_number_is_fated_to(twilio: TwilioStandIn, client: Client) -> None:
    sid = text(client, to=OTHERS).sid
    twilio.clock.advance(30)
    found = client.messages(sid).fetch()
    assert (found.status, found.error_code) == ("undelivered", 30003)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"to": "07700 900123"}, 21211),
        ({"to": OURS}, 21266),
        ({"body": "x" * 1601}, 21617),
        ({"body": ""}, 21602),
        ({"from_": "not a number!"}, 21212),
        ({"status_callback": "callbacks"}, 21609),
        ({"to": "+15005550001"}, 21211),
        ({"to": "+15005550002"}, 21612),
        ({"to": "+15005550003"}, 21408),
        ({"to": "+15005550004"}, 21610),
        ({"to": "+15005550009"}, 21614),
        ({"from_": "+15005550001"}, 21212),
        ({"from_": "+15005550007"}, 21606),
        ({"from_": "+15005550008"}, 21611),
    ],
)
def test_a_text_that_twilio_refuses_is_refused(
    changes: dict[str, str], code: int, twilio: TwilioStandIn, client: Client
) -> None:
    assert refusal(lambda: text(client, **changes)) == (400, code)
    assert twilio.texts == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"to": "7700900123"}, 21211),
        ({"twiml": "<Response><Say>" + "x" * 4000 + "</Say></Response>"}, 20001),
        ({"twiml": "<Response><Say>Smith & Co</Say></Response>"}, 12100),
        ({"twiml": "<Say>Hello</Say>"}, 12100),
        ({"machine_detection": "Maybe"}, 20001),
        ({"to": "+15005550001"}, 21217),
        ({"to": "+15005550004"}, 21216),
        ({"from_": "+15005550001"}, 21212),
    ],
)
def test_a_call_that_twilio_refuses_is_refused(
    changes: dict[str, str], code: int, twilio: TwilioStandIn, client: Client
) -> None:
    assert refusal(lambda: call(client, **changes)) == (400, code)
    assert twilio.calls == []


def test_only_our_numbers_can_send_where_they_are_known() -> None:
    with TwilioStandIn(numbers=[OURS]) as twilio:
        client = twilio_client(twilio)
        text(client)
        assert refusal(lambda: text(client, from_="+442079460199")) == (400, 21606)
        assert refusal(lambda: call(client, from_="+442079460199")) == (400, 21210)
        close(client)


def test_an_unknown_parameter_is_refused(twilio: TwilioStandIn) -> None:
    url = f"{twilio.url}/2010-04-01/Accounts/{twilio.account_sid}/Messages.json"
    form = {"To": THEIRS, "From": OURS, "Body": "x", "IdempotencyKey": "1"}
    reply = requests.post(url, data=form, auth=(twilio.account_sid, twilio.auth_token), timeout=5)
    assert (reply.status_code, reply.json()["code"]) == (400, 20001)


def test_nonsense_is_refused(client: Client) -> None:
    with pytest.raises(TwilioException, match="Unable to fetch page"):
        client.messages.page(page_size="many")  # type: ignore[arg-type]


def test_a_wrong_token_is_refused_in_twilios_words(twilio: TwilioStandIn) -> None:
    wrong = twilio_client(twilio)
    wrong.auth = (twilio.account_sid, "wrong")
    assert refusal(lambda: text(wrong)) == (401, 20003)
    close(wrong)


def test_nothing_goes_to_who_texted_stop(twilio: TwilioStandIn, client: Client) -> None:
    twilio.text_stop(THEIRS)
    assert refusal(lambda: text(client)) == (400, 21610)
    text(client, to=OTHERS)
    assert [(each.direction, each.body) for each in client.messages.list(from_=THEIRS)] == [("inbound", "STOP")]


def test_lists_are_by_number_newest_first_in_pages(client: Client) -> None:
    for number in range(5):
        text(client, body=f"{number}")
    text(client, to=OTHERS, body="another")
    assert [each.body for each in client.messages.list(to=THEIRS, page_size=2)] == ["4", "3", "2", "1", "0"]
    assert [each.body for each in client.messages.list(to=OTHERS, from_=OURS)] == ["another"]


def test_a_list_by_day_lacks_what_is_still_queued(twilio: TwilioStandIn, client: Client) -> None:
    sid = text(client).sid
    today = datetime.now(UTC).date()
    assert client.messages.list(to=THEIRS, date_sent_after=today) == []
    twilio.clock.advance(20)
    sent = client.messages(sid).fetch().date_sent
    assert [each.sid for each in client.messages.list(date_sent_after=sent)] == [sid]
    assert [each.sid for each in client.messages.list(date_sent_before=sent)] == [sid]
    assert client.messages.list(date_sent_after=sent + timedelta(seconds=1)) == []


def test_a_call_rings_speaks_and_costs(twilio: TwilioStandIn, client: Client) -> None:
    first = call(client)
    assert (first.status, first.answered_by, first.price, first.price_unit) == ("queued", None, None, None)
    seen = []
    for seconds in (0, 10, 30):
        twilio.clock.advance(seconds)
        seen.append(client.calls(first.sid).fetch().status)
    assert seen == ["ringing", "in-progress", "completed"]
    last = client.calls(first.sid).fetch()
    assert (last.answered_by, last.duration, last.price, last.price_unit) == ("human", "30", "-0.01400", "USD")
    assert [each.sid for each in client.calls.list(to=THEIRS, from_=OURS, start_time_before=last.start_time)] == [
        first.sid
    ]


@pytest.mark.parametrize(("fate", "status"), [("busy", "busy"), ("no-answer", "no-answer"), ("machine", "completed")])
def test_a_call_ends_as_its_number_is_fated_to(fate: str, status: str, twilio: TwilioStandIn, client: Client) -> None:
    twilio.fates[THEIRS] = fate
    sid = call(client).sid
    twilio.clock.advance(60)
    found = client.calls(sid).fetch()
    assert (found.status, found.answered_by) == (status, "machine_end_beep" if fate == "machine" else None)


def test_calls_that_come_too_fast_wait_in_the_queue() -> None:
    with TwilioStandIn(pace=500, calls_a_second=0.01) as twilio:
        client = twilio_client(twilio)
        sids = [call(client).sid for _ in range(3)]
        assert [client.calls(sid).fetch().status for sid in sids] == ["ringing", "queued", "queued"]
        twilio.clock.advance(100)
        assert [client.calls(sid).fetch().status for sid in sids] == ["ringing", "ringing", "queued"]
        assert twilio.pacing()["most_in_a_second"] > 1
        assert 190 < twilio.pacing()["longest_wait"] <= 200
        close(client)


def test_a_waiting_call_can_be_cancelled_and_a_finished_one_not(twilio: TwilioStandIn, client: Client) -> None:
    twilio.calls_a_second = 0.1
    first, second = call(client), call(client)
    assert client.calls(second.sid).update(status="canceled").status == "canceled"
    twilio.clock.advance(60)
    assert client.calls(second.sid).fetch().start_time is None
    assert refusal(lambda: client.calls(first.sid).update(status="canceled")) == (400, 21220)


def test_a_lagging_list_shows_a_text_later() -> None:
    with TwilioStandIn(faults=Faults(lag=60)) as twilio:
        client = twilio_client(twilio)
        sid = text(client).sid
        assert client.messages.list(to=THEIRS) == []
        assert client.messages(sid).fetch().sid == sid
        twilio.clock.advance(60)
        assert [each.sid for each in client.messages.list(to=THEIRS)] == [sid]
        close(client)


def test_it_starts_and_stops_at_once_even_with_clients_connected() -> None:
    started = time.monotonic()
    with TwilioStandIn() as twilio:
        client = twilio_client(twilio)
        text(client)
    assert time.monotonic() - started < 0.5
    close(client)
