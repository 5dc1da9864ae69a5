"""Long stretches of the same few bytes, such as zeros or blanks, of which the audit needs no more than a beginning.

Packed, they take nearly no room; unpacked and searched, they take gigabytes. What stands in such a stretch stands in
`KEPT` bytes of it as well, and what begins or ends in it still does, so no text is lost that is shorter.
"""

from collections.abc import Iterator

_BLOCK = 3 << 10
"""Bytes that are compared at a time."""

_PERIOD = 12
"""Bytes that may repeat: one, two, three, four or six of them, which are one character or two in any encoding."""

KEPT = 2 * _BLOCK
"""About how many bytes of a stretch are left."""


def squeezed(data: bytes) -> bytes:
    """Return bytes without what repeats in long stretches of a few bytes."""
    if len(data) <= 2 * KEPT:
        return data
    pieces = list(_kept(data))
    return data if len(pieces) == 1 else b"".join(pieces)


def _kept(data: bytes) -> Iterator[memoryview]:
    view = memoryview(data)
    start = at = 0
    while at + KEPT + _BLOCK <= len(data):
        first = data[at : at + _BLOCK]
        end = at + KEPT
        if data.startswith(first, at + _BLOCK) and first[_PERIOD:] == first[:-_PERIOD]:
            while data.startswith(first, end):
                end += _BLOCK
        if end > at + KEPT:
            yield view[start : at + KEPT]
            start = at = end
        else:
            at += _BLOCK
    yield view[start:]
