"""HTML as mail programs take it: rules written into the elements, nothing loaded from anywhere, nothing that runs.

Belongs here: making a rendered body so, and saying what can't be. Does not belong here: the body's words (templates)
and its plain-text twin (``bodies``).
"""

import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from typing import Any

_FORBIDDEN = {
    "script": "mail programs run no scripts",
    "link": "mail programs load no style sheets; write the rules into <style>",
    "iframe": "mail programs show no frames",
    "form": "most mail programs refuse forms; link to a page instead",
    "object": "mail programs show no objects",
    "embed": "mail programs show no objects",
    "base": "mail programs ignore it; write whole addresses",
}
_LOADS = re.compile(r"@import|url\(\s*['\"]?\s*(?!data:)[^)\s]", re.IGNORECASE)


def mail_ready(html: str) -> str:
    """``html`` with the rules of its style sheets in each element; only ``@media`` rules stay where they are."""
    return str(_inliner().inline(html)) if "<style" in html else html


def mail_faults(html: str) -> list[str]:
    """What in ``html`` a mail program would not show, or would have to fetch from somewhere, each once."""
    finder = _Finder()
    finder.feed(html)
    finder.close()
    return list(dict.fromkeys(finder.faults))


@cache
def _inliner() -> Any:
    import css_inline  # here, for it is not needed to plan

    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


class _Finder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        self.faults += _faults_of(tag, dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style and _LOADS.search(data):
            self.faults.append("a style loads something from elsewhere; mail programs don't")


def _faults_of(tag: str, attributes: dict[str, str | None]) -> Iterator[str]:
    if tag in _FORBIDDEN:
        yield f"has <{tag}>: {_FORBIDDEN[tag]}"
    for name in ("src", "background", "srcset"):
        value = attributes.get(name)
        if value and not value.startswith(("data:", "cid:")):
            yield f"loads {value}: pictures from elsewhere are blocked, and tell the sender who reads; leave them out"
    if _LOADS.search(attributes.get("style") or ""):
        yield "a style loads something from elsewhere; mail programs don't"
    for name in attributes:
        if name.startswith("on"):
            yield f"has {name}=: mail programs run no scripts"
