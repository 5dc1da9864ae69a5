"""What partners saw, and when: the turns that the records hold."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from itertools import pairwise

from msgspec import Struct

from prmbuild.errors import ChangedError
from prmbuild.records import recorded
from prmbuild.records.layout import DEPLOYMENTS, TURNS, recorded_deployment, recorded_turn
from prmbuild.records.records import Deployment, Live, Turn, read_turn
from prmbuild.records.transfers import every
from prmbuild.store.store import Store


class Span(Struct, frozen=True, kw_only=True):
    """How long partners saw a deployment, from one turn to the next.

    Attributes:
        since: UTC.
        until: UTC, no longer part of it; None for what partners see now.
    """

    turn: Turn
    since: datetime
    until: datetime | None


class History(Struct, frozen=True, kw_only=True, dict=True):
    """All turns that can be told of.

    Attributes:
        turns: oldest first, each proven by the one after it; never empty.
        aside: others that are on record: what lies before a turn whose record is lost or was changed, what no pointer
            came to name, or what one named that was put back.
    """

    turns: tuple[Turn, ...]
    aside: tuple[Turn, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether it goes back to the first deployment there ever was."""
        return self.turns[-1].number == len(self.turns)

    @cached_property
    def gap(self) -> Span | None:
        """What partners saw first after the last turn that is lost; None where all are there."""
        aside = {turn.number for turn in self.aside}
        numbers = (0, *(turn.number for turn in self.turns))
        return next(
            (
                span
                for span, before in zip(reversed(self.spans), reversed(numbers[:-1]), strict=True)
                if not aside.issuperset(range(before + 1, span.turn.number))
            ),
            None,
        )

    def ended(self, at: datetime) -> datetime | None:
        """Return when the turn came after an instant; None where none did."""
        later = bisect_right(self.spans, at, key=lambda span: span.since)
        return self.spans[later].since if later < len(self.spans) else None

    def aside_span(self, turn: Turn) -> Span:
        """Return how long partners may have seen what a turn aside made live: until one took its place."""
        since = datetime.fromisoformat(turn.at)
        later = bisect_left(self.turns, turn.number, key=lambda one: one.number)
        until = max(self.spans[later].since, since) if later < len(self.turns) else None
        return Span(turn=turn, since=since, until=until)

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """What partners saw, one after the other; where a clock was put back, a span is empty rather than negative."""
        times: list[datetime] = []
        for turn in self.turns:
            at = datetime.fromisoformat(turn.at)
            times.append(max(at, times[-1]) if times else at)
        ends = (*(later for _, later in pairwise(times)), None)
        return tuple(
            Span(turn=turn, since=since, until=until)
            for turn, since, until in zip(self.turns, times, ends, strict=True)
        )


def turns(store: Store, live: Live) -> Iterator[Turn]:
    """Yield turns, newest first, each asked for by itself: quick for the last few.

    They end with the first one, or before one whose record is lost or was changed, which the last of them names.

    Raises:
        StoreError: the store does not answer.
    """
    wanted = live.record
    while wanted and (one := recorded.known(recorded.turn, store, wanted)) is not None:
        yield one
        wanted = one.previous


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
    """Return all turns; quick where there are thousands.

    Raises:
        ChangedError: the last one is lost, or was changed.
        StoreError: the store does not answer.
    """
    known = {one.id: one for one in recorded_turns(store)}
    newest_first: list[Turn] = []
    wanted = live.record
    while wanted:
        # a store may list what was just put a moment later
        one = known.pop(wanted, None) or recorded.known(recorded.turn, store, wanted)
        if one is None:
            break
        newest_first.append(one)
        wanted = one.previous
    if not newest_first:
        newest_first.append(recorded.turn(store, live.record))
    return History(turns=tuple(reversed(newest_first)), aside=tuple(known.values()))


def recorded_turns(store: Store) -> Sequence[Turn]:
    """Return every turn that is on record and can be read, in no order, those in no chain included.

    Raises:
        StoreError: the store does not answer.
    """
    return tuple(_readable(_turns(store)))


def last_recorded(store: Store, *, pointed: bool) -> Live | None:
    """Return what was live last as far as the records tell, for where no pointer does; None where nothing ever was.

    That is what the turn with the highest number made live, be it one that a run began with and died: the pointer alone
    says that. Where no turn tells, it is what was recorded last, in a turn that is not known.

    Args:
        store: where.
        pointed: whether there was a pointer for certain. Else a first turn, and deployments none of which came after
            another, may be what first runs left that died; they say nothing.

    Raises:
        ChangedError: there are records, and none can be read.
        StoreError: the store does not answer.
    """
    listed = _turns(store)
    found = _readable(listed)
    last = max(found, key=lambda turn: (turn.number, turn.at), default=None)
    made = None
    if last is not None:
        made = Live(deployment=last.deployment, before="", turn=last.number, record=last.id, pinned=last.pinned)
        if last.number > 1:
            return made
    names = [name for one in store.listed(DEPLOYMENTS) if (name := recorded_deployment(one.key)) is not None]
    read = every(lambda name: recorded.known(recorded.deployment, store, name), names)
    deployments = [one for one in read if one is not None]
    more = any(one.previous for one in deployments)
    if not more and (made is not None or not (listed or names)):
        return made if pointed else None
    lost = len(found) < len(listed) or len(deployments) < len(names)
    if not (pointed or more or lost):
        return None
    if not deployments:
        hint = "put them back from a backup of the store, or publish to an empty place"
        raise ChangedError(DEPLOYMENTS, "has no record that can be read", hint=hint)
    newest = max(deployments, key=lambda one: one.at)
    return Live(deployment=newest.id, before="", turn=max(len(listed), len(names)), record="")


def _turns(store: Store) -> Mapping[str, bytes]:
    """Return id → bytes of the record of every turn."""
    names = {found.key: name for found in store.listed(TURNS) if (name := recorded_turn(found.key)) is not None}
    read = zip(names.values(), every(store.get, names), strict=True)
    return {name: found[0] for name, found in read if found is not None}


def _readable(listed: Mapping[str, bytes]) -> Sequence[Turn]:
    found = []
    for name, data in listed.items():
        with suppress(ChangedError):
            found.append(read_turn(name, data))
    return found
