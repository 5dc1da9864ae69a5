"""A content-addressed cache of derived bytes: objects named by their digest, and an index that says what was derived.

An object is a file named by the SHA-256 of its bytes; the index says which digest was derived under which key, the key
being the digest of all that the bytes depend on. What is found is therefore never wrong, only absent.
"""

from prmbuild.cache.cache import Cache, CacheStats
from prmbuild.cache.directory import AUDITS, PLANS, DirectoryCache, default_folder, scratch
from prmbuild.cache.opening import open_cache

__all__ = ["AUDITS", "PLANS", "Cache", "CacheStats", "DirectoryCache", "default_folder", "open_cache", "scratch"]
