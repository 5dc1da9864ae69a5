"""Links of two states: what readers of a page can reach from it, where the page itself reads as before."""

from collections.abc import Iterator, Mapping, Set

from prmbuild.exposure.edits import distinct
from prmbuild.exposure.model import Cause, CauseKind, Change, Effect, Subject, SubjectKind
from prmbuild.exposure.pages import same_input
from prmbuild.exposure.state import JointState
from prmbuild.portals.views import SeenPage
from prmbuild.render.article import Article
from prmbuild.visibility.sets import split, union

_Links = Mapping[tuple[str, str], int]
"""Repository path in the head and fragment of what a page names → who can reach it."""


def link_changes(base: JointState, head: JointState, moved: Mapping[str, str], touched: Set[str]) -> Iterator[Change]:
    """Yield which links of which pages lead somewhere in one state alone.

    Args:
        base: the state before.
        head: the state after.
        moved: repository path in the head → that in the base, of files that moved.
        touched: repository paths, in either state, of all that anything changes about; links to others do as before.
    """
    if not touched:
        return
    sources = {source: path for path, source in moved.items()}
    for path in head.side.shown.pages:
        before = moved.get(path, path)
        if before not in base.side.shown.pages:
            continue
        pages = [
            (state, seen, state.side.articles[seen.input.key])
            for state, place in ((base, before), (head, path))
            for _, seen in state.side.shown.pages[place]
        ]
        if any(reference.target in touched for _, _, article in pages for reference in article.references):
            yield from _page(base, head, before, path, sources)


def _page(base: JointState, head: JointState, before: str, path: str, sources: Mapping[str, str]) -> Iterator[Change]:
    was, now = base.seen(before), head.seen(path)
    found: list[tuple[int, Cause]] = []
    for some, old in was:
        for others, new in now:
            overlap = some & others
            if overlap and same_input(old, new):
                found += _differences(_links(base, old, overlap, sources), _links(head, new, overlap, {}))
    changed: dict[tuple[Cause, ...], int] = {}
    for part in split(union(some for some, _ in found), (some for some, _ in found)):
        causes = distinct(cause for some, cause in found if some & part)
        changed[causes] = changed.get(causes, 0) | part
    article: Article = head.side.articles[now[0][1].input.key]
    for causes, viewers in changed.items():
        yield Change(
            subject=Subject(kind=SubjectKind.PAGE, path=path, title=article.title),
            effect=Effect.CHANGED,
            viewers=viewers,
            before=was[0][1].page.version,
            after=now[0][1].page.version,
            causes=causes,
            moved_from=before if before != path else None,
        )


def _links(state: JointState, seen: SeenPage, viewers: int, sources: Mapping[str, str]) -> _Links:
    found: dict[tuple[str, str], int] = {}
    for reference in state.side.articles[seen.input.key].references:
        if reference.target is not None:
            target = sources.get(reference.target, reference.target)
            reach = state.leads(reference.target, reference.fragment) & viewers
            key = target, reference.fragment
            found[key] = found.get(key, 0) | reach
    return found


def _differences(before: _Links, after: _Links) -> Iterator[tuple[int, Cause]]:
    for key in sorted({*before, *after}):
        was, now = before.get(key, 0), after.get(key, 0)
        target = f"{key[0]}#{key[1]}" if key[1] else key[0]
        if opened := now & ~was:
            yield opened, Cause(kind=CauseKind.LINK_OPENED, origin=None, text=f"the link to {target} works now")
        if closed := was & ~now:
            yield closed, Cause(kind=CauseKind.LINK_CLOSED, origin=None, text=f"the link to {target} is plain text now")
