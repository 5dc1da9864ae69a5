"""The exposure report for a terminal."""

from collections.abc import Iterator

from prmbuild.exposure.gathering import Gathered, gathered
from prmbuild.exposure.model import Change, Due, Effect, Exposure, State, SubjectKind
from prmbuild.exposure.naming import everyone, named
from prmbuild.exposure.wording import DUE, HEADINGS, because, headline, place, plain, summary

_SHOWN = 12
"""So many subjects of a group are listed before the others are counted."""


def as_text(exposure: Exposure) -> str:
    """Write the report as plain text."""
    return "\n".join(_lines(exposure)) + "\n"


def _lines(exposure: Exposure) -> Iterator[str]:
    yield headline(exposure)
    yield f"  {_state(exposure.head)}"
    yield f"  since {_state(exposure.base)}"
    yield f"  judged at {exposure.now:%Y-%m-%d %H:%M}Z"
    if exposure.base.missing is not None:
        yield ""
        yield f"the base cannot be compared: {plain(exposure.base.missing)}"
        yield "everything that the head shows counts as gained"
    for effect in Effect:
        if exposure.of(effect):
            yield ""
            yield f"{HEADINGS[effect].upper()}: {summary(exposure, effect)}"
            for group in gathered(exposure, effect):
                yield from _group(exposure, group)
    if exposure.due:
        yield ""
        yield f"DUE before {exposure.until:%Y-%m-%d}, by dates alone"
        yield from (_due(exposure, due) for due in exposure.due)
    if exposure.notes:
        yield ""
        yield "ALSO"
        yield from (f"  {plain(note)}" for note in exposure.notes)


def _state(state: State) -> str:
    files = " with uncommitted files" if state.preview else ""
    return f"{state.commit.short} '{plain(state.commit.subject)}'{files}"


def _group(exposure: Exposure, group: Gathered) -> Iterator[str]:
    who = named(exposure.viewers, group.viewers, everyone(exposure.viewers, group.effect))
    where = f" under {plain(group.folder)}" if len(group.changes) > 1 and group.folder else ""
    yield f"  {plain(who)}: {group.counted}{where}"
    for cause in group.causes:
        yield f"    because {plain(because(cause))}"
    for change in group.changes[:_SHOWN]:
        yield f"      {_subject(change)}"
    if len(group.changes) > _SHOWN:
        yield f"      and {len(group.changes) - _SHOWN} more; --format json has them all"


def _due(exposure: Exposure, due: Due) -> str:
    who = named(exposure.viewers, due.viewers, everyone(exposure.viewers, due.effect))
    return f"  {due.instant:%Y-%m-%d %H:%M}Z  {plain(who)} {DUE[due.effect]} {_subject(due)}"


def _subject(change: Change | Due) -> str:
    subject = change.subject
    moved = f"  from {change.moved_from}" if isinstance(change, Change) and change.moved_from else ""
    title = "" if subject.kind is SubjectKind.ASSET else f"  “{subject.title}”"
    return plain(f"{place(subject)}{moved}{title}")
