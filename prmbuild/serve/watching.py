"""Noticing that a programme changed: a commit, or a file that was saved."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from watchfiles import Change, DefaultFilter, awatch

from prmbuild.errors import PrmError, SourceError
from prmbuild.source.git import opened
from prmbuild.source.snapshot import CONFIGURATION, CONTENT, COURSES, OVERRIDES

FOLDERS = (CONTENT, COURSES, OVERRIDES)

GROUPED = 1000
"""Milliseconds over which changes are at most taken together."""

QUIET = 100
"""Milliseconds without another change after which changes are reported."""

POLL = 1.0
"""Seconds between two looks at HEAD."""

Changed = Callable[[], None]
"""Is called on the event loop whenever something may have changed."""


def work_tree(directory: Path) -> Path | None:
    """Return the top folder of the work tree around a directory; None in a bare repository.

    Raises:
        SourceError: there is no repository.
    """
    with opened(directory) as repository:
        return repository.root


def head(directory: Path) -> str | None:
    """Return the commit that HEAD is; None where it is none, as in the middle of some of git's own work."""
    try:
        with opened(directory) as repository:
            return repository.resolve("HEAD")
    except SourceError:
        return None


async def watch_commits(directory: Path, changed: Changed) -> None:
    """Notice commits, for ever.

    git keeps a branch in a file, in a packed list or in a table, in this folder or in another's: asking it is the one
    way that holds for all.
    """
    known = await asyncio.to_thread(head, directory)
    while True:
        await asyncio.sleep(POLL)
        found = await asyncio.to_thread(head, directory)
        if found is not None and found != known:
            known = found
            changed()


async def watch_files(root: Path, changed: Changed) -> None:
    """Notice saved files of the programme, for ever.

    The root is watched without what is below it: dependencies, git's own files and outputs live there, too.

    Raises:
        PrmError: the machine cannot watch so much.
    """
    moved = asyncio.Event()
    try:
        await asyncio.gather(_watch_root(root, changed, moved), _watch_folders(root, changed, moved))
    except OSError as error:
        raise PrmError(
            f"{root} cannot be watched for changes: {error}",
            hint="set WATCHFILES_FORCE_POLLING=1 to do without the system's help",
        ) from error


async def _watch_root(root: Path, changed: Changed, moved: asyncio.Event) -> None:
    async for changes in awatch(root, recursive=False, watch_filter=_in_root(root), debounce=GROUPED, step=QUIET):
        if any(Path(path).name in FOLDERS for _, path in changes):
            moved.set()
        changed()


async def _watch_folders(root: Path, changed: Changed, moved: asyncio.Event) -> None:
    """Watch the folders, anew whenever one of them has come or gone."""
    while True:
        folders = _folders(root)
        if folders:
            async for _ in awatch(
                *folders, watch_filter=DefaultFilter(), debounce=GROUPED, step=QUIET, stop_event=moved
            ):
                changed()
        await moved.wait()
        moved.clear()
        asyncio.get_running_loop().call_later(QUIET / 1000, changed)


def _folders(root: Path) -> tuple[Path, ...]:
    return tuple(root / name for name in FOLDERS if (root / name).is_dir())


def _in_root(root: Path) -> Callable[[Change, str], bool]:
    names = {*FOLDERS, *CONFIGURATION}

    def belongs(change: Change, path: str) -> bool:
        """Tell whether a change in the root is one of the programme; what changes in a folder is reported there."""
        name = Path(path).name
        return name in names and Path(path).parent == root and (name in CONFIGURATION or change is not Change.modified)

    return belongs
