"""Whoever lost the lock turns nothing over any more, however late they go on.

A run that was stopped, or sleeps with its machine, cannot be told from one that is dead, and goes on where it was: it
may have proven that it holds the lock an instant before. So whoever takes the lock from it first writes another number
into the pointer. What it then puts under the condition that the pointer is still the one that it read is refused by the
store itself.
"""

from msgspec.structs import replace

from prmbuild.errors import ChangedError, StoreError
from prmbuild.records.layout import JSON, LIVE
from prmbuild.records.records import read_live
from prmbuild.store.store import Store
from prmbuild.store.writing import content

_ATTEMPTS = 8


def fence_off(store: Store) -> None:
    """Let nobody turn over any more who read the pointer before.

    Where there is none, or none that can be read, there is nothing to tell it from: who turns over then does so under
    the condition that there still is none, or that one; and nothing is deleted meanwhile.

    Raises:
        StoreError: the store fails.
    """
    for _ in range(_ATTEMPTS):
        found = store.get(LIVE)
        if found is None:
            return
        try:
            live = read_live(found[0])
        except ChangedError:
            return
        # where an answer is lost on its way, the number is counted up once more
        with content(replace(live, fence=live.fence + 1).text(), JSON) as made:
            if store.put_matching(LIVE, made, found[1].tag) is not None:
                store.settle()
                return
    raise StoreError("others turn over what is live all the time", hint="run it again")
