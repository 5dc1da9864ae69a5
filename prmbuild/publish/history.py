"""What partners saw, and when: the turns that the records hold."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from itertools import pairwise

from msgspec import Struct

from prmbuild.errors import ChangedError, StoreError
from prmbuild.publish.layout import TURNS, deployment_key, turn_key
from prmbuild.publish.records import BACKUP, Deployment, Live, Turn, read_deployment, read_turn
from prmbuild.publish.transfers import every
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


class History(Struct, frozen=True, kw_only=True):
    """All turns that can be told of.

    Attributes:
        turns: oldest first; never empty.
    """

    turns: tuple[Turn, ...]

    @property
    def complete(self) -> bool:
        """Whether it goes back to the first deployment there ever was."""
        return self.turns[0].number == 1

    @property
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

    Raises:
        ChangedError: a record was changed.
        StoreError: the store does not answer.
    """
    wanted = live.record
    while wanted:
        found = store.get(turn_key(wanted))
        if found is None:
            return
        one = read_turn(wanted, found[0])
        yield one
        wanted = one.previous


def seen_deployments(store: Store, live: Live) -> Iterator[tuple[Turn, Deployment]]:
    """Yield the deployments that partners saw, each once with the last turn to it, what they saw last first.

    Those whose records are lost are left out.

    Raises:
        StoreError: a record was changed.
    """
    told: set[str] = set()
    for turn in turns(store, live):
        if turn.deployment not in told:
            told.add(turn.deployment)
            found = store.get(deployment_key(turn.deployment))
            if found is not None:
                yield turn, read_deployment(turn.deployment, found[0])


def history(store: Store, live: Live) -> History:
    """Return all turns; quick where there are thousands.

    Raises:
        ChangedError: a record was changed.
        StoreError: the last one is lost, or the store does not answer.
    """
    known = _recorded(store)
    newest_first: list[Turn] = []
    wanted = live.record
    while wanted:
        data = known.get(turn_key(wanted))
        if data is None:
            # a store may list what was just put a moment later
            found = store.get(turn_key(wanted))
            if found is None:
                break
            data = found[0]
        one = read_turn(wanted, data)
        newest_first.append(one)
        wanted = one.previous
    if not newest_first:
        raise StoreError(f"the store lacks '{turn_key(live.record)}'", hint=BACKUP)
    return History(turns=tuple(reversed(newest_first)))


def last_recorded(store: Store) -> Turn | None:
    """Return the last turn there is a record of, for where no pointer names it; None where nothing was ever live.

    That is the one with the highest number, or one that a run began with and died: which of them it was the pointer
    alone says. A first turn by itself may be such a one, so it says nothing.

    Raises:
        ChangedError: there are records, and none can be read.
        StoreError: the store does not answer.
    """
    recorded = _recorded(store)
    found: list[Turn] = []
    for key, data in recorded.items():
        with suppress(ChangedError):
            found.append(read_turn(key.removeprefix(f"{TURNS}/").removesuffix(".json"), data))
    if recorded and not found:
        raise ChangedError(f"no record in '{TURNS}' of the store can be read", hint=BACKUP)
    last = max(found, key=lambda turn: (turn.number, turn.at), default=None)
    return last if last is not None and last.number > 1 else None


def _recorded(store: Store) -> Mapping[str, bytes]:
    listed = [found.key for found in store.listed(TURNS)]
    return {key: found[0] for key, found in zip(listed, every(store.get, listed), strict=True) if found is not None}
