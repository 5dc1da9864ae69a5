"""Portals: viewers who see exactly the same share one.

Which assets a page shows is known only from its rendered article, so articles come in between views and portals.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TypeVar

from msgspec import Struct

from prmbuild.catalog.catalog import Catalog
from prmbuild.portals.naming import portal_id
from prmbuild.portals.views import SeenCourse, SeenPage, Views
from prmbuild.render.article import Article
from prmbuild.source.history import Version
from prmbuild.visibility.audience import Viewer
from prmbuild.visibility.sets import For, Translation, seen_by

_Item = TypeVar("_Item")


class Part(Mapping[str, _Item]):
    """What one portal shows of a mapping that says it for all portals.

    Args:
        everything: key → what each set of portals shows.
        portal: the set with this portal alone.
    """

    def __init__(self, everything: Mapping[str, For[_Item]], portal: int) -> None:
        self._everything = everything
        self._portal = portal

    def __getitem__(self, key: str) -> _Item:
        found = seen_by(self._everything[key], self._portal)
        if found is None:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[str]:
        return (key for key, seen in self._everything.items() if seen_by(seen, self._portal) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Portal(Struct, frozen=True, kw_only=True, dict=True):
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

    @cached_property
    def _course_files(self) -> frozenset[str]:
        return frozenset(path for seen in self.courses.values() for path in seen.course.files)


class Shown(Struct, frozen=True, kw_only=True):
    """What sets see: sets of viewers, or of portals.

    Attributes:
        pages: repository path → the page as each set sees it, sorted by path.
        courses: course id → likewise, sorted by id.
        assets: repository path → the version of the asset, likewise, sorted by path.
    """

    pages: Mapping[str, For[SeenPage]]
    courses: Mapping[str, For[SeenCourse]]
    assets: Mapping[str, For[Version]]


class Portals(Shown, frozen=True, kw_only=True):
    """All portals of a programme, and what they show. In its sets bit n stands for the n-th portal.

    Attributes:
        all: sorted by id.
    """

    all: tuple[Portal, ...]

    @property
    def everyone(self) -> int:
        """The set of all portals."""
        return (1 << len(self.all)) - 1


def shown_to_viewers(catalog: Catalog, views: Views, articles: Mapping[str, Article]) -> Shown:
    """Return what viewers see; in its sets bit n stands for the n-th viewer.

    Args:
        catalog: where assets come from.
        views: what viewers can read.
        articles: key of its input → article, for every page of the views.
    """
    return Shown(pages=views.pages, courses=views.courses, assets=_assets(catalog, views, articles))


def portals(catalog: Catalog, views: Views, articles: Mapping[str, Article]) -> Portals:
    """Join viewers who see the same into portals; see `shown_to_viewers`."""
    assets = _assets(catalog, views, articles)
    readership = views.readership
    cuts = {viewers for part in (views.pages, views.courses, assets) for seen in part.values() for viewers, _ in seen}
    classes = _classes(readership.everyone, cuts)
    everyone = catalog.programme.viewers()
    named = sorted((portal_id(readership.of(viewers), everyone), viewers) for viewers in classes)
    to_portals = Translation([viewers for _, viewers in named])
    pages, courses, files = to_portals.all(views.pages), to_portals.all(views.courses), to_portals.all(assets)
    return Portals(
        all=tuple(
            Portal(
                id=identifier,
                viewers=readership.of(viewers),
                pages=Part(pages, 1 << number),
                courses=Part(courses, 1 << number),
                assets=Part(files, 1 << number),
            )
            for number, (identifier, viewers) in enumerate(named)
        ),
        pages=pages,
        courses=courses,
        assets=files,
    )


def _classes(everyone: int, cuts: Iterable[int]) -> list[int]:
    """Split everyone by all cuts. Each viewer is looked at by itself, as there are many more cuts than classes."""
    ordered = sorted(cuts)
    classes: dict[tuple[int, ...], int] = {}
    while everyone:
        one = everyone & -everyone
        everyone ^= one
        inside = tuple(number for number, cut in enumerate(ordered) if cut & one)
        classes[inside] = classes.get(inside, 0) | one
    return list(classes.values())


def _assets(catalog: Catalog, views: Views, articles: Mapping[str, Article]) -> Mapping[str, For[Version]]:
    """Return the version of each asset that viewers get: the newest that the approval of a page they see covers."""
    shown: dict[str, dict[int, list[Version]]] = {}
    for seen in views.pages.values():
        for viewers, page in seen:
            file = page.page.source.meta.file
            wanted = {*articles[page.input.key].files, *((file,) if file is not None else ())}
            for asset in wanted & catalog.assets:
                version = catalog.asset(page.page, asset)
                if version is not None:
                    shown.setdefault(asset, {}).setdefault(viewers, []).append(version)
    chosen: dict[str, For[Version]] = {}
    for path in sorted(shown):
        left = views.readership.admitted_by_all(catalog.policy.audiences(path))
        candidates = [
            (version.position, viewers, version) for viewers, found in shown[path].items() for version in found
        ]
        found: dict[str | None, tuple[int, Version]] = {}
        for _, viewers, version in sorted(candidates, key=lambda candidate: candidate[0]):
            if taken := viewers & left:
                left ^= taken
                others, first = found.get(version.blob, (0, version))
                found[version.blob] = others | taken, first
        if found:
            chosen[path] = tuple(found.values())
    return chosen
