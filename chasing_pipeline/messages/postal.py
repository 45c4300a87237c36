"""Postal addresses: as lines, in the order the country writes them, and as the fields a provider takes.

Does not belong here: checking an address (the letter provider does that).
"""

from chasing_pipeline.domain.action import Customer, MessageFacts
from chasing_pipeline.domain.message import PostalAddress
from chasing_pipeline.domain.settings import LetterSender, Settings
from chasing_pipeline.messages.formats import locale_of
from chasing_pipeline.messages.markup import clean_line

_STATE_AFTER_CITY = frozenset(("US", "CA", "AU", "PR", "IN", "MX", "BR"))
_CODE_ON_ITS_OWN_LINE = frozenset(("GB", "IE"))


def address_lines(customer: Customer, home_country: str, language: str) -> tuple[str, ...]:
    """The customer's street, town and, if it isn't ``home_country``, country; without names, empty lines left out."""
    return _lines(customer, clean_line(customer.country).upper(), home_country, language)


def sender_lines(sender: LetterSender) -> tuple[str, ...]:
    """The return address as lines, the name first; at home, so without the country."""
    return (clean_line(sender.name), *_lines(sender, sender.country, sender.country, "en"))


def _lines(address: Customer | LetterSender, country: str, home_country: str, language: str) -> tuple[str, ...]:
    city, state, code = (clean_line(value) for value in (address.city, address.state, address.postal_code))
    if country in _CODE_ON_ITS_OWN_LINE:
        town: tuple[str, ...] = (city, state, code)
    elif country in _STATE_AFTER_CITY or not country:
        town = (" ".join(part for part in (f"{city}," if city and state else city, state, code) if part),)
    else:
        town = (f"{code} {city}".strip(), state)
    abroad = country if country != home_country else ""
    name = locale_of(language).territories.get(abroad, abroad)
    return tuple(line for line in (clean_line(address.address1), clean_line(address.address2), *town, name) if line)


def recipient_address(facts: MessageFacts, settings: Settings) -> PostalAddress:
    """Whom a letter goes to; a customer without country is in the company's."""
    customer = facts.customer
    name, contact = clean_line(customer.name), clean_line(facts.action.contact_name)
    return PostalAddress(
        name="" if contact == name else contact,
        company=name,
        address1=clean_line(customer.address1),
        address2=clean_line(customer.address2),
        city=clean_line(customer.city),
        state=clean_line(customer.state),
        postal_code=clean_line(customer.postal_code),
        country=clean_line(customer.country).upper() or settings.company.default_country,
    )


def sender_postal_address(sender: LetterSender | None) -> PostalAddress | None:
    """The return address of letters, where the settings have one."""
    if sender is None:
        return None
    return PostalAddress(
        name="",
        company=clean_line(sender.name),
        address1=clean_line(sender.address1),
        address2=clean_line(sender.address2),
        city=clean_line(sender.city),
        state=clean_line(sender.state),
        postal_code=clean_line(sender.postal_code),
        country=sender.country,
    )
