"""Places to publish to, as they are written in ``prm.yaml`` and on the command line."""

import os
from pathlib import Path

from prmbuild.errors import NoPlaceError, StoreError
from prmbuild.manifest import MANIFEST
from prmbuild.records.headers import headers_of
from prmbuild.records.layout import is_secret
from prmbuild.source.snapshot import PLACES
from prmbuild.store.bucket_names import SCHEME
from prmbuild.store.directory import DirectoryStore
from prmbuild.store.s3 import S3Store
from prmbuild.store.store import Store

DIRECTORY = "dir:"
GIT = ".git"


def store_at(place: str, root: Path) -> Store:
    """Open a store.

    Args:
        place: ``dir:PATH`` or ``s3://BUCKET[/PREFIX]``.
        root: what a relative path is relative to: the programme's repository.

    Raises:
        NoPlaceError: that is no place.
        StoreError: nothing can be published there.
    """
    if place.startswith(SCHEME):
        return S3Store(place)
    if place.startswith(DIRECTORY) and place != DIRECTORY and "\0" not in place:
        if place.startswith(f"{DIRECTORY}~"):
            hint = "write the whole path of your home folder"
            raise NoPlaceError(f"'{place}' would be a folder called '~'", hint=hint)
        folder = root / place.removeprefix(DIRECTORY)
        try:
            _fit(folder, root)
        except OSError as error:
            raise StoreError(f"{str(folder)[:80]}: {error.strerror}", hint="publish to another folder") from error
        return DirectoryStore(folder, headers_of, is_secret)
    raise NoPlaceError(f"'{place}' is no place to publish to", hint="write dir:PATH or s3://BUCKET/PREFIX")


def _fit(folder: Path, root: Path) -> None:
    """Do nothing where a folder, which need not exist, can be published to.

    Raises:
        StoreError: it is something else's.
        OSError: nobody can tell.
    """
    hint = "publish to another folder"
    if os.path.lexists(folder) and not folder.is_dir():
        raise StoreError(f"{folder} is no folder", hint=hint)
    if (folder / MANIFEST).exists():
        raise StoreError(f"{folder} is what prmbuild build writes to", hint=hint)
    place, repository = folder.resolve(), root.resolve()
    if (folder / GIT).exists() or repository.is_relative_to(place):
        raise StoreError(f"{folder} holds a repository", hint=hint)
    if place.is_relative_to(repository) and place.relative_to(repository).parts[0] in (GIT, *PLACES):
        raise StoreError(f"{folder} is the programme's own", hint=hint)
