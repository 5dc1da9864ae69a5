"""From portals to trees of files: variants rendered once, documents made per portal, all named by digest."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from prmbuild.cache import Cache
from prmbuild.cache.facts import Facts
from prmbuild.desired import Desired
from prmbuild.errors import RenderError
from prmbuild.manifest import releases
from prmbuild.portals.portals import Part, Portal
from prmbuild.portals.variants import variants
from prmbuild.progress import PAGES, Progress
from prmbuild.render.material import Toolchain
from prmbuild.site.documents import documents
from prmbuild.source.history import Version
from prmbuild.visibility.sets import For


class Blobs(Protocol):
    """The bytes behind digests."""

    def __getitem__(self, digest: str, /) -> bytes:
        """Return the bytes of a digest."""

    def place(self, digest: str) -> Path | None:
        """Return a file that holds them, to read or to link; None where there is none."""

    def missing(self, digests: Iterable[str]) -> frozenset[str]:
        """Return those whose bytes are not to be had."""


class Kept(Struct, frozen=True):
    """Bytes that a cache keeps.

    Raises:
        StoreError: an object is missing or broken.
    """

    cache: Cache

    def __getitem__(self, digest: str, /) -> bytes:
        return self.cache.object(digest)

    def place(self, digest: str) -> Path | None:
        """Return the cache's file of a digest."""
        return self.cache.place(digest)

    def missing(self, digests: Iterable[str]) -> frozenset[str]:
        """Return those that the cache has lost."""
        return self.cache.missing(digests)


class SiteTree(Struct, frozen=True, kw_only=True):
    """The files of one portal.

    Attributes:
        release: see `prmbuild.manifest.release`.
        files: path below the portal's root → SHA-256 of the bytes, hexadecimal; sorted by path.
    """

    portal: Portal
    release: str
    files: Mapping[str, str]


class Built(Struct, frozen=True, kw_only=True, dict=True):
    """Every portal's files, and the bytes they are made of.

    Attributes:
        revision: the commit that was built.
        preview: whether uncommitted files are in it.
        portals: sorted by id.
        files: path below a portal's root → SHA-256 of the bytes that each set of portals has there; bit n of a set
            stands for the n-th portal. Sorted by path.
        blobs: SHA-256 → bytes, as long as the cache is open.
    """

    revision: str
    preview: bool
    portals: tuple[Portal, ...]
    files: Mapping[str, For[str]]
    blobs: Blobs

    @cached_property
    def trees(self) -> tuple[SiteTree, ...]:
        """The files of each portal, in the portals' order."""
        names = releases(self.files, len(self.portals))
        return tuple(
            SiteTree(portal=portal, release=release, files=Part(self.files, 1 << number))
            for number, (portal, release) in enumerate(zip(self.portals, names, strict=True))
        )


def build(state: Desired, progress: Progress) -> Built:
    """Render every variant once and lay the portals out.

    Raises:
        RenderError: a page cannot be rendered, or two files of a portal want the same place.
        SourceError: an asset cannot be read.
    """
    catalog, articles, shown = state.catalog, state.articles, state.shown
    assets = _Assets(state)
    laid = _Layout()

    made = variants(shown, catalog, articles, state.destinations, assets.size)
    wanted = {variant.key: variant for items in made.values() for _, variant in items}
    progress.stage(PAGES, len(wanted))
    pages = dict(state.engine.pages(wanted, progress))

    progress.stage("laying out portals", len(shown.all))
    for path, digest in _static_files(state.engine.toolchain, state.cache).items():
        laid.add(path, shown.everyone, digest)
    for path, versions in shown.assets.items():
        for portals, version in versions:
            laid.add(catalog.addresses[path].file, portals, assets.digest(version))
    for path, items in made.items():
        for portals, variant in items:
            laid.add(catalog.addresses[path].file, portals, pages[variant.key])
    for document in documents(shown, articles, state.destinations, state.engine, state.cache):
        laid.add(document.path, document.portals, document.digest)
    files = laid.files()
    snapshot = catalog.snapshot
    return Built(
        revision=snapshot.revision.id,
        preview=snapshot.preview,
        portals=shown.all,
        files=files,
        blobs=Kept(state.cache),
    )


class _Layout:
    """Collects which portals have which bytes where."""

    def __init__(self) -> None:
        self._held: dict[str, dict[str, int]] = {}
        self._taken: dict[str, int] = {}

    def add(self, path: str, portals: int, digest: str) -> None:
        taken = self._taken.get(path, 0)
        if taken & portals:
            raise RenderError(f"two files want the place '{path}' in a portal", hint="rename one of them")
        self._taken[path] = taken | portals
        held = self._held.setdefault(path, {})
        held[digest] = held.get(digest, 0) | portals

    def files(self) -> Mapping[str, For[str]]:
        return {path: _turned(self._held[path]) for path in sorted(self._held)}


def _turned(held: Mapping[str, int]) -> For[str]:
    return tuple(sorted((portals, digest) for digest, portals in held.items()))


def _static_files(toolchain: Toolchain, cache: Cache) -> Mapping[str, str]:
    """Return path → digest of the files that every portal needs beside its pages."""
    look = (f"{path} {sha256(data).hexdigest()}" for path, data in sorted(toolchain.site.look.files.items()))
    told = "\n".join((toolchain.fingerprint, toolchain.asset_marks, *look))
    facts = Facts(cache, (b"static files",))

    def store(_: object = None) -> Mapping[str, Mapping[str, str]]:
        return {"": _stored(toolchain.static_files(), cache)}

    known = facts.recall("static files", {"": told}, store, dict, _paths_and_digests)
    return (store() if cache.missing(known[""].values()) else known)[""]


def _paths_and_digests(written: Mapping[str, str]) -> Mapping[str, str]:
    return {str(path): str(digest) for path, digest in written.items()}


def _stored(files: Mapping[str, bytes], cache: Cache) -> Mapping[str, str]:
    return dict(zip(files, cache.put_objects(tuple(files.values())), strict=True))


class _Assets:
    """Reads each version of an asset once, and remembers what it was."""

    def __init__(self, state: Desired) -> None:
        self._snapshot = state.catalog.snapshot
        self._cache = state.cache
        blobs = {version.blob for versions in state.shown.assets.values() for _, version in versions if version.blob}
        facts = Facts(state.cache, (b"assets",))
        self._known = dict(facts.recall("assets", {blob: blob for blob in blobs}, self._read, list, _digest_and_size))
        lost = state.cache.missing(digest for digest, _ in self._known.values())
        self._known |= self._read([blob for blob, (digest, _) in self._known.items() if digest in lost])

    def digest(self, version: Version) -> str:
        return self._known[version.blob or ""][0]

    def size(self, version: Version) -> int:
        return self._known[version.blob or ""][1]

    def _read(self, blobs: Iterable[str]) -> Mapping[str, tuple[str, int]]:
        found = {}
        for blob in blobs:
            data = self._snapshot.read(blob)
            found[blob] = self._cache.put_object(data), len(data)
        return found


def _digest_and_size(written: tuple[str, int]) -> tuple[str, int]:
    digest, size = written
    return digest, size
