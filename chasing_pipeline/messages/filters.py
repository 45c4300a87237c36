"""What a template can do to a value: the filters, all of them.

Belongs here: the allow-list and the filters of our own. Does not belong here: the sandbox around them
(``environment``) and formatting as such (``formats``).
"""

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import jinja2
from jinja2.exceptions import FilterArgumentError, SecurityError
from jinja2.filters import FILTERS
from jinja2.runtime import Context, Undefined

from chasing_pipeline.messages.formats import DateLength, counted, date_text, money_text
from chasing_pipeline.messages.markup import OwnMarkup
from chasing_pipeline.messages.records import Record
from chasing_pipeline.messages.speech import spoken_amount

SPOKEN = "_spoken"
"""The value in a template's context that says whether its text will be heard, not read."""

MAXIMUM_CHARACTERS = 2_000_000
"""How long one rendered part may be: a statement of 5,000 invoices takes about half of it."""

# Left out on purpose: center, indent, format, replace, round and others that make a short text long
# or a number huge, and safe, which would let data be markup.
_BUILT_IN = (
    *("abs", "count", "d", "default", "first", "int", "last", "length", "list", "map", "max", "min"),
    *("reject", "rejectattr", "reverse", "select", "selectattr", "sort", "unique"),
)
_OF_ONE_VALUE = ("capitalize", "e", "escape", "lower", "title", "trim", "upper", "urlencode", "wordcount")


def check_length(length: int) -> None:
    """Raises SecurityError when a text of ``length`` characters is too long for a message."""
    if length > MAXIMUM_CHARACTERS:
        raise SecurityError(f"the text grows beyond {MAXIMUM_CHARACTERS:,} characters")


def printable(value: Any) -> Any:
    """``value``, which is about to become text; None becomes the empty text. Raises SecurityError for a list.

    Nobody wants to read Python's brackets, and a list of lists of lists fills the memory.
    """
    if value is None:
        return ""
    if isinstance(value, list | tuple | dict | set | frozenset | Record):
        what = value.article if isinstance(value, Record) else "a list"
        raise SecurityError(f"{what} can't be printed as a whole; print what is in it")
    return value


def only_own_markup(value: Any) -> Any:
    """What stands between triple braces, if it is markup of our own. Raises SecurityError for anything else."""
    if isinstance(value, OwnMarkup | Undefined):
        return value
    raise SecurityError("triple braces are for customer_portal_button and the other old names; write {{ }} here")


@jinja2.pass_context
def money(context: Context, amount: Any, currency: str | None = None) -> str:
    """The filter ``money``: an amount in the reader's way; the currency is the message's unless given."""
    if isinstance(amount, bool) or not isinstance(amount, Decimal | int):
        raise FilterArgumentError("money formats an amount such as invoice.open_amount")
    as_text = spoken_amount if context[SPOKEN] else money_text
    return as_text(amount, currency or context["currency"], context["language"])


@jinja2.pass_context
def day(context: Context, value: Any, length: DateLength = "medium") -> str:
    """The filter ``date``: a date in the reader's way: short, medium, long or full; empty for none."""
    if value is not None and not isinstance(value, date):
        raise FilterArgumentError("date formats a date such as invoice.due_date")
    if length not in ("short", "medium", "long", "full"):
        raise FilterArgumentError("date is short, medium, long or full")
    return date_text(value, context["language"], "long" if context[SPOKEN] else length)


@jinja2.pass_context
def counted_noun(context: Context, number: Any, one: str, other: str) -> str:
    """The filter ``counted``: a number with its noun, e.g. ``past_due_days | counted('day', 'days')``."""
    if isinstance(number, bool) or not isinstance(number, int):
        raise FilterArgumentError("counted takes a whole number such as past_due_days")
    return counted(number, str(one), str(other), context["language"])


def join(values: Iterable[Any], separator: str = "") -> str:
    """The filter ``join``: single values one after the other; escaped like any text where the part is HTML."""
    texts = [str(printable(value)) for value in values]
    check_length(sum(len(text) + len(separator) for text in texts))
    return str(separator).join(texts)


def total(values: Iterable[Any], attribute: str | None = None) -> Any:
    """The filter ``sum``: numbers only, or the numbers called ``attribute`` in records."""
    numbers = [getattr(value, attribute) if attribute and isinstance(value, Record) else value for value in values]
    if not all(isinstance(number, Decimal | int) for number in numbers):
        raise FilterArgumentError("sum adds numbers, e.g. invoices | sum('open_amount')")
    return sum(numbers, Decimal(0))


def _of_one_value(name: str) -> Callable[..., Any]:
    """The built-in filter ``name``, refusing lists: it would write them out first."""
    built_in = FILTERS[name]

    def filter_(value: Any) -> Any:
        return built_in(printable(value))

    return filter_


ALLOWED_FILTERS: dict[str, Callable[..., Any]] = {
    **{name: FILTERS[name] for name in _BUILT_IN},
    **{name: _of_one_value(name) for name in _OF_ONE_VALUE},
    "counted": counted_noun,
    "date": day,
    "join": join,
    "money": money,
    "only_own_markup": only_own_markup,
    "sum": total,
}
