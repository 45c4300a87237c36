"""The text of a PDF that typst made, in pure Python: glyphs through each font's own table of characters."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pikepdf


def pdf_pages(pdf: bytes) -> list[str]:
    """What each page says: one run of text a line, zero-width spaces left out."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return ["\n".join(run.text for run in _runs(page)) for page in document.pages]


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
        return list(_runs(document.pages[0]))


def _runs(page: pikepdf.Page) -> Iterator[Run]:
    fonts = {name: (_characters(font), _widths(font)) for name, font in (page.Resources.get("/Font") or {}).items()}
    now, kept = pikepdf.Matrix(), []
    place, size = pikepdf.Matrix(), 0.0
    characters, widths = dict[int, str](), dict[int, float]()
    for instruction in pikepdf.parse_content_stream(page):
        operator, operands = str(instruction.operator), instruction.operands
        if operator == "q":
            kept.append(now)
        elif operator == "Q":
            now = kept.pop()
        elif operator == "cm":
            now = pikepdf.Matrix(*map(float, operands)) @ now
        elif operator == "Tm":
            place = pikepdf.Matrix(*map(float, operands))
        elif operator == "Tf":
            (characters, widths), size = fonts[str(operands[0])], float(operands[1])
        elif operator in ("Tj", "TJ"):
            pieces = list(operands[0] if operator == "TJ" else operands)
            said = (characters.get(glyph, "?") for piece in pieces for glyph in _glyphs(piece))
            length = sum(_length(piece, widths) for piece in pieces) * size / 1000
            at = place @ now
            yield Run("".join(said).replace("\u200b", ""), at.e, at.e + length * at.a, at.f)


def _length(piece: object, widths: dict[int, float]) -> float:
    if not isinstance(piece, pikepdf.String):
        return -float(piece)  # type: ignore[arg-type]
    return sum(widths[glyph] for glyph in _glyphs(piece))


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


def _glyphs(piece: object) -> list[int]:
    codes = bytes(piece) if isinstance(piece, pikepdf.String) else b""
    return [int.from_bytes(codes[place : place + 2], "big") for place in range(0, len(codes), 2)]


def _characters(font: pikepdf.Dictionary) -> dict[int, str]:
    cmap = font["/ToUnicode"].read_bytes().decode("ascii")
    table = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", cmap, re.DOTALL):
        for glyph, text in re.findall(r"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>", block):
            table[int(glyph, 16)] = bytes.fromhex(text).decode("utf-16-be")
    assert "beginbfrange" not in cmap
    return table
