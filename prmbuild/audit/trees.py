"""What is audited: portals as paths and digests, and the bytes behind them, built in memory or read from a folder."""

import json
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from msgspec import Struct, field

from prmbuild.audit.facts import verified
from prmbuild.audit.report import Kind, Leak
from prmbuild.build import Blobs as BuiltBlobs
from prmbuild.build import Built
from prmbuild.errors import AuditError
from prmbuild.laid import DOUBTED, PORTALS, is_folder, laid
from prmbuild.manifest import MANIFEST, PARTS, part_file, release
from prmbuild.portals.portals import Portal
from prmbuild.visibility.sets import For, Translation, members


class Blobs(Protocol):
    """The bytes behind the digests."""

    def __getitem__(self, digest: str, /) -> bytes:
        """Return the bytes of a digest."""

    def place(self, digest: str) -> Path | None:
        """Return a file that should hold them; None where there is none."""


class Forest(Struct, frozen=True, kw_only=True):
    """The trees of an audit.

    Attributes:
        files: path → SHA-256 that each set of portals has there; bit n stands for the n-th of the desired state.
        blobs: SHA-256 → bytes.
        leaks: what is wrong before anything was opened.
        gone: ids of portals whose folder is not there.
    """

    files: Mapping[str, For[str]]
    blobs: Blobs
    leaks: tuple[Leak, ...] = ()
    gone: frozenset[str] = frozenset()


def built_forest(built: Built, portals: Sequence[Portal]) -> Forest:
    """Return the trees of a build.

    Args:
        built: the build.
        portals: those of the desired state.
    """
    readers = {portal.id: frozenset(_readers(portal)) for portal in built.portals}
    lost = built.blobs.missing({digest for held in built.files.values() for _, digest in held})
    leaks = [
        *_strangers(readers, portals),
        *(
            _tampered(built.portals[number].id, path, "its bytes are not those that its digest names")
            for path, held in built.files.items()
            for some, digest in held
            if digest in lost
            for number in members(some)
        ),
    ]
    numbers = {portal.id: number for number, portal in enumerate(built.portals)}
    wanted = Translation([1 << numbers[portal.id] if portal.id in numbers else 0 for portal in portals])
    return Forest(
        files={
            path: tuple((wanted(some), digest) for some, digest in held if digest not in lost)
            for path, held in built.files.items()
        },
        blobs=_Verified(built.blobs),
        leaks=tuple(leaks),
    )


def written_forest(out: Path, portals: Sequence[Portal]) -> Forest:
    """Read what `prmbuild.output.write` wrote, hashing every file again.

    Args:
        out: the folder.
        portals: those of the desired state.

    Raises:
        AuditError: the folder is not one that prmbuild wrote, or cannot be read.
    """
    manifest = _manifest(out)
    ours = (MANIFEST, PARTS, PORTALS, DOUBTED)
    leaks = [_tampered("", name, "not written by prmbuild") for name in _names(out) if name not in ours]
    leaks += [_tampered("", name, f"not in {MANIFEST}") for name in _strange_parts(out)]
    leaks += _strangers({name: entry.readers for name, entry in manifest.items()}, portals)
    leaks += [
        _tampered(name, "", f"{MANIFEST} does not name the release that its files make")
        for name, entry in manifest.items()
        if entry.release != release(entry.files)
    ]
    folder = out / PORTALS
    if folder.is_symlink():
        raise AuditError(f"{folder} is a symbolic link", hint="build again, into an empty folder")
    leaks += [
        _tampered("", f"{PORTALS}/{name}", f"not in {MANIFEST}")
        for name in (_names(folder) if folder.is_dir() else ())
        if name not in manifest
    ]
    reader = _Files()
    files: dict[str, dict[str, int]] = {}
    gone: set[str] = set()
    for number, portal in enumerate(portals):
        listed = manifest[portal.id].files if portal.id in manifest else {}
        found: dict[str, str] = {}
        if not is_folder(folder / portal.id):
            gone.add(portal.id)
            leaks.append(_tampered(portal.id, "", "its folder is not there"))
            continue
        for path, problem in _walk(folder / portal.id):
            if problem:
                leaks.append(_tampered(portal.id, path, problem))
                continue
            found[path] = reader.add(folder / portal.id / path)
            if path not in listed:
                leaks.append(_tampered(portal.id, path, f"not in {MANIFEST}"))
            elif found[path] != listed[path]:
                leaks.append(_tampered(portal.id, path, f"its bytes are not those that {MANIFEST} names"))
        leaks += [
            _tampered(portal.id, path, f"in {MANIFEST}, but not in the folder") for path in listed if path not in found
        ]
        for path, digest in found.items():
            held = files.setdefault(path, {})
            held[digest] = held.get(digest, 0) | 1 << number
    return Forest(
        files={path: tuple((some, digest) for digest, some in held.items()) for path, held in files.items()},
        blobs=reader,
        leaks=tuple(leaks),
        gone=frozenset(gone),
    )


class _Verified(Struct, frozen=True):
    blobs: BuiltBlobs

    def __getitem__(self, digest: str, /) -> bytes:
        data = self.blobs[digest]
        if sha256(data).hexdigest() != digest:
            raise AuditError(f"a built file does not have the digest {digest} that it goes by")
        return data

    def place(self, digest: str) -> Path | None:
        return self.blobs.place(digest)


class _Files(Struct):
    """Reads files by digest; several names of one file are hashed once."""

    places: dict[str, Path] = field(default_factory=dict)
    known: dict[tuple[int, int], str] = field(default_factory=dict)

    def add(self, place: Path) -> str:
        try:
            status = place.stat(follow_symlinks=False)
            identity = status.st_dev, status.st_ino
            if identity not in self.known:
                self.known[identity] = sha256(place.read_bytes()).hexdigest()
        except OSError as error:
            raise AuditError(f"{place}: {error.strerror or error}", hint="check the disk and permissions") from error
        digest = self.known[identity]
        self.places.setdefault(digest, place)
        return digest

    def __getitem__(self, digest: str, /) -> bytes:
        return verified(self.places[digest], digest)

    def place(self, digest: str) -> Path | None:
        return self.places[digest]


def _names(folder: Path) -> Sequence[str]:
    return sorted(place.name for place in folder.iterdir())


def _walk(root: Path) -> Iterator[tuple[str, str]]:
    """Yield the path of everything below a folder that is no folder, and what is wrong with it."""
    left = [root]
    while left:
        folder = left.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name) if folder.exists() else []
        except OSError as error:
            raise AuditError(f"{folder}: {error.strerror or error}", hint="check the disk and permissions") from error
        for entry in entries:
            path = Path(entry.path).relative_to(root).as_posix()
            if entry.is_symlink():
                yield path, "a symbolic link"
            elif entry.is_dir(follow_symlinks=False):
                left.append(Path(entry.path))
            else:
                regular = stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode)
                yield path, "" if regular else "not a plain file"


class _Entry(Struct, frozen=True, kw_only=True):
    """What the manifest says of a portal; readers are pairs of partner and role."""

    files: Mapping[str, str]
    readers: frozenset[tuple[str, str]]
    release: str


def _manifest(out: Path) -> Mapping[str, _Entry]:
    strange = AuditError(f"{out / MANIFEST} is not what prmbuild writes", hint="build again")
    try:
        document = json.loads((out / MANIFEST).read_bytes())
        readers = {
            str(portal["id"]): frozenset((str(viewer["partner"]), str(viewer["role"])) for viewer in portal["viewers"])
            for portal in document["portals"]
        }
        named = {str(portal["id"]): str(portal["release"]) for portal in document["portals"]}
        found = laid(out)
        if found is None:
            raise strange
        files: list[dict[str, str]] = [{} for _ in found.portals]
        for path, held in found.files(found.parts).items():
            for portals, digest in held:
                for number in members(portals):
                    files[number][path] = digest
    except OSError as error:
        raise AuditError(
            f"{out / MANIFEST}: {error.strerror or error}", hint="run: prmbuild build --out DIR"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise strange from error
    return {
        name: _Entry(files=listed, readers=readers[name], release=named[name])
        for name, listed in zip(found.portals, files, strict=True)
    }


def _strange_parts(out: Path) -> Iterator[str]:
    """Yield what stands beside the parts of the manifest."""
    found, folder = laid(out), out / PARTS
    named = {part_file(digest) for digest in found.parts.values()} if found is not None else set()
    if folder.is_symlink():
        raise AuditError(f"{folder} is a symbolic link", hint="build again, into an empty folder")
    there = [f"{PARTS}/{name}" for name in _names(folder)] if folder.is_dir() else []
    yield from (name for name in there if name not in named)


def _readers(portal: Portal) -> Iterator[tuple[str, str]]:
    yield from ((viewer.partner, viewer.role) for viewer in portal.viewers)


def _strangers(readers: Mapping[str, frozenset[tuple[str, str]]], portals: Sequence[Portal]) -> Iterator[Leak]:
    wanted = {portal.id: frozenset(_readers(portal)) for portal in portals}
    for portal in sorted(set(readers) - set(wanted)):
        yield _tampered(portal, "", "no such portal is asked for by this state of the programme")
    for portal in sorted(set(wanted) - set(readers)):
        yield _tampered(portal, "", "the portal was not built")
    for portal in sorted(set(wanted) & set(readers)):
        for partner, role in sorted(readers[portal] ^ wanted[portal]):
            verb = "is not" if (partner, role) in readers[portal] else "should be"
            yield _tampered(portal, "", f"{partner}/{role} {verb} one of its readers")


def _tampered(portal: str, file: str, found: str) -> Leak:
    return Leak(portal=portal, file=file, kind=Kind.TAMPERED, owner="", line=1, found=found)
