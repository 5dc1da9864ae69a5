"""What a store shows now, as the access rule looks it up."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from prmbuild.access.entries import LIVE as LIVE_ENTRY
from prmbuild.access.entries import Lookup, entries
from prmbuild.errors import ChangedError, StoreError
from prmbuild.records.layout import LIVE
from prmbuild.records.live import claimed, require_proven
from prmbuild.records.recorded import deployment
from prmbuild.records.records import Deployment, Live
from prmbuild.store.store import Store

_EVERY = 5
"""Seconds between two looks of a gateway that nobody asks anything, so that it knows a turn that is put back later."""

_AGAIN = 10
"""Seconds after which a pointer that was refused is looked at again: the records may be right by then."""

SessionsOf = Callable[[], Mapping[str, str]]
"""Returns the entries that say whose sessions hold: keys and revocations, see `prmbuild.access.entries`.

May raise:
    StoreError: that is not known.
"""


class Showing(Struct, frozen=True, kw_only=True):
    """A deployment, and its entries."""

    deployment: Deployment
    entries: Mapping[str, str]


class Watch:
    """Follows what a store shows, and never goes back while it runs.

    The pointer and the keys are read for every request, so that a deployment, a way back or a revocation holds with the
    next one. What the pointer names never changes, and is kept. A way back is a later turn to an earlier deployment; a
    pointer that names an earlier turn was put back, and would let in again whom a deployment shut out. The last turn is
    remembered in the process alone: a mark beside the pointer would be put back together with it. So each new pointer
    is compared with the turns on record as well, as commands do.

    Args:
        store: where portals are published.
        sessions_of: tells whose sessions hold.
        told: is told, once each time, why nobody gets anything.
    """

    def __init__(
        self, store: Store, sessions_of: SessionsOf, told: Callable[[StoreError], None] = lambda _: None
    ) -> None:
        self._store = store
        self._sessions_of = sessions_of
        self._told = told
        self._alone = threading.Lock()
        self._kept: tuple[Live, Showing] | None = None
        self._refused: tuple[bytes, float, ChangedError] | None = None

    def showing(self) -> Showing | None:
        """Return the deployment that is live; None where there never was one.

        Raises:
            StoreError: that is not known, or the store was put back.
        """
        found = self._store.get(LIVE)
        pointer, kept = found[0] if found is not None else b"", self._kept
        if kept is not None and pointer == kept[0].text():
            return kept[1]
        with self._alone:
            refused = self._refused
            if refused is not None and refused[0] == pointer and time.monotonic() < refused[1] + _AGAIN:
                raise refused[2]
            try:
                return self._followed()
            except ChangedError as error:
                if refused is None or refused[2].message != error.message:
                    self._told(error)
                self._refused = pointer, time.monotonic(), error
                raise

    def _followed(self) -> Showing | None:
        kept = self._kept
        live = claimed(self._store)  # what was read before may be older than what is known by now
        if live is None:
            if kept is not None:
                raise _went_back(kept[0], "is missing")
            return None
        if kept is None or _unfenced(live) != _unfenced(kept[0]):
            require_proven(self._store, live)
            if kept is not None and live.turn <= kept[0].turn:
                raise _went_back(kept[0], f"went back: it names turn {live.turn}")
        showing = kept[1] if kept is not None and kept[0].deployment == live.deployment else None
        if showing is None:
            record = deployment(self._store, live.deployment)
            made = MappingProxyType({**entries(record.edition()), LIVE_ENTRY: live.deployment})
            showing = Showing(deployment=record, entries=made)
        self._kept, self._refused = (live, showing), None
        return showing

    @contextmanager
    def kept_up(self, every: float = _EVERY) -> Iterator[None]:
        """Look by itself as long as the context lasts, at once and again and again.

        Args:
            every: seconds between two looks.
        """
        ended = threading.Event()

        def look() -> None:
            while True:
                with suppress(StoreError):  # who asks next is told
                    self.showing()
                if ended.wait(every):
                    return

        threading.Thread(target=look, name="live", daemon=True).start()
        try:
            yield
        finally:
            ended.set()

    def lookup(self, showing: Showing | None) -> Lookup:
        """Return what finds entries now.

        Args:
            showing: what is live; None for nothing, and then nobody gets anything.

        Raises:
            StoreError: whose sessions hold is not known.
        """
        shown = showing.entries if showing is not None else {}
        sessions = self._sessions_of()
        return lambda name: shown.get(name, sessions.get(name))


def _unfenced(live: Live) -> Live:
    """Return what a pointer says of what is live: who has the lock changes nothing of that."""
    return replace(live, fence=0)


def _went_back(known: Live, found: str) -> ChangedError:
    hint = (
        f"make live what should be: prmbuild rollback {known.deployment} is what was live here last, then prmbuild "
        "rollback --unpin; where what the store says is right, start this again"
    )
    return ChangedError(LIVE, f"{found}, and turn {known.turn} was live here; nobody gets anything", hint=hint)
