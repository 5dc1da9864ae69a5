"""An edge in the memory of a test, in place of CloudFront's: it keeps the same contract, and costs no request."""

import threading
from collections.abc import Collection, Mapping

from prmbuild.edge.edge import Standing
from prmbuild.edge.limits import LARGEST_STORE, size
from prmbuild.errors import StoreError


class MemoryEdge:
    """Entries in a dictionary.

    Args:
        name: what people call it.
        holds: how many bytes of names and entries it may hold.
    """

    at_once = 50

    def __init__(self, name: str = "an edge", holds: int = LARGEST_STORE) -> None:
        self.name = name
        self.holds = holds
        self._entries: dict[str, str] = {}
        self._changes = 0
        self._alone = threading.Lock()

    def standing(self) -> Standing:
        with self._alone:
            return Standing(tag=str(self._changes), size=size(self._entries))

    def get(self, *names: str) -> Mapping[str, str]:
        return {name: self._entries[name] for name in names if name in self._entries}

    def entries(self) -> Mapping[str, str]:
        return dict(self._entries)

    def update(self, tag: str, puts: Mapping[str, str], deletes: Collection[str] = ()) -> str | None:
        with self._alone:
            if tag != str(self._changes):
                return None
            changed = {name: entry for name, entry in {**self._entries, **puts}.items() if name not in deletes}
            if size(changed) > self.holds:
                raise StoreError("ServiceQuotaExceededException")
            self._entries = changed
            self._changes += 1
            return str(self._changes)
