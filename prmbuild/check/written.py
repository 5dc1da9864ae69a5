"""What stands in the revision itself, published or not: pages, courses and quizzes, and what is wrong with each."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Protocol, TypeVar

from msgspec import Struct

from prmbuild.authored.document import Marks, Place
from prmbuild.authored.lifecycle import DATES
from prmbuild.authored.markdown import MarkdownParts, split_markdown
from prmbuild.authored.programme import Programme
from prmbuild.authored.reading import marks_of, read_course, read_page, read_quiz
from prmbuild.authored.resource import CourseSource, PageMeta, Status
from prmbuild.cache.facts import Facts
from prmbuild.catalog.catalog import is_course_file
from prmbuild.catalog.sources import SourceReader
from prmbuild.check.destinations import Destination
from prmbuild.check.file import (
    FileFacts,
    PageFacts,
    blocks_in,
    file_findings,
    input_of,
    is_written_page,
    links_of,
    places_of,
)
from prmbuild.check.labels import audiences_around
from prmbuild.check.names import presentable
from prmbuild.check.secrets import LONGEST
from prmbuild.diagnostics import Diagnostic, Severity
from prmbuild.portals.blocks import BlockedText
from prmbuild.render.article import PageInput
from prmbuild.render.late import Recent
from prmbuild.source.snapshot import CONTENT, COURSES, Snapshot
from prmbuild.visibility.audience import Audience

LIKE_QUIZ = (".yaml", ".yml")

AT_HAND = 64
"""Pages whose text is at hand: one is asked for several times in a row, and then hardly ever again."""

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class MapItems(Protocol):
    """Yields what a function, defined at the top of a module, makes of each item, in order; as `map` does."""

    def __call__(self, function: Callable[[_Item], _Result], items: Iterable[_Item], /) -> Iterator[_Result]:
        """Map."""


class WrittenPage:
    """A Markdown file as it stands in the revision.

    Args:
        path: repository path.
        facts: what is known of it without reading it.
        snapshot: where its text is read, should a check need it after all.
        programme: what audiences are checked against; None where the configuration has errors.
    """

    def __init__(self, path: str, facts: PageFacts, snapshot: Snapshot, programme: Programme | None) -> None:
        self.path = path
        self.facts = facts
        self._snapshot = snapshot
        self._programme = programme

    def place(self, key: str) -> Place:
        """Return where the value of a key of the front matter stands; the top of the file where it has none."""
        return self._places.get(key) or self._places[""]

    @property
    def retired(self) -> bool:
        """Whether the page says that it is no longer needed, so that nobody needs to mend it."""
        return self.facts.status is Status.RETIRED

    @property
    def links(self) -> tuple[Destination, ...]:
        """The destinations of its links, in order."""
        return links_of(self.facts)

    @cached_property
    def _places(self) -> Mapping[str, Place]:
        return places_of(self.facts)

    @property
    def body(self) -> str:
        """The Markdown after the front matter."""
        return self._parts.body

    @cached_property
    def meta(self) -> PageMeta | None:
        """The front matter; None where it has errors."""
        source, _ = read_page(self.path, self._data, self._programme)
        return source.meta if source else None

    @property
    def has_blocks(self) -> bool:
        """Whether some of it is not for all of its readers."""
        return any(not isinstance(chunk, str) for chunk in self._blocks.chunks)

    @property
    def around(self) -> tuple[tuple[Audience, ...], ...]:
        """For each line of `body` the audiences of the blocks around it."""
        return tuple(audiences_around(self._blocks.chunks))

    @property
    def _blocks(self) -> BlockedText:
        return blocks_in(self.path, self._parts, self._programme)[0]

    @property
    def whole(self) -> PageInput:
        """What to render to see the page with every audience block open."""
        return input_of(self.path, self._blocks, self.meta)

    @cached_property
    def _parts(self) -> MarkdownParts:
        parts, _ = split_markdown(self.path, self._data)
        assert parts is not None
        return parts

    @cached_property
    def _data(self) -> bytes:
        _at_hand.add(self)
        return self._snapshot.read_path(self.path)

    def forget(self) -> None:
        """Let go of its text, which is read again when it is asked for."""
        self.__dict__.pop("_data", None)
        self.__dict__.pop("_parts", None)


_at_hand = Recent[WrittenPage](AT_HAND)


class WrittenCourse(Struct, frozen=True, kw_only=True):
    """A ``course.yaml`` as it stands in the revision, free of errors."""

    source: CourseSource
    data: bytes

    @property
    def marks(self) -> Marks:
        """Where its keys and values stand."""
        return marks_of(self.source.path, self.data, DATES)


class Written(Struct, frozen=True, kw_only=True):
    """What stands in the revision.

    Attributes:
        pages: repository path → page, lessons included; without those that are no text.
        courses: id → course, without those that have errors.
        unreadable: ids of the courses that have errors.
        publishable: paths of all files that a portal could show: pages, courses, quizzes and assets.
        diagnostics: what keeps pages, courses and quizzes from being read.
        others: whatever else is wrong with a file by itself.
    """

    snapshot: Snapshot
    pages: Mapping[str, WrittenPage]
    courses: Mapping[str, WrittenCourse]
    unreadable: frozenset[str]
    publishable: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]
    others: tuple[Diagnostic, ...]


def course_of(path: str) -> str | None:
    """Return the id of the course in whose folder a file stands; None for one that stands in no such folder."""
    parts = path.split("/")
    return parts[1] if len(parts) > 2 and parts[0] == COURSES else None


class Broken:
    """Files that nobody sees because of errors, which are reported at their place: those that have some, and all of a
    course of which a part has.

    Args:
        written: the revision.

    Attributes:
        paths: the files that have some.
    """

    def __init__(self, written: Written) -> None:
        self.paths = frozenset(found.path for found in written.diagnostics if found.severity is Severity.ERROR)
        self._courses = frozenset(filter(None, map(course_of, self.paths)))

    def __contains__(self, path: str) -> bool:
        return path in self.paths or course_of(path) in self._courses


def read_written(
    snapshot: Snapshot,
    programme: Programme | None,
    known: Facts,
    map_items: MapItems,
    reader: SourceReader | None,
) -> Written:
    """Read every page, course and quiz of a revision.

    Args:
        snapshot: the revision.
        programme: what audiences are checked against; None where the configuration has errors.
        known: what was found out about files before.
        map_items: reads files, possibly in other processes.
        reader: read the revision before; None where nobody did.

    Raises:
        SourceError: git cannot answer.
    """
    places = (f"{CONTENT}/", f"{COURSES}/")
    paths = sorted(
        path for path, file in snapshot.files.items() if file.regular and path.startswith(places) and presentable(path)
    )
    facts = _facts(snapshot, programme, known, map_items, reader)
    found = [diagnostic for of_file in facts.values() for diagnostic in of_file.unreadable]
    pages = {
        path: WrittenPage(path, of_page, snapshot, programme)
        for path in paths
        if path in facts and (of_page := facts[path].page)
    }
    courses: dict[str, WrittenCourse] = {}
    unreadable: set[str] = set()
    for path in filter(is_course_file, paths):
        data = snapshot.read_path(path)
        blob = snapshot.files[path].blob
        course, findings = reader.course(path, blob) if reader else read_course(path, data, programme)
        found += findings
        if course is None:
            unreadable.add(course_of(path) or "")
        else:
            courses[course.id] = WrittenCourse(source=course, data=data)
    quizzes = {course.source.quiz for course in courses.values()}
    for path in paths:
        if path in quizzes or (course_of(path) in unreadable and path.endswith("/quiz.yaml")):
            blob = snapshot.files[path].blob
            found += (reader.quiz(path, blob) if reader else read_quiz(path, snapshot.read(blob)))[1]
    return Written(
        snapshot=snapshot,
        pages=pages,
        courses=courses,
        unreadable=frozenset(unreadable),
        publishable=tuple(
            path for path in paths if is_course_file(path) or path in quizzes or not path.endswith(LIKE_QUIZ)
        ),
        diagnostics=tuple(found),
        others=tuple(diagnostic for of_file in facts.values() for diagnostic in of_file.others),
    )


def _facts(
    snapshot: Snapshot,
    programme: Programme | None,
    known: Facts,
    map_items: MapItems,
    reader: SourceReader | None,
) -> Mapping[str, FileFacts]:
    """Return path → facts of every plain file, without those too large to be looked into that are no pages."""
    blobs = {
        path: file.blob
        for path, file in snapshot.files.items()
        if file.regular and (file.size <= LONGEST or is_written_page(path))
    }

    def find_out(paths: Sequence[str]) -> Mapping[str, FileFacts]:
        files = ((path, snapshot.read_path(path), reader.front(path) if reader else None) for path in paths)
        return dict(zip(paths, map_items(partial(file_findings, programme=programme), files), strict=True))

    return known.recall("file", blobs, find_out, FileFacts)
