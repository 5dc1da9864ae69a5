"""The headers that a portal's files are served with."""

import json
from functools import cache
from hashlib import sha256

from msgspec.structs import astuple

from prmbuild.media_types import MEDIA_TYPES, compressible, media_type
from prmbuild.store.store import Headers

_PAGES = "private, no-cache"
"""Browsers ask each time whether there is a newer release. What stands between them and the store keeps files as long
as it likes: the release is in their names. Source: RFC 9111, section 5.2.2."""


def headers_of(key: str) -> Headers:
    """Return the headers of an object; whether it is compressed is not told by its name."""
    return headers_for(media_type(key))


@cache
def headers_for(media_type: str) -> Headers:
    """Return the headers of objects of a media type."""
    return Headers(content_type=media_type, cache_control=_PAGES)


@cache
def policy() -> str:
    """Return the digest of how all kinds of files may be served, so that other headers make another release."""
    names = [f"a{suffix}" for suffix in ("", *sorted(MEDIA_TYPES))]
    said = [(name, astuple(headers_of(name)), compressible(name)) for name in names]
    return sha256(json.dumps(said).encode()).hexdigest()
