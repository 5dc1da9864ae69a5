"""What was live last, as far as the records tell: for where no pointer says so, or one that was put back."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from prmbuild.errors import ChangedError
from prmbuild.records import recorded
from prmbuild.records.history import listed_turns
from prmbuild.records.layout import DEPLOYMENTS, recorded_deployment
from prmbuild.records.records import Deployment, Kind, Live, Turn
from prmbuild.records.transfers import every
from prmbuild.store.store import Store


class Last(Struct, frozen=True, kw_only=True):
    """What the records say last.

    A turn is recorded before the pointer names it, and a deployment before its turn. So the last turn may never have
    made anything live, and what was recorded after it may have been live, its turn being lost.

    Attributes:
        turn: the last one on record; None where none can be read.
        before: id of the deployment that was live for certain before what came last; empty where that is not known, or
            there was none.
        proven: whether the last turn was live for certain.
        later: the latest deployment that was recorded after it and that no turn deployed; None for none.
        number: of the last turn that there may have been, as far as that can be told.
    """

    turn: Turn | None
    before: str
    proven: bool
    later: Deployment | None
    number: int

    @property
    def candidates(self) -> tuple[str, ...]:
        """The ids of the deployments that may have been live last, the one that came last first."""
        last = self.turn.deployment if self.turn is not None else ""
        found = (self.later.id, self.before) if self.later is not None else (last, "" if self.proven else self.before)
        return tuple(dict.fromkeys(name for name in found if name))

    @property
    def told(self) -> str:
        """What is known, for people."""
        after = f"{self.later.id} was recorded last" if self.later is not None else ""
        if self.turn is None:
            return f"no turn tells what was live: {after}"
        said = f"turn {self.turn.number} is the last on record"
        one = self.turn.deployment
        if not after:
            return f"{said}: {one} was live{'' if self.proven else ', unless the run died that was making it so'}"
        was = f": {one} was live" if self.before in ("", one) else f", and {self.before} was live after it"
        return f"{said}{was}; {after} and may have been live since, which no turn tells"

    def live(self, reached: int) -> Live:
        """Return what the next turn goes on from, named as the pointer would, but for what was live before.

        The turn that it names is one that was live for certain: what is told of the past later follows from that.

        Args:
            reached: number of a turn that was live for certain, as an edge shows it.
        """
        number = self.turn.number if self.turn is not None else 0
        record = ""
        if self.turn is not None:
            record = self.turn.id if self.proven or number == reached else self.turn.previous
        pinned = self.turn.pinned if self.turn is not None else False
        # an edge that shows a later turn proves that one is lost, whatever else may have been live
        least = reached + (self.later is not None) if reached > number else 0
        return Live(
            deployment=self.candidates[0],
            before="",
            turn=max(self.number, least),
            record=record,
            pinned=pinned,
        )


def last_recorded(store: Store, *, pointed: bool) -> Last | None:
    """Return what was live last as far as the records tell; None where nothing ever was.

    Args:
        store: where.
        pointed: whether there was a pointer for certain. Else a first turn, and deployments none of which came after
            another, may be what first runs left that died; they say nothing.

    Raises:
        ChangedError: there are records, and none can be read.
        StoreError: the store does not answer.
    """
    known, unread = listed_turns(store)
    names = [name for one in store.listed(DEPLOYMENTS) if (name := recorded_deployment(one.key)) is not None]
    read = every(lambda name: recorded.known(recorded.deployment, store, name), names)
    deployments = {one.id: one for one in read if one is not None}
    if not (known or unread or names):
        return None
    last = max(known.values(), key=lambda turn: (turn.number, turn.at), default=None)
    named = {one.previous for one in deployments.values()} - {""}
    lost = bool(unread) or len(deployments) < len(names)
    if not (pointed or named or lost) and (last is None or (last.number == 1 and not last.previous)):
        return None
    untold = _untold(deployments, known, last)
    later = max(untold, key=lambda one: (one.at, not any(other.previous == one.id for other in untold)), default=None)
    if last is None and later is None:
        hint = "put them back from a backup of the store, or publish to an empty place"
        raise ChangedError(DEPLOYMENTS, "has no record that can be read", hint=hint)
    number = last.number if last is not None else 0
    # what another one names was live, by a turn that is lost; and the latest may have been
    number += sum(any(other.previous == one.id for other in untold) for one in untold) + bool(untold)
    if unread or last is None:  # which numbers those have is not known
        number = max(number, len(known) + len(unread), len(names) if last is None else 0)
    return Last(
        turn=last,
        before=_before(deployments, known, later or last),
        proven=last is not None and any(one.previous == last.deployment for one in untold),
        later=later,
        number=number,
    )


def _before(deployments: Mapping[str, Deployment], known: Mapping[str, Turn], last: Turn | Deployment | None) -> str:
    """Return the id of what was live for certain before what came last; empty where that is not known."""
    if isinstance(last, Turn):
        if last.previous in known:
            return known[last.previous].deployment
        last = deployments.get(last.deployment) if last.kind is Kind.DEPLOY else None
    return last.previous if last is not None else ""


def _untold(
    deployments: Mapping[str, Deployment], known: Mapping[str, Turn], last: Turn | None
) -> Sequence[Deployment]:
    """Return the deployments that were recorded after a turn, and that no turn deployed."""
    deployed = {turn.deployment for turn in known.values() if turn.kind is Kind.DEPLOY}
    earlier: set[str] = set()
    name = last.deployment if last is not None else ""
    while name and name not in earlier:
        earlier.add(name)
        name = deployments[name].previous if name in deployments else ""
    since = datetime.fromisoformat(last.at) if last is not None else None
    return [
        one
        for one in deployments.values()
        if one.id not in deployed | earlier and (since is None or datetime.fromisoformat(one.at) >= since)
    ]
