"""From portals to trees of files: variants rendered once, documents made per portal, all named by digest."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from prmbuild.cache import Cache
from prmbuild.cache.facts import Facts
from prmbuild.cache.facts import digest as digest_of
from prmbuild.desired import Desired
from prmbuild.dimensions import Dimensions, dimensions, measurer
from prmbuild.errors import RenderError
from prmbuild.manifest import parts, releases_of, tops, write_part
from prmbuild.portals.pictures import Pictures
from prmbuild.portals.portals import Part, Portal
from prmbuild.portals.variants import HOME, variants
from prmbuild.portals.views import SeenPage
from prmbuild.progress import PAGES, Progress
from prmbuild.render.material import Toolchain
from prmbuild.site.documents import documents
from prmbuild.software import fingerprint
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
        known: what was found out about parts of manifests before.
    """

    revision: str
    preview: bool
    portals: tuple[Portal, ...]
    files: Mapping[str, For[str]]
    blobs: Blobs
    known: Facts = field(default_factory=lambda: Facts(None, ()))

    @cached_property
    def parts(self) -> Mapping[str, bytes]:
        """The parts of the manifest, as they are written, by name in order; see `prmbuild.manifest`."""
        return {name: write_part(part) for name, part in sorted(parts(self.files).items())}

    @cached_property
    def digests(self) -> Mapping[str, str]:
        """The SHA-256 of each part, by name in order."""
        return {name: sha256(text).hexdigest() for name, text in self.parts.items()}

    @cached_property
    def trees(self) -> tuple[SiteTree, ...]:
        """The files of each portal, in the portals' order."""

        def find_out(names: Sequence[str]) -> Mapping[str, dict[str, For[str]]]:
            wanted = parts(self.files)
            return {name: dict(tops(name, wanted[name])) for name in names}

        found = self.known.recall("tops of parts", self.digests, find_out, dict[str, For[str]])
        names = releases_of(found.values(), len(self.portals))
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

    pages = _Pages(state, assets, progress).rendered()
    progress.stage("laying out portals", len(shown.all))
    for path, digest in _static_files(state.engine.toolchain, state.cache).items():
        laid.add(path, shown.everyone, digest)
    for path, versions in shown.assets.items():
        for portals, version in versions:
            laid.add(catalog.addresses[path].file, portals, assets.digest(version))
    for path, items in pages.items():
        for portals, digest in items:
            laid.add(catalog.addresses[path].file, portals, digest)
    pictures = Pictures(shown, assets.dimensions)
    for document in documents(shown, articles, state.destinations, pictures, state.engine, state.cache):
        laid.add(document.path, document.portals, document.digest)
    files = laid.files()
    snapshot = catalog.snapshot
    return Built(
        revision=snapshot.revision.id,
        preview=snapshot.preview,
        portals=shown.all,
        files=files,
        blobs=Kept(state.cache),
        known=Facts(state.cache, (b"built", fingerprint().encode())),
    )


class _Pages:
    """Renders the pages that portals show.

    The bytes of a page follow from how it is seen and from where the links of any page lead. The second is one digest
    for all pages, which a changed text leaves as it was. So what came out is a fact beside both, and an edit makes the
    variants of one page.

    Args:
        state: the programme.
        assets: tells how large downloads and pictures are.
        progress: hears of the pages.
    """

    def __init__(self, state: Desired, assets: "_Assets", progress: Progress) -> None:
        self._state, self._assets, self._progress = state, assets, progress

    def rendered(self) -> Mapping[str, For[str]]:
        """Return repository path → SHA-256 of the page that each set of portals has.

        Raises:
            RenderError: a page cannot be rendered.
        """
        state = self._state
        pages = state.shown.pages.items()
        looks = {path: _look(items) for path, items in pages if items[0][1].page.address.file != HOME}
        # a page has at least as many variants as looks, and more where links lead some of its readers further
        self._progress.stage(PAGES, sum(len(items) for path, items in pages if path in looks))
        toolchain = state.engine.toolchain
        about = (fingerprint(), toolchain.fingerprint, repr(toolchain.site.preview))
        facts = Facts(state.cache, (b"pages", *(part.encode() for part in about)))
        made: set[str] = set()

        def find_out(paths: Sequence[str]) -> Mapping[str, For[str]]:
            made.update(paths)
            return self._find_out(paths)

        found = dict(facts.recall("pages", looks, find_out, For[str], self._depends()))
        self._progress.reused(sum(len(held) for path, held in found.items() if path not in made))
        lost = state.cache.missing(digest for held in found.values() for _, digest in held)
        again = [path for path, held in found.items() if any(digest in lost for _, digest in held)] if lost else ()
        if again:
            found.update(self._find_out(again))
        return found

    def _depends(self) -> str:
        """Return the digest of all that decides how pages come out, their own looks and the toolchain apart."""
        catalog = self._state.catalog
        courses = (f"{one.id} {one.source.title!r} {one.source.lessons}" for one in catalog.courses.values())
        told = (self._state.destinations.mark, *sorted(catalog.addresses), "", *courses)
        return digest_of("\0".join(told).encode("utf-8", "surrogatepass"))

    def _find_out(self, paths: Sequence[str]) -> Mapping[str, For[str]]:
        state = self._state
        wanted = replace(state.shown, pages={path: state.shown.pages[path] for path in paths})
        size, measured = self._assets.size, self._assets.dimensions
        made = variants(wanted, state.catalog, state.articles, state.destinations, size, measured)
        keys = {variant.key: variant for items in made.values() for _, variant in items}
        digests = dict(state.engine.pages(keys, self._progress))
        return {path: tuple((portals, digests[variant.key]) for portals, variant in made[path]) for path in paths}


def _look(items: For[SeenPage]) -> str:
    """Return all that a page's variants depend on beside `_Pages._depends`, in whichever order it was seen."""
    told = []
    for portals, seen in items:
        meta = seen.page.source.meta
        told.append(
            f"{portals:x} {seen.input.key} {seen.dates.updated} {meta.type!r} {meta.topics} {meta.file!r} "
            f"{seen.page.course!r}"
        )
    return "\0".join(sorted(told))


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

    def store(_: object = None) -> Mapping[str, dict[str, str]]:
        return {"": _stored(toolchain.static_files(), cache)}

    known = facts.recall("static files", {"": told}, store, dict[str, str])
    return (store() if cache.missing(known[""].values()) else known)[""]


def _stored(files: Mapping[str, bytes], cache: Cache) -> dict[str, str]:
    return dict(zip(files, cache.put_objects(tuple(files.values())), strict=True))


class _Asset(NamedTuple):
    """What a version of an asset was: SHA-256 and number of its bytes, and its dimensions where it is a picture."""

    digest: str
    size: int
    dimensions: Dimensions | None


class _Assets:
    """Reads each version of an asset once, and remembers what it was."""

    def __init__(self, state: Desired) -> None:
        self._snapshot = state.catalog.snapshot
        self._cache = state.cache
        blobs = {version.blob for versions in state.shown.assets.values() for _, version in versions if version.blob}
        facts = Facts(state.cache, (b"assets", measurer().encode()))
        self._known = dict(facts.recall("assets", {blob: blob for blob in blobs}, self._read, _Asset))
        lost = state.cache.missing(asset.digest for asset in self._known.values())
        self._known |= self._read([blob for blob, asset in self._known.items() if asset.digest in lost])

    def digest(self, version: Version) -> str:
        return self._known[version.blob or ""].digest

    def size(self, version: Version) -> int:
        return self._known[version.blob or ""].size

    def dimensions(self, version: Version) -> Dimensions | None:
        return self._known[version.blob or ""].dimensions

    def _read(self, blobs: Iterable[str]) -> Mapping[str, _Asset]:
        found = {}
        for blob in blobs:
            data = self._snapshot.read(blob)
            found[blob] = _Asset(self._cache.put_object(data), len(data), dimensions(data))
        return found
