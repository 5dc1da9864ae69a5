"""Texts in lines, in which a run of letters is found that is some of them as a whole."""

from collections.abc import Iterable, Iterator

from prmbuild.audit.letters import letters


class Lines:
    """Some texts, one after the other.

    Args:
        lines: the texts.

    Attributes:
        spelt: the letters of each.
        bare: all of these.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self.spelt = tuple(filter(None, map(letters, lines)))
        self.bare = "".join(self.spelt)
        self._starts: dict[int, int] = {}
        self._ends: dict[int, int] = {}
        place = 0
        for number, line in enumerate(self.spelt):
            self._starts[place] = number
            place += len(line)
            self._ends[place] = number + 1

    def has(self, run: str) -> bool:
        """Whether a run of letters is one line, or several in a row."""
        return any(True for _ in self.where(run))

    def where(self, run: str) -> Iterator[tuple[int, int]]:
        """Yield the first line, and the one behind the last, of those that are a run of letters."""
        at = self.bare.find(run)
        while at >= 0:
            if at in self._starts and at + len(run) in self._ends:
                yield self._starts[at], self._ends[at + len(run)]
            at = self.bare.find(run, at + 1)
