"""The portals that a change would change, written for people to look at before it is merged; never for partners."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from prmbuild.build import Built, SiteTree, build
from prmbuild.desired import Desired, desired, read_authored
from prmbuild.errors import StoreError
from prmbuild.laid import PORTALS, remove
from prmbuild.output import write
from prmbuild.progress import Progress
from prmbuild.request import Request
from prmbuild.source.git import GitRepository
from prmbuild.visibility.audience import Viewer
from prmbuild.visibility.sets import Translation

INDEX = "index.html"
_PAGE = "/index.html"


class ChangedPage(Struct, frozen=True, kw_only=True):
    """A page, a course or a file of a portal.

    Attributes:
        title: for people; the file's name where it has none.
        url: relative to the portal's root.
    """

    title: str
    url: str


class ChangedPortal(Struct, frozen=True, kw_only=True):
    """A portal as the head has it, and how it differs from what its viewers have now.

    Attributes:
        id: in the head.
        viewers: whose portal it is.
        was: id of the portal that these viewers have now, where it has another one; None where they have none.
        added: what they do not have now.
        changed: what they have otherwise; of documents that follow from pages nothing is said.
        removed: what they have now and no more then.
    """

    id: str
    viewers: tuple[Viewer, ...]
    was: str | None
    added: tuple[ChangedPage, ...]
    changed: tuple[ChangedPage, ...]
    removed: tuple[ChangedPage, ...]


class Side(Struct, frozen=True):
    """A state and what was built of it."""

    state: Desired
    built: Built


def base_side(
    repository: GitRepository, start: str, request: Request, states: ExitStack, progress: Progress
) -> Side | None:
    """Build what a head is compared with; None where its configuration has errors, and all portals count as changed.

    Args:
        repository: holds it.
        start: full object name of its commit.
        request: asks for the head.
        states: keeps it open.
        progress: hears of the stages.

    Raises:
        SourceError: git cannot answer.
        RenderError: a page cannot be rendered.
    """
    asked = replace(request, revision=start, worktree=False, proposed_to=None)
    authored = read_authored(repository, asked)
    if authored.programme is None or authored.look is None:
        progress.stage("the base has errors; all portals count as changed")
        return None
    state = states.enter_context(desired(authored, asked, progress))
    return Side(state, build(state, progress))


def changed_portals(base: Side | None, head: Side) -> tuple[ChangedPortal, ...]:
    """Return the portals of the head whose release is not the one that their viewers have in the base.

    Args:
        base: None where it cannot be built; every portal counts as changed then.
        head: what would be published.
    """
    before = _by_viewer(base)
    found = []
    for tree in head.built.trees:
        earlier = [before.get((viewer.partner, viewer.role)) for viewer in tree.portal.viewers]
        if any(one is None or one.release != tree.release for one in earlier):
            first = next((one for one in earlier if one is not None and one.release != tree.release), None)
            found.append(_compared(base, head, first, tree))
    return tuple(found)


def _by_viewer(side: Side | None) -> Mapping[tuple[str, str], SiteTree]:
    trees = side.built.trees if side is not None else ()
    return {(viewer.partner, viewer.role): tree for tree in trees for viewer in tree.portal.viewers}


def _compared(base: Side | None, head: Side, before: SiteTree | None, after: SiteTree) -> ChangedPortal:
    old = dict(before.files) if before is not None else {}
    new = dict(after.files)
    titled = _titles(head, after)
    titled_before = _titles(base, before) if base is not None and before is not None else {}
    added = [path for path in new if path not in old and path in titled]
    changed = [path for path in new if path in old and old[path] != new[path] and path in titled]
    if INDEX in changed and before is not None and _welcome(before) == _welcome(after):
        changed.remove(INDEX)
    removed = [path for path in old if path not in new and path in titled_before]
    return ChangedPortal(
        id=after.portal.id,
        viewers=after.portal.viewers,
        was=before.portal.id if before is not None else None,
        added=_pages(added, titled),
        changed=_pages(changed, titled),
        removed=_pages(removed, titled_before),
    )


def _titles(side: Side, tree: SiteTree) -> Mapping[str, str]:
    """Return file → title of everything authored that a portal shows."""
    catalog, articles = side.state.catalog, side.state.articles
    portal = tree.portal
    titles = {seen.page.address.file: articles[seen.input.key].title for seen in portal.pages.values()}
    for seen in portal.courses.values():
        titles[seen.course.address.file] = seen.course.source.title
        if seen.course.quiz is not None:
            titles[catalog.addresses[seen.course.quiz.path].file] = f"{seen.course.source.title}: quiz"
    files = (catalog.addresses[path].file for path in portal.assets)
    return titles | {file: file.rsplit("/", 1)[-1] for file in files}


def _welcome(tree: SiteTree) -> str | None:
    """Return what is authored of a portal's home page; the rest of it follows from other pages."""
    return next((seen.input.key for seen in tree.portal.pages.values() if seen.page.address.file == INDEX), None)


def _pages(files: Sequence[str], titles: Mapping[str, str]) -> tuple[ChangedPage, ...]:
    pages = [ChangedPage(title=titles[file], url=quote(_url(file))) for file in files]
    return tuple(sorted(pages, key=lambda page: (page.title.casefold(), page.url)))


def _url(file: str) -> str:
    return file.removesuffix(INDEX) if file == INDEX or file.endswith(_PAGE) else file


def write_changed(head: Side, changed: Sequence[ChangedPortal], index: str, out: Path, progress: Progress) -> None:
    """Write portals below a folder as ``prmbuild build`` does, and a page that names them; only its owner may read it.

    Args:
        head: where they come from.
        changed: which of its portals.
        index: HTML of the page that names them.
        out: a folder that is empty, or that an earlier run wrote.
        progress: hears of the files that are written.

    Raises:
        StoreError: it cannot be written.
    """
    try:
        if not out.exists():
            out.mkdir(parents=True)
            out.chmod(0o700)
        write(_only(head.built, frozenset(portal.id for portal in changed)), out, progress)
        remove(out / INDEX)  # a link would be written through
        (out / INDEX).write_text(index, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise StoreError(f"{out} cannot be written: {error.strerror}", hint="name another --out") from error


def _only(built: Built, ids: frozenset[str]) -> Built:
    """Return a build with some of its portals alone."""
    numbers = [number for number, portal in enumerate(built.portals) if portal.id in ids]
    translate = Translation([1 << number for number in numbers])
    kept = {
        path: tuple((some, digest) for some, digest in held if some)
        for path, held in translate.all(built.files).items()
    }
    return replace(
        built,
        portals=tuple(built.portals[number] for number in numbers),
        files={path: held for path, held in kept.items() if held},
    )


def page_of(portal: ChangedPortal, page: ChangedPage) -> str:
    """Return where a page of a portal stands, as the index links to it."""
    place = f"{PORTALS}/{portal.id}/{page.url}"
    return f"{place}{INDEX}" if place.endswith("/") else place
