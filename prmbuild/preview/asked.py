"""What a person names when they want to see something: a file of the programme, or a place in its portals."""

import posixpath
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from msgspec import Struct

from prmbuild.catalog.address import QUIZ_FILE, address_of
from prmbuild.render.links import internal_path
from prmbuild.site.navigation import CATALOGUE, WHATS_NEW
from prmbuild.site.navigation import COURSES as COURSE_LIST
from prmbuild.source.snapshot import CONTENT, COURSE_FILE, COURSES, PAGE_SUFFIX, Snapshot

_DOCUMENTS = ("", CATALOGUE, COURSE_LIST, WHATS_NEW)
"""URLs of what every portal makes itself."""

_FOLDER_PAGES = ("index.md", "README.md")


class Asked(Struct, frozen=True, kw_only=True):
    """What is to be shown.

    Attributes:
        path: repository path of the page, course, quiz or asset; None for what a portal makes itself.
        file: where it stands below a portal's root.
        url: relative to the portal's root, percent-encoded, fragment included.
    """

    path: str | None
    file: str
    url: str

    def assumed(self, snapshot: Snapshot) -> frozenset[str]:
        """Return the paths whose newest version must count as approved for it to be seen before it is."""
        if self.path is None:
            return frozenset()
        folder, *below = self.path.split("/")
        if folder != COURSES or len(below) < 2:
            return frozenset({self.path})
        course = f"{COURSES}/{below[0]}/"
        if self.path.endswith(PAGE_SUFFIX):
            return frozenset({self.path, course + COURSE_FILE})
        return frozenset(path for path in snapshot.files if path.startswith(course))


def asked(written: str, snapshot: Snapshot, root: Path | None, portal_url: str) -> Asked | None:
    """Return what is meant; None where there is no such thing.

    Args:
        written: a repository path, a path on disk, a path of a portal such as ``/pricing/emea/``, or a whole URL.
        snapshot: the programme's files.
        root: the top folder of the work tree; None where there is none.
        portal_url: the portal's root.
    """
    path = _file(written, snapshot, root)
    if path is not None:
        address = address_of(path)
        return Asked(path=path, file=address.file, url=address.url)
    return _place(written, snapshot, portal_url)


def candidates(snapshot: Snapshot) -> list[str]:
    """Return the paths that can be asked for, to suggest one of them."""
    return [path for path in snapshot.files if _shown(path)]


def _shown(path: str) -> bool:
    return path.startswith((f"{CONTENT}/", f"{COURSES}/"))


def _file(written: str, snapshot: Snapshot, root: Path | None) -> str | None:
    """Return the repository path of a file, or of the page that stands for a folder."""
    names = [posixpath.normpath(written).removeprefix("./")]
    if root is not None and written and not written.startswith(("http:", "https:")):
        place = Path(written).resolve()
        if place.is_relative_to(root.resolve()):
            names.append(place.relative_to(root.resolve()).as_posix())
    for name in names:
        inside = (f"{name}/{page}" for page in (*_FOLDER_PAGES, COURSE_FILE))
        for path in (name, *inside):
            if path in snapshot.files and _shown(path):
                return path
    return None


def _place(written: str, snapshot: Snapshot, portal_url: str) -> Asked | None:
    relative = written if written.startswith(("http:", "https:")) else f"/{written.lstrip('/')}"
    inside = internal_path(relative, "", portal_url)
    if inside is None:
        return None
    place, fragment = inside
    folder = f"{place.rstrip('/')}/" if place else ""
    if folder in _DOCUMENTS or folder.startswith(CATALOGUE):
        return Asked(path=None, file=f"{folder}index.html", url=quote(folder))
    by_file = _by_file(snapshot)
    for file in (place, f"{place.rstrip('/')}/index.html".lstrip("/")):
        if file in by_file:
            target = address_of(by_file[file]).url + (f"#{quote(fragment)}" if fragment else "")
            return Asked(path=by_file[file], file=file, url=target)
    return None


def _by_file(snapshot: Snapshot) -> Mapping[str, str]:
    """Return place below the portal's root → repository path of what would stand there."""
    return {
        address_of(path).file: path
        for path in snapshot.files
        if path.startswith(f"{CONTENT}/")
        or (path.startswith(f"{COURSES}/") and path.endswith((PAGE_SUFFIX, COURSE_FILE, QUIZ_FILE)))
        or (path.startswith(f"{COURSES}/") and not path.endswith((".yaml", ".yml")))
    }
