import asyncio
import threading

import pytest

from prmbuild.progress import Progress, Silence
from prmbuild.serve.live import Live
from prmbuild.serve.making import Made
from prmbuild.serve.rebuilding import Rebuilder, Stoppable, StoppedError
from tests.serve.loops import run


class Builds:
    """Builds that wait to be let through, and see how many are under way."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.let = threading.Semaphore(0)
        self.count = self.running = self.most = 0
        self.source = self.seen = 0

    def __call__(self, progress: Progress) -> Made:
        self.running += 1
        self.most = max(self.most, self.running)
        self.seen = self.source
        self.begun.release()
        assert self.let.acquire(timeout=10)
        self.count += 1
        self.running -= 1
        return Made(edition=None, findings=(str(self.seen),))


def test_the_last_change_is_never_lost_and_builds_never_overlap() -> None:
    async def scenario() -> None:
        live, builds, told = Live(), Builds(), asyncio.Queue[Made]()
        rebuilder = Rebuilder(live, builds, Stoppable(Silence()), told.put_nowait)
        running = asyncio.create_task(rebuilder.run())
        builds.source = 1
        rebuilder.changed()
        await asyncio.to_thread(builds.begun.acquire)
        for source in (2, 3, 4):
            builds.source = source
            rebuilder.changed()
        builds.let.release()
        assert (await told.get()).findings == ("1",)
        await asyncio.to_thread(builds.begun.acquire)
        builds.let.release()
        assert (await told.get()).findings == ("4",)
        assert live.findings == ("4",)
        await asyncio.sleep(0.05)
        assert (builds.count, builds.most) == (2, 1)
        running.cancel()

    run(asyncio.wait_for(scenario(), 30))


def test_a_build_ends_when_it_is_told_to() -> None:
    progress = Stoppable(Silence())
    progress.stage("reading", 3)
    progress.advance()
    progress.stop()
    with pytest.raises(StoppedError):
        progress.advance()
