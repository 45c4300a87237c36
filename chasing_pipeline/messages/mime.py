"""An e-mail as bytes, made once: the same action always gives the same bytes.

Belongs here: headers, parts and boundaries. Does not belong here: the words (``compose``) and SMTP (``channels``).

The standard library puts names and subjects into headers, for that is an art. Parts are put together here: its
``EmailMessage`` took a fifth of an e-mail's time, most of it to parse again what had just been written.
"""

import base64
import binascii
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address, BaseHeader, HeaderRegistry
from email.policy import Policy
from email.utils import format_datetime
from functools import cache, lru_cache
from typing import Any

from chasing_pipeline.domain.message import UnsendableMessage
from chasing_pipeline.domain.settings import Settings
from chasing_pipeline.messages.markup import clean_line, email_address

_NAME_LENGTH = 200
_UNFOLDED_LENGTH = 60
_REFERENCES = 10
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+>")
_SPECIAL = re.compile(r'[<>@,;:"()\[\]\\]')


class _AsItIs:
    """A header of addresses and identifiers, broken between them only.

    The standard library encodes what is longer than a line as if it were words (Python 3.11.7), and no mail program
    looks for a link or a Message-ID in there.
    """

    max_count = 1

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        """What the header registry asks for: the value decoded, here as it stands."""
        kwds["decoded"] = value
        kwds["parse_tree"] = None

    def fold(self, *, policy: Policy) -> str:
        """The header's lines, one for each address."""
        return f"{self.name}: {f'{policy.linesep} '.join(str(self).split())}{policy.linesep}"  # type: ignore[attr-defined]


class _Registry(HeaderRegistry):
    @cache  # noqa: B019 - there is one registry, and it knows few names
    def __getitem__(self, name: str) -> type[BaseHeader]:
        """The class of the header ``name``; the standard library would make a new one each time."""
        return super().__getitem__(name)


_REGISTRY = _Registry()
for _name in (
    *("auto-submitted", "in-reply-to", "list-unsubscribe", "list-unsubscribe-post"),
    *("message-id", "mime-version", "references"),
):
    _REGISTRY.map_to_type(_name, _AsItIs)  # type: ignore[arg-type]
_POLICY = policy.SMTP.clone(header_factory=_REGISTRY)

Fields = dict[str, str]
"""The header's fields in their order; none comes twice."""


@dataclass(frozen=True)
class Draft:
    """What an e-mail is made of.

    ``attachments`` are (file name, PDF), ``unsubscribe`` the addresses that end such mail, ``earlier_message_ids``
    what this one follows up, oldest first.
    """

    action_id: str
    sender: Address
    recipient: Address
    reply_to: Address | None
    sent_at: datetime
    subject: str
    text: str
    html: str
    language: str
    attachments: tuple[tuple[str, bytes], ...] = ()
    unsubscribe: tuple[str, ...] = ()
    earlier_message_ids: tuple[str, ...] = ()

    @property
    def message_id(self) -> str:
        """The Message-ID, angle brackets included."""
        return message_id(self.action_id, self.sender)


def message_id(action_id: str, sender: Address) -> str:
    """The Message-ID of an action's e-mail, angle brackets included: a function of it and the sender's domain."""
    return f"<{identifier(action_id)}@{sender.domain}>"


def mime_bytes(draft: Draft) -> bytes:
    """The complete RFC 5322 message, lines ending in CRLF, boundaries and identifiers a function of the action id."""
    digest = hashlib.sha256(draft.action_id.encode()).hexdigest()
    boundaries = [f"=_{digest[:32]}_{number}" for number in range(2)]
    language = _header({"Content-Language": header_text(draft.language)})
    bodies = [_text_part("plain", draft.text, language), _text_part("html", draft.html, language)]
    if draft.attachments:
        alternative = _multipart("alternative", bodies, boundaries[1])
        content = _multipart("mixed", [alternative, *(_attachment(*one) for one in draft.attachments)], boundaries[0])
    else:
        content = _multipart("alternative", bodies, boundaries[0])
    return _header(_fields(draft)) + content


def _fields(draft: Draft) -> Fields:
    fields = {"From": str(draft.sender), "To": str(draft.recipient)}
    if draft.reply_to is not None and draft.reply_to.addr_spec != draft.sender.addr_spec:
        fields["Reply-To"] = str(draft.reply_to)
    return {
        **fields,
        "Subject": header_text(draft.subject),
        "Date": format_datetime(draft.sent_at),
        "Message-ID": draft.message_id,
        **_thread(draft.earlier_message_ids),
        **_ways_out(draft.unsubscribe),
        # Says to holiday notices and other robots that nobody waits for their answer (RFC 3834).
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
    }


def _header(fields: Fields) -> bytes:
    """The header's lines, if they are exactly the fields that were given: a second lock on the same door."""
    content = b"".join(_field(*field) for field in fields.items())
    lines = content.split(b"\r\n")[:-1]
    written = [line.partition(b":")[0].decode("ascii", "replace") for line in lines if line[:1] not in (b" ", b"\t")]
    if written != list(fields):
        raise UnsendableMessage("a name or the subject contains what an e-mail's header can't hold")
    return content


@lru_cache(maxsize=1000)
def _field(name: str, value: str) -> bytes:
    """A field's lines; those of the sender, the day and the language come with every message."""
    return _POLICY.fold_binary(*_POLICY.header_store_parse(name, value))


def _multipart(subtype: str, parts: list[bytes], boundary: str) -> bytes:
    """Parts, each with its own header, as one. ``boundary`` occurs in none: no encoding makes a line that begins so."""
    head = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n\r\n'.encode()
    line = f"--{boundary}".encode()
    return head + b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"


def _text_part(subtype: str, text: str, language: bytes) -> bytes:
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n'
    lines = b"".join(line + b"\r\n" for line in text.encode().splitlines())
    return head.encode() + language + b"\r\n" + binascii.b2a_qp(lines)


def _attachment(name: str, pdf: bytes) -> bytes:
    head = (
        "Content-Type: application/pdf\r\n"
        "Content-Transfer-Encoding: base64\r\n"
        f'Content-Disposition: attachment;\r\n filename="{name}"\r\n\r\n'
    )
    return head.encode() + base64.encodebytes(pdf).replace(b"\n", b"\r\n")


def address(name: str | None, value: str | None) -> Address:
    """A mailbox from outside data. Raises UnsendableMessage where ``value`` is no e-mail address."""
    checked = email_address(value)
    if checked is None:
        written = clean_line(value)
        raise UnsendableMessage(f"{written!r} is no e-mail address" if written else "there is no e-mail address")
    user, _, domain = checked.rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii").lower()
        return Address(display_name=_display_name(name, len(checked)), username=user, domain=domain)
    except (ValueError, UnicodeError) as error:
        raise UnsendableMessage(f"{checked!r} is no e-mail address") from error


def header_text(value: str | None) -> str:
    """``value`` as one line that a header can hold and nothing reads as more than text.

    The standard library decodes ``=?utf-8?q?=0D=0ABcc=3A?=`` when a header is set, and writes what it
    finds, line breaks included (Python 3.11.7), so that sequence is broken up.
    """
    return clean_line(value).replace("=?", "= ?")


def sender_address(settings: Settings) -> Address:
    """From whom e-mail comes: senders.email, else the company's own address, else one that leads nowhere."""
    sender, company = settings.senders.email, settings.company
    if sender is not None:
        return address(sender.name, sender.address)
    plain = unicodedata.normalize("NFKD", company.name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "company"
    return address(company.name, email_address(company.email) or f"accounts@{slug}.example")


def _display_name(name: str | None, address_length: int) -> str:
    """A name as it stands before an address.

    The standard library loses the quotes around a name when it folds a long line (Python 3.11.7), and
    then its commas and colons would make other addresses of it: a long name goes without them.
    """
    text = header_text(name)[:_NAME_LENGTH].rstrip()
    if len(text) + address_length <= _UNFOLDED_LENGTH and not set(text) & set('"\\'):
        return text
    return " ".join(_SPECIAL.sub(" ", text).split())


def _thread(earlier: tuple[str, ...]) -> Fields:
    """What says which messages this one follows, so that mail programs show one conversation (RFC 5322, 3.6.4)."""
    earlier = tuple(found for found in dict.fromkeys(earlier) if _MESSAGE_ID.fullmatch(found))
    if not earlier:
        return {}
    # The first tells the conversation, the last ones its course; in between nobody looks.
    kept = earlier if len(earlier) <= _REFERENCES else (earlier[0], *earlier[1 - _REFERENCES :])
    return {"In-Reply-To": earlier[-1], "References": " ".join(kept)}


def _ways_out(addresses: tuple[str, ...]) -> Fields:
    """What offers to unsubscribe: by mail or page, and by one click where there is a page (RFC 8058)."""
    fields: Fields = {}
    if addresses:
        fields["List-Unsubscribe"] = ", ".join(f"<{address}>" for address in addresses)
    if any(address.startswith("https://") for address in addresses):
        fields["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return fields


def identifier(action_id: str) -> str:
    """``action_id`` as the left side of an address; one with other characters than letters and digits is hashed."""
    if re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", action_id):
        return action_id
    return hashlib.sha256(action_id.encode()).hexdigest()
