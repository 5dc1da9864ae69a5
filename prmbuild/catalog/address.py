"""Where a file of the repository stands in a portal."""

import posixpath
import re
from functools import lru_cache
from urllib.parse import quote

from msgspec import Struct

RESERVED = frozenset(
    {
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
"""First path segments that the product needs for itself."""

RESERVED_FILES = frozenset({"404.html", "navigation.json", "robots.txt", "favicon.ico"})
"""Files at a portal's top that the product makes itself."""

PAGE_SUFFIX = ".md"
COURSE_FILE = "course.yaml"
QUIZ_FILE = "quiz.yaml"

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


def url_of(file: str) -> str:
    """Return the percent-encoded URL, relative to the portal's root, of a file below it."""
    url = file.removesuffix("index.html") if file.endswith("/index.html") or file == "index.html" else file
    return url if _UNRESERVED.fullmatch(url) else quote(url)
