"""What a cache does, whichever place it keeps things in."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct


class CacheStats(Struct, frozen=True, kw_only=True):
    """What a cache holds: number of objects, their size in bytes, and the age in seconds of the one unused longest."""

    entries: int
    size: int
    oldest: float


class Cache(Protocol):
    """Keeps derived bytes.

    A key is the SHA-256, 64 hexadecimal digits, of all that the bytes depend on. A digest is the SHA-256 of the bytes,
    written the same way. Two builds that put under one key put the same bytes, or such as say themselves what they hold
    for; of these the ones put last are kept.

    Nothing here fails because something cannot be kept: what was put can be read and placed until the cache is closed,
    and is not remembered afterwards.
    """

    @property
    def folder(self) -> Path:
        """Where it keeps things on this machine."""

    @property
    def corrupted(self) -> int:
        """How many entries were found broken and not used."""

    @property
    def damage(self) -> str:
        """What changes whenever something damaged is dropped on this machine, by any process.

        Who has links to objects has some to what was dropped where it is another than before they were made; empty
        where nothing ever was dropped.
        """

    @property
    def unwritten(self) -> int:
        """How many entries could not be kept."""

    def get(self, key: str) -> bytes | None:
        """Return the bytes kept under a key; None where there are none, or broken ones."""

    def get_many(self, keys: Iterable[str]) -> Mapping[str, bytes]:
        """Return the bytes kept under keys: key → bytes, without the keys that have none."""

    def digest(self, key: str) -> str | None:
        """Return the digest of what is kept under a key, its object being here; None where there is none."""

    def digests(self, keys: Iterable[str]) -> Mapping[str, str]:
        """Return the digests of what is kept under keys: key → digest, without those whose object is not here."""

    def put(self, key: str, data: bytes) -> str:
        """Keep bytes under a key, and return their digest."""

    def put_many(self, entries: Mapping[str, bytes]) -> Mapping[str, str]:
        """Keep bytes under keys, in one go: key → digest."""

    def put_object(self, data: bytes) -> str:
        """Keep bytes that are found by their digest alone, and return it."""

    def put_objects(self, many: Sequence[bytes]) -> Sequence[str]:
        """Keep bytes as `put_object` does, in one go, and return their digests."""

    def missing(self, digests: Iterable[str]) -> frozenset[str]:
        """Return those whose object is neither here nor can be brought."""

    def object(self, digest: str) -> bytes:
        """Return an object's bytes, which have this digest.

        Raises:
            StoreError: it is not here, or broken.
        """

    def place(self, digest: str) -> Path:
        """Return the file of an object, to read or to link, never to write.

        A file whose size and time of change are those it was written with is taken to hold the bytes it was written
        with, unless in doubt; any other is read and checked.

        Raises:
            StoreError: it is not here, or broken.
        """

    def doubt(self) -> None:
        """Believe no file's size and time from now on: each object is read before it is said to be here."""

    def fetch(self, keys: Iterable[str]) -> None:
        """Bring what is kept elsewhere under these keys, so that asking for them one by one does not wait."""

    def stats(self) -> CacheStats:
        """Count what the cache holds."""

    def prune(self, unused_for: float) -> CacheStats:
        """Drop what was not used for so many seconds, and what a killed build left half written.

        Returns:
            What was dropped.

        Raises:
            StoreError: the cache cannot be changed.
        """

    def check(self) -> CacheStats:
        """Read every object on this machine, and drop those that are damaged.

        Returns:
            What was dropped.

        Raises:
            StoreError: the cache cannot be changed.
        """

    def notices(self) -> tuple[str, ...]:
        """Return what a person should hear about how the cache did since it was last asked."""

    def flush(self) -> None:
        """Finish what is under way, so that the next build finds it."""

    def close(self) -> None:
        """Flush, and let go of everything; the cache is not used afterwards."""
