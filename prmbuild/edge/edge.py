"""What an edge can do: small texts under names, and changes that happen as a whole or not at all.

An edge leads nothing: whatever stands in it follows from what stands in the store, and can be made anew from that.
"""

from collections.abc import Collection, Mapping
from typing import Protocol

from msgspec import Struct


class Standing(Struct, frozen=True, kw_only=True):
    """An edge at one moment.

    Attributes:
        tag: opaque; another one after every change.
        size: bytes of all names and entries.
    """

    tag: str
    size: int


class Edge(Protocol):
    """Entries under names; see `prmbuild.access.entries` for which there are.

    Every method may raise `StoreError`: the edge does not answer, or refuses. What became of an update that raises is
    not known; look, and do again what is not done.
    """

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def at_once(self) -> int:
        """How many names one update may have."""

    @property
    def holds(self) -> int:
        """How many bytes of names and entries it may hold."""

    def standing(self) -> Standing:
        """Return how it stands."""

    def get(self, *names: str) -> Mapping[str, str]:
        """Return entries, without those that are not there."""

    def entries(self) -> Mapping[str, str]:
        """Return all entries."""

    def update(self, tag: str, puts: Mapping[str, str], deletes: Collection[str] = ()) -> str | None:
        """Put and delete entries, all or none: the new tag; None where the edge is not as it was at `tag` any more.

        Args:
            tag: from `standing` or the update before.
            puts: name → entry.
            deletes: names of entries that are there.
        """
