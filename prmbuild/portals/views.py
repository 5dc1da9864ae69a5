"""Views: what a viewer sees, page by page. Viewers with the same view share a portal.

Two viewers whom the same audiences admit see the same, so views are worked out once per set of admitting audiences.
Which assets a page shows is known only from its rendered article, so articles come in between `reading` and `views`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from prmbuild.catalog.catalog import Catalog, Course, Page
from prmbuild.portals.naming import portal_id
from prmbuild.portals.texts import Dates, Texts
from prmbuild.render.article import Article, PageInput
from prmbuild.source.history import Version
from prmbuild.visibility.audience import Audience, Viewer, admits


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPage:
    """A page as a class of viewers sees it."""

    page: Page
    input: PageInput
    dates: Dates


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenCourse:
    """A course as a class of viewers sees it. ``required`` tells whether they must do it."""

    course: Course
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the viewers whom the same audiences admit can read, before assets are known.

    Attributes:
        viewers: all of them, in authored order.
        admitted: the audiences that admit them.
        pages: repository path → page, sorted by path.
        courses: course id → course, sorted by id.
    """

    viewers: tuple[Viewer, ...]
    admitted: frozenset[Audience]
    pages: Mapping[str, SeenPage]
    courses: Mapping[str, SeenCourse]


@dataclass(frozen=True, slots=True, kw_only=True)
class Portal:
    """The site of all viewers that see exactly the same.

    Attributes:
        id: see `prmbuild.portals.naming`.
        viewers: in authored order.
        pages: repository path → page, sorted by path.
        courses: course id → course, sorted by id.
        assets: repository path → version, sorted by path.
    """

    id: str
    viewers: tuple[Viewer, ...]
    pages: Mapping[str, SeenPage]
    courses: Mapping[str, SeenCourse]
    assets: Mapping[str, Version]

    def visible(self, path: str) -> bool:
        """Tell whether a link to the repository path may stand in this portal."""
        return path in self.pages or path in self.assets or path in self._course_files

    @property
    def _course_files(self) -> frozenset[str]:
        return frozenset(
            path
            for seen in self.courses.values()
            for path in (seen.course.source.path, seen.course.quiz.path if seen.course.quiz else None)
            if path is not None
        )


def readings(catalog: Catalog, texts: Texts) -> tuple[Reading, ...]:
    """Work out what each class of viewers can read."""
    audiences = _audiences(catalog, texts)
    classes: dict[frozenset[Audience], list[Viewer]] = {}
    for viewer in catalog.programme.viewers():
        admitted = frozenset(audience for audience in audiences if admits(audience, viewer))
        classes.setdefault(admitted, []).append(viewer)
    return tuple(_reading(catalog, texts, tuple(viewers), admitted) for admitted, viewers in classes.items())


def inputs(found: Iterable[Reading]) -> Mapping[str, PageInput]:
    """Return key → input of every article that the readings need, each once."""
    return {seen.input.key: seen.input for reading in found for seen in reading.pages.values()}


def portals(catalog: Catalog, found: Iterable[Reading], articles: Mapping[str, Article]) -> tuple[Portal, ...]:
    """Join readings that come out the same into portals.

    Args:
        catalog: where assets come from.
        found: from `readings`.
        articles: key of its input → article, for every page of the readings.
    """
    views: dict[object, list[tuple[Reading, Mapping[str, Version]]]] = {}
    for reading in found:
        assets = _assets(catalog, reading, articles)
        view = (
            tuple((path, _appearance(seen)) for path, seen in reading.pages.items()),
            tuple((identifier, seen.required) for identifier, seen in reading.courses.items()),
            tuple((path, version.blob) for path, version in assets.items()),
        )
        views.setdefault(view, []).append((reading, assets))
    everyone = catalog.programme.viewers()
    made = []
    for members in views.values():
        keys = {(viewer.partner, viewer.role) for reading, _ in members for viewer in reading.viewers}
        viewers = tuple(viewer for viewer in everyone if (viewer.partner, viewer.role) in keys)
        reading, assets = members[0]
        made.append(
            Portal(
                id=portal_id(viewers, everyone),
                viewers=viewers,
                pages=reading.pages,
                courses=reading.courses,
                assets=assets,
            )
        )
    return tuple(sorted(made, key=lambda portal: portal.id))


def _audiences(catalog: Catalog, texts: Texts) -> frozenset[Audience]:
    found = {rule.audience for rule in catalog.policy.rules}
    found |= {rule.audience for rule in catalog.policy.narrowing.values()}
    for course in catalog.courses.values():
        if course.source.required_for is not None:
            found.add(course.source.required_for.audience)
    for page in catalog.pages.values():
        found |= texts.audiences(page)
    return frozenset(found)


def _reading(catalog: Catalog, texts: Texts, viewers: tuple[Viewer, ...], admitted: frozenset[Audience]) -> Reading:
    def visible(path: str) -> bool:
        needed = catalog.policy.audiences(path)
        return bool(needed) and needed <= admitted

    courses = _courses(catalog, texts, visible, admitted)
    pages: dict[str, SeenPage] = {}
    for path, page in catalog.pages.items():
        if (page.course is None or page.course in courses) and visible(path):
            blocks = texts.blocks(page)
            if blocks is not None:
                meta = page.source.meta
                pages[path] = SeenPage(
                    page=page,
                    input=PageInput(
                        path=path,
                        text=blocks.resolve(admitted.__contains__),
                        title=meta.title,
                        description=meta.description,
                        language=meta.language,
                    ),
                    dates=texts.dates(page, admitted.__contains__),
                )
    return Reading(viewers=viewers, admitted=admitted, pages=dict(sorted(pages.items())), courses=courses)


def _courses(
    catalog: Catalog, texts: Texts, visible: Callable[[str], bool], admitted: frozenset[Audience]
) -> Mapping[str, SeenCourse]:
    def parts_show(course: Course) -> bool:
        parts = (course.source.path, *course.source.lessons, *((course.source.quiz,) if course.source.quiz else ()))
        return (
            course.complete
            and all(visible(part) for part in parts)
            and all(texts.blocks(catalog.pages[lesson]) is not None for lesson in course.source.lessons)
        )

    shown = {identifier for identifier, course in catalog.courses.items() if parts_show(course)}
    while lacking := {
        identifier for identifier in shown if not set(catalog.courses[identifier].source.prerequisites) <= shown
    }:
        shown -= lacking
    return {
        identifier: SeenCourse(
            course=catalog.courses[identifier],
            required=(rule := catalog.courses[identifier].source.required_for) is not None
            and rule.audience in admitted,
        )
        for identifier in sorted(shown)
    }


def _appearance(seen: SeenPage) -> tuple[object, ...]:
    meta = seen.page.source.meta
    return seen.input.key, seen.dates, meta.type, meta.topics, meta.order, meta.file


def _assets(catalog: Catalog, reading: Reading, articles: Mapping[str, Article]) -> Mapping[str, Version]:
    chosen: dict[str, Version] = {}
    for seen in reading.pages.values():
        wanted = {reference.target for reference in articles[seen.input.key].references}
        wanted.add(seen.page.source.meta.file)
        for path in catalog.assets.intersection(path for path in wanted if path is not None):
            needed = catalog.policy.audiences(path)
            version = catalog.asset(seen.page, path)
            if not needed or not needed <= reading.admitted or version is None:
                continue
            if path not in chosen or version.position < chosen[path].position:
                chosen[path] = version
    return dict(sorted(chosen.items()))
