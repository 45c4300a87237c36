"""Each channel's message is complete, harmless and the same every time."""

import email
import email.policy
import random
from collections.abc import Callable
from datetime import date
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from chasing_pipeline.domain.action import MessageFacts
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.message import (
    AutoCall,
    Email,
    Letter,
    PostalAddress,
    Task,
    TextMessage,
    UnsendableMessage,
)
from chasing_pipeline.domain.problems import ConfigurationError
from chasing_pipeline.domain.settings import Settings
from chasing_pipeline.messages.compose import compose
from chasing_pipeline.messages.library import TemplateLibrary
from chasing_pipeline.messages.links import SANDBOX_SECRET, pay_token
from tests.messages.pdf_text import pdf_pages

Facts = Callable[..., MessageFacts]
Templates = Callable[[dict[str, str]], TemplateLibrary]

HOSTILE = [
    "<script>alert(1)</script>",
    "{{ 7*7 }} {{{ 7*7 }}} {% include '/etc/passwd' %}",
    "Eve\r\nBcc: eve@evil.example\r\n\r\nHello",
    "Eve\u2028Bcc: eve@evil.example\x0b\x85\x00\x1b",
    'Eve" <eve@evil.example>, "x',
    "N" * 400,
    "\u202eevE \u0645\u062d\u0645\u062f \u05d3\u05d5\u05d3",
    '\U0001f600 Zo\u00eb & S\u00f8n\'s "A/S"',
    "</Say><Dial>+12025550199</Dial>",
    "=?utf-8?q?=0D=0ABcc=3A?= x",
    "lone \ud800 surrogate",
    "Bcc: x@y.example, \\" * 6 + ";",
    "=?utf-8?b?DQpCY2M6IGVAZXZpbC5leGFtcGxl?=",
]
TOKEN = pay_token(SANDBOX_SECRET, "a1b2c3", "C-1001", date(2027, 1, 22))


@pytest.fixture(scope="session")
def home() -> TemplateLibrary:
    return TemplateLibrary(Path(__file__).parents[2] / "data" / "templates", "en")


def parsed(message: object) -> EmailMessage:
    assert isinstance(message, Email)
    result = email.message_from_bytes(message.content, policy=email.policy.default)
    assert isinstance(result, EmailMessage)
    return result


def letter_of(message: object) -> Letter:
    assert isinstance(message, Letter)
    return message


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_an_email_says_who_to_whom_what_and_when(facts: Facts, settings: Settings, home: TemplateLibrary) -> None:
    message = parsed(compose(facts(), settings, home))
    assert message["From"] == "Northwind <ar@northwind.example>"
    assert message["To"] == "Jane Doe <jane.doe@acme.example>"
    assert message["Reply-To"] == "owner@northwind.example"
    assert message["Subject"] == "Reminder: £1,000.00 past due on your Northwind & Co account"
    assert message["Date"] == "Mon, 23 Nov 2026 07:00:00 +0000"
    assert message["Message-ID"] == "<a1b2c3@northwind.example>"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert not message.defects


def test_the_same_facts_give_the_same_bytes(facts: Facts, settings: Settings, home: TemplateLibrary) -> None:
    first = compose(facts(), settings, home, b"%PDF-1.7")
    random.seed(1)
    again = compose(facts(), settings, TemplateLibrary(home.root, "en"), b"%PDF-1.7")
    assert first == again
    assert isinstance(first, Email)
    assert b"\n" not in first.content.replace(b"\r\n", b"")


def test_invoices_are_attached_as_one_pdf(facts: Facts, settings: Settings, home: TemplateLibrary) -> None:
    message = parsed(compose(facts(), settings, home, b"%PDF-1.7"))
    (attachment,) = message.iter_attachments()
    assert attachment.get_filename() == "invoices-C-1001.pdf"
    assert attachment.get_content() == b"%PDF-1.7"
    assert "£1,200.00" in body(message, "plain")


def test_without_a_sender_the_sandbox_makes_one_up(facts: Facts, home: TemplateLibrary) -> None:
    settings = Settings.model_validate({"company": {"name": "Café Zürich & Söhne"}})
    message = parsed(compose(facts(customer={"owner": None}), settings, home))
    assert message["From"].addresses[0].addr_spec == "accounts@cafe-zurich-sohne.example"
    assert message["Reply-To"] is None


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_data_is_only_text_in_an_email(
    facts: Facts, settings: Settings, home: TemplateLibrary, text: str
) -> None:
    hostile = facts(contact_name=text, customer={"name": text, "payment_terms": text, "address1": text})
    message = parsed(compose(hostile, settings, home))
    assert [address.addr_spec for address in message["To"].addresses] == ["jane.doe@acme.example"]
    assert set(message.keys()) == {
        *("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"),
        "List-Unsubscribe",
    }
    assert "<script" not in body(message, "html")
    assert "49" not in body(message, "plain").replace(TOKEN, "")
    assert all(len(line) <= 998 for line in message.as_bytes().splitlines())


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_data_is_only_text_in_speech_letters_and_tasks(
    facts: Facts, settings: Settings, templates: Templates, home: TemplateLibrary, text: str
) -> None:
    customer = {"name": text, "address1": text}
    own = templates({"t/call.txt": "{{ customer_name }}, {{ customer_contact_name }}"})
    call = compose(facts(channel=Channel.AUTO_CALL, template="t", contact_name=text, customer=customer), settings, own)
    assert isinstance(call, AutoCall)
    assert {element.tag for element in ElementTree.fromstring(call.twiml).iter()} == {"Response", "Say"}
    letter = facts(channel=Channel.LETTER, contact_name=text, customer=customer)
    if "\U0001f600" in text:
        with pytest.raises(UnsendableMessage, match="no font for letters has the character '\U0001f600'"):
            compose(letter, settings, home)
    else:
        assert all("\n" not in line for line in letter_of(compose(letter, settings, home)).address)
    task = compose(facts(channel=Channel.PHONE_CALL, contact_name=text, customer=customer), settings, home)
    assert isinstance(task, Task)
    assert "\n" not in task.title


@pytest.mark.parametrize(
    "recipient",
    ["", "jane", "a@b.example\nBcc: x@y.example", "a@b.example, c@d.example", "<a@b.example>", "a@b..example"],
)
def test_what_is_no_address_is_not_written_to(
    facts: Facts, settings: Settings, home: TemplateLibrary, recipient: str
) -> None:
    with pytest.raises(UnsendableMessage, match="no e-mail address"):
        compose(facts(recipient=recipient), settings, home)


def test_a_missing_body_is_made_from_the_other(facts: Facts, settings: Settings, templates: Templates) -> None:
    html = "<p>Dear {{ customer_name }},</p><table><tr><td>a</td><td>b</td></tr></table>{{ customer_portal_button }}"
    library = templates(
        {"h/subject.txt": "x", "h/body.html": html, "t/subject.txt": "x", "t/body.txt": "1 < 2\n\n{{ portal_url }}."}
    )
    customer = {"name": "A & B"}
    text = body(parsed(compose(facts(template="h", customer=customer), settings, library)), "plain")
    url = f"https://pay.northwind.example/C-1001?t={TOKEN}"
    assert text == f"Dear A & B,\n\na  b\n\nPay Now: {url}\n"
    page = body(parsed(compose(facts(template="t", customer=customer), settings, library)), "html")
    assert "<p>1 &lt; 2</p>" in page
    assert f'<a href="{url}">{url}</a>.</p>' in page


def test_both_bodies_are_in_one_language(facts: Facts, settings: Settings, templates: Templates) -> None:
    library = templates(
        {"t/subject.txt": "x", "t/body.html": "Hello", "t/body.txt": "Hello", "t/fr/body.html": "<p>Bonjour</p>"}
    )
    message = parsed(compose(facts(template="t", language="fr"), settings, library))
    assert body(message, "plain") == "Bonjour\n"


def test_words_and_amounts_are_in_one_language(facts: Facts, settings: Settings, templates: Templates) -> None:
    library = templates({"t/sms.txt": "Balance {{ account_balance }}"})
    message = compose(facts(template="t", language="de", channel=Channel.SMS), settings, library)
    assert isinstance(message, TextMessage)
    assert message.body == f"Balance £1,200.00 https://pay.northwind.example/C-1001?t={TOKEN}"


@pytest.mark.parametrize(
    ("written", "country", "to"),
    [
        ("+1 202 555 0123", None, "+12025550123"),
        ("07700 900123", "GB", "+447700900123"),
        ("07700 900123", None, "+447700900123"),
        ("06 39 98 12 34", "FR", "+33639981234"),
        ("(0171) 39200-12", "DE", "+491713920012"),
    ],
)
def test_a_number_is_read_as_its_country_writes_it(
    facts: Facts, settings: Settings, home: TemplateLibrary, written: str, country: str | None, to: str
) -> None:
    message = compose(facts(channel=Channel.SMS, recipient=written, customer={"country": country}), settings, home)
    assert isinstance(message, TextMessage)
    assert (message.to, message.sender) == (to, "+447700900001")


@pytest.mark.parametrize("written", ["call me", "12", "+44 20 7946 0018", "+447700900123 ext. 5"])
def test_what_can_get_no_text_is_not_texted(
    facts: Facts, settings: Settings, home: TemplateLibrary, written: str
) -> None:
    with pytest.raises(UnsendableMessage):
        compose(facts(channel=Channel.SMS, recipient=written), settings, home)


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.AUTO_CALL])
def test_a_number_outside_the_allowed_countries_is_refused(
    facts: Facts, settings: Settings, home: TemplateLibrary, channel: Channel
) -> None:
    allowed = settings.model_copy(update={"allowed_countries": ("GB", "US")})
    compose(facts(channel=channel), allowed, home)
    for number in ("+33 6 39 98 12 34", "+1 416 555 0123", "+1 787 555 0123"):
        with pytest.raises(UnsendableMessage, match="allowed_countries"):
            compose(facts(channel=channel, recipient=number), allowed, home)


def test_a_text_message_that_is_too_long_is_refused(facts: Facts, settings: Settings, templates: Templates) -> None:
    library = templates({"t/sms.txt": "{% for i in invoices %}{{ 'x' ~ i.reference }}{% endfor %}"})
    many = facts(channel=Channel.SMS, template="t", invoices=facts().invoices * 200)
    with pytest.raises(UnsendableMessage, match="2,461 characters, 1,600 at most"):
        compose(many, settings, library)


@pytest.mark.parametrize(
    ("language", "first", "speech"),
    [
        ("en", "This is an automated message from Northwind & Co.", "en-GB"),
        ("en-GB", "This is an automated message from Northwind & Co.", "en-GB"),
        ("fr", "Ceci est un message automatique de Northwind & Co.", "fr-FR"),
        ("de", "Dies ist eine automatische Nachricht von Northwind & Co.", "de-DE"),
        ("es", "Este es un mensaje automático de Northwind & Co.", "es-ES"),
    ],
)
def test_a_call_begins_by_saying_that_it_is_automated(
    facts: Facts, settings: Settings, home: TemplateLibrary, language: str, first: str, speech: str
) -> None:
    call = compose(facts(channel=Channel.AUTO_CALL, language=language), settings, home)
    assert isinstance(call, AutoCall)
    says = ElementTree.fromstring(call.twiml).findall("Say")
    assert "\n\n".join(str(say.text) for say in says) == call.text
    assert call.text.startswith(first)
    assert {say.get("language") for say in says} == {speech}
    assert all(str(say.get("voice")).startswith("Polly.") for say in says)


def test_a_call_in_another_language_begins_in_english(facts: Facts, settings: Settings, templates: Templates) -> None:
    library = templates({"t/call.txt": "x", "t/it/call.txt": "Buongiorno"})
    call = compose(facts(channel=Channel.AUTO_CALL, template="t", language="it"), settings, library)
    assert isinstance(call, AutoCall)
    assert [say.get("language") for say in ElementTree.fromstring(call.twiml).findall("Say")] == ["en-US", "it-IT"]


def test_a_call_that_is_too_long_is_refused(facts: Facts, settings: Settings, templates: Templates) -> None:
    library = templates({"t/call.txt": "word " * 900})
    with pytest.raises(UnsendableMessage, match="4,000 at most"):
        compose(facts(channel=Channel.AUTO_CALL, template="t"), settings, library)


def test_the_caller_number_is_chosen_by_destination_and_stays(
    facts: Facts, settings: Settings, home: TemplateLibrary
) -> None:
    def caller(recipient: str, customer_number: str) -> str | None:
        action: dict[str, Any] = {"recipient": recipient, "customer_number": customer_number}
        call = compose(facts(channel=Channel.AUTO_CALL, **action), settings, home)
        assert isinstance(call, AutoCall)
        return call.caller_id

    assert caller("+12025550123", "C-1") == "+12025550101"
    british = [caller("+447700900123", f"C-{number}") for number in range(12)]
    assert set(british) == {"+447700900002", "+447700900003"}
    assert british == [caller("+447700900123", f"C-{number}") for number in range(12)]


def test_a_letter_is_a_page_with_address_statement_and_balance(
    facts: Facts, settings: Settings, home: TemplateLibrary
) -> None:
    letter = letter_of(compose(facts(channel=Channel.LETTER), settings, home))
    assert letter.address == ("Acme Ltd", "Jane Doe", "2 Trial Road", "Leeds", "LS1 1AA")
    assert letter.to == PostalAddress("Jane Doe", "Acme Ltd", "2 Trial Road", "", "Leeds", "", "LS1 1AA", "GB")
    assert letter.sender is None
    (page,) = pdf_pages(letter.pdf)
    for text in ("1 Sample Street", "2 Trial Road", "INV-1", "INV-2", "£1,200.00", "Page 1 of 1"):
        assert text in page.splitlines()


@pytest.mark.parametrize("missing", ["address1", "country"])
def test_a_letter_without_an_address_is_not_sent(
    facts: Facts, settings: Settings, home: TemplateLibrary, missing: str
) -> None:
    with pytest.raises(UnsendableMessage, match="address1 and country"):
        compose(facts(channel=Channel.LETTER, customer={missing: None}), settings, home)


def test_a_phone_call_becomes_a_task_with_all_one_needs(
    facts: Facts, settings: Settings, home: TemplateLibrary
) -> None:
    task = compose(facts(channel=Channel.PHONE_CALL, template=None), settings, home)
    assert isinstance(task, Task)
    assert task.assigned_to == "team"
    assert task.title == "Call Jane Doe, Acme Ltd (C-1001): 1,000.00 GBP past due"
    for text in ("+44 7700 900123", "Balance: 1,200.00 GBP", "oldest by 30 days", "- INV-1: 1,000.00 GBP open"):
        assert text in task.detail


def test_an_escalation_goes_to_the_named_person_with_the_templates_words_first(
    facts: Facts, settings: Settings, templates: Templates
) -> None:
    library = templates({"t/task.txt": "Decide about {{ customer_name }}."})
    action: dict[str, Any] = {"assigned_to": "cfo@northwind.example", "amount_past_due": 0}
    task = compose(facts(channel=Channel.ESCALATE, template="t", **action), settings, library)
    assert isinstance(task, Task)
    assert task.assigned_to == "cfo@northwind.example"
    assert task.title == "Escalated: Acme Ltd (C-1001): 1,200.00 GBP open"
    assert task.detail.startswith("Decide about Acme Ltd.\n\nCustomer: Acme Ltd")


def test_an_action_without_its_template_names_the_missing_file(
    facts: Facts, settings: Settings, home: TemplateLibrary
) -> None:
    with pytest.raises(ConfigurationError, match=r"templates/gone/subject\.txt"):
        compose(facts(template="gone"), settings, home)


TEMPLATES = ["intro", "open-item", "due-soon", "overdue", "overdue-many", "final-notice"]
LANGUAGES = ["en", "fr", "de", "es"]


class Balanced(HTMLParser):
    """Fails on a tag that is closed out of turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("br", "meta"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_default_templates_have_no_problem_in_any_channel(home: TemplateLibrary, template: str) -> None:
    for channel in Channel:
        assert home.check(template, channel, LANGUAGES) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_the_default_templates_are_translated_and_well_formed(
    facts: Facts, settings: Settings, home: TemplateLibrary, template: str, language: str
) -> None:
    for part in ("subject.txt", "body.html", "body.txt", "sms.txt", "call.txt", "letter.txt"):
        assert home.language_used(template, part, language) == language
    message = parsed(compose(facts(template=template, language=language), settings, home))
    reader = Balanced()
    reader.feed(body(message, "html"))
    assert reader.open == []
    assert "INV-1" in body(message, "plain")
    letter = letter_of(compose(facts(template=template, language=language, channel=Channel.LETTER), settings, home))
    assert "INV-1" in pdf_pages(letter.pdf)[0]


GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_the_default_text_messages_fit_two_segments_of_the_cheap_alphabet(
    facts: Facts, settings: Settings, home: TemplateLibrary, template: str, language: str
) -> None:
    for invoices in (facts().invoices, facts().invoices[:1]):
        action: dict[str, Any] = {"template": template, "language": language, "invoices": invoices}
        message = compose(facts(channel=Channel.SMS, **action), settings, home)
        assert isinstance(message, TextMessage)
        assert set(message.body) <= GSM
        assert len(message.body) <= 306
