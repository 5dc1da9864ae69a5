"""Event loops of their own: Playwright keeps one running in the main thread once a browser has been started."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_Result = TypeVar("_Result")


def apart(call: Callable[[], _Result]) -> _Result:
    """Call in another thread, and return what it returns."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(call).result()


def run(coroutine: Coroutine[object, object, _Result]) -> _Result:
    """Run a coroutine to its end."""
    return apart(lambda: asyncio.run(coroutine))
