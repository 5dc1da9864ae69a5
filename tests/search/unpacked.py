"""Segments of search data, taken apart as a reader takes them apart."""

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

from prmbuild.search.tokens import EDGE

Page = dict[str, object]
"""What is listed of a page."""


def _parts(data: bytes, start: int, sizes: Sequence[int]) -> Iterator[Any]:
    for begin, end in pairwise(accumulate(sizes, initial=start)):
        yield json.loads(gzip.decompress(data[begin:end]))


def buckets(terms: bytes, places: bytes) -> list[list[str]]:
    """Bucket → page → its terms, of a segment's file of terms."""
    sizes = [int(length) for length in json.loads(gzip.decompress(places)).split(EDGE)]
    assert len(terms) == sum(sizes)
    return list(_parts(terms, 0, sizes))


def pages(files: Mapping[str, bytes], listed: bytes) -> list[tuple[Page, list[object]]]:
    """What is listed of each page, and its texts."""
    about = json.loads(gzip.decompress(listed))
    found: list[tuple[Page, list[object]]] = []
    for (first, text), (end, _) in pairwise([*about["texts"], [len(about["pages"]), ""]]):
        some = about["pages"][first:end]
        found += zip(some, _parts(files[text], 0, [page["size"] for page in some]), strict=True)
    return found


def members(terms: bytes) -> Iterator[bytes]:
    """The members of a file of terms, in order."""
    while terms:
        unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
        unpacking.decompress(terms)
        end = len(terms) - len(unpacking.unused_data)
        yield terms[:end]
        terms = terms[end:]


def segments(files: Mapping[str, bytes]) -> Iterator[tuple[str, int, bytes]]:
    """Folder, number of pages, and list of these, a gzip member, of each segment of a portal."""
    for folder, name, together in json.loads(files["search/index.json"])["listings"]:
        data = files[f"search/{folder}{name}"]
        some = [one for *_, few in together for one in few]
        ends = list(accumulate([*(placed for *_, placed, _ in some), *(listed for *_, listed in some)], initial=0))
        assert len(data) == ends[-1]
        terms: list[bytes] = []
        for place, name, few in together:
            found = list(members(files[f"search/{place}{name}"]))
            terms += (b"".join(found[at :: len(few)]) for at in range(len(few)))
        for at, (place, number, *_) in enumerate(some):
            assert buckets(terms[at], data[ends[at] : ends[at + 1]])
            yield place, number, data[ends[len(some) + at] : ends[len(some) + at + 1]]
