"""All canaries of a programme, in a few bytes each."""

from array import array
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from prmbuild.audit.anchors import Bytes, Places
from prmbuild.audit.arrays import Arrays
from prmbuild.audit.canaries import KINDS, MATCHES, Match, Packed
from prmbuild.audit.lists import Lists
from prmbuild.audit.needles import Numbers
from prmbuild.audit.report import Kind

_SPACE = ord(" ")
_WHOLE = MATCHES.index(Match.DIGEST)
_PHRASES = tuple(MATCHES.index(match) for match in (Match.WORDS, Match.RUN))


class Canaries(Struct, frozen=True, kw_only=True):
    """Canaries by number, without what they looked like when they were written.

    Attributes:
        phrases: words of each, with spaces between them, one canary after the other.
        ends: where each of them ends in `phrases`, after a leading 0.
        matches: what it takes that they count as found, as numbers of `MATCHES`.
    """

    phrases: Bytes
    ends: Places
    matches: npt.NDArray[np.uint8]

    @classmethod
    def of(cls, canaries: Sequence[tuple[int, str]]) -> "Canaries":
        """Return canaries that are given by match and phrase."""
        texts = [phrase.encode("utf-8", "surrogatepass") for _, phrase in canaries]
        return cls(
            phrases=np.frombuffer(b"".join(texts), np.uint8),
            ends=np.cumsum([0, *map(len, texts)], dtype=np.int64),
            matches=np.array([match for match, _ in canaries], np.uint8),
        )

    def arrays(self) -> Arrays:
        """Return what `of_arrays` takes."""
        return {"phrases": self.phrases, "phrase-ends": self.ends, "matches": self.matches}

    @classmethod
    def of_arrays(cls, arrays: Arrays) -> "Canaries":
        """Return canaries that were put into arrays."""
        return cls(phrases=arrays["phrases"], ends=arrays["phrase-ends"], matches=arrays["matches"])

    def __len__(self) -> int:
        return len(self.matches)

    def phrase(self, number: int) -> str:
        """Return the words of a canary, with spaces between them."""
        return self.phrases[self.ends[number] : self.ends[number + 1]].tobytes().decode("utf-8", "surrogatepass")

    def letters(self, number: int) -> str:
        """Return the letters of a canary."""
        return self.phrase(number).replace(" ", "")

    def match(self, number: int) -> Match:
        """Return what it takes that a canary counts as found."""
        return MATCHES[int(self.matches[number])]

    def in_a_row(self, numbers: Numbers) -> npt.NDArray[np.bool_]:
        """Return for each of some canaries whether its words must stand in a row."""
        matches = self.matches[numbers]
        found: npt.NDArray[np.bool_] = (matches == _PHRASES[0]) | (matches == _PHRASES[1])
        return found

    def whole(self) -> npt.NDArray[np.bool_]:
        """Return for each canary whether it stands for a whole file."""
        whole: npt.NDArray[np.bool_] = self.matches == _WHOLE
        return whole

    def joined(self, others: "Canaries") -> "Canaries":
        """Return these canaries and others after them."""
        return Canaries(
            phrases=np.concatenate([self.phrases, others.phrases]),
            ends=np.concatenate([self.ends, others.ends[1:] + self.ends[-1]]),
            matches=np.concatenate([self.matches, others.matches]),
        )

    def only(self, wanted: npt.NDArray[np.bool_]) -> "Canaries":
        """Return some of the canaries, numbered anew."""
        if wanted.all():
            return self
        sizes = np.diff(self.ends)
        return Canaries(
            phrases=self.phrases[np.repeat(wanted, sizes)],
            ends=np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes[wanted])]),
            matches=self.matches[wanted],
        )

    def spelt(self) -> tuple[Bytes, Places, Numbers]:
        """Return the letters of the canaries that are searched for by them, where each of them ends, and which are."""
        whole = self.whole()
        kept = self.phrases != _SPACE
        for number in np.flatnonzero(whole).tolist():  # few
            kept[self.ends[number] : self.ends[number + 1]] = False
        spaces = np.searchsorted(np.flatnonzero(self.phrases == _SPACE), self.ends)
        sizes = (np.diff(self.ends) - np.diff(spaces))[~whole]
        ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
        return self.phrases[kept], ends, np.flatnonzero(~whole).astype(np.int32)


class Table:
    """Collects all canaries of a programme, each once, and where they stand."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._phrases = bytearray()
        self._ends = array("q", (0,))
        self._matches = bytearray()
        self._own = array("i")
        self._own_ends = array("q", (0,))
        self._rows = array("i")
        self._kinds = bytearray()
        self._lines = array("I")
        self._origins = array("I")

    def add(self, packed: Packed) -> None:
        """Add the canaries of the next origin; those with the same letters as earlier ones are the same."""
        origin, first = len(self._own_ends) - 1, len(self._own)
        size = len(self._matches)
        for phrase, match in zip(packed.texts(), packed.matches, strict=True):
            number = self._numbers.setdefault(f"{match}{phrase}", size)
            if number == size:
                size += 1
                self._phrases += phrase.encode("utf-8", "surrogatepass")
                self._ends.append(len(self._phrases))
                self._matches.append(match)
            self._own.append(number)
        self._own_ends.append(len(self._own))
        own = self._own[first:]
        self._rows.extend([own[number] for number in packed.canaries])
        self._kinds += packed.kinds
        self._lines.extend(packed.lines)
        self._origins.extend([origin] * len(packed.kinds))

    def canaries(self) -> Canaries:
        """Return the canaries, once all were added."""
        self._numbers.clear()
        return Canaries(
            phrases=np.frombuffer(self._phrases, np.uint8),
            ends=np.frombuffer(self._ends, np.int64),
            matches=np.frombuffer(self._matches, np.uint8),
        )

    def by_origin(self) -> Lists:
        """Return the canaries of each origin."""
        return Lists(values=np.frombuffer(self._own, np.int32), ends=np.frombuffer(self._own_ends, np.int64))

    def places(self, numbers: Sequence[int]) -> Iterator[tuple[int, int, Kind, int]]:
        """Yield number, origin, kind and line of every place of some canaries, in the order they were added."""
        rows = np.frombuffer(self._rows, np.int32)
        for row in np.flatnonzero(np.isin(rows, np.array(numbers, np.int32))).tolist():
            yield self._rows[row], self._origins[row], KINDS[self._kinds[row]], self._lines[row]
