"""From what a person writes to a cache."""

import os
import re
from pathlib import Path

from prmbuild.cache.cache import Cache
from prmbuild.cache.directory import DirectoryCache, default_folder
from prmbuild.errors import NoPlaceError
from prmbuild.store.bucket_names import SCHEME

SECRET = "PRMBUILD_CACHE_SECRET"
"""Environment variable with the secret that a shared cache's index is signed with."""

LIKE_A_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
"""How what is meant for another place than a folder begins; one letter is a drive. Source: RFC 3986, section 3.1."""

_KINDS = "name a folder or s3://BUCKET/PREFIX"


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
    if not where or "\0" in where:
        raise NoPlaceError("an empty name is no place for a cache", hint=_KINDS)
    if LIKE_A_URL.match(where):
        hint = f"{_KINDS}; a folder of that name is ./{where}"
        raise NoPlaceError(f"'{where}' is of no kind that a cache can be", hint=hint)
    folder = Path(where)
    if os.path.lexists(folder) and not folder.is_dir():
        raise NoPlaceError(f"{folder} is not a folder", hint=_KINDS)
    return DirectoryCache(folder)
