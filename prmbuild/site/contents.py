"""What a portal shows, in the form its documents are made from."""

from collections.abc import Iterable, Mapping
from functools import cached_property

from msgspec import Struct

from prmbuild.authored.resource import CourseSource, QuizSource
from prmbuild.catalog.address import address_of
from prmbuild.portals.pictures import Pictures
from prmbuild.portals.portals import Portal, Portals
from prmbuild.portals.variants import Destinations
from prmbuild.portals.views import SeenCourse
from prmbuild.render.article import Article
from prmbuild.render.material import Toolchain
from prmbuild.render.pictures import Picture
from prmbuild.render.words import DEFAULT, Labels, Words, words
from prmbuild.site.entries import COURSE_TYPE, Entry, entries
from prmbuild.site.folders import FolderView, folder_views
from prmbuild.source.snapshot import CONTENT
from prmbuild.visibility.sets import For, seen_by

HOME = "content/index.md"
"""The page that gives a home document its welcome."""


class CourseContents(Struct, frozen=True, kw_only=True):
    """A course as its documents show it.

    Attributes:
        url: relative to the portal's root.
        prerequisites: title and URL of each.
    """

    source: CourseSource
    required: bool
    url: str
    lessons: tuple[Entry, ...]
    quiz: QuizSource | None
    quiz_url: str | None
    prerequisites: tuple[tuple[str, str], ...]

    @property
    def shows(self) -> tuple[object, ...]:
        """All that its documents show of it."""
        lessons = tuple(lesson.mark for lesson in self.lessons)
        return (self.source, self.required, self.url, lessons, self.quiz, self.quiz_url, self.prerequisites)

    @property
    def minutes(self) -> int:
        """The time that reading all lessons takes."""
        return sum(lesson.minutes for lesson in self.lessons)

    @property
    def entry(self) -> Entry:
        """The course in a list."""
        return Entry(
            path=self.source.path,
            url=self.url,
            title=self.source.title,
            description=self.source.description,
            type=COURSE_TYPE,
            topics=self.source.topics,
            language=self.source.language,
            parts=tuple(lesson.title for lesson in self.lessons),
        )


class Contents(Struct, frozen=True, kw_only=True, dict=True):
    """Everything a portal's documents are made from.

    Attributes:
        resources: its pages below ``content/``, the welcome apart.
        lessons: its pages below ``courses/``.
        courses: required ones first, then by title; a course never before its prerequisites of the same kind.
        welcome: the programme's own welcome, where there is one.
        common: what all portals have in common.
    """

    resources: FolderView
    lessons: FolderView
    courses: tuple[CourseContents, ...]
    welcome: "Welcome | None"
    common: "Common"

    @cached_property
    def course_entries(self) -> tuple[Entry, ...]:
        """The courses as they stand in lists."""
        return tuple(course.entry for course in self.courses)


class Welcome(Struct, frozen=True, kw_only=True):
    """The page that welcomes readers.

    Attributes:
        followed: the URLs of its internal references that may stay.
        pictures: those of its pictures whose size is known.
    """

    entry: Entry
    article: Article
    followed: frozenset[str]
    pictures: tuple[Picture, ...]


class Common(Struct, frozen=True, kw_only=True, eq=False):
    """What all portals have in common.

    Attributes:
        words: the interface's words in the look's language.
        labels: names of types, topics and folders.
        sections: folders of ``content/`` in the order that the look's ``extra.sections`` gives.
    """

    toolchain: Toolchain
    words: Words
    labels: Labels
    sections: tuple[str, ...]

    @staticmethod
    def of(toolchain: Toolchain) -> "Common":
        """Return what all portals of a site have in common."""
        look = toolchain.site.look
        return Common(
            toolchain=toolchain,
            words=words(str(look.theme.get("language", DEFAULT))),
            labels=toolchain.labels,
            sections=_sections(look.extra.get("sections")),
        )


def contents(
    shown: Portals, articles: Mapping[str, Article], destinations: Destinations, pictures: Pictures, common: Common
) -> tuple[Contents, ...]:
    """Take from all portals what their documents show.

    Args:
        shown: what the portals show.
        articles: key of its input → article.
        destinations: tells which references lead somewhere.
        pictures: tells how large those of an article are.
        common: what all portals have in common.

    Returns:
        What each portal shows, in the portals' order.
    """
    listed = entries(shown, articles, common.words.language)
    resources = folder_views({path: seen for path, seen in listed.items() if path != HOME and _is_resource(path)})
    lessons = folder_views({path: seen for path, seen in listed.items() if not _is_resource(path)})
    nothing = FolderView(path="", entries=(), folders=())
    made = []
    for number, portal in enumerate(shown.all):
        one = 1 << number
        made.append(
            Contents(
                resources=seen_by(resources, one) or nothing,
                lessons=seen_by(lessons, one) or nothing,
                courses=_courses(portal, {path: seen_by(listed[path], one) for path in _lessons(portal)}),
                welcome=_welcome(one, listed, articles, destinations, pictures),
                common=common,
            )
        )
    return tuple(made)


def _is_resource(path: str) -> bool:
    return path.startswith(f"{CONTENT}/")


def _lessons(portal: Portal) -> Iterable[str]:
    return (lesson for seen in portal.courses.values() for lesson in seen.course.source.lessons)


def _welcome(
    portal: int,
    listed: Mapping[str, For[Entry]],
    articles: Mapping[str, Article],
    destinations: Destinations,
    pictures: Pictures,
) -> Welcome | None:
    entry = seen_by(listed.get(HOME, ()), portal)
    if entry is None:
        return None
    article = articles[entry.key]
    return Welcome(
        entry=entry,
        article=article,
        followed=destinations.followed(article, portal),
        pictures=pictures.of(article, portal),
    )


def _courses(portal: Portal, lessons: Mapping[str, Entry | None]) -> tuple[CourseContents, ...]:
    found = {identifier: _course(portal, seen, lessons) for identifier, seen in portal.courses.items()}
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


def _course(portal: Portal, seen: SeenCourse, lessons: Mapping[str, Entry | None]) -> CourseContents:
    course = seen.course
    return CourseContents(
        source=course.source,
        required=seen.required,
        url=course.address.url,
        lessons=tuple(entry for path in course.source.lessons if (entry := lessons[path]) is not None),
        quiz=course.quiz,
        quiz_url=address_of(course.quiz.path).url if course.quiz else None,
        prerequisites=tuple(
            (portal.courses[needed].course.source.title, portal.courses[needed].course.address.url)
            for needed in course.source.prerequisites
            if needed in portal.courses
        ),
    )


def _sections(value: object) -> tuple[str, ...]:
    return tuple(str(name) for name in value) if isinstance(value, list | tuple) else ()
