"""Which of very many strings stand in a text: one pass of hashed byte runs over it, however many there are.

Of every string one run of bytes, its *anchor*, is hashed. Where a run of the text has the hash of an anchor, the string
is compared byte by byte, so what is found stands there, and all that stands there is found. The index is a few flat
arrays: millions of strings take tens of megabytes, and several processes map the same pages.

Source: Karp and Rabin, "Efficient randomized pattern-matching algorithms" (1987), with fixed runs instead of whole
patterns.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from prmbuild.audit.anchors import BEYOND, DENSE, SHORT, SPARSE, Anchors, Bytes, Hashes, Places, chosen, runs_of
from prmbuild.audit.arrays import Arrays

SEPARATOR = b"\0"
"""Stands in no string that is searched for, so what it keeps apart is never found across it."""

_WORD = 8
"""Bytes compared at a time."""

_BLOCK = 1 << 15
"""Bytes of text hashed at a time: few enough that the arrays in between stay in the processor's cache."""

_SLICE = 1 << 22
"""Bytes of text in which all that may stand there is held at a time: some dozen times as much memory."""

Numbers = npt.NDArray[np.int32]

_NOWHERE: Places = np.zeros(0, np.int64)
_MASKS: Hashes = np.array([(1 << 8 * size) - 1 for size in range(_WORD + 1)], np.uint64)
"""By the size of a string: which bits of its first 8 bytes belong to it."""


class Needles:
    """Strings to search for, known by numbers.

    Args:
        joined: all strings, one after the other, and `BEYOND` bytes more.
        ends: where each of them ends in it, after a leading 0.
        numbers: number of each string; negative for one that is not searched for any more.
        anchors: of all of them.
    """

    def __init__(self, joined: Bytes, ends: Places, numbers: Numbers, anchors: Sequence[Anchors]) -> None:
        self._joined, self._ends, self._numbers, self._anchors = joined, ends, numbers, anchors
        self._words = runs_of(joined)
        self._living = numbers >= 0
        self._longest = int(np.diff(ends).max(initial=0))

    @classmethod
    def of(cls, strings: Iterable[tuple[int, bytes]]) -> "Needles":
        """Index strings, each with the number it is to be known by."""
        known = list(strings)
        ends = np.cumsum([0, *(len(text) for _, text in known)], dtype=np.int64)
        joined = np.frombuffer(b"".join(text for _, text in known), np.uint8)
        return cls.joined(joined, ends, np.array([number for number, _ in known], np.int32))

    @classmethod
    def joined(cls, strings: Bytes, ends: Places, numbers: Numbers, *, rarest: bool = False) -> "Needles":
        """Index strings that stand one after the other.

        Args:
            strings: their bytes.
            ends: where each of them ends, after a leading 0.
            numbers: number of each.
            rarest: whether rare anchors are looked for: this takes several times as long, and pays when megabytes of
                text are to be searched.
        """
        # strings are read beyond the end of the last even
        padded = np.concatenate([strings, np.zeros(BEYOND, np.uint8)])
        return cls(padded, ends, numbers, tuple(chosen(runs_of(padded), ends, rarest)))

    def arrays(self) -> Arrays:
        """Return what `of_arrays` takes."""
        arrays: dict[str, npt.NDArray[Any]] = {"joined": self._joined, "ends": self._ends, "numbers": self._numbers}
        for anchors in self._anchors:
            arrays |= anchors.arrays()
        return arrays

    @classmethod
    def of_arrays(cls, arrays: Arrays) -> "Needles":
        """Return strings that were indexed before."""
        anchors = (Anchors.of_arrays(width, arrays) for width in (SPARSE, DENSE, SHORT))
        known = tuple(found for found in anchors if found is not None)
        return cls(arrays["joined"], arrays["ends"], arrays["numbers"], known)

    def find(self, text: bytes) -> tuple[Numbers, Places]:
        """Return numbers and places of the strings that stand in a text, each time that they do."""
        rows, places = self._find(text)
        living = self._living[rows]
        return self._numbers[rows[living]], places[living]

    def covered(self, size: int) -> npt.NDArray[np.bool_]:
        """Return for each number below a size whether its string is among them."""
        found = np.zeros(size, np.bool_)
        found[self._numbers[self._living]] = True
        return found

    def renumbered(self, numbers: Numbers) -> "Needles":
        """Return the same strings with other numbers: ``numbers[old]`` is the new one, negative for none."""
        return Needles(self._joined, self._ends, np.where(self._living, numbers[self._numbers], -1), self._anchors)

    @property
    def living(self) -> float:
        """The share of the strings that are still searched for."""
        return float(self._living.sum()) / max(len(self._living), 1)

    def exactly(self, texts: Sequence[bytes]) -> Sequence[frozenset[int]]:
        """Return for each text the numbers of the strings that it is."""
        sizes = np.array([*map(len, texts)], np.int64)
        starts = np.cumsum(sizes + 1) - sizes - 1
        rows, places = self._find(SEPARATOR.join(texts))
        index = np.searchsorted(starts, places, "right") - 1
        alike = (starts[index] == places) & (self._ends[rows + 1] - self._ends[rows] == sizes[index])
        alike &= self._living[rows]
        found: list[set[int]] = [set() for _ in texts]
        for text, number in zip(index[alike].tolist(), self._numbers[rows[alike]].tolist(), strict=True):
            found[text].add(number)
        return [frozenset(numbers) for numbers in found]

    def _find(self, text: bytes) -> tuple[Places, Places]:
        """Return rows and places of the strings in a text; of a long one slice by slice, to hold little at a time."""
        if len(text) <= 2 * _SLICE:
            return self._find_in(text)
        found: list[tuple[Places, Places]] = []
        for start in range(0, len(text), _SLICE):
            # what begins in a slice may end behind it
            rows, places = self._find_in(text[start : start + _SLICE + self._longest])
            own = places < _SLICE
            found.append((rows[own], places[own] + start))
        return np.concatenate([rows for rows, _ in found]), np.concatenate([places for _, places in found])

    def _find_in(self, text: bytes) -> tuple[Places, Places]:
        said = runs_of(text + bytes(BEYOND))
        rows, places = [_NOWHERE], [_NOWHERE]
        for start in range(0, len(text), _BLOCK):
            block = said[start : min(start + _BLOCK, len(text)) + _WORD]
            for anchors in self._anchors:
                found = anchors.found(block)
                if found is not None:
                    rows.append(found[0])
                    places.append(found[1] + start)
        if len(rows) == 1:
            return _NOWHERE, _NOWHERE
        return self._sure(len(text), said, np.concatenate(rows), np.concatenate(places))

    def _sure(self, end: int, said: Hashes, rows: Places, places: Places) -> tuple[Places, Places]:
        """Return those of the strings which may stand at places that do, compared byte by byte, 8 at a time.

        Args:
            end: of the text.
            said: the 8 bytes at each place of it, and beyond.
            rows: the strings.
            places: where they may stand.
        """
        lows = self._ends[rows]
        sizes = self._ends[rows + 1] - lows
        left = np.flatnonzero((places >= 0) & (places + sizes <= end))
        at, like, most = places[left], lows[left], sizes[left]
        same = (said[at] ^ self._words[like]) & _MASKS[np.minimum(most, _WORD)] == 0
        sure = [_NOWHERE]
        done = _WORD
        while len(left):
            sure.append(left[same & (most <= done)])
            same &= most > done
            left, at, like, most = left[same], at[same], like[same], most[same]
            # the last word of a string overlaps the one before, so that none reaches beyond its end
            step = np.minimum(done, most - _WORD)
            same = said[at + step] == self._words[like + step]
            done += _WORD
        found = np.concatenate(sure)
        return rows[found], places[found]
