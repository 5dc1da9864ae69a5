"""The catalogue of a programme: every page, course and asset that could be published at one instant."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from prmbuild.authored.programme import Programme
from prmbuild.authored.reading import read_course, read_quiz
from prmbuild.authored.resource import CourseSource, PageSource, QuizSource
from prmbuild.cache.facts import Facts
from prmbuild.catalog.address import COURSE_FILE, PAGE_SUFFIX, Address, address_of
from prmbuild.catalog.sources import SourceReader
from prmbuild.source.approval import Absence, Approvals, Ruling
from prmbuild.source.git import REGULAR_MODES
from prmbuild.source.history import Version
from prmbuild.source.proofs import Memory
from prmbuild.source.snapshot import CONTENT, COURSES, Snapshot
from prmbuild.visibility.rules import Policy, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A Markdown file at its approved version.

    Attributes:
        source: the approved version, taken apart.
        version: the approved version.
        earlier: the approved versions before it, newest first.
        approved_by: who approved it; names or addresses, never for a portal.
        course: the id of the course whose lesson this is; None for a resource.
    """

    path: str
    address: Address
    source: PageSource
    version: Version
    earlier: tuple[Version, ...]
    approved_by: tuple[str, ...]
    course: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A course at its approved version.

    Attributes:
        quiz: None where the course has none, or none that is approved.
        complete: whether every lesson and the quiz it names are approved, so that it can show at all.
    """

    id: str
    address: Address
    source: CourseSource
    version: Version
    approved_by: tuple[str, ...]
    quiz: QuizSource | None
    complete: bool

    @property
    def files(self) -> tuple[str, ...]:
        """Repository paths of what a link may name beside the lessons: the course itself and its quiz."""
        return (self.source.path, self.quiz.path) if self.quiz is not None else (self.source.path,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """Everything that could be published at one instant.

    Attributes:
        pages: repository path → page, lessons included.
        courses: course id → course.
        assets: repository paths of the plain files that pages may reference.
        absent: repository path → why a page, course, lesson or quiz that exists is not published.
        approvals: which versions were approved.
        policy: the rules, front matter included.
        addresses: repository path → address of everything a link may name.
    """

    snapshot: Snapshot
    programme: Programme
    now: datetime
    pages: Mapping[str, Page]
    courses: Mapping[str, Course]
    assets: frozenset[str]
    absent: Mapping[str, Ruling]
    approvals: Approvals
    policy: Policy
    addresses: Mapping[str, Address]

    @property
    def due(self) -> datetime | None:
        """The next instant at which a version comes into force or expires; None where nothing is due."""
        expiring = (
            *(page.source.meta.expire_at for page in self.pages.values()),
            *(course.source.expire_at for course in self.courses.values()),
        )
        coming = [instant for instant in (*expiring, self.approvals.next) if instant is not None]
        return min(coming, default=None)

    def asset(self, page: Page, path: str) -> Version | None:
        """Return the version of an asset that the approval of a page covers; None where there is none."""
        version = self.approvals.asset(path, page.version)
        return version if version is not None and version.mode in REGULAR_MODES else None


def is_page(path: str) -> bool:
    """Tell whether the file at a repository path is a page."""
    return path.endswith(PAGE_SUFFIX)


def is_course_file(path: str) -> bool:
    """Tell whether the file is some course's ``course.yaml``."""
    parts = path.split("/")
    return len(parts) == 3 and parts[0] == COURSES and parts[2] == COURSE_FILE


def _is_asset(path: str) -> bool:
    if is_page(path):
        return False
    return path.startswith(f"{CONTENT}/") or (path.startswith(f"{COURSES}/") and not path.endswith((".yaml", ".yml")))


def _has_address(path: str) -> bool:
    """A file name that is not UTF-8 can stand in no URL; ``check`` says so."""
    return not any("\ud800" <= character <= "\udfff" for character in path)


def build_catalog(
    snapshot: Snapshot, programme: Programme, now: datetime, facts: Facts, memory: Memory | None = None
) -> tuple[Catalog, SourceReader]:
    """Find the approved version of everything.

    Problems in the authored files are not reported here; what has any is left out. ``check`` reports them.

    Args:
        snapshot: the programme's files and history.
        programme: what its configuration says.
        now: the one clock.
        facts: what was found out about its files before.
        memory: keeps what was proven of approvals.

    Raises:
        SourceError: git cannot answer, or the evidence of approval asked for cannot be checked.
    """
    reader = SourceReader(snapshot, programme, facts)
    approvals = Approvals(snapshot, reader.standing, now, memory)
    absent: dict[str, Ruling] = {}
    pages: dict[str, Page] = {}
    courses: dict[str, Course] = {}
    paths = sorted(path for path in snapshot.files if _has_address(path))
    reader.expect(path for path in paths if is_page(path))
    for path in paths:
        if path.startswith(f"{CONTENT}/") and is_page(path):
            _add_page(path, approvals.page(path), None, approvals, reader, now, pages, absent)
    for path in paths:
        if is_course_file(path):
            course = _read_course(path, approvals, snapshot, programme, now, absent)
            if course is None:
                continue
            for lesson in course.source.lessons:
                if lesson in snapshot.files:
                    _add_page(
                        lesson, approvals.course_part(lesson, path), course.id, approvals, reader, now, pages, absent
                    )
            complete = course.complete and all(lesson in pages for lesson in course.source.lessons)
            courses[course.id] = replace(course, complete=complete)
    assets = frozenset(path for path in paths if snapshot.files[path].regular and _is_asset(path))
    catalog = Catalog(
        snapshot=snapshot,
        programme=programme,
        now=now,
        pages=pages,
        courses=courses,
        assets=assets,
        absent=absent,
        approvals=approvals,
        policy=Policy(programme.rules, _narrowing(pages, courses)),
        addresses=_addresses(pages, courses, assets),
    )
    return catalog, reader


def _add_page(
    path: str,
    ruling: Ruling,
    course: str | None,
    approvals: Approvals,
    reader: SourceReader,
    now: datetime,
    pages: dict[str, Page],
    absent: dict[str, Ruling],
) -> None:
    if not ruling.versions:
        absent[path] = ruling
        return
    version, *earlier = ruling.versions
    source = reader.page(version)
    if source is None:
        absent[path] = Ruling(absence=Absence.NEVER_APPROVED)
    elif source.meta.expire_at is not None and source.meta.expire_at <= now:
        absent[path] = Ruling(absence=Absence.EXPIRED, due=source.meta.expire_at)
    else:
        pages[path] = Page(
            path=path,
            address=address_of(path),
            source=source,
            version=version,
            earlier=tuple(earlier),
            approved_by=approvals.evidence(version),
            course=course,
        )


def _read_course(
    path: str,
    approvals: Approvals,
    snapshot: Snapshot,
    programme: Programme,
    now: datetime,
    absent: dict[str, Ruling],
) -> Course | None:
    ruling = approvals.page(path)
    if not ruling.versions:
        absent[path] = ruling
        return None
    version = ruling.versions[0]
    source = read_course(path, snapshot.read(version.blob or ""), programme)[0]
    if source is None:
        absent[path] = Ruling(absence=Absence.NEVER_APPROVED)
        return None
    if source.expire_at is not None and source.expire_at <= now:
        absent[path] = Ruling(absence=Absence.EXPIRED, due=source.expire_at)
        return None
    quiz = _read_quiz(source, approvals, snapshot, absent)
    return Course(
        id=source.id,
        address=address_of(path),
        source=source,
        version=version,
        approved_by=approvals.evidence(version),
        quiz=quiz,
        complete=source.quiz is None or quiz is not None,
    )


def _read_quiz(
    course: CourseSource, approvals: Approvals, snapshot: Snapshot, absent: dict[str, Ruling]
) -> QuizSource | None:
    if course.quiz is None or course.quiz not in snapshot.files:
        return None
    ruling = approvals.course_part(course.quiz, course.path)
    if not ruling.versions or ruling.versions[0].blob is None:
        absent[course.quiz] = ruling
        return None
    return read_quiz(course.quiz, snapshot.read(ruling.versions[0].blob))[0]


def _addresses(
    pages: Mapping[str, Page], courses: Mapping[str, Course], assets: Iterable[str]
) -> Mapping[str, Address]:
    course_files = (course.source.path for course in courses.values())
    quizzes = (course.quiz.path for course in courses.values() if course.quiz)
    return {path: address_of(path) for path in (*pages, *assets, *course_files, *quizzes)}


def _narrowing(pages: Mapping[str, Page], courses: Mapping[str, Course]) -> Mapping[str, Rule]:
    rules: dict[str, Rule] = {}
    for path, page in pages.items():
        if page.source.meta.audience is not None:
            rules[path] = page.source.meta.audience
    for course in courses.values():
        if course.source.audience is not None:
            rules[course.source.path] = course.source.audience
    return rules
