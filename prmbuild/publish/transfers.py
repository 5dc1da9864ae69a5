"""Many operations on a store at once."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_AT_ONCE = 128
"""Threads: operations wait for the store nearly all of their time."""

_AHEAD = 4 * _AT_ONCE


def every(operation: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[_Result]:
    """Do an operation for each item, many at a time, and yield what they return, in the order of the items.

    Where one raises, no more are begun, and it is raised once those under way are over.
    """
    left = iter(items)
    first = list(islice(left, 2))
    if len(first) < 2 or _AT_ONCE < 2:
        yield from map(operation, chain(first, left))
        return
    waiting: deque[Future[_Result]] = deque()
    with ThreadPoolExecutor(_AT_ONCE, "prmbuild-store") as threads:
        try:
            waiting.extend(threads.submit(operation, item) for item in (*first, *islice(left, _AHEAD)))
            while waiting:
                yield waiting.popleft().result()
                waiting.extend(threads.submit(operation, item) for item in islice(left, 1))
        finally:
            for one in waiting:
                one.cancel()
