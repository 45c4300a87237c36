"""Everything about mail in one: the relay, the mailboxes, and a control endpoint for both.

``/_control/bounces`` makes recipients bounce, ``/_control/refusals`` makes the relay refuse them.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .faults import Faults
from .imap import ImapStandIn
from .mailboxes import Mail
from .smtp import SmtpStandIn
from .web import Received, Reply, Request, WebStandIn, as_json


class MailStandIn(WebStandIn):
    """A relay (``smtp``) and mailboxes (``imap``) that share their messages (``mail``) and faults."""

    def __init__(
        self,
        *,
        port: int = 0,
        smtp_port: int = 0,
        imap_port: int = 0,
        faults: Faults | None = None,
        journal: Path | None = None,
        received: Received | None = None,
        security: str = "starttls",
        bounces: Mapping[str, str] | None = None,
        refusals: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(port=port, faults=faults, journal=journal, received=received)
        self.mail = Mail(self.store, self.clock, bounces=bounces)
        self.smtp = SmtpStandIn(
            port=smtp_port, mail=self.mail, received=received, security=security, refusals=refusals, faults=self.faults
        )
        imap_security = "none" if security == "none" else "tls"
        self.imap = ImapStandIn(self.mail, port=imap_port, security=imap_security, faults=self.faults)

    def start(self) -> "MailStandIn":
        self.smtp.start()
        self.imap.start()
        return super().start()

    def stop(self) -> None:
        try:
            self.smtp.stop()
        finally:
            try:
                self.imap.stop()
            finally:
                super().stop()

    def set_faults(self, faults: Faults) -> None:
        super().set_faults(faults)
        self.smtp.faults = self.imap.faults = faults

    def environment(self) -> dict[str, str]:
        """What to export so that the pipeline talks to it."""
        return self.smtp.environment() | self.imap.environment()

    def operation(self, request: Request) -> str:
        return "none"

    def answer(self, request: Request) -> Reply:
        return as_json(404, {})

    def failure(self, status: int) -> Reply:
        return as_json(status, {})

    def controlled(self, path: Sequence[str], given: dict[str, Any]) -> Any:
        match path:
            case ["bounces"]:
                self.mail.bounces.update(given)
                return self.mail.bounces
            case ["refusals"]:
                self.smtp.refusals.update(given)
                return self.smtp.refusals
        return super().controlled(path, given)
