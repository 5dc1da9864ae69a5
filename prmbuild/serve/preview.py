"""What a preview serves: the portal of one viewer, the page asked for first, and why that viewer sees it no more."""

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from prmbuild.authored.programme import Programme
from prmbuild.build import Built
from prmbuild.desired import Authored, Considered, read_authored
from prmbuild.preview.asked import Asked, asked
from prmbuild.preview.sight import Ahead, ahead, page_alone, problems, unseen, whole_portal
from prmbuild.progress import Progress
from prmbuild.request import Request
from prmbuild.serve.edition import Edition, ViewerId, edition_of
from prmbuild.serve.making import Made, heeded
from prmbuild.source.git import WORKTREE, opened
from prmbuild.visibility.audience import Viewer

PAGES_AT_ONCE = 64
"""A portal with no more pages than this is there as soon as one page is."""


class Previewer(Struct, frozen=True, kw_only=True):
    """Makes the editions of a preview.

    Attributes:
        directory: any folder inside the repository.
        request: returns what is asked for, without what must count as approved; looks at the clock.
        written: the page as it was asked for.
        viewer: who reads it.
        assume: whether a draft counts as approved.
    """

    directory: Path
    request: Callable[[], Request]
    written: str
    viewer: ViewerId
    assume: bool

    def first(self, authored: Authored, state: Considered, request: Request, place: Asked, progress: Progress) -> Made:
        """Make the page alone where the rest takes long, else everything.

        Args:
            authored: the programme.
            state: what follows from it, for this viewer or more.
            request: what both were worked out with.
            place: the page.
            progress: hears of the work.

        Raises:
            PrmError: it cannot be made.
        """
        assert authored.programme is not None
        viewer = _viewer(authored.programme, self.viewer)
        assert viewer is not None
        if place.path is not None and place.path in authored.snapshot.files:
            state = replace(state, views=state.views.only((viewer,)))
            if len(state.views.pages) > PAGES_AT_ONCE:
                built = page_alone(authored, state, request, place, viewer, progress)
                if built is not None:
                    return Made(edition=_edition(built, state, place), findings=(), partial=True)
        return self._whole(authored, request, place, viewer, progress)

    def again(self, progress: Progress) -> Made:
        """Make everything anew, of what the programme is by now."""
        return heeded(lambda: self._again(progress))

    def _again(self, progress: Progress) -> Made:
        request = self.request()
        with opened(self.directory) as repository:
            authored = read_authored(repository, request)
            if authored.programme is None or authored.look is None:
                return _refused(*map(str, authored.diagnostics))
            viewer = _viewer(authored.programme, self.viewer)
            if viewer is None:
                return _refused(f"partners.yaml has no partner '{self.viewer.partner}' with role '{self.viewer.role}'")
            url = authored.programme.settings.portal_url
            place = asked(self.written, authored.snapshot, repository.root, url)
            if place is None:
                return _refused(f"there is no '{self.written}' any more")
            found = problems(authored, place)
            if found:
                return _refused(*map(str, found))
            request = assuming(request, authored, place) if self.assume else request
            return self._whole(authored, request, place, viewer, progress)

    def _whole(self, authored: Authored, request: Request, place: Asked, viewer: Viewer, progress: Progress) -> Made:
        state, built = whole_portal(authored, request, viewer, progress)
        missing = unseen(state, place, viewer)
        if missing:
            name = f"{viewer.partner} ({viewer.role})"
            return _refused(f"{place.path} is not visible to {name}:", *(f"  - {reason}" for reason in missing))
        return Made(edition=_edition(built, state, place), findings=())


def assuming(request: Request, authored: Authored, place: Asked) -> Request:
    """Return a request to which the newest version of a page counts as approved."""
    return replace(request, assumed=place.assumed(authored.snapshot))


def notes_on(shown: Ahead | None, *, uncommitted: int) -> tuple[str, ...]:
    """Return what readers of a preview must know, for people.

    Args:
        shown: what is shown ahead of its approval.
        uncommitted: number of files that are not committed and in it.
    """
    notes = []
    if shown is not None:
        until = (
            f"until then partners read {shown.instead}" if shown.instead else "until then partners see nothing of it"
        )
        notes.append(f"{shown.status}, shown as if it were approved; {until}")
    if uncommitted:
        notes.append("with 1 uncommitted file" if uncommitted == 1 else f"with {uncommitted} uncommitted files")
    return tuple(notes)


def uncommitted(state: Considered) -> int:
    """Return how many files of a state are not committed."""
    snapshot = state.catalog.snapshot
    return sum(1 for versions in snapshot.history.versions.values() if versions[0].commit.id == WORKTREE)


def _edition(built: Built, state: Considered, place: Asked) -> Edition:
    notes = notes_on(ahead(state, place), uncommitted=uncommitted(state))
    return edition_of(built, state.catalog.programme, notes)


def _viewer(programme: Programme, named: ViewerId) -> Viewer | None:
    return next((one for one in programme.viewers() if (one.partner, one.role) == named), None)


def _refused(*findings: str) -> Made:
    return Made(edition=None, findings=findings)
