"""Parts of files: search data is read so, a few kilobytes of a larger file at a time."""

import re
from collections.abc import Mapping

_ONE = re.compile(r"bytes=(\d{1,15})-(\d{1,15})", re.ASCII)


def asked_part(headers: Mapping[str, str], etag: str, size: int) -> range | None:
    """Return which bytes of a file a request asks for; None where it gets all of it, as for every other kind of range.

    Args:
        headers: the request's, their names in lower case.
        etag: the file's entity tag.
        size: the file's, in bytes.

    Source: RFC 9110, "HTTP Semantics", sections 13.1.5 and 14.2.
    """
    asked = _ONE.fullmatch(headers.get("range", ""))
    if asked is None or headers.get("if-range", etag) != etag:
        return None
    first, last = int(asked[1]), int(asked[2])
    return range(first, min(last + 1, size)) if first <= last and first < size else None
