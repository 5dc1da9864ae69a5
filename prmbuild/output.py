"""Writing built portals to a directory: ``portals/<portal>/<path>``, ``build.json`` and its parts in ``files/``.

Equal files of several portals are one file with several names. A folder that an earlier build wrote is brought up to
date: what did not change is not touched. Where something stands there that no build lays, such as a symbolic link, all
portals are written anew; no link is ever followed, so nothing outside of the folder is written or removed.
"""

import fcntl
import json
import os
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import get_ident

from msgspec import Struct, field

from prmbuild import __version__
from prmbuild.build import Blobs, Built
from prmbuild.errors import StoreError
from prmbuild.laid import DOUBTED, PORTALS, UNDER_WAY, is_file, is_folder, laid, lay_mark, reliable, remove
from prmbuild.manifest import MANIFEST, PARTS, Files, part_file, part_of
from prmbuild.progress import Progress
from prmbuild.visibility.sets import Translation, members

_NEW = ".prmbuild-new"
"""Folder for files until they take their place."""

_THREADS = 4
"""Writers of portals. They wait for the disk more than they compute."""

_ANOTHER = "name another folder with --out"


class _StrangeError(Exception):
    """Something stands below a folder that no build lays there."""


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


def objection(out: Path) -> tuple[str, str] | None:
    """Return why portals cannot be written to a folder, and what to do; None where they can. Changes nothing.

    Raises:
        StoreError: it could be, but for the disk or permissions.
    """
    try:
        there = next(place for place in (out, *out.absolute().parents) if os.path.lexists(place))
        if there.is_symlink() and not there.exists():
            return f"{there} is a symbolic link that leads nowhere", _ANOTHER
        if not there.is_dir():
            return f"{there} is not a folder", _ANOTHER
        if not os.access(there, os.R_OK | os.W_OK | os.X_OK):
            raise StoreError(f"{there} cannot be written", hint=f"check the disk and permissions, or {_ANOTHER}")
        names = set(os.listdir(there)) if out.exists() else set()  # noqa: PTH208
        ours = any(is_file(out / name) for name in (MANIFEST, UNDER_WAY, DOUBTED))
    except OSError as error:
        raise _failed(out, error) from error
    strange = f"{out} is not empty and was not written by prmbuild"
    if names and not ours and PORTALS in names and names <= {PORTALS, PARTS, _NEW}:
        return f"{strange}, or its {MANIFEST} was removed", f"if it was, delete the folder; else {_ANOTHER}"
    if names and not ours:
        return strange, "name an empty folder with --out"
    return None


def write(built: Built, out: Path, progress: Progress, *, anew: bool = False, harmed: Set[str] = frozenset()) -> int:
    """Bring the portals below ``out`` up to date.

    Args:
        built: what is to stand there.
        out: a folder that is empty, or that an earlier build wrote.
        progress: hears of the files that are written.
        anew: write everything, whatever stands there.
        harmed: ids of portals that somebody else changed; they are written anew.

    Returns:
        How many files were written or removed.

    Raises:
        StoreError: the directory holds something else, or cannot be written.
    """
    if objected := objection(out):
        raise StoreError(objected[0], hint=objected[1])
    try:
        out.mkdir(parents=True, exist_ok=True)
        with _alone(out):
            described = manifest(built)
            before = None if anew or not reliable(out) else _before(out, built, described, harmed)
            lay_mark(out / UNDER_WAY)
            _fresh(out / _NEW)
            written = None
            if before is not None:
                with suppress(_StrangeError):
                    written = _bring_up_to_date(built, before, out, progress)
            if written is None:
                remove(out / PARTS)
                _fresh(out / PORTALS)
                written = _bring_up_to_date(built, _Before(), out, progress)
            _write_manifest(described, out)
            for name in (_NEW, DOUBTED, UNDER_WAY):
                remove(out / name)
    except OSError as error:
        raise _failed(out, error) from error
    return written


def _failed(out: Path, error: OSError) -> StoreError:
    return StoreError(f"{error.filename or out}: {error.strerror or error}", hint="check the disk and permissions")


def _fresh(folder: Path) -> None:
    remove(folder)
    folder.mkdir()


class _Before(Struct, frozen=True, kw_only=True):
    """What stands in a folder, apart from parts of the manifest that stay as they are.

    Attributes:
        portals: ids; bit n of a set stands for the n-th.
        files: without those of parts that stay.
        staying: names of these parts.
        lost: ids of portals of which nothing that stands there is of any use.
        strange: what else stands where portals do, by name.
    """

    portals: Sequence[str] = ()
    files: Files = field(default_factory=dict)
    staying: Set[str] = frozenset()
    lost: Set[str] = frozenset()
    strange: Set[str] = frozenset()


def _before(out: Path, built: Built, described: Mapping[str, bytes], harmed: Set[str]) -> _Before | None:
    """Return what an earlier build wrote; None where nothing reliable tells, or where portals are not where it was.

    Args:
        out: the folder.
        built: what is to stand there.
        described: the manifest of that.
        harmed: see `write`.
    """
    found = laid(out)
    if found is None or not is_folder(out / PARTS) or not is_folder(out / PORTALS):
        return None
    there = {entry.name: entry.is_dir(follow_symlinks=False) for entry in os.scandir(out / PORTALS)}
    lost = {portal for portal in found.portals if portal in harmed or not there.get(portal)}
    alike = list(found.portals) == [portal.id for portal in built.portals] and not lost
    staying = {name for name, digest in found.parts.items() if alike and part_file(digest) in described}
    try:
        files = {part_file(found.parts[name]) for name in staying}
        if not all(_holds(out / file, described[file]) for file in files):
            return None
        return _Before(
            portals=found.portals,
            files=found.files(found.parts.keys() - staying),
            staying=staying,
            lost=lost,
            strange=there.keys() - set(found.portals),
        )
    except (OSError, ValueError):
        return None


def _write_manifest(described: Mapping[str, bytes], out: Path) -> None:
    """Write the parts of a manifest that are not there, then its head, and remove what it names no more."""
    (out / PARTS).mkdir(exist_ok=True)
    for path in (*(path for path in described if path != MANIFEST), MANIFEST):
        if path == MANIFEST or not _holds(out / path, described[path]):
            if not is_file(out / path):
                remove(out / path)
            new = out / _NEW / "manifest"
            new.write_bytes(described[path])
            new.replace(out / path)
    for name in os.listdir(out / PARTS):  # noqa: PTH208
        if f"{PARTS}/{name}" not in described:
            remove(out / PARTS / name)


def _holds(place: Path, data: bytes) -> bool:
    return is_file(place) and place.read_bytes() == data


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Have two builds into one folder write one after the other. The lock goes with the process."""
    folder = os.open(out, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _bring_up_to_date(built: Built, before: _Before, out: Path, progress: Progress) -> int:
    folder = out / PORTALS
    ids = [tree.portal.id for tree in built.trees]
    for name in before.strange | before.lost | (set(before.portals) - set(ids)):
        remove(folder / name)
    files = {path: held for path, held in built.files.items() if part_of(path) not in before.staying}
    put, drop = _changes(files, before, ids)
    number = sum(map(len, put)) + sum(map(len, drop))
    progress.stage("writing", number)
    sources = _Sources(built.blobs, out / _NEW)
    wanted = dict.fromkeys(digest for files in put for _, digest in files)
    built.blobs.missing(wanted)  # looked up at once
    for digest in wanted:
        sources.add(digest)
    with ThreadPoolExecutor(_THREADS) as threads:
        for steps in threads.map(_write_portal, [folder / portal for portal in ids], put, drop, [sources] * len(ids)):
            progress.advance(steps)
    return number


def _changes(files: Files, before: _Before, ids: Sequence[str]) -> tuple[list[list[tuple[str, str]]], list[list[str]]]:
    """Return for each portal the paths and digests to put, and the paths to drop."""
    put: list[list[tuple[str, str]]] = [[] for _ in ids]
    drop: list[list[str]] = [[] for _ in ids]
    places = {portal: number for number, portal in enumerate(before.portals) if portal not in before.lost}
    kept = Translation([1 << places[portal] if portal in places else 0 for portal in ids])
    same = list(before.portals) == list(ids) and not before.lost
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
    """The files that names are linked to: the cache's own where they are on the same disk, else one copy.

    Args:
        blobs: bytes by digest.
        folder: takes copies, and files until they take their place.
    """

    def __init__(self, blobs: Blobs, folder: Path) -> None:
        self._blobs = blobs
        self._folder = folder
        self._disk = folder.stat().st_dev
        self._places: dict[str, Path] = {}

    def add(self, digest: str) -> None:
        """Find or make the file of a digest."""
        place = self._blobs.place(digest)
        if place is None or place.stat().st_dev != self._disk:
            place = self._folder / digest
            place.write_bytes(self._blobs[digest])
        self._places[digest] = place

    def link(self, digest: str, place: str) -> None:
        """Give the file of a digest one more name.

        Raises:
            _StrangeError: a folder has it.
            OSError: it cannot be written.
        """
        try:
            os.link(self._places[digest], place)
        except OSError:  # a file has the name, the disk knows no links, or this file has as many as it may
            new = f"{self._folder}/{get_ident()}"
            try:
                os.link(self._places[digest], new)
            except OSError:
                shutil.copyfile(self._places[digest], new)
            try:
                Path(new).replace(place)
            except IsADirectoryError as error:
                raise _StrangeError from error
            # a rename to a name of the same file does nothing. Source: POSIX.1-2017, rename()
            Path(new).unlink(missing_ok=True)


def _write_portal(folder: Path, put: Sequence[tuple[str, str]], drop: Sequence[str], sources: _Sources) -> int:
    above = str(folder.parent)
    seen = {above}
    for path in drop:
        if _there(f"{folder}/{path}".rpartition("/")[0], seen):
            _drop(folder / path)
    for parent in {path.rpartition("/")[0] for path in drop}:  # before a file takes the place of a folder
        _remove_empty(folder, parent)
    made = {above}
    for path, digest in put:
        parent, _, name = path.rpartition("/")
        place = f"{folder}/{parent}" if parent else str(folder)
        _make(place, made)
        sources.link(digest, f"{place}/{name}")
    return len(put) + len(drop)


def _there(place: str, seen: set[str]) -> bool:
    """Tell whether a folder is there, and make sure that it and those above it are folders, not links to some.

    Args:
        place: below one of `seen`.
        seen: folders that are; others are added.

    Raises:
        _StrangeError: one is none.
    """
    if place in seen:
        return True
    try:
        if not _there(place.rpartition("/")[0], seen):
            return False
        mode = os.lstat(place).st_mode
    except FileNotFoundError:
        return False
    if not stat.S_ISDIR(mode):
        raise _StrangeError
    seen.add(place)
    return True


def _drop(place: Path) -> None:
    try:
        place.unlink(missing_ok=True)
    except (IsADirectoryError, PermissionError) as error:  # what unlink() says of a folder differs between systems
        if is_folder(place):
            raise _StrangeError from error
        raise


def _make(place: str, made: set[str]) -> None:
    """Make a folder and those above it, with as few calls as may be: making folders is most of the time of a build.

    Args:
        place: below one of `made`.
        made: folders that are there, and no links to some; others are added.

    Raises:
        _StrangeError: something else is there.
    """
    if place in made:
        return
    _make(place.rpartition("/")[0], made)
    try:
        os.mkdir(place)  # noqa: PTH102  # a Path costs as much again
    except FileExistsError as error:
        if not stat.S_ISDIR(os.lstat(place).st_mode):
            raise _StrangeError from error
    made.add(place)


def _remove_empty(folder: Path, parent: str) -> None:
    while parent:
        try:
            (folder / parent).rmdir()
        except OSError:
            return
        parent = parent.rpartition("/")[0]
