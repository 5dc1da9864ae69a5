"""Many operations on a store at once."""

import _thread
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from queue import SimpleQueue
from typing import Generic, TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_AT_ONCE = 384
"""Threads: operations wait for the store nearly all of their time. At 30 ms each, as many do up to 12,800 in a second;
two cores ask for 5,000 to 8,000 of them. With 320 threads they ask for fewer, with 512 for no more.
"""

_AHEAD = 2 * _AT_ONCE
"""Items that wait for a thread, so that no thread waits for an item."""

_LOOKED_AT = _AT_ONCE // 8
"""Operations that are over when the thread that asked for them looks: to be woken by each would cost as much again."""


class _Task(Generic[_Item, _Result]):
    """An operation that is under way or has still to be done; `over` can be acquired once it is over."""

    __slots__ = ("error", "item", "over", "result")

    def __init__(self, item: _Item) -> None:
        self.item = item
        self.over = threading.Lock()
        self.over.acquire()
        self.result: tuple[_Result, ...] = ()
        self.error: BaseException | None = None


def every(operation: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[_Result]:
    """Do an operation for each item, many at a time, and yield what they return, in the order of the items.

    Where one raises, no more are begun, and it is raised once those under way are over.
    """
    left: Iterator[_Item] = iter(items)
    first = list(islice(left, 2))
    if len(first) < 2 or _AT_ONCE < 2:
        yield from map(operation, chain(first, left))
        return
    todo: SimpleQueue[_Task[_Item, _Result] | None] = SimpleQueue()
    waiting: deque[_Task[_Item, _Result]] = deque()
    ended = threading.Event()
    gone: SimpleQueue[None] = SimpleQueue()
    threads = 0

    def work() -> None:
        while (task := todo.get()) is not None:
            if not ended.is_set():
                try:
                    task.result = (operation(task.item),)
                except BaseException as error:  # raised again by who asked
                    task.error = error
                    ended.set()
            task.over.release()
        gone.put(None)

    def begin(number: int) -> None:
        nonlocal threads
        for item in islice(left, number):
            task: _Task[_Item, _Result] = _Task(item)
            waiting.append(task)
            todo.put(task)
            if threads < _AT_ONCE:
                # who starts a `threading.Thread` waits until it runs: for hundreds, as long as their first work takes
                _thread.start_new_thread(work, ())
                threads += 1

    try:
        left = chain(first, left)
        begin(_AHEAD)
        while waiting:
            for task in (waiting[min(len(waiting), _LOOKED_AT) - 1], waiting[0]):
                with task.over:
                    pass
            while waiting and not waiting[0].over.locked():
                task = waiting.popleft()
                if not task.result:  # it failed; or it was not begun, as one after it failed before
                    raise next(one.error for one in (task, *waiting) if one.error is not None)
                yield task.result[0]
            begin(_AHEAD - len(waiting))
    finally:
        ended.set()
        for _ in range(threads):
            todo.put(None)
        for _ in range(threads):
            gone.get()
