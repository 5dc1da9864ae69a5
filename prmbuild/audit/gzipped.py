"""Gzip streams: their members one by one, and the few bytes of them that are not compressed."""

import zlib
from collections.abc import Iterator

from msgspec import Struct

MAGIC = b"\x1f\x8b"

_FIXED = 10
_TRAILER = 8
_CHECKED, _EXTRA, _NAME, _COMMENT = 2, 4, 8, 16
"""Flags of a member's header."""

_BLOCK = 1 << 10
"""Bytes given to the decompressor at first, twice as many each time: what is left over is copied."""


class Member(Struct, frozen=True, kw_only=True):
    """A member of a gzip stream.

    Attributes:
        data: what is packed in it.
        around: its header and trailer; what lies between is compressed, so nothing stands there but `data`.
        end: where it ends in the stream.
        whole: whether it is complete and has not more than the most bytes; otherwise `data` is what could be unpacked.
    """

    data: bytes
    around: bytes
    end: int
    whole: bool


def members(stream: bytes, most: int) -> Iterator[Member]:
    """Yield members as long as one follows the other; the last alone may not be whole.

    Args:
        stream: begins with `MAGIC`.
        most: bytes that all of them may have together.

    Source: RFC 1952, "GZIP file format specification version 4.3", section 2.
    """
    start = 0
    while stream.startswith(MAGIC, start):
        found = member(stream, start, most)
        yield found
        if not found.whole:
            return
        most -= len(found.data)
        start = found.end


def member(stream: bytes, start: int, most: int) -> Member:
    """Return the member that begins at a place of a stream.

    Args:
        stream: has `MAGIC` there.
        start: the place.
        most: bytes that it may have.
    """
    unpacking = zlib.decompressobj(16 + zlib.MAX_WBITS)
    found: list[bytes] = []
    left, at, size = most, start, _BLOCK
    view = memoryview(stream)
    try:
        while not unpacking.eof and at < len(stream) and left > 0:
            block = view[at : at + size]
            found.append(unpacking.decompress(block, left))
            left -= len(found[-1])
            at += len(block)
            size *= 2
            if unpacking.unconsumed_tail:
                at -= len(unpacking.unconsumed_tail)
    except zlib.error:
        return Member(data=b"".join(found), around=b"", end=len(stream), whole=False)
    if not unpacking.eof:
        return Member(data=b"".join(found), around=b"", end=len(stream), whole=False)
    end = at - len(unpacking.unused_data)
    around = stream[start : _header_end(stream, start)] + b"\0" + stream[end - _TRAILER : end]
    return Member(data=b"".join(found), around=around, end=end, whole=True)


def _header_end(stream: bytes, start: int) -> int:
    """Return where the compressed data of a member begins that the decompressor accepts."""
    flags = stream[start + 3]
    at = start + _FIXED
    if flags & _EXTRA:
        at += 2 + int.from_bytes(stream[at : at + 2], "little")
    for flag in (_NAME, _COMMENT):
        if flags & flag:
            at = stream.index(b"\0", at) + 1
    return at + (2 if flags & _CHECKED else 0)
