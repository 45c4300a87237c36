"""The text of a PDF that typst made, in pure Python: glyphs through each font's own table of characters."""

import io
import re

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
