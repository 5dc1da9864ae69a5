"""What a portal shows, in the form its documents are made from."""

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from prmbuild.authored.resource import CourseSource, QuizSource
from prmbuild.catalog.address import address_of
from prmbuild.portals.views import Portal, SeenCourse, SeenPage
from prmbuild.render.article import Article, ArticleBody
from prmbuild.render.engine import Engine
from prmbuild.render.material import Toolchain
from prmbuild.render.words import DEFAULT, Labels, Words, words

COURSE_TYPE = "course"
"""Stands where a resource's type would in a list of resources and courses."""

WORDS_PER_MINUTE = 200

_DOCUMENTS = frozenset(
    {"csv", "doc", "docx", "dwg", "eps", "epub", "gz", "ics", "key", "mp4", "odp", "ods", "odt", "pdf", "pptx", "ppt"}
    | {"rtf", "step", "stl", "stp", "tar", "txt", "xls", "xlsx", "zip"}
)
"""Suffixes of files that are for keeping rather than for showing on a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file to keep.

    Attributes:
        url: relative to the portal's root.
        kind: its suffix in capitals.
        page: title and URL of the page that offers it.
    """

    url: str
    name: str
    kind: str
    page: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A resource or course in a list.

    Attributes:
        url: relative to the portal's root.
        type: a slug, or None; `COURSE_TYPE` for courses.
        first: the day it appeared; None for courses.
        updated: the day it last changed; None for courses.
        file: kind of the file that the page presents, such as ``PDF``.
    """

    url: str
    title: str
    description: str
    type: str | None
    topics: tuple[str, ...]
    language: str
    first: date | None = None
    updated: date | None = None
    file: str | None = None

    @property
    def new(self) -> bool:
        """Whether its latest change is its first appearance."""
        return self.first == self.updated


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A lesson in its course. ``minutes`` is the time reading takes."""

    path: str
    url: str
    title: str
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseContents:
    """A course as its documents show it.

    Attributes:
        url: relative to the portal's root.
        prerequisites: title and URL of each.
    """

    source: CourseSource
    required: bool
    url: str
    lessons: tuple[Lesson, ...]
    quiz: QuizSource | None
    quiz_url: str | None
    prerequisites: tuple[tuple[str, str], ...]

    @property
    def minutes(self) -> int:
        """The time that reading all lessons takes."""
        return sum(lesson.minutes for lesson in self.lessons)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Everything a portal's documents are made from.

    Attributes:
        body: returns the body of the article with a key.
        articles: input key → article.
        pages: path → page and its article, sorted by path.
        resources: pages that are no lessons, by title.
        courses: required ones first, then by title; a course never before its prerequisites of the same kind.
        downloads: by name.
        words: the interface's words in the look's language.
        labels: names of types, topics and folders.
        sections: folders of ``content/`` in the order that the look's ``extra.sections`` gives.
    """

    portal: Portal
    toolchain: Toolchain
    body: Callable[[str], ArticleBody]
    articles: Mapping[str, Article]
    pages: Mapping[str, tuple[SeenPage, Article]]
    resources: tuple[Entry, ...]
    courses: tuple[CourseContents, ...]
    downloads: tuple[Download, ...]
    words: Words
    labels: Labels
    sections: tuple[str, ...]

    @property
    def name(self) -> str:
        """The vendor's name for the portal."""
        return self.toolchain.site.name

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Resources and courses together, by title."""
        courses = (
            Entry(
                url=course.url,
                title=course.source.title,
                description=course.source.description,
                type=COURSE_TYPE,
                topics=course.source.topics,
                language=course.source.language,
            )
            for course in self.courses
        )
        return tuple(sorted((*self.resources, *courses), key=_by_title))

    def changes(self) -> tuple[tuple[date, Entry], ...]:
        """Return resources with the day of their latest change, latest first; foreign languages come last."""
        dated = [(entry.updated, entry) for entry in self.resources if entry.updated is not None]
        spoken = self.words.language
        return tuple(
            sorted(dated, key=lambda pair: (-pair[0].toordinal(), pair[1].language != spoken, *_by_title(pair[1])))
        )


def contents(portal: Portal, articles: Mapping[str, Article], engine: Engine) -> Contents:
    """Take from a portal what its documents show.

    Args:
        portal: the portal.
        articles: input key → article.
        engine: the site's.
    """
    pages = {path: (seen, articles[seen.input.key]) for path, seen in portal.pages.items()}
    toolchain = engine.toolchain
    return Contents(
        portal=portal,
        toolchain=toolchain,
        body=engine.body,
        articles=articles,
        pages=pages,
        resources=tuple(
            sorted(
                (
                    _entry(portal, seen, article)
                    for path, (seen, article) in pages.items()
                    if seen.page.course is None and path != HOME
                ),
                key=_by_title,
            )
        ),
        courses=_courses(portal, pages),
        downloads=_downloads(portal, pages),
        words=words(str(toolchain.site.look.theme.get("language", DEFAULT))),
        labels=toolchain.labels,
        sections=_sections(toolchain.site.look.extra.get("sections")),
    )


HOME = "content/index.md"
"""The page that gives a home document its welcome."""


def minutes_to_read(article: Article) -> int:
    """Return how long reading an article takes, in minutes, at least 1."""
    return max(1, round(article.words / WORDS_PER_MINUTE))


def _by_title(entry: Entry) -> tuple[str, str]:
    return entry.title.casefold(), entry.url


def _entry(portal: Portal, seen: SeenPage, article: Article) -> Entry:
    meta = seen.page.source.meta
    return Entry(
        url=seen.page.address.url,
        title=article.title,
        description=article.description,
        type=meta.type,
        topics=meta.topics,
        language=article.language,
        first=seen.dates.first,
        updated=seen.dates.updated,
        file=_kind(meta.file) if meta.file in portal.assets and meta.file is not None else None,
    )


def _courses(portal: Portal, pages: Mapping[str, tuple[SeenPage, Article]]) -> tuple[CourseContents, ...]:
    found = {identifier: _course(portal, seen, pages) for identifier, seen in portal.courses.items()}
    order: dict[str, CourseContents] = {}

    def place(identifier: str) -> None:
        if identifier in found and identifier not in order:
            course = found.pop(identifier)
            for needed in course.source.prerequisites:
                if needed in found and found[needed].required == course.required:
                    place(needed)
            order[identifier] = course

    for course in sorted(found.values(), key=lambda course: (course.source.title.casefold(), course.source.id)):
        place(course.source.id)
    return tuple(sorted(order.values(), key=lambda course: not course.required))


def _course(portal: Portal, seen: SeenCourse, pages: Mapping[str, tuple[SeenPage, Article]]) -> CourseContents:
    course = seen.course
    return CourseContents(
        source=course.source,
        required=seen.required,
        url=course.address.url,
        lessons=tuple(
            Lesson(
                path=path,
                url=pages[path][0].page.address.url,
                title=pages[path][1].title,
                minutes=minutes_to_read(pages[path][1]),
            )
            for path in course.source.lessons
            if path in pages
        ),
        quiz=course.quiz,
        quiz_url=address_of(course.quiz.path).url if course.quiz else None,
        prerequisites=tuple(
            (portal.courses[needed].course.source.title, portal.courses[needed].course.address.url)
            for needed in course.source.prerequisites
            if needed in portal.courses
        ),
    )


def _downloads(portal: Portal, pages: Mapping[str, tuple[SeenPage, Article]]) -> tuple[Download, ...]:
    found: dict[str, Download] = {}
    for seen, article in pages.values():
        presented = seen.page.source.meta.file
        linked = (reference.target for reference in article.references)
        for path in (presented, *linked):
            if path is None or path not in portal.assets:
                continue
            keeps = path == presented or _kind(path).lower() in _DOCUMENTS
            if keeps and (path not in found or path == presented):
                found[path] = Download(
                    url=address_of(path).url,
                    name=posixpath.basename(path),
                    kind=_kind(path),
                    page=(article.title, seen.page.address.url),
                )
    return tuple(sorted(found.values(), key=lambda download: (download.name.casefold(), download.url)))


def _kind(path: str) -> str:
    return posixpath.splitext(path)[1].removeprefix(".").upper() or "FILE"


def _sections(value: object) -> tuple[str, ...]:
    return tuple(str(name) for name in value) if isinstance(value, list | tuple) else ()
