"""Objects that are named by what they say, and are never changed once they are there.

So whatever else stands under such a name was changed since, and is put right by whoever needs it.
"""

from prmbuild.errors import StoreError
from prmbuild.records.layout import JSON
from prmbuild.store.store import Content, Store
from prmbuild.store.writing import content


def put_once(store: Store, key: str, data: bytes) -> None:
    """Put a text where it is not there yet. What was changed there since it was put is put right.

    Raises:
        StoreError: somebody else changes it, or the store fails.
    """
    with content(data, JSON) as made:
        if store.put_absent(key, made) is not None:
            return
        found = store.get(key)
        if found is not None and found[0] != data:
            # its name says what it has to be
            store.put_matching(key, made, found[1].tag)
            found = store.get(key)
        if found is None or found[0] != data:
            raise not_kept(key)


def put_over(store: Store, key: str, made: Content) -> None:
    """Put an object, whatever stands there.

    Raises:
        StoreError: somebody else changes it, or the store fails.
    """
    if store.put_absent(key, made) is None:
        found = store.head(key)
        if found is None or store.put_matching(key, made, found.tag) is None:
            raise not_kept(key)


def not_kept(key: str) -> StoreError:
    """Return the error about an object that is not what was put there a moment ago."""
    hint = "somebody else changes it: see who may write to the store, then run it again"
    return StoreError(f"'{key}' in the store is not what was put there", hint=hint)
