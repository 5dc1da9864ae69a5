"""Segments: what a shared cache's index is made of. Each says which digests one build, or several, derived.

A segment is named by the SHA-256 of its bytes. With a secret it carries a code that only those who hold the secret can
make; without one, whoever may write segments decides what is found.
"""

import hmac
from collections.abc import Iterator, Mapping
from hashlib import sha256

_MAGIC = b"prmbuild cache segment 1\n"
_CODE = 32
_RECORD = 64


def pack(entries: Mapping[bytes, bytes], secret: bytes) -> bytes:
    """Write entries, key → digest, of 32 bytes each; an empty secret signs nothing."""
    records = b"".join(key + digest for key, digest in sorted(entries.items()))
    return _MAGIC + _code(records, secret) + records


def unpack(data: bytes, secret: bytes) -> Mapping[bytes, bytes] | None:
    """Read entries, key → digest; None where this is no segment, or one that nobody with the secret made."""
    start = len(_MAGIC) + _CODE
    records = data[start:]
    if not data.startswith(_MAGIC) or len(data) < start or len(records) % _RECORD:
        return None
    if not hmac.compare_digest(data[len(_MAGIC) : start], _code(records, secret)):
        return None
    return dict(_records(records))


def _records(records: bytes) -> Iterator[tuple[bytes, bytes]]:
    for start in range(0, len(records), _RECORD):
        yield records[start : start + 32], records[start + 32 : start + _RECORD]


def _code(records: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, records, sha256().name) if secret else bytes(_CODE)
