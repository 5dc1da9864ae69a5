"""Small texts as what a store can put."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from prmbuild.errors import StoreError
from prmbuild.publish.layout import JSON
from prmbuild.store.store import Content, Headers, Store


@contextmanager
def content(data: bytes, headers: Headers) -> Iterator[Content]:
    """Have bytes in a file for as long as they are put."""
    with tempfile.NamedTemporaryFile(prefix="prmbuild-") as file:
        file.write(data)
        file.flush()
        yield Content(file=Path(file.name), digest=sha256(data).hexdigest(), headers=headers)


def put_once(store: Store, key: str, data: bytes) -> None:
    """Put a text that is named by what it says, where it is not there yet.

    Raises:
        StoreError: something else stands there, or the store fails.
    """
    with content(data, JSON) as made:
        if store.put_absent(key, made) is None:
            found = store.get(key)
            if found is None or found[0] != data:
                raise not_ours(key)


def not_ours(key: str) -> StoreError:
    """Return the error about an object that stands where another one should."""
    return StoreError(f"'{key}' in the store is not what this deployment puts there", hint="delete it and deploy again")
