"""The two states that are compared, as their viewers see them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from prmbuild.desired import Authored, Considered, Desired, authored_in, consider
from prmbuild.diagnostics import Diagnostic
from prmbuild.exposure.difference import considered_from, dated, same_configuration, touched
from prmbuild.portals.portals import Shown, shown_to_viewers
from prmbuild.portals.variants import Destinations
from prmbuild.progress import ARTICLES, Progress
from prmbuild.render.article import Article
from prmbuild.render.engine import Engine, engine
from prmbuild.render.page import Site
from prmbuild.request import Request
from prmbuild.source.git import GitRepository
from prmbuild.source.snapshot import Snapshot, take, take_before


class Side(Struct, frozen=True, kw_only=True):
    """A state, as its viewers see it.

    Attributes:
        considered: its sets are over the viewers of this state.
        shown: likewise.
        articles: key of its input → article, of every page that somebody sees.
        destinations: tells for which viewers a reference leads somewhere.
        site: what its pages are rendered for.
        engine: renders for the site, as long as the sides are open; it knows the bodies of its own articles, so ask
            it for `Engine.articles` before their bodies.
    """

    considered: Considered
    shown: Shown
    articles: Mapping[str, Article]
    destinations: Destinations
    site: Site
    engine: Engine


class Sides(Struct, frozen=True, kw_only=True):
    """The two states.

    Attributes:
        base: None where it has errors, which `findings` names.
        related: whether the head goes on from the base.
        findings: errors in the configuration of the base.
    """

    base: Side | None
    base_authored: Authored
    head: Side
    head_authored: Authored
    findings: tuple[Diagnostic, ...]
    related: bool


@contextmanager
def sides(
    repository: GitRepository,
    authored: Authored,
    base: str,
    request: Request,
    progress: Progress,
    *,
    known: Desired | None = None,
    then: datetime | None = None,
) -> Iterator[Sides]:
    """Work out what viewers see in both states.

    Args:
        repository: holds both.
        authored: the head; its programme and look must be free of errors.
        base: any name git knows.
        request: the same that `authored` was read with; both states are judged at its instant.
        progress: hears of the stages.
        known: the head, where it was worked out already; it must stay open.
        then: another instant that the base is judged at, UTC.

    Raises:
        SourceError: git cannot answer.
        RenderError: a page cannot be rendered.
    """
    assert authored.programme is not None and authored.look is not None
    considered = known or consider(authored, request, progress)
    shared = take_before(authored.snapshot, repository, base)
    related = shared is not None
    snapshot = shared or take(repository, base, worktree=False, now=request.now, cache=request.cache)
    earlier, before = _before(
        authored, considered, snapshot, related, replace(request, now=then or request.now), progress
    )
    with _head(authored, considered, known, request, progress) as head:
        if before is None:
            yield Sides(
                base=None,
                base_authored=earlier,
                head=head,
                head_authored=authored,
                findings=earlier.diagnostics,
                related=related,
            )
            return
        with _engine_for(_site(earlier, before, authored), head, request) as others:
            yield Sides(
                base=_side_like(before, head, others, progress),
                base_authored=earlier,
                head=head,
                head_authored=authored,
                findings=(),
                related=related,
            )


@contextmanager
def _head(
    authored: Authored, considered: Considered, known: Desired | None, request: Request, progress: Progress
) -> Iterator[Side]:
    if known is not None:
        yield _seen(considered, known.site, known.engine, known.articles)
        return
    site = _site(authored, considered, authored)
    with engine(site, request.jobs, request.cache, request.executor_of) as renders:
        yield _side(considered, site, renders, progress)


def _before(
    authored: Authored,
    considered: Considered,
    snapshot: Snapshot,
    related: bool,
    request: Request,
    progress: Progress,
) -> tuple[Authored, Considered | None]:
    """Work out the base, from what it has in common with the head where the head goes on from it."""
    alike = same_configuration(snapshot, authored.snapshot)
    earlier = replace(authored, snapshot=snapshot) if alike else authored_in(snapshot, request.cache)
    asked = replace(request, revision=snapshot.revision.id, worktree=False, proposed_to=None)
    if alike and related and request.now <= considered.catalog.now:
        differing = touched(authored.snapshot, snapshot) | dated(considered, request.now)
        return earlier, considered_from(considered, earlier, asked, request.now, differing)
    return earlier, consider(earlier, asked, progress) if earlier.programme is not None else None


@contextmanager
def _engine_for(site: Site, head: Side, request: Request) -> Iterator[tuple[Site, Engine]]:
    """Start an engine for the base, unless the head's renders the same."""
    if site == head.site:
        yield head.site, head.engine
        return
    with engine(site, request.jobs, request.cache, request.executor_of) as renders:
        yield site, renders


def _side_like(considered: Considered, head: Side, others: tuple[Site, Engine], progress: Progress) -> Side:
    """Work out the base with the articles of the head, where they are the same."""
    site, renders = others
    alike = frozenset[str]()
    if replace(site, addresses=head.site.addresses) == head.site:
        alike = head.engine.alike(site.addresses)
    wanted = considered.views.inputs()
    known = {key: head.articles[key] for key in wanted if key in alike and key in head.articles}
    missing = {key: page for key, page in wanted.items() if key not in known}
    progress.stage(ARTICLES, len(missing))
    articles = known | dict(renders.articles(missing, progress))
    return _seen(considered, site, renders, articles)


def side_later(known: Side, considered: Considered, request: Request) -> Side:
    """Work out a state that differs from a known one by its dates alone, for what pages and assets viewers see.

    Its links are those of the known state where both have an article.

    Raises:
        RenderError: a page cannot be rendered.
    """
    wanted = considered.views.inputs()
    articles = {key: known.articles[key] for key in wanted if key in known.articles}
    missing = {key: page for key, page in wanted.items() if key not in articles}
    if not missing:
        return _seen(considered, known.site, known.engine, articles)
    site = replace(known.site, addresses=considered.catalog.addresses)
    with engine(site, 1, request.cache) as renders:
        return _seen(considered, site, renders, articles | dict(renders.articles(missing)))


def _side(considered: Considered, site: Site, renders: Engine, progress: Progress) -> Side:
    wanted = considered.views.inputs()
    progress.stage(ARTICLES, len(wanted))
    return _seen(considered, site, renders, renders.articles(wanted, progress))


def _seen(considered: Considered, site: Site, renders: Engine, articles: Mapping[str, Article]) -> Side:
    shown = shown_to_viewers(considered.catalog, considered.views, articles)
    return Side(
        considered=considered,
        shown=shown,
        articles=articles,
        destinations=Destinations(shown, articles),
        site=site,
        engine=renders,
    )


def _site(authored: Authored, considered: Considered, looks_like: Authored) -> Site:
    """Both states are rendered with the head's look, so that what differs is what was written."""
    assert authored.programme is not None and looks_like.look is not None
    settings = authored.programme.settings
    return Site(
        name=settings.vendor,
        url=settings.portal_url,
        look=looks_like.look,
        addresses=considered.catalog.addresses,
        preview=False,
    )
