"""Building again, one build at a time, until no change is left that was not built."""

import asyncio
import threading
from collections.abc import Callable

from prmbuild.progress import Progress
from prmbuild.serve.live import Live
from prmbuild.serve.making import Made

Build = Callable[[Progress], Made]
"""Builds the programme as it is now; runs in a thread."""


class StoppedError(Exception):
    """The build was given up, because the server ends."""


class Stoppable:
    """Progress that ends the run it hears of, at its next step, once it is told to."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._stop = threading.Event()

    def stop(self) -> None:
        """Tell the run to end."""
        self._stop.set()

    def stage(self, name: str, total: int = 0) -> None:
        """Pass a stage on."""
        self._heed()
        self._progress.stage(name, total)

    def advance(self, steps: int = 1) -> None:
        """Pass steps on."""
        self._heed()
        self._progress.advance(steps)

    def reused(self, steps: int = 1) -> None:
        """Pass steps that need not be done on."""
        self._heed()
        self._progress.reused(steps)

    def _heed(self) -> None:
        if self._stop.is_set():
            raise StoppedError


class Rebuilder:
    """Rebuilds when it is told of changes.

    Args:
        live: is given the outcome.
        build: makes it.
        progress: hears of the builds.
        report: is told of every outcome.
    """

    def __init__(self, live: Live, build: Build, progress: Stoppable, report: Callable[[Made], None]) -> None:
        self._live = live
        self._build = build
        self._progress = progress
        self._report = report
        self._dirty = asyncio.Event()

    def changed(self) -> None:
        """Something changed; a build under way may or may not have seen it, so another one follows."""
        self._dirty.set()

    async def run(self) -> None:
        """Rebuild on changes, for ever."""
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            self._live.begin()
            made = await asyncio.to_thread(self._build, self._progress)
            self._live.finish(made)
            self._report(made)
