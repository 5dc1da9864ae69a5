"""Keys and revocations, from the store to every edge. None of it waits for a deployment that is under way."""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress

from msgspec.structs import replace

from prmbuild.errors import StoreError
from prmbuild.publish.edges.edges import SETTLES, Edges
from prmbuild.publish.edges.owner import StrangeError
from prmbuild.publish.edges.sessions import SessionsAheadError
from prmbuild.publish.lock import Clock
from prmbuild.sessions.clocks import revoked_until
from prmbuild.sessions.keys import made, with_all_signing, with_one_coming, without
from prmbuild.sessions.state import Key, Sessions, UnreadableError, change
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
    edges.join()
    fresh = made(clock())

    def more(now: Sessions) -> Sessions:
        after = with_one_coming(now.tidied(clock()), fresh, clock())
        edges.check_sessions(after)
        return after

    change(store, more)
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

    edges.join()
    change(store, fewer)
    _followed(edges, "prmbuild keys retire finishes it")


def revoke(
    store: Store,
    edges: Edges,
    names: Collection[str],
    clock: Clock,
    warned: Callable[[str], None] = lambda _: None,
) -> Mapping[str, int]:
    """End sessions: from the moment that this returns, no edge lets them in.

    That holds whatever else is wrong, be it that the edge knows of keys or revocations that the store does not know.

    Args:
        store: where revocations are kept.
        edges: of the store.
        names: of entries, see `prmbuild.access.entries.revocations`.
        clock: tells the time.
        warned: is told what is wrong all the same.

    Returns:
        All that is revoked: name → until when tokens that began before do not hold, in seconds since 1970 UTC.

    Raises:
        StoreError: the store or an edge fails; sessions may still hold there. Run it again.
    """

    def more(now: Sessions) -> Sessions:
        ended = {name: revoked_until(name, now.revoked, clock()) for name in names}
        after = replace(now, revoked={**now.revoked, **ended}).tidied(clock())
        edges.check_sessions(after)
        return after

    try:
        with suppress(SessionsAheadError, StrangeError):  # it is revoked there all the same
            edges.join()
        done = change(store, more)
    except UnreadableError as error:
        if not edges.shut_out({name: revoked_until(name, {}, clock()) for name in names}):
            raise
        said = f"these sessions hold no more at the edge, but that is not on record: {error.message}"
        raise StoreError(said, hint=error.hint) from error
    try:
        _followed(edges, "then run it again")
    except SessionsAheadError as ahead:
        edges.shut_out(done.revoked)
        warned(f"{ahead.message}; {ahead.hint}")
    return done.revoked


def recover(store: Store, edges: Edges, clock: Clock) -> Sessions:
    """Take into a store the keys and revocations that its edge alone knows, as the store's file was lost or put back.

    No key but the edge's stays, and all revocations of both do. Keys that the store did not know sign after those that
    it did.

    Args:
        store: where keys are kept.
        edges: of the store.
        clock: tells the time.

    Returns:
        What is known of sessions then.

    Raises:
        StoreError: there is no edge, or it follows another store; or one of them fails, then run it again.
    """
    return edges.recover(clock() + SETTLES)


def _followed(edges: Edges, then: str) -> None:
    """Bring what ends sessions to the edges.

    Raises:
        SessionsAheadError: see `Edges.follow_sessions`.
        StoreError: an edge fails, so that they may still hold there.
    """
    try:
        edges.follow_sessions()
    except SessionsAheadError:
        raise
    except StoreError as error:
        said = f"{error.message}; it is on record, but these sessions may still hold there"
        raise StoreError(said, hint=f"{error.hint}; {then}".removeprefix("; ")) from error
