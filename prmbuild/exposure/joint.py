"""One list of viewers for two states, so that sets of the one and of the other can be compared."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from prmbuild.authored.programme import Programme
from prmbuild.exposure.model import Group, Pair, Viewers
from prmbuild.visibility.audience import Viewer
from prmbuild.visibility.sets import For, members

_Item = TypeVar("_Item")

Places = Callable[[int], int]
"""Turns a set of one state's viewers into a set over the joint list."""


def joint(base: Programme | None, head: Programme) -> tuple[Viewers, Places, Places]:
    """Put the viewers of two states into one list.

    Args:
        base: None where nothing is known of it, and nobody counts as its viewer.
        head: the state after.

    Returns:
        The viewers, and what turns sets of the base's and of the head's viewers into sets over them.
    """
    before, after = base.viewers() if base is not None else (), head.viewers()
    numbers: dict[tuple[str, str], int] = {}
    for viewer in (*after, *before):
        numbers.setdefault((viewer.partner, viewer.role), len(numbers))
    of_base, of_head = _placed(before, numbers), _placed(after, numbers)
    programmes = [programme for programme in (head, base) if programme is not None]
    known = {(viewer.partner, viewer.role): viewer for viewer in (*before, *after)}
    viewers = Viewers(
        pairs=tuple(Pair(partner, role) for partner, role in numbers),
        head=of_head((1 << len(after)) - 1),
        base=of_base((1 << len(before)) - 1),
        segments=_groups(
            ((one.id, one.title) for programme in programmes for one in programme.segments),
            [(known[pair].segment, number) for pair, number in numbers.items()],
        ),
        partners=_groups(
            ((one.id, one.name) for programme in programmes for one in programme.partners),
            [(partner, number) for (partner, _), number in numbers.items()],
        ),
        roles=_groups(
            ((role, role) for programme in programmes for role in programme.roles),
            [(role, number) for (_, role), number in numbers.items()],
        ),
    )
    return viewers, of_base, of_head


def unchanged(some: int) -> int:
    """Return a set as it is: the state's own list of viewers is the joint one."""
    return some


def translated(seen: For[_Item], places: Places) -> For[_Item]:
    """Translate the sets of what a state's viewers see."""
    if places is unchanged:
        return seen
    return tuple((places(some), item) for some, item in seen)


def _placed(viewers: Sequence[Viewer], numbers: dict[tuple[str, str], int]) -> Places:
    bits = [1 << numbers[viewer.partner, viewer.role] for viewer in viewers]
    if bits == [1 << number for number in range(len(bits))]:
        return unchanged
    known: dict[int, int] = {}

    def places(some: int) -> int:
        found = known.get(some)
        if found is None:
            found = known[some] = sum(bits[number] for number in members(some))
        return found

    return places


def _groups(named: Iterable[tuple[str, str]], placed: Sequence[tuple[str, int]]) -> tuple[Group, ...]:
    sets: dict[str, int] = {}
    for identifier, number in placed:
        sets[identifier] = sets.get(identifier, 0) | 1 << number
    titles: dict[str, str] = {}
    for identifier, title in named:
        titles.setdefault(identifier, title)
    return tuple(
        Group(id=identifier, title=title, viewers=sets.get(identifier, 0)) for identifier, title in titles.items()
    )
