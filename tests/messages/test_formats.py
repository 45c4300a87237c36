"""Amounts are written as babel writes them, though by a shorter way."""

from decimal import Decimal

import pytest
from babel import localedata
from babel.numbers import format_currency, get_currency_precision, list_currencies
from hypothesis import given
from hypothesis import strategies as st

from chasing_pipeline.messages.formats import locale_of, money_text

AMOUNTS = st.decimals(-(10**16), 10**16, places=2, allow_nan=False, allow_infinity=False)


@given(st.sampled_from(localedata.locale_identifiers()), st.sampled_from(sorted(list_currencies())), AMOUNTS)
def test_an_amount_is_written_as_babel_writes_it_in_every_locale(locale: str, currency: str, amount: Decimal) -> None:
    language = locale.replace("_", "-")
    exact = amount == round(amount, get_currency_precision(currency))
    expected = format_currency(amount, currency, locale=locale_of(language), currency_digits=exact)
    assert money_text(amount, currency, language) == expected


@pytest.mark.parametrize(("amount", "text"), [("0.50", "¥0.50"), ("1200", "¥1,200"), ("0.005", "¥0.00")])
def test_nothing_of_an_amount_in_cents_is_rounded_away(amount: str, text: str) -> None:
    assert money_text(Decimal(amount), "JPY", "en") == text
