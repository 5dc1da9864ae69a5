"""A cache in a directory, and one that lasts as long as a build."""

import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from prmbuild.cache.cache import CacheStats
from prmbuild.cache.damage import Damage
from prmbuild.cache.index import Entry, Index
from prmbuild.cache.objects import Objects, Stamp, files, intact
from prmbuild.cache.overflow import Overflow, temporary_folder
from prmbuild.errors import StoreError

AUDITS = "audits"
PLANS = "plans"
"""The folder below a cache's for what is remembered of audits: files that others write, and that can be spared."""

_RENEW_AFTER = 24 * 3600
"""Seconds after which a read renews an object's age; more often would cost a write per read."""


class DirectoryCache:
    """A cache below a directory.

    Several builds may use one directory at once, and a build may be killed at any moment. Where the directory cannot be
    written, or its disk is full, objects go to a temporary folder until the cache is closed.

    Args:
        folder: made where it does not exist.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.corrupted = 0
        self.unwritten = 0
        self._told = (0, 0, 0)
        self._swept = 0
        self._index = Index(folder)
        self._objects = Objects(folder)
        self._damage = Damage(folder)
        self._stamps: dict[str, Stamp] = {}
        self._proven: set[str] | None = None  # while in doubt, what was read
        self._overflow: Overflow | None = None
        self._unkept: dict[str, str] = {}
        self._lock = threading.Lock()

    @property
    def damage(self) -> str:
        """What changes whenever something damaged is dropped; empty where nothing ever was."""
        return self._damage.mark

    def get(self, key: str) -> bytes | None:
        """Return the bytes kept under a key; None where there are none, or broken ones."""
        return self.get_many((key,)).get(key)

    def get_many(self, keys: Iterable[str]) -> Mapping[str, bytes]:
        """Return the bytes kept under keys: key → bytes, without the keys that have none."""
        found = {key: self._read(digest) for key, digest in self._known(keys).items()}
        return {key: data for key, data in found.items() if data is not None}

    def digest(self, key: str) -> str | None:
        """Return the digest of what is kept under a key, its object being here; None where there is none."""
        return self.digests((key,)).get(key)

    def digests(self, keys: Iterable[str]) -> Mapping[str, str]:
        """Return the digests of what is kept under keys: key → digest, without those whose object is not here."""
        return {key: digest for key, digest in self._known(keys).items() if self._standing(digest)}

    def put(self, key: str, data: bytes) -> str:
        """Keep bytes under a key, and return their digest."""
        return self.put_many({key: data})[key]

    def put_many(self, entries: Mapping[str, bytes]) -> Mapping[str, str]:
        """Keep bytes under keys, in one go: key → digest."""
        digests = {key: sha256(data).hexdigest() for key, data in entries.items()}
        self._learn(digests.values())
        written: dict[bytes, Stamp] = {}
        for key, data in entries.items():
            digest = digests[key]
            stamp = self._write(digest, data)
            if stamp is not None:
                written[bytes.fromhex(digest)] = stamp
        kept = {key: digest for key, digest in digests.items() if bytes.fromhex(digest) in written}
        binary = {bytes.fromhex(key): bytes.fromhex(digest) for key, digest in kept.items()}
        if binary and not self._index.keep(binary, written, time.time()):
            self.unwritten += len(binary)
            kept = {}
        self._unkept |= {key: digest for key, digest in digests.items() if key not in kept}
        return digests

    def put_object(self, data: bytes) -> str:
        """Keep bytes that are found by their digest alone, and return it."""
        return self.put_objects((data,))[0]

    def put_objects(self, many: Sequence[bytes]) -> Sequence[str]:
        """Keep bytes as `put_object` does, in one go, and return their digests."""
        digests = [sha256(data).hexdigest() for data in many]
        self._learn(digests)
        new: dict[bytes, Stamp] = {}
        for digest, data in zip(digests, many, strict=True):
            known = self._stamps.get(digest)
            stamp = self._write(digest, data)
            if stamp is not None and stamp != known:
                new[bytes.fromhex(digest)] = stamp
        if new:
            self._index.keep({}, new, time.time())
        return digests

    def missing(self, digests: Iterable[str]) -> frozenset[str]:
        """Return those whose object is not here."""
        sought = frozenset(digests)
        self._learn(sought)
        stamps, stamp = self._stamps, self._objects.stamp  # they are asked about every file of every portal
        unsure = sought
        if self._proven is None:
            unsure = frozenset(digest for digest in sought if digest not in stamps or stamp(digest) != stamps[digest])
        return frozenset(digest for digest in unsure if not self._standing(digest))

    def object(self, digest: str) -> bytes:
        """Return an object's bytes, which have this digest.

        Raises:
            StoreError: it is not here, or broken.
        """
        data = self._read(digest)
        if data is None:
            raise self._lost(digest)
        return data

    def place(self, digest: str) -> Path:
        """Return the file of an object, to read or to link, never to write.

        Raises:
            StoreError: it is not here, or broken.
        """
        if digest not in self._stamps:
            self._learn((digest,))
        if not self._standing(digest):
            raise self._lost(digest)
        over = self._overflow
        return Path(over.path(digest) if over is not None and digest in over else self._objects.path(digest))

    def doubt(self) -> None:
        """Believe no file's size and time from now on: each object is read before it is said to be here."""
        self._proven = set()

    def fetch(self, keys: Iterable[str]) -> None:
        """Do nothing: everything is here."""

    def stats(self) -> CacheStats:
        """Count what the cache holds."""
        now = time.time()
        known = self._index.everything()
        found = [(status, known.get(bytes.fromhex(digest))) for digest, status in self._objects.listed()]
        found += [(status, None) for notes in (AUDITS, PLANS) for _, status in files(self.folder / notes)]
        return CacheStats(
            entries=len(found),
            size=sum(status.st_size for status, _ in found),
            oldest=max((now - _used(status, entry) for status, entry in found), default=0.0),
        )

    def prune(self, unused_for: float) -> CacheStats:
        """Drop what was not used for so many seconds, and what a killed build left half written.

        Returns:
            What was dropped.

        Raises:
            StoreError: the folder cannot be changed.
        """
        now = time.time()
        known = self._index.everything()
        ages: list[tuple[float, int]] = []
        gone: list[bytes] = []
        try:
            for digest, status in self._objects.listed():
                age = now - _used(status, known.get(bytes.fromhex(digest)))
                if age >= unused_for:
                    Path(self._objects.path(digest)).unlink(missing_ok=True)
                    gone.append(bytes.fromhex(digest))
                    ages.append((age, status.st_size))
            for file, status in (
                *self._objects.unfinished(),
                *files(self.folder / AUDITS),
                *files(self.folder / PLANS),
            ):
                if now - status.st_mtime >= unused_for:
                    file.unlink(missing_ok=True)
                    ages.append((now - status.st_mtime, status.st_size))
        except OSError as error:
            raise StoreError(
                f"{error.filename or self.folder}: {error.strerror or error}", hint="check permissions"
            ) from error
        if gone:
            self._index.forget(gone)
            self._index.tidy()
        self._stamps.clear()
        return CacheStats(
            entries=len(ages), size=sum(size for _, size in ages), oldest=max((age for age, _ in ages), default=0.0)
        )

    def check(self) -> CacheStats:
        """Read every object, and drop those that have other bytes than they are named for.

        Returns:
            What was dropped; its age is 0.

        Raises:
            StoreError: an object cannot be dropped.
        """
        sizes = []
        for digest, status in self._objects.listed():
            before = self.corrupted
            self._intact(digest)
            if self.corrupted != before:
                if self._objects.stamp(digest) is not None:
                    raise StoreError(f"{self._objects.path(digest)} cannot be removed", hint="check permissions")
                sizes.append(status.st_size)
        return CacheStats(entries=len(sizes), size=sum(sizes), oldest=0.0)

    def notices(self) -> tuple[str, ...]:
        """Return what a person should hear about how the cache did since it was last asked."""
        now = (self._index.damaged, self.corrupted, self.unwritten)
        damaged, corrupted, unwritten = (after - before for after, before in zip(now, self._told, strict=True))
        self._told = now
        told = []
        if damaged:
            told.append(f"the index of the cache {self.folder} was damaged and begun again")
        if corrupted:
            told.append(f"{corrupted} damaged entries of the cache {self.folder} were made again")
        if unwritten:
            told.append(f"{unwritten} entries could not be kept in the cache {self.folder}")
        return tuple(told)

    def flush(self) -> None:
        """Do nothing: what was put is kept."""

    def close(self) -> None:
        """Let go of the index and of what could not be kept."""
        self._index.close()
        with self._lock:
            overflow, self._overflow = self._overflow, None
        if overflow is not None:
            overflow.close()
        self._stamps.clear()
        self._unkept.clear()

    def _known(self, keys: Iterable[str]) -> dict[str, str]:
        """Look keys up, and remember what their objects' files should look like."""
        sought = tuple(keys)
        entries = self._index.entries([bytes.fromhex(key) for key in sought])
        self._remember(entries.values())
        found = {key.hex(): entry.digest.hex() for key, entry in entries.items()}
        if self._unkept:
            found |= {key: self._unkept[key] for key in sought if key in self._unkept}
        return found

    def _learn(self, digests: Iterable[str]) -> None:
        sought = [bytes.fromhex(digest) for digest in digests if digest not in self._stamps]
        self._remember(self._index.objects(sought).values())

    def _remember(self, entries: Iterable[Entry]) -> None:
        now = time.time()
        aged = []
        for entry in entries:
            self._stamps[entry.digest.hex()] = entry.stamp
            if now - entry.used > _RENEW_AFTER:
                aged.append(entry.digest)
        if aged:
            self._index.use(aged, now)

    def _write(self, digest: str, data: bytes) -> Stamp | None:
        """Write an object, unless it stands; return its stamp, None where it went to the overflow."""
        stamp = self._objects.stamp(digest)
        if stamp is not None and self._stamps.get(digest) == stamp and not self._doubted(digest):
            return stamp
        if stamp is not None:
            self._intact(digest)  # it is written over, and what is damaged may be linked from elsewhere
        try:
            stamp = self._objects.write(digest, data)
        except OSError:
            self.unwritten += 1
            self._overflowing().write(digest, data)
            return None
        self._stamps[digest] = stamp
        if self._proven is not None:
            self._proven.add(digest)
        return stamp

    def _intact(self, digest: str) -> bytes | None:
        """Return the bytes of an object's file; None where there is none, or a damaged one, which is dropped."""
        data = self._objects.read(digest)
        if data is not None and not intact(digest, data):
            self._drop(digest)
            return None
        return data

    def _read(self, digest: str) -> bytes | None:
        data = self._intact(digest)
        if data is None and self._overflow is not None:
            return self._overflow.read(digest)
        return data

    def _standing(self, digest: str) -> bool:
        """Tell whether an object is here, reading it only where its file does not look as it was written."""
        if self._overflow is not None and digest in self._overflow:
            return True
        stamp = self._objects.stamp(digest)
        if stamp is None:
            return False
        known = self._stamps.get(digest)
        if known != stamp or self._doubted(digest):
            if self._read(digest) is None:
                return False
            if self._proven is not None:
                self._proven.add(digest)
            if known != stamp:
                self._stamps[digest] = stamp
                self._index.keep({}, {bytes.fromhex(digest): stamp}, time.time())
        return True

    def _doubted(self, digest: str) -> bool:
        return self._proven is not None and digest not in self._proven

    def _drop(self, digest: str) -> None:
        self.corrupted += 1
        self._damage.note()
        self._stamps.pop(digest, None)
        self._objects.drop(digest)
        self._index.forget((bytes.fromhex(digest),))

    def _overflowing(self) -> Overflow:
        with self._lock:
            if self._overflow is None:
                self._overflow = Overflow()
            return self._overflow

    def _lost(self, digest: str) -> StoreError:
        """Return that an object is not here; where anything was damaged, drop all that is, not one in each run."""
        if self.corrupted != self._swept:
            for other, _ in self._objects.listed():
                self._intact(other)
            self._swept = self.corrupted
        return StoreError(f"{self.folder}: the object {digest} is not there any more", hint="run the command again")


@contextmanager
def scratch() -> Iterator[DirectoryCache]:
    """Open a cache that lasts as long as it is open.

    Raises:
        StoreError: there is no room for one.
    """
    with temporary_folder() as folder:
        cache = DirectoryCache(Path(folder))
        try:
            yield cache
        finally:
            cache.close()


def default_folder() -> Path:
    """Return where the cache stands unless the person says otherwise: the user's cache folder.

    Source: XDG Base Directory Specification 0.8, ``XDG_CACHE_HOME``.
    """
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "prmbuild"


def _used(status: os.stat_result, entry: Entry | None) -> float:
    """When an object was last used, seconds since 1970."""
    return status.st_mtime if entry is None else entry.used
