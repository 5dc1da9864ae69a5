"""What changes for whom between two states of a programme."""

from collections.abc import Iterable
from datetime import datetime
from enum import Enum

from msgspec import Struct

from prmbuild.source.history import Commit, Version
from prmbuild.visibility.rules import Origin
from prmbuild.visibility.sets import members, union


class SubjectKind(Enum):
    """What a viewer sees, or does not."""

    PAGE = "page"
    BLOCK = "block"
    ASSET = "asset"
    COURSE = "course"


class Effect(Enum):
    """What a change does to a viewer. Every `GAINS` is a widening."""

    GAINS = "gains"
    LOSES = "loses"
    CHANGED = "changed"
    MOVED = "moved"


class CauseKind(Enum):
    """What was edited, so that somebody sees something else than before."""

    RULE = "rule"
    AUDIENCE = "audience"
    SEGMENT = "segment"
    PARTNER = "partner"
    ROLE = "role"
    FRONT_MATTER = "front-matter"
    VERSION = "version"
    APPROVAL = "approval"
    RETIRED = "retired"
    DATE = "date"
    FILE = "file"
    MOVE = "move"
    BLOCK = "block"
    LINK_OPENED = "link-opened"
    LINK_CLOSED = "link-closed"
    REFERENCE = "reference"
    COURSE = "course"


class Subject(Struct, frozen=True, kw_only=True):
    """What a change is about.

    Attributes:
        path: repository path in the head; in the base where the head has it no more. A course's is its
            ``course.yaml``, a block's that of its page.
        line: for a block, the line it starts on in that file, counted from 1.
        title: for people, as authored; a block's names its audience. It may hold anything.
    """

    kind: SubjectKind
    path: str
    line: int | None = None
    title: str


class Cause(Struct, frozen=True, kw_only=True):
    """An edit that made the difference.

    Attributes:
        origin: where it was written: in the head, and in the base where it was taken away; None where no line says it.
        text: what was edited, for people; quotes what was authored.
        in_base: whether `origin` is a place in the base, as the head has it no more.
    """

    kind: CauseKind
    origin: Origin | None
    text: str
    in_base: bool = False


class Change(Struct, frozen=True, kw_only=True):
    """What some viewers gain, lose or see changed, for the same reasons.

    Attributes:
        viewers: a set over `Exposure.viewers`, not empty.
        before: the version that the base shows of the subject, to these viewers or others; None where it shows none.
        after: likewise the head.
        causes: never empty.
        moved_from: its repository path in the base, where that was another one.
    """

    subject: Subject
    effect: Effect
    viewers: int
    before: Version | None
    after: Version | None
    causes: tuple[Cause, ...]
    moved_from: str | None = None


class Due(Struct, frozen=True, kw_only=True):
    """What a date alone will change, if nothing else does.

    Attributes:
        instant: UTC.
        viewers: a set over `Exposure.viewers`.
        causes: which dates.
    """

    instant: datetime
    subject: Subject
    effect: Effect
    viewers: int
    causes: tuple[Cause, ...]


class Pair(Struct, frozen=True):
    """A viewer as both states know it."""

    partner: str
    role: str


class Group(Struct, frozen=True, kw_only=True):
    """Viewers that people have a name for: a segment, a partner.

    Attributes:
        id: as authored.
        title: as authored, for people.
        viewers: a set over `Viewers.pairs`.
    """

    id: str
    title: str
    viewers: int


class Viewers(Struct, frozen=True, kw_only=True):
    """Everybody who can see something in the base or in the head. Sets have a bit for each, in this order.

    Attributes:
        pairs: those of the head in authored order, then those that the base alone has.
        head: who exists in the head.
        base: who exists in the base.
        segments: those of the head, then those that the base alone has; each as the last state to have it knows it.
        partners: likewise.
        roles: likewise; a role's id is its title.
    """

    pairs: tuple[Pair, ...]
    head: int
    base: int
    segments: tuple[Group, ...]
    partners: tuple[Group, ...]
    roles: tuple[Group, ...]

    def of(self, some: int) -> tuple[Pair, ...]:
        """Return the viewers in a set, in order."""
        return tuple(self.pairs[number] for number in members(some))

    def partners_in(self, some: int) -> tuple[Group, ...]:
        """Return the partners at which somebody is in a set: those that a change reaches."""
        return tuple(partner for partner in self.partners if partner.viewers & some)


class State(Struct, frozen=True, kw_only=True):
    """One side of a comparison.

    Attributes:
        commit: what was read.
        preview: whether uncommitted files lie over it.
        missing: why nothing is known of what it showed, for people; None where all is known.
    """

    commit: Commit
    preview: bool = False
    missing: str | None = None


class Exposure(Struct, frozen=True, kw_only=True):
    """What changes for whom between two states, both judged at the same instant.

    Attributes:
        base: the state before. Where `State.missing` says that it cannot be read, everything that the head shows counts
            as gained: in doubt it is a widening.
        head: the state after.
        now: the instant, UTC.
        viewers: gives sets their meaning.
        changes: sorted by effect (in the order of `Effect`), kind, path and line.
        due: what dates alone change until `until`, by instant.
        until: UTC.
        notes: what else changed that decides nothing about visibility, for people.
    """

    base: State
    head: State
    now: datetime
    viewers: Viewers
    changes: tuple[Change, ...]
    due: tuple[Due, ...] = ()
    until: datetime
    notes: tuple[str, ...] = ()

    def of(self, effect: Effect) -> tuple[Change, ...]:
        """Return the changes of one effect."""
        return tuple(change for change in self.changes if change.effect is effect)

    @property
    def widening(self) -> tuple[Change, ...]:
        """Everything that somebody can see and could not before."""
        return self.of(Effect.GAINS)


def reached(changes: Iterable[Change]) -> int:
    """Return the set of all viewers of some changes."""
    return union(change.viewers for change in changes)
