"""The variant of each page that a portal shows."""

from collections.abc import Callable, Mapping

from prmbuild.catalog.catalog import Catalog
from prmbuild.portals.views import Portal, SeenPage
from prmbuild.render.article import Article, Reference
from prmbuild.render.page import PageFacts
from prmbuild.render.variant import Variant
from prmbuild.source.history import Version

HOME = "index.html"

SizeOf = Callable[[Version], int]
"""Returns the size of a version of an asset, in bytes."""


def leads_somewhere(reference: Reference, portal: Portal, articles: Mapping[str, Article]) -> bool:
    """Tell whether a reference names something that the portal's readers can see, its anchor included."""
    if reference.target is None or not portal.visible(reference.target):
        return False
    seen = portal.pages.get(reference.target)
    return not reference.fragment or seen is None or reference.fragment in articles[seen.input.key].anchors


def followed(article: Article, portal: Portal, articles: Mapping[str, Article]) -> frozenset[str]:
    """Return the URLs of an article's internal references that may stay in a portal, as they stand in its HTML."""
    return frozenset(
        reference.written for reference in article.references if leads_somewhere(reference, portal, articles)
    )


def variants(
    portal: Portal, catalog: Catalog, articles: Mapping[str, Article], size_of: SizeOf
) -> Mapping[str, Variant]:
    """Return repository path → variant of every page of a portal; its home page is a document of the portal's own.

    Args:
        portal: whose readers they are for.
        catalog: the courses' lessons.
        articles: key of its input → article.
        size_of: measures downloads.
    """
    made: dict[str, Variant] = {}
    for path, seen in portal.pages.items():
        if seen.page.address.file == HOME:
            continue
        article = articles[seen.input.key]
        made[path] = Variant(
            article=article,
            followed=followed(article, portal, articles),
            facts=_facts(seen, portal, catalog, size_of),
        )
    return made


def _facts(seen: SeenPage, portal: Portal, catalog: Catalog, size_of: SizeOf) -> PageFacts:
    meta = seen.page.source.meta
    download = None
    if meta.file is not None and meta.file in portal.assets:
        address = catalog.addresses[meta.file]
        download = (address.url, address.file.rsplit("/", 1)[-1], size_of(portal.assets[meta.file]))
    course = lesson = None
    if seen.page.course is not None:
        shown = portal.courses[seen.page.course].course
        course = (shown.source.title, shown.address.url)
        lesson = (shown.source.lessons.index(seen.page.path) + 1, len(shown.source.lessons))
    return PageFacts(
        updated=seen.dates.updated.isoformat(),
        type=meta.type,
        topics=meta.topics,
        download=download,
        course=course,
        lesson=lesson,
    )
