"""Some pages as their readers see them, without rendering the rest of the programme."""

from collections.abc import Collection, Mapping
from functools import cache

from msgspec import Struct
from msgspec.structs import replace

from prmbuild.desired import Considered
from prmbuild.dimensions import Dimensions, dimensions
from prmbuild.portals.portals import Shown, shown_to_viewers
from prmbuild.portals.variants import Destinations, variants
from prmbuild.portals.views import SeenPage
from prmbuild.progress import ARTICLES, Progress
from prmbuild.render.article import Article, PageInput
from prmbuild.render.engine import Engine
from prmbuild.render.variant import Variant
from prmbuild.source.history import Version
from prmbuild.visibility.sets import For


class Selection(Struct, frozen=True, kw_only=True):
    """Some pages as viewers see them; sets are over the viewers of the state's readership.

    Attributes:
        articles: key of its input → article, of the pages and of those on which their links need an anchor.
        variants: repository path → the page as each set of viewers sees it. Without a portal's home, which is a
            document of the portal's own.
        assets: repository path → the version of each asset that these pages show.
    """

    articles: Mapping[str, Article]
    variants: Mapping[str, For[Variant]]
    assets: Mapping[str, For[Version]]


def select(state: Considered, paths: Collection[str], engine: Engine, progress: Progress) -> Selection:
    """Work out the variants of some pages.

    They are those of a build, but that an asset which another page shows in a newer version may be larger or smaller.

    Args:
        state: who may read what.
        paths: repository paths of pages; those that nobody sees are left out.
        engine: the site's.
        progress: hears of what is rendered.

    Raises:
        RenderError: a page cannot be rendered.
        SourceError: an asset cannot be read.
    """
    found = state.views
    wanted = {path: found.pages[path] for path in sorted(paths) if path in found.pages}
    progress.stage(ARTICLES)
    articles = dict(engine.articles(_inputs(wanted), progress))
    assets = shown_to_viewers(state.catalog, replace(found, pages=wanted), articles).assets
    linked = {
        reference.target
        for article in articles.values()
        for reference in article.references
        if reference.fragment and reference.target is not None
    }
    anchored = {path: found.pages[path] for path in sorted(linked - wanted.keys()) if path in found.pages}
    articles |= engine.articles(_inputs(anchored), progress)
    everything = Shown(pages=found.pages, courses=found.courses, assets=assets)
    destinations = Destinations(everything, articles)

    @cache
    def measured(blob: str | None) -> tuple[int, Dimensions | None]:
        data = state.catalog.snapshot.read(blob or "")
        return len(data), dimensions(data)

    made = variants(
        replace(everything, pages=wanted),
        state.catalog,
        articles,
        destinations,
        size_of=lambda version: measured(version.blob)[0],
        dimensions_of=lambda version: measured(version.blob)[1],
    )
    return Selection(articles=articles, variants=made, assets=assets)


def _inputs(pages: Mapping[str, For[SeenPage]]) -> Mapping[str, PageInput]:
    return {seen.input.key: seen.input for items in pages.values() for _, seen in items}
