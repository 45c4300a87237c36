"""Letters through Lob, with its own library against a stand-in."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import requests
from pydantic import SecretStr

from chasing_pipeline.channels.errors import ChannelUnavailable, InDoubt, NotSent, Refused, SendError, Throttled
from chasing_pipeline.channels.lob_client import LobAccount, LobClient
from chasing_pipeline.channels.lob_errors import refusal
from chasing_pipeline.channels.lob_letter import LetterSender, Printing
from chasing_pipeline.channels.pacing import Pacer
from chasing_pipeline.channels.protocol import Evidence
from chasing_pipeline.channels.streaks import RefusalStreak
from chasing_pipeline.domain.cadence import Channel
from tests.stand_ins.faults import Faults
from tests.stand_ins.lob import LobStandIn
from tests.stand_ins.web import Reply

from .outgoing import (
    ACME,
    HOUR,
    QUICK,
    Commits,
    GivenUp,
    count_connections,
    give_up,
    interrupted,
    letter,
    order,
    pdf,
    sent,
    told,
)

DAY = timedelta(days=1)
LONDON = replace(ACME, city="London", state="", postal_code="E1 9ZZ", country="GB")


@pytest.fixture
def lob() -> Iterator[LobStandIn]:
    with LobStandIn(cancel_window=0) as stand_in:
        yield stand_in


def sender_of(lob: LobStandIn, key: str | None = None, verify_addresses: bool = False) -> LetterSender:
    account = LobAccount(SecretStr(key or lob.api_key), f"{lob.url}/v1")
    return LetterSender(LobClient(account, QUICK), verify_addresses=verify_addresses, pacer=Pacer(None))


@pytest.fixture
def letters(lob: LobStandIn) -> LetterSender:
    return sender_of(lob)


def test_a_letter_is_posted_once_right_after_its_commit(lob: LobStandIn, letters: LetterSender) -> None:
    commit = Commits(lambda: len(lob.letters))
    receipt = letters.send(order(Channel.LETTER), letter(), commit)
    assert commit.seen == [0]
    (record,) = lob.letters
    assert record["id"] == receipt.provider_id
    asked = record["asked"]
    assert asked["metadata"] == {"dispatch_id": order(Channel.LETTER).dispatch_id}
    assert asked["to"] == {
        "name": "Jane Doe",
        "company": "Acme Inc",
        "address_line1": "210 King St",
        "address_city": "San Francisco",
        "address_state": "CA",
        "address_zip": "94107",
        "address_country": "US",
    }
    assert (asked["color"], asked["double_sided"], asked["use_type"]) == ("false", "true", "operational")
    assert "Jane" not in asked["description"]


def test_what_commit_raises_passes_through_and_nothing_is_posted(lob: LobStandIn, letters: LetterSender) -> None:
    with pytest.raises(GivenUp):
        letters.send(order(Channel.LETTER), letter(), give_up)
    assert lob.letters == []


def test_the_same_letter_under_the_same_key_is_printed_once(lob: LobStandIn, letters: LetterSender) -> None:
    lob.faults = Faults(script=["drop_after"])
    with pytest.raises(InDoubt):
        letters.send(order(Channel.LETTER), letter(content=ONE_PDF), Commits())
    again = letters.send(order(Channel.LETTER), letter(content=ONE_PDF), Commits())
    assert [record["id"] for record in lob.letters] == [again.provider_id]


ONE_PDF = pdf()


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
    lob: LobStandIn, letters: LetterSender, fault: str, kind: type[SendError], accepted: int
) -> None:
    lob.faults = Faults(script=[fault])
    commit = Commits()
    with pytest.raises(SendError) as raised:
        letters.send(order(Channel.LETTER), letter(), commit)
    assert type(raised.value) is kind
    assert (len(commit.seen), len(lob.letters)) == (1, accepted)
    found = letters.evidence(interrupted(letter(), Channel.LETTER, age=HOUR))
    assert found.evidence is (Evidence.SENT if accepted else Evidence.ABSENT)
    assert (found.receipt and found.receipt.provider_id) == (lob.letters[0]["id"] if accepted else None)


def test_another_letter_is_no_evidence(letters: LetterSender) -> None:
    letters.send(order(Channel.LETTER, 2), letter(), Commits())
    assert letters.evidence(interrupted(letter(), Channel.LETTER, age=HOUR)).evidence is Evidence.ABSENT


def test_while_lists_lag_it_is_too_early_to_call_a_letter_absent(lob: LobStandIn, letters: LetterSender) -> None:
    young = interrupted(letter(), Channel.LETTER, age=timedelta(minutes=1))
    assert letters.evidence(young).evidence is Evidence.EARLY
    old = letters.evidence(interrupted(letter(), Channel.LETTER, age=timedelta(hours=22)))
    expired = letters.evidence(interrupted(letter(), Channel.LETTER, age=timedelta(hours=24)))
    assert (old.evidence, expired.evidence) == (Evidence.ABSENT, Evidence.ABSENT)
    assert "still known" in old.detail
    assert "expired" in expired.detail


@pytest.mark.parametrize("fault", ["500_before", "html_502_before", "garbage_after", "drop_before", "429"])
def test_evidence_that_can_t_be_read_now_is_no_answer(lob: LobStandIn, letters: LetterSender, fault: str) -> None:
    lob.faults = Faults({fault: 1.0}, operations=["list"])
    with pytest.raises(NotSent, match="can't be asked now"):
        letters.evidence(interrupted(letter(), Channel.LETTER, age=HOUR))


def test_a_server_that_is_not_there_stops_the_channel() -> None:
    with LobStandIn() as gone:
        letters = sender_of(gone)
    with pytest.raises(ChannelUnavailable, match=rf"127\.0\.0\.1:{gone.port}"):
        letters.send(order(Channel.LETTER), letter(), Commits())


def test_a_redirect_is_not_followed(lob: LobStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = {"Location": f"{lob.url}/v1/letters"}
    with LobStandIn() as moved:
        monkeypatch.setattr(moved, "answer", lambda request: Reply(307, b"{}", headers=elsewhere))
        with pytest.raises(ChannelUnavailable, match="307"):
            sender_of(moved).send(order(Channel.LETTER), letter(), Commits())
    assert lob.letters == []


def test_wrong_credentials_stop_the_channel_and_show_nowhere(lob: LobStandIn) -> None:
    letters = sender_of(lob, key="wrong-secret")
    with pytest.raises(ChannelUnavailable, match="invalid_api_key") as raised:
        letters.send(order(Channel.LETTER), letter(), Commits())
    assert "wrong-secret" not in told(raised.value) + repr(vars(letters)) + repr(vars(letters._client))
    with pytest.raises(ChannelUnavailable):
        letters.evidence(interrupted(letter(), Channel.LETTER))


@pytest.mark.parametrize(
    "to",
    [
        replace(ACME, postal_code="9410"),
        replace(ACME, postal_code=""),
        replace(ACME, state="California"),
        replace(ACME, city=""),
        replace(ACME, address1=""),
        replace(ACME, address1="x" * 30, address2="y" * 21),
        replace(ACME, name="", company=""),
        replace(ACME, company="x" * 81),
        replace(ACME, country=""),
        replace(LONDON, postal_code="", state=""),
        replace(LONDON, address1="x" * 201),
    ],
)
def test_an_address_that_lob_would_not_print_is_refused_unsent(
    lob: LobStandIn, letters: LetterSender, to: object
) -> None:
    commit = Commits()
    with pytest.raises(Refused, match="addressed"):
        letters.send(order(Channel.LETTER), replace(letter(), to=to), commit)
    assert (commit.seen, lob.letters) == ([], [])


@pytest.mark.parametrize(
    ("to", "wanted"),
    [
        (LONDON, {"address_country": "GB", "address_zip": "E1 9ZZ"}),
        (replace(ACME, country="PR", state=""), {"address_country": "US", "address_state": "PR"}),
        (replace(ACME, state="ca"), {"address_state": "CA"}),
        (replace(ACME, name="", company="Harbour and Vale Wholesale Supplies of the South Ltd"),
         {"name": "Harbour and Vale Wholesale Supplies of", "company": "the South Ltd"}),
        (replace(ACME, name="Jane Doe, Head of Accounts Payable for Europe"),
         {"name": "Jane Doe, Head of Accounts Payable for", "company": "Acme Inc"}),
        (replace(ACME, company="Harbour and Vale Wholesale Supplies of the South Ltd"),
         {"name": "Harbour and Vale Wholesale Supplies of", "company": "the South Ltd"}),
    ],
)  # fmt: skip
def test_an_address_is_spelt_as_lob_wants_it(
    lob: LobStandIn, letters: LetterSender, to: object, wanted: dict[str, str]
) -> None:
    letters.send(order(Channel.LETTER), replace(letter(), to=to), Commits())
    assert wanted.items() <= lob.letters[0]["asked"]["to"].items()


@pytest.mark.parametrize("sender", [None, LONDON, replace(ACME, postal_code="")])
def test_an_unusable_return_address_stops_the_channel(lob: LobStandIn, letters: LetterSender, sender: object) -> None:
    commit = Commits()
    with pytest.raises(ChannelUnavailable, match=r"senders\.letter"):
        letters.send(order(Channel.LETTER), replace(letter(), sender=sender), commit)
    assert (commit.seen, lob.letters) == ([], [])


def test_a_custom_envelope_may_come_from_anywhere(lob: LobStandIn) -> None:
    client = LobClient(LobAccount(SecretStr(lob.api_key), f"{lob.url}/v1"), QUICK)
    letters = LetterSender(client, Printing(color=True, custom_envelope="env_1"), pacer=Pacer(None))
    letters.send(order(Channel.LETTER), letter(sender=LONDON), Commits())
    asked = lob.letters[0]["asked"]
    assert (asked["custom_envelope"], asked["color"]) == ("env_1", "true")


@pytest.mark.parametrize("content", [b"no PDF", pdf(size=(595, 842)), pdf(pages=121)])
def test_a_file_that_lob_does_not_print_is_refused(letters: LetterSender, content: bytes) -> None:
    with pytest.raises(Refused):
        letters.send(order(Channel.LETTER), letter(content=content), Commits())


def test_files_that_are_refused_one_after_another_are_the_template_s_fault(letters: LetterSender) -> None:
    for kind in (Refused, Refused, ChannelUnavailable):
        with pytest.raises(kind):
            letters.send(order(Channel.LETTER), letter(content=b"no PDF"), Commits())
    letters.send(order(Channel.LETTER), letter(), Commits())
    with pytest.raises(Refused):
        letters.send(order(Channel.LETTER), letter(content=b"no PDF"), Commits())


@pytest.mark.parametrize(
    ("status", "code", "words", "kind"),
    [
        (422, "failed_deliverability_strictness", "to address", Refused),
        (422, "invalid", "to.address_zip must be in a valid zip format", Refused),
        (422, "invalid", "from.address_zip is required", ChannelUnavailable),
        (422, "foreign_return_address", "must be a US address", ChannelUnavailable),
        (422, "invalid", "something is not allowed", NotSent),
        (400, "bad_request", "", NotSent),
        (403, "feature_limit_reached", "", ChannelUnavailable),
        (404, "unrecognized_endpoint", "", ChannelUnavailable),
        (301, "", "", ChannelUnavailable),
        (413, "", "", Refused),
        (408, "request_timeout", "", InDoubt),
        (409, "conflict", "", InDoubt),
        (503, "service_unavailable", "", InDoubt),
        (200, "", "", InDoubt),
    ],
)
def test_lob_s_codes_by_what_follows(status: int, code: str, words: str, kind: type[SendError]) -> None:
    assert type(refusal(status, code, words, RefusalStreak())) is kind


@pytest.mark.parametrize("to", [ACME, LONDON])
def test_an_address_that_lob_calls_undeliverable_is_refused_where_the_settings_say_so(
    lob: LobStandIn, letters: LetterSender, to: object
) -> None:
    nowhere = replace(letter(), to=replace(to, address1="1 Undeliverable Rd"))
    commit = Commits()
    verifying = sender_of(lob, verify_addresses=True)
    with pytest.raises(Refused, match="can't be delivered"):
        verifying.send(order(Channel.LETTER), nowhere, commit)
    assert (commit.seen, lob.letters) == ([], [])
    verifying.send(order(Channel.LETTER, 2), replace(letter(), to=to), commit)
    letters.send(order(Channel.LETTER, 3), nowhere, commit)
    assert len(lob.letters) == 2


def test_a_verification_that_fails_sends_nothing(lob: LobStandIn) -> None:
    lob.faults = Faults({"500_before": 1.0}, operations=["verify"])
    commit = Commits()
    with pytest.raises(NotSent):
        sender_of(lob, verify_addresses=True).send(order(Channel.LETTER), letter(), commit)
    assert (commit.seen, lob.letters) == ([], [])


def test_several_threads_share_a_few_connections(lob: LobStandIn, letters: LetterSender) -> None:
    connections = count_connections(lob)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: letters.send(order(Channel.LETTER, n), letter(content=ONE_PDF), Commits()), range(40)))
    assert len(lob.letters) == 40
    assert len(connections) <= 4


def test_two_accounts_in_one_process_do_not_mix(lob: LobStandIn, letters: LetterSender) -> None:
    with LobStandIn(api_key="another_made_up_key") as other:
        elsewhere = sender_of(other)
        with ThreadPoolExecutor(4) as pool:
            list(
                pool.map(
                    lambda n: (letters, elsewhere)[n % 2].send(order(Channel.LETTER, n), letter(), Commits()), range(20)
                )
            )
        assert (len(lob.letters), len(other.letters)) == (10, 10)


@pytest.mark.parametrize(
    ("fate", "days", "status", "kind", "is_final"),
    [
        (None, 0.5, "created", None, False),
        (None, 2, "in_transit", None, False),
        (None, 5, "delivered", "delivered", True),
        ("returned", 4, "returned_to_sender", "bounced", True),
    ],
)
def test_the_post_s_last_scan_tells_where_a_letter_is(
    lob: LobStandIn, letters: LetterSender, fate: str | None, days: float, status: str, kind: str | None, is_final: bool
) -> None:
    if fate is not None:
        lob.fates[ACME.postal_code] = fate
    receipt = letters.send(order(Channel.LETTER), letter(), Commits())
    lob.clock.advance(days * 86400 + 1)
    (news,) = letters.deliveries([sent(receipt.provider_id)])
    assert (news.status, news.kind, news.is_final) == (status, kind, is_final)
    assert news.is_permanent is (kind == "bounced")
    if not is_final:
        assert list(letters.deliveries([sent(receipt.provider_id, last=status)])) == []


def test_a_letter_that_nobody_scanned_is_not_followed_for_ever(letters: LetterSender) -> None:
    receipt = letters.send(order(Channel.LETTER), letter(), Commits())
    followed = [sent(receipt.provider_id, last="created", age=age) for age in (44 * DAY, 45 * DAY)]
    assert [(news.kind, news.is_final) for news in letters.deliveries(followed)] == [(None, True)]


def test_a_letter_that_somebody_cancelled_is_told(lob: LobStandIn, letters: LetterSender) -> None:
    lob.cancel_window = 300
    receipt = letters.send(order(Channel.LETTER), letter(), Commits())
    requests.delete(f"{lob.url}/v1/letters/{receipt.provider_id}", auth=(lob.api_key, ""), timeout=5)
    (news,) = letters.deliveries([sent(receipt.provider_id)])
    assert (news.status, news.kind, news.is_final) == ("cancelled", "note", True)


def test_a_letter_that_lob_does_not_know_is_not_asked_for_again(letters: LetterSender) -> None:
    (news,) = letters.deliveries([sent("ltr_0000000000000000")])
    assert (news.kind, news.is_final) == (None, True)
