"""Keys and revocations, from the store to every edge. None of it waits for a deployment that is under way."""

from collections.abc import Callable, Collection, Mapping

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

_AGAIN = "run it again"
"""What to do where an edge fails: what is on record is brought there."""


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


def retire(
    store: Store,
    edges: Edges,
    kids: Collection[str],
    clock: Clock,
    warned: Callable[[str], None] = lambda _: None,
) -> None:
    """Drop keys; the sessions that they signed end, and from the moment that this returns, no edge lets them in.

    That holds whatever else is wrong, see `revoke`; and for a key that the edge alone knows. Where the edge is ahead,
    the last key goes, too: a new one comes with `recover`.

    Args:
        store: where keys are kept.
        edges: of the store.
        kids: names of keys; without any, all go that no session needs any more.
        clock: tells the time.
        warned: is told what is wrong all the same.

    Raises:
        LastKeyError: no other key could sign; nothing was changed.
        StoreError: the store or an edge fails; run it again.
    """

    def fewer(now: Sessions, ahead: bool) -> Sessions:
        for kid in kids:
            now = without(now, kid, last=ahead)
        return now.tidied(clock())

    if kids:
        _end(store, edges, fewer, lambda _: edges.shut_out(lambda _: {}, kids), warned)
        return
    edges.join()
    change(store, lambda now: fewer(now, False))
    _followed(edges.follow_sessions)


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

    def ended(revoked: Mapping[str, int]) -> Mapping[str, int]:
        return {**revoked, **{name: revoked_until(name, revoked, clock()) for name in names}}

    def more(now: Sessions, _: bool) -> Sessions:
        after = replace(now, revoked=ended(now.revoked)).tidied(clock())
        edges.check_sessions(after)
        return after

    def shut(known: Mapping[str, int]) -> bool:
        # a session that the edge lets in may have begun after what the edge alone knows was revoked
        return edges.shut_out(
            lambda there: ended({name: max(known.get(name, 0), there.get(name, 0)) for name in (*known, *there)})
        )

    return _end(store, edges, more, shut, warned).revoked


def _end(
    store: Store,
    edges: Edges,
    how: Callable[[Sessions, bool], Sessions],
    shut: Callable[[Mapping[str, int]], bool],
    warned: Callable[[str], None],
) -> Sessions:
    """End sessions, also where the edge knows what the store does not know.

    Args:
        store: where keys and revocations are kept.
        edges: of the store.
        how: makes the new of what was known, and of whether the edge is ahead.
        shut: ends them at the edge alone, given what the store knows is revoked; tells whether there is an edge.
        warned: is told what is wrong all the same.

    Returns:
        What the store knows then.
    """
    ahead = False
    try:
        try:
            edges.join(recorded=True)
        except (SessionsAheadError, StrangeError):  # they end there all the same
            ahead = True
        done = change(store, lambda now: how(now, ahead))
    except UnreadableError as error:
        if not shut({}):
            raise
        said = f"these sessions hold no more at the edge, but that is not on record: {error.message}"
        raise StoreError(said, hint=error.hint) from error
    try:
        _followed(edges.follow_sessions)
    except SessionsAheadError as error:
        _followed(lambda: shut(done.revoked))
        warned(f"{error.message}; {error.hint}")
    return done


def recover(store: Store, edges: Edges, clock: Clock) -> Sessions:
    """Take into a store the keys and revocations that its edge alone knows, as the store's file was lost or put back.

    No key but the edge's stays, and none that the store says was retired; all revocations of both do. Whether another
    one was retired is not known any more, so none of them signs again, and a fresh one does, once the edge has it.

    Args:
        store: where keys are kept.
        edges: of the store.
        clock: tells the time.

    Returns:
        What is known of sessions then.

    Raises:
        StoreError: there is no edge, or it follows another store; or one of them fails, then run it again.
    """
    edges.recover(made(clock()))
    begins = clock() + SETTLES
    return change(store, lambda now: with_all_signing(now, begins))


def _followed(follow: Callable[[], object]) -> None:
    """Bring what ends sessions to the edges.

    Args:
        follow: does so.

    Raises:
        SessionsAheadError: see `Edges.follow_sessions`.
        StoreError: an edge fails, so that they may still hold there.
    """
    try:
        follow()
    except SessionsAheadError:
        raise
    except StoreError as error:
        said = f"{error.message}; it is on record, but these sessions may still hold there"
        hint = error.hint if error.hint.endswith(_AGAIN) else f"{error.hint}; then {_AGAIN}".removeprefix("; then ")
        raise StoreError(said, hint=hint) from error
