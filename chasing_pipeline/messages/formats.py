"""Amounts and dates as a reader of one language expects them.

Belongs here: formatting by locale. Does not belong here: which amount or date is shown (``context``).
"""

import re
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from typing import Literal

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date
from babel.numbers import NumberPattern, format_decimal, get_currency_precision, get_currency_symbol, parse_pattern

DateLength = Literal["short", "medium", "long", "full"]

_KEPT = 20_000
"""How many formatted values are kept: one message shows the same amount up to six times, and a day the same dates."""

# What babel and good typography use, and the alphabet of text messages lacks: one such character
# makes every part of a text message hold 70 characters instead of 160, at the same price each.
_SIMPLER = str.maketrans(
    {
        "\u00a0": " ",
        "\u202f": " ",
        "\u2009": " ",
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u00ab": '"',
        "\u00bb": '"',
        "\u2013": "-",
        "\u2014": "-",
        "\u2212": "-",
        "\u2026": "...",
    }
)


@cache
def locale_of(language: str) -> Locale:
    """The locale of a BCP 47 tag; of its base language, then English, where babel doesn't know it."""
    for tag in (language, language.split("-")[0], "en"):
        try:
            return Locale.parse(tag, sep="-")
        except (ValueError, UnknownLocaleError):
            continue
    raise AssertionError("babel knows English")


@cache
def regional(language: str, country: str | None) -> str:
    """``language`` as it is written in ``country``, where it names no region itself: ``en`` in GB is ``en-GB``."""
    if not country or len(re.split("[-_]", language)) > 1:
        return language
    try:
        Locale.parse(f"{language}_{country.upper()}")
    except (ValueError, UnknownLocaleError):
        return language
    return f"{language}-{country.upper()}"


@lru_cache(maxsize=_KEPT)
def money_text(amount: Decimal | int, currency: str, language: str) -> str:
    """An amount with its currency, e.g. ``£1,200.00``; none of it is rounded away, in whatever currency."""
    value = Decimal(amount)
    digits = get_currency_precision(currency)
    pattern = _money_pattern(currency, language, digits if value == round(value, digits) else None)
    return str(pattern.apply(value, locale_of(language)))


@cache
def _money_pattern(currency: str, language: str, digits: int | None) -> NumberPattern:
    """The locale's pattern of amounts with the currency's symbol in it, which babel would look up for every amount."""
    locale = locale_of(language)
    symbol = "'" + get_currency_symbol(currency, locale).replace("'", "''") + "'"
    pattern = parse_pattern(locale.currency_formats["standard"].pattern.replace("\u00a4", symbol))
    if digits is not None:
        pattern.frac_prec = (digits, digits)
    return pattern


def money_code_text(amount: Decimal | int, currency: str, language: str) -> str:
    """An amount with its ISO code, as accountants write it, e.g. ``1,200.00 GBP``."""
    return f"{format_decimal(amount, '#,##0.00', locale=locale_of(language))} {currency}"


@lru_cache(maxsize=_KEPT)
def counted(number: int, one: str, other: str, language: str) -> str:
    """A number with its noun, by the language's own rule for the plural: ``1 day``, ``0 days``, but ``0 jour``."""
    locale = locale_of(language)
    noun = one if locale.plural_form(number) == "one" else other
    return f"{format_decimal(number, locale=locale)} {noun}"


@lru_cache(maxsize=_KEPT)
def date_text(day: date | None, language: str, length: DateLength = "medium") -> str:
    """A date, e.g. ``15 nov. 2026``; empty where there is none."""
    return "" if day is None else format_date(day, length, locale=locale_of(language))


def speech_language(language: str) -> str:
    """The tag with a region that speech wants, e.g. ``de-DE`` for ``de``: the region where most speak it."""
    locale = locale_of(language)
    if locale.territory is None:
        locale = Locale.parse(get_global("likely_subtags").get(locale.language, locale.language))
    return f"{locale.language}-{locale.territory}" if locale.territory else locale.language


def simple_characters(text: str) -> str:
    """``text`` with plain spaces, quotes and dashes, for text messages and speech."""
    return text.translate(_SIMPLER)
