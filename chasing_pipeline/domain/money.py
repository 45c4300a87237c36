"""Money and currencies: DECIMAL(18,2) amounts and ISO 4217 codes.

Does not belong here: how an amount is shown to a customer (``messages``).
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Annotated, Any

import pycountry
from pydantic import BeforeValidator, Field


@cache
def currency_codes() -> frozenset[str]:
    """The ISO 4217 codes in force, e.g. ``EUR``."""
    return frozenset(currency.alpha_3 for currency in pycountry.currencies)


@cache
def country_codes() -> frozenset[str]:
    """The ISO 3166-1 alpha-2 codes in force, e.g. ``GB``."""
    return frozenset(country.alpha_2 for country in pycountry.countries)


def _no_float(value: Any) -> Any:
    if isinstance(value, bool | float):
        raise ValueError("an amount of money is a whole number or has two decimals")
    return value


Money = Annotated[Decimal, BeforeValidator(_no_float), Field(max_digits=18, decimal_places=2)]


def thresholds(value: Any) -> Any:
    """Check a threshold by currency, e.g. ``{default: 0, USD: 100, EUR: null}``.

    A plain number stands for ``{default: number}``. Raises ValueError for a key that is no currency.
    """
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return {"default": value}
    if not isinstance(value, Mapping):
        return value
    unknown = sorted(str(key) for key in value if key != "default" and key not in currency_codes())
    if unknown:
        raise ValueError(f"{', '.join(unknown)} is no ISO 4217 currency code; use e.g. USD, or default")
    if any(isinstance(amount, int | Decimal) and amount < 0 for amount in value.values()):
        raise ValueError("a threshold is never negative")
    return value


Thresholds = Annotated[dict[str, Money | None], BeforeValidator(thresholds)]
