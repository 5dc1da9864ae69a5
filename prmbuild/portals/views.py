"""Views: who sees a page, in which text and with which dates; who sees a course.

A page is worked out once for all viewers to whom it looks the same, however many they are.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from prmbuild.catalog.catalog import Catalog, Course, Page
from prmbuild.portals.texts import Dates, Texts
from prmbuild.render.article import PageInput
from prmbuild.visibility.audience import Viewer
from prmbuild.visibility.sets import For, Readership, split


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPage:
    """A page as some viewers see it."""

    page: Page
    input: PageInput
    dates: Dates


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenCourse:
    """A course as some viewers see it. ``required`` tells whether they must do it."""

    course: Course
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """What viewers can read, before assets are known.

    Attributes:
        readership: gives viewers their bits.
        pages: repository path → the page as each set of viewers sees it, sorted by path; without what nobody sees.
        courses: course id → likewise, sorted by id.
    """

    readership: Readership
    pages: Mapping[str, For[SeenPage]]
    courses: Mapping[str, For[SeenCourse]]

    def inputs(self) -> Mapping[str, PageInput]:
        """Return key → input of every article that somebody sees, each once."""
        return {seen.input.key: seen.input for items in self.pages.values() for _, seen in items}

    def readers(self, path: str) -> int:
        """Return who sees a page."""
        return joined(self.pages.get(path, ()))

    def takers(self, course: str) -> int:
        """Return who sees a course."""
        return joined(self.courses.get(course, ()))


def joined(seen: For[object]) -> int:
    """Return all who see something, in whichever way."""
    return sum(viewers for viewers, _ in seen)


def views(
    catalog: Catalog, texts: Texts, only: Collection[str] | None = None, viewers: Sequence[Viewer] | None = None
) -> Views:
    """Work out what viewers can read.

    Args:
        catalog: what is published.
        texts: resolves pages.
        only: paths of the pages that are asked about; None for all. Courses are always all there.
        viewers: those that are asked about; None for all of the programme.
    """
    readership = Readership(catalog.programme.viewers() if viewers is None else viewers)
    takers = _takers(catalog, texts, lambda path: readership.admitted_by_all(catalog.policy.audiences(path)))
    asked = catalog.pages if only is None else catalog.pages.keys() & only
    pages = {path: _page(catalog, texts, readership, catalog.pages[path], takers) for path in sorted(asked)}
    return Views(
        readership=readership,
        pages={path: seen for path, seen in pages.items() if seen},
        courses={
            identifier: _course(catalog.courses[identifier], takers[identifier], readership)
            for identifier in sorted(takers)
            if takers[identifier]
        },
    )


def _page(
    catalog: Catalog, texts: Texts, readership: Readership, page: Page, takers: Mapping[str, int]
) -> For[SeenPage]:
    readers = readership.admitted_by_all(catalog.policy.audiences(page.path))
    if page.course is not None:
        readers &= takers.get(page.course, 0)
    blocks = texts.blocks(page) if readers else None
    if blocks is None:
        return ()
    found: dict[object, tuple[int, SeenPage]] = {}
    for viewers in split(readers, map(readership.admitted, texts.audiences(page))):
        one = viewers & -viewers
        admits = lambda audience, one=one: bool(readership.admitted(audience) & one)  # noqa: E731
        text, dates = blocks.resolve(admits), texts.dates(page, admits)
        others, seen = found.get((text, dates), (0, None))
        found[text, dates] = others | viewers, seen or _seen(page, text, dates)
    return tuple(found.values())


def _seen(page: Page, text: str, dates: Dates) -> SeenPage:
    meta = page.source.meta
    return SeenPage(
        page=page,
        input=PageInput(
            path=page.path, text=text, title=meta.title, description=meta.description, language=meta.language
        ),
        dates=dates,
    )


def _takers(catalog: Catalog, texts: Texts, readers: Callable[[str], int]) -> dict[str, int]:
    """Return course id → who sees it: whoever sees all its parts, and all courses that it requires."""
    shown: dict[str, int] = {}
    for identifier, course in catalog.courses.items():
        source = course.source
        lessons = [catalog.pages.get(lesson) for lesson in source.lessons]
        whole = course.complete and all(lesson and texts.blocks(lesson) is not None for lesson in lessons)
        takers = readers(source.path) if whole else 0
        for part in (*source.lessons, *((source.quiz,) if source.quiz else ())):
            takers &= readers(part)
        shown[identifier] = takers
    changed = True
    while changed:
        changed = False
        for identifier, takers in shown.items():
            left = takers
            for needed in catalog.courses[identifier].source.prerequisites:
                left &= shown.get(needed, 0)
            if left != takers:
                shown[identifier] = left
                changed = True
    return shown


def _course(course: Course, takers: int, readership: Readership) -> For[SeenCourse]:
    rule = course.source.required_for
    required = takers & readership.admitted(rule.audience) if rule is not None else 0
    return tuple(
        (viewers, SeenCourse(course=course, required=must))
        for viewers, must in ((required, True), (takers ^ required, False))
        if viewers
    )
