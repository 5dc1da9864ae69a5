"""What stands in the revision itself, published or not: pages, courses and quizzes, and what is wrong with each."""

from collections.abc import Mapping
from dataclasses import dataclass

from prmbuild.authored.markdown import split_markdown
from prmbuild.authored.pages import DATES
from prmbuild.authored.programme import Programme
from prmbuild.authored.reading import parse_inline, read_course, read_page, read_quiz
from prmbuild.authored.resource import CourseSource, PageMeta, Status
from prmbuild.authored.yaml import TOP, Marks, Place, parse_yaml, read_yaml
from prmbuild.catalog.catalog import is_course_file, is_page
from prmbuild.check.names import presentable
from prmbuild.diagnostics import Diagnostic
from prmbuild.portals.blocks import BlockedText, parse_blocks
from prmbuild.source.snapshot import CONTENT, COURSES, Snapshot
from prmbuild.visibility.audience import Audience, Everyone

LIKE_QUIZ = (".yaml", ".yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenPage:
    """A Markdown file as it stands in the revision.

    Attributes:
        front: the YAML of the front matter; None where there is none.
        meta: None where the front matter has errors.
        blocks: the body taken apart, as far as that is possible.
        body_line: the line of the file on which the body starts, counted from 1.
    """

    path: str
    data: bytes
    front: str | None
    meta: PageMeta | None
    body: str
    body_line: int
    blocks: BlockedText

    def place(self, key: str) -> Place:
        """Return where the value of a key of the front matter stands; the top of the file where it has none."""
        if self.front is None:
            return TOP
        return parse_yaml(self.path, self.front, start=Place(2, 1), dates=DATES).marks.value((key,))

    @property
    def retired(self) -> bool:
        """Whether the page says that it is no longer needed, so that nobody needs to mend it."""
        return self.meta is not None and self.meta.status is Status.RETIRED

    @property
    def whole(self) -> str:
        """The body with every audience block open."""
        return self.blocks.resolve(lambda audience: True)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenCourse:
    """A ``course.yaml`` as it stands in the revision, free of errors."""

    source: CourseSource
    data: bytes

    @property
    def marks(self) -> Marks:
        """Where its keys and values stand."""
        return read_yaml(self.source.path, self.data, dates=DATES).marks


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What stands in the revision.

    Attributes:
        pages: repository path → page, lessons included; without those that are no text.
        courses: id → course, without those that have errors.
        unreadable: ids of the courses that have errors.
        publishable: paths of all files that a portal could show: pages, courses, quizzes and assets.
        diagnostics: what is wrong with each file by itself.
    """

    snapshot: Snapshot
    pages: Mapping[str, WrittenPage]
    courses: Mapping[str, WrittenCourse]
    unreadable: frozenset[str]
    publishable: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]

    def read(self, path: str) -> bytes:
        """Return the bytes of a plain file of the revision, from memory for a page."""
        return self.pages[path].data if path in self.pages else self.snapshot.read_path(path)


def course_of(path: str) -> str | None:
    """Return the id of the course in whose folder a file stands; None for one that stands in no such folder."""
    parts = path.split("/")
    return parts[1] if len(parts) > 2 and parts[0] == COURSES else None


def read_written(snapshot: Snapshot, programme: Programme | None) -> Written:
    """Read every page, course and quiz of a revision.

    Args:
        snapshot: the revision.
        programme: what audiences are checked against; None where the configuration has errors.

    Raises:
        SourceError: git cannot answer.
    """
    places = (f"{CONTENT}/", f"{COURSES}/")
    paths = sorted(
        path for path, file in snapshot.files.items() if file.regular and path.startswith(places) and presentable(path)
    )
    found: list[Diagnostic] = []
    pages = {path: page for path in paths if is_page(path) and (page := _page(snapshot, path, programme, found))}
    courses: dict[str, WrittenCourse] = {}
    unreadable: set[str] = set()
    for path in filter(is_course_file, paths):
        data = snapshot.read_path(path)
        course, findings = read_course(path, data, programme)
        found += findings
        if course is None:
            unreadable.add(course_of(path) or "")
        else:
            courses[course.id] = WrittenCourse(source=course, data=data)
    quizzes = {course.source.quiz for course in courses.values()}
    for path in paths:
        if path in quizzes or (course_of(path) in unreadable and path.endswith("/quiz.yaml")):
            found += read_quiz(path, snapshot.read_path(path))[1]
    return Written(
        snapshot=snapshot,
        pages=pages,
        courses=courses,
        unreadable=frozenset(unreadable),
        publishable=tuple(
            path for path in paths if is_course_file(path) or path in quizzes or not path.endswith(LIKE_QUIZ)
        ),
        diagnostics=tuple(found),
    )


def _page(snapshot: Snapshot, path: str, programme: Programme | None, found: list[Diagnostic]) -> WrittenPage | None:
    data = snapshot.read_path(path)
    source, findings = read_page(path, data, programme)
    found += findings
    parts, _ = split_markdown(path, data)
    if parts is None:
        return None

    def read_audience(text: str, line: int, column: int) -> tuple[Audience | None, tuple[Diagnostic, ...]]:
        if programme is None:
            return Everyone(), ()
        return parse_inline(text, programme, path=path, line=line, column=column)

    blocks, findings = parse_blocks(parts.body, path=path, first_line=parts.body_line, read_audience=read_audience)
    found += findings
    return WrittenPage(
        path=path,
        data=data,
        front=parts.front,
        meta=source.meta if source else None,
        body=parts.body,
        body_line=parts.body_line,
        blocks=blocks,
    )
