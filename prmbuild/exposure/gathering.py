"""Changes gathered for people: those with the same effect on the same viewers for the same reasons are told at once."""

import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from prmbuild.exposure.model import Cause, CauseKind, Change, Effect, Exposure, SubjectKind

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
        viewers: a set over `Exposure.viewers`.
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
        """How many of what: "42 pages, 3 files"."""
        numbers = dict.fromkeys(SubjectKind, 0)
        for change in self.changes:
            numbers[change.subject.kind] += 1
        return ", ".join(f"{number} {_NOUNS[kind][number > 1]}" for kind, number in numbers.items() if number)

    @property
    def subjects(self) -> str:
        """The same, and the folder they have in common: "42 pages, 3 files under content/pricing/"."""
        if len(self.changes) == 1:
            return self.counted
        return f"{self.counted} under {_folder([change.subject.path for change in self.changes])}/"


def gathered(exposure: Exposure, effect: Effect) -> tuple[Gathered, ...]:
    """Gather the changes of one effect: those that reach most partners first; what only links do comes last."""
    return gathered_of(exposure, exposure.of(effect))


def gathered_of(exposure: Exposure, changes: Iterable[Change]) -> tuple[Gathered, ...]:
    """Gather some changes; see `gathered`."""
    alike: dict[object, list[Change]] = {}
    for change in changes:
        causes = tuple((cause.kind, cause.text, _elsewhere(cause, change)) for cause in change.causes)
        alike.setdefault((change.effect, change.viewers, causes), []).append(change)
    found = [
        Gathered(
            effect=some[0].effect,
            viewers=some[0].viewers,
            causes=some[0].causes if len(some) == 1 else tuple(_common(cause, some[0]) for cause in some[0].causes),
            changes=tuple(some),
        )
        for some in alike.values()
    ]
    partners = exposure.viewers.partners_in
    return tuple(sorted(found, key=lambda one: (one.links_only, -len(partners(one.viewers)), -len(one.changes))))


def _elsewhere(cause: Cause, change: Change) -> object:
    """Return where a cause was written, unless that is in the very file that changes."""
    own = cause.origin is not None and cause.origin.path in (change.subject.path, change.moved_from)
    return None if own else cause.origin


def _common(cause: Cause, change: Change) -> Cause:
    if _elsewhere(cause, change) is None:
        return Cause(kind=cause.kind, origin=None, text=cause.text, in_base=cause.in_base)
    return cause


def _folder(paths: Sequence[str]) -> str:
    return posixpath.commonpath([posixpath.dirname(path) or "." for path in paths]) or "."
