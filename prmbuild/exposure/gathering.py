"""Changes gathered for people: those with the same effect on the same viewers for the same reasons are told at once."""

import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from prmbuild.exposure.model import Cause, CauseKind, Change, Effect, Exposure, SubjectKind, reached

_NOUNS = {
    SubjectKind.PAGE: ("page", "pages"),
    SubjectKind.BLOCK: ("block", "blocks"),
    SubjectKind.ASSET: ("file", "files"),
    SubjectKind.COURSE: ("course", "courses"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
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
        return all(cause.kind is CauseKind.LINK for cause in self.causes)

    @property
    def counted(self) -> str:
        """How many of what; see `counted`."""
        return counted(self.changes)

    @property
    def folder(self) -> str:
        """The folder that all of them stand in, with a ``/`` at its end."""
        folders = [posixpath.dirname(change.subject.path) for change in self.changes]
        return f"{posixpath.commonpath([folder or '.' for folder in folders]) or '.'}/"


def counted(changes: Iterable[Change]) -> str:
    """Say how many changes of what: "42 pages, 3 files"."""
    numbers = dict.fromkeys(SubjectKind, 0)
    for change in changes:
        numbers[change.subject.kind] += 1
    return ", ".join(f"{number} {_NOUNS[kind][number > 1]}" for kind, number in numbers.items() if number)


def gathered(exposure: Exposure, effect: Effect) -> tuple[Gathered, ...]:
    """Gather the changes of one effect: those that reach most partners first; what only links do comes last."""
    return gathered_of(exposure, exposure.of(effect))


def gathered_of(exposure: Exposure, changes: Iterable[Change]) -> tuple[Gathered, ...]:
    """Gather some changes; see `gathered`."""
    alike: dict[object, list[Change]] = {}
    for change in changes:
        causes = _telling(change.causes)
        told = tuple((cause.kind, cause.text, _elsewhere(cause, change)) for cause in causes)
        links = all(cause.kind is CauseKind.LINK for cause in causes)
        alike.setdefault((change.effect, None if links else change.viewers, told), []).append(change)
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


def _telling(causes: Sequence[Cause]) -> tuple[Cause, ...]:
    """Leave out which page shows an asset, where it is also said why the page is seen."""
    return tuple(cause for cause in causes if cause.kind is not CauseKind.REFERENCE) or tuple(causes)


def _common(changes: Sequence[Change]) -> tuple[Cause, ...]:
    """Return the causes of changes that are told together, without places inside each one's own file."""
    first = changes[0]
    if len(changes) == 1:
        return first.causes
    return tuple(
        cause if _elsewhere(cause, first) is not None else replace(cause, origin=None)
        for cause in _telling(first.causes)
    )


def _elsewhere(cause: Cause, change: Change) -> object:
    """Return where a cause was written, unless that is in the very file that changes."""
    own = cause.origin is not None and cause.origin.path in (change.subject.path, change.moved_from)
    return None if own else cause.origin
