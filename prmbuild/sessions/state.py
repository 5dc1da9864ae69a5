"""Keys and revocations, as they are kept in a store: one small file that the gateway reads and edges follow.

It holds secrets, so nothing here ends up in a message. No request leads to it: whatever a request asks for lies below
``portals/``.
"""

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from secrets import token_hex

from msgspec import Struct, field, to_builtins
from msgspec.structs import replace

from prmbuild.access.entries import key_name
from prmbuild.access.tokens import KID
from prmbuild.errors import StoreError
from prmbuild.sessions.clocks import expired_at, forgotten_at
from prmbuild.store.encoding import intact
from prmbuild.store.store import Headers, Store
from prmbuild.store.writing import content

PLACE = "runtime/sessions.json"
"""Key of the file."""

_HEADERS = Headers(content_type="application/json", cache_control="no-store")
_ATTEMPTS = 8

REMEMBERED = 100
"""States before the present one: more than are made while an edge does not answer. Each takes 35 bytes of the file."""


class Key(Struct, frozen=True, kw_only=True):
    """A key that signs sessions.

    Attributes:
        kid: its name, which tokens carry.
        secret: hexadecimal.
        signs: from when it may sign, in seconds since 1970 UTC; None until every edge has it.
        checks: whether it signs nothing from then on, and only checks what it signed: nobody knows whether it was
            retired.
    """

    kid: str
    secret: str
    signs: int | None
    checks: bool = False

    @property
    def may_sign(self) -> bool:
        """Whether it signs, or will once its time comes."""
        return self.signs is not None and not self.checks

    def __repr__(self) -> str:
        return f"Key(kid={self.kid!r}, signs={self.signs!r})"  # whoever prints it, prints no secret


class Sessions(Struct, frozen=True, kw_only=True):
    """What is known of sessions.

    Attributes:
        keys: oldest first.
        revoked: name of an entry, see `prmbuild.access.entries.revocations` → up to when tokens do not hold.
        edges: names of the edges that follow the store, so that none is forgotten.
        turn: counts changes.
        name: random, made when keys or revocations change, as they may be the same twice, in two states.
        past: what `digest` was before, the last at the end, so that who remembers one can tell a later state from one
            that was put back.
        retired: names of keys that were dropped, for ever: whoever got hold of one signs with it as long as an edge
            has it, and an edge may not have heard. Each takes 19 bytes.
    """

    keys: tuple[Key, ...] = ()
    revoked: Mapping[str, int] = field(default_factory=dict)
    edges: tuple[str, ...] = ()
    turn: int = 0
    name: str = ""
    past: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()

    def signing(self, now: int) -> Key | None:
        """Return the key that signs at an instant, in seconds since 1970 UTC; None where there is none yet."""
        ready = [key for key in self.keys if key.may_sign]
        begun = [key for key in ready if key.signs is not None and key.signs <= now]
        # the very first has no one to wait for
        return begun[-1] if begun else ready[0] if ready else None

    def needed_until(self, kid: str) -> int | None:
        """Return until when tokens of a key may hold, in seconds since 1970 UTC; None where no other took over yet."""
        after = [key for key in self.keys if key.signs is not None]
        names = [key.kid for key in after]
        if kid not in names or names.index(kid) + 1 == len(names):
            return None
        followed = after[names.index(kid) + 1].signs
        assert followed is not None
        return expired_at(followed)

    def entries(self) -> Mapping[str, str]:
        """Return what the access rule looks up."""
        keys = {key_name(key.kid): key.secret for key in self.keys}
        return keys | {name: str(until) for name, until in self.revoked.items()}

    @property
    def digest(self) -> str:
        """Names the state, and no other one; empty where there never were entries."""
        entries = self.entries()
        known = self.name or entries or self.past
        return sha256((self.name + json.dumps(entries, sort_keys=True)).encode()).hexdigest()[:32] if known else ""

    def continues(self, digest: str) -> bool:
        """Tell whether this is what `digest` names, or came after it; what came long before is not known."""
        return digest == self.digest or digest in self.past

    def tidied(self, now: int) -> "Sessions":
        """Return what is still needed: without keys that signed no token that holds, and what no token is as old as."""

        def over(until: int | None) -> bool:
            return until is not None and until <= now

        return replace(
            self,
            keys=tuple(key for key in self.keys if not over(self.needed_until(key.kid))),
            revoked={name: until for name, until in self.revoked.items() if not over(forgotten_at(until))},
        )


class UnreadableError(StoreError):
    """What is known of sessions cannot be read."""


def read_sessions(store: Store, *, anew: bool = False) -> Sessions:
    """Return what a store knows of sessions.

    Args:
        store: where.
        anew: see `change`.

    Raises:
        UnreadableError: the file cannot be read.
        StoreError: the store does not answer.
    """
    return _read(store, anew=anew)[0]


def change(store: Store, how: Callable[[Sessions], Sessions], *, anew: bool = False) -> Sessions:
    """Change what a store knows of sessions, and return it; where nothing changes, nothing is written.

    Args:
        store: where.
        how: makes the new of the old; is asked again where somebody else changed it meanwhile.
        anew: whether what cannot be read is made anew, as if there were nothing.

    Raises:
        UnreadableError: the file cannot be read.
        StoreError: the store fails; whether it changed is not known.
    """
    for _ in range(_ATTEMPTS):
        before, tag = _read(store, anew=anew)
        after = how(before)
        if after == before:
            return before
        after = _named(before, _with_dropped(before, replace(after, turn=before.turn + 1)))
        data = json.dumps({"version": 1, **to_builtins(after)}, sort_keys=True, separators=(",", ":")).encode()
        with content(data, _HEADERS) as made:
            done = store.put_absent(PLACE, made) if tag is None else store.put_matching(PLACE, made, tag)
        # an answer that was lost on its way, and the request repeated
        if done is not None or _read(store)[0] == after:
            store.settle()
            return after
    raise StoreError("others change keys or revocations all the time", hint="try again")


def _with_dropped(before: Sessions, after: Sessions) -> Sessions:
    """Return a state that remembers the keys which the one before had, and which it has no more."""
    kept = {key.kid for key in after.keys}
    gone = dict.fromkeys((*after.retired, *(key.kid for key in before.keys if key.kid not in kept)))
    return replace(after, retired=tuple(gone))


def _named(before: Sessions, after: Sessions) -> Sessions:
    """Return a state under a name of its own, where it says something else than the one before."""
    if before.entries() == after.entries() and before.past == after.past:
        return after
    past = (*after.past, before.digest) if before.digest else after.past
    return replace(after, name=token_hex(16), past=past[-REMEMBERED:])


def _read(store: Store, *, anew: bool = False) -> tuple[Sessions, str | None]:
    found = store.get(PLACE)
    if found is None:
        return Sessions(), None
    data = intact(found)
    try:
        read = json.loads(data)
        if read.pop("version") != 1:
            raise ValueError
        keys = tuple(Key(**key) for key in read.pop("keys"))
        past, retired = tuple(read.pop("past", ())), tuple(read.pop("retired", ()))
        sessions = Sessions(keys=keys, edges=tuple(read.pop("edges")), past=past, retired=retired, **read)
        if not _sound(sessions):
            raise TypeError
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        if anew:
            return Sessions(), found[1].tag
        # what it says is a secret: the reason stays unsaid
        raise UnreadableError(
            f"'{PLACE}' in the store cannot be read, and without it nobody can sign in",
            hint="where a later prmbuild wrote it, upgrade this one; else prmbuild keys recover makes it anew of what "
            "the edge has; where there is none, delete it, then prmbuild keys rotate: everybody signs in again. An "
            "earlier version of the file would let in whom somebody shut out",
        ) from None
    return sessions, found[1].tag


def is_key(kid: str, secret: str) -> bool:
    """Tell whether a name and a secret in hexadecimal make a key."""
    try:
        return KID.fullmatch(kid) is not None and len(bytes.fromhex(secret)) >= 32
    except ValueError:
        return False


def _sound(sessions: Sessions) -> bool:
    keys = all(
        is_key(key.kid, key.secret) and (key.signs is None or type(key.signs) is int) and type(key.checks) is bool
        for key in sessions.keys
    )
    revoked = all(isinstance(name, str) and type(until) is int for name, until in sessions.revoked.items())
    texts = (sessions.name, *sessions.edges, *sessions.past, *sessions.retired)
    named = all(isinstance(text, str) for text in texts)
    return keys and revoked and named and type(sessions.turn) is int
