"""Not a cent and not a day is lost between the extract and the message: added up again from the files themselves."""

import csv
import email
import email.policy
import re
import shutil
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from email.message import EmailMessage

import pytest
from babel.dates import format_date
from babel.numbers import format_currency

from chasing_pipeline.dispatching.recheck import fresh_plan
from chasing_pipeline.domain.action import MessageFacts
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.message import AutoCall, Email, Letter, TextMessage
from chasing_pipeline.domain.settings import Settings
from chasing_pipeline.messages.compose import compose
from chasing_pipeline.messages.formats import locale_of, regional
from chasing_pipeline.messages.library import TemplateLibrary
from chasing_pipeline.messages.speech import spelled
from chasing_pipeline.resources.chasing import Chasing
from tests.conftest import GENERATED, SAMPLE, SAMPLE_DAY, plan_day
from tests.messages.pdf_text import pdf_pages

SIGN = {"payment": 1, "credit_note": 1, "write_off": 1, "refund": -1, "reversal": -1}


@dataclass(frozen=True)
class Item:
    """An invoice or an instalment, as the files have it."""

    amount: Decimal
    open: Decimal
    issued: date
    due: date


Extract = dict[str, Item]
Day = tuple[list[MessageFacts], Settings]


def rows(table: str) -> list[dict[str, str]]:
    with (SAMPLE / "extracts" / SAMPLE_DAY.isoformat() / f"{table}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def extract() -> Extract:
    """By reference: amount, what is open on the sample day, issue and due date; from the CSV files alone."""
    paid: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows("transactions"):
        if re.fullmatch(r"\d{4}-(0\d|1[0-2])-([0-2]\d|3[01])", row["date"]) and row["date"] <= SAMPLE_DAY.isoformat():
            paid[row["invoice_number"]] += SIGN[row["type"]] * Decimal(row["amount"])
    found = {}
    for row in sorted(rows("invoices"), key=lambda row: (row["due_date"], row["instalment"])):
        number = row["invoice_number"]
        amount = Decimal(row["amount"])
        reference = f"{number}#{row['instalment']}" if row["instalment"] else number
        if reference in found:
            continue  # exported twice
        # what was paid on an invoice with instalments goes to them by due date
        settled = min(paid[number], amount) if row["instalment"] else paid[number]
        paid[number] -= settled
        dates = (date.fromisoformat(row["issue_date"]), date.fromisoformat(row["due_date"]))
        found[reference] = Item(amount, amount - settled, *dates)
    return found


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """The facts of every message of the sample day."""
    root = tmp_path_factory.mktemp("amounts") / "home"
    shutil.copytree(SAMPLE, root, ignore=GENERATED)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CHASING_LEDGER_URL", raising=False)
        chasing = Chasing(root, SAMPLE_DAY)
        plan_day(chasing)
        actions, _ = chasing.planned_actions(SAMPLE_DAY)
        with fresh_plan(chasing.home, chasing.ledger, SAMPLE_DAY, lambda _: None) as fresh:
            facts = [fresh.facts(action.action_id) for action in actions if action.status == "ready"]
        chasing.ledger.close()
    return [found for found in facts if found is not None], chasing.home.settings


def as_channel(facts: MessageFacts, channel: Channel) -> MessageFacts:
    """The same facts on another channel, with whatever that needs."""
    recipient = {Channel.EMAIL: "jane@acme.example", Channel.LETTER: "post"}.get(channel, "+447700900123")
    action = replace(facts.action, channel=channel, recipient=recipient, template="overdue-many")
    customer = facts.customer
    customer = replace(customer, address1=customer.address1 or "1 High Street", country=customer.country or "GB")
    return replace(facts, action=action, customer=customer)


class Written:
    """How the reader of a message writes amounts and dates; spaces are plain ones, as in ``plain``."""

    def __init__(self, facts: MessageFacts) -> None:
        self._locale = locale_of(regional(facts.action.language, facts.customer.country))
        self._currency = facts.action.currency

    def money(self, amount: Decimal) -> str:
        return plain(format_currency(amount, self._currency, locale=self._locale))

    def day(self, day: date) -> str:
        return plain(format_date(day, locale=self._locale))


def plain(text: str) -> str:
    """Text with one kind of space, and without the invisible ones."""
    return re.sub(r"[\u00a0\u202f\t ]+", " ", text.replace("&nbsp;", "\u00a0").replace("\r", ""))


def lines_of_html(html: str) -> list[str]:
    """What each row of a table says."""
    rows = re.split(r"<tr\b", html)
    return [plain(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", f"<{row.partition('</tr>')[0]}"))) for row in rows]


@pytest.fixture(scope="module")
def library() -> TemplateLibrary:
    return TemplateLibrary(SAMPLE / "templates", "en")


def test_there_is_something_to_add_up(day: Day) -> None:
    facts, _ = day
    assert len(facts) > 25
    assert {found.action.language for found in facts} == {"en", "fr", "de", "es"}
    assert {found.action.currency for found in facts} >= {"GBP", "EUR", "USD"}


def test_every_email_shows_what_the_extract_says(day: Day, extract: Extract, library: TemplateLibrary) -> None:
    facts, settings = day
    for found in (as_channel(each, Channel.EMAIL) for each in facts):
        message = compose(found, settings, library)
        assert isinstance(message, Email)
        content = email.message_from_bytes(message.content, policy=email.policy.default)
        assert isinstance(content, EmailMessage)
        written = Written(found)
        for kind in ("plain", "html"):
            part = content.get_body((kind,))
            assert part is not None
            text = str(part.get_content())
            lines = plain(text).splitlines() if kind == "plain" else lines_of_html(text)
            for reference in found.action.invoice_numbers:
                item = extract[reference]
                (line,) = [line for line in lines if re.search(rf"{re.escape(reference)}(?![#\w])", line)]
                for shown in (written.day(item.issued), written.day(item.due), written.money(item.open)):
                    assert shown in line
            assert any(written.money(found.action.balance) in line for line in lines[-12:])


def test_every_letter_shows_what_the_extract_says(day: Day, extract: Extract, library: TemplateLibrary) -> None:
    facts, settings = day
    for found in (as_channel(each, Channel.LETTER) for each in facts):
        letter = compose(found, settings, library)
        assert isinstance(letter, Letter)
        # runs are cut where a line may be broken, so what follows a reference is looked at without them
        text = plain("".join("".join(page.splitlines()) for page in pdf_pages(letter.pdf)))
        written, listed = Written(found), Decimal(0)
        for reference in found.action.invoice_numbers:
            item = extract[reference]
            row = (
                written.day(item.issued),
                written.day(item.due),
                written.money(item.amount),
                written.money(item.open),
            )
            assert reference + "".join(row) in text
            listed += item.open
        assert listed == sum((line.open_amount for line in found.invoices), Decimal(0))
        assert text.count(written.money(listed)) >= 1
        assert text.count(written.money(found.action.balance)) >= 2  # in the table and on the slip


def test_every_text_and_call_names_the_amounts(day: Day, extract: Extract, library: TemplateLibrary) -> None:
    facts, settings = day
    for each in facts:
        total = sum((extract[reference].open for reference in each.action.invoice_numbers), Decimal(0))
        text = compose(as_channel(each, Channel.SMS), settings, library)
        assert isinstance(text, TextMessage)
        assert Written(each).money(total) in plain(text.body)
        call = compose(as_channel(each, Channel.AUTO_CALL), settings, library)
        assert isinstance(call, AutoCall)
        paragraphs = call.text.split("\n\n")
        for reference in each.action.invoice_numbers[:5]:
            said = spelled(reference, regional(each.action.language, each.customer.country))
            (line,) = [line for line in paragraphs if re.search(rf"{re.escape(said)}(?!, N?n?u)", line)]
            whole, cents = divmod(int(extract[reference].open * 100), 100)
            assert re.search(rf"\b{whole} \D+{f'{cents} ' if cents else ''}", line), line
