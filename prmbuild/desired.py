"""The desired state: from a snapshot of the programme to the portals it asks for."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from msgspec import Struct

from prmbuild.authored.programme import Programme
from prmbuild.authored.reading import read_programme
from prmbuild.cache import Cache
from prmbuild.catalog.catalog import Catalog, build_catalog
from prmbuild.catalog.sources import SourceReader
from prmbuild.diagnostics import Diagnostic, has_errors
from prmbuild.portals.portals import Portal, Portals, portals
from prmbuild.portals.texts import Texts
from prmbuild.portals.variants import Destinations
from prmbuild.portals.views import Views, views
from prmbuild.progress import ARTICLES, Progress
from prmbuild.render.article import Article
from prmbuild.render.engine import Engine, engine
from prmbuild.render.look import Look
from prmbuild.render.overrides import read_look
from prmbuild.render.page import Site
from prmbuild.request import Request
from prmbuild.source.git import GitRepository
from prmbuild.source.snapshot import OVERRIDES, Snapshot, take
from prmbuild.visibility.audience import Viewer


class Authored(Struct, frozen=True, kw_only=True):
    """A programme as its people wrote it.

    Attributes:
        programme: None where the configuration has errors.
        look: None where ``site_overrides/`` has errors.
        diagnostics: findings in the configuration and in ``site_overrides/``.
    """

    snapshot: Snapshot
    programme: Programme | None
    look: Look | None
    diagnostics: tuple[Diagnostic, ...]


class Considered(Struct, frozen=True, kw_only=True):
    """What follows from a programme at one instant before anything is rendered."""

    catalog: Catalog
    reader: SourceReader
    texts: Texts
    views: Views


class Desired(Considered, frozen=True, kw_only=True):
    """Everything that follows from a programme at one instant.

    Attributes:
        articles: key of its input → article.
        shown: the portals, and what they show.
        destinations: tells which references lead somewhere.
        cache: has what was rendered.
        engine: renders more for the same site while `desired` is open.
    """

    site: Site
    articles: Mapping[str, Article]
    shown: Portals
    destinations: Destinations
    cache: Cache
    engine: Engine

    @property
    def portals(self) -> tuple[Portal, ...]:
        """The portals, sorted by id."""
        return self.shown.all

    def rest(self) -> None:
        """Give back the memory of what is not needed for a while, and can be had again."""
        self.engine.rest()
        for article in self.articles.values():
            article.forget()


def read_authored(repository: GitRepository, request: Request) -> Authored:
    """Read a programme's configuration and look, reporting all that is wrong with them.

    Raises:
        SourceError: git cannot answer.
    """
    snapshot = take(
        repository,
        request.revision,
        worktree=request.worktree,
        now=request.now,
        cache=request.cache,
        proposed_to=request.proposed_to,
    )
    return authored_in(snapshot, request.cache)


def authored_in(snapshot: Snapshot, cache: Cache) -> Authored:
    """Read the configuration and look in a snapshot; see `read_authored`."""
    programme, found = _programme(snapshot, cache)
    look, in_look = read_look(
        {
            path: snapshot.read_path(path)
            for path, file in snapshot.files.items()
            if path.startswith(f"{OVERRIDES}/") and file.regular
        }
    )
    diagnostics = (*found, *in_look)
    return Authored(
        snapshot=snapshot,
        programme=None if has_errors(found) else programme,
        look=None if has_errors(in_look) else look,
        diagnostics=diagnostics,
    )


def _programme(snapshot: Snapshot, cache: Cache) -> tuple[Programme | None, tuple[Diagnostic, ...]]:
    """Read the configuration, unless it was read before: its files are what all facts are about."""

    def find_out(_: object) -> Mapping[str, tuple[Programme | None, tuple[Diagnostic, ...]]]:
        return {"": read_programme(snapshot.configuration())}

    facts = snapshot.facts(cache)
    return facts.recall("programme", {"": ""}, find_out, tuple[Programme | None, tuple[Diagnostic, ...]])[""]


def consider(
    authored: Authored, request: Request, progress: Progress, viewers: Sequence[Viewer] | None = None
) -> Considered:
    """Find the approved versions and decide who may read what.

    Args:
        authored: its programme must be free of errors.
        request: the same that `authored` was read with.
        progress: hears of the stages.
        viewers: for whom alone; None for all viewers of the programme.

    Raises:
        SourceError: git cannot answer.
    """
    assert authored.programme is not None
    progress.stage("reading approved versions")
    facts = authored.snapshot.facts(request.cache)
    catalog, reader = build_catalog(
        authored.snapshot, authored.programme, request.now, facts, request.cache, request.assumed
    )
    texts = Texts(reader, authored.programme)
    progress.stage("deciding who sees what")
    found = views(catalog, texts, facts)
    found = found if viewers is None else found.only(viewers)
    return Considered(catalog=catalog, reader=reader, texts=texts, views=found)


def site_of(authored: Authored, catalog: Catalog, *, preview: bool) -> Site:
    """Return what every page of a programme has in common.

    Args:
        authored: its programme and look must be free of errors.
        catalog: knows the addresses.
        preview: whether pages must say that they show uncommitted files.
    """
    assert authored.programme is not None and authored.look is not None
    settings = authored.programme.settings
    return Site(
        name=settings.vendor,
        url=settings.portal_url,
        look=authored.look,
        addresses=catalog.addresses,
        preview=preview,
    )


@contextmanager
def desired(
    authored: Authored, request: Request, progress: Progress, viewers: Sequence[Viewer] | None = None
) -> Iterator[Desired]:
    """Work out the portals of a programme, and keep an engine ready that renders for them.

    Args:
        authored: its programme and look must be free of errors.
        request: the same that `authored` was read with.
        progress: hears of the stages.
        viewers: whose portals alone to work out; None for all viewers of the programme.

    Raises:
        SourceError: git cannot answer.
        RenderError: a page cannot be rendered.
    """
    considered = consider(authored, request, progress, viewers)
    catalog, found = considered.catalog, considered.views
    site = site_of(authored, catalog, preview=request.worktree)
    with engine(site, request.jobs, request.cache, request.executor_of) as renders:
        wanted = found.inputs()
        progress.stage(ARTICLES, len(wanted))
        articles = renders.articles(wanted, progress)
        shown = portals(catalog, found, articles)
        yield Desired(
            catalog=catalog,
            reader=considered.reader,
            texts=considered.texts,
            views=found,
            site=site,
            articles=articles,
            shown=shown,
            destinations=Destinations(shown, articles),
            cache=request.cache,
            engine=renders,
        )
