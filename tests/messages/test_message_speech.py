"""Texts are counted as they are paid for, and calls are spoken so that a listener can write them down."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from chasing_pipeline.domain.action import MessageFacts
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.message import AutoCall, TextMessage
from chasing_pipeline.domain.settings import Settings
from chasing_pipeline.files import shipped
from chasing_pipeline.messages.compose import compose
from chasing_pipeline.messages.formats import counted, money_text, regional
from chasing_pipeline.messages.library import TemplateLibrary
from chasing_pipeline.messages.links import BadLink, pay_token, verify
from chasing_pipeline.messages.segments import segments
from chasing_pipeline.messages.speech import speech_markup, spelled, spoken_amount, spoken_phone, voice_of

Facts = Callable[..., MessageFacts]
Templates = Callable[[dict[str, str]], TemplateLibrary]
HOME = TemplateLibrary(shipped("data") / "templates", "en")


@pytest.mark.parametrize(
    ("body", "encoding", "units", "count", "costly"),
    [
        ("a" * 160, "GSM-7", 160, 1, ""),
        ("a" * 161, "GSM-7", 161, 2, ""),
        ("a" * 306, "GSM-7", 306, 2, ""),
        ("a" * 307, "GSM-7", 307, 3, ""),
        ("€" * 80, "GSM-7", 160, 1, ""),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3, ""),  # the euro sign isn't cut in two
        ("á" + "a" * 69, "UCS-2", 70, 1, "á"),
        ("á" + "a" * 70, "UCS-2", 71, 2, "á"),
        ("\U0001f600" * 35, "UCS-2", 70, 1, "\U0001f600"),
    ],
)
def test_a_text_is_cut_into_parts_as_providers_do(
    body: str, encoding: str, units: int, count: int, costly: str
) -> None:
    found = segments(body)
    assert (found.encoding, found.units, found.count, found.costly) == (encoding, units, count, costly)


@pytest.mark.parametrize(
    ("recipient", "language", "words"),
    [
        ("+12025550123", "en", "Reply STOP to opt out"),
        ("+16135550123", "fr", "Répondez STOP pour vous désinscrire"),
        ("+447700900123", "en", ""),
        ("+33639981234", "fr", ""),
    ],
)
def test_a_text_says_how_to_end_texts_where_it_must(
    facts: Facts, settings: Settings, recipient: str, language: str, words: str
) -> None:
    found = compose(facts(channel=Channel.SMS, recipient=recipient, language=language), settings, HOME)
    assert isinstance(found, TextMessage)
    assert found.body.endswith(words)
    assert ("STOP" in found.body) == bool(words)
    assert segments(found.body).encoding == "GSM-7"


def test_a_template_that_says_it_already_is_left_alone(facts: Facts, settings: Settings, templates: Templates) -> None:
    library = templates({"t/sms.txt": "Pay {{ portal_url }}. STOP ends this."})
    found = compose(facts(channel=Channel.SMS, recipient="+12025550123", template="t"), settings, library)
    assert isinstance(found, TextMessage)
    assert found.body.endswith("STOP ends this.")


def test_a_text_can_be_found_again_by_its_token(facts: Facts, settings: Settings, templates: Templates) -> None:
    library = templates({"t/sms.txt": "Pay."})
    bare = settings.model_copy(update={"portal_url": None})
    found = {}
    for action_id in ("one", "two"):
        for case, secret in ((settings, "s"), (bare, "s"), (settings, None), (bare, None)):
            message = compose(
                facts(channel=Channel.SMS, template="t", action_id=action_id), case, library, secret=secret
            )
            assert isinstance(message, TextMessage)
            assert message.token in message.body
            assert len(message.token) >= 10
            found[action_id, secret] = message.token
    assert len(set(found.values())) == 4


def test_a_portal_lets_in_whom_the_link_is_for_until_its_last_day() -> None:
    token = pay_token("secret", "a1", "C-1", date(2026, 5, 1))
    assert verify(token, "C-1", "secret", date(2026, 5, 1)).last_day == date(2026, 5, 1)
    others = [
        ("C-2", "secret", date(2026, 5, 1)),
        ("C-1", "other", date(2026, 5, 1)),
        ("C-1", "secret", date(2026, 5, 2)),
    ]
    for customer, secret, day in others:
        with pytest.raises(BadLink):
            verify(token, customer, secret, day)
    for place in range(len(token)):
        forged = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(BadLink):
            verify(forged, "C-1", "secret", date(2026, 4, 1))
    for nonsense in ("", token[:-1], token + "A", "é" * len(token), "\x00" * 21):
        with pytest.raises(BadLink):
            verify(nonsense, "C-1", "secret", date(2026, 4, 1))


@pytest.mark.parametrize(
    ("amount", "currency", "language", "said"),
    [
        ("1034.56", "GBP", "en", "1034 British pounds and 56 pence"),
        ("1.01", "EUR", "en", "1 euro and 1 cent"),
        ("20.00", "USD", "fr", "20 dollars des États-Unis"),
        ("1034.56", "EUR", "de", "1034 Euro und 56 Cent"),
        ("0.05", "EUR", "es", "0 euros con 5 céntimos"),
        ("12.30", "CHF", "de", "12 Komma 3 0 Schweizer Franken"),
        ("-3.10", "GBP", "en", "minus 3 British pounds and 10 pence"),
    ],
)
def test_an_amount_is_said_in_whole_units_and_cents(amount: str, currency: str, language: str, said: str) -> None:
    assert spoken_amount(Decimal(amount), currency, language) == said


def test_no_currency_rounds_a_cent_away() -> None:
    assert money_text(Decimal("100.50"), "JPY", "en") == "¥100.50"
    assert money_text(Decimal("100.00"), "JPY", "en") == "¥100"


@pytest.mark.parametrize(
    ("reference", "language", "said"),
    [
        ("INV-104", "en", "I N V, dash, 1 0 4"),
        ("RE2026/7#2", "de", "R E, 2 0 2 6, Schrägstrich, 7, Nummer, 2"),
        ("Lantern", "en", "Lantern"),
        ("<b>", "en", "B"),
    ],
)
def test_a_reference_is_said_letter_by_letter(reference: str, language: str, said: str) -> None:
    assert spelled(reference, language) == said


def test_a_telephone_number_is_said_as_the_listener_dials_it() -> None:
    assert spoken_phone("+442079460018", "GB", "en") == "0 2 0, 7 9 4 6, 0 0 1 8"
    assert spoken_phone("+442079460018", "FR", "fr") == "plus 4 4, 2 0, 7 9 4 6, 0 0 1 8"


@pytest.mark.parametrize(
    ("language", "tag", "voice"),
    [
        ("en", "en-US", "Polly.Joanna"),
        ("en-IE", "en-GB", "Polly.Amy"),
        ("de-AT", "de-DE", "Polly.Marlene"),
        ("fr-CA", "fr-CA", "Polly.Chantal"),
        ("pl", "pl-PL", None),
    ],
)
def test_a_voice_speaks_the_listeners_language(language: str, tag: str, voice: str | None) -> None:
    assert voice_of(language) == (tag, voice)


def test_plurals_follow_the_language() -> None:
    assert [counted(n, "day", "days", "en") for n in (0, 1, 2, 1200)] == ["0 days", "1 day", "2 days", "1,200 days"]
    assert counted(0, "jour", "jours", "fr") == "0 jour"


def test_a_language_takes_its_region_from_the_customers_country() -> None:
    assert regional("en", "GB") == "en-GB"
    assert regional("en-US", "GB") == "en-US"
    assert regional("fr", "JP") == "fr"
    assert regional("en", None) == "en"


def a_call(facts: MessageFacts, settings: Settings, library: TemplateLibrary = HOME) -> AutoCall:
    found = compose(facts, settings, library)
    assert isinstance(found, AutoCall)
    return found


def test_a_call_lists_five_invoices_and_counts_the_rest(facts: Facts, settings: Settings) -> None:
    many = facts(channel=Channel.AUTO_CALL, invoices=facts().invoices[:1] * 400)
    call = a_call(many, settings)
    assert call.text.count("Invoice I N V") == 5
    assert "And 395 more invoices." in call.text
    assert len(call.twiml) <= 4000


def test_a_call_that_lists_too_many_lists_fewer(facts: Facts, settings: Settings, templates: Templates) -> None:
    source = (
        "{{ invoice_count }} in all. {% for i in invoices %}{{ i.reference }}: {{ i.open_amount_text }}. {% endfor %}"
    )
    library = templates({"t/call.txt": source})
    call = a_call(facts(channel=Channel.AUTO_CALL, template="t", invoices=facts().invoices * 100), settings, library)
    assert "200 in all" in call.text
    assert 5 < call.text.count("I N V") < 200
    assert len(call.twiml) <= 4000


def test_a_call_tells_how_to_reach_a_person_even_if_its_template_does_not(
    facts: Facts, settings: Settings, templates: Templates
) -> None:
    company = settings.company.model_copy(update={"phone": "+44 20 7946 0018"})
    library = templates({"t/call.txt": "Please pay."})
    reachable = settings.model_copy(update={"company": company})
    call = a_call(facts(channel=Channel.AUTO_CALL, template="t"), reachable, library)
    assert call.text.endswith("please call 0 2 0, 7 9 4 6, 0 0 1 8. Once more: 0 2 0, 7 9 4 6, 0 0 1 8.")
    default = a_call(facts(channel=Channel.AUTO_CALL), reachable)
    assert default.text.count("To speak to a person") == 1


def test_a_call_becomes_speech_for_this_machine(facts: Facts, settings: Settings) -> None:
    odd = facts(channel=Channel.AUTO_CALL, language="de", customer={"country": "DE"}, action_id="x")
    markup, voice = speech_markup(a_call(replace(odd), settings).twiml)
    assert voice == "de"
    assert markup.startswith("<speak><s>Dies ist eine automatische Nachricht von Northwind &amp; Co.")
    assert '<break time="1s"/>' in markup
