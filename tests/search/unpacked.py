"""Segments of search data, taken apart as a reader takes them apart."""

import gzip
import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

Page = dict[str, object]
"""What is listed of a page."""


def _parts(data: bytes, start: int, sizes: Sequence[int]) -> Iterator[Any]:
    for begin, end in pairwise(accumulate(sizes, initial=start)):
        yield json.loads(gzip.decompress(data[begin:end]))


def _numbers(data: bytes) -> Iterator[int]:
    number = at = 0
    for byte in data:
        number |= (byte & 0x7F) << at
        at += 7
        if byte < 0x80:
            yield number
            number = at = 0
    assert not at


def buckets(terms: bytes, start: bytes) -> list[list[str]]:
    """Bucket → page → its terms, of a segment's file of terms."""
    sizes = list(_numbers(_extra(start)))
    assert len(terms) == sum(sizes)
    return list(_parts(terms, 0, sizes))


def pages(files: Mapping[str, bytes], start: bytes) -> list[tuple[Page, list[object]]]:
    """What is listed of each page, and its texts."""
    listed = json.loads(gzip.decompress(start))
    found: list[tuple[Page, list[object]]] = []
    for (first, text), (end, _) in pairwise([*listed["texts"], [len(listed["pages"]), ""]]):
        some = listed["pages"][first:end]
        found += zip(some, _parts(files[text], 0, [page["size"] for page in some]), strict=True)
    return found


def segments(files: Mapping[str, bytes]) -> Iterator[tuple[str, int, bytes]]:
    """Folder, number of pages, and list of these, a gzip member, of each segment of a portal."""
    for folder, name, head, some in json.loads(files["search/index.json"])["listings"]:
        data = files[f"search/{folder}{name}"]
        assert gzip.decompress(data[:head]) == b""
        ends = list(accumulate((listed for *_, listed in some), initial=head))
        assert len(data) == ends[-1]
        sizes = list(_numbers(_extra(data)))
        for at, ((place, terms, number, _, _), (begin, end)) in enumerate(zip(some, pairwise(ends), strict=True)):
            buckets = sizes[at * len(sizes) // len(some) : (at + 1) * len(sizes) // len(some)]
            assert sum(buckets) == len(files[f"search/{place}{terms}"])
            yield place, number, data[begin:end]


def _extra(member: bytes) -> bytes:
    (length,) = struct.unpack_from("<H", member, 14)
    return member[16 : 16 + length]
