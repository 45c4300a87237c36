"""A finished message as a person looks at it before it goes out: as text, as a page of HTML, as data.

Belongs here: showing. Does not belong here: making messages (``compose``) and where a preview is written (``cli``).
"""

import base64
import email
import email.policy
import json
from dataclasses import fields
from email.message import EmailMessage
from typing import Any

from markupsafe import Markup

from chasing_pipeline.domain.message import AutoCall, Email, Letter, Message, TextMessage
from chasing_pipeline.messages.segments import segments
from chasing_pipeline.messages.speech import PAUSE_SECONDS, seconds

_SHOWN_HEADERS = (
    *("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "List-Unsubscribe"),
    "List-Unsubscribe-Post",
)
_PAGE = Markup(
    '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title><style>{style}</style>'
    "</head><body>{body}</body></html>\n"
)
STYLE = Markup(
    "body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:1000px;padding:16px;color-scheme:light dark}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;font:14px/1.5 ui-monospace,monospace;background:#8881;"
    "padding:12px;border-radius:6px}iframe,object{width:100%;height:640px;border:1px solid #8886;border-radius:6px;"
    "background:#fff}dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:0 0 12px}dt{opacity:.7}"
    "dd{margin:0;overflow-wrap:anywhere}article{border-top:1px solid #8886;padding:16px 0}"
    ".pause{opacity:.6;font-style:italic}h2{font-size:18px;margin:0 0 8px}"
)


def shown_text(message: Message) -> str:
    """The message as its recipient reads or hears it, with what else is to be known before it."""
    head = "\n".join(f"{name}: {value}" for name, value in heading(message))
    return f"{head}\n\n{body_text(message).strip()}\n"


def shown_html(message: Message) -> str:
    """The message as a page of its own, which loads nothing from elsewhere."""
    return str(_PAGE.format(title="Preview", style=STYLE, body=fragment(message)))


def fragment(message: Message) -> Markup:
    """The message as a piece of HTML; an e-mail in a frame in which nothing runs."""
    rows = Markup("").join(Markup("<dt>{}</dt><dd>{}</dd>").format(name, value) for name, value in heading(message))
    return Markup("<dl>{}</dl>{}").format(rows, _body_html(message))


def heading(message: Message) -> list[tuple[str, str]]:
    """What is to be known before the message is read: to whom it goes, from whom, how long it is."""
    if isinstance(message, Email):
        found = _parsed(message)
        return [(name, str(found[name])) for name in _SHOWN_HEADERS if found[name]] + _attachments(found)
    if isinstance(message, TextMessage):
        counted = segments(message.body)
        parts = f"{counted.count} ({counted.encoding}, {len(message.body)} characters)"
        costly = [("Costly characters", counted.costly)] if counted.costly else []
        return [("To", message.to), ("From", message.sender or "-"), ("Parts", parts), *costly]
    if isinstance(message, AutoCall):
        length = f"about {seconds(message.text)} seconds, {len(message.twiml):,} characters of speech markup"
        return [("To", message.to), ("Caller", message.caller_id or "-"), ("Length", length)]
    if isinstance(message, Letter):
        return [("To", ", ".join(message.address))]
    return [("To-do of", message.assigned_to), ("Title", message.title)]


def body_text(message: Message) -> str:
    """What its recipient reads or hears, as text."""
    if isinstance(message, Email):
        return _part(message, "plain")
    if isinstance(message, TextMessage):
        return message.body
    if isinstance(message, AutoCall):
        return message.text.replace("\n\n", f"\n\n[pause {PAUSE_SECONDS} s]\n\n")
    if isinstance(message, Letter):
        return "A letter is a PDF: see it with --format pdf."
    return message.detail


def email_html(message: Email) -> str:
    """The HTML body as it was made."""
    return _part(message, "html")


def pdf_of(message: Message) -> bytes | None:
    """The letter, or what is attached to an e-mail; None where there is no PDF."""
    if isinstance(message, Letter):
        return message.pdf
    if isinstance(message, Email):
        for part in _parsed(message).iter_attachments():
            if part.get_content_type() == "application/pdf":
                return bytes(part.get_payload(decode=True))
    return None


def shown_json(message: Message) -> str:
    """The message's own fields, bytes as base64."""
    return json.dumps({"kind": type(message).__name__, **_plain(message)}, ensure_ascii=False, indent=1) + "\n"


def page(title: str, body: Markup) -> str:
    """A whole page around ``body``."""
    return str(_PAGE.format(title=title, style=STYLE, body=body))


def _attachments(found: EmailMessage) -> list[tuple[str, str]]:
    names = [str(part.get_filename()) for part in found.iter_attachments()]
    return [("Attached", ", ".join(names))] if names else []


def _body_html(message: Message) -> Markup:
    if isinstance(message, Letter):
        return _embedded(message.pdf)
    if isinstance(message, Email):
        attached = pdf_of(message)
        frame = Markup('<iframe sandbox="" title="HTML" srcdoc="{}"></iframe>').format(_part(message, "html"))
        text = Markup("<details><summary>Plain text</summary><pre>{}</pre></details>").format(_part(message, "plain"))
        return frame + text + (_embedded(attached) if attached is not None else Markup(""))
    return Markup("<pre>{}</pre>").format(body_text(message).strip())


def _embedded(pdf: bytes) -> Markup:
    link = f"data:application/pdf;base64,{base64.b64encode(pdf).decode()}"
    return Markup(
        '<object type="application/pdf" data="{0}"><a download="letter.pdf" href="{0}">Download the PDF</a></object>'
    ).format(link)


def _part(message: Email, kind: str) -> str:
    part = _parsed(message).get_body((kind,))
    return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""


def _parsed(message: Email) -> EmailMessage:
    found = email.message_from_bytes(message.content, policy=email.policy.default)
    if not isinstance(found, EmailMessage):
        raise TypeError("these bytes are no e-mail")
    return found


def _plain(record: Any) -> Any:
    if isinstance(record, bytes):
        return base64.b64encode(record).decode()
    if hasattr(record, "__dataclass_fields__"):
        return {field.name: _plain(getattr(record, field.name)) for field in fields(record)}
    return [_plain(item) for item in record] if isinstance(record, tuple) else record
