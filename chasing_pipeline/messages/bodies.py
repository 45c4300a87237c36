"""One body of an e-mail from the other: text from HTML, HTML from text.

Belongs here: these two conversions. Does not belong here: templates (``library``) and MIME (``mime``).
"""

import re
from html.parser import HTMLParser

from markupsafe import Markup

_BLOCKS = frozenset(("p", "div", "table", "ul", "ol", "h1", "h2", "h3", "h4", "blockquote", "hr"))
_UNSEEN = frozenset(("head", "style", "script", "title"))
_LINK = re.compile(r"https?://[^\s<>\"']+")

_PAGE = Markup('<!DOCTYPE html>\n<html lang="{}">\n<head><meta charset="utf-8"></head>\n<body>\n{}\n</body>\n</html>\n')


class _Reader(HTMLParser):
    """Collects what a reader sees, a table row a line, a link with its address behind it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = 0
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag in _BLOCKS:
            self.parts.append("\n\n")
        elif tag in ("br", "tr"):
            self.parts.append("\n")
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag == "a":
            self._links.append(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(self._unseen - 1, 0)
        elif tag in _BLOCKS:
            self.parts.append("\n\n")
        elif tag in ("td", "th"):
            self.parts.append("\t")
        elif tag == "a" and self._links:
            url = self._links.pop()
            if url.startswith(("https://", "http://")):
                self.parts.append(f": {url}")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(re.sub(r"\s+", " ", data))


def text_of(html: str) -> str:
    """What ``html`` says, as plain text: paragraphs apart, table rows as lines, links written out."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = ("  ".join(re.split(r"\s*\t\s*", line.strip())) for line in "".join(reader.parts).split("\n"))
    return tidy("\n".join(re.sub(r" {3,}", "  ", line) for line in lines))


def html_of(text: str, language: str) -> str:
    """``text`` as a plain HTML page: paragraphs at empty lines, web addresses as links."""
    paragraphs = (paragraph for paragraph in re.split(r"\n\s*\n", text.strip()) if paragraph.strip())
    body = Markup("\n").join(Markup("<p>{}</p>").format(_with_links(paragraph)) for paragraph in paragraphs)
    return str(_PAGE.format(language, body))


def tidy(text: str) -> str:
    """``text`` without spaces at line ends, without more than one empty line, and with one newline at its end."""
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines) + "\n"


def _with_links(paragraph: str) -> Markup:
    pieces, end = [], 0
    for match in _LINK.finditer(paragraph):
        url = match[0].rstrip(".,;:!?)")
        pieces += [_lines(paragraph[end : match.start()]), Markup('<a href="{0}">{0}</a>').format(url)]
        end = match.start() + len(url)
    return Markup("").join([*pieces, _lines(paragraph[end:])])


def _lines(text: str) -> Markup:
    return Markup("<br>\n").join(text.split("\n"))
