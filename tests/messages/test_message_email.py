"""What an e-mail carries besides its words: the thread, the way out, the return path, the invoices."""

import email
import email.policy
import io
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from chasing_pipeline.domain.action import MessageFacts
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.message import Email
from chasing_pipeline.domain.settings import Settings
from chasing_pipeline.files import shipped
from chasing_pipeline.messages.attachments import joined
from chasing_pipeline.messages.bodies import tidy
from chasing_pipeline.messages.compose import compose
from chasing_pipeline.messages.library import TemplateLibrary
from chasing_pipeline.messages.links import SANDBOX_SECRET, verify_unsubscribe
from chasing_pipeline.messages.mail_html import mail_faults, mail_ready
from tests.messages.pdf_text import pdf_pages, runs

Facts = Callable[..., MessageFacts]
Templates = Callable[[dict[str, str]], TemplateLibrary]


@pytest.fixture
def send(facts: Facts, settings: Settings) -> Callable[..., tuple[Email, EmailMessage]]:
    library = TemplateLibrary(shipped("data") / "templates", "en")

    def send(changes: dict[str, Any] | None = None, **arguments: Any) -> tuple[Email, EmailMessage]:
        found = arguments.pop("facts", None) or facts(**({"template": "t"} if "library" in arguments else {}))
        used = arguments.pop("library", library)
        message = compose(found, settings.model_copy(update=changes or {}), used, **arguments)
        assert isinstance(message, Email)
        parsed = email.message_from_bytes(message.content, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        return message, parsed

    return send


Send = Callable[..., tuple[Email, EmailMessage]]


def test_the_message_id_is_in_the_bytes_and_bounces_come_to_the_sender(send: Send) -> None:
    message, parsed = send()
    assert message.message_id == parsed["Message-ID"] == "<a1b2c3@northwind.example>"
    assert message.return_path == "ar@northwind.example"


def test_a_bounce_says_what_bounced_where_an_address_is_set(send: Send, settings: Settings) -> None:
    sender = settings.senders.email
    assert sender is not None
    own = sender.model_copy(update={"return_path": "bounces@mail.northwind.example"})
    message, _ = send({"senders": settings.senders.model_copy(update={"email": own})})
    assert message.return_path == "bounces+a1b2c3@mail.northwind.example"


def test_a_follow_up_belongs_to_the_thread_of_its_cycle(send: Send) -> None:
    assert send()[1]["In-Reply-To"] is None
    _, parsed = send(earlier_message_ids=["<one@northwind.example>", "<two@northwind.example>"])
    assert parsed["In-Reply-To"] == "<two@northwind.example>"
    assert parsed["References"] == "<one@northwind.example> <two@northwind.example>"


def test_a_long_thread_keeps_its_first_message_and_the_latest(send: Send) -> None:
    earlier = [f"<m{number}@northwind.example>" for number in range(30)]
    references = str(send(earlier_message_ids=earlier)[1]["References"]).split()
    assert (references[0], references[-1], len(references)) == (earlier[0], earlier[-1], 10)


def test_what_is_no_message_id_does_not_get_into_the_header(send: Send) -> None:
    _, parsed = send(earlier_message_ids=["<a@b.example>\r\nBcc: eve@evil.example", "x"])
    assert parsed["In-Reply-To"] is None
    assert parsed["Bcc"] is None


def test_one_click_unsubscribes_where_there_is_a_page_for_it(send: Send) -> None:
    _, parsed = send({"unsubscribe_url": "https://pay.northwind.example/stop/{customer_number}?k={token}"})
    page, mail = str(parsed["List-Unsubscribe"]).split(", ")
    assert page.startswith("<https://pay.northwind.example/stop/C-1001?k=")
    assert verify_unsubscribe(page[1:-1].partition("k=")[2], SANDBOX_SECRET) == ("C-1001", "a1b2c3")
    assert mail == "<mailto:owner@northwind.example?subject=unsubscribe%20C-1001>"
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_links_and_identifiers_stand_in_the_header_as_they_are(send: Send) -> None:
    url = f"https://pay.northwind.example/{'unsubscribe/' * 8}{{token}}"
    earlier = f"<{'m' * 90}@{'long-' * 10}name.example>"
    message, _ = send({"unsubscribe_url": url}, earlier_message_ids=[earlier])
    head = message.content.split(b"\r\n\r\n")[0].decode("ascii")
    assert "=?" not in head.replace("=?utf-8?q?=C2=A3", "")
    assert f"\r\nIn-Reply-To: {earlier}\r\nReferences: {earlier}\r\n" in head
    assert f"\r\nList-Unsubscribe: <{url.partition('{')[0]}" in head
    assert "\r\nMessage-ID: <a1b2c3@northwind.example>\r\n" in head


@pytest.mark.parametrize("number", ["C-1001", "9" * 2000])
def test_no_line_is_longer_than_mail_servers_take(send: Send, facts: Facts, number: str) -> None:
    invoices = tuple(replace(line, reference="N" * 300) for line in facts().invoices)
    long = replace(facts(customer={"customer_number": number}, invoices=invoices), attach_invoices=True)
    long = replace(long, action=replace(long.action, customer_number=number))
    message, _ = send({"unsubscribe_url": None}, facts=long)
    _, _, parts = message.content.partition(b"\r\n\r\n")
    assert max(map(len, parts.split(b"\r\n"))) <= (76 if number == "C-1001" else 200)


def test_text_comes_out_of_its_encoding_as_it_went_in(send: Send, templates: Templates) -> None:
    words = "a = b \n.\nFrom x\n--=_x\n" + "é" * 200 + " \tend\n"
    library = templates({"t/subject.txt": "x", "t/body.txt": words})
    _, parsed = send(library=library)
    body = parsed.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == tidy(words).splitlines()


def test_a_language_is_one_line_of_a_header(send: Send, facts: Facts) -> None:
    _, parsed = send(facts=facts(language="en-GB\r\nX-Evil: yes"))
    (first, *_) = [part for part in parsed.walk() if not part.is_multipart()]
    assert set(first.keys()) == {"Content-Type", "Content-Transfer-Encoding", "Content-Language"}


def test_without_a_page_a_mail_unsubscribes(send: Send) -> None:
    _, parsed = send()
    assert parsed["List-Unsubscribe"] == "<mailto:owner@northwind.example?subject=unsubscribe%20C-1001>"
    assert parsed["List-Unsubscribe-Post"] is None


def test_without_a_secret_nobody_is_unsubscribed_by_a_link(send: Send) -> None:
    _, parsed = send({"unsubscribe_url": "https://pay.northwind.example/stop"}, secret=None)
    assert parsed["List-Unsubscribe-Post"] is None


def test_the_account_owner_reads_the_answers_before_anybody_else(send: Send, settings: Settings) -> None:
    sender = settings.senders.email
    assert sender is not None
    own = sender.model_copy(update={"reply_to": "team@northwind.example"})
    changes = {"senders": settings.senders.model_copy(update={"email": own})}
    assert send(changes)[1]["Reply-To"] == "owner@northwind.example"


def attached(parsed: EmailMessage) -> bytes:
    (attachment,) = parsed.iter_attachments()
    content = attachment.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def a_pdf(words: str) -> bytes:
    """A page of its own size, so that it is known again."""
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(100 + len(words), 200))
        out = io.BytesIO()
        document.save(out, deterministic_id=True)
    return out.getvalue()


def sizes(pdf: bytes) -> list[int]:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return [int(page.mediabox[2]) for page in document.pages]


def test_all_invoices_come_as_one_statement_where_the_extract_has_no_pdf(send: Send, facts: Facts) -> None:
    asked = replace(facts(), attach_invoices=True)
    _, parsed = send(facts=asked)
    (page,) = pdf_pages(attached(parsed))
    assert {"INV-1", "INV-2", "£1,200.00"} <= set(page.splitlines())
    assert "Remittance slip" not in page  # nobody tears anything off a file
    assert send(facts=asked)[0] == send(facts=asked)[0]


def test_a_statement_begins_below_a_letterhead_however_long(send: Send, facts: Facts, settings: Settings) -> None:
    company = settings.company.model_copy(update={"name": "A Company of Many Words " * 12})
    customer = {"customer_number": "C" * 45, "payment_terms": "Net 30 days after the end of the month " * 3}
    _, parsed = send({"company": company}, facts=replace(facts(customer=customer), attach_invoices=True))
    written = runs(attached(parsed))
    (head,) = {run.height for run in written if run.text == "Invoice"}
    lowest_fact = next(run.height for run in reversed(written) if "end of the month" in run.text)
    assert head < lowest_fact


def test_a_mail_of_300_invoices_is_not_cut_off_by_mail_programs(send: Send, facts: Facts) -> None:
    line = replace(facts().invoices[0], url="https://erp.customer.example/invoices/2026/INV-00001")
    _, parsed = send(facts=facts(invoices=(line,) * 300))
    page = parsed.get_body(("html",))
    assert page is not None
    assert len(page.get_content().encode()) < 102_000


def test_the_customers_own_invoices_come_as_one_pdf(send: Send, facts: Facts, tmp_path: Path) -> None:
    lines = []
    for name, line in zip(("a", "bb"), facts().invoices, strict=True):
        (tmp_path / f"{name}.pdf").write_bytes(a_pdf(name))
        lines.append(replace(line, pdf=f"{name}.pdf"))
    asked = replace(facts(invoices=tuple(lines)), attach_invoices=True, extract=tmp_path)
    assert sizes(attached(send(facts=asked)[1])) == [101, 102]


@pytest.mark.parametrize("path", ["gone.pdf", "../outside.pdf", "/etc/passwd", "broken.pdf", ""])
def test_a_statement_stands_in_for_a_pdf_that_cannot_be_used(
    send: Send, facts: Facts, tmp_path: Path, path: str
) -> None:
    extract = tmp_path / "extract"
    extract.mkdir()
    (tmp_path / "outside.pdf").write_bytes(a_pdf("x"))
    (extract / "broken.pdf").write_bytes(b"%PDF-1.7 no")
    (extract / "a.pdf").write_bytes(a_pdf("a"))
    first, second = facts().invoices
    lines = (replace(first, pdf="a.pdf"), replace(second, pdf=path))
    asked = replace(facts(invoices=lines), attach_invoices=True, extract=extract)
    found = sizes(attached(send(facts=asked)[1]))
    assert len(found) == 2
    assert found[1] == 101


def test_pdfs_are_joined_the_same_way_every_time() -> None:
    assert joined([a_pdf("a"), a_pdf("bb")]) == joined([a_pdf("a"), a_pdf("bb")])


def test_rules_go_into_the_elements_and_rules_for_dark_screens_stay() -> None:
    html = "<html><head><style>p { color: red } @media (x) { p { color: blue } }</style></head><p>a</p></html>"
    ready = mail_ready(html)
    assert '<p style="color: red;">a</p>' in ready
    assert "@media (x)" in ready


@pytest.mark.parametrize(
    "html",
    [
        '<img src="https://pixel.example/1.gif">',
        "<script>alert(1)</script>",
        '<link rel="stylesheet" href="x.css">',
        "<style>@import 'x.css'</style>",
        '<p style="background:url(https://x.example/a.png)">',
        '<table background="http://x.example/a.png">',
        '<a onclick="x()">',
    ],
)
def test_what_a_mail_program_would_not_show_is_a_fault(templates: Templates, html: str) -> None:
    assert len(mail_faults(html)) == 1
    library = templates({"t/subject.txt": "x", "t/body.html": html + "text"})
    assert [problem.file for problem in library.check("t", Channel.EMAIL, [])] == ["templates/t/body.html"]
