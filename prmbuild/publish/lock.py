"""One deployment at a time: a lock that expires, and that a deployment whose lock was taken over cannot get past.

The lock keeps people from waiting for nothing; what keeps a portal whole is that the pointer is replaced only where it
is still the one that was read under the lock. A run that died leaves its lock behind. On the same machine it is plain
that it died, and the lock is taken over at once; from elsewhere nobody can tell a dead run from one that is slow, so
the lock has to expire, or a person takes it over.
"""

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import asdict, replace

from prmbuild.errors import StoreError
from prmbuild.publish.layout import JSON, LOCK
from prmbuild.publish.process import gone, this_process
from prmbuild.publish.records import canonical
from prmbuild.store.store import Store
from prmbuild.store.writing import content

LASTS = 900
"""Seconds that a lock holds unless it is renewed; a deployment renews it long before."""

Clock = Callable[[], int]
"""Returns the present, in seconds since 1970 UTC."""


class Held(Struct, frozen=True, kw_only=True):
    """A lock.

    Attributes:
        owner: who, for people: a run of CI, a machine; no person's name.
        holder: tells apart those who are the same to people.
        number: counts every taking.
        since: when it was taken, in seconds since 1970 UTC.
        until: likewise; 0 for one that was given back.
        process: who holds it, for this machine to tell whether that still runs; empty where it cannot.
    """

    owner: str
    holder: str
    number: int
    since: int
    until: int
    process: str


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

    def take(self, *, over: bool = False) -> None:
        """Take the lock.

        Args:
            over: whether to take it from who holds it: a person knows that that run is dead.

        Raises:
            LockedError: somebody else holds it.
        """
        found = self._store.get(LOCK)
        number, now = 1, self._clock()
        if found is not None:
            held = _read(found[0])
            held = replace(held, until=_ends(held, now))
            if now < held.until and not over and not gone(held.process):
                raise _taken(held, now, self._store.url)
            number = held.number + 1
        held = Held(
            owner=self._owner,
            holder=self._holder,
            number=number,
            since=now,
            until=now + LASTS,
            process=this_process(),
        )
        self._put(held, found[1].tag if found is not None else None)

    def renew(self) -> None:
        """Hold the lock for longer, where a third of its time is over.

        Raises:
            LockedError: somebody else took it over.
        """
        assert self._held is not None
        if self._held.until - self._clock() < LASTS * 2 // 3:
            self.confirm()

    def confirm(self) -> None:
        """Make sure that the lock is still held, and hold it for longer.

        Raises:
            LockedError: somebody else took it over.
        """
        assert self._held is not None
        # a tag follows from the bytes, so these have to be others each time
        until = max(self._clock() + LASTS, self._held.until + 1)
        self._put(replace(self._held, until=until), self._tag)

    def give_back(self) -> None:
        """Let others deploy at once; where that fails, they wait until the lock has expired."""
        if self._held is not None:
            try:
                self._put(replace(self._held, until=0), self._tag)
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
def locked(store: Store, owner: str, clock: Clock, *, over: bool = False) -> Iterator[Lock]:
    """Hold a store's lock.

    Args:
        store: what it guards.
        owner: see `Held.owner`.
        clock: tells the time.
        over: see `Lock.take`.

    Raises:
        LockedError: somebody else holds it.
    """
    lock = Lock(store, owner, clock)
    lock.take(over=over)
    try:
        yield lock
    finally:
        lock.give_back()


def _ends(held: Held, now: int) -> int:
    """Return when a lock ends, in seconds since 1970 UTC, whatever a clock that was wrong wrote into it."""
    latest = now + 2 * LASTS
    if held.until <= latest:
        return held.until
    return held.since + LASTS if held.since <= now else now


def _taken(held: Held, now: int, url: str) -> LockedError:
    since, until = (datetime.fromtimestamp(at, UTC) for at in (held.since, held.until))
    left = -(-(held.until - now) // 60)
    return LockedError(
        f"{held.owner} is deploying to {url}, since {since:%Y-%m-%d %H:%M} UTC",
        hint=f"wait for it; if it is dead, its lock ends at {until:%H:%M:%S} UTC, in {left} "
        f"minute{'' if left == 1 else 's'}, or --take-over takes it at once",
    )


def _read(data: bytes) -> Held:
    try:
        held = Held(**json.loads(data))
        texts = all(isinstance(text, str) for text in (held.owner, held.holder, held.process))
        if not (texts and all(isinstance(number, int) for number in (held.number, held.since, held.until))):
            raise TypeError
        datetime.fromtimestamp(max(held.since, held.until), UTC)
        return held
    except (ValueError, TypeError, OverflowError, OSError, RecursionError) as error:
        raise StoreError("'lock' in the store cannot be read", hint="delete it if nobody deploys") from error
