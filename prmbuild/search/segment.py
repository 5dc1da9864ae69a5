"""Pages that are searched together, and what a portal's search starts from.

A segment is a function of its own pages alone. Portals that show the same pages share it byte by byte, and nothing of
the pages that another portal shows is in it.

Its files are read in parts: a reader asks for the bytes of one bucket, or of one page's texts. So it has few of them,
and the edit of a page changes two.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from prmbuild.search.entry import Entry
from prmbuild.search.members import member, with_extra
from prmbuild.search.tokens import BUCKETS, COMMON

VERSION = f"3, zlib {zlib.ZLIB_RUNTIME_VERSION}"
"""What the bytes of entries and segments depend on beside the pages and the code of this package."""

TEXTS = 32
"""Pages whose texts stand in one file: some 64 KB, made anew and audited again when one of them changes."""

_LEVEL = 4
"""Of gzip: twice as quick as the usual 6, for files 3 % larger."""

SUFFIX = ".bin"
"""Not ``.gz``, which some servers and tools take for a sign to unpack the file on its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a portal says of a segment.

    Attributes:
        pages: how many it has.
        words: how many all its pages have together.
        name: of the file that a reader begins with; changes with every byte of the segment.
        listed: the length in bytes of the first member of that file, its list of pages.
    """

    pages: int
    words: int
    name: str
    listed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """The search data of some pages.

    Attributes:
        files: name → bytes; a name changes with the bytes. First the one that a reader begins with: gzip members of
            the list of pages and of the files of texts, then of each bucket of terms. The extra field of the first
            has the lengths of the others. Then the texts, a gzip member for each page.
    """

    files: Mapping[str, bytes]
    summary: Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a portal's search shows beside its pages.

    Attributes:
        language: a BCP 47 tag; results in it come first.
        types: slug → name, of the types that the portal's own pages have.
    """

    language: str
    types: Mapping[str, str]


def segment(entries: Sequence[Entry]) -> Segment:
    """Join pages into a segment.

    Args:
        entries: the pages', in an order that depends on these pages alone.
    """
    texts = [
        b"".join(entry.text for entry in entries[start : start + TEXTS]) for start in range(0, len(entries), TEXTS)
    ]
    names = [_name(data) for data in texts]
    columns = zip(*(entry.buckets for entry in entries), strict=True)
    buckets = [_bucket(b"[" + b",".join(column) + b"]") for column in columns]
    starts = [[number * TEXTS, name] for number, name in enumerate(names)]
    listed = b'{"texts":%s,"pages":[%s]}' % (_json(starts), b",".join(entry.page for entry in entries))
    pages = with_extra(member(listed, _LEVEL), b"".join(_varint(len(bucket)) for bucket in buckets))
    begun = b"".join((pages, *buckets))
    summary = Summary(
        pages=len(entries),
        words=sum(entry.words for entry in entries),
        name=_name(begun),
        listed=len(pages),
    )
    return Segment(files={summary.name: begun} | dict(zip(names, texts, strict=True)), summary=summary)


def index(segments: Mapping[str, Summary], settings: Settings) -> bytes:
    """Return what a portal's search starts from.

    Args:
        segments: folder of its files, relative to that of the index → segment.
        settings: the portal's.
    """
    document = {
        "language": settings.language,
        "types": dict(sorted(settings.types.items())),
        "buckets": BUCKETS,
        "common": sorted(COMMON),
        "segments": [
            [f"{folder}/", one.name, one.pages, one.words, one.listed] for folder, one in sorted(segments.items())
        ],
    }
    return _json(document)


def _name(data: bytes) -> str:
    return f"{sha256(data).hexdigest()[:16]}{SUFFIX}"


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _varint(number: int) -> bytes:
    """Return a number, seven bits to a byte, the lowest first; all bytes but the last have the highest bit set.

    Source: DWARF Debugging Information Format 5, section 7.6, "unsigned LEB128".
    """
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*found, number))


@lru_cache(maxsize=4 * BUCKETS)
def _bucket(data: bytes) -> bytes:
    """Pack a bucket: segments that are made one after the other and differ in a page have most of them in common."""
    return member(data, _LEVEL)
