"""Many lists of numbers, one after the other in one array."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from prmbuild.audit.anchors import Places
from prmbuild.audit.arrays import distinct
from prmbuild.audit.needles import Numbers

Flags = npt.NDArray[np.bool_]


class Lists(Struct, frozen=True, kw_only=True):
    """Lists of numbers.

    Attributes:
        values: the numbers of all lists.
        ends: where each list ends in it, after a leading 0.
    """

    values: Numbers
    ends: Places

    @classmethod
    def of(cls, lists: Sequence[Numbers]) -> "Lists":
        """Put lists one after the other."""
        return cls(
            values=np.concatenate([np.zeros(0, np.int32), *lists], dtype=np.int32),
            ends=np.cumsum([0, *map(len, lists)], dtype=np.int64),
        )

    def __len__(self) -> int:
        return len(self.ends) - 1

    def __getitem__(self, row: int) -> Numbers:
        found: Numbers = self.values[self.ends[row] : self.ends[row + 1]]
        return found

    def picked(self, rows: Numbers) -> "Lists":
        """Return some of the lists."""
        starts, sizes = self.ends[rows], self.ends[rows + 1] - self.ends[rows]
        ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
        places = np.arange(ends[-1]) + np.repeat(starts - ends[:-1], sizes)
        return Lists(values=self.values[places], ends=ends)

    def joined(self, others: "Lists") -> "Lists":
        """Return these lists and others after them."""
        return Lists(
            values=np.concatenate([self.values, others.values]),
            ends=np.concatenate([self.ends, others.ends[1:] + self.ends[-1]]),
        )

    def rows_with(self, wanted: Flags) -> Numbers:
        """Return the lists, each once, in which some number is wanted."""
        places = np.flatnonzero(wanted[self.values])
        return distinct(np.searchsorted(self.ends, places, "right") - 1).astype(np.int32)

    def in_rows(self, rows: Flags, size: int) -> Flags:
        """Return for each number below a size whether it stands in one of some lists."""
        return flags(self.values[np.repeat(rows, np.diff(self.ends))], size)

    def renumbered(self, numbers: Numbers) -> "Lists":
        """Return the lists with other numbers: ``numbers[old]`` is the new one, negative for none."""
        if np.array_equal(numbers, np.arange(len(numbers))):
            return self  # as after every audit of everything; what files hold of a large programme is megabytes
        values = numbers[self.values]
        kept = values >= 0
        before = np.concatenate([np.zeros(1, np.int64), np.cumsum(kept)])
        return Lists(values=values[kept], ends=before[self.ends])


def flags(numbers: Numbers, size: int) -> Flags:
    """Return for each number below a size whether it is one of some numbers."""
    found = np.zeros(size, np.bool_)
    found[numbers] = True
    return found
