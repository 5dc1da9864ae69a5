"""By which of its runs of bytes a string is found in a text; see `prmbuild.audit.needles`.

Most strings are long, and have several runs of `SPARSE` bytes to choose from. Of these only such are taken as have a
small hash, which one run in eight has. So of a text, too, only one run in eight has to be looked up, and none is
missed: whether a run is in the sample depends on nothing but its bytes. Strings without such a run are looked for at
every place of a text, but they are few.

Source: Schleimer, Wilkerson and Aiken, "Winnowing: local algorithms for document fingerprinting" (2003), on samples of
runs that depend on their contents alone.
"""

from collections.abc import Iterator
from itertools import islice

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from prmbuild.audit.arrays import Arrays

SPARSE, DENSE, SHORT = 16, 8, 6
"""Lengths of anchors in bytes: of those in the sample, of others, and of those in strings that are shorter still."""

BEYOND = 16
"""How many bytes are read beyond the end of a text."""

_HALF = SPARSE // 2
_SAMPLED = np.uint64(1 << 61)
"""A run is in the sample where the hash of its first half is smaller."""

_TRIED = 32
"""Runs of a string that are tried, where the first in the sample will do."""

_SLOTS = 16
"""Entries of the first, coarse table for each anchor."""

_LEAST_BITS = 10
_MOST_BITS = 24
"""Of that table's size, as a power of two."""

_COUNTERS = 1 << 21
_COUNTER = np.uint64(64 - 21)
"""How many counters runs have, and how many bits of a hash do not matter for which one it is."""

_PART = 1 << 20
"""Bytes of strings whose runs are compared at a time."""

_COUNTED_PARTS = 4
"""Of so many parts of all strings one is counted, to tell what is rare."""

_FIRST = np.uint64(0x9E3779B97F4A7C15)
_SECOND = np.uint64(0xC2B2AE3D27D4EB4F)
_SPREAD = np.uint64(29)
_SHORT_MASK = np.uint64((1 << 8 * SHORT) - 1)

Places = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Hashes = npt.NDArray[np.uint64]

_NOWHERE: Places = np.zeros(0, np.int64)
_ARRAYS = ("hashes", "firsts", "rows", "offsets", "table")


class Anchors(Struct, frozen=True):
    """Anchors of one length.

    Attributes:
        width: that length.
        hashes: sorted, each once.
        firsts: where in `rows` those of each hash begin, and where the last ends.
        rows: the strings.
        offsets: where in its string each begins.
        table: whether there may be a hash with these first bits.
    """

    width: int
    hashes: Hashes
    firsts: npt.NDArray[np.int32]
    rows: npt.NDArray[np.int32]
    offsets: npt.NDArray[np.int32]
    table: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, width: int, hashes: Hashes, rows: Places, offsets: Places) -> "Anchors":
        """Index anchors."""
        order = np.argsort(hashes, kind="stable")
        hashes = hashes[order]
        first = np.ones(len(hashes), np.bool_)
        first[1:] = hashes[1:] != hashes[:-1]
        firsts = np.append(np.flatnonzero(first), len(hashes)).astype(np.int32)
        hashes = hashes[first]
        bits = min(max((len(hashes) * _SLOTS).bit_length(), _LEAST_BITS), _MOST_BITS)
        table = np.zeros(1 << bits, np.bool_)
        table[(hashes >> np.uint64(64 - bits)).view(np.int64)] = True
        return cls(width, hashes, firsts, rows[order].astype(np.int32), offsets[order].astype(np.int32), table)

    def arrays(self) -> Arrays:
        """Return what `of_arrays` takes."""
        return {f"{name}-{self.width}": getattr(self, name) for name in _ARRAYS}

    @classmethod
    def of_arrays(cls, width: int, arrays: Arrays) -> "Anchors | None":
        """Return anchors of a length that were indexed before; None where there were none."""
        if f"hashes-{width}" not in arrays:
            return None
        hashes, firsts, rows, offsets, table = (arrays[f"{name}-{width}"] for name in _ARRAYS)
        return cls(width, hashes, firsts, rows, offsets, table)

    def found(self, block: Hashes) -> tuple[Places, Places] | None:
        """Return the strings whose anchor stands in a text, and where they begin; None where there is none.

        Args:
            block: the 8 bytes at each place of the text, and at 8 places more.
        """
        words = block[:-_HALF]
        if self.width == SPARSE:
            products = words * _FIRST
            at = np.flatnonzero(products < _SAMPLED)
            found = self._found(_mixed(products[at], block[at + _HALF]))
            return None if found is None else (found[0], at[found[1]] - found[2])
        found = self._found(_narrow(words, self.width))
        return None if found is None else (found[0], found[1] - found[2])

    def _found(self, hashes: Hashes) -> tuple[Places, Places, Places] | None:
        """Return the strings with anchors of some hashes, which of these each has, and where in it its anchor is."""
        shift = np.uint64(65 - len(self.table).bit_length())
        likely = np.flatnonzero(self.table.take((hashes >> shift).view(np.int64), mode="wrap"))
        if not len(likely):
            return None
        hashes = hashes[likely]
        index = np.searchsorted(self.hashes, hashes)
        sure = self.hashes.take(index, mode="clip") == hashes
        index, likely = index[sure], likely[sure]
        if not len(index):
            return None
        first = self.firsts[index].astype(np.int64)
        alike = self.firsts[index + 1] - first
        if (alike > 1).any():
            before = np.repeat(np.cumsum(alike) - alike, alike)
            first = np.repeat(first, alike) + np.arange(len(before)) - before
            likely = np.repeat(likely, alike)
        return self.rows[first].astype(np.int64), likely, self.offsets[first].astype(np.int64)


def chosen(words: Hashes, ends: Places, rarest: bool) -> Iterator[Anchors]:
    """Choose an anchor for each of some strings.

    Args:
        words: the 8 bytes at each place of the strings, one after the other, and at as many places beyond.
        ends: where each of them ends, after a leading 0.
        rarest: whether the rarest is looked for.
    """
    sizes = np.diff(ends)
    rows, places = _rarest_sampled(words, ends) if rarest else _first_sampled(words, ends)
    if len(rows):
        yield Anchors.of(SPARSE, _mixed(words[places] * _FIRST, words[places + _HALF]), rows, places - ends[rows])
    sampled = np.zeros(len(sizes), np.bool_)
    sampled[rows] = True
    others = (DENSE, ~sampled & (sizes >= DENSE)), (SHORT, sizes < DENSE)
    for width, members in others:
        rows = np.flatnonzero(members)
        if len(rows):
            places = _rarest(words, ends, rows, width) if rarest else (ends[rows] + ends[rows + 1] - width) // 2
            yield Anchors.of(width, _narrow(words[places], width), rows, places - ends[rows])


def runs_of(text: bytes | Bytes) -> Hashes:
    """Return the 8 bytes at each place of a text, as far as there are so many."""
    return np.ndarray((len(text) - 7,), "<u8", text, 0, (1,))


def _first_sampled(words: Hashes, ends: Places) -> tuple[Places, Places]:
    """Return the strings that have a run in the sample, and where one is, about in the middle if there are several."""
    rows = np.flatnonzero(np.diff(ends) >= SPARSE)
    lows, highs = ends[rows], ends[rows + 1] - SPARSE
    found_rows, found_places = [_NOWHERE], [_NOWHERE]
    for step in range(_TRIED):
        places = (lows + highs) // 2 + (step + 1) // 2 * (-1) ** step
        inside = (places >= lows) & (places <= highs)
        sampled = inside & (words[np.where(inside, places, 0)] * _FIRST < _SAMPLED)
        found_rows.append(rows[sampled])
        found_places.append(places[sampled])
        rows, lows, highs = rows[~sampled], lows[~sampled], highs[~sampled]
    return np.concatenate(found_rows), np.concatenate(found_places)


def _rarest_sampled(words: Hashes, ends: Places) -> tuple[Places, Places]:
    """Return the strings that have a run in the sample, and where the one is that seems the rarest in all strings."""
    counts = np.zeros(_COUNTERS, np.int64)
    for first, last in islice(_parts(ends), 0, None, _COUNTED_PARTS):
        _, hashes = _sampled(words, int(ends[first]), int(ends[last]))
        counts += _counted(hashes)
    found_rows, found_places = [_NOWHERE], [_NOWHERE]
    for first, last in _parts(ends):
        places, hashes = _sampled(words, int(ends[first]), int(ends[last]))
        rows = np.searchsorted(ends[first + 1 : last + 1], places, "right") + first
        inside = places + SPARSE <= ends[rows + 1]
        rows, places = rows[inside], places[inside]
        if len(rows):
            rarest = _least(rows, counts[_counters(hashes[inside])])
            found_rows.append(rows[rarest])
            found_places.append(places[rarest])
    return np.concatenate(found_rows), np.concatenate(found_places)


def _rarest(words: Hashes, ends: Places, rows: Places, width: int) -> Places:
    """Return where the run of a length is, of each of some strings, that seems the rarest in all strings."""
    counts = np.zeros(_COUNTERS, np.int64)
    for first, last in islice(_parts(ends), 0, None, _COUNTED_PARTS):
        counts += _counted(_narrow(words[ends[first] : ends[last]], width))
    fitting = ends[rows + 1] - ends[rows] - width + 1
    before = np.cumsum(fitting) - fitting
    places: Places = np.arange(int(fitting.sum())) + np.repeat(ends[rows] - before, fitting)
    of_row = np.repeat(np.arange(len(rows)), fitting)
    return places[_least(of_row, counts[_counters(_narrow(words[places], width))])]


def _parts(ends: Places) -> Iterator[tuple[int, int]]:
    """Yield the first of each of several strings in a row, and the first of the next, some megabytes at a time."""
    first, count = 0, len(ends) - 1
    while first < count:
        last = max(int(np.searchsorted(ends, ends[first] + _PART, "right")) - 1, first + 1)
        yield first, last
        first = last


def _sampled(words: Hashes, start: int, end: int) -> tuple[Places, Hashes]:
    """Return where runs in the sample begin in a part of the strings, and the hash of each."""
    products = words[start:end] * _FIRST
    places = np.flatnonzero(products < _SAMPLED)
    return places + start, _mixed(products[places], words[places + (start + _HALF)])


def _counters(hashes: Hashes) -> Places:
    return (hashes >> _COUNTER).view(np.int64)


def _counted(hashes: Hashes) -> Places:
    counted: Places = np.bincount(_counters(hashes), minlength=_COUNTERS)
    return counted


def _least(rows: Places, counts: Places) -> Places:
    """Return of the things of each row, which stand together, the index of the first with the least count."""
    starts = np.flatnonzero(np.append(True, rows[1:] != rows[:-1]))
    keys = np.minimum(counts, (1 << 31) - 1) << 32 | np.arange(len(counts))
    least: Places = np.minimum.reduceat(keys, starts) & 0xFFFFFFFF
    return least


def _narrow(words: Hashes, width: int) -> Hashes:
    """Return the hashes of runs of no more than 8 bytes."""
    return (words & _SHORT_MASK if width == SHORT else words) * _FIRST


def _mixed(products: Hashes, words: Hashes) -> Hashes:
    """Return the hashes of runs of 16 bytes, from those of their first half and from their second."""
    mixed = products ^ (products >> _SPREAD)
    mixed += words * _SECOND
    mixed *= _FIRST
    return mixed
