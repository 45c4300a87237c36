"""Examples that are nobody's: a PDF, an address in the United States, speech markup, an e-mail, clients.

Numbers are from the ranges that regulators keep for fiction, domains end in ``.example``.
"""

import io
import smtplib
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pikepdf
import requests
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from .serving import client_context
from .smtp import SmtpStandIn
from .twilio import TwilioStandIn

OURS, THEIRS, OTHERS = "+442079460100", "+447700900123", "+447700900456"
TWIML = "<Response><Say>Your account is overdue.</Say></Response>"
ADDRESS = {
    "name": "Ann Example",
    "address_line1": "1 Trial Road",
    "address_city": "San Francisco",
    "address_state": "CA",
    "address_zip": "94107",
    "address_country": "US",
}
ADDRESS_ABROAD = {
    "company": "Beispiel GmbH",
    "address_line1": "Musterstraße 1",
    "address_city": "Berlin",
    "address_zip": "10115",
    "address_country": "DE",
}


def pdf(pages: int = 1, size: tuple[float, float] = (612, 792)) -> bytes:
    """Blank pages."""
    written = io.BytesIO()
    with pikepdf.new() as document:
        for _ in range(pages):
            document.add_blank_page(page_size=size)
        document.save(written)
    return written.getvalue()


def letter(**changes: Any) -> dict[str, Any]:
    """What ``lob.Letter.create`` takes for a letter that is fine; None takes something away."""
    file = io.BytesIO(changes.pop("file", None) or pdf())
    file.name = "letter.pdf"
    wanted = {
        "to_address": dict(ADDRESS),
        "from_address": dict(ADDRESS, name="Acme"),
        "file": file,
        "color": "false",
        "double_sided": "false",
        "use_type": "operational",
        "metadata": {"dispatch_id": "d1"},
        "timeout": 5,
        **changes,
    }
    return {name: value for name, value in wanted.items() if value is not None}


def twilio_client(stand_in: TwilioStandIn, timeout: float = 5) -> Client:
    """The SDK, pointed at a stand-in."""
    client = Client(stand_in.account_sid, stand_in.auth_token, http_client=TwilioHttpClient(timeout=timeout))
    client.api.base_url = stand_in.url
    return client


def close(client: Client) -> None:
    """Give back the SDK's connections, which it never does by itself."""
    session = client.http_client.session
    assert isinstance(session, requests.Session)
    session.close()


def email(message_id: str = "<1@acme.example>", to: str = "ann@customer.example") -> bytes:
    """A short e-mail with a line that begins with a dot."""
    message = EmailMessage(SMTP)
    message["From"], message["To"], message["Subject"] = "ar@acme.example", to, "Invoice 1 is overdue"
    message["Message-ID"] = message_id
    message.set_content("Dear Ann,\n.\nplease pay.\n")
    return bytes(message)


def smtp_client(stand_in: SmtpStandIn, password: str | None = None) -> smtplib.SMTP:
    """A connection to the relay, secured as it wants and logged in."""
    if stand_in.is_implicit_tls:
        connection = smtplib.SMTP_SSL("127.0.0.1", stand_in.port, timeout=5, context=client_context())
    else:
        connection = smtplib.SMTP("127.0.0.1", stand_in.port, timeout=5)
    try:
        if stand_in.offers_starttls:
            connection.starttls(context=client_context())
        connection.login(stand_in.user, password or stand_in.password)
    except BaseException:
        connection.close()
        raise
    return connection
