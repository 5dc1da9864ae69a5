"""Which of very many strings stand in a text: one pass of hashed byte runs over it, however many there are.

Of every string one run of bytes in its middle, its *anchor*, is hashed. Where a run of the text has the hash of an
anchor, the string is compared byte by byte, so what is found stands there, and all that stands there is found. The
index is a few flat arrays: millions of strings take tens of megabytes, and several processes map the same pages.

Source: Karp and Rabin, "Efficient randomized pattern-matching algorithms" (1987), with fixed runs instead of whole
patterns.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from prmbuild.audit.arrays import Arrays

WIDTHS = (16, 8, 6)
"""Lengths of anchors in bytes, the longest first; no string may be shorter than the last."""

SEPARATOR = b"\0"
"""Stands in no string that is searched for, so what it keeps apart is never found across it."""

_WORD = 8
"""Bytes compared at a time."""

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

_ARRAYS = ("hashes", "rows", "offsets", "table")

Numbers = npt.NDArray[np.int32]
Places = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
_Hashes = npt.NDArray[np.uint64]

_NOWHERE: Places = np.zeros(0, np.int64)
_MASKS: _Hashes = np.array([(1 << 8 * size) - 1 for size in range(_WORD + 1)], np.uint64)
"""By the size of a string: which bits of its first 8 bytes belong to it."""


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
    """Strings to search for, known by numbers.

    Args:
        joined: all strings, one after the other, and 8 bytes more.
        ends: where each of them ends in it, after a leading 0.
        numbers: number of each string.
        anchors: of all of them.
    """

    def __init__(self, joined: Bytes, ends: Places, numbers: Numbers, anchors: Sequence[_Anchors]) -> None:
        self._joined, self._ends, self._numbers, self._anchors = joined, ends, numbers, anchors
        self._words = _words(joined)

    @classmethod
    def of(cls, strings: Iterable[tuple[int, bytes]]) -> "Needles":
        """Index strings, each with the number it is to be known by."""
        known = list(strings)
        ends = np.cumsum([0, *(len(text) for _, text in known)], dtype=np.int64)
        joined = np.frombuffer(b"".join(text for _, text in known), np.uint8)
        return cls.joined(joined, ends, np.array([number for number, _ in known], np.int32))

    @classmethod
    def joined(cls, strings: Bytes, ends: Places, numbers: Numbers) -> "Needles":
        """Index strings that stand one after the other."""
        # strings are read 8 bytes at a time, beyond the end of the last even
        padded = np.concatenate([strings, np.zeros(_WORD, np.uint8)])
        sizes = np.diff(ends)
        limits = (np.iinfo(np.int64).max, *WIDTHS)
        classes = ((width, (sizes >= width) & (sizes < above)) for width, above in zip(WIDTHS, limits, strict=False))
        anchors = tuple(
            _anchors(padded, ends, np.flatnonzero(members), width) for width, members in classes if members.any()
        )
        return cls(padded, ends, numbers, anchors)

    def arrays(self) -> Arrays:
        """Return what `of_arrays` takes."""
        arrays: dict[str, npt.NDArray[Any]] = {"joined": self._joined, "ends": self._ends, "numbers": self._numbers}
        for anchors in self._anchors:
            for name in _ARRAYS:
                arrays[f"{name}-{anchors.width}"] = getattr(anchors, name)
        return arrays

    @classmethod
    def of_arrays(cls, arrays: Arrays) -> "Needles":
        """Return strings that were indexed before."""
        anchors = []
        for width in WIDTHS:
            if f"hashes-{width}" in arrays:
                hashes, rows, offsets, table = (arrays[f"{name}-{width}"] for name in _ARRAYS)
                shift = np.uint64(65 - len(table).bit_length())
                anchors.append(_Anchors(width, hashes, rows, offsets, table, shift))
        return cls(arrays["joined"], arrays["ends"], arrays["numbers"], anchors)

    def find(self, text: bytes) -> tuple[Numbers, Places]:
        """Return numbers and places of the strings that stand in a text, each time that they do."""
        rows, places = self._find(text)
        return self._numbers[rows], places

    def exactly(self, texts: Sequence[bytes]) -> Sequence[frozenset[int]]:
        """Return for each text the numbers of the strings that it is."""
        sizes = np.array([*map(len, texts)], np.int64)
        starts = np.cumsum(sizes + 1) - sizes - 1
        rows, places = self._find(SEPARATOR.join(texts))
        index = np.searchsorted(starts, places, "right") - 1
        alike = (starts[index] == places) & (self._ends[rows + 1] - self._ends[rows] == sizes[index])
        found: list[set[int]] = [set() for _ in texts]
        for text, number in zip(index[alike].tolist(), self._numbers[rows[alike]].tolist(), strict=True):
            found[text].add(number)
        return [frozenset(numbers) for numbers in found]

    def _find(self, text: bytes) -> tuple[Places, Places]:
        """Return rows and places of the strings in a text."""
        rows, places = [_NOWHERE], [_NOWHERE]
        for anchors in self._anchors:
            for start in range(0, len(text) - anchors.width + 1, _BLOCK):
                found = _likely(text, start, anchors)
                if found is not None:
                    rows.append(found[0])
                    places.append(found[1])
        if len(rows) == 1:
            return _NOWHERE, _NOWHERE
        return self._sure(text, np.concatenate(rows), np.concatenate(places))

    def _sure(self, text: bytes, rows: Places, places: Places) -> tuple[Places, Places]:
        """Return those of the strings which may stand at places that do, compared byte by byte, 8 at a time."""
        lows = self._ends[rows]
        sizes = self._ends[rows + 1] - lows
        said, wanted = _words(text + bytes(_WORD)), self._words
        inside = (places >= 0) & (places + sizes <= len(text))
        left = np.flatnonzero(inside)
        masks = _MASKS[np.minimum(sizes[left], _WORD)]
        sure = [_NOWHERE]
        done = 0
        while len(left):
            # the last word of a string overlaps the one before, so that none reaches beyond its end
            at = np.minimum(done, np.maximum(sizes[left] - _WORD, 0))
            same = (said[places[left] + at] ^ wanted[lows[left] + at]) & masks == 0
            ended = sizes[left] <= done + _WORD
            sure.append(left[same & ended])
            same &= ~ended
            left, masks = left[same], masks[same]
            done += _WORD
        found = np.concatenate(sure)
        return rows[found], places[found]


def _likely(text: bytes, start: int, anchors: _Anchors) -> tuple[Places, Places] | None:
    """Return rows and places of strings whose anchor stands in a block of a text."""
    count = min(_BLOCK, len(text) - anchors.width + 1 - start)
    hashes = _hashes(text, start, count, anchors.width)
    likely = np.flatnonzero(anchors.table.take((hashes >> anchors.shift).view(np.int64)))
    if not len(likely):
        return None
    hashes = hashes[likely]
    first = np.searchsorted(anchors.hashes, hashes)
    sure = anchors.hashes.take(first, mode="clip") == hashes
    if not sure.any():
        return None
    first, likely, hashes = first[sure], likely[sure], hashes[sure]
    alike = np.searchsorted(anchors.hashes, hashes, "right") - first
    if (alike > 1).any():
        before = np.repeat(np.cumsum(alike) - alike, alike)
        first = np.repeat(first, alike) + np.arange(len(before)) - before
        likely = np.repeat(likely, alike)
    return anchors.rows[first], likely + start - anchors.offsets[first]


def _words(text: bytes | Bytes) -> _Hashes:
    """Return the 8 bytes at each place of a text, as far as there are so many."""
    return np.ndarray((len(text) - _WORD + 1,), "<u8", text, 0, (1,))


def _anchors(joined: Bytes, ends: Places, rows: Places, width: int) -> _Anchors:
    offsets = (ends[rows + 1] - ends[rows] - width) // 2
    places = ends[rows] + offsets
    words = _words(joined)
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
