"""Segments of search data, taken apart as a reader takes them apart."""

import gzip
import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

from prmbuild.search.segment import Summary

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


def buckets(data: bytes, listed: int) -> list[list[str]]:
    """Bucket → page → its terms, of the file that a reader begins with."""
    (length,) = struct.unpack_from("<H", data, 14)
    sizes = list(_numbers(data[16 : 16 + length]))
    assert len(data) == listed + sum(sizes)
    return list(_parts(data, listed, sizes))


def pages(files: Mapping[str, bytes], name: str, length: int) -> list[tuple[Page, list[object]]]:
    """What is listed of each page, and its texts."""
    (listed,) = _parts(files[name], 0, [length])
    found: list[tuple[Page, list[object]]] = []
    for (first, text), (end, _) in pairwise([*listed["texts"], [len(listed["pages"]), ""]]):
        some = listed["pages"][first:end]
        found += zip(some, _parts(files[text], 0, [page["size"] for page in some]), strict=True)
    return found


def summary(record: Sequence[Any]) -> tuple[str, Summary]:
    """Folder and segment of a record of the index."""
    folder, name, number, words, listed = record
    return folder, Summary(pages=number, words=words, name=name, listed=listed)
