"""Processes that work for this one: they end when it does, however it ends."""

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import parent_process
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from threading import Thread


@contextmanager
def worker_processes(jobs: int, context: BaseContext, prepare: Callable[[], None]) -> Iterator[ProcessPoolExecutor]:
    """Start an executor of so many processes.

    Args:
        jobs: how many.
        context: how they are started.
        prepare: called in each, first.
    """
    with ProcessPoolExecutor(jobs, context, partial(_begin, prepare)) as executor:
        yield executor


def _begin(prepare: Callable[[], None]) -> None:
    """Set a worker up: signals that end processes end it at once, and so does the end of its parent.

    A worker waits for work on a pipe whose other end it has too, so that it would wait for ever. A keyboard's interrupt
    reaches all processes of a terminal; it is up to the parent what comes of it.
    """
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    assert parent is not None
    Thread(target=_end_after, args=(parent,), daemon=True, name="end with parent").start()
    prepare()


def _end_after(parent: BaseProcess) -> None:
    """End this process when its parent is gone: then a pipe is closed that only it and workers started later hold."""
    parent.join()
    os._exit(1)
