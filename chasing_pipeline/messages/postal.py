"""Postal addresses as lines, in the order the country writes them.

Does not belong here: checking an address (the letter provider does that).
"""

from chasing_pipeline.domain.action import Customer
from chasing_pipeline.messages.formats import locale_of
from chasing_pipeline.messages.markup import clean_line

_STATE_AFTER_CITY = frozenset(("US", "CA", "AU", "PR", "IN", "MX", "BR"))
_CODE_ON_ITS_OWN_LINE = frozenset(("GB", "IE"))


def address_lines(customer: Customer, home_country: str, language: str) -> tuple[str, ...]:
    """The customer's street, town and, if it isn't ``home_country``, country; without names, empty lines left out."""
    city, state = clean_line(customer.city), clean_line(customer.state)
    code, country = clean_line(customer.postal_code), clean_line(customer.country).upper()
    if country in _CODE_ON_ITS_OWN_LINE:
        town: tuple[str, ...] = (city, state, code)
    elif country in _STATE_AFTER_CITY or not country:
        town = (" ".join(part for part in (f"{city}," if city and state else city, state, code) if part),)
    else:
        town = (f"{code} {city}".strip(), state)
    abroad = country if country != home_country else ""
    name = locale_of(language).territories.get(abroad, abroad)
    return tuple(line for line in (clean_line(customer.address1), clean_line(customer.address2), *town, name) if line)
