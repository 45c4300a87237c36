"""An SMTP relay that delivers nothing: it keeps what it accepts, with the envelope, and fails where it is told to.

Does not belong here: the conversation with a client (``smtp_session``), what becomes of the messages (``mailboxes``).
"""

from collections.abc import Mapping

from .faults import Faults
from .mailboxes import Mail
from .serving import LoopbackServer
from .smtp_session import SmtpSession
from .web import Received

USER, PASSWORD = "relay-user", "made-up-password-of-a-stand-in"


class SmtpStandIn(LoopbackServer):
    """``refusals``: the reply to RCPT for a recipient, like ``550 5.1.1 no such user``. ``mail``: where mail is kept.

    ``security``: ``none``, ``starttls`` (before AUTH, as relays want it) or ``tls`` from the first byte.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        faults: Faults | None = None,
        mail: Mail | None = None,
        received: Received | None = None,
        user: str = USER,
        password: str = PASSWORD,
        security: str = "starttls",
        refusals: Mapping[str, str] | None = None,
        most_bytes: int = 25_000_000,
    ) -> None:
        super().__init__(SmtpSession, port)
        self.faults, self.mail, self.received = faults or Faults(), mail or Mail(), received or (lambda _: None)
        self.user, self.password, self.most_bytes = user, password, most_bytes
        self.offers_starttls, self.is_implicit_tls = security == "starttls", security == "tls"
        self.needs_tls = security != "none"
        self.refusals = dict(refusals or {})

    def environment(self) -> dict[str, str]:
        """What to export so that the pipeline talks to it."""
        scheme, query = ("smtps", "") if self.is_implicit_tls else ("smtp", "?starttls=true" * self.offers_starttls)
        return {"SMTP_URL": f"{scheme}://{self.user}:{self.password}@127.0.0.1:{self.port}{query}"}
