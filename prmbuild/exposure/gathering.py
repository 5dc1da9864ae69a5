"""Changes gathered for people: those with the same effect on the same viewers for the same reasons are told at once."""

import posixpath
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from prmbuild.exposure.edits import distinct
from prmbuild.exposure.model import Cause, CauseKind, Change, Effect, Exposure, SubjectKind, reached

_NOUNS = {
    SubjectKind.PAGE: ("page", "pages"),
    SubjectKind.BLOCK: ("block", "blocks"),
    SubjectKind.ASSET: ("file", "files"),
    SubjectKind.COURSE: ("course", "courses"),
}


_OWN = frozenset((CauseKind.FRONT_MATTER, CauseKind.BLOCK))
_LINKS = frozenset((CauseKind.LINK_OPENED, CauseKind.LINK_CLOSED))


class Gathered(Struct, frozen=True, kw_only=True):
    """Changes that have everything but their subjects in common.

    Attributes:
        viewers: a set over `Exposure.viewers`; of links, all who find any of them changed.
        causes: without the places inside the subjects themselves, where there are several subjects.
        changes: in the order of `Exposure.changes`, at least one.
    """

    effect: Effect
    viewers: int
    causes: tuple[Cause, ...]
    changes: tuple[Change, ...]

    @property
    def links_only(self) -> bool:
        """Whether nothing changes but where links lead."""
        return _links_only(self.changes[0])

    @property
    def counted(self) -> str:
        """How many of what; see `counted`."""
        return counted(self.changes)

    @property
    def folder(self) -> str:
        """The folder that all of them stand in, with a ``/`` at its end; empty where they have none in common."""
        common = posixpath.commonpath([posixpath.dirname(change.subject.path) for change in self.changes])
        return f"{common}/" if common else ""


def counted(changes: Iterable[Change]) -> str:
    """Say how much of what some changes are about: "42 pages, 3 files"."""
    numbers = dict.fromkeys(SubjectKind, 0)
    for subject in {change.subject for change in changes}:
        numbers[subject.kind] += 1
    return ", ".join(f"{number} {_NOUNS[kind][number > 1]}" for kind, number in numbers.items() if number)


def gathered(exposure: Exposure, effect: Effect) -> tuple[Gathered, ...]:
    """Gather the changes of one effect: those that reach most partners first; what only links do comes last."""
    return gathered_of(exposure, exposure.of(effect))


def gathered_of(exposure: Exposure, changes: Iterable[Change]) -> tuple[Gathered, ...]:
    """Gather some changes; see `gathered`."""
    alike: dict[object, list[Change]] = {}
    for change in changes:
        if _links_only(change):
            alike.setdefault(_LINKS, []).append(change)
            continue
        told = tuple((cause.kind, cause.text, _elsewhere(cause, change)) for cause in _telling(change.causes))
        alike.setdefault((change.effect, change.viewers, told), []).append(change)
    found = [
        Gathered(
            effect=some[0].effect,
            viewers=reached(some),
            causes=_common(some),
            changes=tuple(some),
        )
        for some in alike.values()
    ]
    partners = exposure.viewers.partners_in
    return tuple(sorted(found, key=lambda one: (one.links_only, -len(partners(one.viewers)), -len(one.changes))))


def _links_only(change: Change) -> bool:
    return _LINKS.issuperset(cause.kind for cause in change.causes)


def _links(changes: Sequence[Change]) -> tuple[Cause, ...]:
    """Sum up where links lead: to everything that comes or goes there may be some on every page."""
    causes = distinct(cause for change in changes for cause in change.causes)
    opened = [cause for cause in causes if cause.kind is CauseKind.LINK_OPENED]
    closed = [cause for cause in causes if cause.kind is CauseKind.LINK_CLOSED]
    texts = (
        (CauseKind.LINK_OPENED, opened, "lead there now that were plain text"),
        (CauseKind.LINK_CLOSED, closed, "are plain text now"),
    )
    return tuple(
        some[0] if len(some) == 1 else Cause(kind=kind, origin=None, text=f"links to {len(some)} places {what}")
        for kind, some, what in texts
        if some
    )


def _telling(causes: Sequence[Cause]) -> tuple[Cause, ...]:
    """Leave out which page shows an asset, where it is also said why the page is seen."""
    return tuple(cause for cause in causes if cause.kind is not CauseKind.REFERENCE) or tuple(causes)


def _common(changes: Sequence[Change]) -> tuple[Cause, ...]:
    """Return the causes of changes that are told together, without places inside each one's own file."""
    first = changes[0]
    if _links_only(first):
        return _links(changes)
    if len(changes) == 1:
        return first.causes
    return tuple(
        cause if _elsewhere(cause, first) is not None else replace(cause, origin=None)
        for cause in _telling(first.causes)
    )


def _elsewhere(cause: Cause, change: Change) -> object:
    """Return where a cause was written, unless that is in the very file that changes, or in the page that shows it."""
    own = cause.kind in _OWN or (cause.origin is not None and cause.origin.path == change.subject.path)
    return None if own else cause.origin
