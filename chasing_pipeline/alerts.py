"""Telling somebody that a run failed: one e-mail with the job, the run, its days, and where to look.

It holds what this program says itself; of any other error only its kind, for its words may quote a secret, a name or
a message. Does not belong here: messages to customers (``channels``).
"""

import os
import smtplib
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path

from chasing_pipeline.channels.mail_servers import MailServer, UnusableURL, smtp_server
from chasing_pipeline.domain.settings import Settings
from chasing_pipeline.engine.warehouse import write_text

SECONDS = 30


@dataclass(frozen=True)
class FailedRun:
    """A run that failed: ``days`` as the orchestrator tags them; ``reasons``: a sentence or a kind of error each."""

    run_id: str
    job: str
    days: str
    reasons: tuple[str, ...]


class AlertNotSent(Exception):
    """Nobody could be told; the message says why, without a secret."""


def alert(failed: FailedRun, settings: Settings, outbox: Path) -> str:
    """Tell ``alerts.email``; return what was done. In sandbox mode it is a file below ``outbox/alerts``.

    Raises AlertNotSent.
    """
    to = settings.alerts.email
    if to is None:
        return "alerts.email is not set: nobody is told."
    if settings.mode == "sandbox":
        path = outbox / "alerts" / f"{failed.run_id}.eml"
        write_text(path, bytes(composed(failed, settings, to)))
        return f"written to {path.relative_to(outbox.parent)}"
    if not os.environ.get("SMTP_URL"):
        return "SMTP_URL is not set: nobody is told."
    _send(composed(failed, settings, to))
    return f"sent to {to}"


def composed(failed: FailedRun, settings: Settings, to: str) -> EmailMessage:
    """The e-mail."""
    sender = settings.senders.email
    message = EmailMessage()
    message["Subject"] = f"{failed.job} failed{f' for {failed.days}' if failed.days else ''}: {settings.company.name}"
    message["From"] = sender.address if sender else to
    message["To"] = to
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = make_msgid(idstring=failed.run_id, domain=str(message["From"]).partition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    lines = [f"The run {failed.run_id} of {failed.job} failed.", "", *failed.reasons, ""]
    lines += ["Nothing is sent for a day whose plan failed, and nothing is sent twice.", ""]
    lines += ["Look at the run: chasing ui, then Runs. When the cause is mended: chasing run.", ""]
    message.set_content("\n".join(lines))
    return message


def _send(message: EmailMessage) -> None:
    try:
        server = smtp_server(os.environ["SMTP_URL"])
    except UnusableURL as error:
        raise AlertNotSent(str(error)) from None
    try:
        with _connected(server) as connection:
            connection.send_message(message)
    except (smtplib.SMTPException, OSError) as error:
        raise AlertNotSent(f"SMTP server {server.place}: {type(error).__name__}") from None


def _connected(server: MailServer) -> smtplib.SMTP:
    if server.tls:
        connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=server.context())
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
    if server.starttls:
        connection.starttls(context=server.context())
    if server.user is not None:
        connection.login(server.user, server.password.get_secret_value())
    return connection
