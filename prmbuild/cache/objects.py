"""Objects: files named by the SHA-256 of their bytes, in ``objects/ab/cdef…``."""

# There are many thousand files; making a Path of each name costs more than the system call.
# ruff: noqa: PTH103, PTH105, PTH108, PTH116, PTH120

import os
from collections.abc import Iterator
from hashlib import sha256
from itertools import count
from pathlib import Path
from secrets import token_hex
from typing import NamedTuple

OBJECTS = "objects"
NEW = "new"


class Stamp(NamedTuple):
    """What tells without reading it that a file is as it was written: its size in bytes, its time of change in ns."""

    size: int
    changed: int


class Objects:
    """The object files below a folder.

    A file is written whole under another name, made read-only, and then renamed, so that a kill at any moment leaves
    no half of one. It may be linked to from elsewhere; then nobody may write to it there either.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._mine, self._numbers = token_hex(8), count()

    def path(self, digest: str) -> str:
        """Return where the object with this digest stands, or would stand."""
        return f"{self._folder}/{OBJECTS}/{digest[:2]}/{digest[2:]}"

    def write(self, digest: str, data: bytes) -> Stamp:
        """Write an object.

        Raises:
            OSError: it cannot be written.
        """
        temporary = f"{self._folder}/{NEW}/{self._mine}-{next(self._numbers)}"
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
        try:
            descriptor = os.open(temporary, flags, 0o444)
        except FileNotFoundError:
            os.makedirs(f"{self._folder}/{NEW}", exist_ok=True)
            descriptor = os.open(temporary, flags, 0o444)
        try:
            try:
                rest = memoryview(data)
                while rest:
                    rest = rest[os.write(descriptor, rest) :]
                status = os.fstat(descriptor)
            finally:
                os.close(descriptor)
            place = self.path(digest)
            try:
                os.replace(temporary, place)
            except FileNotFoundError:
                os.makedirs(os.path.dirname(place), exist_ok=True)
                os.replace(temporary, place)
        except BaseException:
            _unlink(temporary)
            raise
        return Stamp(status.st_size, status.st_mtime_ns)

    def read(self, digest: str) -> bytes | None:
        """Return an object's bytes; None where it is absent. They may be broken: see `intact`."""
        try:
            descriptor = os.open(self.path(digest), os.O_RDONLY | getattr(os, "O_BINARY", 0))
        except OSError:
            return None
        try:
            parts = []
            while part := os.read(descriptor, 1 << 20):
                parts.append(part)
                if len(part) < 1 << 20:
                    break
            return parts[0] if len(parts) == 1 else b"".join(parts)
        except OSError:
            return b""
        finally:
            os.close(descriptor)

    def stamp(self, digest: str) -> Stamp | None:
        """Return an object's stamp; None where it is absent."""
        try:
            status = os.stat(self.path(digest))
        except OSError:
            return None
        return Stamp(status.st_size, status.st_mtime_ns)

    def drop(self, digest: str) -> None:
        """Remove an object, if it is there and can be removed."""
        _unlink(self.path(digest))

    def listed(self) -> Iterator[tuple[str, os.stat_result]]:
        """Return every object: digest and status."""
        for folder in _entries(f"{self._folder}/{OBJECTS}"):
            for file in _entries(folder.path):
                yield folder.name + file.name, file.stat()

    def unfinished(self) -> Iterator[tuple[Path, os.stat_result]]:
        """Return what is being written, or was when a build was killed."""
        yield from files(Path(f"{self._folder}/{NEW}"))


def files(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Return the files in a folder, which need not exist."""
    for file in _entries(str(folder)):
        yield Path(file.path), file.stat()


def intact(digest: str, data: bytes) -> bool:
    """Tell whether bytes have this digest."""
    return sha256(data).hexdigest() == digest


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    try:
        found = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    yield from found


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return
