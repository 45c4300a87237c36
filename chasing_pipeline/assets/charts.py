"""Small charts for the orchestrator's UI: an SVG in a data URI, in Markdown short enough to be shown at once.

The UI hides Markdown of 1,000 characters or more behind a link and strips raw ``<svg>``; so each chart leaves out its
last rows until it fits. Does not belong here: what is drawn (``story``).
"""

from base64 import b64encode
from collections.abc import Callable, Sequence
from typing import TypeVar

from dagster import MarkdownMetadataValue, MetadataValue

Row = TypeVar("Row")
LONGEST = 999
"""Characters of Markdown that the UI shows at once."""
CHANNEL_COLOUR, TODAY_COLOUR = "#47a", "#e83"
BUCKET_COLOURS = ("#3a7", "#9b3", "#db3", "#e83", "#c33")
"""From not due to more than 90 days past due; readable on light and on dark ground."""
_LABEL, _BAR, _ROW, _HIGH = 84, 190, 16, 44


def bars(title: str, rows: Sequence[tuple[str, float]], note: str = "") -> MarkdownMetadataValue:
    """One horizontal bar a row, largest first, with its value."""
    ranked = sorted(rows, key=lambda row: (-row[1], row[0]))
    largest = max((value for _, value in ranked), default=0) or 1

    def draw(kept: Sequence[tuple[str, float]]) -> str:
        path = "".join(
            f"M{_LABEL} {number * _ROW + 3}h{round(value / largest * _BAR)}v10H{_LABEL}z"
            for number, (_, value) in enumerate(kept)
        )
        labels = "".join(
            f'<text y="{number * _ROW + 12}">{label} {value:,.0f}</text>' for number, (label, value) in enumerate(kept)
        )
        return _svg(_LABEL + _BAR, len(kept) * _ROW, f'<path fill="{CHANNEL_COLOUR}" d="{path}"/>{labels}')

    return _fitting(title, ranked, draw, note)


def stacked(
    title: str, rows: Sequence[tuple[str, Sequence[float]]], colours: Sequence[str], note: str = ""
) -> MarkdownMetadataValue:
    """One bar a row, as long as all others, divided by the shares of its values in these colours."""

    def draw(kept: Sequence[tuple[str, Sequence[float]]]) -> str:
        paths = []
        for part, colour in enumerate(colours):
            path = ""
            for number, (_, values) in enumerate(kept):
                total = sum(values) or 1
                start = _LABEL // 2 + round(sum(values[:part]) / total * _BAR)
                width = round(sum(values[: part + 1]) / total * _BAR) + _LABEL // 2 - start
                path += f"M{start} {number * _ROW + 2}h{width}v12h-{width}z" if width > 0 else ""
            paths.append(f'<path fill="{colour}" d="{path}"/>' if path else "")
        labels = "".join(f'<text y="{number * _ROW + 12}">{label}</text>' for number, (label, _) in enumerate(kept))
        return _svg(_LABEL // 2 + _BAR, len(kept) * _ROW, "".join(paths) + labels)

    return _fitting(title, rows, draw, note)


def columns(title: str, values: Sequence[float], note: str = "") -> MarkdownMetadataValue:
    """One column a value, oldest first, the last one in a colour of its own."""
    largest = max(values, default=0) or 1
    newest_first = list(reversed(values))

    def draw(kept: Sequence[float]) -> str:
        shown = list(reversed(kept))
        heights = [round(value / largest * _HIGH) for value in shown]
        path = "".join(f"M{number * 8} {_HIGH}v-{height}h6V{_HIGH}" for number, height in enumerate(heights[:-1]))
        last = f"M{(len(shown) - 1) * 8} {_HIGH}v-{heights[-1]}h6V{_HIGH}" if shown else ""
        return _svg(
            len(shown) * 8,
            _HIGH,
            f'<path fill="{CHANNEL_COLOUR}" d="{path}"/><path fill="{TODAY_COLOUR}" d="{last}"/>',
        )

    return _fitting(title, newest_first, draw, note)


def _svg(width: int, height: int, content: str) -> str:
    size = f'width="{width}" height="{max(1, height)}"'
    look = 'font-family="sans-serif" font-size="11" fill="#888"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {look}>{content}</svg>'


def _fitting(title: str, rows: Sequence[Row], draw: Callable[[Sequence[Row]], str], note: str) -> MarkdownMetadataValue:
    for count in range(len(rows), -1, -1):
        image = b64encode(draw(rows[:count]).encode()).decode()
        text = f"![{title}](data:image/svg+xml;base64,{image})" + (f"\n\n{note}" if note else "")
        if len(text) <= LONGEST:
            return MetadataValue.md(text)
    return MetadataValue.md(note)
