"""One deployment at a time: a lock that expires, and that a deployment whose lock was taken over cannot get past.

A run that died leaves its lock behind. On the same machine it is plain that it died, and the lock is taken over at
once; from elsewhere nobody can tell a dead run from one that is slow, so the lock has to expire, or a person takes it
over. Whoever it was taken from may go on at any time, from where it was:

* It turns nothing over: whoever takes a lock that was not given back in order changes the pointer first
  (`prmbuild.publish.fence`), and who turns over proves after reading the pointer that the lock is held.
* What it deletes can be in nothing that is live. Before anything is deleted, its name is written into the lock, which
  proves that the lock is held then. Such a mark stays until that run has said that all of it is deleted; and nobody
  makes live what lies below a name with a mark: it is put below another one
  (`prmbuild.records.records.release_names`).
"""

import json
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from msgspec import Struct, convert, to_builtins
from msgspec.structs import replace

from prmbuild.errors import StoreError
from prmbuild.publish.fence import fence_off
from prmbuild.publish.process import gone, this_process
from prmbuild.records.layout import JSON, LOCK
from prmbuild.records.records import canonical
from prmbuild.store.store import Store
from prmbuild.store.writing import content

LASTS = 900
"""Seconds that a lock holds unless it is renewed; a deployment renews it long before."""

MARKED = 90 * 24 * 3600
"""Seconds after which nobody goes on any more to delete what they marked."""

_GIVEN_BACK, _BROKEN_OFF = 0, 1

Clock = Callable[[], int]
"""Returns the present, in seconds since 1970 UTC."""


Place = tuple[str, str]
"""Portal and name of a release."""

_ANY = ""
"""In place of a portal: every one."""


class Mark(Struct, frozen=True, kw_only=True):
    """What a run is deleting, or may still delete.

    Attributes:
        since: when it was marked, in seconds since 1970 UTC.
        places: portal and name of releases whose files and manifests are.
        releases: names of those that are marked in every portal.
    """

    since: int
    places: tuple[Place, ...] = ()
    releases: tuple[str, ...] = ()

    @property
    def going(self) -> Iterator[Place]:
        """What is marked, for `may_go`."""
        yield from self.places
        yield from ((_ANY, release) for release in self.releases)


class Held(Struct, frozen=True, kw_only=True):
    """A lock.

    Attributes:
        owner: who, for people: a run of CI, a machine; no person's name.
        holder: tells apart those who are the same to people.
        number: counts every taking.
        since: when it was taken, in seconds since 1970 UTC.
        until: likewise; 0 for one that was given back; 1 where the store may still turn over what it was asked to.
        process: who holds it, for this machine to tell whether that still runs; empty where it cannot.
        marks: what may be deleted any time, by who holds it or held it once.
    """

    owner: str
    holder: str
    number: int
    since: int
    until: int
    process: str
    marks: tuple[Mark, ...] = ()


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
        self._others: tuple[Mark, ...] = ()
        self._in_order = True

    @property
    def going(self) -> frozenset[Place]:
        """Releases that another run may still delete, though it lost the lock; see `may_go`."""
        return frozenset(place for mark in self._others for place in mark.going)

    def take(self, *, over: bool = False) -> None:
        """Take the lock.

        Args:
            over: whether to take it from who holds it: a person knows that that run is dead.

        Raises:
            LockedError: somebody else holds it.
            StoreError: the store fails.
        """
        found = self._store.get(LOCK)
        number, now, in_order = 1, self._clock(), False
        if found is not None:
            held = _read(found[0])
            held = replace(held, until=_ends(held, now))
            if now < held.until and not over and not gone(held.process):
                raise _taken(held, now, self._store.url)
            number, in_order = held.number + 1, held.until == _GIVEN_BACK
            self._others = tuple(mark for mark in held.marks if now < mark.since + MARKED)
        held = Held(
            owner=self._owner,
            holder=self._holder,
            number=number,
            since=now,
            until=now + LASTS,
            process=this_process(),
            marks=self._others,
        )
        self._put(held, found[1].tag if found is not None else None)
        if not in_order:
            try:
                fence_off(self._store)
            except BaseException:
                self._in_order = False
                self.give_back()
                raise

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

    def mark(self, places: Iterable[Place]) -> None:
        """Write down which releases are about to be deleted, in place of those that were before.

        Raises:
            LockedError: somebody else took the lock over; then nothing may be deleted.
        """
        assert self._held is not None
        mark = Mark(places=tuple(places), since=self._clock())
        self._held = replace(self._held, marks=(*self._others, mark))
        self.confirm()

    def unmark(self) -> None:
        """Say that all that was marked is deleted; it is written down with what is written next."""
        assert self._held is not None
        self._held = replace(self._held, marks=self._others)

    @contextmanager
    def turning(self) -> Iterator[None]:
        """Turn over inside; where that raises, the store may still do it later."""
        self.confirm()
        self._in_order = False
        yield
        self._in_order = True

    def give_back(self) -> None:
        """Let others deploy at once; where that fails, they wait until the lock has expired."""
        if self._held is not None:
            try:
                self._put(replace(self._held, until=_GIVEN_BACK if self._in_order else _BROKEN_OFF), self._tag)
            except StoreError:
                return
            finally:
                self._held = None

    def _put(self, held: Held, tag: str | None) -> None:
        with content(canonical(to_builtins(held)), JSON) as made:
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


def may_go(portal: str, release: str, going: Collection[Place]) -> bool:
    """Tell whether a run may still delete a release.

    Args:
        portal: whose.
        release: its name; portals with the same files have it in common.
        going: see `Lock.going`.
    """
    return (portal, release) in going or (_ANY, release) in going


def going(store: Store) -> frozenset[Place]:
    """Return the releases that a run may be deleting, for who does not hold the lock and changes nothing.

    Raises:
        StoreError: the store does not answer.
    """
    found = store.get(LOCK)
    marks = _read(found[0]).marks if found is not None else ()
    return frozenset(place for mark in marks for place in mark.going)


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
        held = convert(json.loads(data), Held)
        datetime.fromtimestamp(max(held.since, held.until), UTC)
        return held
    except (ValueError, TypeError, OverflowError, OSError, RecursionError) as error:
        hint = "delete it if nobody deploys, and no prmbuild gc runs anywhere"
        raise StoreError("'lock' in the store cannot be read", hint=hint) from error
