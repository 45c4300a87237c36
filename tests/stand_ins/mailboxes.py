"""The mail that was accepted, as envelopes, and the two mailboxes that show it: the archive and the bounces.

Does not belong here: SMTP and IMAP.
"""

import base64
import hashlib
import json
import uuid
from collections.abc import Mapping
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any

from .store import Clock, Record, Store, instant

ARCHIVE_ADDRESS = "archive@acme.example"
ARCHIVE, BOUNCES = "Archive", "Bounces"


class Mail:
    """``bounces``: recipients whose mail comes back, with the status (``5.1.1``, or ``4.x.x`` for a delay).

    What goes to ``archive_address`` shows up in the mailbox Archive, what comes back in Bounces.
    """

    def __init__(
        self,
        store: Store | None = None,
        clock: Clock | None = None,
        *,
        archive_address: str = ARCHIVE_ADDRESS,
        bounces: Mapping[str, str] | None = None,
    ) -> None:
        self.store, self.clock = store or Store(), clock or Clock()
        self.archive_address = archive_address
        self.bounces = dict(bounces or {})

    @property
    def messages(self) -> list[Record]:
        """The messages that were accepted, with their envelopes, in that order; ``content`` is in base64."""
        return self.store.all("mail")

    def accept(self, sender: str, recipients: Mapping[str, Mapping[str, str]], content: bytes, **more: Any) -> Record:
        """Take responsibility for a message, and let it come back where it must."""
        record = self._keep("mail", sender, list(recipients), content, **more)
        for recipient, options in recipients.items():
            status = self.bounces.get(recipient)
            if status is not None and sender and options.get("NOTIFY", "FAILURE").upper() != "NEVER":
                self.bounce(record, recipient, status)
        return record

    def bounce(self, record: Record, recipient: str, status: str = "5.1.1") -> None:
        """Put a delivery status notification (RFC 3464) for a message into the bounce mailbox."""
        content = notification(record, recipient, status, format_datetime(instant(self.clock.now())))
        self._keep("bounces", "", [record["sender"]], content)

    def mailbox(self, name: str, lag: float) -> list[Record] | None:
        """What a mailbox holds by now, or None where there is no such mailbox."""
        until = self.clock.now() - lag
        match name.upper():
            case "ARCHIVE":
                kept = [mail for mail in self.messages if self.archive_address in mail["recipients"]]
            case "BOUNCES" | "INBOX":
                kept = self.store.all("bounces")
            case _:
                return None
        return [mail for mail in kept if mail["at"] <= until]

    def mark_seen(self, record: Record, is_seen: bool) -> None:
        """Set or clear a message's Seen flag."""
        self.store.put("bounces" if record["kind"] == "bounces" else "mail", record["id"], {**record, "seen": is_seen})

    def _keep(self, kind: str, sender: str, recipients: list[str], content: bytes, **more: Any) -> Record:
        head = BytesHeaderParser().parsebytes(content)
        record = {
            "id": uuid.uuid4().hex,
            "kind": kind,
            "at": self.clock.now(),
            "sender": sender,
            "recipients": recipients,
            "message_id": str(head["Message-ID"] or "").strip(),
            "subject": str(head["Subject"] or ""),
            "sha256": hashlib.sha256(content).hexdigest(),
            "content": base64.b64encode(content).decode(),
            "seen": False,
            **more,
        }
        self.store.put(kind, record["id"], record)
        return record


def content_of(record: Record) -> bytes:
    """The message itself, as it came."""
    return base64.b64decode(record["content"])


def notification(record: Record, recipient: str, status: str, date: str) -> bytes:
    """A delivery status notification as relays send it: words, the status, the head of the original."""
    original = content_of(record)
    action, words = ("delayed", "is delayed") if status.startswith("4") else ("failed", "could not be delivered")
    report = EmailMessage(SMTP)
    report["From"] = "MAILER-DAEMON@relay.example"
    report["To"] = record["sender"]
    report["Subject"] = f"Delivery status notification ({action})"
    report["Date"] = date
    report["Message-ID"] = f"<{uuid.uuid4().hex}@relay.example>"
    report["Auto-Submitted"] = "auto-replied"
    fields = {
        "Reporting-MTA": "dns; relay.example",
        **({"Original-Envelope-Id": record["envelope_id"]} if record.get("envelope_id") else {}),
        "Arrival-Date": date,
        "": "",
        "Final-Recipient": f"rfc822; {parseaddr(recipient)[1] or recipient}",
        "Action": action,
        "Status": status,
        "Diagnostic-Code": f"smtp; {'451' if action == 'delayed' else '550'} {status} mailbox unavailable",
    }
    delivery = "".join(f"{name}: {value}\r\n" if name else "\r\n" for name, value in fields.items())
    head = original.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    boundary = f"report-{uuid.uuid4().hex}"
    report["MIME-Version"] = "1.0"
    report["Content-Type"] = f'multipart/report; report-type=delivery-status; boundary="{boundary}"'
    parts = {
        "text/plain; charset=us-ascii": f"Your message to {recipient} {words}.\r\n".encode(),
        "message/delivery-status": delivery.encode(),
        "text/rfc822-headers": head,
    }
    body = b"".join(
        f"--{boundary}\r\nContent-Type: {kind}\r\n\r\n".encode() + part + b"\r\n" for kind, part in parts.items()
    )
    return bytes(report).partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + body + f"--{boundary}--\r\n".encode()


def described(record: Record) -> str:
    """A message on one line."""
    return f"mail   {', '.join(record['recipients'])}  {json.dumps(record['subject'])}  {record['message_id']}"
