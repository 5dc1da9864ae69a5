"""Pages that are searched together.

A segment is a function of its own pages alone. Portals that show the same pages share it byte by byte, and nothing of
the pages that another portal shows is in it.

Its texts are read in parts: a reader asks for the bytes of one page's. So it has few files of them, and the edit of a
page changes one. Its terms, and what tells where they are, are read with those of other segments; see
`prmbuild.search.listing`.
"""

import gzip
import json
import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from itertools import accumulate, pairwise

from msgspec import Struct

from prmbuild.search.entry import Entry
from prmbuild.search.members import member
from prmbuild.search.tokens import BUCKETS, EDGE

VERSION = f"4, zlib {zlib.ZLIB_RUNTIME_VERSION}"
"""What the bytes of entries and segments depend on beside the pages and the code of this package."""

TEXTS = 32
"""Pages whose texts stand in one file: some 64 KB, made anew and audited again when one of them changes."""

_LEVEL = 4
"""Of gzip: twice as quick as the usual 6, for files 3 % larger."""

SUFFIX = ".bin"
"""Not ``.gz``, which some servers and tools take for a sign to unpack the file on its way."""


class Summary(Struct, frozen=True, kw_only=True):
    """What a portal says of a segment.

    Attributes:
        pages: how many it has.
        words: how many all its pages have together.
        listed: the length in bytes of its list of pages, a gzip member.
        placed: the length in bytes of what tells the lengths of its buckets, a gzip member too.
    """

    pages: int
    words: int
    listed: int
    placed: int


class Segment(Struct, frozen=True, kw_only=True):
    """The search data of some pages.

    Attributes:
        files: name → bytes of its texts, a gzip member for each page; a name changes with the bytes.
        terms: a gzip member for each bucket.
        start: two gzip members: the lengths of the buckets, in figures with `EDGE` between them, and the list of its
            pages and of the files of texts.
    """

    files: Mapping[str, bytes]
    terms: bytes
    start: bytes
    summary: Summary


def segment(entries: Sequence[Entry]) -> Segment:
    """Join pages into a segment.

    Args:
        entries: the pages', in an order that depends on these pages alone.
    """
    texts = [
        b"".join(entry.text for entry in entries[start : start + TEXTS]) for start in range(0, len(entries), TEXTS)
    ]
    names = [file_name(sha256(data).hexdigest()) for data in texts]
    columns = zip(*(entry.buckets for entry in entries), strict=True)
    buckets = [_bucket(b"[" + b",".join(column) + b"]") for column in columns]
    starts = [[number * TEXTS, name] for number, name in enumerate(names)]
    listed = b'{"texts":%s,"pages":[%s]}' % (_json(starts), b",".join(entry.page for entry in entries))
    places = member(_json(EDGE.join(str(len(bucket)) for bucket in buckets)), _LEVEL)
    pages = member(listed, _LEVEL)
    summary = Summary(
        pages=len(entries),
        words=sum(entry.words for entry in entries),
        listed=len(pages),
        placed=len(places),
    )
    return Segment(
        files=dict(zip(names, texts, strict=True)),
        terms=b"".join(buckets),
        start=places + pages,
        summary=summary,
    )


def cut(terms: bytes, places: bytes) -> list[bytes]:
    """Return the members of a segment's terms, one for each bucket.

    Args:
        terms: of the segment.
        places: the beginning of its start, which tells the lengths of the buckets.
    """
    ends = accumulate(map(int, json.loads(gzip.decompress(places)).split(EDGE)), initial=0)
    return [terms[start:end] for start, end in pairwise(ends)]


def file_name(digest: str) -> str:
    """Return the name of a file of search data, given the SHA-256 of its bytes."""
    return f"{digest[:16]}{SUFFIX}"


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


@lru_cache(maxsize=4 * BUCKETS)
def _bucket(data: bytes) -> bytes:
    """Pack a bucket: segments that are made one after the other and differ in a page have most of them in common."""
    return member(data, _LEVEL)
