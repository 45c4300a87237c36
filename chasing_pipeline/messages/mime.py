"""An e-mail as bytes, made once: the same action always gives the same bytes.

Belongs here: headers, parts and boundaries. Does not belong here: the words (``compose``) and SMTP (``channels``).
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage, MIMEPart
from email.policy import Policy
from email.utils import format_datetime
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


_REGISTRY = HeaderRegistry()
for _name in ("message-id", "in-reply-to", "references", "list-unsubscribe"):
    _REGISTRY.map_to_type(_name, _AsItIs)  # type: ignore[arg-type]
_POLICY = policy.SMTP.clone(header_factory=_REGISTRY)


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
        """The Message-ID, angle brackets included: a function of the action and the sender's domain."""
        return f"<{identifier(self.action_id)}@{self.sender.domain}>"


def mime_bytes(draft: Draft) -> bytes:
    """The complete RFC 5322 message, lines ending in CRLF, boundaries and identifiers a function of the action id."""
    digest = hashlib.sha256(draft.action_id.encode()).hexdigest()
    message = EmailMessage(policy=_POLICY)
    message["From"] = draft.sender
    message["To"] = draft.recipient
    if draft.reply_to is not None and draft.reply_to.addr_spec != draft.sender.addr_spec:
        message["Reply-To"] = draft.reply_to
    message["Subject"] = header_text(draft.subject)
    message["Date"] = format_datetime(draft.sent_at)
    message["Message-ID"] = draft.message_id
    _thread(message, draft.earlier_message_ids)
    _offer_to_unsubscribe(message, draft.unsubscribe)
    # Says to holiday notices and other robots that nobody waits for their answer (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(draft.text, cte="quoted-printable")
    message.add_alternative(draft.html, subtype="html", cte="quoted-printable")
    for part in message.iter_parts():
        part["Content-Language"] = draft.language
    for name, content in draft.attachments:
        message.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{digest[:32]}_{number}")
    _drop_repeated_versions(message)
    return _checked(message)


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


def _checked(message: EmailMessage) -> bytes:
    """The message's bytes, if its header is exactly the fields that were set: a second lock on the same door."""
    content = message.as_bytes()
    lines = content.partition(b"\r\n\r\n")[0].split(b"\r\n")
    written = [line.partition(b":")[0].decode("ascii", "replace") for line in lines if line[:1] not in (b" ", b"\t")]
    if written != message.keys():
        raise UnsendableMessage("a name or the subject contains what an e-mail's header can't hold")
    return content


def _thread(message: EmailMessage, earlier: tuple[str, ...]) -> None:
    """Say what this message follows, so that mail programs show one conversation (RFC 5322, 3.6.4)."""
    earlier = tuple(found for found in dict.fromkeys(earlier) if _MESSAGE_ID.fullmatch(found))
    if not earlier:
        return
    message["In-Reply-To"] = earlier[-1]
    # The first tells the conversation, the last ones its course; in between nobody looks.
    message["References"] = " ".join(
        earlier if len(earlier) <= _REFERENCES else (earlier[0], *earlier[1 - _REFERENCES :])
    )


def _offer_to_unsubscribe(message: EmailMessage, addresses: tuple[str, ...]) -> None:
    if addresses:
        message["List-Unsubscribe"] = ", ".join(f"<{address}>" for address in addresses)
    if any(address.startswith("https://") for address in addresses):
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def identifier(action_id: str) -> str:
    """``action_id`` as the left side of an address; one with other characters than letters and digits is hashed."""
    if re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", action_id):
        return action_id
    return hashlib.sha256(action_id.encode()).hexdigest()


def _drop_repeated_versions(message: EmailMessage) -> None:
    """MIME-Version belongs at the top alone; the standard library leaves it on some parts."""
    for part in message.walk():
        if part is not message and isinstance(part, MIMEPart):
            del part["MIME-Version"]
