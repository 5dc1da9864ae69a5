"""The edge inside a store: one small file beside the portals, for the gateway and for web servers that ask it.

No request leads there: whatever a request asks for lies below ``portals/``.
"""

import json
from collections.abc import Collection, Mapping

from prmbuild.edge.edge import Standing
from prmbuild.edge.limits import size
from prmbuild.errors import StoreError
from prmbuild.store.store import Headers, Store
from prmbuild.store.writing import content

PLACE = "runtime/edge.json"
"""Key of the file: name → entry, as JSON."""

_HEADERS = Headers(content_type="application/json", cache_control="no-store")
_AT_ONCE = 100_000
_HOLDS = 64 << 20
_NEVER = ""
"""Tag of a file that is not there yet."""


class StoredEdge:
    """Entries in a file of a store.

    Args:
        store: where the portals are.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: tuple[str, dict[str, str]] = (_NEVER, {})

    @property
    def name(self) -> str:
        """What people call it."""
        return f"{self._store.url}/{PLACE}"

    @property
    def at_once(self) -> int:
        """How many names one update may have."""
        return _AT_ONCE

    @property
    def holds(self) -> int:
        """How many bytes of names and entries it may hold."""
        return _HOLDS

    def standing(self) -> Standing:
        """Return how it stands."""
        tag, entries = self._read()
        return Standing(tag=tag, size=size(entries))

    def get(self, *names: str) -> Mapping[str, str]:
        """Return entries, without those that are not there."""
        entries = self._read()[1]
        return {name: entries[name] for name in names if name in entries}

    def entries(self) -> Mapping[str, str]:
        """Return all entries."""
        return dict(self._read()[1])

    def update(self, tag: str, puts: Mapping[str, str], deletes: Collection[str] = ()) -> str | None:
        """Put and delete entries, all or none: the new tag; None where the edge is not as it was at `tag` any more."""
        known, entries = self._known if self._known[0] == tag else self._read()
        if known != tag:
            return None
        changed = {name: entry for name, entry in {**entries, **puts}.items() if name not in deletes}
        data = json.dumps(changed, sort_keys=True, separators=(",", ":")).encode()
        with content(data, _HEADERS) as made:
            new = self._store.put_absent(PLACE, made) if tag == _NEVER else self._store.put_matching(PLACE, made, tag)
        if new is not None:
            self._known = new, changed
        return new

    def _read(self) -> tuple[str, dict[str, str]]:
        found = self._store.get(PLACE)
        if found is None:
            self._known = _NEVER, {}
            return self._known
        try:
            entries: dict[str, str] = json.loads(found[0])
            if not all(isinstance(entry, str) for entry in entries.values()):
                raise TypeError
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            hint = "delete it, and run prmbuild gc: it is made anew"
            raise StoreError(f"'{PLACE}' in the store cannot be read", hint=hint) from error
        self._known = found[1].tag, entries
        return self._known
