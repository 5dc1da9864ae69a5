"""Objects in an S3 bucket that may be written again at any time."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from msgspec import Struct

from prmbuild.store.s3 import Patience, Said, opened

_PATIENCE = Patience(connect=timedelta(seconds=3), answer=timedelta(seconds=10), retries=2, retry=timedelta(seconds=15))
"""A cache that makes people wait is none."""


class Listed(Struct, frozen=True, kw_only=True):
    """An object: its name below the prefix, its size in bytes, and when it was last written."""

    name: str
    size: int
    written: datetime


class Bucket:
    """The objects below a prefix of a bucket.

    Endpoint, region and credentials come from where AWS's own tools take them.

    Args:
        url: ``s3://bucket/prefix``.

    Raises:
        NoPlaceError: there can be no such place.
        StoreError: the environment says nothing that S3 could be asked with.
    """

    def __init__(self, url: str) -> None:
        self.url, self._store = opened(url, _PATIENCE)

    def get(self, name: str) -> tuple[bytes, datetime] | None:
        """Return an object's bytes and when it was last written; None where there is none.

        Raises:
            StoreError: the store does not answer, or refuses.
        """
        import obstore
        from obstore.exceptions import NotFoundError

        with Said(self.url):
            try:
                found = obstore.get(self._store, name)
                return bytes(found.bytes()), found.meta["last_modified"]
            except (NotFoundError, FileNotFoundError):
                return None

    def put(self, name: str, file: Path) -> None:
        """Put a file's bytes under a name.

        Raises:
            StoreError: the store does not answer, or refuses; or the file cannot be read.
        """
        import obstore

        with Said(self.url):
            obstore.put(self._store, name, file, use_multipart=False)

    def listed(self, folder: str) -> Iterator[Listed]:
        """Return the objects below a folder.

        Raises:
            StoreError: the store does not answer, or refuses.
        """
        import obstore

        with Said(self.url):
            for chunk in obstore.list(self._store, folder):
                for found in chunk:
                    yield Listed(name=found["path"], size=found["size"], written=found["last_modified"])

    def delete(self, names: Iterable[str]) -> None:
        """Delete objects.

        Raises:
            StoreError: the store does not answer, or refuses.
        """
        import obstore

        with Said(self.url):
            obstore.delete(self._store, list(names))
