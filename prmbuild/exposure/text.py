"""The exposure report for a terminal."""

from collections.abc import Iterator, Sequence

from prmbuild.exposure.gathering import Gathered, gathered
from prmbuild.exposure.model import Cause, Change, Due, Effect, Exposure, State, SubjectKind, reached
from prmbuild.exposure.naming import count, named

_SHOWN = 12
"""So many subjects of a group are listed before the others are counted."""

_HEADINGS = {
    Effect.GAINS: ("WIDENING", "gain"),
    Effect.LOSES: ("NARROWING", "lose"),
    Effect.CHANGED: ("CHANGED", "see a change in"),
    Effect.MOVED: ("MOVED", "find elsewhere"),
}


def as_text(exposure: Exposure) -> str:
    """Write the report as plain text."""
    return "\n".join(_lines(exposure)) + "\n"


def _lines(exposure: Exposure) -> Iterator[str]:
    yield f"exposure of {_state(exposure.head)}"
    yield f"      since {_state(exposure.base)}"
    yield f"  judged at {exposure.now:%Y-%m-%d %H:%M}Z"
    if exposure.base.missing is not None:
        yield ""
        yield f"the base cannot be compared: {plain(exposure.base.missing)}"
        yield "everything that the head shows counts as gained"
    for effect, (heading, verb) in _HEADINGS.items():
        changes = exposure.of(effect)
        if not changes:
            continue
        yield ""
        yield f"{heading}: {_summary(exposure, changes, verb)}"
        for group in gathered(exposure, effect):
            yield from _group(exposure, group)
    if not exposure.changes:
        yield ""
        yield "nobody gains, loses or sees anything changed"
    yield from _due(exposure)
    if exposure.notes:
        yield ""
        yield "ALSO"
        yield from (f"  {plain(note)}" for note in exposure.notes)


def _state(state: State) -> str:
    files = " with uncommitted files" if state.preview else ""
    return f"{state.commit.short} '{plain(state.commit.subject)}'{files}"


def _summary(exposure: Exposure, changes: Sequence[Change], verb: str) -> str:
    subjects = Gathered(effect=changes[0].effect, viewers=0, causes=(), changes=tuple(_distinct(changes)))
    some = reached(changes)
    text = f"{count(exposure.viewers, some)} {verb} {subjects.counted}"
    return text.replace("1 partner gain ", "1 partner gains ").replace("1 partner lose ", "1 partner loses ")


def _distinct(changes: Sequence[Change]) -> Iterator[Change]:
    """Yield a change of every subject."""
    yield from {(change.subject.kind, change.subject.path, change.subject.line): change for change in changes}.values()


def _group(exposure: Exposure, group: Gathered) -> Iterator[str]:
    among = everyone(exposure, group.effect)
    yield f"  {plain(named(exposure.viewers, group.viewers, among))}: {group.subjects}"
    for cause in group.causes:
        yield f"    because {plain(because(cause))}"
    for change in group.changes[:_SHOWN]:
        yield f"      {plain(subject(change))}"
    if len(group.changes) > _SHOWN:
        yield f"      and {len(group.changes) - _SHOWN} more"


def everyone(exposure: Exposure, effect: Effect) -> int:
    """Return whom "everyone" means for an effect."""
    viewers = exposure.viewers
    match effect:
        case Effect.GAINS:
            return viewers.head
        case Effect.LOSES:
            return viewers.base
        case _:
            return viewers.base & viewers.head


def because(cause: Cause) -> str:
    """Return a cause with its place."""
    if cause.origin is None:
        return cause.text
    return f"{cause.origin}{' of the base' if cause.in_base else ''}  {cause.text}"


def subject(change: Change | Due) -> str:
    """Return what a change is about, with its place."""
    one = change.subject
    place = one.path if one.line is None else f"{one.path}:{one.line}"
    moved = f"  from {change.moved_from}" if isinstance(change, Change) and change.moved_from else ""
    return f"{place}{moved}" if one.kind is SubjectKind.ASSET else f"{place}{moved}  “{one.title}”"


def plain(text: str) -> str:
    """Return authored text on one line, without what a terminal would obey."""
    return "".join(character if character.isprintable() else " " for character in text)


def _due(exposure: Exposure) -> Iterator[str]:
    if not exposure.due:
        return
    yield ""
    yield f"DUE before {exposure.until:%Y-%m-%d}, by dates alone"
    for due in exposure.due:
        among = everyone(exposure, due.effect)
        who = named(exposure.viewers, due.viewers, among)
        verb = {"gains": "gains", "loses": "loses", "changed": "sees changed", "moved": "finds elsewhere"}
        yield f"  {due.instant:%Y-%m-%d %H:%M}Z  {plain(who)} {verb[due.effect.value]} {plain(subject(due))}"
