"""The text of a PDF that typst made, in pure Python: glyphs through each font's own table of characters."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pikepdf


def pdf_pages(pdf: bytes) -> list[str]:
    """What each page says: one run of text a line, zero-width spaces left out."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return [_page(page) for page in document.pages]


def page_sizes(pdf: bytes) -> list[tuple[float, float]]:
    """Width and height of each page, in inches."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        boxes = [[float(number) for number in page.mediabox] for page in document.pages]
    return [((right - left) / 72, (top - bottom) / 72) for left, bottom, right, top in boxes]


def embedded_fonts(pdf: bytes) -> dict[str, bool]:
    """By font: whether its glyphs are in the file."""
    found = {}
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for item in document.objects:
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == pikepdf.Name.FontDescriptor:
                found[str(item["/FontName"])] = any(key in item for key in ("/FontFile", "/FontFile2", "/FontFile3"))
    return found


@dataclass(frozen=True)
class Run:
    """A run of text on a page: where it begins and ends, and its height, in points from the left and from the foot."""

    text: str
    left: float
    right: float
    height: float


def runs(pdf: bytes) -> list[Run]:
    """The runs of text of the first page, in their order."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        page = document.pages[0]
        texts, places = _page(page).splitlines(), list(_places(page))
    assert len(texts) == len(places)
    return [Run(text, *place) for text, place in zip(texts, places, strict=True)]


def _places(page: pikepdf.Page) -> Iterator[tuple[float, float, float]]:
    fonts = {name: _widths(font) for name, font in (page.Resources.get("/Font") or {}).items()}
    now, kept = pikepdf.Matrix(), []
    text, widths, size = pikepdf.Matrix(), dict[int, float](), 0.0
    for instruction in pikepdf.parse_content_stream(page):
        operator, operands = str(instruction.operator), instruction.operands
        if operator == "q":
            kept.append(now)
        elif operator == "Q":
            now = kept.pop()
        elif operator == "cm":
            now = pikepdf.Matrix(*map(float, operands)) @ now
        elif operator == "Tm":
            text = pikepdf.Matrix(*map(float, operands))
        elif operator == "Tf":
            widths, size = fonts[str(operands[0])], float(operands[1])
        elif operator in ("Tj", "TJ"):
            pieces = operands[0] if operator == "TJ" else operands
            length = sum(_length(piece, widths) for piece in pieces) * size / 1000
            place = text @ now
            yield place.e, place.e + length * place.a, place.f


def _length(piece: object, widths: dict[int, float]) -> float:
    if not isinstance(piece, pikepdf.String):
        return -float(piece)  # type: ignore[arg-type]
    return sum(widths[glyph] for glyph in _glyphs(bytes(piece)))


def _widths(font: pikepdf.Dictionary) -> dict[int, float]:
    found: dict[int, float] = {}
    entries = list(font["/DescendantFonts"][0]["/W"])
    while entries:
        first, then = int(entries.pop(0)), entries.pop(0)
        if isinstance(then, pikepdf.Array):
            found.update(enumerate(map(float, then), start=first))
        else:
            found.update(dict.fromkeys(range(first, int(then) + 1), float(entries.pop(0))))
    return found


def _glyphs(codes: bytes) -> list[int]:
    return [int.from_bytes(codes[place : place + 2], "big") for place in range(0, len(codes), 2)]


def _page(page: pikepdf.Page) -> str:
    fonts = {name: _characters(font) for name, font in (page.Resources.get("/Font") or {}).items()}
    said: list[str] = []
    table: dict[int, str] = {}
    for instruction in pikepdf.parse_content_stream(page):
        operator, operands = str(instruction.operator), instruction.operands
        if operator == "Tf":
            table = fonts[str(operands[0])]
        elif operator in ("Tj", "TJ"):
            pieces = operands[0] if operator == "TJ" else operands
            codes = b"".join(bytes(piece) for piece in pieces if isinstance(piece, pikepdf.String))
            said.append("".join(table.get(glyph, "?") for glyph in _glyphs(codes)))
    return "\n".join(said).replace("\u200b", "")


def _characters(font: pikepdf.Dictionary) -> dict[int, str]:
    cmap = font["/ToUnicode"].read_bytes().decode("ascii")
    table = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", cmap, re.DOTALL):
        for glyph, text in re.findall(r"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>", block):
            table[int(glyph, 16)] = bytes.fromhex(text).decode("utf-16-be")
    assert "beginbfrange" not in cmap
    return table
