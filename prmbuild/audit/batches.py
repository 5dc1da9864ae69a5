"""Work in batches, here or in other processes."""

import gc
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

_MADE, _YOUNG, _OLD = 20_000, 20, 100
"""Thresholds of the garbage collector in a process that works for an audit."""

_WORK = "prmbuild.audit.work"
"""Module of what processes do, imported once for all of them."""

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class MapBatches(Protocol):
    """Calls a function that can be pickled with each item, and yields what it returns, in the order of the items."""

    def __call__(self, function: Callable[[_Item], _Result], items: Iterable[_Item], /) -> Iterator[_Result]:
        """Yield results. Items are taken only a little ahead of them, so that few are held at a time."""


def here(function: Callable[[_Item], _Result], items: Iterable[_Item], /) -> Iterator[_Result]:
    """Do all the work in this process."""
    return map(function, items)


@contextmanager
def processes(jobs: int) -> Iterator[MapBatches]:
    """Do the work in so many processes.

    None is a fork of this one: that would take along all that is known of a programme, and soon copy it, as Python
    writes into whatever it looks at.
    """
    import multiprocessing  # these take long to import, and most audits are done here

    from prmbuild.workers import worker_processes

    afresh = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(afresh)
    context.set_forkserver_preload([_WORK])
    with worker_processes(jobs, context, _collect_seldom) as executor:
        yield _Window(executor, 4 * jobs)


def _collect_seldom() -> None:
    """Look for garbage that refers to itself more seldom than Python would: an audit makes hardly any."""
    gc.freeze()
    gc.set_threshold(_MADE, _YOUNG, _OLD)


class _Window:
    def __init__(self, executor: "Executor", width: int) -> None:
        self._executor, self._width = executor, width

    def __call__(self, function: Callable[[_Item], _Result], items: Iterable[_Item], /) -> Iterator[_Result]:
        waiting: deque[Future[_Result]] = deque()
        for item in items:
            waiting.append(self._executor.submit(function, item))
            if len(waiting) >= self._width:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def by_number(items: Iterable[_Item], most: int) -> Iterator[Sequence[_Item]]:
    """Cut items into batches of so many."""
    left = iter(items)
    while batch := tuple(islice(left, most)):
        yield batch


def by_size(items: Iterable[_Item], size_of: Callable[[_Item], int], most: int) -> Iterator[Sequence[_Item]]:
    """Cut items into batches of about so many bytes."""
    batch: list[_Item] = []
    size = 0
    for item in items:
        batch.append(item)
        size += size_of(item)
        if size >= most:
            yield tuple(batch)
            batch, size = [], 0
    if batch:
        yield tuple(batch)
