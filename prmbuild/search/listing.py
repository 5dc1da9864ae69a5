"""What a portal's search starts from: the index, and the listings that it names.

A listing tells of several segments where their buckets are and which pages they have, so that a reader need not ask
each of them. Portals that show the same pages in these segments share it byte by byte.
"""

import json
from collections.abc import Mapping, Sequence

from msgspec import Struct

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


def listing(starts: Sequence[tuple[Summary, bytes]]) -> bytes:
    """Join the starts of segments: where all their buckets are, then all their lists of pages.

    A reader who has many listings needs no more than the first of most. Nothing but members of the segments stands in
    it, which are audited once, however many listings have them.
    """
    places = (start[: summary.placed] for summary, start in starts)
    lists = (start[summary.placed :] for summary, start in starts)
    return b"".join((*places, *lists))


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
                [
                    [f"{folder}/", segment.name, segment.pages, segment.words, segment.placed, segment.listed]
                    for folder, segment in one.segments.items()
                ],
            ]
            for one in listings
        ],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
