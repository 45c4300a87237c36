"""What Lob's SDK sends, and what the stand-in replies, is what Lob's description says, but for the deviations."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import lob
import pytest
import requests
from lob.error import LobError

from tests.stand_ins import lob_requests as rules
from tests.stand_ins.lob_replies import DAY
from tests.stand_ins.lob_requests import parameters_of
from tests.stand_ins.samples import ADDRESS, ADDRESS_ABROAD, letter
from tests.stand_ins.web import Reply, Request

from .description import Description, Deviation
from .recorded import RecordedLob

NAME = "lob_letters_addresses.json"
DEVIATIONS = [
    Deviation(
        "components schemas signed_link pattern",
        r"^https://lob-assets\.com/(letters|cards)/[a-z]{3,4}_[a-z0-9]{15,16}(_thumb_[a-z]+_[0-9]+\.png|(_raw)?\.pdf)"
        r"\?(version=[a-z0-9]*&)?expires=[0-9]{10}&signature=[a-zA-Z0-9_-]+",
        "the pattern lacks the question mark before the query, and matches none of the description's own examples",
    ),
    Deviation(
        "components schemas inline_address_intl allOf 2",
        {
            "type": "object",
            "anyOf": [{"required": ["address_city", "address_state"]}, {"required": ["address_zip"]}],
        },
        "oneOf forbids an address that has a city, a state and a postal code, which Lob takes",
    ),
    Deviation(
        "paths /letters get parameters 1",
        {"in": "query", "name": "after", "schema": {"type": "string"}},
        "there are two parameters, before and after, described as one that is named before/after",
    ),
]


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordedLob]:
    with RecordedLob() as stand_in:
        monkeypatch.setattr(lob, "api_base", f"{stand_in.url}/v1")
        # the product puts its own session there, in the same process
        monkeypatch.setattr(lob.api_requestor, "requests", requests)
        monkeypatch.setattr(lob, "api_key", stand_in.api_key)
        yield stand_in


def asked(request: Request) -> dict[str, Any]:
    """The body of a request. The description has no words for an uploaded file but its name."""
    given = parameters_of(request.headers["content-type"], request.body)
    return {name: "letter.pdf" if isinstance(value, bytes) else value for name, value in given.items()}


def errors(description: Description, request: Request, reply: Reply) -> list[str]:
    found = list(description.query_errors(request))
    if request.body:
        found += description.body_errors(request, asked(request))
    return [*found, *description.reply_errors(request, reply)]


def letters(stand_in: RecordedLob) -> None:
    first = lob.Letter.create(**letter(headers={"Idempotency-Key": "d1"}, description="Statement"))
    for _ in range(6):
        lob.Letter.retrieve(first.id)
        stand_in.clock.advance(DAY)


def letters_abroad(stand_in: RecordedLob) -> None:
    lob.Letter.create(**letter(to_address=ADDRESS_ABROAD))


def letters_with_every_line(stand_in: RecordedLob) -> None:
    lob.Letter.create(**letter(to_address={**ADDRESS_ABROAD, "address_state": "Berlin", "address_line2": "Hof 2"}))
    lob.Letter.create(**letter(to_address={**ADDRESS, "company": "Example Inc", "address_line2": "Suite 2"}))


def letters_that_end_otherwise(stand_in: RecordedLob) -> None:
    stand_in.fates |= {"94198": "failed", "94199": "returned"}
    for postal_code in stand_in.fates:
        made = lob.Letter.create(**letter(to_address={**ADDRESS, "address_zip": postal_code}))
        stand_in.clock.advance(6 * DAY)
        lob.Letter.retrieve(made.id)
    lob.Letter.delete(lob.Letter.create(**letter()).id)


def lists(stand_in: RecordedLob) -> None:
    made = [lob.Letter.create(**letter()) for _ in range(3)]
    assert len(lob.Letter.list(metadata={"dispatch_id": "d1"}, limit=2).data) == 2
    assert len(lob.Letter.list(after=made[1].id, limit=2, include=["total_count"]).data) == 1
    assert lob.Letter.list(date_created={"lt": "2026-01-01"}).data == []


def verifications(stand_in: RecordedLob) -> None:
    for line in ("1 Trial Road", "1 missing unit Road", "1 undeliverable Road"):
        lob.USVerification.create(primary_line=line, city="San Francisco", state="CA", zip_code="94107")
    lob.USVerification.create(address="1 Trial Road San Francisco CA 94107")
    for line in ("Musterstraße 1", "missing info", "no match"):
        lob.IntlVerification.create(primary_line=line, city="Berlin", postal_code="10115", country="DE")


USES = [letters, letters_abroad, letters_with_every_line, letters_that_end_otherwise, lists, verifications]


@pytest.mark.parametrize("use", USES)
def test_requests_and_replies_are_as_described(use: Callable[[RecordedLob], None], stand_in: RecordedLob) -> None:
    use(stand_in)
    description = Description(NAME, DEVIATIONS)
    assert [errors(description, *exchange) for exchange in stand_in.exchanges] == [[]] * len(stand_in.exchanges)
    assert stand_in.exchanges


@pytest.mark.parametrize("deviation", DEVIATIONS, ids=lambda deviation: deviation.at)
def test_a_deviation_is_still_needed(deviation: Deviation, stand_in: RecordedLob) -> None:
    lists(stand_in)
    letters(stand_in)
    letters_with_every_line(stand_in)
    without = Description(NAME, [each for each in DEVIATIONS if each is not deviation])
    assert any(errors(without, *exchange) for exchange in stand_in.exchanges)


@pytest.mark.parametrize(
    ("changes", "key", "code"),
    [
        ({"color": "perhaps"}, "", "invalid"),
        ({"from_address": ADDRESS_ABROAD}, "", "foreign_return_address"),
        ({"file": b"nonsense"}, "", "invalid_file"),
        ({"use_type": None}, "", "mail_use_type_can_not_be_null"),
        ({"color": "true"}, "d1", "conflict"),
    ],
)
def test_a_refusal_is_as_described(changes: dict[str, Any], key: str, code: str, stand_in: RecordedLob) -> None:
    lob.Letter.create(**letter(headers={"Idempotency-Key": "d1"}))
    with pytest.raises(LobError):
        lob.Letter.create(**letter(headers={"Idempotency-Key": key} if key else None, **changes))
    request, reply = stand_in.exchanges[-1]
    assert json.loads(reply.content)["error"]["code"] == code
    assert list(Description(NAME, DEVIATIONS).reply_errors(request, reply)) == []


@pytest.mark.parametrize("status", [429, 500])
def test_a_failure_is_as_described(status: int, stand_in: RecordedLob) -> None:
    lob.Letter.list()
    request, _ = stand_in.exchanges[0]
    assert list(Description(NAME).reply_errors(request, stand_in.failure(status))) == []


@pytest.mark.parametrize(
    ("change", "wrong"),
    [({"status": "lost"}, "status"), ({"id": "x"}, "id"), ({"to": {}}, "to"), ({"new": 1}, "new")],
)
def test_a_reply_that_is_not_as_described_is_noticed(change: dict[str, Any], wrong: str, stand_in: RecordedLob) -> None:
    lob.Letter.create(**letter())
    request, reply = stand_in.exchanges[0]
    changed = Reply(reply.status, json.dumps(json.loads(reply.content) | change).encode())
    assert any(f"{wrong}:" in error for error in errors(Description(NAME, DEVIATIONS), request, changed))


def test_the_sdk_sends_the_key_as_a_header_and_what_is_nested_in_brackets(stand_in: RecordedLob) -> None:
    lob.Letter.create(**letter(headers={"Idempotency-Key": "d1"}))
    request, _ = stand_in.exchanges[0]
    assert request.headers["idempotency-key"] == "d1"
    assert request.headers["content-type"].startswith("multipart/form-data")
    for name in ("to[address_line1]", "from[name]", "metadata[dispatch_id]", "file"):
        assert f'name="{name}"'.encode() in request.body


def test_the_stand_in_knows_the_fields_that_are_described() -> None:
    description = Description(NAME)
    schemas = description.content["components"]["schemas"]
    assert set(description.properties(schemas["letter_editable"])) <= rules.LETTER_FIELDS
    assert set(description.properties(schemas["inline_address"])) == rules.ADDRESS_FIELDS
