"""From portals to trees of files: variants rendered once, documents made per portal, all named by digest."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from prmbuild.desired import Desired
from prmbuild.errors import RenderError
from prmbuild.portals.variants import variants
from prmbuild.portals.views import Portal
from prmbuild.progress import PAGES, Progress
from prmbuild.site.documents import documents
from prmbuild.source.history import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteTree:
    """The files of one portal.

    Attributes:
        files: path below the portal's root → SHA-256 of the bytes, hexadecimal; sorted by path.
    """

    portal: Portal
    files: Mapping[str, str]

    @property
    def release(self) -> str:
        """The digest of the manifest: it changes when a byte or a name of the portal does, and only then."""
        manifest = json.dumps(sorted(self.files.items()), ensure_ascii=True, separators=(",", ":"))
        return sha256(manifest.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """Every portal's tree, and the bytes they are made of.

    Attributes:
        revision: the commit that was built.
        trees: sorted by the portal's id.
        blobs: SHA-256 → bytes.
    """

    revision: str
    preview: bool
    trees: tuple[SiteTree, ...]
    blobs: Mapping[str, bytes]


def build(state: Desired, progress: Progress) -> Built:
    """Render every variant once and lay the portals out.

    Raises:
        RenderError: a page cannot be rendered, or two files of a portal want the same place.
        SourceError: an asset cannot be read.
    """
    catalog, articles = state.catalog, state.articles
    blobs: dict[str, bytes] = {}
    assets = _Assets(state, blobs)

    chosen = {
        portal.id: variants(portal, catalog, articles, lambda version: len(blobs[assets.digest(version)]))
        for portal in state.portals
    }
    wanted = {variant.key: variant for made in chosen.values() for variant in made.values()}
    progress.stage(PAGES, len(wanted))
    pages = {key: _keep(blobs, data) for key, data in state.engine.pages(wanted, progress)}

    static = {path: _keep(blobs, data) for path, data in state.engine.toolchain.static_files().items()}
    progress.stage("laying out portals", len(state.portals))
    trees = []
    for portal in state.portals:
        files: dict[str, str] = {}
        _add(files, static)
        _add(files, {catalog.addresses[path].file: assets.digest(version) for path, version in portal.assets.items()})
        _add(files, {catalog.addresses[path].file: pages[variant.key] for path, variant in chosen[portal.id].items()})
        made = documents(portal, articles, state.engine.toolchain)
        _add(files, {path: _keep(blobs, data) for path, data in made.items()})
        trees.append(SiteTree(portal=portal, files=dict(sorted(files.items()))))
        progress.advance()
    snapshot = catalog.snapshot
    return Built(revision=snapshot.revision.id, preview=snapshot.preview, trees=tuple(trees), blobs=blobs)


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


def _add(files: dict[str, str], more: Mapping[str, str]) -> None:
    for path, digest in more.items():
        if path in files:
            raise RenderError(f"two files want the place '{path}' in a portal", hint="rename one of them")
        files[path] = digest
