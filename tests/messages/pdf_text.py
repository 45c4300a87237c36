"""The text of a PDF that typst made, in pure Python: glyphs through each font's own table of characters."""

import io
import re
from collections.abc import Iterator

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


def run_heights(pdf: bytes) -> list[tuple[str, float]]:
    """The runs of text of the first page, each with the height at which it stands: points from the foot of the page."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        runs, heights = _page(document.pages[0]).splitlines(), list(_heights(document.pages[0]))
    assert len(runs) == len(heights)
    return list(zip(runs, heights, strict=True))


def _heights(page: pikepdf.Page) -> Iterator[float]:
    now, kept = pikepdf.Matrix(), []
    text = pikepdf.Matrix()
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
        elif operator in ("Tj", "TJ"):
            yield (text @ now).f


def _page(page: pikepdf.Page) -> str:
    fonts = {name: _characters(font) for name, font in (page.Resources.get("/Font") or {}).items()}
    runs: list[str] = []
    table: dict[int, str] = {}
    for instruction in pikepdf.parse_content_stream(page):
        operator, operands = str(instruction.operator), instruction.operands
        if operator == "Tf":
            table = fonts[str(operands[0])]
        elif operator in ("Tj", "TJ"):
            pieces = operands[0] if operator == "TJ" else operands
            codes = b"".join(bytes(piece) for piece in pieces if isinstance(piece, pikepdf.String))
            glyphs = [int.from_bytes(codes[place : place + 2], "big") for place in range(0, len(codes), 2)]
            runs.append("".join(table.get(glyph, "?") for glyph in glyphs))
    return "\n".join(runs).replace("\u200b", "")


def _characters(font: pikepdf.Dictionary) -> dict[int, str]:
    cmap = font["/ToUnicode"].read_bytes().decode("ascii")
    table = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", cmap, re.DOTALL):
        for glyph, text in re.findall(r"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>", block):
            table[int(glyph, 16)] = bytes.fromhex(text).decode("utf-16-be")
    assert "beginbfrange" not in cmap
    return table
