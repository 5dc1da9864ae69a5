"""What a portal's search starts from: the index, and the listings that it names.

A listing tells of several segments where their buckets are and which pages they have, so that a reader need not ask
each of them. Their terms are read from few files, too. Portals that show the same pages in these segments share all of
that byte by byte.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import chain

from msgspec import Struct

from prmbuild.search.segment import Summary, cut
from prmbuild.search.tokens import BUCKETS, COMMON

FORMAT = 2
"""What an index, listings, terms and texts look like and which words are terms: another number where that changes.

A page that is open while a release takes the place of another still has the scripts of its own, which have to know
whether they can read the new search data. ``theme/assets/search/data.js`` says which they read.
"""

SEGMENTS = 8
"""The most that one listing has: some 25 KB, made anew in every portal that shows a page when that page changes."""


TOGETHER = 2
"""The most segments whose terms stand in one file; `SEGMENTS` is a multiple of it.

A reader asks each file for the bucket of a word, which takes a browser about 2 ms; the edit of a page makes one anew.
"""


class Terms(Struct, frozen=True, kw_only=True):
    """What a portal says of a file of terms.

    Attributes:
        folder: of the file, relative to that of the index.
        name: of the file; changes with the bytes.
        segments: folder of its files, relative to that of the index → segment.
    """

    folder: str
    name: str
    segments: Mapping[str, Summary]


class Listing(Struct, frozen=True, kw_only=True):
    """What a portal says of a listing.

    Attributes:
        folder: of its file, relative to that of the index.
        name: of its file; changes with the bytes.
        terms: the files with the terms of its segments.
    """

    folder: str
    name: str
    terms: Sequence[Terms]


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


def terms(segments: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Join the terms of segments: of every bucket the members of all, so that a reader asks for them at once.

    Args:
        segments: of each its terms, and what tells the lengths of its buckets.
    """
    return b"".join(chain.from_iterable(zip(*(cut(found, places) for found, places in segments), strict=True)))


def index(listings: Sequence[Listing], settings: Settings) -> bytes:
    """Return what a portal's search starts from."""
    document = {
        "format": FORMAT,
        "language": settings.language,
        "types": dict(sorted(settings.types.items())),
        "buckets": BUCKETS,
        "common": sorted(COMMON),
        "listings": [
            [
                f"{one.folder}/",
                one.name,
                [
                    [
                        f"{file.folder}/",
                        file.name,
                        [
                            [f"{folder}/", segment.pages, segment.words, segment.placed, segment.listed]
                            for folder, segment in file.segments.items()
                        ],
                    ]
                    for file in one.terms
                ],
            ]
            for one in listings
        ],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
