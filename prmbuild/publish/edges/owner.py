"""Whose an edge is. An edge follows one store, which its entry `STORE` names; no other store changes anything there.

What an edge shows does not tell whose it is: a copy of a store knows the same deployments and keys, and an edge may
have keys before it shows anything. So a store enters its place before it puts anything else, where no other one did; of
two that do so at once, the edge takes one.
"""

from collections.abc import Callable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from prmbuild.access.entries import LIVE, SESSIONS, STORE, is_key
from prmbuild.edge.edge import Edge, Standing
from prmbuild.edge.limits import check_entries
from prmbuild.errors import StoreError
from prmbuild.publish.edges.updates import attempts, chained
from prmbuild.publish.lock import Clock
from prmbuild.records.layout import deployment_key
from prmbuild.sessions.keys import made
from prmbuild.sessions.state import PLACE, Sessions, change, read_sessions
from prmbuild.store.store import Store


class StrangeError(StoreError):
    """An edge names the store, which lost its own file of sessions, and shows what the store does not know."""


def claimed(store: Store) -> Mapping[str, str]:
    """Return the entry of an edge that follows a store."""
    return {STORE: store.place}


def stranger(store: Store, there: Mapping[str, str]) -> str:
    """Return the place of the other store that an edge follows; empty where there is none.

    Args:
        store: the one that is known.
        there: entries of the edge.
    """
    owner = there.get(STORE, "")
    return owner if owner != store.place else ""


def require_own(edge: Edge, store: Store, there: Mapping[str, str]) -> None:
    """Refuse an edge that does not follow a store.

    Args:
        edge: follows it as far as is known.
        store: which.
        there: entries of the edge, from after the tag that it is changed with.

    Raises:
        StoreError: it follows another one, or none any more.
    """
    if there.get(STORE) == store.place:
        return
    other = stranger(store, there)
    # a copy knows what the store does, so a person has to say which of them it is to follow
    claim = f"prmbuild keys recover --to {store.url} --edge {edge.name}"
    hint = f"is it to follow {store.url}: {claim} lets it, and takes in what it knows"
    raise StoreError(
        f"{edge.name} follows {other or 'no store'} now, and not {store.url}",
        hint="somebody let it follow another one meanwhile" if other else hint,
    )


def claim(
    edge: Edge,
    store: Store,
    room: Callable[[Standing, Mapping[str, str]], str | None],
    fits: Callable[[Mapping[str, str]], None],
    *,
    listed: bool,
    lost: bool = False,
) -> None:
    """Let an edge follow a store from now on, where it follows no other one.

    Args:
        edge: CloudFront's.
        store: which it is to follow.
        room: makes room for entries: the tag after that, None where somebody else changed the edge since it stood so.
        fits: raises where the edge, whose entries it is given, cannot follow the store.
        listed: whether the store knows that the edge follows it.
        lost: whether a person says that the store lost what it knew, so that an edge which names it is its own.

    Raises:
        StrangeError: it names the store, and shows what that does not know; nothing was changed.
        StoreError: it follows another store, or does not answer, or `fits` raised, and nothing was changed.
    """
    entry = claimed(store)
    check_entries(entry)
    for _ in attempts(edge):
        standing = edge.standing()
        there = edge.get(STORE, LIVE, SESSIONS)
        _refuse_strangers(edge, store, there, listed=listed)
        owned = there.get(STORE) == store.place
        if not (owned and (listed or lost)):
            # a place may be elsewhere, too, as `dir:/portals` is on every machine
            _refuse_strange(edge, store, there.get(LIVE, "").split(" ")[0], owned=owned)
        fits(there)
        if owned or chained(edge, room(standing, entry), puts=entry) is not None:
            return


class LetGo(Struct, frozen=True, kw_only=True):
    """What became of an edge that was let go.

    Attributes:
        untold: why the edge could not be told; empty where it was, or follows another store anyway.
        other: the place of the other store that it follows; empty for none.
        renewed: whether the store has a new key, as the edge lets in whom one of those before signed.
    """

    untold: str
    other: str
    renewed: bool


def forget(edge: Edge, store: Store, clock: Clock) -> LetGo:
    """Let an edge follow a store no more: it is gone, or another store is to take it. What it shows stays until then.

    Where the edge follows another store, this one is a copy of that, or the other way round. Who signs in here would be
    let in there, so a new key takes the place of those that the store had, where the edge has one of them.

    Args:
        edge: the edge.
        store: which it follows.
        clock: tells the time.

    Raises:
        StoreError: the store fails, though the edge may be told by then; or the edge does not follow it.
    """
    untold, follows, keys = "", "", frozenset[tuple[str, str]]()
    try:
        # the edge first: while the store lists it, this can be done again
        follows = _release(edge, store)
        if follows and follows != store.place:
            keys = frozenset((name, secret) for name, secret in edge.entries().items() if is_key(name))
    except StoreError as error:
        untold = error.message
    told = follows == store.place
    try:
        known = read_sessions(store)
    except StoreError as error:
        if not told:
            raise
        raise StoreError(f"{edge.name} was let go, though {error.message}", hint="there is no more to do") from error

    def without(now: Sessions) -> Sessions:
        left = replace(now, edges=tuple(one for one in now.edges if one != edge.name))
        return replace(left, keys=(replace(made(clock()), signs=clock()),)) if keys & now.entries().items() else left

    if edge.name in known.edges:
        change(store, without)
    elif not told:
        raise StoreError(f"no edge '{edge.name}' follows {store.url}", hint=", ".join(known.edges))
    other = "" if told else follows
    return LetGo(untold=untold, other=other, renewed=bool(keys & known.entries().items()))


def _release(edge: Edge, store: Store) -> str:
    """Delete the entry that says that an edge follows a store, and return the place of the store that it followed."""
    follows = ""
    for _ in attempts(edge):
        standing = edge.standing()
        follows = edge.get(STORE).get(STORE, "")
        if follows != store.place or edge.update(standing.tag, {}, [STORE]) is not None:
            break
    return follows


def _refuse_strangers(edge: Edge, store: Store, there: Mapping[str, str], *, listed: bool) -> None:
    """Refuse an edge that names another store."""
    other = stranger(store, there)
    if other:
        hint = f"name the edge of {store.url} with --edge, or in prm.yaml; prmbuild infra outputs says its ARN"
        if listed:  # it was copied from there
            forget = f"--forget-edge {edge.name}"
            hint = (
                f"is it to stay a copy: prmbuild gc --to {store.url} {forget}; "
                f"did {other} move here, let the edge go there first: prmbuild gc --to {other} {forget}"
            )
        raise StoreError(f"{edge.name} follows {other}, and not {store.url}; nothing was changed", hint=hint)


def _refuse_strange(edge: Edge, store: Store, shows: str, *, owned: bool) -> None:
    """Refuse an edge that shows what a store does not know, or has another one's keys, whatever store it names."""
    if shows:
        known = store.head(deployment_key(shows)) is not None
        what = f"shows deployment {shows}"
    else:
        keys = {name: entry for name, entry in edge.entries().items() if is_key(name)}
        known = not keys or bool(keys.items() & read_sessions(store).entries().items())
        what = "has keys"
    if known:
        return
    said = f"{edge.name} {what}, which {store.url} does not know; nothing was changed"
    if owned:
        way = f"prmbuild keys recover --to {store.url} --edge {edge.name}"
        raise StrangeError(
            said, hint=f"was {store.url} emptied, or lost '{PLACE}': {way} takes in what the edge knows of sessions"
        )
    raise StoreError(
        said, hint=f"it was another store's, or {store.url} was emptied; is it to follow that, delete its entries first"
    )
