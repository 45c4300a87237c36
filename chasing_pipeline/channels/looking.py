"""Looking at many things at a provider, several at a time."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_Item = TypeVar("_Item")
_Found = TypeVar("_Found")


def each_of(look: Callable[[_Item], _Found], items: Iterable[_Item], workers: int) -> Iterator[tuple[_Item, _Found]]:
    """Each item with what ``look`` found, in order. Where it raises, what has not begun is not looked at any more."""
    pool = ThreadPoolExecutor(workers, thread_name_prefix="looking")
    try:
        waiting = [(item, pool.submit(look, item)) for item in items]
        for item, found in waiting:
            yield item, found.result()
    finally:
        pool.shutdown(cancel_futures=True)
