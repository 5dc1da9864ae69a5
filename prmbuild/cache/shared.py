"""A cache that travels: a directory in front, a bucket behind it that several machines share.

What is asked for and is not in the directory is brought from the bucket; what is put goes to both. The bucket never
fails a build: where it is down, slow or refuses, the build goes on with the directory, and says so.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from prmbuild.cache.bucket import Bucket, Listed
from prmbuild.cache.cache import CacheStats
from prmbuild.cache.directory import DirectoryCache
from prmbuild.cache.objects import intact
from prmbuild.cache.shared_index import SharedIndex
from prmbuild.cache.transfers import Transfers
from prmbuild.errors import StoreError

OBJECTS = "objects/"

_RENEW_AFTER = timedelta(days=7)
"""Age after which an object that was used is written again, which renews it; more often would cost a write per read."""

_BATCH = 64
"""Objects kept in one go; bounds the memory that bringing takes."""


class SharedCache:
    """A directory cache in front of a bucket.

    Args:
        local: the directory.
        bucket: what is shared.
        secret: segments not signed with it are not believed; empty believes whoever may write to the bucket.
    """

    def __init__(self, local: DirectoryCache, bucket: Bucket, secret: bytes = b"") -> None:
        self.local = local
        self._bucket = bucket
        self._secret = secret
        self._transfers = Transfers(bucket, local.place)
        self._index: SharedIndex | None = None
        self._there: set[str] = set()
        self._here: dict[str, str] = {}
        self._aged: list[str] = []
        self._corrupted = self._said = 0

    @property
    def folder(self) -> Path:
        """The folder of the directory in front."""
        return self.local.folder

    @property
    def corrupted(self) -> int:
        """How many entries, here or there, were found broken and not used."""
        return self.local.corrupted + self._corrupted

    @property
    def damage(self) -> str:
        """What changes whenever something damaged is dropped here; what is brought damaged was linked by nobody."""
        return self.local.damage

    @property
    def unwritten(self) -> int:
        """How many entries could not be kept here."""
        return self.local.unwritten

    def get(self, key: str) -> bytes | None:
        """Return the bytes kept under a key; None where there are none, or broken ones."""
        return self.get_many((key,)).get(key)

    def get_many(self, keys: Iterable[str]) -> Mapping[str, bytes]:
        """Return the bytes kept under keys: key → bytes, without the keys that have none."""
        sought = tuple(keys)
        self.fetch(sought)
        return self.local.get_many(sought)

    def digest(self, key: str) -> str | None:
        """Return the digest of what is kept under a key, its object being here; None where there is none."""
        return self.digests((key,)).get(key)

    def digests(self, keys: Iterable[str]) -> Mapping[str, str]:
        """Return the digests of what is kept under keys: key → digest, without those whose object is not here."""
        sought = tuple(keys)
        self.fetch(sought)
        return self.local.digests(sought)

    def put(self, key: str, data: bytes) -> str:
        """Keep bytes under a key, and return their digest."""
        return self.put_many({key: data})[key]

    def put_many(self, entries: Mapping[str, bytes]) -> Mapping[str, str]:
        """Keep bytes under keys, in one go: key → digest."""
        digests = self.local.put_many(entries)
        self._here |= digests
        for digest in digests.values():
            self._send(digest)
        return digests

    def put_object(self, data: bytes) -> str:
        """Keep bytes that are found by their digest alone, and return it."""
        return self.put_objects((data,))[0]

    def put_objects(self, many: Sequence[bytes]) -> Sequence[str]:
        """Keep bytes as `put_object` does, in one go, and return their digests."""
        digests = self.local.put_objects(many)
        for digest in digests:
            self._send(digest)
        return digests

    def missing(self, digests: Iterable[str]) -> frozenset[str]:
        """Return those whose object is neither here nor can be brought."""
        sought = self.local.missing(digests)
        if not sought:
            return sought
        for _, data in self._brought(tuple(sorted(sought))):
            self.local.put_object(data)
        return self.local.missing(sought)

    def object(self, digest: str) -> bytes:
        """Return an object's bytes, which have this digest.

        Raises:
            StoreError: it can neither be read nor brought.
        """
        self.missing((digest,))
        return self.local.object(digest)

    def place(self, digest: str) -> Path:
        """Return the file of an object, to read or to link, never to write.

        Raises:
            StoreError: it is not here and cannot be brought.
        """
        self.missing((digest,))
        return self.local.place(digest)

    def doubt(self) -> None:
        """Believe no file's size and time from now on; what is brought is always read."""
        self.local.doubt()

    def fetch(self, keys: Iterable[str]) -> None:
        """Bring what is shared under these keys and is not here."""
        sought = tuple(dict.fromkeys(keys))
        here = self.local.digests(sought)
        self._here |= here
        if len(here) == len(sought):
            return
        shared = self._learned().entries
        wanted: dict[str, list[str]] = {}
        for key in sought:
            digest = None if key in here else shared.get(bytes.fromhex(key))
            if digest is not None and digest.hex() in self._there:
                wanted.setdefault(digest.hex(), []).append(key)
        brought = self._brought(tuple(wanted))
        while part := dict(islice(brought, _BATCH)):
            self._here |= self.local.put_many({key: data for digest, data in part.items() for key in wanted[digest]})

    def stats(self) -> CacheStats:
        """Count what the bucket holds.

        Raises:
            StoreError: the bucket does not answer.
        """
        return _counted(self._bucket.listed(OBJECTS))

    def prune(self, unused_for: float) -> CacheStats:
        """Drop from the bucket what was not used for so many seconds; use counts to the week.

        Returns:
            What was dropped.

        Raises:
            StoreError: the bucket does not answer, or refuses.
        """
        before = datetime.fromtimestamp(time.time() - unused_for, UTC)
        index = SharedIndex(self._bucket, self.local, self._secret)
        index.load()
        objects = list(self._bucket.listed(OBJECTS))
        gone = [found for found in objects if found.written <= before]
        index.retain({_digest(found) for found in objects if found.written > before})
        if gone:
            self._bucket.delete([found.name for found in gone])
        return _counted(gone)

    def check(self) -> CacheStats:
        """Read every object of the directory in front; those of the bucket are read whenever they are brought."""
        return self.local.check()

    def notices(self) -> tuple[str, ...]:
        """Return what a person should hear about how the cache did since it was last asked."""
        told = []
        corrupted, self._said = self._corrupted - self._said, self._corrupted
        if corrupted:
            told.append(f"{corrupted} entries of the cache {self._bucket.url} were broken or forged, and not used")
        for way, direction in (("from", self._transfers.bringing), ("to", self._transfers.sending)):
            if direction.given_up and not direction.said:
                told.append(f"gave up moving entries {way} the cache {self._bucket.url}: {direction.given_up}")
                direction.said = True
        return (*self.local.notices(), *told)

    def flush(self) -> None:
        """Send what is here and not there, then say so in the index; a kill before that leaves the index as it was."""
        index = self._learned()
        if self._transfers.bringing.given_up:
            return
        new = {key: digest for key, digest in self._here.items() if self._differs(index, key, digest)}
        for digest in new.values():
            self._send(digest)
        for digest in self._aged:
            self._transfers.send(digest)
        self._transfers.finish()
        self._there |= self._transfers.sent
        entries = {bytes.fromhex(key): bytes.fromhex(new[key]) for key in new if new[key] in self._there}
        if entries:
            try:
                index.add(entries)
            except StoreError as error:
                self._transfers.sending.give_up(error.message)

    def close(self) -> None:
        """Flush, and let go of everything."""
        try:
            self.flush()
        finally:
            self._transfers.close()
            self.local.close()

    def _learned(self) -> SharedIndex:
        """Read the shared index, once."""
        if self._index is None:
            self._index = SharedIndex(self._bucket, self.local, self._secret)
            try:
                self._index.load()
            except StoreError as error:
                self._transfers.bringing.give_up(error.message)
            self._corrupted += len(self._index.rejected)
            self._there |= {digest.hex() for digest in self._index.entries.values()}
        return self._index

    def _differs(self, index: SharedIndex, key: str, digest: str) -> bool:
        return digest not in self._there or index.entries.get(bytes.fromhex(key)) != bytes.fromhex(digest)

    def _send(self, digest: str) -> None:
        if digest not in self._there:
            self._transfers.send(digest)

    def _brought(self, digests: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
        """Yield objects from the bucket that have their digest; remember which are not there, or broken."""
        now = datetime.fromtimestamp(time.time(), UTC)
        for digest, found in self._transfers.bring(digests):
            if found is None:
                self._there.discard(digest)
                continue
            data, written = found
            if not intact(digest, data):
                self._corrupted += 1
                self._there.discard(digest)
                continue
            if now - written > _RENEW_AFTER:
                self._aged.append(digest)
            yield digest, data


def _digest(found: Listed) -> bytes:
    return bytes.fromhex(found.name.removeprefix(OBJECTS).replace("/", ""))


def _counted(found: Iterable[Listed]) -> CacheStats:
    now = time.time()
    ages = [(now - listed.written.timestamp(), listed.size) for listed in found]
    return CacheStats(
        entries=len(ages), size=sum(size for _, size in ages), oldest=max((age for age, _ in ages), default=0.0)
    )
