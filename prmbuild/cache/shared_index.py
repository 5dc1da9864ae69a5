"""The index of a shared cache: which digest was derived under which key by any of those who share it."""

from collections.abc import Mapping, Set

from prmbuild.cache.bucket import Bucket
from prmbuild.cache.directory import DirectoryCache
from prmbuild.cache.objects import intact
from prmbuild.cache.segments import pack, unpack

SEGMENTS = "segments/"

_MERGE_AFTER = 32
"""Segments after which they are made one; each costs a fresh machine a request."""


class SharedIndex:
    """The segments in a bucket, read once.

    Args:
        bucket: where they are.
        local: keeps those that were brought.
        secret: those not signed with it are not believed; empty believes all.

    Attributes:
        entries: key → digest.
        rejected: segments that are broken or were not believed.
    """

    def __init__(self, bucket: Bucket, local: DirectoryCache, secret: bytes) -> None:
        self._bucket = bucket
        self._local = local
        self._secret = secret
        self.entries: dict[bytes, bytes] = {}
        self.rejected: list[str] = []
        self._believed: list[str] = []

    def load(self) -> None:
        """Read every segment; where two differ about a key, the one written last counts.

        Raises:
            StoreError: the bucket does not answer, or refuses.
        """
        for listed in sorted(self._bucket.listed(SEGMENTS), key=lambda found: (found.written, found.name)):
            digest = listed.name.removeprefix(SEGMENTS)
            found = self._segment(digest)
            if found is None:
                self.rejected.append(digest)
            else:
                self._believed.append(digest)
                self.entries.update(found)

    def add(self, entries: Mapping[bytes, bytes]) -> None:
        """Add entries, key → digest, whose objects are in the bucket.

        Raises:
            StoreError: the bucket does not answer, or refuses.
        """
        self.entries.update(entries)
        if len(self._believed) >= _MERGE_AFTER:
            self.replace(self.entries)
        else:
            self._believed.append(self._put(entries))

    def retain(self, digests: Set[bytes]) -> None:
        """Drop the entries whose digest is none of these, and the segments that were not believed.

        Raises:
            StoreError: the bucket does not answer, or refuses.
        """
        kept = {key: digest for key, digest in self.entries.items() if digest in digests}
        if self.rejected or len(kept) < len(self.entries):
            self._believed += self.rejected
            self.rejected = []
            self.replace(kept)

    def replace(self, entries: Mapping[bytes, bytes]) -> None:
        """Make one segment of all.

        Raises:
            StoreError: the bucket does not answer, or refuses.
        """
        merged = self._put(entries)
        old = [SEGMENTS + digest for digest in self._believed if digest != merged]
        if old:
            self._bucket.delete(old)
        self.entries, self._believed = dict(entries), [merged]

    def _put(self, entries: Mapping[bytes, bytes]) -> str:
        digest = self._local.put_object(pack(entries, self._secret))
        self._bucket.put(SEGMENTS + digest, self._local.place(digest))
        return digest

    def _segment(self, digest: str) -> Mapping[bytes, bytes] | None:
        if not self._local.missing((digest,)):
            return unpack(self._local.object(digest), self._secret)
        found = self._bucket.get(SEGMENTS + digest)
        if found is None:
            return {}
        data, _ = found
        if not intact(digest, data):
            return None
        entries = unpack(data, self._secret)
        if entries is not None:
            self._local.put_object(data)
        return entries
