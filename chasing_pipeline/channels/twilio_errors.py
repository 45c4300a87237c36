"""Twilio's error codes, by what must follow, with the reason.

A code that is not here goes by its HTTP class. Does not belong here: requests (``twilio_client``).
"""

from chasing_pipeline.channels.errors import (
    ChannelUnavailable,
    InDoubt,
    NotSent,
    OptedOut,
    Refused,
    RegionUnavailable,
    SendError,
    Throttled,
)
from chasing_pipeline.channels.streaks import RefusalStreak

CODES: dict[int, tuple[type[SendError], str]] = {
    # permanent for the contact: a person mends it
    21211: (Refused, "is no valid phone number"),
    21214: (Refused, "can't be called"),
    21217: (Refused, "is no valid phone number"),
    21614: (Refused, "is no mobile number"),
    21635: (Refused, "is a landline, which takes no texts"),
    21610: (OptedOut, "has opted out of texts from this sender"),
    30004: (Refused, "has blocked texts"),
    30005: (Refused, "is unknown or out of service"),
    30006: (Refused, "is a landline or can't be reached by its carrier"),
    21266: (Refused, "is the one that we call or text from"),
    # permanent for this message
    21617: (Refused, "would get a text that is too long"),
    # the account or its settings
    20003: (ChannelUnavailable, "account SID and token do not match (TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN)"),
    20005: (ChannelUnavailable, "the account is not active"),
    20008: (ChannelUnavailable, "test credentials can't do this"),
    20404: (ChannelUnavailable, "there is no such account or address (TWILIO_ACCOUNT_SID, TWILIO_BASE_URL)"),
    21210: (ChannelUnavailable, "the caller number is not verified (caller_ids)"),
    21212: (ChannelUnavailable, "the sender is no valid number (senders.sms, caller_ids)"),
    21215: (
        RegionUnavailable,
        "the account may not call that country: allow it at Twilio, or take it out of allowed_countries",
    ),
    21219: (ChannelUnavailable, "a trial account reaches verified numbers only"),
    21408: (
        RegionUnavailable,
        "the account may not text that country: allow it at Twilio, or take it out of allowed_countries",
    ),
    21603: (ChannelUnavailable, "there is no sender (senders.sms)"),
    21606: (ChannelUnavailable, "the sender can't send texts (senders.sms)"),
    21608: (ChannelUnavailable, "a trial account reaches verified numbers only"),
    21612: (RegionUnavailable, "this sender can't reach that country (senders.sms, allowed_countries)"),
    30002: (ChannelUnavailable, "the account is suspended"),
    30007: (ChannelUnavailable, "carriers filter texts of this sender as spam"),
    30034: (ChannelUnavailable, "the sender is not registered for texts to the United States (A2P 10DLC)"),
    # transient, surely not sent
    20429: (Throttled, "too many requests"),
    21611: (NotSent, "the sender's queue is full"),
    22005: (NotSent, "not possible at present"),
    30001: (NotSent, "the queue is full"),
    30036: (NotSent, "it waited too long in the queue"),
}

PERMANENT_DELIVERY = frozenset({21211, 21214, 21217, 21610, 21614, 21635, 30004, 30005, 30006})
"""Codes of a text that was taken and not delivered, after which the number can't be reached by text any more."""

OPTED_OUT = frozenset({21610})


def refusal(status: int, code: int, text: str, streak: RefusalStreak) -> SendError:
    """The error of a reply to a request that creates something."""
    message = f"Twilio refused ({status}, {code}): {text}"
    if code in CODES and 400 <= status < 500:
        kind, reason = CODES[code]
        subject = "the number " if issubclass(kind, Refused) else ""
        return kind(f"{subject}{reason}; {message}")
    if status == 429:
        return Throttled(message)
    if status in {401, 402, 403, 404, 405, 407, 410} or 300 <= status < 400:
        return ChannelUnavailable(message)
    if status in {408, 409} or not 400 <= status < 500:
        return InDoubt(f"Twilio answered {status}: {text}")
    return streak.unclear(message)
