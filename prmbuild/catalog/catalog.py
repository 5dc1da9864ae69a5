"""The catalogue of a programme: every page, course and asset that could be published at one instant."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from prmbuild.authored.lifecycle import earliest, ended
from prmbuild.authored.programme import Programme
from prmbuild.authored.resource import CourseSource, PageSource, QuizSource
from prmbuild.cache.facts import Facts
from prmbuild.catalog.address import Address, address_of
from prmbuild.catalog.sources import SourceReader
from prmbuild.source.approval import Absence, Approvals, Ruling
from prmbuild.source.git import REGULAR_MODES
from prmbuild.source.history import Version
from prmbuild.source.proofs import Memory
from prmbuild.source.snapshot import CONTENT, COURSE_FILE, COURSES, PAGE_SUFFIX, Snapshot
from prmbuild.source.standing import course_file_of
from prmbuild.visibility.rules import Policy, Rule


class Page(Struct, frozen=True, kw_only=True):
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


class Course(Struct, frozen=True, kw_only=True):
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


class Catalog(Struct, frozen=True, kw_only=True):
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
        return earliest((*expiring, self.approvals.next))

    def asset(self, page: Page, path: str) -> Version | None:
        """Return the version of an asset that the approval of a page covers; None where there is none."""
        version = self.approvals.asset(path, page.version)
        return version if version is not None and version.mode in REGULAR_MODES else None


def is_page(path: str) -> bool:
    """Tell whether the file at a repository path is a page."""
    return path.endswith(PAGE_SUFFIX)


def is_course_file(path: str) -> bool:
    """Tell whether the file is some course's ``course.yaml``."""
    if not path.endswith(f"/{COURSE_FILE}"):
        return False
    parts = path.split("/")
    return len(parts) == 3 and parts[0] == COURSES


def _is_asset(path: str) -> bool:
    if is_page(path):
        return False
    return path.startswith(f"{CONTENT}/") or (path.startswith(f"{COURSES}/") and not _is_of_course(path))


def _is_of_course(path: str) -> bool:
    return path.startswith(f"{COURSES}/") and path.endswith((".yaml", ".yml"))


def _has_address(path: str) -> bool:
    """A file name that is not UTF-8 can stand in no URL; ``check`` says so."""
    return path.isascii() or not any("\ud800" <= character <= "\udfff" for character in path)


def build_catalog(
    snapshot: Snapshot,
    programme: Programme,
    now: datetime,
    facts: Facts,
    memory: Memory | None = None,
    assumed: frozenset[str] = frozenset(),
) -> tuple[Catalog, SourceReader]:
    """Find the approved version of everything.

    Problems in the authored files are not reported here; what has any is left out. ``check`` reports them.

    Args:
        snapshot: the programme's files and history.
        programme: what its configuration says.
        now: the one clock.
        facts: what was found out about its files before.
        memory: keeps what was proven of approvals.
        assumed: paths whose newest version counts as approved; see `Approvals`.

    Raises:
        SourceError: git cannot answer, or the evidence of approval asked for cannot be checked.
    """
    reader = SourceReader(snapshot, programme, facts)
    approvals = Approvals(snapshot, reader.standing, now, memory, assumed)
    paths = sorted(path for path in snapshot.files if _has_address(path))
    reader.expect(path for path in paths if is_page(path) or _is_of_course(path))
    reader.expect_courses(path for path in paths if is_course_file(path))
    gathering = _Gathering(snapshot, programme, approvals, reader, now)
    for path in paths:
        if path.startswith(f"{CONTENT}/") and is_page(path):
            gathering.add_page(path, approvals.page(path))
    for path in paths:
        if is_course_file(path):
            gathering.add_course(path)
    assets = frozenset(path for path in paths if snapshot.files[path].regular and _is_asset(path))
    return gathering.catalog(assets), reader


def catalog_at(catalog: Catalog, reader: SourceReader, now: datetime, changing: Iterable[str]) -> Catalog:
    """Return the catalogue at a later instant; quick, as most of it stays.

    Args:
        catalog: the catalogue at an earlier instant.
        reader: the one that it was made with.
        now: the instant.
        changing: repository paths of the pages and courses to look at anew: those with a date that has passed since.

    Raises:
        SourceError: git cannot answer.
    """
    files = catalog.snapshot.files
    courses = {course for path in changing if (course := course_file_of(path)) in files and course is not None}
    parts = tuple(f"{path.rpartition('/')[0]}/" for path in courses)
    pages = {path for path in changing if path in files and course_file_of(path) is None}

    def stays(path: str) -> bool:
        return path not in pages and not path.startswith(parts)

    kept = _Gathering(catalog.snapshot, catalog.programme, catalog.approvals.at(now), reader, now)
    kept.pages.update((path, page) for path, page in catalog.pages.items() if stays(path))
    kept.absent.update((path, ruling) for path, ruling in catalog.absent.items() if stays(path))
    kept.courses.update((name, course) for name, course in catalog.courses.items() if stays(course.source.path))
    for path in sorted(pages):
        kept.add_page(path, kept.approvals.page(path))
    for path in sorted(courses):
        kept.add_course(path)
    return kept.catalog(catalog.assets, catalog.addresses)


class _Gathering:
    """Pages and courses being put together."""

    def __init__(
        self, snapshot: Snapshot, programme: Programme, approvals: Approvals, reader: SourceReader, now: datetime
    ) -> None:
        self.snapshot = snapshot
        self.programme = programme
        self.approvals = approvals
        self.reader = reader
        self.now = now
        self.pages: dict[str, Page] = {}
        self.courses: dict[str, Course] = {}
        self.absent: dict[str, Ruling] = {}

    def add_page(self, path: str, ruling: Ruling, course: str | None = None) -> None:
        if not ruling.versions:
            self.absent[path] = ruling
            return
        version, *earlier = ruling.versions
        source = self.reader.page(version)
        if source is None:
            self.absent[path] = Ruling(absence=Absence.NEVER_APPROVED)
        elif ended(source.meta.expire_at, self.now):
            self.absent[path] = Ruling(absence=Absence.EXPIRED, due=source.meta.expire_at)
        else:
            self.pages[path] = Page(
                path=path,
                address=address_of(path),
                source=source,
                version=version,
                earlier=tuple(earlier),
                approved_by=self.approvals.evidence(version),
                course=course,
            )

    def add_course(self, path: str) -> None:
        course = self._course(path)
        if course is None:
            return
        for lesson in course.source.lessons:
            if lesson in self.snapshot.files:
                self.add_page(lesson, self.approvals.course_part(lesson, path), course.id)
        complete = course.complete and all(lesson in self.pages for lesson in course.source.lessons)
        self.courses[course.id] = replace(course, complete=complete)

    def _course(self, path: str) -> Course | None:
        ruling = self.approvals.page(path)
        if not ruling.versions:
            self.absent[path] = ruling
            return None
        version = ruling.versions[0]
        source, _ = self.reader.course(path, version.blob or "")
        if source is None:
            self.absent[path] = Ruling(absence=Absence.NEVER_APPROVED)
            return None
        if ended(source.expire_at, self.now):
            self.absent[path] = Ruling(absence=Absence.EXPIRED, due=source.expire_at)
            return None
        quiz = self._quiz(source)
        return Course(
            id=source.id,
            address=address_of(path),
            source=source,
            version=version,
            approved_by=self.approvals.evidence(version),
            quiz=quiz,
            complete=source.quiz is None or quiz is not None,
        )

    def _quiz(self, course: CourseSource) -> QuizSource | None:
        if course.quiz is None or course.quiz not in self.snapshot.files:
            return None
        ruling = self.approvals.course_part(course.quiz, course.path)
        if not ruling.versions or ruling.versions[0].blob is None:
            self.absent[course.quiz] = ruling
            return None
        return self.reader.quiz(course.quiz, ruling.versions[0].blob)[0]

    def catalog(self, assets: frozenset[str], known: Mapping[str, Address] = MappingProxyType({})) -> Catalog:
        return Catalog(
            snapshot=self.snapshot,
            programme=self.programme,
            now=self.now,
            pages=self.pages,
            courses=self.courses,
            assets=assets,
            absent=self.absent,
            approvals=self.approvals,
            policy=Policy(self.programme.rules, _narrowing(self.pages, self.courses)),
            addresses=_addresses(self.pages, self.courses, assets, known),
        )


def _addresses(
    pages: Mapping[str, Page], courses: Mapping[str, Course], assets: Iterable[str], known: Mapping[str, Address]
) -> Mapping[str, Address]:
    course_files = (course.source.path for course in courses.values())
    quizzes = (course.quiz.path for course in courses.values() if course.quiz)
    return {path: known.get(path) or address_of(path) for path in (*pages, *assets, *course_files, *quizzes)}


def _narrowing(pages: Mapping[str, Page], courses: Mapping[str, Course]) -> Mapping[str, Rule]:
    rules: dict[str, Rule] = {}
    for path, page in pages.items():
        if page.source.meta.audience is not None:
            rules[path] = page.source.meta.audience
    for course in courses.values():
        if course.source.audience is not None:
            rules[course.source.path] = course.source.audience
    return rules
