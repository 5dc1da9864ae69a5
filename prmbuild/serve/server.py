"""The server: builds, serves on this machine only, and builds again on change."""

import asyncio
import errno
import socket
import sys
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol

import uvicorn
from msgspec import Struct

from prmbuild.cache import Cache
from prmbuild.errors import PrmError
from prmbuild.progress import Progress, Silence
from prmbuild.request import Request
from prmbuild.serve.app import application
from prmbuild.serve.edition import ViewerId
from prmbuild.serve.guard import Guard
from prmbuild.serve.live import Live
from prmbuild.serve.making import Made, make, remake
from prmbuild.serve.rebuilding import Build, Rebuilder, Stoppable
from prmbuild.serve.watching import watch_commits, watch_files, work_tree

ADDRESS = "127.0.0.1"

GRACE = 2
"""Seconds that requests under way have when the server ends."""


class Display(Progress, Protocol):
    """Progress that clears what it shows when a run is over."""

    def close(self) -> None:
        """The run is over."""


class Quiet(Silence):
    """A display that shows nothing."""

    def close(self) -> None:
        """Do nothing."""


def announce(url: str) -> None:
    """Print where the server is."""
    print(url, flush=True)
    sys.stderr.write("prmbuild: open it in a browser; stop with Ctrl-C\n")


class Work(Struct, frozen=True, kw_only=True):
    """How what is served comes about.

    Attributes:
        directory: any folder inside the repository.
        first: makes what is served at first; may raise.
        again: makes it anew after a change; says what is wrong instead of raising.
        commits: whether a new commit is a change.
        files: whether a saved file is one.
    """

    directory: Path
    first: Build
    again: Build
    commits: bool = True
    files: bool = False


class _Programme(Struct, frozen=True, kw_only=True):
    worktree: bool
    jobs: int
    cache: Cache
    now: Callable[[], datetime]

    def request(self) -> Request:
        return Request(revision="HEAD", now=self.now(), worktree=self.worktree, jobs=self.jobs, cache=self.cache)


def serve(
    repository_dir: Path,
    *,
    port: int,
    worktree: bool,
    jobs: int,
    now: Callable[[], datetime],
    cache: Cache,
    open_browser: bool = False,
    on_ready: Callable[[str], None] = announce,
    progress: Display | None = None,
) -> None:
    """Build a programme and serve its portals with a development sign-in, until interrupted.

    Args:
        repository_dir: any folder inside the repository.
        port: on 127.0.0.1; 0 picks one.
        worktree: show uncommitted files too, and rebuild when one is saved; otherwise a commit rebuilds.
        jobs: processes that render.
        now: the clock; every build looks once.
        cache: keeps what is rendered, and what is served.
        open_browser: open the start page in a browser.
        on_ready: is given the URL when the server answers.
        progress: hears of the builds.

    Raises:
        PrmError: the port cannot be had, or the first build meets a broken environment.
    """
    programme = _Programme(worktree=worktree, jobs=jobs, cache=cache, now=now)
    work = Work(
        directory=repository_dir,
        first=lambda heard: make(repository_dir, programme.request(), heard),
        again=lambda heard: remake(repository_dir, programme.request(), heard),
        files=worktree,
    )
    run(work, port=port, open_browser=open_browser, on_ready=on_ready, progress=progress)


def run(
    work: Work,
    *,
    port: int,
    reader: ViewerId | None = None,
    place: str = "",
    open_browser: bool = False,
    on_ready: Callable[[str], None] = announce,
    progress: Display | None = None,
) -> None:
    """Serve what is made, until interrupted.

    Args:
        work: makes what is served.
        port: on 127.0.0.1; 0 picks one.
        reader: reads it without signing in; None for whoever signs in.
        place: URL relative to the server's root of what to open.
        open_browser: open it in a browser.
        on_ready: is given its URL when the server answers.
        progress: hears of the work.

    Raises:
        PrmError: the port cannot be had, or the first build meets a broken environment.
    """
    with _listening(port) as listener:
        url = f"http://{ADDRESS}:{listener.getsockname()[1]}/{place}"

        def ready() -> None:
            on_ready(url)
            if open_browser:
                webbrowser.open(url)

        try:
            asyncio.run(_run(work, reader, listener, ready, progress or Quiet()))
        except KeyboardInterrupt:
            sys.stderr.write("\n")


async def _run(
    work: Work, reader: ViewerId | None, listener: socket.socket, ready: Callable[[], None], display: Display
) -> None:
    live = Live()
    progress = Stoppable(display)

    def report(made: Made) -> None:
        display.close()
        sys.stderr.write(_told(made, preview=reader is not None))
        sys.stderr.flush()

    rebuilder = Rebuilder(live, work.again, progress, report)
    watchers = [asyncio.create_task(watch_commits(work.directory, rebuilder.changed))] if work.commits else []
    root = work_tree(work.directory) if work.files else None
    if root is not None:
        watchers.append(asyncio.create_task(watch_files(root, rebuilder.changed)))
    try:
        made = await asyncio.to_thread(work.first, progress)
        live.finish(made)
        report(made)
        if made.partial:
            rebuilder.changed()
        served = asyncio.create_task(_Server(application(live, reader), live, ready).serve(sockets=[listener]))
        tasks = [served, asyncio.create_task(rebuilder.run()), *watchers]
        watchers = tasks[1:]
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        progress.stop()
        for task in watchers:
            task.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)


def _told(made: Made, *, preview: bool) -> str:
    findings = "".join(f"{finding}\n" for finding in made.findings)
    if made.edition is None:
        return f"{findings}prmbuild: nothing new is served until this is corrected\n"
    if made.partial:
        return f"{findings}prmbuild: the page is there, the rest of its portal follows\n"
    if preview:
        return f"{findings}prmbuild: the preview is up to date\n"
    portals = made.edition.portals.values()
    return f"{findings}prmbuild: serving {len(portals)} portals to {len(made.edition.viewers)} viewers\n"


class _Server(uvicorn.Server):
    """Says when it answers, and ends the streams that would keep it from ending."""

    def __init__(self, app: Guard, live: Live, ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="h11",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="critical",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=GRACE,
            )
        )
        self._live = live
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._live.close()
        await super().shutdown(sockets)


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((ADDRESS, port))
            listener.listen()
        except OSError as error:
            busy = error.errno == errno.EADDRINUSE
            raise PrmError(
                f"port {port} is {'busy' if busy else f'not to be had: {error.strerror}'}",
                hint="choose another one with --port, or let 0 choose one",
            ) from error
        yield listener
    finally:
        listener.close()
