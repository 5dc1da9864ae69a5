"""Names of buckets, looked at before obstore is asked: it panics in the middle of a request that cannot be written."""

import re

from prmbuild.errors import NoPlaceError, StoreError
from prmbuild.store.keys import checked

SCHEME = "s3://"

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ADDRESS = re.compile(r"[0-9]+(?:\.[0-9]+){3}")
_RESERVED = ("xn--", "sthree-", "amzn-s3-demo-")


def bucket_and_prefix(url: str) -> tuple[str, str]:
    """Return the bucket and the prefix, without a slash at its end, that a place names; the prefix may be empty.

    The ends of names that are reserved are no matter: aliases of access points have them, and stand for buckets.

    Args:
        url: ``s3://bucket`` or ``s3://bucket/prefix``.

    Raises:
        NoPlaceError: no bucket can have that name, or no object that prefix.
            Source: Amazon S3 User Guide, "General purpose bucket naming rules".
    """
    name, _, prefix = url.removeprefix(SCHEME).partition("/")
    if not url.startswith(SCHEME) or not name:
        raise NoPlaceError(f"'{url}' names no bucket", hint="write s3://BUCKET or s3://BUCKET/PREFIX")
    odd = not _BUCKET.fullmatch(name) or ".." in name or _ADDRESS.fullmatch(name) or name.startswith(_RESERVED)
    if odd:
        hint = "a name has 3 to 63 of a-z, 0-9, - and ., and a letter or digit at both ends"
        raise NoPlaceError(f"no bucket can be called '{name}'", hint=hint)
    prefix = prefix.removesuffix("/")
    if prefix:
        try:
            checked(prefix)
        except StoreError as error:
            hint = "write it as s3://BUCKET/PREFIX, without //, dot segments, \\ and control characters"
            raise NoPlaceError(f"no object of a bucket can be below '{prefix}'", hint=hint) from error
    return name, prefix
