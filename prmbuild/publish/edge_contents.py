"""What the edge of a store has to have: all of it follows from what stands in the store."""

from collections.abc import Collection, Mapping, Sequence

from prmbuild.access.entries import LIVE, SESSIONS, TURN, entries, farewells, live_entry
from prmbuild.publish.edge_owner import claimed
from prmbuild.publish.live import deployment
from prmbuild.publish.records import Deployment, Live
from prmbuild.sessions.state import read_sessions
from prmbuild.store.store import Store


def wanted_of(store: Store, now: Live | None) -> dict[str, str]:
    """Return all that has to be at the edge of a store, but since when; the pointer last."""
    sessions = read_sessions(store)
    wanted = dict(sessions.entries()) | ({SESSIONS: sessions.digest} if sessions.digest else {})
    wanted |= lacking(store, now, ()) if now is not None else {}
    wanted |= claimed(store)
    return wanted | ({TURN: str(now.turn), LIVE: live_of(now)} if now is not None else {})


def lacking(store: Store, now: Live, there: Collection[str]) -> dict[str, str]:
    """Return the entries of what is live and what was before, without those that an edge has.

    Args:
        store: where it is live.
        now: what is live.
        there: ids of deployments that the edge shows.
    """
    one = deployment(store, now.deployment)
    before = deployment(store, now.before) if now.before else None
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
    """Return what the entry `LIVE` says where the pointer says this."""
    return live_entry(now.deployment, now.before)


def named_by(now: Live | None) -> Sequence[str]:
    """Return the ids of the deployments that an edge shows or may still show."""
    return [name for name in (now.deployment, now.before) if name] if now is not None else []
