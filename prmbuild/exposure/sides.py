"""The two states that are compared, as their viewers see them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from prmbuild.desired import Authored, Considered, consider, read_authored
from prmbuild.diagnostics import Diagnostic
from prmbuild.portals.portals import Shown, shown_to_viewers
from prmbuild.portals.variants import Destinations
from prmbuild.progress import ARTICLES, Progress
from prmbuild.render.article import Article
from prmbuild.render.engine import Engine, engine
from prmbuild.render.page import Site
from prmbuild.request import Request
from prmbuild.source.git import GitRepository


@dataclass(frozen=True, kw_only=True)
class Side:
    """A state, as its viewers see it.

    Attributes:
        considered: its sets are over the viewers of this state.
        shown: likewise.
        articles: key of its input → article, of every page that somebody sees.
        destinations: tells for which viewers a reference leads somewhere.
        site: what its pages are rendered for.
        engine: renders for the site, as long as the sides are open.
    """

    considered: Considered
    shown: Shown
    articles: Mapping[str, Article]
    destinations: Destinations
    site: Site
    engine: Engine


@dataclass(frozen=True, kw_only=True)
class Sides:
    """The two states.

    Attributes:
        base: None where it has errors, which `findings` names.
        findings: errors in the configuration of the base.
    """

    base: Side | None
    base_authored: Authored
    head: Side
    head_authored: Authored
    findings: tuple[Diagnostic, ...]


@contextmanager
def sides(
    repository: GitRepository, authored: Authored, base: str, request: Request, progress: Progress
) -> Iterator[Sides]:
    """Work out what viewers see in both states.

    Args:
        repository: holds both.
        authored: the head; its programme and look must be free of errors.
        base: any name git knows.
        request: the same that `authored` was read with; both states are judged at its instant.
        progress: hears of the stages.

    Raises:
        SourceError: git cannot answer.
        RenderError: a page cannot be rendered.
    """
    assert authored.programme is not None and authored.look is not None
    considered = consider(authored, request, progress)
    earlier_request = replace(request, revision=base, worktree=False)
    earlier = read_authored(repository, earlier_request)
    site = _site(authored, considered, authored)
    with engine(site, request.jobs, request.cache, request.executor_of) as renders:
        head = _side(considered, site, renders, progress)
        if earlier.programme is None:
            yield Sides(
                base=None, base_authored=earlier, head=head, head_authored=authored, findings=earlier.diagnostics
            )
            return
        before = consider(earlier, earlier_request, progress)
        site = _site(earlier, before, authored)
        with engine(site, request.jobs, request.cache, request.executor_of) as renders:
            yield Sides(
                base=_side(before, site, renders, progress),
                base_authored=earlier,
                head=head,
                head_authored=authored,
                findings=(),
            )


def _side(considered: Considered, site: Site, renders: Engine, progress: Progress) -> Side:
    wanted = considered.views.inputs()
    progress.stage(ARTICLES, len(wanted))
    articles = renders.articles(wanted, progress)
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
