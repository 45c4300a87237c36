"""An automated call as speech markup.

Belongs here: what is spoken around the template's words. Does not belong here: dialling, voicemail
and pace (``channels``).
"""

from chasing_pipeline.domain.message import UnsendableMessage
from chasing_pipeline.messages.formats import speech_language
from chasing_pipeline.messages.parts import SPEECH_LIMIT

AUTOMATED = {
    "en": "This is an automated message from {company}.",
    "fr": "Ceci est un message automatique de {company}.",
    "de": "Dies ist eine automatische Nachricht von {company}.",
    "es": "Este es un mensaje automático de {company}.",
}
"""What every call begins with: the callee has a right to know that it is a machine."""


def spoken(text: str, company: str, language: str) -> tuple[str, str]:
    """(the words, the TwiML) of a call: first that it is automated, in English where we lack the language.

    Raises UnsendableMessage when the TwiML is longer than the provider takes.
    """
    # Here, for it is slow to import.
    from twilio.twiml.voice_response import VoiceResponse

    base = language.split("-")[0].lower()
    automated = AUTOMATED.get(base, AUTOMATED["en"]).format(company=company.rstrip("."))
    words = " ".join(text.split())
    response = VoiceResponse()
    if base in AUTOMATED:
        response.say(f"{automated} {words}", language=speech_language(language))
    else:
        response.say(automated, language=speech_language("en"))
        response.say(words, language=speech_language(language))
    twiml = str(response)
    if len(twiml) > SPEECH_LIMIT:
        raise UnsendableMessage(
            f"the call's text is too long: {len(twiml):,} characters with its markup, {SPEECH_LIMIT:,} at most"
        )
    return f"{automated} {words}", twiml
