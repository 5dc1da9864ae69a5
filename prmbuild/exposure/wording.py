"""Words that every form of the report has in common."""

from prmbuild.exposure.gathering import counted
from prmbuild.exposure.model import Cause, Effect, Exposure, Subject, reached
from prmbuild.exposure.naming import count

HEADINGS = {
    Effect.GAINS: "Widening",
    Effect.LOSES: "Narrowing",
    Effect.CHANGED: "Changes",
    Effect.MOVED: "Moves",
}
"""The headings of the report, in its order."""

DUE = {
    Effect.GAINS: "will gain",
    Effect.LOSES: "will lose",
    Effect.CHANGED: "will see a change in",
    Effect.MOVED: "will find elsewhere",
}
"""What a date will do to viewers."""

_VERBS = {
    Effect.GAINS: ("gains", "gain"),
    Effect.LOSES: ("loses", "lose"),
    Effect.CHANGED: ("sees a change in", "see a change in"),
    Effect.MOVED: ("finds elsewhere", "find elsewhere"),
}


def headline(exposure: Exposure) -> str:
    """Say in one line what an approver decides about: whether anything widens."""
    widening = exposure.widening
    if widening:
        return f"Exposure widens: {summary(exposure, Effect.GAINS)}"
    if exposure.changes:
        return "Exposure does not widen"
    return "Nobody gains, loses or sees anything changed"


def summary(exposure: Exposure, effect: Effect) -> str:
    """Say how many partners an effect reaches, and how much: "4 partners gain 1 page, 16 blocks"."""
    changes = exposure.of(effect)
    who = count(exposure.viewers, reached(changes))
    return f"{who} {_VERBS[effect][not who.startswith('1 ')]} {counted(changes)}"


def because(cause: Cause) -> str:
    """Return a cause with its place."""
    if cause.origin is None:
        return cause.text
    return f"{cause.origin}{' of the base' if cause.in_base else ''}  {cause.text}"


def place(subject: Subject) -> str:
    """Return where a subject stands: its path, and for a block its line."""
    return subject.path if subject.line is None else f"{subject.path}:{subject.line}"


def plain(text: str) -> str:
    """Return authored text on one line, without what a terminal would obey or a reader would not see."""
    return "".join(character if character.isprintable() else " " for character in text)
