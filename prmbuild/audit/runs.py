"""Which runs of letters stand in anything that was searched, so that what stands nowhere need not be searched for.

A table has a place for every hash of a run of `WIDTH` bytes. A string with a run whose place is empty stands in nothing
that was added; one whose runs all have their place taken may or may not.

Source: Bloom, "Space/time trade-offs in hash coding with allowable errors" (1970), with one hash to a run.
"""

from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from prmbuild.audit.letters import EDGE

WIDTH = 8
_EDGE = EDGE.encode()

_BLOCK = 1 << 15
"""Runs hashed at a time."""

_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_LEAST_BITS, _MOST_BITS = 12, 28
_BYTES = 2
"""Bytes of files to a place of the table; most of their runs stand in several of them."""

Bits = npt.NDArray[np.uint8]
_Places = npt.NDArray[np.int64]


class Runs(Protocol):
    """Takes in what is searched."""

    def add(self, text: bytes) -> None:
        """Take in all runs of a text."""


class RunTable:
    """A table that processes can fill together: each place is a byte, which is only ever set.

    Args:
        places: a byte for each place, their number a power of two.
    """

    def __init__(self, places: npt.NDArray[np.uint8]) -> None:
        self._places = places
        self._shift = _shift(len(places))

    @classmethod
    def sized(cls, size: int) -> "RunTable":
        """Return an empty table for so many bytes of files."""
        return cls(np.zeros(1 << _bits(size), np.uint8))

    @classmethod
    def made(cls, file: Path, size: int) -> "RunTable":
        """Return an empty table for so many bytes of files, in a file that other processes can open."""
        return cls(np.memmap(file, np.uint8, "w+", shape=(1 << _bits(size),)))

    @classmethod
    def opened(cls, file: Path) -> "RunTable":
        """Return the table in a file."""
        return cls(np.memmap(file, np.uint8, "r+"))

    def add(self, text: bytes) -> None:
        """Take in all runs of a text."""
        for start in range(0, len(text) - WIDTH + 1, _BLOCK):
            self._places[_places(text[start : start + _BLOCK + WIDTH - 1], self._shift)] = 1

    def bits(self) -> Bits:
        """Return the table with a bit for each place."""
        return np.packbits(self._places)


class NewRuns:
    """Collects what is to be added to a table.

    Args:
        bits: the table, from `RunTable.bits`.
    """

    def __init__(self, bits: Bits) -> None:
        self._bits = bits
        self._shift = _shift(8 * len(bits))
        self._found: list[_Places] = []

    def add(self, text: bytes) -> None:
        """Take in all runs of a text."""
        if len(text) >= WIDTH:
            self._found.append(_places(text, self._shift))

    def bits(self) -> Bits:
        """Return the table with what was collected."""
        bits = self._bits.copy()
        places = np.concatenate([np.zeros(0, np.int64), *self._found])
        where, which = places >> 3, places & 7
        for bit in range(8):
            bits[where[which == bit]] |= 128 >> bit
        return bits


def surely_absent(bits: Bits, text: bytes) -> bool:
    """Tell whether a string certainly stands in nothing that was added; nothing is said where it may.

    Args:
        bits: the table, from `RunTable.bits`.
        text: the string.
    """
    if len(text) < WIDTH or _EDGE in text:  # lists of terms are cut where it stands; see `prmbuild.audit.chunks`
        return False
    places = _places(text, _shift(8 * len(bits)))
    return bool(((bits[places >> 3] << (places & 7).astype(np.uint8)) & 128 == 0).any())


def _bits(size: int) -> int:
    return min(max((size // _BYTES).bit_length(), _LEAST_BITS), _MOST_BITS)


def _shift(places: int) -> np.uint64:
    return np.uint64(65 - places.bit_length())


def _places(text: bytes, shift: np.uint64) -> _Places:
    """Return the place of every run in a text that has one."""
    runs = np.ndarray((len(text) - WIDTH + 1,), "<u8", text, 0, (1,))
    return (runs * _FACTOR >> shift).view(np.int64)
