"""Telephone numbers: reading them, where they belong, and which number of ours calls them.

Does not belong here: contact hours and what a number costs (``sql/actions``), dialling (``channels``).
"""

import hashlib
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType

from chasing_pipeline.domain.message import UnsendableMessage
from chasing_pipeline.domain.settings import Settings
from chasing_pipeline.messages.markup import clean_line

# Numbers known for certain not to receive texts; an unknown kind is tried.
_WITHOUT_TEXTS = frozenset(
    (
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.UAN,
        PhoneNumberType.VOICEMAIL,
    )
)


def parse_number(text: str | None, country: str | None, settings: Settings) -> PhoneNumber:
    """The number ``text`` means in ``country`` (ISO 3166-1), else in the company's.

    It only has to be possible, not in use: numbers reserved for fiction are for trials. Raises
    UnsendableMessage where there is none, it is no number, or its country isn't allowed.
    """
    written = clean_line(text)
    if not written:
        raise UnsendableMessage("there is no telephone number")
    try:
        number = phonenumbers.parse(written, country or settings.company.default_country)
    except phonenumbers.NumberParseException as error:
        raise UnsendableMessage(f"{written!r} is no telephone number") from error
    if not phonenumbers.is_possible_number(number) or number.extension:
        raise UnsendableMessage(f"{written!r} can't be a telephone number; write it like +44 7700 900123")
    country_of_number = region(number)
    if settings.allowed_countries and country_of_number not in settings.allowed_countries:
        raise UnsendableMessage(
            f"{e164(number)} is a number of {country_of_number}, which isn't among allowed_countries in chasing.yaml"
        )
    return number


def text_number(text: str | None, country: str | None, settings: Settings) -> PhoneNumber:
    """Like ``parse_number``, for a text message: raises UnsendableMessage for a landline too."""
    number = parse_number(text, country, settings)
    if phonenumbers.number_type(number) in _WITHOUT_TEXTS:
        raise UnsendableMessage(f"{e164(number)} can't receive text messages; it is no mobile number")
    return number


def e164(number: PhoneNumber) -> str:
    """The number as providers want it, e.g. ``+447700900123``."""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def readable(number: PhoneNumber) -> str:
    """The number as a person reads it, e.g. ``+44 7700 900123``."""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


@lru_cache(maxsize=1000)
def readable_text(written: str, country: str) -> str:
    """A number as somebody wrote it, as a person reads it; as it was where it is no number."""
    try:
        number = phonenumbers.parse(written, country)
    except phonenumbers.NumberParseException:
        return written
    return readable(number) if phonenumbers.is_possible_number(number) and not number.extension else written


def region(number: PhoneNumber) -> str:
    """The country of the number itself: +1 416 is Canada; for a number nobody has, its code's main country."""
    code = number.country_code or 0
    return phonenumbers.region_code_for_number(number) or phonenumbers.region_code_for_country_code(code)


def caller_id(number: PhoneNumber, customer_number: str, settings: Settings) -> str | None:
    """Our number that calls ``number``: from the pool for its country, or the default one.

    One customer always sees the same number. None where there is no pool.
    """
    pool = settings.caller_ids.get(region(number)) or settings.caller_ids.get("default")
    if not pool:
        return None
    place = int.from_bytes(hashlib.sha256(customer_number.encode()).digest()[:8], "big")
    return pool[place % len(pool)]
