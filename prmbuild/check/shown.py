"""Which portals show what, in the form that checks ask for it."""

from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct

from prmbuild.desired import Desired
from prmbuild.portals.views import SeenPage
from prmbuild.render.article import Article
from prmbuild.source.history import Version
from prmbuild.visibility.audience import Viewer
from prmbuild.visibility.sets import members

Mask = int
"""A set of portals: a bit for each, the first by id lowest."""


class ShownPage(Struct, frozen=True, kw_only=True):
    """A page as some portals show it."""

    seen: SeenPage
    article: Article
    portals: Mask


class Shown:
    """What the portals of a programme show.

    Args:
        state: the programme and its portals.
    """

    def __init__(self, state: Desired) -> None:
        self._state = state

    @cached_property
    def pages(self) -> Mapping[str, tuple[ShownPage, ...]]:
        """Repository path → the page as it is shown, each variant once."""
        articles = self._state.articles
        return {
            path: tuple(
                ShownPage(seen=seen, article=articles[seen.input.key], portals=portals) for portals, seen in items
            )
            for path, items in self._state.shown.pages.items()
        }

    @property
    def assets(self) -> Mapping[str, tuple[tuple[Mask, Version], ...]]:
        """Repository path → the portals that show each version."""
        return self._state.shown.assets

    def leads(self, target: str, fragment: str) -> Mask:
        """Return the portals in which a link leads somewhere, its anchor included.

        Args:
            target: repository path of what it names.
            fragment: the part behind ``#``, decoded; may be empty.
        """
        return self._state.destinations.leads(target, fragment)

    def everywhere(self, article: Article) -> Mask:
        """Return the portals in which all that an article links to leads somewhere."""
        return self._state.destinations.everywhere(article)

    def viewers(self, portals: Mask) -> tuple[Viewer, ...]:
        """Return the viewers of a set of portals."""
        return tuple(viewer for number in members(portals) for viewer in self._state.portals[number].viewers)


def first(portals: Mask) -> Mask:
    """Return the first portal of a set that is not empty."""
    return portals & -portals
