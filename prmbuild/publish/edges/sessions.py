"""Keys and revocations at an edge. They follow the store's file of sessions, and never go back.

An edge has the digest of the state that it was brought to last, and the file the digests of those before its own. So an
edge is brought on where the file knows of that, and else the file is no later state of it: it was put back from a
backup, or lost, or is a copy's. Following it would let keys that were retired, and sessions that were revoked, in.
"""

from collections.abc import Callable, Mapping
from secrets import token_hex

from msgspec.structs import replace

from prmbuild.access.entries import NOBODY, SESSIONS, STORE, is_key, is_of_sessions, key_name, kid_of
from prmbuild.edge.edge import Edge, Standing
from prmbuild.edge.limits import check_entries, check_room, size
from prmbuild.errors import StoreError
from prmbuild.publish.edges.owner import require_own
from prmbuild.publish.edges.updates import attempts, chained
from prmbuild.sessions.state import PLACE, Key, Sessions, read_sessions
from prmbuild.store.store import Store

Room = Callable[[Edge, Standing, Mapping[str, str]], str | None]
"""Makes room for entries at an edge: the tag after that, None where somebody else changed it since it stood so."""


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
    mark = there.get(SESSIONS)
    if mark is not None:
        return mark != NOBODY and not sessions.continues(mark)
    known = sessions.entries()
    return any(
        known.get(name) != entry if is_key(name) else _instant(entry) > _instant(known.get(name, ""))
        for name, entry in there.items()
        if is_of_sessions(name)
    )


def require_not_ahead(edge: Edge, store: Store, there: Mapping[str, str], sessions: Sessions) -> None:
    """Refuse to bring an edge back to what a store knew once.

    Args:
        edge: follows the store.
        store: which.
        there: entries of the edge, `SESSIONS` among them, from after the tag that it is changed with.
        sessions: what the store knows; where it was read before them, somebody may have changed both meanwhile.

    Raises:
        SessionsAheadError: it would be.
    """
    if is_ahead(there, sessions) and is_ahead(there, read_sessions(store)):
        raise _ahead(edge, store)


def _ahead(edge: Edge, store: Store) -> SessionsAheadError:
    return SessionsAheadError(
        f"{edge.name} has keys or revocations that {store.url} does not know: '{PLACE}' was put back from a backup, "
        "lost or copied, and would let in again whom somebody shut out",
        hint=way_out(edge, store),
    )


def way_out(edge: Edge, store: Store) -> str:
    """Return what to do where an edge is ahead."""
    return f"prmbuild keys recover --to {store.url} --edge {edge.name} takes them in; prmbuild revoke works meanwhile"


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
        begun: dict[str, str] = {}
        if SESSIONS not in there and (wanted or sessions.past):
            require_not_ahead(edge, store, edge.entries(), sessions)  # somebody may have deleted what says which
            begun = {SESSIONS: NOBODY}
        marked = {SESSIONS: sessions.digest} if sessions.digest else {}
        tag = chained(edge, room(edge, standing, {**begun, **wanted, **marked}), puts={**begun, **wanted})
        if tag is None:
            continue
        strays = [name for name in edge.entries() if is_of_sessions(name) and name not in wanted]
        if chained(edge, tag, puts=marked, deletes=strays) is not None:
            return


def shut_out(edge: Edge, store: Store, revoked: Mapping[str, int]) -> None:
    """Put revocations to the edge of a store, and no more: that is right whatever else it knows.

    The edge is ahead of every state after that, also of one that somebody puts back later and that it had followed: no
    state knows of these revocations for certain.

    Args:
        edge: follows the store.
        store: which.
        revoked: name → until when tokens that began before do not hold.

    Raises:
        StoreError: the edge fails, is full, or follows another store.
    """
    for _ in attempts(edge):
        standing = edge.standing()
        there = edge.get(STORE, SESSIONS, *revoked)
        require_own(edge, store, there)
        # first, so that whoever ends in between leaves nothing that a state could be taken to know
        puts = {SESSIONS: token_hex(16)}
        puts |= {name: str(max(until, _instant(there.get(name, "")))) for name, until in revoked.items()}
        check_entries(puts)
        more = size(puts) - size({name: there[name] for name in puts if name in there})
        check_room(standing.size + more, edge.holds, edge.name)
        if chained(edge, standing.tag, puts=puts) is not None:
            return


def recovered(sessions: Sessions, there: Mapping[str, str], begins: int) -> Sessions:
    """Return what a store has to know, where the edge knows more: no key but the edge's, and all revocations of both.

    Args:
        sessions: what the store knows.
        there: all entries of the edge.
        begins: from when keys may sign that the store did not know, in seconds since 1970 UTC.
    """
    if not _knows_more(there, sessions):
        return sessions
    known = {key_name(key.kid): key for key in sessions.keys}
    keys = [key for name, key in known.items() if there.get(name) == key.secret]
    # by name, which begins with the day that a key was made
    lost = sorted(name for name in there if is_key(name) and known.get(name) not in keys)
    keys += [Key(kid=kid_of(name), secret=there[name], signs=begins) for name in lost]
    revoked = dict(sessions.revoked)
    for name, entry in there.items():
        if is_of_sessions(name) and not is_key(name):
            revoked[name] = max(_instant(entry), revoked.get(name, 0))
    past = (*sessions.past, there[SESSIONS]) if SESSIONS in there else sessions.past
    return replace(sessions, keys=tuple(keys), revoked=revoked, past=past)


def _instant(entry: str) -> int:
    """Return the instant in an entry; 0 for what says none, which the rule takes for nobody's."""
    return int(entry) if entry.isascii() and entry.isdigit() else 0
