"""Views: who sees a page, in which text and with which dates; who sees a course.

A page is worked out once for all viewers to whom it looks the same, however many they are.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import NamedTuple, TypeVar

from msgspec import Struct

from prmbuild.cache.facts import Facts, digest
from prmbuild.catalog.catalog import Catalog, Course, Page
from prmbuild.portals.texts import Admits, Dates, Texts
from prmbuild.render.article import PageInput
from prmbuild.render.late import Late
from prmbuild.visibility.audience import Viewer
from prmbuild.visibility.sets import For, Readership, Translation, split

_Item = TypeVar("_Item")


class SeenPage(Struct, frozen=True, kw_only=True):
    """A page as some viewers see it."""

    page: Page
    input: PageInput
    dates: Dates


class SeenCourse(Struct, frozen=True, kw_only=True):
    """A course as some viewers see it. ``required`` tells whether they must do it."""

    course: Course
    required: bool


class Views(Struct, frozen=True, kw_only=True):
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

    def only(self, viewers: Sequence[Viewer]) -> "Views":
        """Return what some viewers can read, to whom the sets of the result refer."""
        chosen = Translation([1 << self.readership.viewers.index(viewer) for viewer in viewers])
        return Views(
            readership=Readership(viewers), pages=_kept(chosen, self.pages), courses=_kept(chosen, self.courses)
        )


def _kept(chosen: Translation, seen: Mapping[str, For[_Item]]) -> Mapping[str, For[_Item]]:
    """Return what the chosen viewers see."""
    translated = {key: tuple((some, item) for some, item in items if some) for key, items in chosen.all(seen).items()}
    return {key: items for key, items in translated.items() if items}


def joined(seen: For[object]) -> int:
    """Return all who see something, in whichever way."""
    return sum(viewers for viewers, _ in seen)


def views(catalog: Catalog, texts: Texts, facts: Facts, only: Collection[str] | None = None) -> Views:
    """Work out what viewers can read.

    Args:
        catalog: what there is to read.
        texts: resolves pages for readers.
        facts: what was found out about pages before.
        only: paths of the pages that are asked about; None for all. Courses are always all there.
    """
    readership = Readership(catalog.programme.viewers())
    takers = _takers(catalog, texts, lambda path: readership.admitted_by_all(catalog.policy.audiences(path)))
    asked = catalog.pages if only is None else catalog.pages.keys() & only
    wanted = {path: _depends(catalog.pages[path], takers) for path in sorted(asked)}
    sights = facts.recall(
        "sights",
        wanted,
        lambda missing: {path: _sights(catalog, texts, readership, catalog.pages[path], takers) for path in missing},
        tuple[_Sight, ...],
    )
    return Views(
        readership=readership,
        pages={path: _seen(catalog.pages[path], sights[path], texts, readership) for path in wanted if sights[path]},
        courses={
            identifier: _course(catalog.courses[identifier], takers[identifier], readership)
            for identifier in sorted(takers)
            if takers[identifier]
        },
    )


class _Sight(NamedTuple):
    """How a page looks to some viewers: the key of its input, and its dates."""

    viewers: int
    key: str
    dates: Dates


def _depends(page: Page, takers: Mapping[str, int]) -> str:
    """Return the digest of all that the sights of a page depend on, the configuration apart."""
    versions = [f"{version.blob} {version.commit.at.isoformat()}" for version in (page.version, *page.earlier)]
    course = "" if page.course is None else f"{takers.get(page.course, 0):x}"
    return digest("\0".join([course, *versions]).encode())


def _sights(
    catalog: Catalog, texts: Texts, readership: Readership, page: Page, takers: Mapping[str, int]
) -> tuple[_Sight, ...]:
    readers = readership.admitted_by_all(catalog.policy.audiences(page.path))
    if page.course is not None:
        readers &= takers.get(page.course, 0)
    blocks = texts.blocks(page) if readers else None
    if blocks is None:
        return ()
    found: dict[tuple[str, Dates], int] = {}
    for viewers in split(readers, map(readership.admitted, texts.audiences(page))):
        admits = _admits(readership, viewers)
        look = blocks.resolve(admits), texts.dates(page, admits)
        found[look] = found.get(look, 0) | viewers
    return tuple([_Sight(viewers, _input_key(page, text), dates) for (text, dates), viewers in found.items()])


def _input_key(page: Page, text: str) -> str:
    meta = page.source.meta
    return PageInput.of(
        path=page.path, text=text, title=meta.title, description=meta.description, language=meta.language
    ).key


def _seen(page: Page, sights: Sequence[_Sight], texts: Texts, readership: Readership) -> For[SeenPage]:
    return tuple(
        (sight.viewers, SeenPage(page=page, input=_input(page, sight, texts, readership), dates=sight.dates))
        for sight in sights
    )


def _input(page: Page, sight: _Sight, texts: Texts, readership: Readership) -> PageInput:
    meta = page.source.meta
    return PageInput(
        key=sight.key,
        path=page.path,
        title=meta.title,
        description=meta.description,
        language=meta.language,
        read_text=Late(partial(_text, page, texts, readership, sight.viewers)),
    )


def _text(page: Page, texts: Texts, readership: Readership, viewers: int) -> str:
    """Return a page's body as some viewers see it, to all of whom it looks the same."""
    blocks = texts.blocks(page)
    assert blocks is not None
    return blocks.resolve(_admits(readership, viewers))


def _admits(readership: Readership, viewers: int) -> Admits:
    """Return who is admitted, asked for one of some viewers who are all admitted alike."""
    one = viewers & -viewers
    return lambda audience: bool(readership.admitted(audience) & one)


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
