"""The folder people edit: files of the work tree, read and written without ever following a symbolic link."""

import os
from pathlib import Path, PurePosixPath

from prmbuild.errors import SourceError, StoreError
from prmbuild.source.git import GitRepository


class WorkFolder:
    """The work tree of a repository.

    Args:
        root: its top folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def of(cls, repository: GitRepository) -> "WorkFolder":
        """Return the work tree of a repository.

        Raises:
            SourceError: it is bare.
        """
        if repository.root is None:
            raise SourceError("a bare repository has no files to write", hint="run it in a clone")
        return cls(repository.root)

    def place(self, path: str) -> Path:
        """Return where the file at a repository path is.

        Raises:
            StoreError: a symbolic link is on the way, or the path leads out of the repository.
        """
        parts = PurePosixPath(path).parts
        if not parts or path.startswith("/") or any(part in ("..", ".git") for part in parts):
            raise StoreError(f"'{path}' is not a path inside the repository")
        place = self.root
        for part in parts:
            place = place / part
            if place.is_symlink():
                shown = place.relative_to(self.root).as_posix()
                raise StoreError(f"'{shown}' is a symbolic link", hint="replace it with the file or folder itself")
        return place

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a file; None where there is none.

        Raises:
            StoreError: a symbolic link is on the way, or it cannot be read.
        """
        place = self.place(path)
        try:
            return place.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise StoreError(f"'{path}' cannot be read: {error.strerror}") from error

    def write(self, path: str, data: bytes) -> None:
        """Write a file in one step: whoever reads it finds all of it, or what was there before.

        Raises:
            StoreError: a symbolic link is on the way, or it cannot be written.
        """
        place = self.place(path)
        new = place.with_name(f".{place.name}.{os.getpid()}")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            mode = place.stat().st_mode if place.exists() else None
            new.write_bytes(data)
            if mode is not None:
                new.chmod(mode)
            new.replace(place)
        except OSError as error:
            new.unlink(missing_ok=True)
            raise StoreError(f"'{path}' cannot be written: {error.strerror}") from error

    def create(self, path: str, data: bytes) -> None:
        """Write a file that is not there yet.

        Raises:
            StoreError: it is there, a symbolic link is on the way, or it cannot be written.
        """
        place = self.place(path)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("xb") as file:
                file.write(data)
        except FileExistsError as error:
            raise StoreError(f"'{path}' is there already; nothing was changed") from error
        except OSError as error:
            raise StoreError(f"'{path}' cannot be written: {error.strerror}") from error
