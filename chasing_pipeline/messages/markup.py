"""Text of our own that looks different in HTML and in plain text, and text from outside made harmless.

Belongs here: the one type that passes through ``{{{ }}}``, and cleaning what comes from an extract.
Does not belong here: escaping as such (Jinja2 and markupsafe do that where the text lands).
"""

import re
import unicodedata
from typing import Self

from markupsafe import Markup, escape

BUTTON_LABELS = {
    "en": "Pay Now",
    "fr": "Payer maintenant",
    "de": "Jetzt bezahlen",
    "es": "Pagar ahora",
    "it": "Paga ora",
    "nl": "Nu betalen",
    "pt": "Pagar agora",
}
BUTTON_STYLE = (
    "display:inline-block;padding:12px 28px;background:#1f5fbf;color:#ffffff;"
    "font-weight:bold;text-decoration:none;border-radius:4px"
)

# Marks that reorder the text after them: an honest right-to-left name doesn't need them, a forged one does.
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_ADDRESS = re.compile(
    r"(?!\.)[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+(?<!\.)@(?:[^\W_](?:[\w-]*[^\W_])?\.)*[^\W_](?:[\w-]*[^\W_])?"
)


class OwnMarkup(str):
    """Markup that this package made: plain text in a text part, its ``html`` in an HTML part.

    Only values of this type may be anything but data between triple braces.
    """

    html: Markup

    @classmethod
    def of(cls, text: str, html: Markup) -> Self:
        """``text`` for text parts, ``html``, already escaped, for HTML parts."""
        value = cls(text)
        value.html = html
        return value

    def __html__(self) -> str:
        return self.html


def pay_button(url: str | None, language: str) -> OwnMarkup:
    """A link styled as a button, in a text part the plain URL; empty where there is no URL."""
    if not url:
        return OwnMarkup.of("", Markup())
    label = BUTTON_LABELS.get(language.split("-")[0].lower(), BUTTON_LABELS["en"])
    return OwnMarkup.of(url, Markup('<a href="{}" style="{}">{}</a>').format(url, BUTTON_STYLE, label))


def multi_line(lines: tuple[str, ...]) -> OwnMarkup:
    """Lines that stay lines wherever they land: newlines in text, ``<br>`` in HTML."""
    return OwnMarkup.of("\n".join(lines), Markup("<br>\n").join(escape(line) for line in lines))


def clean_line(value: str | None) -> str:
    """One line of text from outside: no control, reordering or private characters, no lone surrogates, single spaces.

    None becomes the empty string. What is left fits in a mail header, in XML and in UTF-8.
    """
    if not value:
        return ""
    if value.isascii() and value.isprintable():
        return " ".join(value.split())
    kept = (
        " " if character.isspace() or unicodedata.category(character) == "Cc" else character
        for character in value
        if character not in _REORDERING and unicodedata.category(character) not in ("Cs", "Co")
    )
    return " ".join("".join(kept).split())


def web_address(value: str | None) -> str | None:
    """``value`` if it is an http or https URL without spaces, else None: ``javascript:`` never becomes a link."""
    url = (value or "").strip()
    if not url.lower().startswith(("https://", "http://")) or clean_line(url) != url or " " in url:
        return None
    return url


def email_address(value: str | None) -> str | None:
    """``value`` if it can be an e-mail address, else None. Its domain may be written in any script."""
    text = (value or "").strip()
    return (
        text
        if len(text) <= 254 and ".." not in text and _ADDRESS.fullmatch(text) and clean_line(text) == text
        else None
    )
