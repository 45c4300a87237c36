"""What Lob refuses: the checks of a request to create a letter, with Lob's error codes; and how its bodies are read.

Where Lob's answer is not published the stand-in is the stricter of the two. Does not belong here: letters that exist.
"""

import hashlib
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import pikepdf

Parameters = dict[str, Any]
US = frozenset({"US", "AS", "PR", "FM", "GU", "MH", "MP", "PW", "VI"})
"""Countries whose addresses follow the rules for the United States."""
MAX_FILE = 5_000_000
_LETTER = (612, 792)  # points
LETTER_FIELDS = frozenset(
    {
        *("to", "from", "file", "color", "use_type", "description", "metadata", "mail_type", "merge_variables", "size"),
        *("send_date", "print_speed", "extra_service", "cards", "buckslips", "double_sided", "address_placement"),
        *("return_envelope", "perforated_page", "custom_envelope", "billing_group_id", "qr_code", "fsc"),
    }
)
_LENGTHS = {"name": 40, "company": 40, "phone": 40, "email": 100, "address_city": 200}
_US_LENGTHS = {"address_line1": 64, "address_line2": 64}
_OTHER_LENGTHS = {"address_line1": 200, "address_line2": 200, "address_state": 200, "address_zip": 40}
ADDRESS_FIELDS = frozenset({*_LENGTHS, *_OTHER_LENGTHS, "address_country", "description", "metadata"})
_STANDARD_FONTS = re.compile(r"/(Courier|Helvetica|Times)(-?(Bold|Roman|Oblique|Italic|BoldOblique|BoldItalic))?")


@dataclass
class LobRefusal(Exception):
    """A request that Lob refuses."""

    message: str
    code: str = "invalid"
    status: int = 422


def parameters_of(content_type: str, body: bytes) -> Parameters:
    """What a body says: JSON, a form, or a multipart form, whose ``to[name]`` becomes ``{"to": {"name": …}}``."""
    if content_type.startswith("application/json"):
        given = json.loads(body)
        if not isinstance(given, dict):
            raise LobRefusal("the body must be an object", "bad_request")
        return given
    if content_type.startswith("multipart/form-data"):
        return _nested(_parts(content_type, body))
    return _nested(dict(parse_qsl(body.decode(), keep_blank_values=True)))


def _parts(content_type: str, body: bytes) -> dict[str, Any]:
    boundary = re.search(r'boundary="?([^";]+)', content_type)
    if boundary is None:
        raise LobRefusal("a multipart form has a boundary", "bad_request")
    found: dict[str, Any] = {}
    for part in body.split(b"--" + boundary[1].encode())[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        content = content.removesuffix(b"\r\n")
        name = re.search(rb'\bname="([^"]*)"', head)
        if name is not None:
            found[name[1].decode()] = content if b"filename=" in head else content.decode()
    return found


def _nested(flat: Mapping[str, Any]) -> Parameters:
    nested: Parameters = {}
    for name, value in flat.items():
        outer, bracket, inner = name.partition("[")
        if bracket:
            nested.setdefault(outer, {})[inner.removesuffix("]")] = value
        else:
            nested[name] = value
    return nested


def fingerprint(parameters: Parameters) -> str:
    """What makes two requests the same."""
    readable = {k: hashlib.sha256(v).hexdigest() if isinstance(v, bytes) else v for k, v in parameters.items()}
    return hashlib.sha256(json.dumps(readable, sort_keys=True).encode()).hexdigest()


def check_letter(parameters: Parameters) -> int:
    """The rules of POST /v1/letters; the number of pages. Raises LobRefusal."""
    unknown = sorted(set(parameters) - LETTER_FIELDS)
    if unknown:
        raise LobRefusal(f"{unknown[0]} is not allowed")
    for name in ("to", "from", "file", "color"):
        if parameters.get(name) in (None, ""):
            raise LobRefusal(f"{name} is required")
    if parameters.get("use_type") not in ("marketing", "operational"):
        raise LobRefusal("use_type must be one of [marketing, operational]", "mail_use_type_can_not_be_null")
    as_bool(parameters, "color")
    check_metadata(parameters.get("metadata") or {})
    if len(parameters.get("description") or "") > 255:
        raise LobRefusal("description length must be less than or equal to 255 characters long")
    if parameters.get("mail_type", "usps_first_class") not in ("usps_first_class", "usps_standard"):
        raise LobRefusal("mail_type must be one of [usps_first_class, usps_standard]")
    abroad = check_address("to", parameters["to"])
    if check_address("from", parameters["from"]) and not parameters.get("custom_envelope"):
        raise LobRefusal("from must be a US address", "foreign_return_address")
    most = 6 if abroad else 60
    return check_pdf(parameters["file"], 2 * most if as_bool(parameters, "double_sided", True) else most)


def as_bool(parameters: Parameters, name: str, default: bool | None = None) -> bool:
    """A boolean, which a form spells ``true`` or ``false``; Python's ``True`` is not one."""
    value = parameters.get(name, default)
    if value not in (True, False, "true", "false"):
        raise LobRefusal(f"{name} must be a boolean")
    return value in (True, "true")


def check_metadata(metadata: Any) -> None:
    """At most 20 pairs of short texts."""
    if not isinstance(metadata, dict) or len(metadata) > 20:
        raise LobRefusal("metadata must be an object of at most 20 pairs")
    for name, value in metadata.items():
        if not isinstance(value, str) or len(name) > 40 or len(value) > 500 or set('"\\') & set(name + value):
            raise LobRefusal("metadata keys have at most 40 characters, values 500, neither quotes nor backslashes")


def check_address(which: str, address: Any) -> bool:
    """The rules of an inline address; whether it is abroad."""
    if not isinstance(address, dict):
        raise LobRefusal(f"{which} must be an address, or the id of one, which the stand-in does not keep")
    unknown = sorted(set(address) - ADDRESS_FIELDS)
    if unknown:
        raise LobRefusal(f"{which}.{unknown[0]} is not allowed")
    for name, value in address.items():
        if not isinstance(value, str | None) and name != "metadata":
            raise LobRefusal(f"{which}.{name} must be a string")
    if not address.get("name") and not address.get("company"):
        raise LobRefusal(f"{which}.name or {which}.company is required")
    if not address.get("address_line1"):
        raise LobRefusal(f"{which}.address_line1 is required")
    country = address.get("address_country") or "US"
    if not re.fullmatch("[A-Z]{2}", country):
        raise LobRefusal(f"{which}.address_country must be a 2 letter country short-name code (ISO 3166)")
    abroad = country not in US
    for name, most in (_LENGTHS | (_OTHER_LENGTHS if abroad else _US_LENGTHS)).items():
        if len(address.get(name) or "") > most:
            raise LobRefusal(f"{which}.{name} length must be less than or equal to {most} characters long")
    _check_place(which, address, abroad)
    return abroad


def _check_place(which: str, address: Mapping[str, str], abroad: bool) -> None:
    city, state, postal_code = (address.get(f"address_{name}") or "" for name in ("city", "state", "zip"))
    if abroad:
        if not postal_code and not (city and state):
            raise LobRefusal(f"{which}.address_zip, or address_city and address_state, is required")
        return
    if not city or not state or not postal_code:
        raise LobRefusal(f"{which}.address_city, address_state and address_zip are required")
    if not re.fullmatch("[A-Za-z]{2}", state):
        raise LobRefusal(f"{which}.address_state must be a 2 letter state short-name code")
    if not re.fullmatch(r"\d{5}(-\d{4})?", postal_code):
        raise LobRefusal(f"{which}.address_zip must be in a valid zip format")
    lines = len(address["address_line1"]) + len(address.get("address_line2") or "")
    if which == "to" and lines > 50:
        message = "the sum of to.address_line1 and to.address_line2 cannot surpass 50 characters"
        raise LobRefusal(message, "address_length_exceeds_limit")


def check_pdf(content: Any, most_pages: int) -> int:
    """A PDF of whole US letter pages with its fonts in it; the number of pages."""
    if not isinstance(content, bytes):
        raise LobRefusal("file must be an uploaded PDF; the stand-in fetches and renders nothing", "invalid_file")
    if len(content) > MAX_FILE:
        raise LobRefusal("file size exceeds 5 MB", "file_size_exceeds_limit")
    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            if pdf.is_encrypted:
                raise LobRefusal("file must not be encrypted", "pdf_encrypted")
            for page in pdf.pages:
                _check_page(page)
            pages = len(pdf.pages)
    except pikepdf.PasswordError:
        raise LobRefusal("file must not be encrypted", "pdf_encrypted") from None
    except pikepdf.PdfError:
        raise LobRefusal("file is not a PDF", "invalid_file") from None
    if not pages:
        raise LobRefusal("file has no pages", "file_pages_below_min")
    if pages > most_pages:
        raise LobRefusal(f"file has {pages} pages, the limit is {most_pages}", "file_pages_exceed_max")
    return pages


def _check_page(page: pikepdf.Page) -> None:
    left, bottom, right, top = (float(number) for number in page.trimbox)
    size = (right - left, top - bottom)
    if int(page.obj.get("/Rotate", 0)) % 180:
        size = size[::-1]
    if any(abs(is_ - wanted) > 0.1 for is_, wanted in zip(size, _LETTER, strict=True)) or "/UserUnit" in page.obj:
        inches = " x ".join(f"{points / 72:.2f}" for points in size)
        raise LobRefusal(f"file pages must be 8.5 x 11 inches, not {inches}", "invalid_file_dimensions")
    for font in dict(page.resources.get("/Font", {})).values():
        whole = font["/DescendantFonts"][0] if "/DescendantFonts" in font else font
        described = dict(whole.get("/FontDescriptor", {}))
        is_standard = _STANDARD_FONTS.fullmatch(str(whole.get("/BaseFont", "/")))
        if (
            font.get("/Subtype") != "/Type3"
            and not any(n.startswith("/FontFile") for n in described)
            and not is_standard
        ):
            raise LobRefusal("file contains non-standard unembedded fonts", "unembedded_fonts")
