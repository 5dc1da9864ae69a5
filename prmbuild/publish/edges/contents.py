"""What the edge of a store has to have: all of it follows from what stands in the store."""

from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct

from prmbuild.access.entries import LIVE, SESSIONS, TURN, entries, farewells, live_entry
from prmbuild.publish.edges.owner import claimed
from prmbuild.records import recorded
from prmbuild.records.history import turns
from prmbuild.records.layout import deployment_key
from prmbuild.records.records import Deployment, Live
from prmbuild.sessions.state import read_sessions
from prmbuild.store.store import Store


class Named(Struct, frozen=True, kw_only=True):
    """The deployments that an edge names.

    Attributes:
        live: what partners see.
        before: what a replica answers from that has not heard of `live` yet; None for nothing.
    """

    live: Deployment
    before: Deployment | None

    @property
    def entry(self) -> str:
        """What the entry `LIVE` says."""
        return live_entry(self.live.id, self.before.id if self.before is not None else "")


def named_at_edges(store: Store, now: Live) -> Named:
    """Return what an edge has to name.

    The deployment before is named only where the record of it is what was written: else nobody can tell who saw
    something there and sees nothing any more, and those would go on reading.

    Args:
        store: where it is live.
        now: what is live.

    Raises:
        ChangedError: the record of what is live is not what was written.
        StoreError: the store does not answer.
    """
    before = recorded.known(recorded.deployment, store, now.before) if now.before else None
    return Named(live=recorded.deployment(store, now.deployment), before=before)


def wanted_of(store: Store, now: Live | None) -> dict[str, str]:
    """Return all that has to be at the edge of a store, but since when; the pointer last.

    Raises:
        ChangedError: the record of what is live is not what was written.
        StoreError: the store does not answer.
    """
    sessions = read_sessions(store)
    wanted = dict(sessions.entries()) | ({SESSIONS: sessions.digest} if sessions.digest else {})
    named = named_at_edges(store, now) if now is not None else None
    wanted |= lacking(named, ()) if named is not None else {}
    wanted |= claimed(store)
    return wanted | ({TURN: str(now.turn), LIVE: named.entry} if now is not None and named is not None else {})


def lacking(named: Named, there: Collection[str]) -> dict[str, str]:
    """Return the entries of what is live and what was before, without those that an edge has.

    Args:
        named: these two.
        there: ids of deployments that the edge shows.
    """
    one, before = named.live, named.before
    wanted = dict(needed(one, before))
    if before is not None and before.id not in there:
        wanted |= entries(before.edition())
    return wanted


def entered(new: Deployment, before: Deployment | None) -> Mapping[str, str]:
    """Return what an edge has once a deployment is live there, without sessions.

    Args:
        new: what is live.
        before: what was live before; None for nothing.
    """
    known = entries(before.edition()) if before is not None else {}
    live = live_entry(new.id, before.id if before is not None else "")
    return {**known, **needed(new, before), LIVE: live}


def needed(one: Deployment, before: Deployment | None) -> Mapping[str, str]:
    """Return what a deployment needs at an edge that showed another one before."""
    gone = farewells(one.edition(), before.edition()) if before is not None else {}
    return {**entries(one.edition()), **gone}


def live_of(now: Live) -> str:
    """Return what the entry `LIVE` says where the pointer says this, and the record of the one before is there."""
    return live_entry(now.deployment, now.before)


def named_by(now: Live | None) -> Sequence[str]:
    """Return the ids of the deployments that an edge shows or may still show."""
    return [name for name in (now.deployment, now.before) if name] if now is not None else []


def knows(store: Store, name: str, now: Live | None) -> bool:
    """Tell whether a store knows a deployment that an edge shows: by its record, or by a turn where that is lost.

    Args:
        store: which.
        name: id of the deployment.
        now: what is live; None for nothing.
    """
    if store.head(deployment_key(name)) is not None:
        return True
    return now is not None and any(one.deployment == name for one in turns(store, now))
