"""What Twilio's SDK sends, and what the stand-in replies, is what Twilio's description says."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.stand_ins import twilio_requests as rules
from tests.stand_ins.samples import OTHERS, OURS, THEIRS, TWIML, close, twilio_client
from tests.stand_ins.web import Reply, Request

from .description import Description, folded
from .recorded import RecordedTwilio

NAME = "twilio_messages_calls.json"
BEFORE = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def twilio() -> Iterator[RecordedTwilio]:
    with RecordedTwilio(pace=10, fates={OTHERS: "30003"}) as stand_in:
        yield stand_in


@pytest.fixture
def client(twilio: RecordedTwilio) -> Iterator[Client]:
    client = twilio_client(twilio)
    yield client
    close(client)


def errors(description: Description, request: Request, reply: Reply) -> list[str]:
    found = list(description.query_errors(request))
    if request.body:
        form = folded(parse_qsl(request.body.decode(), keep_blank_values=True))
        found += description.body_errors(request, form)
    return [*found, *description.reply_errors(request, reply)]


def texts(twilio: RecordedTwilio, client: Client) -> None:
    for to in (THEIRS, OTHERS):
        made = client.messages.create(to=to, from_=OURS, body="Pay €5", status_callback="https://acme.example/status")
        for _ in range(4):
            client.messages(made.sid).fetch()
            twilio.clock.advance(10)


def lists_of_texts(twilio: RecordedTwilio, client: Client) -> None:
    for _ in range(3):
        client.messages.create(to=THEIRS, from_=OURS, body="Please pay")
    twilio.text_stop(THEIRS)
    twilio.clock.advance(30)
    assert len(client.messages.list(to=THEIRS, from_=OURS, page_size=2)) == 3
    assert len(client.messages.list(date_sent_after=BEFORE)) == 4
    assert client.messages.list(date_sent_before=BEFORE) == []


def a_text_by_service(twilio: RecordedTwilio, client: Client) -> None:
    made = client.messages.create(to=THEIRS, messaging_service_sid="MG" + "0" * 32, body="Please pay")
    assert made.from_ is None


def calls(twilio: RecordedTwilio, client: Client) -> None:
    twilio.fates[OTHERS] = "busy"
    for to in (THEIRS, OTHERS):
        made = client.calls.create(
            to=to,
            from_=OURS,
            twiml=TWIML,
            machine_detection="DetectMessageEnd",
            status_callback="https://acme.example/status",
            status_callback_event=["answered", "completed"],
            timeout=30,
        )
        for _ in range(3):
            client.calls(made.sid).fetch()
            twilio.clock.advance(30)


def lists_of_calls(twilio: RecordedTwilio, client: Client) -> None:
    made = client.calls.create(to=THEIRS, from_=OURS, twiml=TWIML)
    client.calls(made.sid).update(status="completed")
    assert len(client.calls.list(to=THEIRS, from_=OURS, page_size=1)) == 1
    assert len(client.calls.list(start_time_after=BEFORE, end_time_after=BEFORE, status="canceled")) == 1


@pytest.mark.parametrize("use", [texts, lists_of_texts, a_text_by_service, calls, lists_of_calls])
def test_requests_and_replies_are_as_described(
    use: Callable[[RecordedTwilio, Client], None], twilio: RecordedTwilio, client: Client
) -> None:
    use(twilio, client)
    description = Description(NAME)
    assert [errors(description, *exchange) for exchange in twilio.exchanges] == [[]] * len(twilio.exchanges)
    assert twilio.exchanges


@pytest.mark.parametrize(
    ("change", "wrong"),
    [({"status": "teleported"}, "status"), ({"sid": "XX1"}, "sid"), ({"error_code": "30003"}, "error_code")],
)
def test_a_reply_that_is_not_as_described_is_noticed(
    change: dict[str, Any], wrong: str, twilio: RecordedTwilio, client: Client
) -> None:
    client.messages.create(to=THEIRS, from_=OURS, body="Please pay")
    request, reply = twilio.exchanges[0]
    changed = Reply(reply.status, json.dumps(json.loads(reply.content) | change).encode())
    assert any(error.startswith(f"{wrong}:") for error in errors(Description(NAME), request, changed))


def test_a_request_that_is_not_as_described_is_noticed(twilio: RecordedTwilio, client: Client) -> None:
    client.messages.create(to=THEIRS, from_=OURS, body="Please pay")
    request, _ = twilio.exchanges[0]
    description = Description(NAME)
    assert list(description.body_errors(request, {"To": THEIRS, "Text": "Please pay"})) == ["Text: no such field"]
    assert list(description.body_errors(request, {"Body": "Please pay"})) != []


ACCOUNT = "/2010-04-01/Accounts/{AccountSid}"


@pytest.mark.parametrize(
    ("path", "known"),
    [
        (f"{ACCOUNT}/Messages.json", rules.TEXT_PARAMETERS),
        (f"{ACCOUNT}/Calls.json", rules.CALL_PARAMETERS),
        (f"{ACCOUNT}/Calls/{{Sid}}.json", rules.CALL_UPDATES),
    ],
)
def test_the_stand_in_knows_every_parameter_that_is_described(path: str, known: frozenset[str]) -> None:
    described = Description(NAME).content["paths"][path]["post"]["requestBody"]["content"]
    assert set(described["application/x-www-form-urlencoded"]["schema"]["properties"]) <= known


@pytest.mark.parametrize(("resource", "known"), [("Messages", rules.TEXT_FILTERS), ("Calls", rules.CALL_FILTERS)])
def test_the_stand_in_knows_the_filters_that_are_described_and_no_others(resource: str, known: frozenset[str]) -> None:
    described = Description(NAME).content["paths"][f"{ACCOUNT}/{resource}.json"]["get"]["parameters"]
    assert {each["name"] for each in described if each["in"] == "query"} == known


def test_a_refusal_has_the_four_fields_of_twilios_errors(twilio: RecordedTwilio, client: Client) -> None:
    # the description has no errors; these are what the SDK reads and Twilio documents
    with pytest.raises(TwilioRestException):
        client.messages.create(to="nobody", from_=OURS, body="Please pay")
    _, reply = twilio.exchanges[0]
    content = json.loads(reply.content)
    assert set(content) == {"code", "message", "more_info", "status"}
    assert content["more_info"] == f"https://www.twilio.com/docs/errors/{content['code']}"
