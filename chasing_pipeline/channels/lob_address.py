"""A postal address as Lob takes it: required fields, lengths and spelling by country.

Does not belong here: whether the address exists (``lob_letter`` asks, where the settings say so).
"""

import re

from chasing_pipeline.domain.message import PostalAddress

_US_TERRITORIES = frozenset({"AS", "FM", "GU", "MH", "MP", "PR", "PW", "UM", "VI"})
_NAME_LENGTH = 40
_LINES_LENGTH = 50  # address_line1 and address_line2 together
_ZIP = re.compile(r"\d{5}(-\d{4})?")


class UnusableAddress(ValueError):
    """Lob would not print this address; the message names the field, without its content."""


def lob_address(address: PostalAddress) -> dict[str, str]:
    """Lob's inline address. Raises UnusableAddress."""
    name, company = _names(address.name.strip(), address.company.strip())
    country, state = address.country.strip().upper(), address.state.strip()
    if country in _US_TERRITORIES:  # to the United States' post these are states
        country, state = "US", country
    fields = {
        "name": name,
        "company": company,
        "address_line1": address.address1.strip(),
        "address_line2": address.address2.strip(),
        "address_city": address.city.strip(),
        "address_state": state.upper() if country == "US" else state,
        "address_zip": address.postal_code.strip(),
        "address_country": country,
    }
    if not country:
        raise UnusableAddress("the country is missing")
    if not fields["address_line1"]:
        raise UnusableAddress("address1 is missing")
    _check_united_states(fields) if country == "US" else _check_elsewhere(fields)
    return {field: value for field, value in fields.items() if value}


def _names(name: str, company: str) -> tuple[str, str]:
    """The two lines above the street. Who owes comes first: a long company takes both, and the person is left out."""
    whole = company or name
    if not whole:
        raise UnusableAddress("neither name nor company is given")
    if len(whole) > _NAME_LENGTH:
        first, second = _broken(whole)
        if len(second) > _NAME_LENGTH:
            raise UnusableAddress(f"the name is longer than two lines of {_NAME_LENGTH} characters")
        return first, second
    return _broken(name)[0], company


def _broken(text: str) -> tuple[str, str]:
    """``text`` in two at the last space that leaves the first part short enough."""
    if len(text) <= _NAME_LENGTH:
        return text, ""
    first = text[: _NAME_LENGTH + 1].rpartition(" ")[0] or text[:_NAME_LENGTH]
    return first.strip(), text[len(first) :].strip()


def _check_united_states(fields: dict[str, str]) -> None:
    if not fields["address_city"]:
        raise UnusableAddress("city is missing")
    if not re.fullmatch(r"[A-Z]{2}", fields["address_state"]):
        raise UnusableAddress("state must be the two letters of a US state")
    if not _ZIP.fullmatch(fields["address_zip"]):
        raise UnusableAddress("postal_code must be a US ZIP code such as 12345 or 12345-6789")
    _check_lengths(fields, {"address_line1": 64, "address_line2": 64, "address_city": 200})
    if len(fields["address_line1"]) + len(fields["address_line2"]) > _LINES_LENGTH:
        raise UnusableAddress(f"address1 and address2 together are longer than {_LINES_LENGTH} characters")


def _check_elsewhere(fields: dict[str, str]) -> None:
    if not fields["address_zip"] and not (fields["address_city"] and fields["address_state"]):
        raise UnusableAddress("postal_code, or else city and state, must be given")
    limits = {"address_line1": 200, "address_line2": 200, "address_city": 200, "address_state": 200, "address_zip": 40}
    _check_lengths(fields, limits)


def _check_lengths(fields: dict[str, str], limits: dict[str, int]) -> None:
    for field, limit in limits.items():
        if len(fields[field]) > limit:
            raise UnusableAddress(f"{field} is longer than {limit} characters")
