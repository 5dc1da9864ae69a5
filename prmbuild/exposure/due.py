"""What dates alone will change: the state is worked out at each instant at which one passes, from the one before."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime

from prmbuild.desired import Authored, Considered
from prmbuild.exposure.assets import asset_changes
from prmbuild.exposure.causes import Reasons
from prmbuild.exposure.courses import course_changes
from prmbuild.exposure.difference import considered_from
from prmbuild.exposure.model import Cause, CauseKind, Change, Due
from prmbuild.exposure.pages import page_changes
from prmbuild.exposure.sides import side_later
from prmbuild.exposure.state import JointState
from prmbuild.request import Request
from prmbuild.source.approval import Absence
from prmbuild.source.snapshot import COURSES
from prmbuild.visibility.audience import Audience

Calendar = Mapping[datetime, Mapping[str, str]]
"""Instant → repository path of what a date of passes then → the name of the date."""


def due(head: JointState, authored: Authored, request: Request, until: datetime) -> tuple[Due, ...]:
    """Return what dates will change, by instant.

    Args:
        head: the state at the instant of the request.
        authored: what it was worked out from.
        request: how it was asked for.
        until: the last instant, UTC.

    Raises:
        SourceError: git cannot answer.
        RenderError: a page cannot be rendered.
    """
    return tuple(_due(head, authored, request, until))


def _due(state: JointState, authored: Authored, request: Request, until: datetime) -> Iterator[Due]:
    while calendar := coming(state.side.considered, until):
        instant = min(calendar)
        dates = calendar[instant]
        considered = considered_from(state.side.considered, authored, request, instant, dates.keys())
        later = JointState(side_later(state.side, considered, request), state.places, state.everyone)
        paths = {*dates}
        if any(path.startswith(f"{COURSES}/") for path in dates):
            paths |= {path for path in authored.snapshot.files if path.startswith(f"{COURSES}/")}
        why = _Dated(instant, dates)
        for change in (
            *page_changes(state, later, {}, why, paths),
            *asset_changes(state, later, {}, why),
            *course_changes(state, later, why),
        ):
            yield Due(
                instant=instant,
                subject=change.subject,
                effect=change.effect,
                viewers=change.viewers,
                causes=why.of(change),
            )
        state = later


def coming(considered: Considered, until: datetime) -> Calendar:
    """Return which dates pass after the instant of a state, up to another one, as far as the state can tell.

    What comes into force may bring dates of its own, which only the state of then can tell.
    """
    catalog, reader = considered.catalog, considered.reader
    found: dict[datetime, dict[str, str]] = defaultdict(dict)

    def note(instant: datetime | None, path: str, name: str) -> None:
        if instant is not None and catalog.now < instant <= until:
            found[instant].setdefault(path, name)

    for path, page in catalog.pages.items():
        note(page.source.meta.expire_at, path, "expire_at")
        for version in catalog.snapshot.history.of(path):
            if version.position >= page.version.position:
                break
            note(reader.standing(version).publish_at, path, "publish_at")
    for course in catalog.courses.values():
        note(course.source.expire_at, course.source.path, "expire_at")
        for version in catalog.snapshot.history.of(course.source.path):
            if version.position >= course.version.position:
                break
            note(reader.standing(version).publish_at, course.source.path, "publish_at")
    for path, ruling in catalog.absent.items():
        if ruling.absence is Absence.NOT_YET:
            for version in catalog.snapshot.history.of(path):
                note(reader.standing(version).publish_at, path, "publish_at")
    return found


class _Dated:
    """Finds the dates that pass at an instant to be the causes of all that changes then.

    Args:
        instant: UTC.
        dates: repository path → name of the date.
    """

    def __init__(self, instant: datetime, dates: Mapping[str, str]) -> None:
        self._instant = instant
        self._dates = dates

    def page(self, before: str, after: str, viewers: int, *, gone: bool) -> Reasons:
        """See `Why.page`."""
        return [(viewers, self._all())]

    def course(self, identifier: str, viewers: int, *, gone: bool) -> Reasons:
        """See `Why.course`."""
        return [(viewers, self._all())]

    def asset(self, before: str, after: str, viewers: int, *, gone: bool) -> Reasons:
        """See `Why.asset`."""
        return [(viewers, self._all())]

    def audience(self, audience: Audience, viewers: int, *, gone: bool) -> Reasons:
        """See `Why.audience`."""
        return [(viewers, self._all())]

    def of(self, change: Change) -> tuple[Cause, ...]:
        """Return the subject's own date where it has one that passes, else all that pass."""
        own = self._dates.get(change.subject.path)
        return (self._cause(change.subject.path, own),) if own is not None else self._all()

    def _all(self) -> tuple[Cause, ...]:
        return tuple(self._cause(path, name) for path, name in sorted(self._dates.items()))

    def _cause(self, path: str, name: str) -> Cause:
        return Cause(kind=CauseKind.DATE, origin=None, text=f"{name} of {path}")
