"""An automated call: amounts, dates and references as a machine says them, and the call as speech markup.

Belongs here: how things are spoken, and what is spoken around a template's words. Does not belong here: dialling,
voicemail and pace (``channels``), the template's own words.

A listener has to be able to write everything down: numbers one digit at a time, amounts in whole units and cents,
a pause between paragraphs. Pauses are elements of their own, for every voice knows those.
"""

import re
from decimal import Decimal
from functools import cache
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import phonenumbers
from babel.numbers import get_currency_name

from chasing_pipeline.domain.message import UnsendableMessage
from chasing_pipeline.messages.formats import counted, locale_of, speech_language
from chasing_pipeline.messages.parts import SPEECH_LIMIT
from chasing_pipeline.messages.words import has_words, words

PAUSE_SECONDS = 1
"""Between two paragraphs."""
_CHARACTERS_A_SECOND = 13.5
"""How fast a voice speaks, digits and all: measured with espeak-ng at 150 words a minute."""
_SPELLED_LETTERS = 4
"""Up to so many letters are spelled one by one; more are a word."""

VOICES = {
    "en-US": "Polly.Joanna",
    "en-GB": "Polly.Amy",
    "en-AU": "Polly.Nicole",
    "fr-FR": "Polly.Celine",
    "fr-CA": "Polly.Chantal",
    "de-DE": "Polly.Marlene",
    "es-ES": "Polly.Conchita",
    "es-MX": "Polly.Mia",
    "es-US": "Polly.Penelope",
    "it-IT": "Polly.Carla",
    "nl-NL": "Polly.Lotte",
    "pt-PT": "Polly.Ines",
    "pt-BR": "Polly.Camila",
}
"""Twilio's voices; another language gets whatever voice Twilio has for it."""
_AMERICAN = frozenset(("US", "CA", "PR"))


def spoken_amount(amount: Decimal | int, currency: str, language: str) -> str:
    """An amount as it is said: ``1034 British pounds and 56 pence``."""
    locale, say = locale_of(language), words(language)
    value = abs(Decimal(amount))
    whole, rest = int(value), value - int(value)
    text = f"{whole} {get_currency_name(currency, count=whole, locale=locale)}"
    one, other = say.cents.get(currency, ("", ""))
    if rest and other:
        text += f" {say.and_} {counted(int(rest * 100), one, other, language)}"
    elif rest:
        text = (
            f"{whole} {say.point} {' '.join(f'{rest:.2f}'[2:])} {get_currency_name(currency, count=2, locale=locale)}"
        )
    return f"{say.minus} {text}" if amount < 0 else text


def spelled(text: str, language: str) -> str:
    """A reference letter by letter and digit by digit, with a pause between its parts: ``I N V, dash, 1 0 4``."""
    marks = words(language).marks
    parts = re.findall(r"[^\W\d_]+|\d+|[^\w\s]|_", text)
    said = [marks.get(part, "") if len(part) == 1 and not part.isalnum() else _one_by_one(part) for part in parts]
    return ", ".join(part for part in said if part)


def spoken_phone(written: str, region: str, language: str) -> str:
    """A telephone number digit by digit, in its own groups; from abroad with ``plus`` and the country's code."""
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return spelled(written, language)
    domestic = phonenumbers.region_code_for_number(number) in (region, None)
    form = phonenumbers.PhoneNumberFormat.NATIONAL if domestic else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    groups = re.findall(r"\d+", phonenumbers.format_number(number, form))
    digits = ", ".join(" ".join(group) for group in groups)
    return digits if domestic else f"{words(language).plus} {digits}"


def _one_by_one(part: str) -> str:
    if part.isdigit():
        return " ".join(part)
    return " ".join(part.upper()) if len(part) <= _SPELLED_LETTERS else part


def script(text: str, company: str, language: str) -> list[tuple[str, str]]:
    """What is said, paragraph by paragraph, as (language, words): first, that it is a machine that speaks.

    In English where we lack the language: the callee has a right to know it.
    """
    automated = words(language).automated.format(company=company.rstrip("."))
    paragraphs = [" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n", text.strip())]
    said = [(language, paragraph) for paragraph in paragraphs if paragraph]
    if not has_words(language):
        return [("en", automated), *said]
    if not said:
        return [(language, automated)]
    return [(language, f"{automated} {said[0][1]}"), *said[1:]]


def twiml_of(paragraphs: list[tuple[str, str]]) -> str:
    """The call as TwiML, a pause between paragraphs. Raises UnsendableMessage when it is longer than Twilio takes."""
    # Here, for it is slow to import.
    from twilio.twiml.voice_response import VoiceResponse

    response = VoiceResponse()
    for place, (language, text) in enumerate(paragraphs):
        if place:
            response.pause(length=PAUSE_SECONDS)
        spoken_in, voice = voice_of(language)
        response.say(text, language=spoken_in, voice=voice)
    twiml = str(response)
    if len(twiml) > SPEECH_LIMIT:
        raise UnsendableMessage(
            f"the call's text is too long: {len(twiml):,} characters with its markup, {SPEECH_LIMIT:,} at most"
        )
    return twiml


@cache
def voice_of(language: str) -> tuple[str, str | None]:
    """(the language, the voice) a reader of ``language`` is spoken to in; None: Twilio chooses one."""
    tag = speech_language(language)
    if tag not in VOICES and tag.startswith("en-"):
        tag = "en-US" if tag[3:] in _AMERICAN else "en-GB"
    elif tag not in VOICES and speech_language(tag[:2]) in VOICES:
        tag = speech_language(tag[:2])
    return tag, VOICES.get(tag)


def speech_markup(twiml: str) -> tuple[str, str]:
    """(SSML, base language) of a call, for a synthesiser on this machine."""
    elements = ElementTree.fromstring(twiml)  # noqa: S314 - our own, never anybody else's
    parts = [_speech_element(element) for element in elements]
    languages = [str(element.get("language")) for element in elements.findall("Say")]
    return f"<speak>{''.join(parts)}</speak>", languages[-1].split("-")[0].lower()


def _speech_element(element: ElementTree.Element) -> str:
    if element.tag == "Pause":
        return f'<break time="{element.get("length")}s"/>'
    return f"<s>{escape(element.text or '')}</s>"


def seconds(text: str) -> int:
    """About how long a call takes whose paragraphs are ``text``."""
    paragraphs = [paragraph for paragraph in text.split("\n\n") if paragraph.strip()]
    spoken = sum(len(paragraph) for paragraph in paragraphs) / _CHARACTERS_A_SECOND
    return round(spoken + PAUSE_SECONDS * max(len(paragraphs) - 1, 0))
