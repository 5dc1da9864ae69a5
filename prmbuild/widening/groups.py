"""What widens, gathered by the edit that makes the difference, so that one edit is one finding."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from prmbuild.diagnostics import Code, Diagnostic
from prmbuild.exposure.gathering import counted
from prmbuild.exposure.model import Cause, CauseKind, Change, Effect, Viewers, reached
from prmbuild.exposure.naming import count, everyone, named
from prmbuild.exposure.wording import plain
from prmbuild.source.snapshot import Snapshot
from prmbuild.visibility.rules import Origin
from prmbuild.widening.gains import Gain, Widening

_NAMED = 2
"""So many paths are named before the others are counted."""


class Group(Struct, frozen=True, kw_only=True):
    """Everything that one edit lets somebody see.

    Attributes:
        place: where the edit stands, in the head.
        told: what is shown to whom, for people.
        why: the edit, for people.
        paths: repository paths of what is shown, sorted.
    """

    place: Origin
    told: str
    why: str
    paths: tuple[str, ...]

    def at(self, code: Code, message: str, hint: str) -> Diagnostic:
        """Return a finding at the edit."""
        return code.at(self.place.path, message, line=self.place.line, column=self.place.column, hint=hint)


def groups(widening: Widening, head: Snapshot) -> tuple[Group, ...]:
    """Gather what widens by the first edit that is named for it, and by when.

    Args:
        widening: what widens.
        head: the state that is proposed.
    """
    alike: dict[object, list[tuple[Gain, Cause]]] = {}
    for gain in widening.gains:
        cause = _telling(gain.change)
        own = cause.origin is None or cause.origin.path == gain.change.subject.path
        key = (gain.since, cause.kind, cause.text, None if own else cause.origin)
        alike.setdefault(key, []).append((gain, cause))
    return tuple(_group(some, widening.exposure.viewers, head) for some in alike.values())


def _telling(change: Change) -> Cause:
    """Return the cause that says most: one that has a place, and is not merely which page shows a file."""
    placed = [cause for cause in change.causes if cause.origin is not None]
    decisive = [cause for cause in placed if cause.kind is not CauseKind.REFERENCE]
    return (decisive or placed or list(change.causes))[0]


def _group(some: Sequence[tuple[Gain, Cause]], viewers: Viewers, head: Snapshot) -> Group:
    gain, cause = some[0]
    changes = [one.change for one, _ in some]
    who = reached(changes)
    subjects = tuple({change.subject: change for change in changes}.values())
    paths = tuple(sorted({change.subject.path for change in changes}))
    partners = f"{count(viewers, who)} ({named(viewers, who, everyone(viewers, Effect.GAINS))})"
    return Group(
        place=_place(gain.change, cause, head),
        told=f"{counted(subjects)} ({listed(paths)}) would be shown to {partners}{_from(gain.since)}",
        why=f"{plain(cause.text)}{_before(cause)}",
        paths=paths,
    )


def _place(change: Change, cause: Cause, head: Snapshot) -> Origin:
    """Return where the edit stands; what was taken out stands nowhere, so the top of its file is named."""
    origin = cause.origin
    if origin is not None and not cause.in_base and origin.path in head.files:
        return origin
    path = origin.path if origin is not None and origin.path in head.files else change.subject.path
    return Origin(path=path, line=1, column=1)


def _before(cause: Cause) -> str:
    return f" (was line {cause.origin.line})" if cause.in_base and cause.origin is not None else ""


def _from(since: datetime | None) -> str:
    return "" if since is None else f" from {since:%Y-%m-%dT%H:%MZ} on"


def listed(paths: Iterable[str]) -> str:
    """Name a few paths, and count the others."""
    every = tuple(paths)
    if len(every) <= _NAMED + 1:
        return ", ".join(map(plain, every))
    return f"{', '.join(map(plain, every[:_NAMED]))} and {len(every) - _NAMED} more"
