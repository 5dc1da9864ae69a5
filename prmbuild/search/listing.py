"""What a portal's search starts from: the index, and the listings that it names.

A listing tells of several segments where their buckets are and which pages they have, so that a reader need not ask
each of them. Portals that show the same pages in these segments share it byte by byte.
"""

import json
from collections.abc import Mapping, Sequence

from msgspec import Struct

from prmbuild.search.members import member, with_extra, without_extra
from prmbuild.search.segment import Summary
from prmbuild.search.tokens import BUCKETS, COMMON

SEGMENTS = 8
"""The most that one listing has: some 25 KB, made anew in every portal that shows a page when that page changes."""


class Listing(Struct, frozen=True, kw_only=True):
    """What a portal says of a listing.

    Attributes:
        folder: of its file, relative to that of the index.
        name: of its file; changes with the bytes.
        segments: folder of its files, relative to that of the index → segment.
    """

    folder: str
    name: str
    segments: Mapping[str, Summary]


class Settings(Struct, frozen=True, kw_only=True):
    """What a portal's search shows beside its pages.

    Attributes:
        language: a BCP 47 tag; results in it come first.
        types: slug → name, of the types that the portal's own pages have.
    """

    language: str
    types: Mapping[str, str]


def listing(starts: Sequence[bytes]) -> bytes:
    """Join the starts of segments: gzip members of their lists of pages, after a head.

    The head is a member with nothing in it, and an extra field with the lengths of all their buckets. It comes first,
    as a reader who has many listings needs no more of most. It is apart from the lists, as these are the same in every
    listing that has them, and so audited once.
    """
    lists, lengths = zip(*map(without_extra, starts), strict=True)
    return b"".join((_head(b"".join(lengths)), *lists))


def _head(lengths: bytes) -> bytes:
    return with_extra(member(b"", 0), lengths)


def index(listings: Sequence[Listing], settings: Settings) -> bytes:
    """Return what a portal's search starts from."""
    document = {
        "language": settings.language,
        "types": dict(sorted(settings.types.items())),
        "buckets": BUCKETS,
        "common": sorted(COMMON),
        "listings": [
            [
                f"{one.folder}/",
                one.name,
                len(_head(bytes(sum(segment.placed for segment in one.segments.values())))),
                [
                    [f"{folder}/", segment.name, segment.pages, segment.words, segment.listed]
                    for folder, segment in one.segments.items()
                ],
            ]
            for one in listings
        ],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
