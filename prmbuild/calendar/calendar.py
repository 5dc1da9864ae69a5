"""The calendar of a programme: what is overdue, due and coming."""

import re
from collections.abc import Iterator, Set
from datetime import date, datetime
from enum import Enum

from msgspec import Struct, field
from msgspec.structs import replace

from prmbuild.authored.lifecycle import Lifecycle, Review, announced, begun, ended, soon
from prmbuild.authored.reading import read_course
from prmbuild.authored.resource import CourseSource, PageSource, Status
from prmbuild.calendar.forecast import Effect, Turn, forecast
from prmbuild.catalog.catalog import Catalog, is_course_file, is_page
from prmbuild.desired import Considered
from prmbuild.source.approval import Absence
from prmbuild.source.history import Version
from prmbuild.source.snapshot import CONTENT

_HEADING = re.compile(r"^#[ \t]+(.+?)[ \t]*#*[ \t]*$", re.MULTILINE)


class Kind(Enum):
    """What happens."""

    PUBLISH = "publish"
    EXPIRE = "expire"
    REVIEW = "review"


class Urgency(Enum):
    """How near it is: `DUE` is within `prmbuild.authored.lifecycle.SOON`."""

    OVERDUE = "overdue"
    DUE = "due"
    COMING = "coming"


class Entry(Struct, frozen=True, kw_only=True):
    """One date of a page or course.

    Attributes:
        what: ``page``, ``lesson`` or ``course``.
        owner: who answers for it; for a lesson that names nobody, the owner of its course.
        at: the instant, UTC; None for a review, which has a day only.
        day: the day, UTC.
        approved: whether it will happen by itself. A version that nobody approved is not published, whatever it says.
        effect: who will see something else; nobody where it does not happen by itself.
    """

    path: str
    what: str
    title: str
    owner: str | None
    kind: Kind
    urgency: Urgency
    at: datetime | None
    day: date
    approved: bool = True
    effect: Effect = field(default_factory=Effect)


def calendar(state: Considered, until: datetime) -> tuple[Entry, ...]:
    """Return the dates up to an instant, and everything overdue; by urgency, then by time.

    Raises:
        SourceError: git cannot answer.
    """
    now = state.catalog.now
    coming = [
        _happening(turn, effect, moment.at, now) for moment in forecast(state, until) for turn, effect in moment.turns
    ]
    files = list(_files(state))
    written = [entry for file in files for entry in _written(file, state.catalog)]
    answers = {file.newest.path: file.lifecycle.owner for file in files}
    coming = [replace(entry, owner=entry.owner or answers.get(entry.path)) for entry in coming]
    horizon = until.date()
    order = list(Urgency)
    return tuple(
        sorted(
            (entry for entry in (*coming, *written) if entry.day <= horizon),
            key=lambda entry: (order.index(entry.urgency), entry.day, entry.kind.value, entry.path),
        )
    )


def owners(state: Considered) -> frozenset[str]:
    """Return everybody who answers for a page or course, as written."""
    return frozenset(file.lifecycle.owner for file in _files(state) if file.lifecycle.owner is not None)


def dates_of(state: Considered, path: str) -> Lifecycle | None:
    """Return the dates in the newest version of a page or course; None for what is neither, or cannot be read."""
    return next((file.lifecycle for file in _files(state, {path}) if file.newest.path == path), None)


def title_of(source: PageSource | CourseSource) -> str:
    """Return the title of a page or course; its path where it has none."""
    if isinstance(source, CourseSource):
        return source.title
    heading = _HEADING.search(source.body)
    return source.meta.title or (heading[1] if heading else source.path)


class _File(Struct, frozen=True, kw_only=True):
    """A page or course as its newest version has it.

    Attributes:
        newest: the newest version.
        published: the one that partners have; None where they have none.
        before: the dates of that one.
    """

    what: str
    title: str
    status: Status | None
    lifecycle: Lifecycle
    newest: Version
    published: Version | None
    before: Lifecycle | None


def _files(state: Considered, only: Set[str] | None = None) -> Iterator[_File]:
    """Yield every page, lesson and course that can be read; without lessons that no course has.

    Args:
        state: the present.
        only: the pages to yield; None for all. Courses always are.
    """
    catalog = state.catalog
    regular = sorted(path for path, file in catalog.snapshot.files.items() if file.regular)
    lessons: dict[str, str | None] = {}
    for path in filter(is_course_file, regular):
        source, _ = read_course(path, catalog.snapshot.read_path(path), catalog.programme)
        if source is not None:
            lessons.update(dict.fromkeys(source.lessons, source.owner))
            yield _course(source, catalog)
    for path in filter(is_page, regular if only is None else sorted(only & set(regular))):
        if path.startswith(f"{CONTENT}/") or path in lessons:
            yield from _page(path, state, lessons.get(path))


def _newest(path: str, catalog: Catalog) -> Version:
    found = catalog.snapshot.history.at(path, 0)
    assert found is not None
    return found


def _page(path: str, state: Considered, owner: str | None) -> Iterator[_File]:
    published, newest = state.catalog.pages.get(path), _newest(path, state.catalog)
    same = published is not None and published.version.blob == newest.blob
    source = published.source if published is not None and same else state.reader.page(newest)
    if source is not None:
        yield _File(
            what="page" if path.startswith(f"{CONTENT}/") else "lesson",
            title=title_of(source),
            status=source.meta.status,
            lifecycle=replace(source.meta.lifecycle, owner=source.meta.owner or owner),
            newest=newest,
            published=published.version if published else None,
            before=published.source.meta.lifecycle if published else None,
        )


def _course(source: CourseSource, catalog: Catalog) -> _File:
    published = catalog.courses.get(source.id)
    return _File(
        what="course",
        title=source.title,
        status=source.status,
        lifecycle=source.lifecycle,
        newest=_newest(source.path, catalog),
        published=published.version if published else None,
        before=published.source.lifecycle if published else None,
    )


def _happening(turn: Turn, effect: Effect, at: datetime, now: datetime) -> Entry:
    found = turn.after or turn.before
    assert found is not None
    source = found.source
    lesson = isinstance(source, PageSource) and not turn.path.startswith(f"{CONTENT}/")
    return Entry(
        path=turn.path,
        what="course" if isinstance(source, CourseSource) else "lesson" if lesson else "page",
        title=title_of(source),
        owner=source.owner if isinstance(source, CourseSource) else source.meta.owner,
        kind=Kind.PUBLISH if turn.after is not None else Kind.EXPIRE,
        urgency=Urgency.DUE if soon(at, now) else Urgency.COMING,
        at=at,
        day=at.date(),
        effect=effect,
    )


def _written(file: _File, catalog: Catalog) -> Iterator[Entry]:
    """Yield what the newest version says that will not happen by itself: reviews, and dates it needs approval for."""
    if file.status is Status.RETIRED:
        return
    now = catalog.now
    path, dates = file.newest.path, file.lifecycle

    def entry(kind: Kind, urgency: Urgency, at: datetime | None, day: date, *, approved: bool = True) -> Entry:
        return Entry(
            path=path,
            what=file.what,
            title=file.title,
            owner=dates.owner,
            kind=kind,
            urgency=urgency,
            at=at,
            day=day,
            approved=approved,
        )

    in_force = file.published is not None and file.published.blob == file.newest.blob
    ruling = catalog.absent.get(path)
    expired = ruling is not None and ruling.absence is Absence.EXPIRED
    publish_at = announced(dates, file.before)
    scheduled = publish_at in catalog.approvals.coming.get(path, ())
    if publish_at is not None and not in_force and not expired and not scheduled:
        late, near = begun(publish_at, now), soon(publish_at, now)
        urgency = Urgency.OVERDUE if late else Urgency.DUE if near else Urgency.COMING
        yield entry(Kind.PUBLISH, urgency, publish_at, publish_at.date(), approved=False)
    if expired and file.status is Status.APPROVED and dates.expire_at is not None and ended(dates.expire_at, now):
        yield entry(Kind.EXPIRE, Urgency.OVERDUE, dates.expire_at, dates.expire_at.date())
    if expired:
        return
    review = {Review.OVERDUE: Urgency.OVERDUE, Review.DUE: Urgency.DUE, Review.COMING: Urgency.COMING}
    urgency_of_review = review.get(dates.review(now.date()))
    if urgency_of_review is not None and dates.review_due is not None:
        yield entry(Kind.REVIEW, urgency_of_review, None, dates.review_due)
