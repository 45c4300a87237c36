"""Letters and statements as PDF pages: the figures formatted here, laid out by ``layout/statement.typ``.

Belongs here: what stands on a statement, and the one door to typst. Does not belong here: the words of a letter
(templates, ``blocks``) and addresses (``postal``).

Everything is handed over as data, so nothing in it is ever read as markup. Only the fonts that come with typst are
used, and those in the home's ``fonts/``: a statement looks the same on every machine. A PDF/A is made, which embeds
its fonts, and which typst refuses to make where a character is in none of them.
"""

import json
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

from chasing_pipeline.domain.action import InvoiceLine, MessageFacts
from chasing_pipeline.domain.message import UnsendableMessage
from chasing_pipeline.domain.settings import Settings
from chasing_pipeline.messages.blocks import LetterWords
from chasing_pipeline.messages.formats import date_text, locale_of, money_text
from chasing_pipeline.messages.markup import clean_line
from chasing_pipeline.messages.phones import readable_text
from chasing_pipeline.messages.words import words

Page = Literal["letter", "a4"]

BUCKETS = (("1-30", 1, 30), ("31-60", 31, 60), ("61-90", 61, 90), ("90+", 91, None))
"""The standard aging buckets, in days past due."""

_LETTER_COUNTRIES = frozenset(("US", "CA", "MX", "PR", "PH", "CO", "CL", "VE", "DO", "GT", "CR", "SV", "NI", "PA"))
_LAYOUT = Path(__file__).parent / "layout" / "statement.typ"
_FONTS = ("Libertinus Serif", "New Computer Modern", "DejaVu Sans Mono")
_ROWS_OF_A_PAGE = 25
"""How many invoices fit on a page without words around them."""
_ONE_PAGE = b"<</Type/Pages/Count 1/"
"""What typst writes into a PDF of one page; if it ever writes something else, PDFs stay right and take longer."""
_LONG = 24
_LONG_WORD = re.compile(rf"(?<!\S)(?!https?://)\S{{{_LONG},}}")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufeff]")
_DIGIT = re.compile("[0-9]")
_UNSHOWABLE = re.compile(r"the text `\"(.+?)\"` could not be displayed")


@dataclass(frozen=True)
class Envelope:
    """What shows in an envelope's windows; both empty where whoever prints the letter prints them.

    ``windowed``: whether there will be an envelope, so that the windows' place is kept and a slip can be torn off.
    """

    page: Page
    recipient: tuple[str, ...] = ()
    return_address: tuple[str, ...] = ()
    windowed: bool = True


def page_size(settings: Settings) -> Page:
    """The page letters are printed on: as set, else Letter live (Lob's), else what the sender's country uses."""
    sender = settings.senders.letter
    if sender is not None and sender.page is not None:
        return sender.page
    if settings.mode == "live":
        return "letter"
    country = sender.country if sender else settings.company.default_country
    return "letter" if country in _LETTER_COUNTRIES else "a4"


def statement_pdf(
    facts: MessageFacts,
    settings: Settings,
    language: str,
    *,
    letter: LetterWords,
    envelope: Envelope,
    fonts: Path | None = None,
) -> bytes:
    """The PDF of a letter, or of a statement without words; the same arguments give the same bytes.

    Raises UnsendableMessage where a character can't be shown in any font there is.
    """
    data = _data(facts, settings, language, letter, envelope)
    return typeset({**data, **(_slip(facts, settings, language) if envelope.windowed else {"slip": []})}, fonts)


def typeset(data: dict[str, Any], fonts: Path | None = None) -> bytes:
    """The PDF that the layout makes of ``data``. Raises UnsendableMessage, and RuntimeError on any warning.

    What looks short is laid out as one page first, in a tenth less time; what then takes more, with its pages counted.
    """
    if len(data["rows"]) <= _ROWS_OF_A_PAGE:
        pdf = _compiled({**data, "paged": False}, fonts)
        if _ONE_PAGE in pdf:
            return pdf
    return _compiled({**data, "paged": True}, fonts)


def _compiled(data: dict[str, Any], fonts: Path | None) -> bytes:
    import typst  # here, for it is not needed to plan

    try:
        pdf, warnings = _compiler(fonts).compile_with_warnings(
            _document(data), format="pdf", pdf_standards=["a-2b"], timestamp=0, pdf_tags=False
        )
    except typst.TypstError as error:
        unshowable = _UNSHOWABLE.search(error.message)
        if unshowable is None:
            raise
        raise UnsendableMessage(
            f"no font for letters has the character {unshowable[1]!r}; put one that has it into fonts/ in the home, "
            "or mend the data"
        ) from error
    if warnings or not isinstance(pdf, bytes):
        raise RuntimeError(f"typst: {'; '.join(warning.message for warning in warnings)}")
    return pdf


def _document(data: dict[str, Any]) -> bytes:
    """A document that is nothing but ``data``, in one string of JSON, shown by the layout.

    For each new ``sys.inputs`` typst would build its standard library anew, and evaluate the layout with it.
    """
    text = json.dumps(_breakable(data), ensure_ascii=False).replace("\\", "\\\\").replace('"', '\\"')
    return f'#import "{_LAYOUT.name}": laid-out\n#laid-out(json(bytes("{text}")))\n'.encode()


class _Compilers(threading.local):
    """One compiler a thread and folder of fonts: a compiler serves one caller at a time."""

    def __init__(self) -> None:
        self.by_fonts: dict[Path | None, Any] = {}


_COMPILERS = _Compilers()


def _compiler(fonts: Path | None) -> Any:
    import typst

    if fonts not in _COMPILERS.by_fonts:
        _COMPILERS.by_fonts[fonts] = typst.Compiler(
            font_paths=_fonts(fonts), ignore_system_fonts=True, root=str(_LAYOUT.parent)
        )
    return _COMPILERS.by_fonts[fonts]


@cache
def _fonts(folder: Path | None) -> Any:
    import typst

    paths = [folder] if folder is not None and folder.is_dir() else []
    return typst.Fonts(include_system_fonts=False, font_paths=paths)


def _breakable(value: Any) -> Any:
    """``value`` with places to break in overlong words: zero-width spaces, which no reader sees."""
    if isinstance(value, str):
        return value if len(value) < _LONG else _LONG_WORD.sub(_with_breaks, value)
    if isinstance(value, dict):
        return {key: _breakable(inner) for key, inner in value.items()}
    return [_breakable(inner) for inner in value] if isinstance(value, list | tuple) else value


def _with_breaks(word: re.Match[str]) -> str:
    return "\u200b".join(word[0][place : place + 12] for place in range(0, len(word[0]), 12))


def _data(
    facts: MessageFacts, settings: Settings, language: str, letter: LetterWords, envelope: Envelope
) -> dict[str, Any]:
    action, company, say = facts.action, settings.company, words(language)
    locale = locale_of(language)
    name, number = clean_line(company.name), clean_line(facts.customer.customer_number)
    day = date_text(action.action_date, language, "long")
    terms = clean_line(facts.customer.payment_terms)
    phone = readable_text(clean_line(company.phone), company.default_country)
    title = letter.title or say.statement
    facts_shown = [[say.date, day], [say.account, number], *([[say.terms, terms]] if terms else [])]
    return {
        "page": envelope.page,
        "windowed": envelope.windowed,
        "fonts": list(_FONTS),
        "lang": locale.language,
        "region": locale.territory or company.default_country,
        "title": title,
        "company": name,
        "letterhead": [line for line in (*map(clean_line, company.address), phone) if line],
        "recipient": list(envelope.recipient),
        "return_address": list(envelope.return_address),
        "facts": facts_shown,
        "facts_width": _label_width(facts_shown),
        "date": day,
        "day": [action.action_date.year, action.action_date.month, action.action_date.day],
        "continued": f"{title} · {clean_line(facts.customer.name)} ({number})",
        "footer": f"{name} · {say.account} {number}",
        "page_of": say.page_of,
        "blocks": [*letter.blocks, *([] if letter.has_table else [{"kind": "statement"}])],
        **_table(facts, language),
    }


def _table(facts: MessageFacts, language: str) -> dict[str, Any]:
    action, say = facts.action, words(language)
    total = sum((line.open_amount for line in facts.invoices), Decimal(0))
    balance = money_text(action.balance, action.currency, language)
    head = [say.invoice, say.issued, say.due, say.amount, say.open]
    rows = [_row(line, action.currency, language) for line in facts.invoices]
    return {
        "head": head,
        "rows": rows,
        "shapes": [[_shape(row[place]) for row in rows] for place in range(1, len(head))],
        "longest": max((len(row[0]) for row in rows), default=0),
        "is_plain": not any(_RIGHT_TO_LEFT.search("".join(row)) for row in rows),
        "totals": [
            *([[say.total, money_text(total, action.currency, language)]] if total != action.balance else []),
            [say.balance, balance],
        ],
        "aging_title": say.aging,
        "aging": aging(facts.invoices, action.currency, language),
    }


def _shape(text: str) -> str:
    """``text`` with all digits alike: in tabular figures, what is of one shape is equally wide."""
    return _DIGIT.sub("0", text)


def _row(line: InvoiceLine, currency: str, language: str) -> list[str]:
    return [
        clean_line(line.reference),
        date_text(line.issue_date, language),
        date_text(line.due_date, language),
        money_text(line.amount, currency, language),
        money_text(line.open_amount, currency, language),
    ]


def aging(invoices: Sequence[InvoiceLine], currency: str, language: str) -> list[list[str]]:
    """(bucket, sum of the open amounts in it) for the standard buckets; empty where nothing is listed."""
    if not invoices:
        return []
    say = words(language)
    names: dict[str | None, str] = {
        None: say.not_due,
        **{bucket: say.days.format(range=bucket) for bucket, _, _ in BUCKETS},
    }
    sums = dict.fromkeys(names, Decimal(0))
    for line in invoices:
        sums[_bucket(line.days_past_due or 0)] += line.open_amount
    return [[name, money_text(sums[bucket], currency, language)] for bucket, name in names.items()]


def _bucket(days_past_due: int) -> str | None:
    return next((name for name, first, last in BUCKETS if first <= days_past_due <= (last or days_past_due)), None)


def _slip(facts: MessageFacts, settings: Settings, language: str) -> dict[str, Any]:
    action, customer, say = facts.action, facts.customer, words(language)
    rows = [
        [say.account, clean_line(customer.customer_number)],
        [say.customer, clean_line(customer.name)],
        [say.date, date_text(action.action_date, language)],
        [say.amount_due, money_text(action.balance, action.currency, language)],
        [say.amount_paid, ""],
    ]
    company = settings.company
    payee = [say.payable_to, clean_line(company.name), *map(clean_line, company.address)]
    return {
        "slip_title": say.slip,
        "slip_note": say.slip_note,
        "slip_to": [line for line in payee if line],
        "slip": rows,
        "slip_width": _label_width(rows),
    }


def _label_width(rows: Sequence[Sequence[str]]) -> float:
    """Room for the longest name of (name, value), in points of text that is 9 points high."""
    return 4.6 * max(len(name) for name, _ in rows) + 12
