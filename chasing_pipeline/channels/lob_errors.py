"""Lob's error codes, by what must follow.

A code that is not here goes by its HTTP status, and a 422 by the field that it complains about.
"""

import re

from chasing_pipeline.channels.errors import ChannelUnavailable, InDoubt, Refused, SendError, Throttled
from chasing_pipeline.channels.streaks import RefusalStreak

ADDRESS_CODES = frozenset(
    {
        "failed_deliverability_strictness",
        "address_length_exceeds_limit",
        "invalid_international_feature",
        "invalid_country_covid",
    }
)
LENGTH_CODES = frozenset({"file_pages_exceed_max", "file_size_exceeds_limit"})
FILE_CODES = frozenset(
    {
        "file_pages_below_min",
        "inconsistent_page_dimensions",
        "invalid_file",
        "invalid_file_dimensions",
        "invalid_image_dpi",
        "pdf_encrypted",
        "unembedded_fonts",
    }
)
ACCOUNT_CODES = frozenset(
    {
        "custom_envelope_inventory_depleted",
        "foreign_return_address",
        "invalid_perforation_return_envelope",
        "mail_use_type_can_not_be_null",
        "unsupported_lob_version",
    }
)
_OUR_ADDRESS = re.compile(r"\bfrom\b", re.IGNORECASE)
_THEIR_ADDRESS = re.compile(r"^\W*to\b|\baddress_", re.IGNORECASE)


def refusal(status: int, code: str, text: str, streak: RefusalStreak) -> SendError:
    """The error of a reply to a request that creates a letter."""
    message = f"Lob refused ({status}{', ' if code else ''}{code}): {text}"
    if status == 429:
        return Throttled(message)
    if status in {401, 402, 403, 404, 405, 407, 410} or 300 <= status < 400:
        return ChannelUnavailable(message)
    if status == 413:
        return Refused(message)
    if status in {408, 409} or not 400 <= status < 500:
        return InDoubt(f"Lob answered {status}: {text}")
    return _unprocessable(code, text, message, streak)


def _unprocessable(code: str, text: str, message: str, streak: RefusalStreak) -> SendError:
    if code in ADDRESS_CODES or code in LENGTH_CODES:
        return Refused(message)
    if code in FILE_CODES:
        # one bad file is this letter's; fonts or dimensions that are wrong in each are the template's
        return streak.unclear(message, taken_for=Refused)
    if code in ACCOUNT_CODES:
        return ChannelUnavailable(message)
    if _OUR_ADDRESS.search(text):
        return ChannelUnavailable(message)
    if _THEIR_ADDRESS.search(text):
        return Refused(message)
    return streak.unclear(message)
