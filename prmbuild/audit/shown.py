"""What portals show, each thing once, with the set of portals that show it.

Portals are numbered, and sets of portals are integers with bit n for portal n, so the work that follows does not grow
with their number.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar

from prmbuild.catalog.catalog import Course
from prmbuild.portals.views import Portal, SeenPage
from prmbuild.source.history import Version

_Thing = TypeVar("_Thing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Everything that portals show: the portals, the repository path (the id of a course) and the thing itself."""

    pages: Sequence[tuple[int, str, SeenPage]]
    courses: Sequence[tuple[int, str, Course]]
    assets: Sequence[tuple[int, str, Version]]

    def names(self) -> Iterator[tuple[int, str]]:
        """Yield the set of portals that say something and its key: pages, courses, then assets."""
        yield from ((mask, page_name(path, seen)) for mask, path, seen in self.pages)
        yield from ((mask, course_name(identifier, course)) for mask, identifier, course in self.courses)
        yield from ((mask, asset_name(path, version)) for mask, path, version in self.assets)


def shown(portals: Sequence[Portal]) -> Shown:
    """Group what portals show.

    Args:
        portals: in the order of their numbers.
    """
    courses = (
        (number, name, seen.course) for number, portal in enumerate(portals) for name, seen in portal.courses.items()
    )
    return Shown(
        pages=_grouped(_each(portals, lambda portal: portal.pages.items()), page_key),
        courses=_grouped(courses, lambda course: course.id),
        assets=_grouped(_each(portals, lambda portal: portal.assets.items()), lambda version: version.blob),
    )


def page_key(seen: SeenPage) -> object:
    """Return what makes pages say the same."""
    meta = seen.page.source.meta
    return seen.input.key, meta.type, meta.topics


def page_name(path: str, seen: SeenPage) -> str:
    """Return the key of what portals say that show a page."""
    meta = seen.page.source.meta
    return "\0".join(("page", path, seen.input.key, meta.type or "", *meta.topics))


def course_name(identifier: str, course: Course) -> str:
    """Return the key of what portals say that show a course."""
    digest = sha256(repr((course.source, course.quiz)).encode("utf-8", "surrogatepass")).hexdigest()
    return "\0".join(("course", identifier, digest))


def asset_name(path: str, version: Version) -> str:
    """Return the key of what portals say that show an asset."""
    return "\0".join(("asset", path, version.blob or ""))


def members(portals: int) -> Iterator[int]:
    """Yield the numbers in a set of portals."""
    while portals:
        yield (portals & -portals).bit_length() - 1
        portals &= portals - 1


def union(masks: Iterable[int]) -> int:
    """Return all portals of several sets."""
    found = 0
    for mask in masks:
        found |= mask
    return found


def _each(
    portals: Sequence[Portal], things: Callable[[Portal], Iterable[tuple[str, _Thing]]]
) -> Iterator[tuple[int, str, _Thing]]:
    for number, portal in enumerate(portals):
        for path, thing in things(portal):
            yield number, path, thing


def _grouped(
    things: Iterable[tuple[int, str, _Thing]], key_of: Callable[[_Thing], object]
) -> Sequence[tuple[int, str, _Thing]]:
    """Group equal things; those that are one object are told to be equal without a look at them."""
    objects: dict[tuple[str, int], tuple[int, _Thing]] = {}
    for number, path, thing in things:
        known = objects.get((path, id(thing)))
        objects[path, id(thing)] = (1 << number) | (known[0] if known else 0), thing
    groups: dict[tuple[str, object], tuple[int, str, _Thing]] = {}
    for (path, _), (mask, thing) in objects.items():
        key = path, key_of(thing)
        groups[key] = mask | (groups[key][0] if key in groups else 0), path, thing
    return tuple(groups.values())
