"""How letters and verifications look at a moment: what Lob would answer when asked then.

A letter's progress follows from its age, the ``pace`` (seconds of a day) and its fate. Does not belong here: what is
refused, except of a verification, which keeps nothing.
"""

import re
import uuid
from datetime import timedelta
from typing import Any

import pycountry

from .lob_requests import US, LobRefusal, Parameters, as_bool
from .store import Record, instant

DAY = 86400.0
_TRACKING = ("Mailed", "In Transit", "In Local Area", "Processed for Delivery", "Delivered")
_RETURNED = ("Mailed", "In Transit", "In Local Area", "Returned to Sender")
_NAMES = {"TW": "TAIWAN", "TR": "TURKEY"}
_DELIVERABLE = {
    "missing unit": "deliverable_missing_unit",
    "incorrect unit": "deliverable_incorrect_unit",
    "unnecessary unit": "deliverable_unnecessary_unit",
    "undeliverable": "undeliverable",
}
_DPV = {
    "deliverable": "Y",
    "deliverable_missing_unit": "D",
    "deliverable_incorrect_unit": "S",
    "deliverable_unnecessary_unit": "S",
    "undeliverable": "N",
}
_INTL_DELIVERABLE = {
    "missing info": ("deliverable_missing_info", "LF2"),
    "undeliverable": ("undeliverable", "LM2"),
    "no match": ("no_match", "LU1"),
}


def _iso(seconds: float) -> str:
    return instant(seconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _identity(prefix: str, of: str) -> str:
    return f"{prefix}_{uuid.uuid5(uuid.NAMESPACE_URL, of).hex[:16]}"


def country_name(code: str) -> str:
    """A country as Lob writes it out."""
    known = pycountry.countries.get(alpha_2=code)
    return _NAMES.get(code) or (known.name.upper() if known else code)


def _address(letter: Record, which: str) -> dict[str, Any]:
    given = letter["asked"][which]
    country = given.get("address_country") or "US"
    fields = ("name", "company", "phone", "email", "address_line1", "address_line2")
    place = ("address_city", "address_state", "address_zip")
    return {
        "id": _identity("adr", f"{letter['id']}/{which}"),
        "description": None,
        **{name: (given.get(name) or "").upper() or None for name in (*fields, *place)},
        "address_country": "UNITED STATES" if country in US else country_name(country),
        "metadata": {},
        "date_created": _iso(letter["created"]),
        "date_modified": _iso(letter["created"]),
        "object": "address",
    }


def _tracking(letter: Record, now: float, pace: float) -> list[dict[str, Any]]:
    if not letter["is_mailed"] or letter["fate"] == "failed" or letter["deleted"] is not None:
        return []
    events = []
    for number, name in enumerate(_RETURNED if letter["fate"] == "returned" else _TRACKING, start=1):
        at = letter["sent"] + number * pace
        if at <= now:
            events.append(
                {
                    "id": _identity("evnt", f"{letter['id']}/{name}"),
                    "type": "normal",
                    "name": name,
                    "details": None,
                    "location": None if name == "Mailed" else "94107",
                    "time": _iso(at),
                    "date_created": _iso(at),
                    "date_modified": _iso(at),
                    "object": "tracking_event",
                }
            )
    return events


def letter_at(letter: Record, now: float, pace: float) -> dict[str, Any]:
    """A letter as letters/ID shows it."""
    asked = letter["asked"]
    events = _tracking(letter, now, pace)
    is_late = now >= letter["created"] + min(60.0, pace)
    rendered = "failed" if letter["fate"] == "failed" else "rendered"
    asset = f"https://lob-assets.com/letters/{letter['id']}"
    query = f"version=v1&expires={int(now + 30 * DAY):010d}&signature={'0' * 43}"
    shown = {
        "id": letter["id"],
        "description": asked.get("description"),
        "metadata": asked.get("metadata") or {},
        "to": _address(letter, "to"),
        "from": _address(letter, "from"),
        "color": as_bool(asked, "color"),
        "double_sided": as_bool(asked, "double_sided", True),
        "address_placement": asked.get("address_placement", "top_first_page"),
        "return_envelope": False,
        "perforated_page": None,
        "custom_envelope": None,
        "extra_service": asked.get("extra_service"),
        "mail_type": asked.get("mail_type", "usps_first_class"),
        "url": f"{asset}.pdf?{query}",
        "merge_variables": None,
        "carrier": "USPS",
        "tracking_number": None,
        "tracking_events": events,
        "thumbnails": [],
        "expected_delivery_date": (instant(letter["sent"]) + timedelta(days=5)).date().isoformat(),
        "date_created": _iso(letter["created"]),
        "date_modified": events[-1]["time"] if events else _iso(letter["created"]),
        "send_date": _iso(letter["sent"]),
        "use_type": asked["use_type"],
        "status": rendered if is_late else "processed",
        "object": "letter",
    }
    if letter["deleted"] is not None:
        shown["deleted"] = True
    return shown


def us_verification(asked: Parameters) -> dict[str, Any]:
    """The answer on an address in the United States: its first line says how deliverable it is, else it is."""
    line = asked.get("primary_line") or asked.get("address") or ""
    if not line:
        raise LobRefusal("primary_line is required")
    if "address" not in asked and not asked.get("zip_code") and not (asked.get("city") and asked.get("state")):
        raise LobRefusal("zip_code, or city and state, is required")
    postal_code = asked.get("zip_code") or "94107"
    if not re.fullmatch(r"\d{5}(-?\d{4})?", postal_code):
        raise LobRefusal("zip_code must be in a valid zip format")
    says = next((value for words, value in _DELIVERABLE.items() if words in line.lower()), "deliverable")
    number, _, street = line.upper().partition(" ")
    city, state = (asked.get("city") or "San Francisco").upper(), (asked.get("state") or "CA").upper()[:2]
    nothing = ("street_predirection", "street_suffix", "street_postdirection", "secondary_designator", "pmb_designator")
    nothing += ("secondary_number", "pmb_number", "extra_secondary_designator", "extra_secondary_number")
    is_match = says != "undeliverable"
    return {
        "id": f"us_ver_{uuid.uuid4().hex[:16]}",
        "recipient": (asked.get("recipient") or "").upper(),
        "primary_line": line.upper(),
        "secondary_line": (asked.get("secondary_line") or "").upper(),
        "urbanization": "",
        "last_line": f"{city} {state} {postal_code[:5]}-0001",
        "deliverability": says,
        "valid_address": is_match,
        "components": {
            **dict.fromkeys(nothing, ""),
            "primary_number": number,
            "street_name": street,
            "city": city,
            "state": state,
            "zip_code": postal_code[:5],
            "zip_code_plus_4": "0001",
            "zip_code_type": "standard",
            "delivery_point_barcode": f"{postal_code[:5]}0001001",
            "address_type": "commercial",
            "record_type": "street" if is_match else "",
            "default_building_address": False,
            "county": "SAN FRANCISCO",
            "county_fips": "06075",
            "carrier_route": "C001",
            "carrier_route_type": "city_delivery",
            "po_box_only_flag": "N",
            "latitude": None,
            "longitude": None,
        },
        "deliverability_analysis": {
            **dict.fromkeys(("dpv_cmra", "dpv_vacant", "dpv_throwback", "dpv_non_delivery_day_flag"), "N"),
            **dict.fromkeys(("dpv_no_secure_location", "dpv_door_not_accessible", "lacs_indicator"), "N"),
            "dpv_confirmation": _DPV[says],
            "dpv_active": "Y",
            "dpv_inactive_reason": "",
            "dpv_non_delivery_day_values": "",
            "dpv_footnotes": ["AA", "BB"] if is_match else [],
            "ews_match": False,
            "lacs_return_code": "",
            "suite_return_code": "",
        },
        "lob_confidence_score": {"score": 100.0 if is_match else None, "level": "high" if is_match else ""},
        "object": "us_verification",
    }


def intl_verification(asked: Parameters) -> dict[str, Any]:
    """The answer on an address elsewhere: its first line says how deliverable it is, else it is."""
    line, country = asked.get("primary_line") or asked.get("address") or "", asked.get("country") or ""
    if not line:
        raise LobRefusal("primary_line is required")
    if not re.fullmatch("[A-Z]{2}", country) or country in US:
        raise LobRefusal("country must be a 2 letter country short-name code other than US (ISO 3166)")
    says, status = next((v for words, v in _INTL_DELIVERABLE.items() if words in line.lower()), ("deliverable", "LV4"))
    city, postal_code = (asked.get("city") or "").upper(), (asked.get("postal_code") or "").upper()
    number, _, street = line.upper().partition(" ")
    return {
        "id": f"intl_ver_{uuid.uuid4().hex[:16]}",
        "recipient": (asked.get("recipient") or "").upper(),
        "primary_line": line.upper(),
        "secondary_line": (asked.get("secondary_line") or "").upper(),
        "last_line": f"{city} {postal_code}".strip(),
        "country": country,
        "coverage": "HOUSENUMBER/BUILDING" if says == "deliverable" else "SPARSE",
        "deliverability": says,
        "status": status,
        "components": {
            "primary_number": number,
            "street_name": street,
            "city": city,
            "state": (asked.get("state") or "").upper()[:2],
            "postal_code": postal_code,
        },
        "object": "intl_verification",
    }
