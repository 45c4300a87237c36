"""What an IMAP search finds and a fetch shows.

Does not belong here: connections, mailboxes.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from email.parser import BytesHeaderParser
from typing import Any

from .mailboxes import content_of
from .store import Record, instant


class BadQuery(Exception):
    """What a client asked makes no sense here."""


def numbers(text: str, last: int) -> list[int]:
    """The numbers of a set such as ``1,4:*`` that exist."""
    found: set[int] = set()
    for part in text.split(","):
        first, _, end = part.partition(":")
        bounds = sorted(last if bound == "*" else int(bound) for bound in (first, end or first))
        found.update(range(max(bounds[0], 1), min(bounds[1], last) + 1))
    return sorted(found)


def matches(mail: Record, number: int, last: int, words: list[str]) -> bool:
    """Whether a message meets every criterion of a search."""
    upcoming = iter([word for word in words if word not in "()"])
    criteria = []
    for word in upcoming:
        if word.upper() == "CHARSET":
            next(upcoming)
        else:
            criteria.append(_criterion(word, upcoming, last))
    return all(criterion(mail, number) for criterion in criteria)


Criterion = Callable[[Record, int], bool]


def _criterion(word: str, upcoming: Iterator[str], last: int) -> Criterion:
    key = word.upper()
    match key:
        case "ALL":
            return lambda mail, _: True
        case "SEEN" | "UNSEEN":
            return lambda mail, _: bool(mail["seen"]) is (key == "SEEN")
        case "NOT":
            inner = _criterion(next(upcoming), upcoming, last)
            return lambda mail, number: not inner(mail, number)
        case "OR":
            one, other = (_criterion(next(upcoming), upcoming, last) for _ in range(2))
            return lambda mail, number: one(mail, number) or other(mail, number)
        case "SINCE" | "BEFORE" | "ON":
            day = _day(next(upcoming))
            return lambda mail, _: _is_on(key, instant(mail["at"]).date(), day)
        case "HEADER":
            name, part = next(upcoming), next(upcoming).lower()
            return lambda mail, _: _has(mail, name, part)
        case "SUBJECT" | "FROM" | "TO":
            part = next(upcoming).lower()
            return lambda mail, _: _has(mail, key, part)
        case "UID":
            key = next(upcoming)
    if not re.fullmatch(r"[\d:*,]+", key):
        raise BadQuery(f"search key {word} is not known here")
    wanted = set(numbers(key, last))
    return lambda _, number: number in wanted


def _day(text: str) -> date:
    return datetime.strptime(text, "%d-%b-%Y").date()


def _is_on(key: str, is_: date, day: date) -> bool:
    return {"SINCE": is_ >= day, "BEFORE": is_ < day, "ON": is_ == day}[key]


def _head(mail: Record) -> Any:
    return BytesHeaderParser().parsebytes(content_of(mail))


def _has(mail: Record, name: str, part: str) -> bool:
    if name.lower() == "message-id":
        return part in mail["message_id"].lower()  # kept apart, so that a search need not parse every message
    return any(part in str(value).lower() for value in _head(mail).get_all(name, []))


def fetched(mail: Record, number: int, item: str) -> bytes:
    """One item of a FETCH, as ``BODY[] {5}\\r\\nhello``."""
    name = item.upper().replace(".PEEK", "")
    content = content_of(mail)
    head, _, text = content.partition(b"\r\n\r\n")
    head += b"\r\n\r\n"
    match name:
        case "UID":
            return b"UID %d" % number
        case "FLAGS":
            return b"FLAGS (\\Seen)" if mail["seen"] else b"FLAGS ()"
        case "RFC822.SIZE":
            return b"RFC822.SIZE %d" % len(content)
        case "INTERNALDATE":
            return f'INTERNALDATE "{instant(mail["at"]):%d-%b-%Y %H:%M:%S} +0000"'.encode()
        case "RFC822" | "BODY[]":
            shown = content
        case "RFC822.HEADER" | "BODY[HEADER]":
            shown = head
        case "BODY[TEXT]" | "RFC822.TEXT":
            shown = text
        case _ if name.startswith("BODY[HEADER.FIELDS ("):
            wanted = name.partition("(")[2].partition(")")[0].split()
            fields = [(n, v) for n, v in _head(mail).raw_items() if n.upper() in wanted]
            shown = "".join(f"{n}: {v}\r\n" for n, v in fields).encode() + b"\r\n"
        case _:
            raise BadQuery(f"fetching {item} is not known here")
    return name.encode() + b" {%d}\r\n" % len(shown) + shown
