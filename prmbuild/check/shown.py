"""Which portals show what: every variant of a page once, with all the portals that show it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from prmbuild.portals.views import Portal, SeenPage
from prmbuild.render.article import Article
from prmbuild.source.history import Version
from prmbuild.visibility.audience import Viewer

Mask = int
"""A set of portals: a bit for each, the first by id lowest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPage:
    """A page as some portals show it."""

    seen: SeenPage
    article: Article
    portals: Mask


class Shown:
    """What the portals of a programme show, gathered in one walk so that no check has to walk them again.

    Attributes:
        pages: repository path → the page as it is shown, each variant once.
        assets: repository path → version by version, the portals that show it.
    """

    def __init__(self, portals: Iterable[Portal], articles: Mapping[str, Article]) -> None:
        self._portals = tuple(portals)
        variants: dict[str, dict[str, tuple[SeenPage, Mask]]] = {}
        assets: dict[str, dict[str | None, tuple[Version, Mask]]] = {}
        courses: dict[str, Mask] = {}
        for number, portal in enumerate(self._portals):
            bit = 1 << number
            for path, seen in portal.pages.items():
                of_page = variants.setdefault(path, {})
                first, mask = of_page.get(seen.input.key, (seen, 0))
                of_page[seen.input.key] = first, mask | bit
            for path, version in portal.assets.items():
                of_asset = assets.setdefault(path, {})
                found, mask = of_asset.get(version.blob, (version, 0))
                of_asset[version.blob] = found, mask | bit
            for course in portal.courses.values():
                for file in (course.course.source.path, course.course.quiz.path if course.course.quiz else None):
                    if file is not None:
                        courses[file] = courses.get(file, 0) | bit
        self.pages: Mapping[str, tuple[ShownPage, ...]] = {
            path: tuple(
                ShownPage(seen=seen, article=articles[key], portals=mask) for key, (seen, mask) in found.items()
            )
            for path, found in variants.items()
        }
        self.assets: Mapping[str, tuple[tuple[Version, Mask], ...]] = {
            path: tuple(found.values()) for path, found in assets.items()
        }
        self._files = courses
        for path, versions in self.assets.items():
            courses[path] = courses.get(path, 0) | _all(mask for _, mask in versions)
        self._leading = lru_cache(maxsize=None)(self._leads)

    def leads(self, target: str, fragment: str) -> Mask:
        """Return the portals in which a link leads somewhere, its anchor included.

        Args:
            target: repository path of what it names.
            fragment: the part behind ``#``, decoded; may be empty.
        """
        return self._leading(target, fragment)

    def viewers(self, portals: Mask) -> tuple[Viewer, ...]:
        """Return the viewers of a set of portals."""
        return tuple(
            viewer for number, portal in enumerate(self._portals) if portals >> number & 1 for viewer in portal.viewers
        )

    def _leads(self, target: str, fragment: str) -> Mask:
        found = self.pages.get(target)
        if found is None:
            return self._files.get(target, 0)
        return _all(page.portals for page in found if not fragment or fragment in page.article.anchors)


def first(portals: Mask) -> Mask:
    """Return the first portal of a set that is not empty."""
    return portals & -portals


def _all(masks: Iterable[Mask]) -> Mask:
    everyone = 0
    for mask in masks:
        everyone |= mask
    return everyone
