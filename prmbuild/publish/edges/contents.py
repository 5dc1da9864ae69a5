"""What the edge of a store has to have: all of it follows from what stands in the store."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from prmbuild.access.entries import LIVE, SESSIONS, TURN, entries, farewells, live_entry
from prmbuild.publish.edges.owner import claimed
from prmbuild.records import recorded
from prmbuild.records.history import recorded_turns
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


def named_after(live: Deployment, before: Deployment | None, shows: Sequence[str]) -> Named:
    """Return what an edge has to name that shows something and is to be turned over.

    Args:
        live: what it is to show.
        before: what was live before; None where the record of it is not what was written.
        shows: ids of the deployments that it shows.
    """
    return Named(live=live, before=before if before is not None and before.id in shows[:1] else None)


def named_at_edges(store: Store, now: Live, shows: Sequence[str]) -> Named:
    """Return what an edge has to name.

    The deployment before is named only where the edge showed it until then, or names it still, and the record of it is
    what was written. Else nobody can tell who saw something there and sees nothing any more, and those would go on
    reading; or they would read again.

    Args:
        store: where it is live.
        now: what is live.
        shows: ids of the deployments that the edge shows.

    Raises:
        ChangedError: the record of what is live is not what was written.
        StoreError: the store does not answer.
    """
    live = recorded.deployment(store, now.deployment)
    left = shows[1:] if now.deployment in shows[:1] else shows
    known = now.before and now.before in left[:1]
    return named_after(live, recorded.known(recorded.deployment, store, now.before) if known else None, left)


def wanted_of(store: Store, now: Live | None, shows: Sequence[str]) -> dict[str, str]:
    """Return all that has to be at the edge of a store, but since when; the pointer last.

    An edge that shows nothing is shown something by a deployment or a rollback alone.

    Args:
        store: which.
        now: what is live; None for nothing.
        shows: ids of the deployments that the edge shows.

    Raises:
        ChangedError: the record of what is live is not what was written.
        StoreError: the store does not answer.
    """
    sessions = read_sessions(store)
    wanted = dict(sessions.entries()) | ({SESSIONS: sessions.digest} if sessions.digest else {}) | dict(claimed(store))
    if now is None or not shows:
        return wanted
    named = named_at_edges(store, now, shows)
    one, before = named.live, named.before
    shown = {**needed(one, before), **(entries(before.edition()) if before is not None else {})}
    return wanted | shown | {TURN: str(now.turn), LIVE: named.entry}


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
    return now is not None and any(one.deployment == name for one in recorded_turns(store))
