"""Sets of viewers, and of portals, as integers: bit n stands for the n-th. Work does not grow with their size."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from prmbuild.visibility.audience import Audience, Viewer, admits

_Item = TypeVar("_Item")

For = tuple[tuple[int, _Item], ...]
"""What some see in one way and others in another: disjoint sets, each with what they see."""


class Readership:
    """The viewers of a programme, and which of them an audience admits.

    Args:
        viewers: in authored order, which gives each its bit.
    """

    def __init__(self, viewers: Iterable[Viewer]) -> None:
        self.viewers = tuple(viewers)
        self.everyone = (1 << len(self.viewers)) - 1
        self._admitted: dict[Audience, int] = {}

    def admitted(self, audience: Audience) -> int:
        """Return the viewers whom an audience surely admits."""
        known = self._admitted.get(audience)
        if known is None:
            known = sum(1 << number for number, viewer in enumerate(self.viewers) if admits(audience, viewer))
            self._admitted[audience] = known
        return known

    def admitted_by_all(self, audiences: Iterable[Audience]) -> int:
        """Return the viewers whom every audience admits; nobody where there is no audience."""
        found = -1
        for audience in audiences:
            found &= self.admitted(audience)
        return 0 if found == -1 else found

    def of(self, some: int) -> tuple[Viewer, ...]:
        """Return the viewers in a set, in authored order."""
        return tuple(self.viewers[number] for number in members(some))


def members(some: int) -> Iterator[int]:
    """Yield the numbers in a set, in ascending order."""
    while some:
        lowest = some & -some
        yield lowest.bit_length() - 1
        some ^= lowest


def union(sets: Iterable[int]) -> int:
    """Return the set of all that are in any of the sets."""
    found = 0
    for some in sets:
        found |= some
    return found


def split(whole: int, cuts: Iterable[int]) -> list[int]:
    """Split a set so that each part lies wholly inside or wholly outside of every cut.

    Returns:
        Disjoint parts that make up the whole, by their lowest member; none where it is empty.
    """
    parts = [whole] if whole else []
    for cut in set(cuts):
        inner = [part & cut for part in parts]
        parts = [piece for part, inside in zip(parts, inner, strict=True) for piece in (inside, part ^ inside) if piece]
    return sorted(parts, key=lambda part: part & -part)


def seen_by(seen: For[_Item], some: int) -> _Item | None:
    """Return what the viewers of a set see; they must all see the same. None where that is nothing."""
    for viewers, item in seen:
        if viewers & some:
            return item
    return None


def combined(parts: Sequence[For[_Item]]) -> Iterator[tuple[int, Sequence[_Item | None]]]:
    """Put together what is said of several things.

    Args:
        parts: of each thing, what each set sees.

    Yields:
        Disjoint sets that see the same of all things, and what that is: an item per thing, None for what they do not
        see. Sets that see nothing are left out.
    """
    holders = 0
    for part in parts:
        for some, _ in part:
            holders |= some
    classes = split(holders, {some for part in parts for some, _ in part})
    columns = [_by_class(part, classes) for part in parts]
    for number, some in enumerate(classes):
        yield some, [column.get(number) for column in columns]


_FEW = 4
"""With no more different sights than this, comparing each with every class is quickest."""


def _by_class(seen: For[_Item], classes: Sequence[int]) -> Mapping[int, _Item]:
    """Return number of the class → what it sees."""
    firsts = [some & -some for some in classes]
    if len(seen) <= _FEW:
        return {number: item for number, first in enumerate(firsts) for some, item in seen if some & first}
    numbers = {first.bit_length() - 1: number for number, first in enumerate(firsts)}
    return {numbers[member]: item for some, item in seen for member in members(some) if member in numbers}


class Translation:
    """Turns sets of viewers into sets of the classes that they fall into.

    Args:
        classes: disjoint sets of viewers, none of which a translated set cuts in two.
    """

    def __init__(self, classes: Sequence[int]) -> None:
        self._firsts = tuple(viewers & -viewers for viewers in classes)
        self._known: dict[int, int] = {}

    def __call__(self, viewers: int) -> int:
        """Return the classes inside a set of viewers: bit n stands for the n-th class."""
        known = self._known.get(viewers)
        if known is None:
            known = sum(1 << number for number, first in enumerate(self._firsts) if viewers & first)
            self._known[viewers] = known
        return known

    def all(self, seen: Mapping[str, For[_Item]]) -> Mapping[str, For[_Item]]:
        """Translate every set of a mapping."""
        return {key: tuple((self(viewers), item) for viewers, item in items) for key, items in seen.items()}
