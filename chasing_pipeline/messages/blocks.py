"""The words of a letter as blocks that a page is laid out from: headings, paragraphs, lists, tables.

Belongs here: reading a rendered ``letter.txt`` or ``letter.html``. Does not belong here: drawing (``statement``).
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

STATEMENT_MARK = "\ue000"
"""What ``statement_table`` leaves in a letter's text: a private character, which ``clean_line`` keeps out of data."""

_UNSEEN = frozenset(("head", "style", "script", "title"))
_BREAKS = frozenset(("p", "div", "section", "article", "header", "footer", "blockquote", "hr", "body", "html"))
_HEADINGS = frozenset(("h1", "h2", "h3", "h4"))
_BOLD, _ITALIC = frozenset(("b", "strong", "th")), frozenset(("i", "em"))

Run = dict[str, str]
Block = dict[str, object]


@dataclass
class LetterWords:
    """A letter's title, maybe empty, and its blocks in order; one of them is ``{"kind": "statement"}`` at most."""

    title: str
    blocks: list[Block] = field(default_factory=list)

    @property
    def has_table(self) -> bool:
        """Whether the letter brings a table of its own or says where the statement goes."""
        return any(block["kind"] in ("table", "statement") for block in self.blocks)


def words_of_text(text: str) -> LetterWords:
    """A ``letter.txt``: its first paragraph is the title, empty lines part paragraphs, a line stays a line."""
    first, *rest = [part.strip() for part in re.split(r"\n\s*\n", text.strip())] or [""]
    words = LetterWords(" ".join(first.replace(STATEMENT_MARK, "").split()))
    for paragraph in (first, *rest) if STATEMENT_MARK in first else rest:
        if paragraph == STATEMENT_MARK:
            words.blocks.append({"kind": "statement"})
        elif paragraph:
            words.blocks.append({"kind": "paragraph", "runs": _lines(paragraph.replace(STATEMENT_MARK, ""))})
    return words


def words_of_html(html: str) -> LetterWords:
    """A ``letter.html``: its first ``h1`` is the title; paragraphs, lists, tables, bold and italics are kept."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.end_paragraph()
    return LetterWords(reader.title, reader.blocks)


def _lines(paragraph: str) -> list[Run]:
    runs: list[Run] = []
    for line in paragraph.split("\n"):
        runs += [{"kind": "break", "text": ""}, {"kind": "plain", "text": line.strip()}]
    return runs[1:]


class _Reader(HTMLParser):
    """Collects blocks; what it does not know is text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.blocks: list[Block] = []
        self._runs: list[Run] = []
        self._styles: list[str] = []
        self._unseen = 0
        self._heading = ""
        self._items: list[list[Run]] | None = None
        self._rows: list[list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == "br":
            self._runs.append({"kind": "break", "text": ""})
        elif tag in _BREAKS:
            self._break()
        elif tag in _HEADINGS:
            self._break()
            self._heading = tag
        elif tag in ("ul", "ol"):
            self._break()
            self._items = []
        elif tag == "table":
            self._break()
            self._rows = []
        elif tag == "tr" and self._rows is not None:
            self._rows.append([])
        elif tag in _BOLD | _ITALIC:
            self._styles.append("bold" if tag in _BOLD else "italic")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(self._unseen - 1, 0)
        elif tag in _BREAKS:
            self._break()
        elif tag in _HEADINGS:
            self._end_heading()
        elif tag == "li" and self._items is not None:
            self._items.append(self._taken())
        elif tag in ("ul", "ol") and self._items is not None:
            items, self._items = [item for item in self._items if item], None
            if items:
                self.blocks.append({"kind": "list", "items": items})
        elif tag in ("td", "th") and self._rows:
            self._rows[-1].append(_text(self._taken()))
        elif tag == "table" and self._rows is not None:
            self._end_table()
        if tag in _BOLD | _ITALIC and self._styles:
            self._styles.pop()

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        before, mark, after = data.partition(STATEMENT_MARK)
        self._add(before)
        if mark:
            self._break()
            self.blocks.append({"kind": "statement"})
            self._add(after)

    def end_paragraph(self) -> None:
        """What has been read since the last block is a paragraph, if it says anything."""
        runs = self._taken()
        if runs:
            self.blocks.append({"kind": "paragraph", "runs": runs})

    def _add(self, data: str) -> None:
        text = re.sub(r"\s+", " ", data)
        if text.strip() or (text and self._runs):
            self._runs.append({"kind": self._styles[-1] if self._styles else "plain", "text": text})

    def _break(self) -> None:
        if self._items is None and self._rows is None:
            self.end_paragraph()

    def _end_heading(self) -> None:
        runs, level, self._heading = self._taken(), self._heading, ""
        if level == "h1" and not self.title:
            self.title = _text(runs)
        elif runs:
            self.blocks.append({"kind": "heading", "runs": runs})

    def _end_table(self) -> None:
        rows, self._rows = [row for row in self._rows or [] if any(row)], None
        width = max((len(row) for row in rows), default=0)
        if width:
            padded = [row + [""] * (width - len(row)) for row in rows]
            self.blocks.append({"kind": "table", "columns": width, "rows": padded})

    def _taken(self) -> list[Run]:
        runs, self._runs = self._runs, []
        while runs and not runs[-1]["text"].strip():
            runs.pop()
        while runs and not runs[0]["text"].strip():
            runs.pop(0)
        return runs


def _text(runs: list[Run]) -> str:
    return " ".join("".join(run["text"] or " " for run in runs).split())
