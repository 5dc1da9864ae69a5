"""Status, approval and dates of pages and courses."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from msgspec import Struct

from prmbuild import codes
from prmbuild.authored.document import Place
from prmbuild.authored.lifecycle import Lifecycle, Review, announced, begun, ended, soon
from prmbuild.authored.programme import Evidence
from prmbuild.authored.resource import Status
from prmbuild.check.written import Written
from prmbuild.desired import Desired
from prmbuild.diagnostics import Code, Diagnostic
from prmbuild.source.approval import Absence
from prmbuild.source.history import Version
from prmbuild.source.standing import standing_in


class _Entry(Struct, frozen=True, kw_only=True):
    """What pages and courses have in common.

    Attributes:
        follows: whether it has no status of its own but follows its course.
        published: the version that partners have; None where they have none.
        before: the dates of that version.
    """

    path: str
    what: str
    status: Status | None
    follows: bool
    dates: Lifecycle
    published: Version | None
    before: Lifecycle | None
    place: Callable[[str], Place]

    def at(self, key: str, code: Code, message: str, hint: str) -> Diagnostic:
        line, column = self.place(key)
        return code.at(self.path, message, line=line, column=column, hint=hint)


def check_lifecycle(written: Written, state: Desired) -> Iterator[Diagnostic]:
    """Find what is not published and why, and dates that have come or cannot be."""
    for entry in _entries(written, state):
        yield from _approval(entry, written, state)
        if entry.status is not Status.RETIRED:
            yield from _publication(entry, written, state)
            yield from _dates(entry, state.catalog.now)
    yield from _parts(written, state)


def _entries(written: Written, state: Desired) -> Iterator[_Entry]:
    catalog = state.catalog
    lessons = {lesson for course in written.courses.values() for lesson in course.source.lessons}
    for path, page in written.pages.items():
        facts, published = page.facts, catalog.pages.get(path)
        if not facts.sound or (path.startswith("courses/") and path not in lessons):
            continue
        yield _Entry(
            path=path,
            what="page",
            status=facts.status,
            follows=path in lessons and facts.status is None,
            dates=facts.lifecycle,
            published=published.version if published else None,
            before=published.source.meta.lifecycle if published else None,
            place=page.place,
        )
    for identifier, course in written.courses.items():
        source, approved = course.source, catalog.courses.get(identifier)
        yield _Entry(
            path=source.path,
            what="course",
            status=source.status,
            follows=False,
            dates=source.lifecycle,
            published=approved.version if approved else None,
            before=approved.source.lifecycle if approved else None,
            place=lambda key, course=course: course.marks.value((key,)),  # type: ignore[misc]  # bound to this course
        )


def _approval(entry: _Entry, written: Written, state: Desired) -> Iterator[Diagnostic]:
    if entry.follows or entry.status is Status.RETIRED:
        return
    newest = written.snapshot.files[entry.path].blob
    if entry.published is not None and entry.published.blob == newest:
        return
    ruling = state.catalog.absent.get(entry.path)
    if ruling is not None and ruling.absence in (Absence.NOT_YET, Absence.EXPIRED):
        return
    stays = ""
    if entry.published is not None:
        stays = f"; partners still read the version of {entry.published.commit.at.date().isoformat()}"
    if entry.status is None:
        message = f"the page says no status, so it is a draft and not published{stays}"
        yield entry.at("status", codes.NO_STATUS, message, "write 'status: approved' or 'status: draft'")
    elif entry.status is Status.APPROVED:
        approvals, version = state.catalog.approvals, written.snapshot.history.of(entry.path)[0]
        if not approvals.evidence(version):
            message = f"{_MISSING[approvals.asked(version)]}{stays}"
            hint = str(approvals.may_approve(entry.path))
            yield entry.at("status", codes.APPROVAL_WITHOUT_EVIDENCE, message, hint)
    elif entry.published is not None:
        message = f"the newest version is not approved{stays}"
        yield entry.at("status", codes.OLDER_VERSION_PUBLISHED, message, "write 'status: approved' when it is ready")
    else:
        message = f"the {entry.what} was never approved, so it is not published"
        yield entry.at("status", codes.DRAFT, message, "write 'status: approved' when it may be published")


_MISSING: Mapping[Evidence, str] = {
    Evidence.MERGE: "nothing approves this version",
    Evidence.TRAILER: "no 'Approved-by:' trailer of an entitled person approves this version",
    Evidence.SIGNATURE: "no commit that an entitled person signed approves this version",
}


_OTHERWISE_ABSENT = frozenset(Absence) - {Absence.NEVER_APPROVED}


def _parts(written: Written, state: Desired) -> Iterator[Diagnostic]:
    """Find lessons and quizzes that came with an approved version of their course, and are not approved with it."""
    catalog, history = state.catalog, written.snapshot.history
    for identifier, course in written.courses.items():
        approved = catalog.courses.get(identifier)
        parts = (*course.source.lessons, *((course.source.quiz,) if course.source.quiz is not None else ()))
        for path in parts if approved is not None else ():
            newest = history.at(path, 0)
            if newest is None or approved is None or newest.position < approved.version.position:
                continue
            ruling = catalog.approvals.course_part(path, course.source.path)
            published = ruling.versions[0] if ruling.versions else None
            if (published is not None and published.blob == newest.blob) or ruling.absence in _OTHERWISE_ABSENT:
                continue
            if standing_in(written.snapshot, newest).status is None:
                stays = (
                    f"; partners still have the version of {published.commit.at.date().isoformat()}"
                    if published
                    else ""
                )
                message = f"nobody who may approve this version approved the course with it{stays}"
                yield codes.APPROVAL_WITHOUT_EVIDENCE.at(path, message, hint=str(catalog.approvals.may_approve(path)))


def _publication(entry: _Entry, written: Written, state: Desired) -> Iterator[Diagnostic]:
    """Find what is announced for a day that is near, and that nobody has approved."""
    catalog = state.catalog
    if entry.published is not None and entry.published.blob == written.snapshot.files[entry.path].blob:
        return
    at = announced(entry.dates, entry.before)
    if at is None or not soon(at, catalog.now) or at in catalog.approvals.coming.get(entry.path, ()):
        return
    if entry.path in catalog.absent and catalog.absent[entry.path].absence is Absence.EXPIRED:
        return
    was = "was" if begun(at, catalog.now) else "is"
    message = f"the {entry.what} {was} to be published on {at.date().isoformat()}, but this version is not approved"
    yield entry.at("publish_at", codes.PUBLICATION_NOT_APPROVED, message, "have it approved, or write a later date")


def _dates(entry: _Entry, now: datetime) -> Iterator[Diagnostic]:
    dates, today = entry.dates, now.date()
    approved = entry.status is Status.APPROVED
    if approved and dates.expire_at is not None and ended(dates.expire_at, now):
        message = f"the {entry.what} expired on {dates.expire_at.date().isoformat()}"
        yield entry.at("expire_at", codes.EXPIRED, message, "write 'status: retired', or a later expire_at")
        return
    if approved and dates.expire_at is not None and soon(dates.expire_at, now):
        message = f"the {entry.what} expires on {dates.expire_at.date().isoformat()}"
        yield entry.at("expire_at", codes.EXPIRES_SOON, message, "write a later expire_at if it is still needed")
    match dates.review(today):
        case Review.IMPOSSIBLE:
            message = f"the last review, on {dates.last_reviewed_on}, lies in the future"
            yield entry.at("last_reviewed_on", codes.REVIEWED_IN_FUTURE, message, "write the day of the last review")
        case Review.OVERDUE:
            message = f"the review was due on {dates.review_due}"
            hint = f"check the {entry.what}, then set last_reviewed_on to today"
            yield entry.at("last_reviewed_on", codes.REVIEW_OVERDUE, message, hint)
        case Review.DUE:
            message = f"the review is due on {dates.review_due}"
            hint = f"check the {entry.what}, then set last_reviewed_on to that day"
            yield entry.at("last_reviewed_on", codes.REVIEW_DUE, message, hint)
        case _:
            pass
