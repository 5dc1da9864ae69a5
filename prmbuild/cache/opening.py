"""From what a person writes to a cache."""

import os
from pathlib import Path

from prmbuild.cache.cache import Cache
from prmbuild.cache.directory import DirectoryCache, default_folder

SCHEME = "s3://"
SECRET = "PRMBUILD_CACHE_SECRET"
"""Environment variable with the secret that a shared cache's index is signed with."""


def open_cache(where: str) -> Cache:
    """Open the cache in a folder, or the one at ``s3://bucket/prefix`` with the default folder in front of it.

    Raises:
        StoreError: it names no place a cache can be.
    """
    if where.startswith(SCHEME):
        from prmbuild.cache.bucket import Bucket
        from prmbuild.cache.shared import SharedCache

        secret = os.environ.get(SECRET, "").encode()
        return SharedCache(DirectoryCache(default_folder()), Bucket(where), secret)
    return DirectoryCache(Path(where))
