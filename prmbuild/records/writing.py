"""Texts that are named by what they say, and are never changed once they are there."""

from prmbuild.errors import StoreError
from prmbuild.records.layout import JSON
from prmbuild.store.store import Store
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
            raise not_ours(key)


def not_ours(key: str) -> StoreError:
    """Return the error about an object that stands where another one should."""
    return StoreError(f"'{key}' in the store is not what this deployment puts there", hint="delete it and deploy again")
