"""Which of very many strings stand in a text: one pass of hashed byte runs over it, however many there are.

Of every string one run of bytes in its middle, its *anchor*, is hashed. Where a run of the text has the hash of an
anchor, the string is compared byte by byte, so what is found stands there, and all that stands there is found. The
index is a few flat arrays: millions of strings take tens of megabytes, and several processes map the same pages.

Source: Karp and Rabin, "Efficient randomized pattern-matching algorithms" (1987), with fixed runs instead of whole
patterns.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

WIDTHS = (16, 8, 6)
"""Lengths of anchors in bytes, the longest first; no string may be shorter than the last."""

SEPARATOR = b"\0"
"""Stands in no string that is searched for, so what it keeps apart is never found across it."""

_BLOCK = 1 << 14
"""Bytes of text hashed at a time: few enough that the arrays in between stay in the processor's cache."""

_SLOTS = 16
"""Entries of the first, coarse table for each anchor."""

_LEAST_BITS = 10
_MOST_BITS = 24
"""Of that table's size, as a power of two."""

_FIRST = np.uint64(0x9E3779B97F4A7C15)
_SECOND = np.uint64(0xC2B2AE3D27D4EB4F)
_SPREAD = np.uint64(29)

_STRINGS = "strings"
_ARRAYS = ("hashes", "rows", "offsets", "table")

Numbers = npt.NDArray[np.int32]
Places = npt.NDArray[np.int64]
_Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class _Anchors:
    """Anchors of one length.

    Attributes:
        hashes: sorted.
        rows: the string of each.
        offsets: where in its string each begins.
        table: whether there may be a hash with these first bits.
        shift: how many bits of a hash `table` leaves out.
    """

    width: int
    hashes: _Hashes
    rows: Places
    offsets: Places
    table: npt.NDArray[np.bool_]
    shift: np.uint64


class Needles:
    """Strings to search for, known by numbers; made by `of`.

    Args:
        joined: all strings, one after the other.
        ends: where each of them ends in it, after a leading 0.
        numbers: number of each string.
        anchors: of all of them.
    """

    def __init__(self, joined: bytes | mmap, ends: Places, numbers: Numbers, anchors: Sequence[_Anchors]) -> None:
        self._joined, self._ends, self._numbers, self._anchors = joined, ends, numbers, anchors

    @classmethod
    def of(cls, strings: Iterable[tuple[int, bytes]]) -> "Needles":
        """Index strings, each with the number it is to be known by."""
        joined = bytearray()
        ends, numbers = array("q", (0,)), array("i")
        for number, text in strings:
            joined += text
            ends.append(len(joined))
            numbers.append(number)
        return cls._indexed(bytes(joined), np.array(ends, np.int64), np.array(numbers, np.int32))

    @classmethod
    def _indexed(cls, joined: bytes, ends: Places, numbers: Numbers) -> "Needles":
        sizes = np.diff(ends)
        limits = (np.iinfo(np.int64).max, *WIDTHS)
        classes = ((width, (sizes >= width) & (sizes < above)) for width, above in zip(WIDTHS, limits, strict=False))
        anchors = tuple(
            _anchors(joined, ends, np.flatnonzero(members), width) for width, members in classes if members.any()
        )
        return cls(joined, ends, numbers, anchors)

    def save(self, folder: Path) -> None:
        """Write what `load` reads."""
        (folder / _STRINGS).write_bytes(self._joined)
        arrays: dict[str, npt.NDArray[Any]] = {"ends": self._ends, "numbers": self._numbers}
        for anchors in self._anchors:
            for name in _ARRAYS:
                arrays[f"{name}-{anchors.width}"] = getattr(anchors, name)
        for name, values in arrays.items():
            np.save(folder / f"{name}.npy", values)

    @classmethod
    def load(cls, folder: Path) -> "Needles":
        """Read what `save` wrote; the arrays stay in their files, and processes that read the same share them."""
        anchors = []
        for width in WIDTHS:
            if (folder / f"hashes-{width}.npy").exists():
                hashes, rows, offsets, table = (_mapped(folder / f"{name}-{width}.npy") for name in _ARRAYS)
                shift = np.uint64(65 - len(table).bit_length())
                anchors.append(_Anchors(width, hashes, rows, offsets, table, shift))
        strings = folder / _STRINGS
        with strings.open("rb") as file:
            joined = mmap(file.fileno(), 0, access=ACCESS_READ) if strings.stat().st_size else b""
        return cls(joined, _mapped(folder / "ends.npy"), _mapped(folder / "numbers.npy"), anchors)

    def find(self, text: bytes) -> Iterator[tuple[int, int]]:
        """Yield number and place of the strings that stand in a text, each time that they do."""
        yield from ((int(self._numbers[row]), place) for row, place in self._find(text))

    def exactly(self, texts: Sequence[bytes]) -> Sequence[frozenset[int]]:
        """Return for each text the numbers of the strings that it is."""
        found: list[set[int]] = [set() for _ in texts]
        starts: dict[int, int] = {}
        size = 0
        for index, text in enumerate(texts):
            starts[size] = index
            size += len(text) + 1
        for row, place in self._find(SEPARATOR.join(texts)):
            index = starts.get(place, -1)
            if index >= 0 and self._ends[row + 1] - self._ends[row] == len(texts[index]):
                found[index].add(int(self._numbers[row]))
        return [frozenset(numbers) for numbers in found]

    def _find(self, text: bytes) -> Iterator[tuple[int, int]]:
        for anchors in self._anchors:
            for start in range(0, len(text) - anchors.width + 1, _BLOCK):
                yield from self._in_block(text, start, anchors)

    def _in_block(self, text: bytes, start: int, anchors: _Anchors) -> Iterator[tuple[int, int]]:
        count = min(_BLOCK, len(text) - anchors.width + 1 - start)
        hashes = _hashes(text, start, count, anchors.width)
        likely = np.flatnonzero(anchors.table.take((hashes >> anchors.shift).view(np.int64)))
        if not len(likely):
            return
        hashes = hashes[likely]
        first = np.searchsorted(anchors.hashes, hashes)
        sure = anchors.hashes.take(first, mode="clip") == hashes
        if not sure.any():
            return
        first, likely, hashes = first[sure], likely[sure], hashes[sure]
        alike = np.searchsorted(anchors.hashes, hashes, "right") - first
        if (alike > 1).any():
            before = np.repeat(np.cumsum(alike) - alike, alike)
            first = np.repeat(first, alike) + np.arange(len(before)) - before
            likely = np.repeat(likely, alike)
        rows = anchors.rows[first]
        begins = likely + start - anchors.offsets[first]
        joined = self._joined
        places = zip(
            rows.tolist(), begins.tolist(), self._ends[rows].tolist(), self._ends[rows + 1].tolist(), strict=True
        )
        for row, begin, low, high in places:
            if begin >= 0 and text.startswith(joined[low:high], begin):
                yield row, begin


def _mapped(place: Path) -> npt.NDArray[Any]:
    found: npt.NDArray[Any] = np.load(place, mmap_mode="r")
    return found


def _anchors(joined: bytes, ends: Places, rows: Places, width: int) -> _Anchors:
    offsets = (ends[rows + 1] - ends[rows] - width) // 2
    places = ends[rows] + offsets
    # runs are read 8 bytes at a time, beyond the end of the last string even
    padded = joined + bytes(8)
    words = np.ndarray((len(padded) - 7,), "<u8", padded, 0, (1,))
    hashes = _mixed(words[places], words[places + 8] if width == WIDTHS[0] else None, width)
    order = np.argsort(hashes, kind="stable")
    bits = min(max((len(rows) * _SLOTS).bit_length(), _LEAST_BITS), _MOST_BITS)
    shift = np.uint64(64 - bits)
    table = np.zeros(1 << bits, np.bool_)
    table[(hashes >> shift).astype(np.int64)] = True
    return _Anchors(width, hashes[order], rows[order], offsets[order], table, shift)


def _hashes(text: bytes, start: int, count: int, width: int) -> _Hashes:
    """Return the hash of every run of ``width`` bytes that begins in a part of a text."""
    if width == WIDTHS[0]:
        words = np.ndarray((count + 8,), "<u8", text, start, (1,))
        return _mixed(words[:-8], words[8:], width)
    if start + count + 7 > len(text):
        text, start = text[start : start + count + 7] + bytes(8), 0
    return _mixed(np.ndarray((count,), "<u8", text, start, (1,)), None, width)


def _mixed(first: _Hashes, second: _Hashes | None, width: int) -> _Hashes:
    if width < 8:
        first = first & np.uint64((1 << 8 * width) - 1)
    mixed = first * _FIRST
    if second is not None:
        mixed ^= mixed >> _SPREAD
        mixed += second * _SECOND
        mixed *= _FIRST
    return mixed
