"""What portals show, each thing once, with the set of portals that show it; see `prmbuild.visibility.sets`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from msgspec import Struct

from prmbuild.catalog.catalog import Course
from prmbuild.portals.portals import Portals
from prmbuild.portals.views import SeenPage
from prmbuild.source.history import Version
from prmbuild.visibility.sets import For

_Thing = TypeVar("_Thing")


class Shown(Struct, frozen=True, kw_only=True):
    """Everything that portals show: the portals, the repository path (the id of a course) and the thing itself."""

    pages: Sequence[tuple[int, str, SeenPage]]
    courses: Sequence[tuple[int, str, Course]]
    assets: Sequence[tuple[int, str, Version]]


def shown(portals: Portals) -> Shown:
    """Put together what portals show and what says the same.

    Args:
        portals: the portals, and what they show.
    """
    courses = {name: tuple((mask, seen.course) for mask, seen in found) for name, found in portals.courses.items()}
    return Shown(
        pages=_grouped(portals.pages, page_key),
        courses=_grouped(courses, lambda course: course.id),
        assets=_grouped(portals.assets, lambda version: version.blob),
    )


def page_key(seen: SeenPage) -> object:
    """Return what makes pages say the same."""
    meta = seen.page.source.meta
    return seen.input.key, meta.type, meta.topics


def union(masks: Iterable[int]) -> int:
    """Return all portals of several sets."""
    found = 0
    for mask in masks:
        found |= mask
    return found


def _grouped(
    things: Mapping[str, For[_Thing]], key_of: Callable[[_Thing], object]
) -> Sequence[tuple[int, str, _Thing]]:
    groups: dict[tuple[str, object], tuple[int, str, _Thing]] = {}
    for path, found in things.items():
        for mask, thing in found:
            key = path, key_of(thing)
            groups[key] = mask | (groups[key][0] if key in groups else 0), path, thing
    return tuple(groups.values())
