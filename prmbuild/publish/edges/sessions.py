"""Keys and revocations at an edge. They follow the store's file of sessions, and never go back.

An edge has the digest of the state that it has, or is on its way to, and the file the digests of those before its own.
So an edge is brought on where the file knows of that, and else the file is no later state of it: it was put back from a
backup, or lost, or is a copy's. Following it would let keys that were retired, and sessions that were revoked, in.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from secrets import token_hex

from msgspec.structs import replace

from prmbuild.access.entries import NOBODY, SESSIONS, STORE, is_key, is_of_sessions, key_name, kid_of
from prmbuild.edge.edge import Edge, Standing
from prmbuild.edge.limits import check_entries, check_room, size
from prmbuild.errors import StoreError
from prmbuild.publish.edges.owner import require_own
from prmbuild.publish.edges.updates import attempts, chained
from prmbuild.sessions.state import PLACE, Key, Sessions, read_sessions
from prmbuild.sessions.state import is_key as makes_key
from prmbuild.store.store import Store

Room = Callable[[Edge, Standing, Mapping[str, str]], str | None]
"""Makes room for entries at an edge: the tag after that, None where somebody else changed it since it stood so."""

_TOLD = 5
"""How many keys and revocations are named."""


class SessionsAheadError(StoreError):
    """An edge has heard of keys or revocations that the store does not know, or does not know any more."""


def is_ahead(there: Mapping[str, str], sessions: Sessions) -> bool:
    """Tell whether an edge has heard of what a store does not know of.

    Where neither says what it knows, what stands at the edge was put there by somebody else, as far as is known.

    Args:
        there: entries of the edge, `SESSIONS` among them. Where somebody deleted that one, the others tell, as far as
            they are given.
        sessions: what the store knows.
    """
    return bool(sessions.digest or SESSIONS in there) and _knows_more(there, sessions)


def _knows_more(there: Mapping[str, str], sessions: Sessions) -> bool:
    state = _state_of(there)
    return not sessions.continues(state) if state else bool(unknown(there, sessions))


def unknown(there: Mapping[str, str], sessions: Sessions) -> Sequence[str]:
    """Return the names of keys and revocations of an edge that a store does not know.

    Args:
        there: entries of the edge.
        sessions: what the store knows.
    """
    known = sessions.entries()

    def is_known(name: str, entry: str) -> bool:
        if is_key(name):
            return known.get(name) == entry or kid_of(name) in sessions.retired
        return _instant(entry) <= _instant(known.get(name, ""))

    return sorted(name for name, entry in there.items() if is_of_sessions(name) and not is_known(name, entry))


def _state_of(there: Mapping[str, str]) -> str:
    """Return the digest of the state that an edge has, or some of; empty where it does not say which."""
    return there.get(SESSIONS, "").removeprefix(NOBODY)


def require_not_ahead(edge: Edge, store: Store, there: Mapping[str, str], sessions: Sessions) -> None:
    """Refuse to bring an edge back to what a store knew once.

    Args:
        edge: follows the store.
        store: which.
        there: entries of the edge, `STORE` and `SESSIONS` among them, from after the tag that it is changed with.
        sessions: what the store knows; where it was read before them, somebody may have changed both meanwhile.

    Raises:
        SessionsAheadError: it would be.
    """
    if _surely_ahead(there, sessions, store):
        raise SessionsAheadError(
            f"{edge.name} has keys or revocations that {store.url} does not know: '{PLACE}' was put back from a "
            "backup, lost or copied, and would let in again whom somebody shut out",
            hint=way_out(edge, store, there),
        )


def _surely_ahead(there: Mapping[str, str], sessions: Sessions, store: Store) -> bool:
    """Tell whether an edge is ahead, also of what the store knows by now."""
    return is_ahead(there, sessions) and is_ahead(there, read_sessions(store))


def way_out(edge: Edge, store: Store, there: Mapping[str, str]) -> str:
    """Return what to do where an edge is ahead, of which these are entries, `STORE` among them."""
    recover = f"prmbuild keys recover --to {store.url} --edge {edge.name}"
    if there.get(STORE) != store.place:  # it may be the edge of what this is a copy of
        return f"is it to follow {store.url}: {recover} lets it, and takes them in"
    return f"{recover} takes them in; prmbuild revoke and prmbuild keys retire KID --at-once work meanwhile"


def follow(edge: Edge, store: Store, room: Room) -> None:
    """Bring the keys and revocations of a store to the edge that follows it.

    Raises:
        SessionsAheadError: the edge knows later ones; nothing was changed.
        StoreError: the store or the edge fails, or another store has the edge.
    """
    for _ in attempts(edge):
        standing = edge.standing()
        there = edge.get(STORE, SESSIONS)
        require_own(edge, store, there)
        # looked at after the tag: whoever changes it later changes the edge later, too
        sessions = read_sessions(store)
        require_not_ahead(edge, store, there, sessions)
        wanted = sessions.entries()
        check_entries(wanted)
        if not _state_of(there) and sessions.digest:
            require_not_ahead(edge, store, edge.entries(), sessions)  # somebody may have deleted what says which
        marked = {SESSIONS: sessions.digest} if sessions.digest else {}
        # first, so that whoever ends in between leaves nothing that an earlier state could be taken to know
        begun = {SESSIONS: f"{NOBODY}{sessions.digest}"} if sessions.digest else {}
        tag = chained(edge, room(edge, standing, {**begun, **wanted}), puts={**begun, **wanted})
        if tag is None:
            continue
        strays = [name for name in edge.entries() if is_of_sessions(name) and name not in wanted]
        if chained(edge, tag, puts=marked, deletes=strays) is not None:
            return


def shut_out(
    edge: Edge,
    store: Store,
    ended: Callable[[Mapping[str, int]], Mapping[str, int]],
    kids: Collection[str] = (),
) -> None:
    """Put revocations to the edge of a store and drop keys there, and no more: that is right whatever else it knows.

    The edge is ahead of every state after that, also of one that somebody puts back later and that it had followed: no
    state knows of these for certain.

    Args:
        edge: follows the store.
        store: which.
        ended: makes the revocations of those that the edge has: name → until when tokens that began before do not hold.
        kids: names of keys; those that it has of them go.

    Raises:
        StoreError: the edge fails, is full, or follows another store.
    """
    for _ in attempts(edge):
        standing = edge.standing()
        there = edge.entries()
        require_own(edge, store, there)
        known = _revoked(there)
        # first, so that whoever ends in between leaves nothing that a state could be taken to know
        puts = {SESSIONS: token_hex(16)}
        puts |= {name: str(until) for name, until in ended(known).items() if until > known.get(name, 0)}
        check_entries(puts)
        more = size(puts) - size({name: there[name] for name in puts if name in there})
        check_room(standing.size + more, edge.holds, edge.name)
        gone = [name for name in map(key_name, kids) if name in there]
        if chained(edge, standing.tag, puts=puts, deletes=gone) is not None:
            return


def recovered(sessions: Sessions, there: Mapping[str, str], fresh: Key, now: int) -> Sessions:
    """Return what a store has to know, where the edge knows more: the keys that the edge has, all revocations of both.

    What the store knew last is lost, so each of these keys may have been retired, in a change that the edge never heard
    of. They check what they signed, as long as that can hold, and sign no more. Those that the store says were retired
    stay away.

    Args:
        sessions: what the store knows.
        there: all entries of the edge.
        fresh: the key that is to sign.
        now: in seconds since 1970 UTC.
    """
    if not _knows_more(there, sessions):
        return sessions
    secrets = {kid_of(name): there[name] for name in sorted(there) if is_key(name)}
    keys = [
        Key(kid=kid, secret=secret, signs=now, checks=True)
        for kid, secret in secrets.items()
        if makes_key(kid, secret) and kid not in sessions.retired
    ]
    revoked = dict(sessions.revoked)
    for name, until in _revoked(there).items():
        revoked[name] = max(until, revoked.get(name, 0))
    past = (*sessions.past, _state_of(there)) if _state_of(there) else sessions.past
    return replace(sessions, keys=(*keys, fresh), revoked=revoked, past=past)


def _revoked(there: Mapping[str, str]) -> Mapping[str, int]:
    """Return the revocations of an edge, name → until when."""
    return {name: _instant(entry) for name, entry in there.items() if is_of_sessions(name) and not is_key(name)}


def differences(edge: Edge, store: Store, sessions: Sessions) -> str:
    """Return what an edge has of keys and revocations that differs from what a store knows; empty for nothing.

    Args:
        edge: the one that is named.
        store: which it should follow.
        sessions: what that knows.
    """
    try:
        there = edge.get(STORE, SESSIONS)
        ahead = _surely_ahead(there, sessions, store)
        names = unknown(edge.entries(), sessions) if ahead else ()
    except StoreError as error:
        return f"what holds at {edge.name} is not known: {error.message}"
    if not there:  # it is new
        return ""
    if there.get(STORE, store.place) != store.place:
        return f"{edge.name} follows {there[STORE]}, and not {store.url}"
    if ahead:
        more = f", which are {', '.join(names[:_TOLD])}{' and more' * (len(names) > _TOLD)}" if names else ""
        said = f"{edge.name} has keys or revocations that {store.url} does not know{more}"
        return f"{said}, and may lack some that it knows; {way_out(edge, store, there)}"
    if there.get(SESSIONS, "") != sessions.digest:
        return f"{edge.name} has not heard of all that {store.url} knows; prmbuild gc brings it there"
    return ""


def _instant(entry: str) -> int:
    """Return the instant in an entry; 0 for what says none, which the rule takes for nobody's."""
    return int(entry) if entry.isascii() and entry.isdigit() else 0
