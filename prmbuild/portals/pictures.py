"""How large the pictures of articles are, for those who see them: each portal may have another version of a file."""

from collections.abc import Callable

from prmbuild.dimensions import Dimensions
from prmbuild.media_types import media_type
from prmbuild.portals.portals import Shown
from prmbuild.render.article import Article
from prmbuild.render.pictures import Picture
from prmbuild.source.history import Version
from prmbuild.visibility.sets import For

DimensionsOf = Callable[[Version], Dimensions | None]
"""Returns how large a version of a picture is shown; None where that is not known."""


class Pictures:
    """Tells how large the pictures of articles are.

    Args:
        shown: what the portals, or the viewers, see.
        dimensions_of: measures pictures; asked once for each version.
    """

    def __init__(self, shown: Shown, dimensions_of: DimensionsOf) -> None:
        self._assets = shown.assets
        self._dimensions_of = dimensions_of
        self._known: dict[str, For[Dimensions]] = {}

    def cuts(self, article: Article) -> set[int]:
        """Return the sets that see a picture of an article in a size of its own."""
        return {some for reference in article.references for some, _ in self._of_file(reference.target)}

    def of(self, article: Article, portals: int) -> tuple[Picture, ...]:
        """Return those pictures of an article whose size is known, in order.

        Args:
            article: the article.
            portals: for whom; the `cuts` must not split them.
        """
        return tuple(
            Picture(reference.written, *size)
            for reference in article.references
            for some, size in self._of_file(reference.target)
            if some & portals
        )

    def _of_file(self, path: str | None) -> For[Dimensions]:
        """Return the size of a picture for each set that sees it; nothing for what is none."""
        if path is None or path not in self._assets or not media_type(path).startswith("image/"):
            return ()
        if path not in self._known:
            holders: dict[Dimensions, int] = {}
            for portals, version in self._assets[path]:
                size = self._dimensions_of(version)
                if size is not None:
                    holders[size] = holders.get(size, 0) | portals
            self._known[path] = tuple((portals, size) for size, portals in holders.items())
        return self._known[path]
