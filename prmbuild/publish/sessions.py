"""Keys and revocations, from the store to every edge. None of it waits for a deployment that is under way."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from prmbuild.access.tokens import SKEW
from prmbuild.publish.edges import SETTLES, Edges
from prmbuild.publish.lock import Clock
from prmbuild.sessions.keys import made, with_all_signing, with_one_coming, without
from prmbuild.sessions.state import Key, Sessions, change
from prmbuild.store.store import Store


def rotate(store: Store, edges: Edges, clock: Clock) -> Key:
    """Let a new key take over; it signs once every replica of every edge has it.

    A run that ended in between is finished: its key is known to the store, and signs nothing yet.

    Args:
        store: where keys are kept.
        edges: of the store.
        clock: tells the time.

    Returns:
        The key that takes over.

    Raises:
        StoreError: the store or an edge fails; the key that signed goes on signing. Run it again.
    """
    fresh = made(clock())
    change(store, lambda now: with_one_coming(now.tidied(clock()), fresh, clock()))
    edges.follow_sessions()
    begins = clock() + SETTLES
    return change(store, lambda now: with_all_signing(now, begins)).keys[-1]


def retire(store: Store, edges: Edges, kids: Collection[str], clock: Clock) -> None:
    """Drop keys; the sessions that they signed end.

    Args:
        store: where keys are kept.
        edges: of the store.
        kids: names of keys.
        clock: tells the time.

    Raises:
        StoreError: the store or an edge fails; run it again.
    """

    def fewer(now: Sessions) -> Sessions:
        for kid in kids:
            now = without(now, kid)
        return now.tidied(clock())

    change(store, fewer)
    edges.follow_sessions()


def revoke(store: Store, edges: Edges, names: Collection[str], clock: Clock) -> Mapping[str, int]:
    """End sessions: from the moment that this returns, no edge lets them in.

    Args:
        store: where revocations are kept.
        edges: of the store.
        names: of entries, see `prmbuild.access.entries.revocations`.
        clock: tells the time.

    Returns:
        All that is revoked: name → until when tokens that began before do not hold, in seconds since 1970 UTC.

    Raises:
        StoreError: the store or an edge fails; sessions may still hold there. Run it again.
    """
    until = clock() + SKEW  # whoever made a token may have had a clock that is ahead

    def more(now: Sessions) -> Sessions:
        revoked = dict(now.revoked)
        for name in names:
            revoked[name] = max(until, revoked.get(name, 0))
        return replace(now, revoked=revoked).tidied(clock())

    done = change(store, more)
    edges.follow_sessions()
    return done.revoked
