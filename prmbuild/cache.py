"""A cache of derived bytes by key, in a directory.

Entries are written whole or not at all, so builds at the same time and a kill at any moment do no harm; two builds that
write one key write the same bytes. An entry carries the digest of its bytes; one that does not match is dropped and
counts as absent. A full disk or a folder that cannot be written only means that nothing is remembered.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from prmbuild.errors import StoreError

_HEADER = 32
_TOUCH_AFTER = 24 * 3600
"""Seconds after which a read renews an entry's age; more often would cost a write per read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheStats:
    """What a cache holds: number of entries, their size in bytes, and the age in seconds of the one unused longest."""

    entries: int
    size: int
    oldest: float


class DirectoryCache:
    """Entries below a directory, spread over 256 folders.

    Args:
        folder: made where it does not exist.

    Attributes:
        corrupted: how many entries were found broken and dropped.
        unwritten: how many entries could not be written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.corrupted = 0
        self.unwritten = 0

    def get(self, key: str) -> bytes | None:
        """Return the bytes kept under a key; None where there are none, or broken ones."""
        place = self._place(key)
        try:
            data = place.read_bytes()
        except OSError:
            return None
        if sha256(data[_HEADER:]).digest() != data[:_HEADER]:
            self.corrupted += 1
            place.unlink(missing_ok=True)
            return None
        self._renew(place)
        return data[_HEADER:]

    def put(self, key: str, data: bytes) -> None:
        """Keep bytes under a key."""
        place = self._place(key)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            descriptor, temporary = tempfile.mkstemp(dir=place.parent, prefix=".new-")
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(sha256(data).digest())
                    file.write(data)
                Path(temporary).replace(place)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise
        except OSError:
            self.unwritten += 1

    def stats(self) -> CacheStats:
        """Count what the cache holds."""
        found = [place.stat() for place in self._entries()]
        now = time.time()
        return CacheStats(
            entries=len(found),
            size=sum(entry.st_size for entry in found),
            oldest=max((now - entry.st_mtime for entry in found), default=0.0),
        )

    def prune(self, unused_for: float) -> CacheStats:
        """Drop what was not used for so many seconds, and what a killed build left half written.

        Returns:
            What was dropped.

        Raises:
            StoreError: the folder cannot be changed.
        """
        now = time.time()
        dropped = size = 0
        oldest = 0.0
        try:
            for place in self._entries(with_temporary=True):
                entry = place.stat()
                age = now - entry.st_mtime
                if age >= unused_for:
                    place.unlink()
                    dropped, size, oldest = dropped + 1, size + entry.st_size, max(oldest, age)
        except OSError as error:
            raise StoreError(
                f"{error.filename or self.folder}: {error.strerror or error}", hint="check permissions"
            ) from error
        return CacheStats(entries=dropped, size=size, oldest=oldest)

    def _place(self, key: str) -> Path:
        return self.folder / key[:2] / key[2:]

    def _entries(self, *, with_temporary: bool = False) -> Iterator[Path]:
        if not self.folder.is_dir():
            return
        for folder in sorted(self.folder.iterdir()):
            if len(folder.name) == 2 and folder.is_dir():
                for place in sorted(folder.iterdir()):
                    if with_temporary or not place.name.startswith(".new-"):
                        yield place

    @staticmethod
    def _renew(place: Path) -> None:
        try:
            if time.time() - place.stat().st_mtime > _TOUCH_AFTER:
                os.utime(place)
        except OSError:
            return


def default_folder() -> Path:
    """Return where the cache stands unless the person says otherwise: the user's cache folder.

    Source: XDG Base Directory Specification 0.8, ``XDG_CACHE_HOME``.
    """
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "prmbuild"
