"""Where a file of the repository stands in a portal."""

import posixpath
import re
from functools import lru_cache
from urllib.parse import quote

from msgspec import Struct

from prmbuild.source.snapshot import COURSE_FILE, PAGE_SUFFIX

_FOLDERS = frozenset(
    {
        "courses",
        "api",
        "me",
        "manage",
        "assets",
        "search",
        "catalogue",
        "whats-new",
        "static",
        "partners",
        "portals",
        "navigation",
        "_dev",
        "sign-in",
    }
)
"""First path segments that the product needs for itself, be it for a folder or a file."""

_FILES = frozenset({"404.html", "navigation.json", "robots.txt", "favicon.ico"})
"""Files at a portal's top that the product makes itself."""

QUIZ_FILE = "quiz.yaml"

_PAGE = "index.html"
"""What the file of a page is called, in the page's folder."""

_INDEX = ("index", "README")
"""Pages that stand for their folder."""

_UNRESERVED = re.compile(r"[A-Za-z0-9._~/-]*")
"""What stands in a URL as it is. Source: RFC 3986, section 2.3."""


class Address(Struct, frozen=True, kw_only=True):
    """A place in a portal.

    Attributes:
        file: path of the file below the portal's root, such as ``pricing/emea/index.html``.
        url: percent-encoded URL relative to the portal's root, such as ``pricing/emea/``; the home page's is empty.
    """

    file: str
    url: str


@lru_cache(maxsize=1 << 17)
def address_of(path: str) -> Address:
    """Return where the file at a repository path is published.

    ``content/`` is left out; a page ``a/b.md`` becomes the folder ``a/b/``; ``index.md`` and ``README.md`` stand for
    their folder; ``course.yaml`` is its course's folder and ``quiz.yaml`` the folder ``quiz/`` in it.
    """
    inner = path.removeprefix("content/")
    above, slash, page = inner.rpartition("/")
    if page.endswith(PAGE_SUFFIX) and not page.startswith("."):  # as most, and far quicker than in general
        stem = page.removesuffix(PAGE_SUFFIX)
        file = f"{above}{slash}index.html" if stem in _INDEX else f"{above}{slash}{stem}/index.html"
        return Address(file=file, url=url_of(file))
    folder, name = posixpath.split(inner)
    stem, suffix = posixpath.splitext(name)
    if path.startswith("courses/") and name == COURSE_FILE:
        file = posixpath.join(folder, "index.html")
    elif path.startswith("courses/") and suffix in (".yaml", ".yml"):
        file = posixpath.join(folder, stem, "index.html")
    elif suffix == PAGE_SUFFIX:
        file = posixpath.join(folder, "index.html") if stem in _INDEX else posixpath.join(folder, stem, "index.html")
    else:
        file = inner
    return Address(file=file, url=url_of(file))


def claim(path: str, file: str) -> str | None:
    """Return what the product says against a file of ``content/`` or ``courses/`` at its address; None for nothing.

    This is the one rule for all places that portals, and the server before them, use for themselves. What courses
    have below their folders is up to their own files.

    Args:
        path: the file's repository path.
        file: its address, as file systems that ignore case see it.
    """
    first, *others = file.split("/")
    own = path.startswith("courses/")
    if _PAGE in (first, *others)[:-1]:
        return f"'{_PAGE}' is what the file of every page is called, so that no folder can be called so"
    if own and file == f"{first}/{_PAGE}":
        return f"the portal makes the address '/{first}/' itself"
    if first == "courses" and not own:
        return f"the address '/{first}/' belongs to the courses"
    if first in _FOLDERS and not own:
        return f"the portal needs the address '/{first}/' for itself"
    if first in _FILES:
        return f"the portal makes the file '/{first}' itself"
    if file == _PAGE and not path.endswith(PAGE_SUFFIX):
        return f"the portal makes the file '/{file}' itself"
    return None


def url_of(file: str) -> str:
    """Return the percent-encoded URL, relative to the portal's root, of a file below it."""
    url = file.removesuffix("index.html") if file.endswith("/index.html") or file == "index.html" else file
    return url if _UNRESERVED.fullmatch(url) else quote(url)
