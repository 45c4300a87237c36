"""The stand-in for Lob, through Lob's own SDK."""

import io
import json
from collections.abc import Iterator
from typing import Any

import lob
import pikepdf
import pytest
import requests
from lob.error import AuthenticationError, InvalidRequestError, LobError

from tests.stand_ins.faults import Faults
from tests.stand_ins.lob import LobStandIn
from tests.stand_ins.lob_replies import DAY
from tests.stand_ins.samples import ADDRESS, ADDRESS_ABROAD, letter, pdf


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[LobStandIn]:
    with LobStandIn() as stand_in:
        point_at(stand_in, monkeypatch)
        yield stand_in


def point_at(stand_in: LobStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lob, "api_base", f"{stand_in.url}/v1")
    # the product puts its own session there, in the same process
    monkeypatch.setattr(lob.api_requestor, "requests", requests)
    monkeypatch.setattr(lob, "api_key", stand_in.api_key)


def create(key: str = "", **changes: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else None
    return lob.Letter.create(**letter(headers=headers, **changes))


def code_of(error: LobError) -> str:
    return str(json.loads(error.http_body)["error"]["code"])


def refusal(**changes: Any) -> str:
    with pytest.raises(LobError) as caught:
        create(**changes)
    return code_of(caught.value)


def with_font(embedded: bool) -> bytes:
    written = io.BytesIO()
    with pikepdf.new() as document:
        page = document.add_blank_page(page_size=(612, 792))
        descriptor = pikepdf.Dictionary(Type=pikepdf.Name.FontDescriptor)
        if embedded:
            descriptor.FontFile2 = document.make_stream(b"glyphs")
        kind, name = pikepdf.Name.TrueType, pikepdf.Name("/Arial")
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=kind, BaseFont=name, FontDescriptor=descriptor)
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        document.save(written)
    return written.getvalue()


def encrypted() -> bytes:
    written = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf())) as document:
        document.save(written, encryption=pikepdf.Encryption(owner="secret", user="secret"))
    return written.getvalue()


def test_a_letter_is_accepted_and_found_by_its_metadata(stand_in: LobStandIn) -> None:
    first = create()
    create(metadata={"dispatch_id": "d2"})
    assert [each.id for each in lob.Letter.list(metadata={"dispatch_id": "d1"}).data] == [first.id]
    assert lob.Letter.list(metadata={"dispatch_id": "d3"}).data == []
    assert lob.Letter.retrieve(first.id).metadata == {"dispatch_id": "d1"}
    assert stand_in.letters[0]["pages"] == 1


def test_the_same_key_gives_the_same_letter(stand_in: LobStandIn) -> None:
    assert create("k1").id == create("k1").id
    assert create("k2").id != create("k1").id
    assert len(stand_in.letters) == 2


@pytest.mark.parametrize("changes", [{"file": pdf(2)}, {"color": "true"}, {"metadata": {"dispatch_id": "d2"}}])
def test_a_key_with_other_parameters_is_a_conflict(changes: dict[str, Any], stand_in: LobStandIn) -> None:
    create("k1")
    with pytest.raises(InvalidRequestError) as caught:
        create("k1", **changes)
    assert (caught.value.http_status, code_of(caught.value)) == (422, "conflict")
    assert len(stand_in.letters) == 1


def test_a_key_lives_for_a_day(stand_in: LobStandIn) -> None:
    first = create("k1")
    stand_in.clock.advance(DAY - 5)
    assert create("k1").id == first.id
    stand_in.clock.advance(5)
    assert create("k1").id != first.id


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"from_address": {**ADDRESS_ABROAD}}, "foreign_return_address"),
        ({"to_address": {**ADDRESS, "name": "x" * 41}}, "invalid"),
        ({"to_address": {**ADDRESS, "name": ""}}, "invalid"),
        ({"to_address": {**ADDRESS, "address_line1": "x" * 65}}, "invalid"),
        ({"to_address": {**ADDRESS, "address_line2": "y" * 39}}, "address_length_exceeds_limit"),
        ({"to_address": {**ADDRESS, "address_zip": "SW1A 1AA"}}, "invalid"),
        ({"to_address": {**ADDRESS, "address_state": "California"}}, "invalid"),
        ({"to_address": {**ADDRESS_ABROAD, "address_country": "Germany"}}, "invalid"),
        ({"to_address": {**ADDRESS_ABROAD, "address_zip": ""}}, "invalid"),
        ({"to_address": {**ADDRESS, "street": "x"}}, "invalid"),
        ({"file": pdf(size=(595.28, 841.89))}, "invalid_file_dimensions"),
        ({"file": pdf(size=(792, 612))}, "invalid_file_dimensions"),
        ({"file": pdf(61)}, "file_pages_exceed_max"),
        ({"file": pdf(7), "to_address": ADDRESS_ABROAD}, "file_pages_exceed_max"),
        ({"file": b"<html></html>"}, "invalid_file"),
        ({"file": encrypted()}, "pdf_encrypted"),
        ({"file": with_font(embedded=False)}, "unembedded_fonts"),
        ({"use_type": None}, "mail_use_type_can_not_be_null"),
        ({"color": True}, "invalid"),  # the SDK would send True
        ({"colour": "true"}, "invalid"),
        ({"metadata": {"dispatch_id": 'a "quoted" text'}}, "invalid"),
    ],
)
def test_a_letter_that_lob_refuses_is_refused(changes: dict[str, Any], code: str, stand_in: LobStandIn) -> None:
    assert refusal(**changes) == code
    assert stand_in.letters == []


@pytest.mark.parametrize(
    "changes",
    [
        {"file": pdf(60)},
        {"file": pdf(120), "double_sided": "true"},
        {"file": with_font(embedded=True)},
        {"to_address": ADDRESS_ABROAD},
        {"to_address": {**ADDRESS, "address_line2": ""}},
        {"from_address": ADDRESS_ABROAD, "custom_envelope": "env_1"},
    ],
)
def test_a_letter_that_lob_takes_is_taken(changes: dict[str, Any], stand_in: LobStandIn) -> None:
    assert create(**changes).id == stand_in.letters[0]["id"]


def test_a_letter_can_be_sent_as_json_too(stand_in: LobStandIn) -> None:
    reply = requests.post(
        f"{stand_in.url}/v1/letters",
        json={"to": ADDRESS, "from": ADDRESS, "color": False, "use_type": "operational", "file": "<b>Pay</b>"},
        auth=(stand_in.api_key, ""),
        timeout=5,
    )
    assert (reply.status_code, reply.json()["error"]["code"]) == (422, "invalid_file")  # read, but nothing is rendered


@pytest.mark.parametrize("content", [b"{", b"[1]", b'{"to": {"name": 1}, "from": {}, "file": "x", "color": false}'])
def test_nonsense_is_refused(content: bytes, stand_in: LobStandIn) -> None:
    headers = {"Content-Type": "application/json"}
    url = f"{stand_in.url}/v1/letters"
    assert requests.post(url, data=content, headers=headers, auth=(stand_in.api_key, ""), timeout=5).status_code == 422
    assert requests.get(url, params={"limit": "many"}, auth=(stand_in.api_key, ""), timeout=5).status_code == 422


def test_a_wrong_key_is_refused(stand_in: LobStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lob, "api_key", "live_wrong")
    with pytest.raises(AuthenticationError):
        create()


def test_the_post_scans_a_letter_on_its_way(stand_in: LobStandIn) -> None:
    stand_in.fates["94199"] = "returned"
    delivered, returned = create().id, create(to_address={**ADDRESS, "address_zip": "94199"}).id
    assert lob.Letter.retrieve(delivered).tracking_events == []
    stand_in.clock.advance(2.1 * DAY)
    assert [each.name for each in lob.Letter.retrieve(delivered).tracking_events] == ["Mailed", "In Transit"]
    stand_in.clock.advance(3 * DAY)
    ends = [lob.Letter.retrieve(identity).tracking_events[-1].name for identity in (delivered, returned)]
    assert ends == ["Delivered", "Returned to Sender"]


def test_a_letter_of_a_test_key_is_never_mailed(monkeypatch: pytest.MonkeyPatch) -> None:
    with LobStandIn(api_key="test_made_up") as stand_in:
        point_at(stand_in, monkeypatch)
        identity = create().id
        stand_in.clock.advance(10 * DAY)
        assert lob.Letter.retrieve(identity).tracking_events == []


def test_a_letter_can_be_cancelled_until_it_is_sent(stand_in: LobStandIn) -> None:
    first, second = create().id, create().id
    assert lob.Letter.delete(first) == {"id": first, "deleted": True}
    assert [each.id for each in lob.Letter.list().data] == [second]
    stand_in.clock.advance(300)
    with pytest.raises(InvalidRequestError, match="past its send_date"):
        lob.Letter.delete(second)


def test_a_list_comes_in_pages_newest_first(stand_in: LobStandIn) -> None:
    made = [create().id for _ in range(5)]
    first = lob.Letter.list(limit=2)
    assert [each.id for each in first.data] == [made[4], made[3]]
    rest = lob.Letter.list(limit=10, after=made[3])
    assert [each.id for each in rest.data] == [made[2], made[1], made[0]]
    assert (rest.next_url, first.next_url is None) == (None, False)


def test_a_lagging_list_shows_a_letter_later(monkeypatch: pytest.MonkeyPatch) -> None:
    with LobStandIn(faults=Faults(lag=60)) as stand_in:
        point_at(stand_in, monkeypatch)
        create()
        assert lob.Letter.list().data == []
        stand_in.clock.advance(60)
        assert len(lob.Letter.list().data) == 1


def test_too_many_requests_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with LobStandIn(rate_limit=3) as stand_in:
        point_at(stand_in, monkeypatch)
        create()
        lob.Letter.list()
        lob.Letter.list()
        assert refusal() == "rate_limit_exceeded"
        assert len(stand_in.letters) == 1


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("1 Trial Road", "deliverable"),
        ("1 missing unit Road", "deliverable_missing_unit"),
        ("1 undeliverable Road", "undeliverable"),
    ],
)
def test_an_address_says_how_deliverable_it_is(line: str, says: str, stand_in: LobStandIn) -> None:
    assert lob.USVerification.create(primary_line=line, zip_code="94107").deliverability == says


def test_an_address_abroad_says_how_deliverable_it_is(stand_in: LobStandIn) -> None:
    found = [
        lob.IntlVerification.create(primary_line=line, city="Berlin", country="DE").deliverability
        for line in ("Musterstraße 1", "no match")
    ]
    assert found == ["deliverable", "no_match"]
    with pytest.raises(InvalidRequestError):
        lob.IntlVerification.create(primary_line="1 Trial Road", country="US")
