"""Names of objects, and which are none."""

from prmbuild.errors import StoreError

LONGEST = 1024
"""Bytes of a key in UTF-8. Source: Amazon S3 User Guide, "Naming Amazon S3 objects"."""

_ODD = ("//", "/.", "\\")


def checked(key: str) -> str:
    """Return a key.

    Raises:
        StoreError: it is none, so that no object is put where it would not be found, or outside of a directory.
    """
    # nearly all keys are told to be fine at a glance, which is worth it where there are thousands
    if key.isascii() and key.isprintable() and len(key) <= LONGEST and not any(map(f"/{key}/".__contains__, _ODD)):
        return key
    odd = any(part in ("", ".", "..") for part in key.split("/")) or any(ord(char) < 32 or char == "\\" for char in key)
    if odd or len(key.encode("utf-8", "surrogatepass")) > LONGEST:
        raise StoreError(f"'{key[:100]}' cannot be the name of an object")
    return key
