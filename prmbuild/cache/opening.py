"""From what a person writes to a cache."""

import os
from pathlib import Path

from prmbuild.cache.cache import Cache
from prmbuild.cache.directory import DirectoryCache, default_folder
from prmbuild.store.aws import SCHEME

SECRET = "PRMBUILD_CACHE_SECRET"
"""Environment variable with the secret that a shared cache's index is signed with."""


def open_cache(where: str) -> Cache:
    """Open the cache in a folder, or the one at ``s3://bucket/prefix`` with the default folder in front of it.

    Raises:
        NoPlaceError: it names no place a cache can be.
        StoreError: the environment says nothing that a bucket could be asked with.
    """
    if where.startswith(SCHEME):
        from prmbuild.cache.bucket import Bucket
        from prmbuild.cache.shared import SharedCache

        secret = os.environ.get(SECRET, "").encode()
        return SharedCache(DirectoryCache(default_folder()), Bucket(where), secret)
    return DirectoryCache(Path(where))
