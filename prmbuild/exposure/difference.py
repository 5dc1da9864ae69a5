"""A state worked out from another one of which little differs: only that is worked out again.

What a page, course or asset is follows from its versions, the configuration and the instant. So whatever has the same
in both states is taken over, and the rest is considered as a programme of its own, with the whole history.
"""

from collections.abc import Mapping, Set
from datetime import datetime
from typing import TypeVar

from msgspec.structs import replace

from prmbuild.cache import scratch
from prmbuild.catalog.catalog import Catalog
from prmbuild.desired import Authored, Considered, consider
from prmbuild.portals.views import Views
from prmbuild.progress import Silence
from prmbuild.request import Request
from prmbuild.source.approval import Absence
from prmbuild.source.snapshot import CONTENT, COURSES, PLACES, Snapshot
from prmbuild.visibility.rules import Policy

_Item = TypeVar("_Item")


def same_configuration(one: Snapshot, other: Snapshot) -> bool:
    """Tell whether two snapshots are configured alike, by all files at the top of the repository."""
    return all(one.files.get(path) == other.files.get(path) for path in PLACES if path not in (CONTENT, COURSES))


def touched(newer: Snapshot, older: Snapshot) -> frozenset[str]:
    """Return the repository paths that have another history in two snapshots, of which one goes on from the other."""
    first = newer.history.versions
    then = older.history.versions
    return frozenset(path for path, versions in first.items() if len(versions) != len(then.get(path, ())))


def dated(known: Considered, since: datetime) -> frozenset[str]:
    """Return the repository paths of pages, courses and quizzes that were published, or not yet over, by other dates.

    Args:
        known: a state at its instant.
        since: an earlier instant, UTC.
    """
    catalog = known.catalog
    now = catalog.now

    def comes(path: str) -> bool:
        starts = (known.reader.standing(version).publish_at for version in catalog.snapshot.history.of(path))
        return any(start is not None and since < start <= now for start in starts)

    ended = {path for path, ruling in catalog.absent.items() if ruling.absence is Absence.EXPIRED}
    quizzes = (course.quiz.path for course in catalog.courses.values() if course.quiz is not None)
    courses = (course.source.path for course in catalog.courses.values())
    found = {path for path in (*catalog.pages, *courses, *quizzes, *ended) if comes(path)}
    passed = (path for path in ended if (due := catalog.absent[path].due) is not None and since < due <= now)
    return frozenset(found).union(passed)


def considered_from(
    known: Considered, authored: Authored, request: Request, now: datetime, differing: Set[str]
) -> Considered:
    """Work a state out from a known one with the same configuration.

    Args:
        known: the known state.
        authored: the state to work out.
        request: how it is asked for.
        now: the instant it is judged at, UTC.
        differing: repository paths of all files whose versions, or dates, may tell something else than in `known`.

    Raises:
        SourceError: git cannot answer.
    """
    apart = differing | _with_courses(known, authored, differing)
    files = {path: file for path, file in authored.snapshot.files.items() if path in apart}
    with scratch() as cache:
        part = consider(
            replace(authored, snapshot=replace(authored.snapshot, files=files)),
            replace(request, cache=cache, now=now),
            Silence(),
        )
    return replace(part, catalog=_catalog(known, part, authored.snapshot, apart), views=_views(known, part, apart))


def _with_courses(known: Considered, authored: Authored, differing: Set[str]) -> Set[str]:
    """Return all files of courses where any of them differs: the parts of a course, and courses, hang together."""
    if not _courses_too(differing):
        return frozenset()
    files = (*authored.snapshot.files, *known.catalog.snapshot.files)
    return frozenset(path for path in files if path.startswith(f"{COURSES}/"))


def _courses_too(paths: Set[str]) -> bool:
    return any(path.startswith(f"{COURSES}/") for path in paths)


def _catalog(known: Considered, part: Considered, snapshot: Snapshot, apart: Set[str]) -> Catalog:
    old, new = known.catalog, part.catalog
    narrowing = _together(old.policy.narrowing, new.policy.narrowing, apart)
    return replace(
        new,
        snapshot=snapshot,
        pages=_together(old.pages, new.pages, apart),
        courses=new.courses if _courses_too(apart) else old.courses,
        assets=(old.assets - apart) | new.assets,
        absent=_together(old.absent, new.absent, apart),
        policy=Policy(new.programme.rules, narrowing),
        addresses=_together(old.addresses, new.addresses, apart),
    )


def _views(known: Considered, part: Considered, apart: Set[str]) -> Views:
    old, new = known.views, part.views
    pages = _together(old.pages, new.pages, apart)
    return Views(
        readership=old.readership,
        pages={path: pages[path] for path in sorted(pages)},
        courses=new.courses if _courses_too(apart) else old.courses,
    )


def _together(old: Mapping[str, _Item], new: Mapping[str, _Item], apart: Set[str]) -> Mapping[str, _Item]:
    return {path: item for path, item in old.items() if path not in apart} | dict(new)
