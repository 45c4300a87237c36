"""Reading what people enter into forms: days, amounts, choices, numbers.

Does not belong here: what is done with them.
"""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from chasing_pipeline.domain.problems import ChasingError

PAGE_SIZE = 50
Chosen = TypeVar("Chosen")
LARGEST = Decimal("1e15")


def day_of(text: str, what: str) -> date | None:
    """A day, None where nothing was entered. Raises ChasingError."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ChasingError(f"{what}: {text!r} is no date; write YYYY-MM-DD") from None


def amount_of(text: str) -> Decimal:
    """An amount, also with commas between thousands; zero where nothing was entered. Raises ChasingError."""
    try:
        amount = Decimal(text.replace(",", "") or "0")
    except InvalidOperation:
        raise ChasingError(f"{text!r} is no amount") from None
    if not amount.is_finite() or abs(amount) > LARGEST:
        raise ChasingError(f"{text!r} is no amount")
    return amount


def number_of(text: str, default: int = 1) -> int:
    """A number of at least one, such as a page's; the default for anything else."""
    return min(max(int(text), 1), 10**9) if text.isascii() and text.isdecimal() and len(text) < 12 else default


def chosen(name: str, choices: dict[str, Chosen], what: str) -> Chosen:
    """The choice of that name. Raises ChasingError."""
    if name not in choices:
        raise ChasingError(f"choose {what}")
    return choices[name]


def page_count(total: int) -> int:
    """On how many pages so many rows are shown."""
    return max(1, -(-total // PAGE_SIZE))
