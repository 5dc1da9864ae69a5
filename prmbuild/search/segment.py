"""Pages that are searched together, and what a portal's search starts from.

A segment is a function of its own pages alone. Portals that show the same pages share it byte by byte, and nothing of
the pages that another portal shows is in it.
"""

import gzip
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from prmbuild.search.entry import Entry
from prmbuild.search.tokens import BUCKETS, COMMON

VERSION = f"1, zlib {zlib.ZLIB_RUNTIME_VERSION}"
"""What the bytes of entries and segments depend on beside the pages and the code of this package."""

PAGES = "pages"
"""The file that lists a segment's pages."""

TEXT_FILE = 1 << 13
"""Bytes of compressed texts after which another file is begun."""

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
        digest: SHA-256 of its names and bytes, hexadecimal.
    """

    pages: int
    words: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """The search data of some pages.

    Attributes:
        files: name → bytes, gzipped; sorted by name. ``pages`` lists the pages, ``0`` … are the buckets of terms,
            ``text-0`` … the texts of a few pages each.
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
    columns = zip(*(entry.buckets for entry in entries), strict=True)
    made = {str(number): _packed(b"[" + b",".join(column) + b"]") for number, column in enumerate(columns)}
    starts, texts = _texts(entries)
    made |= {f"text-{number}": data for number, data in enumerate(texts)}
    listed = b",".join(entry.page for entry in entries)
    made[PAGES] = _packed(b'{"texts":%s,"pages":[%s]}' % (json.dumps(starts, separators=(",", ":")).encode(), listed))
    files = {f"{name}{SUFFIX}": data for name, data in sorted(made.items())}
    mark = sha256()
    for name, data in files.items():
        mark.update(b"%s\0%d\0" % (name.encode(), len(data)))
        mark.update(data)
    summary = Summary(pages=len(entries), words=sum(entry.words for entry in entries), digest=mark.hexdigest())
    return Segment(files=files, summary=summary)


def index(segments: Mapping[str, Summary], settings: Settings) -> bytes:
    """Return what a portal's search starts from.

    Args:
        segments: folder of its files, relative to that of the index → segment. Its name has to change with the digest,
            so that a browser never mixes two states of a segment.
        settings: the portal's.
    """
    document = {
        "language": settings.language,
        "types": dict(sorted(settings.types.items())),
        "buckets": BUCKETS,
        "common": sorted(COMMON),
        "segments": [[name, one.pages, one.words] for name, one in sorted(segments.items())],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _texts(entries: Sequence[Entry]) -> tuple[list[int], list[bytes]]:
    """Return the number of the first page of every file of texts, and the files: compressed texts one after another."""
    starts: list[int] = []
    files: list[list[bytes]] = []
    size = TEXT_FILE
    for number, entry in enumerate(entries):
        if size >= TEXT_FILE:
            starts.append(number)
            files.append([])
            size = 0
        files[-1].append(entry.text)
        size += len(entry.text)
    return starts, [b"".join(file) for file in files]


def _packed(data: bytes) -> bytes:
    return gzip.compress(data, compresslevel=_LEVEL, mtime=0)
