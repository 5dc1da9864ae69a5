"""The comparison: two states of a programme, and what changes between them for whom."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from msgspec import Struct

from prmbuild.desired import Authored, Desired
from prmbuild.exposure.assets import asset_changes
from prmbuild.exposure.causes import Edited
from prmbuild.exposure.courses import course_changes
from prmbuild.exposure.due import due
from prmbuild.exposure.edits import Edits
from prmbuild.exposure.joint import joint
from prmbuild.exposure.links import link_changes
from prmbuild.exposure.model import Cause, CauseKind, Change, Effect, Exposure, State, Subject, SubjectKind, Viewers
from prmbuild.exposure.moves import moves
from prmbuild.exposure.notes import asserted, notes, parting
from prmbuild.exposure.pages import page_changes
from prmbuild.exposure.sides import Sides, sides
from prmbuild.exposure.state import JointState
from prmbuild.portals.views import joined
from prmbuild.progress import Progress
from prmbuild.request import Request
from prmbuild.source.git import GitRepository

AHEAD = timedelta(days=30)
"""How far ahead dates are looked at."""

_NOT_COMPARED = Cause(kind=CauseKind.FILE, origin=None, text="what the base showed is not known")


class Comparison(Struct, frozen=True, kw_only=True):
    """What changes, and the two states that it changes between, for who renders more of them.

    Attributes:
        base: None where the base cannot be compared; see `State.missing`.
        head: all its sets are over `Exposure.viewers`, as those of the base.
    """

    exposure: Exposure
    base: JointState | None
    head: JointState


@contextmanager
def compared(
    repository: GitRepository, authored: Authored, base: str, request: Request, progress: Progress
) -> Iterator[Comparison]:
    """Compare a state with an earlier one, and keep what renders their pages open.

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
    with sides(repository, authored, base, request, progress) as both:
        progress.stage("comparing")
        yield _compared(repository, both, request)


def exposed(
    repository: GitRepository, state: Desired, base: str, then: datetime, request: Request, progress: Progress
) -> Exposure:
    """Compare a state with what was published of an earlier one at another instant: dates that passed count too.

    Nothing is told of dates to come, nor of edits that decide nothing.

    Args:
        repository: holds both.
        state: the head, no preview; must stay open.
        base: full object name.
        then: the instant that the base is judged at, UTC.
        request: how the head was asked for.
        progress: hears of the stages.

    Raises:
        SourceError: git cannot answer.
        RenderError: a page cannot be rendered.
    """
    authored = Authored(
        snapshot=state.catalog.snapshot, programme=state.catalog.programme, look=state.site.look, diagnostics=()
    )
    with sides(repository, authored, base, request, progress, known=state, then=then) as both:
        progress.stage("comparing with what is live")
        viewers, _, _, changes = _joined(repository, both)
        return Exposure(
            base=State(commit=both.base_authored.snapshot.revision, missing=_missing(both)),
            head=State(commit=both.head_authored.snapshot.revision),
            now=request.now,
            viewers=viewers,
            changes=changes,
            until=request.now,
        )


def _joined(
    repository: GitRepository, both: Sides
) -> tuple[Viewers, JointState | None, JointState, tuple[Change, ...]]:
    """Return the viewers of both states, both states over them, and what changes, in the order of `Exposure`."""
    before = both.base.considered.catalog.programme if both.base is not None else None
    viewers, of_base, of_head = joint(before, both.head.considered.catalog.programme)
    head = JointState(both.head, of_head, viewers.head)
    base = JointState(both.base, of_base, viewers.base) if both.base is not None else None
    changes = _all(head) if base is None else _changes(repository, base, head, viewers)
    return viewers, base, head, tuple(sorted(changes, key=_order))


def _compared(repository: GitRepository, both: Sides, request: Request) -> Comparison:
    viewers, base, head, changes = _joined(repository, both)
    exposure = Exposure(
        base=State(commit=both.base_authored.snapshot.revision, missing=_missing(both)),
        head=State(commit=both.head_authored.snapshot.revision, preview=both.head_authored.snapshot.preview),
        now=request.now,
        viewers=viewers,
        changes=changes,
        due=due(head, both.head_authored, request, request.now + AHEAD),
        until=request.now + AHEAD,
        notes=(
            *asserted(head, changes, viewers),
            *(() if both.related else parting(repository, both.base_authored.snapshot, both.head_authored.snapshot)),
            *notes(both.base_authored, both.head_authored, base, head, changes),
        ),
    )
    return Comparison(exposure=exposure, base=base, head=head)


def _changes(repository: GitRepository, base: JointState, head: JointState, viewers: Viewers) -> Iterator[Change]:
    moved = moves(repository, base.catalog.snapshot, head.catalog.snapshot)
    why = Edited(base, head, Edits(base.configuration, head.configuration), viewers, moved)
    found = [
        *page_changes(base, head, moved, why),
        *asset_changes(base, head, moved, why),
        *course_changes(base, head, why),
    ]
    yield from found
    yield from link_changes(base, head, moved, _touched(found, base, head))


def _touched(changes: Iterable[Change], base: JointState, head: JointState) -> frozenset[str]:
    paths = {path for change in changes for path in (change.subject.path, change.moved_from) if path is not None}
    for state in (base, head):
        for course in state.catalog.courses.values():
            if course.source.path in paths:
                paths.update(course.files)
    return frozenset(paths)


def _all(head: JointState) -> Iterator[Change]:
    """Yield everything that the head shows as gained: in doubt it is a widening."""
    side = head.side
    for path, seen in side.shown.pages.items():
        title = side.articles[seen[0][1].input.key].title
        subject = Subject(kind=SubjectKind.PAGE, path=path, title=title)
        yield _gained(subject, head.places(joined(seen)))
    for path, versions in side.shown.assets.items():
        subject = Subject(kind=SubjectKind.ASSET, path=path, title=path.rsplit("/", 1)[-1])
        yield _gained(subject, head.places(joined(versions)))
    for courses in side.shown.courses.values():
        source = courses[0][1].course.source
        subject = Subject(kind=SubjectKind.COURSE, path=source.path, title=source.title)
        yield _gained(subject, head.places(joined(courses)))


def _gained(subject: Subject, viewers: int) -> Change:
    return Change(
        subject=subject, effect=Effect.GAINS, viewers=viewers, before=None, after=None, causes=(_NOT_COMPARED,)
    )


def _missing(both: Sides) -> str | None:
    if both.base is not None:
        return None
    first = both.findings[0]
    return f"{first.path}:{first.line}:{first.column}: {first.message}"


_EFFECTS = {effect: number for number, effect in enumerate(Effect)}
_KINDS = {kind: number for number, kind in enumerate(SubjectKind)}


def _order(change: Change) -> tuple[object, ...]:
    subject = change.subject
    return _EFFECTS[change.effect], _KINDS[subject.kind], subject.path, subject.line or 0, -change.viewers
