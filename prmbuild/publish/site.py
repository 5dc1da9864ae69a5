"""What is to be published: portals as names and digests, and where the bytes are."""

from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

from prmbuild.build import Built
from prmbuild.cache import Cache, DirectoryCache
from prmbuild.desired import Desired
from prmbuild.errors import StoreError
from prmbuild.records.evidence import Evidence, evidence_of
from prmbuild.records.headers import policy
from prmbuild.records.records import named


class PortalSite(Struct, frozen=True, kw_only=True):
    """One portal.

    Attributes:
        viewers: partner and role of everybody who sees it, sorted.
        release: changes when a name, a byte or a header does, and only then.
        files: path → SHA-256 of the bytes, hexadecimal.
    """

    id: str
    viewers: tuple[tuple[str, str], ...]
    release: str
    files: Mapping[str, str]


class Site(Struct, frozen=True, kw_only=True):
    """All portals of a programme.

    Attributes:
        revision: the commit that they were built from.
        instant: what the clock said that they were built by, ISO 8601 UTC.
        headers: digest of how files are served, see `prmbuild.records.headers.policy`.
        evidence: what approved their contents.
        portals: sorted by id.
        file_of: SHA-256 → a file with these bytes.
        cache: keeps what is made of them to be put.
    """

    revision: str
    instant: str
    headers: str
    evidence: Evidence
    portals: tuple[PortalSite, ...]
    file_of: Callable[[str], Path]
    cache: Cache


def site_of(built: Built, state: Desired) -> Site:
    """Return what is to be published of a build.

    Args:
        built: the build.
        state: what was built.

    Raises:
        StoreError: it is a preview.
        SourceError: git cannot answer.
    """
    if built.preview:
        raise StoreError("a preview is never published", hint="commit first, then deploy without --worktree")

    def file_of(digest: str) -> Path:
        place = built.blobs.place(digest)
        assert place is not None
        return place

    return Site(
        revision=built.revision,
        instant=state.catalog.now.isoformat(),
        headers=policy(),
        evidence=evidence_of(state),
        portals=tuple(
            PortalSite(
                id=tree.portal.id,
                viewers=tuple(sorted((viewer.partner, viewer.role) for viewer in tree.portal.viewers)),
                release=named(tree.release, policy()),
                files=dict(tree.files),
            )
            for tree in built.trees
        ),
        file_of=file_of,
        # compressing is quicker than bringing what another machine compressed
        cache=DirectoryCache(state.cache.folder),
    )
