"""What one viewer sees of what was asked for, or why it is nothing."""

from msgspec import Struct

from prmbuild.build import Built, Kept, build
from prmbuild.cache import Cache
from prmbuild.catalog.catalog import Course, Page
from prmbuild.check.file import file_findings
from prmbuild.desired import Authored, Considered, Desired, desired, site_of
from prmbuild.diagnostics import Diagnostic, has_errors
from prmbuild.explain import explain, published
from prmbuild.portals.naming import portal_id
from prmbuild.portals.portals import Portal
from prmbuild.preview.asked import Asked
from prmbuild.progress import Progress
from prmbuild.render.engine import engine
from prmbuild.request import Request
from prmbuild.selection import select
from prmbuild.source.approval import Approvals
from prmbuild.source.snapshot import PAGE_SUFFIX
from prmbuild.visibility.audience import Viewer
from prmbuild.visibility.sets import For


def whole_portal(authored: Authored, request: Request, viewer: Viewer, progress: Progress) -> tuple[Desired, Built]:
    """Build the portal of one viewer: the very bytes that this viewer gets from a build of all portals.

    Raises:
        SourceError: git cannot answer.
        RenderError: a page cannot be rendered.
    """
    with desired(authored, request, progress, (viewer,)) as state:
        return state, build(state, progress)


def page_alone(
    authored: Authored, state: Considered, request: Request, asked: Asked, viewer: Viewer, progress: Progress
) -> Built | None:
    """Build a page and what it looks like, without the rest of its portal; None where it is no page of its own.

    Args:
        authored: what `state` was worked out of.
        state: for this viewer alone.
        request: the same that `authored` was read with.
        asked: the page.
        viewer: who reads it.
        progress: hears of what is rendered.

    Raises:
        SourceError: git cannot answer.
        RenderError: the page cannot be rendered.
    """
    assert asked.path is not None
    catalog, cache = state.catalog, request.cache
    site = site_of(authored, catalog, preview=request.worktree)
    with engine(site, 1, cache) as renders:
        chosen = select(state, (asked.path,), renders, progress)
        if asked.path not in chosen.variants:
            return None
        ((_, variant),) = chosen.variants[asked.path]
        pages = dict(renders.pages({variant.key: variant}, progress))
        files = {path: cache.put_object(data) for path, data in renders.toolchain.static_files().items()}
    files[asked.file] = pages[variant.key]
    assets = {path: version for path, ((_, version),) in chosen.assets.items()}
    for path, version in assets.items():
        files[catalog.addresses[path].file] = cache.put_object(catalog.snapshot.read(version.blob or ""))
    portal = Portal(
        id=portal_id((viewer,), catalog.programme.viewers()),
        viewers=(viewer,),
        pages={path: seen for path, ((_, seen),) in state.views.pages.items()},
        courses={},
        assets=assets,
    )
    return _built(catalog.snapshot.revision.id, request.worktree, portal, files, cache)


def _built(revision: str, preview: bool, portal: Portal, files: dict[str, str], cache: Cache) -> Built:
    alone: dict[str, For[str]] = {path: ((1, files[path]),) for path in sorted(files)}
    return Built(revision=revision, preview=preview, portals=(portal,), files=alone, blobs=Kept(cache))


def problems(authored: Authored, asked: Asked) -> tuple[Diagnostic, ...]:
    """Return what is wrong with the page by itself, so that it cannot be published: front matter, audience blocks."""
    file = authored.snapshot.files.get(asked.path or "")
    if file is None or not file.regular or not file.path.endswith(PAGE_SUFFIX):
        return ()
    found = file_findings((file.path, authored.snapshot.read(file.blob), None), authored.programme).unreadable
    return found if has_errors(found) else ()


def unseen(state: Considered, asked: Asked, viewer: Viewer) -> tuple[str, ...]:
    """Return what would have to change for a viewer to see it; empty where that viewer sees it.

    Args:
        state: a `Desired` one answers for everything; a `Considered` one for all but assets.
        asked: what was asked for.
        viewer: one of the state's.
    """
    if asked.path is None:
        return ()
    return explain(state, asked.path, (viewer,))[0].changes


class Ahead(Struct, frozen=True, kw_only=True):
    """What is shown and not yet approved.

    Attributes:
        status: what the newest version says of itself.
        instead: what partners read until it is approved, for people; None for nothing.
    """

    status: str
    instead: str | None


def ahead(state: Considered, asked: Asked) -> Ahead | None:
    """Tell whether a page or course is shown ahead of its approval; None where it is approved, or nothing is shown."""
    item = published(state, asked.path) if asked.path is not None else None
    if asked.path is None or not isinstance(item, Page | Course):
        return None
    catalog = state.catalog
    strict = Approvals(catalog.snapshot, state.reader.standing, catalog.now)
    if isinstance(item, Page) and item.course is not None:
        ruling = strict.course_part(item.path, catalog.courses[item.course].source.path)
    else:
        ruling = strict.page(item.version.path)
    if ruling.versions and ruling.versions[0].blob == item.version.blob:
        return None
    status = state.reader.standing(item.version).status
    instead = ruling.versions[0] if ruling.versions else None
    return Ahead(
        status=status.value.replace("_", " ") if status is not None else "part of a course that is not approved",
        instead=f"the version of {instead.commit.at:%Y-%m-%d}" if instead is not None else None,
    )
