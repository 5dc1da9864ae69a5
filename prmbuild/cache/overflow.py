"""Where objects go that cannot be kept: a temporary folder."""

import tempfile
from pathlib import Path

from prmbuild.cache.objects import Objects
from prmbuild.errors import StoreError


def temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """Make a folder that is removed when the build ends.

    Raises:
        StoreError: none can be made.
    """
    try:
        return tempfile.TemporaryDirectory(prefix="prmbuild-")
    except OSError as error:
        raise StoreError(f"no temporary folder can be made: {error}", hint="make room, or set TMPDIR") from error


class Overflow:
    """Objects in a temporary folder, written by this process and therefore trusted to be what they were."""

    def __init__(self) -> None:
        self._folder = temporary_folder()
        self._objects = Objects(Path(self._folder.name))
        self._held: set[str] = set()

    def __contains__(self, digest: str) -> bool:
        return digest in self._held

    def write(self, digest: str, data: bytes) -> None:
        """Write an object.

        Raises:
            StoreError: there is no room for it.
        """
        try:
            self._objects.write(digest, data)
        except OSError as error:
            raise StoreError(
                f"{error.filename or self._folder.name}: {error.strerror or error}",
                hint="make room, or set TMPDIR to a folder with room",
            ) from error
        self._held.add(digest)

    def read(self, digest: str) -> bytes | None:
        """Return an object's bytes; None where it is absent."""
        return self._objects.read(digest) if digest in self._held else None

    def path(self, digest: str) -> str:
        """Return where the object with this digest stands."""
        return self._objects.path(digest)

    def close(self) -> None:
        """Remove the folder."""
        self._folder.cleanup()
