"""The known name nearest to a written one, for suggestions.

Exactly what `difflib.get_close_matches` answers for one match, but most names are ruled out by bounds that cost next to
nothing: how many characters two names share, first in any order, then in the same order.
"""

import difflib
from collections.abc import Iterable


class Names:
    """Names to look near ones up in, prepared once for many questions.

    Args:
        known: the names; a name that is given twice counts once.
    """

    def __init__(self, known: Iterable[str]) -> None:
        self._bits: dict[tuple[str, int], int] = {}
        self._letters = {name: self._counted(name) for name in known}

    def nearest(self, word: str, cutoff: float, without: str | None = None) -> str | None:
        """Return the name that is most like a word; None where none is like it enough.

        Args:
            word: what was written.
            cutoff: how alike two names must be, from 0 to 1, as `difflib.SequenceMatcher.ratio` measures it.
            without: a name that does not count.
        """
        wanted, length = self._counted(word), len(word)
        bounds = [
            (_ratio((wanted & letters).bit_count(), length + len(name)), name)
            for name, letters in self._letters.items()
            if name != without and _ratio(min(length, len(name)), length + len(name)) >= cutoff
        ]
        order = _Order(word)
        matcher = difflib.SequenceMatcher()
        matcher.set_seq2(word)
        best: tuple[float, str] | None = None
        for bound, name in sorted((found for found in bounds if found[0] >= cutoff), reverse=True):
            least = cutoff if best is None else best[0]
            if bound < least:
                break
            if _ratio(order.shared(name), length + len(name)) < least:
                continue
            matcher.set_seq1(name)
            ratio = matcher.ratio()
            if ratio >= cutoff and (best is None or (ratio, name) > best):
                best = ratio, name
        return best[1] if best else None

    def _counted(self, name: str) -> int:
        """Return a name's letters as bits: one for the first of a kind, another for the second, and so on."""
        counts: dict[str, int] = {}
        bits = 0
        for letter in name:
            nth = counts[letter] = counts.get(letter, 0) + 1
            bits |= 1 << self._bits.setdefault((letter, nth), len(self._bits))
        return bits


def _ratio(shared: int, letters: int) -> float:
    return 2.0 * shared / letters if letters else 1.0


class _Order:
    """Measures the longest common subsequence with one word, in one pass over the other.

    Source: H. Hyyrö, "Bit-parallel LCS-length computation revisited", 2004.
    """

    def __init__(self, word: str) -> None:
        self._all = (1 << len(word)) - 1
        self._places: dict[str, int] = {}
        for place, letter in enumerate(word):
            self._places[letter] = self._places.get(letter, 0) | 1 << place

    def shared(self, other: str) -> int:
        row = self._all
        for letter in other:
            if places := self._places.get(letter):
                found = row & places
                row = (row + found | row - found) & self._all
        return self._all.bit_count() - row.bit_count()
