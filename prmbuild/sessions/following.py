"""What is known of sessions, for whoever looks it up all the time: it never goes back while they run."""

import threading
from collections.abc import Callable, Mapping

from prmbuild.errors import StoreError
from prmbuild.sessions.state import PLACE, REMEMBERED, Sessions, read_sessions
from prmbuild.store.store import Store


class Following:
    """Follows what a store knows of sessions.

    Args:
        store: where it is kept.
        told: is told, once each time, that it is no later than what was known.
    """

    def __init__(self, store: Store, told: Callable[[StoreError], None]) -> None:
        self._store = store
        self._told = told
        self._alone = threading.Lock()
        self._known: Sessions | None = None
        self._entries: Mapping[str, str] = {}
        self._refused: Sessions | None = None

    def entries(self) -> Mapping[str, str]:
        """Return what the access rule looks up.

        Raises:
            StoreError: the store does not answer, or was put back: who was shut out since would be let in.
        """
        now = read_sessions(self._store)
        if now == self._known:
            return self._entries
        with self._alone:
            now = read_sessions(self._store)  # what was read before may be older than what is known by now
            known = self._known
            if known is not None and known.digest and not now.continues(known.digest):
                error = self._refusal(known, now)
                if now != self._refused:
                    self._told(error)
                self._refused = now
                raise error
            self._known, self._entries, self._refused = now, now.entries(), None
            return self._entries

    def _refusal(self, known: Sessions, now: Sessions) -> StoreError:
        """Return why a state is not followed, and what to do; a later file that is put back may lack a revocation."""
        place = f"'{PLACE}' in {self._store.url}"
        hint = f"delete '{PLACE}', then prmbuild keys rotate, and start this again: everybody signs in again"
        if now.turn - known.turn <= REMEMBERED:
            said = f"{place} was put back or made anew, and would let in again whom somebody shut out"
        else:
            said = f"{place} changed more than {REMEMBERED} times since this last looked, or was put back or made anew"
            hint = f"where nobody put it back or made it anew, start this again; else {hint}"
        return StoreError(f"{said}; nobody is let in", hint=hint)
