"""Every file of a portal is accounted for: which files may stand there, and with which bytes."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

from prmbuild.audit.contents import Contents
from prmbuild.audit.report import Kind, Leak
from prmbuild.audit.shown import Shown
from prmbuild.catalog.address import address_of
from prmbuild.desired import Desired
from prmbuild.portals.portals import Portal
from prmbuild.source.snapshot import CONTENT
from prmbuild.visibility.sets import For, members

NAVIGATION = re.compile(r"navigation(?:/.+/index)?\.json")
"""The files of a portal's navigation."""

SEARCH = re.compile(r"search/[0-9a-f]{16}/[0-9a-f]{16}\.bin")
"""The files of a portal's search data, apart from the index that names them."""

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
        "whats-new/latest.json",
        "navigation.json",
        "search/index.json",
        "robots.txt",
    }
)
"""Files that every portal has, made from what it shows."""


def static_digests(state: Desired) -> Mapping[str, str]:
    """Return path → SHA-256 of the files of the theme and the look."""
    return {path: sha256(data).hexdigest() for path, data in state.engine.toolchain.static_files().items()}


class Inventory:
    """The files that portals may have.

    Args:
        portals: the portals.
        shown: what they show.
        static: from `static_digests`.
        contents: reads assets.
    """

    def __init__(self, portals: Sequence[Portal], shown: Shown, static: Mapping[str, str], contents: Contents) -> None:
        self._portals = portals
        everyone = (1 << len(portals)) - 1
        self._fixed: dict[str, dict[str, int]] = {path: {digest: everyone} for path, digest in static.items()}
        self._owners: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self._everyone = everyone
        self._made: dict[str, int] = dict.fromkeys(DOCUMENTS, everyone)
        self._parts: dict[str, int] = defaultdict(int)
        folders: dict[str, int] = defaultdict(int)
        for mask, path, _ in shown.pages:
            self._make(mask, address_of(path).file, path)
            folders[path.rpartition("/")[0]] |= mask
        for path, mask in folders.items():
            for folder in _folders(path):
                self._parts[f"navigation/{folder}/index.json"] |= mask
                self._parts[f"catalogue/{folder}/index.html"] |= mask
        for mask, _, course in shown.courses:
            self._make(mask, course.address.file, course.source.path)
            if course.quiz is not None:
                self._make(mask, address_of(course.quiz.path).file, course.quiz.path)
        for mask, path, version in shown.assets:
            file = address_of(path).file
            self._owners[file].append((mask, path))
            if version.blob is not None:
                known = self._fixed.setdefault(file, {})
                digest = contents.digest(version.blob)
                for other in known:
                    known[other] &= ~mask
                known[digest] = known.get(digest, 0) | mask

    def fixed(self, path: str) -> int:
        """Return the portals in which a file must have certain bytes: those of the theme or of an asset."""
        portals = 0
        for mask in self._fixed.get(path, {}).values():
            portals |= mask
        return portals

    def made(self, path: str) -> int:
        """Return the portals in which a file is a page or document, whose bytes are searched instead."""
        return self._made.get(path, 0) | (self._everyone if SEARCH.fullmatch(path) else self._parts.get(path, 0))

    def owner(self, path: str, portal: int) -> str:
        """Return the repository path of the page, course, quiz or asset that a file is; empty for others."""
        return next((owner for mask, owner in reversed(self._owners.get(path, ())) if mask >> portal & 1), "")

    def misplaced(self, files: Mapping[str, For[str]]) -> Iterator[Leak]:
        """Yield what stands in a portal and may not.

        Args:
            files: path → SHA-256 of what each set of portals has there.
        """
        for path, held in files.items():
            fixed, right, made = self.fixed(path), self._fixed.get(path, {}), self.made(path)
            for mask, digest in held:
                for portal in members(mask & fixed & ~right.get(digest, 0)):
                    owner = self.owner(path, portal)
                    wanted = "the version approved for this portal" if owner else "the theme's own file"
                    kind = Kind.ASSET if owner else Kind.UNACCOUNTED
                    yield self._leak(portal, path, kind, f"its bytes are not those of {wanted}")
                for portal in members(mask & ~fixed & ~made):
                    found = "nothing that this portal shows accounts for the file"
                    yield self._leak(portal, path, Kind.UNACCOUNTED, found)

    def lacking(self, holders: Mapping[str, int]) -> Iterator[Leak]:
        """Yield what should stand in a portal and does not.

        Args:
            holders: path → the portals that have a file there.
        """
        for path in self._made.keys() | self._fixed.keys():
            for portal in members((self.fixed(path) | self._made.get(path, 0)) & ~holders.get(path, 0)):
                yield self._leak(portal, path, Kind.UNACCOUNTED, "the portal lacks a file it should have")

    def _make(self, mask: int, file: str, owner: str) -> None:
        self._made[file] = self._made.get(file, 0) | mask
        self._owners[file].append((mask, owner))

    def _leak(self, portal: int, file: str, kind: Kind, found: str) -> Leak:
        owner = self.owner(file, portal)
        return Leak(portal=self._portals[portal].id, file=file, kind=kind, owner=owner, line=1, found=found)


def _folders(path: str) -> Iterator[str]:
    """Yield a folder and those above it, below ``content/``: such as may have documents of their own."""
    folder = path.removeprefix(f"{CONTENT}/") if path.startswith(f"{CONTENT}/") else ""
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
