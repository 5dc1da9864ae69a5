"""All canaries of a programme, in a few bytes each."""

from array import array
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from prmbuild.audit.canaries import KINDS, MATCHES, Match, Packed
from prmbuild.audit.needles import Needles
from prmbuild.audit.report import Kind
from prmbuild.audit.search import Search


class Table:
    """All canaries of a programme, without their texts, by number.

    Attributes:
        size: how many there are.
    """

    def __init__(self) -> None:
        self.size = 0
        self._numbers: dict[str, int] = {}
        self._phrases = bytearray()
        self._ends = array("Q", (0,))
        self._matches = bytearray()
        self._rows = array("I")
        self._kinds = bytearray()
        self._lines = array("I")
        self._origins = array("I")

    def add(self, packed: Packed, origin: int) -> None:
        """Add the canaries of one file; those with the same letters as earlier ones are the same."""
        own: list[int] = []
        for phrase, match in zip(packed.phrases.split("\n") if packed.matches else (), packed.matches, strict=True):
            number = self._numbers.setdefault(f"{match}{phrase}", self.size)
            if number == self.size:
                self.size += 1
                self._phrases += phrase.encode("utf-8", "surrogatepass")
                self._ends.append(len(self._phrases))
                self._matches.append(match)
            own.append(number)
        self._rows.extend(own[number] for number in packed.canaries)
        self._kinds += packed.kinds
        self._lines.extend(packed.lines)
        self._origins.extend(origin for _ in packed.kinds)

    def finish(self) -> None:
        """Forget what only `add` needs."""
        self._numbers.clear()

    def phrase(self, number: int) -> str:
        """Return the words of a canary, with spaces between them."""
        return bytes(self._phrases[self._ends[number] : self._ends[number + 1]]).decode("utf-8", "surrogatepass")

    def letters(self, number: int) -> str:
        """Return the letters of a canary."""
        return self.phrase(number).replace(" ", "")

    def match(self, number: int) -> Match:
        """Return what it takes that a canary counts as found."""
        return MATCHES[self._matches[number]]

    def places(self, numbers: Sequence[int]) -> Iterator[tuple[int, int, Kind, int]]:
        """Yield number, origin, kind and line of every place of some canaries, in the order they were added."""
        rows = np.frombuffer(self._rows, np.uint32)
        for row in np.flatnonzero(np.isin(rows, np.array(numbers, np.uint32))).tolist():
            yield self._rows[row], self._origins[row], KINDS[self._kinds[row]], self._lines[row]

    def search(self, numbers: Iterable[int]) -> Search:
        """Return a search for some canaries."""
        digests: dict[str, int] = {}
        phrases: dict[int, str] = {}
        letters: list[tuple[int, bytes]] = []
        for number in numbers:
            match = self.match(number)
            phrase = self.phrase(number)
            if match is Match.DIGEST:
                digests[phrase] = number
                continue
            if match in (Match.WORDS, Match.RUN):
                phrases[number] = phrase
                phrase = phrase.replace(" ", "")
            letters.append((number, phrase.encode("utf-8", "surrogatepass")))
        return Search(Needles.of(letters), digests, phrases)
