"""What Twilio refuses: the checks of a request to create a text or a call, with Twilio's error codes.

Where Twilio is lenient and a caller would not notice (unknown parameters, speech markup that fails only once the call
is answered) the stand-in refuses with 20001, "unknown parameters", or 12100, "document parse failure".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.etree import ElementTree

MAX_BODY = 1600
MAX_TWIML = 4000
Parameters = Mapping[str, str]


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


TEXT_PARAMETERS = _names(
    "To From StatusCallback ApplicationSid"
    " Body MediaUrl MessagingServiceSid ContentSid ContentVariables MaxPrice ProvideFeedback Attempt ValidityPeriod"
    " ForceDelivery ContentRetention AddressRetention SmartEncoded PersistentAction TrafficType ShortenUrls"
    " ScheduleType SendAt SendAsMms RiskCheck MessageIntent FallbackFrom"
)
CALL_PARAMETERS = _names(
    "To From StatusCallback ApplicationSid"
    " Url Twiml Method FallbackUrl FallbackMethod StatusCallbackEvent StatusCallbackMethod SendDigits Timeout Record"
    " RecordingChannels RecordingStatusCallback RecordingStatusCallbackMethod RecordingStatusCallbackEvent"
    " RecordingTrack SipAuthUsername SipAuthPassword MachineDetection MachineDetectionTimeout"
    " MachineDetectionSpeechThreshold MachineDetectionSpeechEndThreshold MachineDetectionSilenceTimeout Trim CallerId"
    " AsyncAmd AsyncAmdStatusCallback AsyncAmdStatusCallbackMethod Byoc CallReason CallToken TimeLimit"
    " ClientNotificationUrl"
)
CALL_UPDATES = _names(
    "Url Method Status FallbackUrl FallbackMethod StatusCallback StatusCallbackMethod Twiml TimeLimit"
)
TEXT_FILTERS = _names("To From DateSent DateSent< DateSent> PageSize Page PageToken")
CALL_FILTERS = _names(
    "To From ParentCallSid Status StartTime StartTime< StartTime> EndTime EndTime< EndTime> PageSize Page PageToken"
)

_TEXT_TO = {
    "+15005550001": (21211, "Invalid 'To' Phone Number: +1500555XXXX"),
    "+15005550002": (21612, "The 'To' phone number is not currently reachable using the 'From' phone number"),
    "+15005550003": (
        21408,
        "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
    ),
    "+15005550004": (21610, "Attempt to send to unsubscribed recipient"),
    "+15005550009": (21614, "'To' number is not a valid mobile number"),
}
_TEXT_FROM = {
    "+15005550001": (21212, "Invalid From Number (caller ID): +15005550001"),
    "+15005550007": (
        21606,
        "The 'From' phone number is not a valid, SMS-capable number of your account",
    ),
    "+15005550008": (21611, "This 'From' number has exceeded the maximum number of queued messages"),
}
_CALL_TO = {
    "+15005550001": (21217, "Phone number does not appear to be valid"),
    "+15005550002": (21214, "'To' phone number cannot be reached"),
    "+15005550003": (21215, "Account not authorized to call +15005550003"),
    "+15005550004": (21216, "Account not allowed to call +15005550004"),
}
_CALL_FROM = {"+15005550001": (21212, "Invalid From Number (caller ID): +15005550001")}

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_SENDER_ID = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 &+_-]{1,11}")
_SHORT_CODE = re.compile(r"\d{5,6}")


@dataclass
class TwilioRefusal(Exception):
    """A request that Twilio refuses."""

    code: int
    message: str
    status: int = 400


def check_names(parameters: Parameters, known: frozenset[str]) -> None:
    """Refuse what Twilio would pass over in silence."""
    unknown = sorted(set(parameters) - known)
    if unknown:
        raise TwilioRefusal(20001, f"Unknown parameters: {', '.join(unknown)}")


def check_text(parameters: Parameters, numbers: frozenset[str] | None, opted_out: frozenset[str]) -> None:
    """The rules of POST Messages.json. Raises TwilioRefusal."""
    check_names(parameters, TEXT_PARAMETERS)
    to, sender, body = (parameters.get(name, "") for name in ("To", "From", "Body"))
    if not to:
        raise TwilioRefusal(21604, "A 'To' phone number is required.")
    if not sender and not parameters.get("MessagingServiceSid"):
        raise TwilioRefusal(21603, "A 'From' phone number is required.")
    if not body and not parameters.get("MediaUrl") and not parameters.get("ContentSid"):
        raise TwilioRefusal(21602, "Message body is required.")
    if len(body) > MAX_BODY:
        raise TwilioRefusal(21617, f"The concatenated message body exceeds the {MAX_BODY} character limit")
    _check_pair(to, sender, _TEXT_TO, _TEXT_FROM, 21211)
    if sender and not any(form.fullmatch(sender) for form in (_E164, _SENDER_ID, _SHORT_CODE)):
        raise TwilioRefusal(21212, f"Invalid From Number (caller ID): {sender}")
    if sender and numbers is not None and sender not in numbers:
        raise TwilioRefusal(*_TEXT_FROM["+15005550007"])
    if to in opted_out:
        raise TwilioRefusal(*_TEXT_TO["+15005550004"])
    _check_callback(parameters)


def check_call(parameters: Parameters, numbers: frozenset[str] | None) -> None:
    """The rules of POST Calls.json. Raises TwilioRefusal."""
    check_names(parameters, CALL_PARAMETERS)
    to, sender = parameters.get("To", ""), parameters.get("From", "")
    if not to:
        raise TwilioRefusal(21201, "No 'To' number is specified")
    if not sender:
        raise TwilioRefusal(21213, "'From' parameter is missing")
    if not any(parameters.get(name) for name in ("Url", "Twiml", "ApplicationSid")):
        raise TwilioRefusal(21205, "Url parameter is required.")
    _check_pair(to, sender, _CALL_TO, _CALL_FROM, 21211)
    if not _E164.fullmatch(sender):
        raise TwilioRefusal(21212, f"Invalid From Number (caller ID): {sender}")
    if numbers is not None and sender not in numbers:
        raise TwilioRefusal(21210, f"The source phone number provided, {sender}, is not yet verified for your account.")
    check_twiml(parameters)
    if parameters.get("MachineDetection", "Enable") not in ("Enable", "DetectMessageEnd"):
        raise TwilioRefusal(20001, "MachineDetection is Enable or DetectMessageEnd")
    _check_callback(parameters)


def check_twiml(parameters: Parameters) -> None:
    """Speech markup given with the request: short enough, and what it claims to be."""
    twiml = parameters.get("Twiml")
    if twiml is None:
        return
    if len(twiml) > MAX_TWIML:
        raise TwilioRefusal(20001, f"Twiml exceeds {MAX_TWIML} characters")
    try:
        root = ElementTree.fromstring(twiml.encode())
    except ElementTree.ParseError as error:
        raise TwilioRefusal(12100, f"Document parse failure: {error}") from None
    if root.tag != "Response":
        raise TwilioRefusal(12100, "Document parse failure: the root is not Response")


def _check_pair(
    to: str, sender: str, magic_to: dict[str, tuple[int, str]], magic_from: dict[str, tuple[int, str]], invalid: int
) -> None:
    if sender in magic_from:
        raise TwilioRefusal(*magic_from[sender])
    if to in magic_to:
        raise TwilioRefusal(*magic_to[to])
    if not _E164.fullmatch(to):
        raise TwilioRefusal(invalid, f"The 'To' number {to} is not a valid phone number.")
    if to == sender:
        raise TwilioRefusal(21266, "'To' and 'From' number cannot be the same")


def _check_callback(parameters: Parameters) -> None:
    callback = parameters.get("StatusCallback")
    if callback is not None:
        url = urlsplit(callback)
        if url.scheme not in ("http", "https") or not url.hostname or "_" in url.hostname:
            raise TwilioRefusal(21609, "The 'StatusCallback' URL is not a valid URL.")
