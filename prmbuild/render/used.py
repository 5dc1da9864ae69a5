"""Which files of a look its pages use: only those are published, and what merely lies beside them is not."""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote, urlsplit

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_REFERENCE = re.compile(
    r"""url\(\s*(?:"([^"\n]*)"|'([^'\n]*)'|([^"'()\s]+))\s*\)|@import\s*(?:"([^"\n]*)"|'([^'\n]*)')""", re.IGNORECASE
)


def used(named: Iterable[str], files: Mapping[str, bytes]) -> frozenset[str]:
    """Return the files that a portal needs to look as it should.

    Args:
        named: paths of the files that the settings name.
        files: path → bytes of every file that may be published.

    Returns:
        Those of ``files`` that are named, and what their style sheets reference in turn. Scripts reference nothing.
    """
    found: set[str] = set()
    waiting = list(named)
    while waiting:
        path = waiting.pop()
        if path not in found and path in files:
            found.add(path)
            if path.endswith(".css"):
                waiting.extend(_references(path, files[path]))
    return frozenset(found)


def _references(path: str, sheet: bytes) -> Iterator[str]:
    for groups in _REFERENCE.findall(_COMMENT.sub(" ", sheet.decode("utf-8", "replace"))):
        try:
            url = urlsplit(next((group for group in groups if group), ""))
        except ValueError:
            continue
        if not url.scheme and not url.netloc and not url.path.startswith("/"):
            yield posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(url.path)))
