"""Every file of a portal is accounted for: which files may stand there, and with which bytes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

from prmbuild.audit.contents import Contents
from prmbuild.audit.report import Kind, Leak
from prmbuild.catalog.address import address_of
from prmbuild.desired import Desired
from prmbuild.portals.portals import Portal

NAVIGATION = "navigation.json"
SEARCH = "search/index.json"
SEARCH_DATA = re.compile(r"search/[0-9a-f]{16}/(?:pages|text-\d+|\d+)\.bin")
"""The files of a portal's segments. Their texts are searched as those of pages are; how many there are, is open."""

SITEMAP = "sitemap.xml"
HOME = "index.html"
HOME_PAGE = "content/index.md"
"""Becomes a part of the home document, and has no entry of its own in the navigation."""

DOCUMENTS = frozenset(
    {
        HOME,
        "404.html",
        "catalogue/index.html",
        "courses/index.html",
        "whats-new/index.html",
        NAVIGATION,
        SEARCH,
        SITEMAP,
        "robots.txt",
    }
)
"""Files that every portal has, made from what it shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """The files that a portal may have.

    Attributes:
        fixed: path → SHA-256, where the bytes are known: theme files and assets.
        owners: path → repository path, for pages, courses, quizzes and assets.
        made: paths of pages and documents, whose bytes are searched instead.
    """

    fixed: Mapping[str, str]
    owners: Mapping[str, str]
    made: frozenset[str]


def static_digests(state: Desired) -> Mapping[str, str]:
    """Return path → SHA-256 of the files of the theme and the look."""
    return {path: sha256(data).hexdigest() for path, data in state.engine.toolchain.static_files().items()}


def inventory(portal: Portal, static: Mapping[str, str], contents: Contents) -> Inventory:
    """Return the files that a portal may have.

    Args:
        portal: the portal.
        static: from `static_digests`.
        contents: reads assets.
    """
    assets = {address_of(path).file: (path, version) for path, version in portal.assets.items()}
    owners = {address_of(path).file: path for path in portal.pages}
    for seen in portal.courses.values():
        owners[seen.course.address.file] = seen.course.source.path
        if seen.course.quiz is not None:
            owners[address_of(seen.course.quiz.path).file] = seen.course.quiz.path
    return Inventory(
        fixed={
            **static,
            **{
                file: contents.digest(version.blob) for file, (_, version) in assets.items() if version.blob is not None
            },
        },
        owners={**owners, **{file: path for file, (path, _) in assets.items()}},
        made=DOCUMENTS | frozenset(owners),
    )


def unaccounted(portal: Portal, files: Mapping[str, str], known: Inventory) -> Iterator[Leak]:
    """Yield what stands in a portal and may not, and what should and does not.

    Args:
        portal: the portal.
        files: path → SHA-256 of what is there.
        known: what may be there.
    """
    for path, digest in files.items():
        if path in known.fixed:
            if known.fixed[path] != digest:
                owner = known.owners.get(path, "")
                kind = Kind.ASSET if owner else Kind.UNACCOUNTED
                wanted = "the version approved for this portal" if owner else "the theme's own file"
                yield _leak(portal, path, kind, owner, f"its bytes are not those of {wanted}")
        elif path not in known.made and not SEARCH_DATA.fullmatch(path):
            yield _leak(portal, path, Kind.UNACCOUNTED, "", "nothing that this portal shows accounts for the file")
    for path in sorted((known.made | set(known.fixed)) - set(files)):
        yield _leak(
            portal, path, Kind.UNACCOUNTED, known.owners.get(path, ""), "the portal lacks a file it should have"
        )


def _leak(portal: Portal, file: str, kind: Kind, owner: str, found: str) -> Leak:
    return Leak(portal=portal.id, file=file, kind=kind, owner=owner, line=1, found=found)
