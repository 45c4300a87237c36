"""Twilio's lists: filters by time, newest first, in pages.

Does not belong here: what is listed.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from .store import Record, instant

TimesOf = Mapping[str, Callable[[Record], float | None]]
"""The filters by time that a list knows: its name without ``<`` or ``>``, and when that was for a record, if ever."""


def in_time(record: Record, asked: Mapping[str, str], times: TimesOf) -> bool:
    """Whether a record meets the filters by time; ``DateSent<`` and ``DateSent>`` include the day that they name."""
    for name, value in asked.items():
        time_of = times.get(name.rstrip("<>"))
        if time_of is None:
            continue
        happened = time_of(record)
        if happened is None:
            return False  # what has not happened yet is in no list by time
        at: Any = instant(happened).replace(microsecond=0)
        bound: Any = datetime.fromisoformat(value)
        if len(value) == len("2026-01-31"):
            at, bound = at.date(), bound.date()
        elif bound.tzinfo is None:
            bound = bound.replace(tzinfo=UTC)
        if not {"<": at <= bound, ">": at >= bound}.get(name[-1], at == bound):
            return False
    return True


def page(path: str, asked: dict[str, str], kind: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    """The page of a list that was asked for."""
    size = min(int(asked.get("PageSize", 50)), 1000)
    number = int(asked.get("Page", 0))
    after = asked.get("PageToken", "").removeprefix("PA")
    start = next((n + 1 for n, each in enumerate(found) if each["sid"] == after), number * size)
    part = found[start : start + size]

    def uri(other: int, token: str = "") -> str:
        filters = {name: value for name, value in asked.items() if name not in ("Page", "PageSize", "PageToken")}
        more = {"PageSize": size, "Page": other, **({"PageToken": token} if token else {})}
        return f"{path}?{urlencode({**filters, **more})}"

    return {
        "end": max(number * size + len(part) - 1, 0),
        "first_page_uri": uri(0),
        "next_page_uri": uri(number + 1, f"PA{part[-1]['sid']}") if start + size < len(found) else None,
        "page": number,
        "page_size": size,
        "previous_page_uri": uri(number - 1) if number else None,
        kind: part,
        "start": number * size,
        "uri": uri(number, asked.get("PageToken", "")),
    }
