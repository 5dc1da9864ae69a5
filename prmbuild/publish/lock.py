"""One deployment at a time: a lock that expires, and that a deployment whose lock was taken over cannot get past.

The lock keeps people from waiting for nothing; what keeps a portal whole is that the pointer is replaced only where it
is still the one that was read under the lock.
"""

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from prmbuild.errors import StoreError
from prmbuild.publish.layout import JSON, LOCK
from prmbuild.publish.records import canonical
from prmbuild.store.store import Store
from prmbuild.store.writing import content

LASTS = 900
"""Seconds that a lock holds unless it is renewed; a deployment renews it long before."""

Clock = Callable[[], int]
"""Returns the present, in seconds since 1970 UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A lock.

    Attributes:
        owner: who, for people: a run of CI, a machine; no person's name.
        holder: tells apart those who are the same to people.
        number: counts every taking.
        until: in seconds since 1970 UTC; 0 for one that was given back.
    """

    owner: str
    holder: str
    number: int
    until: int


class LockedError(StoreError):
    """Somebody else deploys."""


class Lock:
    """The lock of a store, held by this process.

    Args:
        store: what it guards.
        owner: see `Held.owner`.
        clock: tells the time.
    """

    def __init__(self, store: Store, owner: str, clock: Clock) -> None:
        self._store = store
        self._owner, self._holder = owner, secrets.token_hex(8)
        self._clock = clock
        self._held: Held | None = None
        self._tag = ""

    def take(self) -> None:
        """Take the lock.

        Raises:
            LockedError: somebody else holds it.
        """
        found = self._store.get(LOCK)
        number = 1
        if found is not None:
            held = _read(found[0])
            if held.until > self._clock():
                left = held.until - self._clock()
                raise LockedError(
                    f"{held.owner} is deploying to {self._store.url}",
                    hint=f"wait, or if that run is dead, deploy again in {left} seconds, when its lock has expired",
                )
            number = held.number + 1
        held = Held(owner=self._owner, holder=self._holder, number=number, until=self._clock() + LASTS)
        self._put(held, found[1].tag if found is not None else None)

    def renew(self) -> None:
        """Hold the lock for longer, where a third of its time is over.

        Raises:
            LockedError: somebody else took it over.
        """
        assert self._held is not None
        if self._held.until - self._clock() < LASTS * 2 // 3:
            renewed = Held(
                owner=self._owner, holder=self._holder, number=self._held.number, until=self._clock() + LASTS
            )
            self._put(renewed, self._tag)

    def give_back(self) -> None:
        """Let others deploy at once; where that fails, they wait until the lock has expired."""
        if self._held is not None:
            try:
                self._put(Held(owner=self._owner, holder=self._holder, number=self._held.number, until=0), self._tag)
            except StoreError:
                return
            finally:
                self._held = None

    def _put(self, held: Held, tag: str | None) -> None:
        with content(canonical(asdict(held)), JSON) as made:
            new = self._store.put_absent(LOCK, made) if tag is None else self._store.put_matching(LOCK, made, tag)
        if new is None:
            now = self._store.get(LOCK)
            # an answer that was lost on its way: the lock is ours all the same
            if now is None or _read(now[0]) != held:
                hint = "look at prmbuild status, then try again"
                raise LockedError(f"somebody else began to deploy to {self._store.url}", hint=hint)
            new = now[1].tag
        self._held, self._tag = held, new


@contextmanager
def locked(store: Store, owner: str, clock: Clock) -> Iterator[Lock]:
    """Hold a store's lock.

    Raises:
        LockedError: somebody else holds it.
    """
    lock = Lock(store, owner, clock)
    lock.take()
    try:
        yield lock
    finally:
        lock.give_back()


def _read(data: bytes) -> Held:
    try:
        held = Held(**json.loads(data))
        if not (isinstance(held.owner, str) and isinstance(held.number, int) and isinstance(held.until, int)):
            raise TypeError
        return held
    except (ValueError, TypeError, RecursionError) as error:
        raise StoreError("'lock' in the store cannot be read", hint="delete it if nobody deploys") from error
