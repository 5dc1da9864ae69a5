"""From portals to trees of files: variants rendered once, documents made per portal, all named by digest."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

from prmbuild.desired import Desired
from prmbuild.errors import RenderError
from prmbuild.manifest import releases
from prmbuild.portals.portals import Part, Portal
from prmbuild.portals.variants import variants
from prmbuild.progress import Progress
from prmbuild.site.documents import documents
from prmbuild.source.history import Version
from prmbuild.visibility.sets import For


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteTree:
    """The files of one portal.

    Attributes:
        release: see `prmbuild.manifest.release`.
        files: path below the portal's root → SHA-256 of the bytes, hexadecimal; sorted by path.
    """

    portal: Portal
    release: str
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """Every portal's tree, and the bytes they are made of.

    Attributes:
        revision: the commit that was built.
        preview: whether uncommitted files are in it.
        trees: sorted by the portal's id.
        files: path below a portal's root → SHA-256 of the bytes that each set of portals has there; bit n of a set
            stands for the n-th tree. Sorted by path.
        blobs: SHA-256 → bytes.
    """

    revision: str
    preview: bool
    trees: tuple[SiteTree, ...]
    files: Mapping[str, For[str]]
    blobs: Mapping[str, bytes]


def build(state: Desired, progress: Progress) -> Built:
    """Render every variant once and lay the portals out.

    Raises:
        RenderError: a page cannot be rendered, or two files of a portal want the same place.
        SourceError: an asset cannot be read.
    """
    catalog, articles, shown = state.catalog, state.articles, state.shown
    blobs: dict[str, bytes] = {}
    assets = _Assets(state, blobs)
    laid = _Layout()

    made = variants(shown, catalog, articles, state.destinations, lambda version: len(blobs[assets.digest(version)]))
    wanted = {variant.key: variant for items in made.values() for _, variant in items}
    progress.stage("rendering pages", len(wanted))
    pages = {key: _keep(blobs, data) for key, data in state.engine.pages(wanted, progress.advance)}

    progress.stage("laying out portals", len(shown.all))
    for path, data in state.engine.toolchain.static_files().items():
        laid.add(path, shown.everyone, _keep(blobs, data))
    for path, versions in shown.assets.items():
        for portals, version in versions:
            laid.add(catalog.addresses[path].file, portals, assets.digest(version))
    for path, items in made.items():
        for portals, variant in items:
            laid.add(catalog.addresses[path].file, portals, pages[variant.key])
    for document in documents(
        shown, articles, state.destinations, state.engine.toolchain, lambda key: articles[key].html
    ):
        laid.add(document.path, document.portals, _keep(blobs, document.data))
    files = laid.files()
    snapshot = catalog.snapshot
    return Built(
        revision=snapshot.revision.id,
        preview=snapshot.preview,
        trees=tuple(
            SiteTree(portal=portal, release=release, files=Part(files, 1 << number))
            for number, (portal, release) in enumerate(
                zip(shown.all, releases(files, len(shown.all)), strict=True)
            )
        ),
        files=files,
        blobs=blobs,
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
        return {path: tuple(_turned(self._held[path])) for path in sorted(self._held)}


def _turned(held: Mapping[str, int]) -> Iterator[tuple[int, str]]:
    return ((portals, digest) for digest, portals in held.items())


class _Assets:
    """Reads each version of an asset once."""

    def __init__(self, state: Desired, blobs: dict[str, bytes]) -> None:
        self._snapshot = state.catalog.snapshot
        self._blobs = blobs
        self._digests: dict[str, str] = {}

    def digest(self, version: Version) -> str:
        assert version.blob is not None
        if version.blob not in self._digests:
            self._digests[version.blob] = _keep(self._blobs, self._snapshot.read(version.blob))
        return self._digests[version.blob]


def _keep(blobs: dict[str, bytes], data: bytes) -> str:
    digest = sha256(data).hexdigest()
    blobs[digest] = data
    return digest
