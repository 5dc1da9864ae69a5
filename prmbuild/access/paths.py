"""The rule of paths: what a request asks for, or that it asks for nothing.

Odd paths are refused, never cleaned. The edge's function follows the same rule: ``tests/access/path_vectors.json``
holds what both must answer.
"""

import re
from collections.abc import Container

from msgspec import Struct

LONGEST = 2048
"""Bytes of a path, as it stands in the request. No browser and no link of a portal comes near."""

NOT_FOUND = "404.html"
"""The file that stands in for what does not exist."""

_INDEX = "index.html"
_RAW = re.compile(rb"/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*")  # Source: RFC 3986, section 3.3
_ENCODED_SEPARATOR = re.compile(rb"%(?:2f|5c)", re.IGNORECASE)
_ENCODED = re.compile(rb"%([0-9A-Fa-f]{2})")
_STILL_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")
_SYNTAX = re.compile(r"[\x00-\x1f\x7f-\x9f\\?{}]")
"""What web servers could take for something else than a part of a name once it is decoded: Caddy, for one, cuts names
at a question mark, and puts values in place of what is in braces."""


class File(Struct, frozen=True):
    """A file of a portal; ``path`` is relative to the portal's root."""

    path: str


class Folder(Struct, frozen=True):
    """A folder asked for without its slash; the answer is a redirect to the path with one."""


def requested(raw: bytes) -> str | None:
    """Return what the path of a request asks for, relative to the root and decoded; None where the path is odd.

    Args:
        raw: the path as it stands in the request line, without the query.
    """
    if len(raw) > LONGEST or not _RAW.fullmatch(raw) or _ENCODED_SEPARATOR.search(raw):
        return None
    try:
        path = _ENCODED.sub(lambda found: bytes.fromhex(found[1].decode()), raw).decode("utf-8")
    except UnicodeDecodeError:
        return None
    if _SYNTAX.search(path) or _STILL_ENCODED.search(path):
        return None
    *folders, last = path[1:].split("/")
    if any(part in ("", ".", "..") for part in folders) or last in (".", ".."):
        return None
    return path[1:]


def find(path: str, files: Container[str]) -> File | Folder | None:
    """Return what stands at a path of a portal; None where nothing does.

    Args:
        path: from `requested`.
        files: the portal's, relative to its root.
    """
    file = path + _INDEX if path == "" or path.endswith("/") else path
    if file in files:
        return None if file == NOT_FOUND else File(file)
    return Folder() if f"{file}/{_INDEX}" in files else None
