"""Writing built portals to a directory: ``portals/<portal>/<path>``, ``build.json`` and its parts in ``files/``.

Equal files of several portals are one file with several names. A folder that an earlier build wrote is brought up to
date: what did not change is not touched.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from msgspec import Struct, field

from prmbuild import __version__
from prmbuild.build import Blobs, Built
from prmbuild.errors import StoreError
from prmbuild.laid import UNDER_WAY, laid
from prmbuild.manifest import MANIFEST, PARTS, Files, part_file, part_of
from prmbuild.progress import Progress
from prmbuild.visibility.sets import Translation, members

PORTALS = "portals"

_NEW = ".prmbuild-new"
"""What a file is called until it takes the place of the one before."""

_THREADS = 4
"""Writers of portals. They wait for the disk more than they compute."""


def manifest(built: Built) -> Mapping[str, bytes]:
    """Return the manifest of a build by file: which portals there are, who their viewers are, and their files.

    Returns:
        `MANIFEST` and the parts that it names: path below the folder → bytes.
    """
    described = {part_file(built.digests[name]): text for name, text in built.parts.items()}
    return {MANIFEST: head(built, built.digests), **described}


def head(built: Built, digests: Mapping[str, str]) -> bytes:
    """Return ``build.json``.

    Args:
        built: the build.
        digests: name of each part → its SHA-256.
    """
    told = {"version": 2, "prmbuild": __version__, "revision": built.revision, "preview": built.preview}
    portals = [
        {
            "id": tree.portal.id,
            "viewers": [{"partner": viewer.partner, "role": viewer.role} for viewer in tree.portal.viewers],
            "release": tree.release,
        }
        for tree in built.trees
    ]
    return (json.dumps({**told, "portals": portals, "files": digests}, ensure_ascii=False, indent=1) + "\n").encode(
        "utf-8", "surrogatepass"
    )


def write(built: Built, out: Path, progress: Progress) -> int:
    """Bring the portals below ``out`` up to date.

    Args:
        built: what is to stand there.
        out: a folder that is empty, or that an earlier build wrote.
        progress: hears of the files that are written.

    Returns:
        How many files were written or removed.

    Raises:
        StoreError: the directory holds something else, or cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        ours = (out / MANIFEST).is_file() or (out / UNDER_WAY).is_file()
        if not ours and any(out.iterdir()):
            raise StoreError(
                f"{out} is not empty and was not written by prmbuild", hint="name an empty folder with --out"
            )
        with _alone(out):
            described = manifest(built)
            before = None if (out / UNDER_WAY).exists() else _before(out, built, described)
            (out / UNDER_WAY).touch()
            for left in (out / PORTALS, out / PARTS) if before is None else ():
                shutil.rmtree(left, ignore_errors=not left.exists())
            written = _bring_up_to_date(built, before or _Before(), out / PORTALS, progress)
            _write_manifest(described, out)
            (out / UNDER_WAY).unlink()
    except OSError as error:
        raise StoreError(
            f"{error.filename or out}: {error.strerror or error}", hint="check the disk and permissions"
        ) from error
    return written


class _Before(Struct, frozen=True, kw_only=True):
    """What stands in a folder, apart from parts of the manifest that stay as they are.

    Attributes:
        portals: ids; bit n of a set stands for the n-th.
        files: without those of parts that stay.
        staying: names of these parts.
    """

    portals: Sequence[str] = ()
    files: Files = field(default_factory=dict)
    staying: Set[str] = frozenset()


def _before(out: Path, built: Built, described: Mapping[str, bytes]) -> _Before | None:
    """Return what an earlier build wrote; None where nothing reliable tells."""
    found = laid(out)
    if found is None:
        return None
    alike = list(found.portals) == [portal.id for portal in built.portals]
    staying = {name for name, digest in found.parts.items() if alike and part_file(digest) in described}
    try:
        files = {part_file(found.parts[name]) for name in staying}
        if any((out / file).read_bytes() != described[file] for file in files):
            return None
        return _Before(
            portals=found.portals, files=found.files(found.parts.keys() - staying), staying=frozenset(staying)
        )
    except (OSError, ValueError):
        return None


def _write_manifest(described: Mapping[str, bytes], out: Path) -> None:
    """Write the parts of a manifest that are not there, then its head, and remove what it names no more."""
    (out / PARTS).mkdir(exist_ok=True)
    there = {f"{PARTS}/{name}" for name in os.listdir(out / PARTS)}  # noqa: PTH208
    for path in (*(path for path in described if path != MANIFEST), MANIFEST):
        if path not in there:
            new = out / f"{path}{_NEW}"
            new.write_bytes(described[path])
            new.replace(out / path)
    for path in there - described.keys():
        (out / path).unlink()


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Have two builds into one folder write one after the other. The lock goes with the process."""
    folder = os.open(out, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _bring_up_to_date(built: Built, before: _Before, folder: Path, progress: Progress) -> int:
    ids = [tree.portal.id for tree in built.trees]
    for portal in set(before.portals) - set(ids):
        with suppress(FileNotFoundError):
            shutil.rmtree(folder / portal)
    files = {path: held for path, held in built.files.items() if part_of(path) not in before.staying}
    put, drop = _changes(files, before, ids)
    number = sum(map(len, put)) + sum(map(len, drop))
    progress.stage("writing", number)
    folder.mkdir(exist_ok=True)
    sources = _Sources(built.blobs, folder)
    wanted = dict.fromkeys(digest for files in put for _, digest in files)
    built.blobs.missing(wanted)  # looked up at once
    for digest in wanted:
        sources.add(digest)
    with ThreadPoolExecutor(_THREADS) as threads:
        for steps in threads.map(_write_portal, [folder / portal for portal in ids], put, drop, [sources] * len(ids)):
            progress.advance(steps)
    sources.close()
    return number


def _changes(files: Files, before: _Before, ids: Sequence[str]) -> tuple[list[list[tuple[str, str]]], list[list[str]]]:
    """Return for each portal the paths and digests to put, and the paths to drop."""
    put: list[list[tuple[str, str]]] = [[] for _ in ids]
    drop: list[list[str]] = [[] for _ in ids]
    places = {portal: number for number, portal in enumerate(before.portals)}
    kept = Translation([1 << places[portal] if portal in places else 0 for portal in ids])
    same = list(before.portals) == list(ids)
    for path, held in files.items():
        if same and before.files.get(path) == held:
            continue
        old = {digest: kept(some) for some, digest in before.files.get(path, ())}
        for portals, digest in held:
            for portal in members(portals & ~old.get(digest, 0)):
                put[portal].append((path, digest))
    for path, earlier in before.files.items():
        if same and files.get(path) == earlier:
            continue
        now = 0
        for portals, _ in files.get(path, ()):
            now |= portals
        for some, _ in earlier:
            for portal in members(kept(some) & ~now):
                drop[portal].append(path)
    return put, drop


class _Sources:
    """The files that names are linked to: the cache's own where they are on the same disk, else one copy in ``out``."""

    def __init__(self, blobs: Blobs, folder: Path) -> None:
        self._blobs = blobs
        self._folder = folder / _NEW
        self._disk = folder.stat().st_dev
        self._places: dict[str, Path] = {}

    def add(self, digest: str) -> None:
        """Find or make the file of a digest."""
        place = self._blobs.place(digest)
        if place is None or place.stat().st_dev != self._disk:
            self._folder.mkdir(exist_ok=True)
            place = self._folder / digest
            place.write_bytes(self._blobs[digest])
        self._places[digest] = place

    def link(self, digest: str, place: str) -> None:
        """Give the file of a digest one more name."""
        try:
            os.link(self._places[digest], place)
        except FileExistsError:
            os.link(self._places[digest], f"{place}{_NEW}")
            Path(f"{place}{_NEW}").replace(place)
            # a rename to a name of the same file does nothing. Source: POSIX.1-2017, rename()
            Path(f"{place}{_NEW}").unlink(missing_ok=True)
        except OSError:  # a disk that knows no links, or no more links to one file
            shutil.copyfile(self._places[digest], f"{place}{_NEW}")
            Path(f"{place}{_NEW}").replace(place)

    def close(self) -> None:
        """Remove the names that nothing needs any more."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _write_portal(folder: Path, put: Sequence[tuple[str, str]], drop: Sequence[str], sources: _Sources) -> int:
    for path in drop:
        (folder / path).unlink(missing_ok=True)
    for parent in {path.rpartition("/")[0] for path in drop}:  # before a file takes the place of a folder
        _remove_empty(folder, parent)
    made: set[str] = set()
    for path, digest in put:
        parent, _, name = path.rpartition("/")
        place = f"{folder}/{parent}" if parent else str(folder)
        _make(place, made)
        sources.link(digest, f"{place}/{name}")
    return len(put) + len(drop)


def _make(place: str, made: set[str]) -> None:
    """Make a folder and those above it, with as few calls as may be: making folders is most of the time of a build."""
    if place in made:
        return
    try:
        os.mkdir(place)  # noqa: PTH102  # a Path costs as much again
    except FileNotFoundError:
        _make(place.rpartition("/")[0], made)
        os.mkdir(place)  # noqa: PTH102
    except FileExistsError:
        pass
    made.add(place)


def _remove_empty(folder: Path, parent: str) -> None:
    while parent:
        try:
            (folder / parent).rmdir()
        except OSError:
            return
        parent = parent.rpartition("/")[0]
