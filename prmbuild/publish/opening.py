"""Places to publish to, as they are written in ``prm.yaml`` and on the command line."""

from pathlib import Path

from prmbuild.errors import StoreError
from prmbuild.manifest import MANIFEST
from prmbuild.publish.headers import headers_of
from prmbuild.publish.layout import is_secret
from prmbuild.store.directory import DirectoryStore
from prmbuild.store.s3 import SCHEME, S3Store
from prmbuild.store.store import Store

DIRECTORY = "dir:"


def store_at(place: str, root: Path) -> Store:
    """Open a store.

    Args:
        place: ``dir:PATH`` or ``s3://BUCKET[/PREFIX]``.
        root: what a relative path is relative to.

    Raises:
        StoreError: there is no such place.
    """
    if place.startswith(SCHEME):
        return S3Store(place)
    if place.startswith(DIRECTORY) and place != DIRECTORY:
        folder = root / place.removeprefix(DIRECTORY)
        if (folder / MANIFEST).exists():
            raise StoreError(f"{folder} is what prmbuild build writes to", hint="publish to another folder")
        return DirectoryStore(folder, headers_of, is_secret)
    raise StoreError(f"'{place}' is no place to publish to", hint="write dir:PATH or s3://BUCKET/PREFIX")
