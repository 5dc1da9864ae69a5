"""What partners saw, and when, as far as the records tell: the one place that knows the past.

A turn names the one before it, and is recorded only while `live` still names that. So whatever another turn names was
live, until that other one at the earliest; and what is live leads back to the first turn. Where one is lost, or was
changed, so is what was live until the one after it: a *gap*. Before it, the latest of the others leads on.

All else may have been live, and nobody can tell: turns that none on record names, as a run may have died before `live`
named it, or the one that named it is lost, or `live` was put back; and deployments that no turn on record deployed.

So there are three answers to whatever is asked of the past. *Yes* and *no* need proof; all else is *not known*.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from itertools import pairwise

from msgspec import Struct

from prmbuild.errors import ChangedError
from prmbuild.records import recorded
from prmbuild.records.layout import DEPLOYMENTS, TURNS, deployment_key, recorded_deployment, recorded_turn
from prmbuild.records.records import BACKUP, Deployment, Kind, Live, Turn, read_turn
from prmbuild.records.transfers import every
from prmbuild.store.store import Store

_LONG_AGO, _NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

BEFORE_ANOTHER = "was live before another, and no turn says so"
"""What is wrong where the turn of a deployment is lost, and that of the next one too."""


class Span(Struct, frozen=True, kw_only=True):
    """How long partners saw a deployment, from one turn to the next.

    Attributes:
        since: UTC.
        until: UTC, no longer part of it; None for what partners see now.
    """

    turn: Turn
    since: datetime
    until: datetime | None


class Gap(Struct, frozen=True, kw_only=True):
    """How long nothing on record proves what partners saw.

    Attributes:
        after: the turn that ended it.
        since: UTC; None where nobody knows when it began, as the first turn is lost.
        until: UTC, no longer part of it.
    """

    after: Turn
    since: datetime | None
    until: datetime


class Maybe(Struct, frozen=True, kw_only=True):
    """How long partners may have seen a deployment, and nothing proves it: until what they saw next for certain.

    Attributes:
        deployment: its id.
        turn: the one that tells of it; None where none does that deployed it.
        since: UTC.
        until: UTC, no longer part of it; None where nothing came after it.
    """

    deployment: str
    turn: Turn | None
    since: datetime
    until: datetime | None


class History(Struct, frozen=True, kw_only=True, dict=True):
    """The past of a store.

    Attributes:
        spans: what partners saw for certain, oldest first; never empty, and without a break where there is no gap.
        gaps: oldest first.
        maybe: what they may have seen besides, by when that began. In a gap it may also have been what is lost.
        unread: what is wrong with turns that are there and cannot be read, and with deployments that no turn tells of.
    """

    spans: tuple[Span, ...]
    gaps: tuple[Gap, ...] = ()
    maybe: tuple[Maybe, ...] = ()
    unread: tuple[ChangedError, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether nothing is lost: what partners saw is among `spans` and `maybe`, back to the first deployment."""
        return not self.gaps and not self.unread

    @property
    def begins(self) -> datetime:
        """The first instant that the records tell of, UTC; nothing was deployed before, where no gap goes further."""
        others = [gap.since for gap in self.gaps if gap.since is not None]
        if len(others) < len(self.gaps):
            return self.spans[0].since
        return min((self.spans[0].since, *others, *(one.since for one in self.maybe)))

    @cached_property
    def times(self) -> tuple[Span | Gap, ...]:
        """Spans and gaps, one after the other."""
        return tuple(sorted((*self.spans, *self.gaps), key=lambda one: (one.since or _LONG_AGO, one.until or _NEVER)))

    def ended(self, at: datetime) -> datetime | None:
        """Return when something was made live for certain, the next time after an instant; None where nothing was."""
        return _next(self.spans, at)

    def last_seen(self) -> Mapping[str, datetime | None]:
        """Return id → until when partners saw a deployment at the latest, or may have seen it; None for now.

        In a gap they may have seen any other, too.
        """
        found: dict[str, datetime | None] = {}
        told = ((span.turn.deployment, span.until) for span in self.spans)
        for name, until in (*((one.deployment, one.until) for one in self.maybe), *told):
            earlier = found.get(name, _LONG_AGO)
            found[name] = None if earlier is None or until is None else max(earlier, until)
        return found


class Known(Struct, frozen=True, kw_only=True):
    """The records that tell of the past.

    Attributes:
        turns: id → turn that is on record and can be read, in no order.
        untold: deployments on record that no turn deployed.
        unread: see `History`.
    """

    turns: dict[str, Turn]
    untold: Sequence[Deployment]
    unread: Sequence[ChangedError]

    def is_first(self, turn: Turn) -> bool:
        """Tell whether nothing was live for certain before a turn, and no turn before it is lost."""
        return not turn.previous and self._filled(turn, 0)

    def follows(self, turn: Turn, before: Turn) -> bool:
        """Tell whether a turn came after the one that it names, and none is lost that came in between.

        Where `live` was lost and a person said what is right, nobody can tell whether what came last was live. The
        numbers between the two turns are those of it, whether it is a turn that nothing names or a deployment without
        a turn.
        """
        return before.number < turn.number and self._filled(turn, before.number)

    def _filled(self, turn: Turn, before: int) -> bool:
        """Tell whether as many may have been live between a turn and the number before it as there are numbers."""
        spare = self._spare(turn) if before < turn.number - 1 else 0
        if turn.number - 1 - before <= spare:
            return True
        for other in self.turns.values():
            if turn.number - 1 - spare <= other.number < turn.number:
                one: Turn | None = other
                while one is not None and one.previous != turn.previous:
                    named = self.turns.get(one.previous)
                    one = named if named is not None and named.number < one.number else None
                if one is not None and one.id != turn.id and self._filled(one, before):
                    return True
        return False

    def _spare(self, turn: Turn) -> int:
        """Return how many deployments without a turn may have been live just before a turn."""
        before = self.turns.get(turn.previous)
        since = datetime.fromisoformat(before.at) if before is not None else _LONG_AGO
        until = datetime.fromisoformat(turn.at)
        named = {one.previous for one in self.untold}  # those were live, and their turns are lost
        return sum(since <= datetime.fromisoformat(one.at) <= until and one.id not in named for one in self.untold)


def turns(store: Store, live: Live) -> Iterator[Turn]:
    """Yield turns, newest first, each asked for by itself: quick for the last few.

    They end with the first one, or before one whose record is lost or was changed, which the last of them names.

    Raises:
        StoreError: the store does not answer.
    """
    return turns_from(store, live.record)


def turns_from(store: Store, name: str) -> Iterator[Turn]:
    """Yield a turn by its id, and those before it; see `turns`."""
    while name and (one := recorded.known(recorded.turn, store, name)) is not None:
        yield one
        name = one.previous


def seen_deployments(store: Store, live: Live) -> Iterator[tuple[Turn, Deployment]]:
    """Yield the deployments that partners saw, each once with the last turn to it, what they saw last first.

    Those whose records are lost or were changed are left out.

    Raises:
        StoreError: the store does not answer.
    """
    told: set[str] = set()
    for turn in turns(store, live):
        if turn.deployment not in told:
            told.add(turn.deployment)
            one = recorded.known(recorded.deployment, store, turn.deployment)
            if one is not None:
                yield turn, one


def history(store: Store, live: Live) -> History:
    """Return the past; quick where there are thousands of turns.

    Raises:
        ChangedError: the last turn is lost, or was changed.
        StoreError: the store does not answer.
    """
    known = known_of(store, live)
    last = known.turns.get(live.record) or recorded.turn(store, live.record)
    proven, breaks = _led(known, last)
    spans, gaps = _spans(proven, breaks)
    certain = {turn.id for turn in proven}
    maybe = (
        *(_aside(spans, turn) for turn in known.turns.values() if turn.id not in certain),
        *(_untold(spans, one) for one in known.untold),
    )
    return History(
        spans=spans,
        gaps=gaps,
        maybe=tuple(sorted(maybe, key=lambda one: one.since)),
        unread=tuple(known.unread),
    )


def known_of(store: Store, live: Live) -> Known:
    """Return the records that tell of the past, those that the pointer leads to included.

    Raises:
        StoreError: the store does not answer.
    """
    known, unread = listed_turns(store)
    # a store may list what was just put a moment later
    for one in turns(store, live):
        if one.id in known:
            break
        known[one.id] = one
    untold, wrong = _undeployed(store, known.values())
    return Known(turns=known, untold=untold, unread=(*unread, *wrong))


def recorded_turns(store: Store, but: str = "") -> Sequence[Turn]:
    """Return every turn that is on record and can be read, in no order, those in no chain included.

    Args:
        store: where.
        but: id of one that is not asked for.

    Raises:
        StoreError: the store does not answer.
    """
    return tuple(listed_turns(store, but)[0].values())


def listed_turns(store: Store, but: str = "") -> tuple[dict[str, Turn], Sequence[ChangedError]]:
    """Return id → turn of all that are on record and can be read; and what is wrong with the others.

    Args:
        store: where.
        but: id of one that is not asked for.

    Raises:
        StoreError: the store does not answer.
    """
    listed = {found.key: recorded_turn(found.key) for found in store.listed(TURNS)}
    names = {key: name for key, name in listed.items() if name is not None and name != but}
    known, unread = {}, []
    for name, found in zip(names.values(), every(store.get, names), strict=True):
        if found is not None:
            try:
                known[name] = read_turn(name, found[0])
            except ChangedError as error:
                unread.append(error)
    return known, unread


def _undeployed(store: Store, told: Iterable[Turn]) -> tuple[Sequence[Deployment], Sequence[ChangedError]]:
    """Return the deployments on record that no turn deployed; and what is wrong with others that no turn tells of.

    Those cannot be read; or one names as the one before it what no turn made live.
    """
    live = {turn.deployment for turn in told}
    deployed = {turn.deployment for turn in told if turn.kind is Kind.DEPLOY}
    listed = (recorded_deployment(found.key) for found in store.listed(DEPLOYMENTS))
    names = [name for name in listed if name is not None and name not in deployed]
    read = list(every(lambda name: recorded.or_why(recorded.deployment, store, name), names))
    known = [one for one in read if not isinstance(one, ChangedError)]
    before = dict.fromkeys(one.previous for one in known if one.previous and one.previous not in live)
    unsaid = (ChangedError(deployment_key(name), BEFORE_ANOTHER, hint=BACKUP) for name in before)
    return known, [*(one for one in read if isinstance(one, ChangedError)), *unsaid]


def _led(known: Known, last: Turn) -> tuple[Sequence[Turn], Mapping[str, Turn | None]]:
    """Return the turns that were live for certain, newest first, as the last one leads to them, gap after gap.

    Returns:
        Also, id of a turn that a gap ends with → the one that it begins with; None where it has no beginning.
    """
    proven, breaks = [last], dict[str, Turn | None]()
    turn = last
    while not known.is_first(turn):
        before = known.turns.get(turn.previous)
        if before is not None and known.follows(turn, before):
            proven.append(before)
            turn = before
            continue
        head: Turn | None = turn
        while head is not None:
            head = max(
                (one for one in known.turns.values() if one.number < head.number),
                key=lambda one: (one.number, one.at),
                default=None,
            )
            if head is None or known.is_first(head):
                breaks[turn.id] = head
                return proven, breaks
            before = known.turns.get(head.previous)
            if before is not None and known.follows(head, before):
                breaks[turn.id] = head
                proven.append(before)
                turn = before
                break
    return proven, breaks


def _spans(proven: Sequence[Turn], breaks: Mapping[str, Turn | None]) -> tuple[tuple[Span, ...], tuple[Gap, ...]]:
    """Return when turns were live, and the gaps; where a clock was put back, one is empty rather than negative."""
    begins: list[tuple[Turn, datetime]] = []
    gaps: list[Gap] = []
    for turn in reversed(proven):
        at = datetime.fromisoformat(turn.at)
        at = max(at, begins[-1][1]) if begins else at
        if turn.id in breaks:
            head = breaks[turn.id]
            since = min(datetime.fromisoformat(head.at), at) if head is not None else None
            since = max(since, begins[-1][1]) if since is not None and begins else since
            gaps.append(Gap(after=turn, since=since, until=at))
        begins.append((turn, at))
    broken = {gap.after.id: gap.since for gap in gaps}
    ends = (*(broken.get(later.id) or at for _, (later, at) in pairwise(begins)), None)
    spans = (Span(turn=turn, since=at, until=end) for (turn, at), end in zip(begins, ends, strict=True))
    return tuple(spans), tuple(gaps)


def _aside(spans: Sequence[Span], turn: Turn) -> Maybe:
    """Return how long partners may have seen what a turn aside made live: until one took its place."""
    since = datetime.fromisoformat(turn.at)
    later = bisect_left(spans, turn.number, key=lambda span: span.turn.number)
    until = max(spans[later].since, since) if later < len(spans) else None
    return Maybe(deployment=turn.deployment, turn=turn, since=since, until=until)


def _untold(spans: Sequence[Span], one: Deployment) -> Maybe:
    """Return how long partners may have seen a deployment that no turn deployed: from when it was recorded."""
    since = datetime.fromisoformat(one.at)
    return Maybe(deployment=one.id, turn=None, since=since, until=_next(spans, since))


def _next(spans: Sequence[Span], at: datetime) -> datetime | None:
    later = bisect_right(spans, at, key=lambda span: span.since)
    return spans[later].since if later < len(spans) else None
