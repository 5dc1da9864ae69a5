"""What a store shows now, as the access rule looks it up."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from msgspec import Struct

from prmbuild.access.entries import LIVE as LIVE_ENTRY
from prmbuild.access.entries import Lookup, entries
from prmbuild.records.layout import LIVE
from prmbuild.records.recorded import deployment
from prmbuild.records.records import Deployment, read_live
from prmbuild.store.store import Store

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
    """Follows what a store shows.

    The pointer and the keys are read for every request, so that a deployment, a way back or a revocation holds with the
    next one. What the pointer names never changes, and is kept.

    Args:
        store: where portals are published.
        sessions_of: tells whose sessions hold.
    """

    def __init__(self, store: Store, sessions_of: SessionsOf) -> None:
        self._store = store
        self._sessions_of = sessions_of
        self._kept: tuple[str, Showing] | None = None

    def showing(self) -> Showing | None:
        """Return the deployment that is live; None where there never was one.

        Raises:
            StoreError: that is not known.
        """
        found = self._store.get(LIVE)
        if found is None:
            return None
        name = read_live(found[0]).deployment
        kept = self._kept
        if kept is None or kept[0] != name:
            record = deployment(self._store, name)
            made = MappingProxyType({**entries(record.edition()), LIVE_ENTRY: name})
            self._kept = kept = (name, Showing(deployment=record, entries=made))
        return kept[1]

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
