"""Which runs of letters stand in anything that was searched, so that what stands nowhere need not be searched for.

A table has a place for every hash of a run of `WIDTH` bytes. A string with a run whose place is empty stands in nothing
that was added; one whose runs all have their place taken may or may not.

Source: Bloom, "Space/time trade-offs in hash coding with allowable errors" (1970), with one hash to a run.
"""

import os
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
from msgspec import Struct

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

_MARKS: Bits = np.array([128 >> bit for bit in range(8)], np.uint8)


class Runs(Protocol):
    """Takes in what is searched."""

    def add(self, text: bytes) -> None:
        """Take in all runs of a text."""


class RunTable:
    """A table that takes in what is searched.

    Args:
        bits: a bit for each place, their number a power of two.

    Attributes:
        bits: likewise.
    """

    def __init__(self, bits: Bits) -> None:
        self.bits = bits
        self._shift = _shift(8 * len(bits))

    @classmethod
    def sized(cls, size: int) -> "RunTable":
        """Return an empty table for so many bytes of files."""
        return cls(np.zeros(_length(size), np.uint8))

    def add(self, text: bytes) -> None:
        """Take in all runs of a text."""
        for start in range(0, len(text) - WIDTH + 1, _BLOCK):
            _take(self.bits, _places(text[start : start + _BLOCK + WIDTH - 1], self._shift))


class RunTables(Struct, frozen=True):
    """Tables of processes that search together: each fills one of its own, as two cannot set bits of one byte at once.

    Attributes:
        folder: has a file for each.
        size: about how many bytes of files are searched.
    """

    folder: Path
    size: int

    @classmethod
    def made(cls, folder: Path, size: int) -> "RunTables":
        """Return tables in a new folder."""
        folder.mkdir()
        return cls(folder, size)

    def own(self) -> RunTable:
        """Return the table of this process."""
        file = self.folder / str(os.getpid())
        mode: Literal["r+", "w+"] = "r+" if file.exists() else "w+"
        return RunTable(np.memmap(file, np.uint8, mode, shape=(_length(self.size),)))

    def bits(self) -> Bits:
        """Return one table with what all of them took in."""
        bits = np.zeros(_length(self.size), np.uint8)
        for file in self.folder.iterdir():
            bits |= np.memmap(file, np.uint8, "r")
        return bits


class NewRuns:
    """Collects what is to be added to a table.

    Args:
        bits: the table, as `RunTable.bits`.
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
        _take(bits, np.concatenate([np.zeros(0, np.int64), *self._found]))
        return bits


def surely_absent(bits: Bits, text: bytes) -> bool:
    """Tell whether a string certainly stands in nothing that was added; nothing is said where it may.

    Args:
        bits: the table, as `RunTable.bits`.
        text: the string.
    """
    if len(text) < WIDTH or _EDGE in text:  # lists of terms are cut where it stands; see `prmbuild.audit.chunks`
        return False
    places = _places(text, _shift(8 * len(bits)))
    return bool(((bits[places >> 3] << (places & 7).astype(np.uint8)) & 128 == 0).any())


def _take(bits: Bits, places: _Places) -> None:
    """Set the bits of places."""
    where, marks = places >> 3, _MARKS[places & 7]
    while len(where):
        known = bits[where]
        new = (known & marks) == 0  # few, as most runs stand in several files
        where, marks = where[new], marks[new]
        bits[where] = known[new] | marks  # of several in one byte the last stays, and the others come again


def _length(size: int) -> int:
    """Return how many bytes a table has."""
    return 1 << min(max((size // _BYTES).bit_length(), _LEAST_BITS), _MOST_BITS) - 3


def _shift(places: int) -> np.uint64:
    return np.uint64(65 - places.bit_length())


def _places(text: bytes, shift: np.uint64) -> _Places:
    """Return the place of every run in a text that has one."""
    runs = np.ndarray((len(text) - WIDTH + 1,), "<u8", text, 0, (1,))
    return (runs * _FACTOR >> shift).view(np.int64)
