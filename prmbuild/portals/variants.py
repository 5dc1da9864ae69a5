"""The variants of each page: what its bytes depend on, for the portals that show it so."""

from collections.abc import Callable, Mapping
from functools import cached_property, reduce
from hashlib import sha256
from operator import and_

from prmbuild.catalog.catalog import Catalog
from prmbuild.portals.pictures import DimensionsOf, Pictures
from prmbuild.portals.portals import Shown
from prmbuild.portals.views import SeenPage, joined
from prmbuild.render.article import Article, Reference
from prmbuild.render.page import PageFacts
from prmbuild.render.variant import Variant
from prmbuild.source.history import Version
from prmbuild.visibility.sets import For, seen_by, split

HOME = "index.html"

SizeOf = Callable[[Version], int]
"""Returns the size of a version of an asset, in bytes."""


class Destinations:
    """Tells in which portals a reference leads somewhere; or for which viewers, where these are told apart.

    Args:
        shown: what the portals, or the viewers, see.
        articles: key of its input → article.
    """

    def __init__(self, shown: Shown, articles: Mapping[str, Article]) -> None:
        self._shown = shown
        self._articles = articles
        self._files = {
            path: joined(seen) for seen in shown.courses.values() for _, one in seen for path in one.course.files
        }
        self._known: dict[tuple[str, str], int] = {}
        self._reach: dict[str, tuple[int, ...]] = {}

    @cached_property
    def mark(self) -> str:
        """The digest of all that decides where a reference leads somewhere."""
        told: list[str] = []
        for path, pages in self._shown.pages.items():
            told.append(path)
            told += [f"{portals:x} {self._articles[seen.input.key].headings}" for portals, seen in pages]
        for path, assets in self._shown.assets.items():
            told.append(path)
            told += [f"{portals:x} {version.blob}" for portals, version in assets]
        told += [f"{portals:x} {path}" for path, portals in self._files.items()]
        return sha256("\0".join(told).encode("utf-8", "surrogatepass")).hexdigest()

    def of(self, reference: Reference) -> int:
        """Return the portals whose readers can see what a reference names, its anchor included."""
        return 0 if reference.target is None else self.leads(reference.target, reference.fragment)

    def leads(self, path: str, fragment: str) -> int:
        """Return the portals in which a link leads somewhere.

        Args:
            path: repository path of what it names.
            fragment: the anchor on it, decoded; may be empty.
        """
        known = self._known.get((path, fragment))
        if known is None:
            known = self._known[path, fragment] = self._look_up(path, fragment)
        return known

    def reach(self, article: Article) -> tuple[int, ...]:
        """Return for each outward reference of an article the portals in which it leads somewhere."""
        known = self._reach.get(article.key)
        if known is None:
            known = self._reach[article.key] = tuple(map(self.of, article.outward))
        return known

    def everywhere(self, article: Article) -> int:
        """Return the portals in which all references of an article lead somewhere that name something published."""
        reached = zip(article.outward, self.reach(article), strict=True)
        return reduce(and_, (leads for reference, leads in reached if reference.target is not None), -1)

    def followed(self, article: Article, portals: int) -> frozenset[str]:
        """Return the URLs of an article's internal references that may stay, as they stand in its HTML.

        Args:
            article: the article.
            portals: for whom; in all of them the same references must lead somewhere.
        """
        reached = zip(article.outward, self.reach(article), strict=True)
        return article.inward.union(reference.written for reference, leads in reached if leads & portals)

    def _look_up(self, path: str, fragment: str) -> int:
        pages = self._shown.pages.get(path)
        if pages is not None:
            return sum(
                portals for portals, seen in pages if not fragment or fragment in self._articles[seen.input.key].anchors
            )
        return joined(self._shown.assets.get(path, ())) | self._files.get(path, 0)


def variants(
    shown: Shown,
    catalog: Catalog,
    articles: Mapping[str, Article],
    destinations: Destinations,
    size_of: SizeOf,
    dimensions_of: DimensionsOf,
) -> Mapping[str, For[Variant]]:
    """Return repository path → variants of every page; a portal's home page is a document of the portal's own.

    Args:
        shown: what the portals show.
        catalog: knows addresses.
        articles: key of its input → article.
        destinations: tells which references lead somewhere.
        size_of: measures downloads.
        dimensions_of: measures pictures.
    """
    pictures = Pictures(shown, dimensions_of)
    made: dict[str, For[Variant]] = {}
    for path, items in shown.pages.items():
        if items[0][1].page.address.file == HOME:
            continue
        found: list[tuple[int, Variant]] = []
        for portals, seen in items:
            article = articles[seen.input.key]
            cuts = {leads for leads in destinations.reach(article) if 0 != leads & portals != portals}
            cuts.update(pictures.cuts(article))
            file = seen.page.source.meta.file
            downloads = shown.assets.get(file, ()) if file is not None else ()
            cuts.update(some for some, _ in downloads)
            found += (
                (
                    some,
                    Variant(
                        article=article,
                        followed=destinations.followed(article, some),
                        facts=_facts(seen, some, shown, catalog, size_of),
                        pictures=pictures.of(article, some),
                    ),
                )
                for some in split(portals, cuts)
            )
        made[path] = tuple(found)
    return made


def _facts(seen: SeenPage, portals: int, shown: Shown, catalog: Catalog, size_of: SizeOf) -> PageFacts:
    meta = seen.page.source.meta
    download = None
    version = seen_by(shown.assets.get(meta.file, ()), portals) if meta.file is not None else None
    if version is not None:
        address = catalog.addresses[version.path]
        download = (address.url, address.file.rsplit("/", 1)[-1], size_of(version))
    course = lesson = None
    if seen.page.course is not None:
        shows = catalog.courses[seen.page.course]
        course = (shows.source.title, shows.address.url)
        lesson = (shows.source.lessons.index(seen.page.path) + 1, len(shows.source.lessons))
    return PageFacts(
        updated=seen.dates.updated.isoformat(),
        type=meta.type,
        topics=meta.topics,
        download=download,
        course=course,
        lesson=lesson,
    )
