"""The states to come: what each date that passes will publish or take away, and from whom, if nobody edits anything.

Only files that say a date are looked at again, so a forecast costs as much as dates it holds, not as pages.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct

from prmbuild.cache.facts import Facts
from prmbuild.catalog.catalog import Catalog, Course, Page, catalog_at
from prmbuild.desired import Considered
from prmbuild.portals.views import SeenPage, Views, views
from prmbuild.source.history import Version
from prmbuild.source.standing import course_file_of
from prmbuild.visibility.sets import For


class Turn(Struct, frozen=True, kw_only=True):
    """What a page or course is, before and after an instant at which it says something happens.

    Attributes:
        path: repository path of a page, a lesson or a ``course.yaml``.
        before: None where it is not published.
        after: None where it is not published.
    """

    path: str
    before: Page | Course | None
    after: Page | Course | None


class Effect(Struct, frozen=True, kw_only=True):
    """Who will see something else, as sets of viewers; see `prmbuild.visibility.sets.Readership`.

    Attributes:
        courses: ids of other courses that appear or vanish with it, because it is part of them, or required.
    """

    gains: int = 0
    loses: int = 0
    changes: int = 0
    courses: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.gains or self.loses or self.changes or self.courses)


class Moment(Struct, frozen=True, kw_only=True):
    """An instant at which something comes into force or expires.

    Attributes:
        changes: whether anybody will see anything else from then on.
        turns: each page and course whose date this is, and that it makes appear, change or vanish; with whom it
            concerns. Sorted by path.
    """

    at: datetime
    changes: bool
    turns: tuple[tuple[Turn, Effect], ...]


def forecast(state: Considered, until: datetime | None = None) -> Iterator[Moment]:
    """Yield the instants to come at which a version comes into force or expires, in order.

    Args:
        state: the present.
        until: the last instant to look at; None looks at all.

    Raises:
        SourceError: git cannot answer.
    """
    catalog = state.catalog
    dates = _dates(catalog)
    while dates:
        instant = min(min(instants) for instants in dates.values())
        if until is not None and instant > until:
            return
        due = sorted(path for path, instants in dates.items() if instant in instants)
        later = catalog_at(catalog, state.reader, instant, due)
        yield _moment(state, catalog, later, instant, due)
        for path, coming in later.approvals.coming.items():
            dates.setdefault(path, set()).update(coming)
        for path in _concerned(catalog, later, due):
            expiry = _expiry(later, path)
            if expiry is not None:
                dates.setdefault(path, set()).add(expiry)
        dates = {path: left for path, instants in dates.items() if (left := {at for at in instants if at > instant})}
        catalog = later


def _dates(catalog: Catalog) -> dict[str, set[datetime]]:
    """Return path → the instants at which something may happen to the file."""
    dates = {path: set(instants) for path, instants in catalog.approvals.coming.items()}
    for path in (*catalog.pages, *(course.source.path for course in catalog.courses.values())):
        expiry = _expiry(catalog, path)
        if expiry is not None:
            dates.setdefault(path, set()).add(expiry)
    return dates


def _published(catalog: Catalog, path: str) -> Page | Course | None:
    course = course_file_of(path)
    if course == path:
        return catalog.courses.get(path.split("/")[1])
    return catalog.pages.get(path)


def _expiry(catalog: Catalog, path: str) -> datetime | None:
    found = _published(catalog, path)
    if found is None:
        return None
    return found.source.meta.expire_at if isinstance(found, Page) else found.source.expire_at


def _moment(state: Considered, before: Catalog, after: Catalog, instant: datetime, due: list[str]) -> Moment:
    about = _concerned(before, after, due)
    nothing = Facts(None, ())
    old, new = views(before, state.texts, nothing, about), views(after, state.texts, nothing, about)
    courses = tuple(
        course for course in sorted({*old.courses, *new.courses}) if old.takers(course) != new.takers(course)
    )
    turns = []
    for path in due:
        turn = Turn(path=path, before=_published(before, path), after=_published(after, path))
        if _version(turn.before) != _version(turn.after):
            turns.append((turn, _effect(turn, old, new, courses)))
    in_pages = any(_sights(old, path) != _sights(new, path) for path in about)
    in_courses = any(_taken(old, course) != _taken(new, course) for course in {*old.courses, *new.courses})
    return Moment(at=instant, changes=in_pages or in_courses, turns=tuple(turns))


def _concerned(before: Catalog, after: Catalog, due: list[str]) -> frozenset[str]:
    """Return what a date may touch: the files that say it, and all lessons of the courses around them."""
    folders = tuple(f"{course.rpartition('/')[0]}/" for path in due if (course := course_file_of(path)))
    pages = {*before.pages, *after.pages} if folders else ()
    return frozenset((*due, *(path for path in pages if path.startswith(folders))))


def _version(found: Page | Course | None) -> Version | None:
    return found.version if found is not None else None


def _sights(seen: Views, path: str) -> frozenset[object]:
    """Return how each set of viewers sees a page: all of it that a portal shows."""
    return frozenset(
        (viewers, one.input, one.dates, meta.type, meta.topics, meta.file, meta.order)
        for viewers, one in seen.pages.get(path, ())
        for meta in (one.page.source.meta,)
    )


def _taken(seen: Views, course: str) -> Sequence[object]:
    """Return how each set of viewers sees a course."""
    return [
        (viewers, one.required, one.course.source, one.course.quiz) for viewers, one in seen.courses.get(course, ())
    ]


def _effect(turn: Turn, old: Views, new: Views, courses: tuple[str, ...]) -> Effect:
    page = turn.after or turn.before
    own = turn.path.split("/")[1] if isinstance(page, Course) else ""
    if own:
        had, has = old.takers(own), new.takers(own)
        changed = had & has
    else:
        had, has = old.readers(turn.path), new.readers(turn.path)
        changed = had & has & ~_same(old.pages.get(turn.path, ()), new.pages.get(turn.path, ()))
    return Effect(
        gains=has & ~had,
        loses=had & ~has,
        changes=changed,
        courses=tuple(course for course in courses if course != own) if course_file_of(turn.path) else (),
    )


def _same(old: For[SeenPage], new: For[SeenPage]) -> int:
    """Return who reads the same text as before."""
    return sum(before & after for before, was in old for after, becomes in new if was.input == becomes.input)
