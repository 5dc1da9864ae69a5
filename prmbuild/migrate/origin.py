"""The folder that is imported: its files as its repository has them committed, or as they lie there."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from prmbuild.errors import SourceError
from prmbuild.source.git import GitRepository, opened

_SYMLINK = "120000"
_PLAIN = "100644"


class OriginFile(Struct, frozen=True, kw_only=True):
    """A file of the folder.

    Attributes:
        mode: git's file mode.
        size: bytes; 0 for what is not a plain file.
    """

    mode: str
    size: int


class Origin(Protocol):
    """Where files are imported from.

    Attributes:
        top: the folder that paths are relative to.
        inside: path of the folder that was named, from `top`; empty where it is `top` itself.
        files: path → file, of everything below `top`.
        revision: full object name of the commit the files are read from; None where they have no history.
        uncommitted: how many files below the folder that was named differ from that commit.
    """

    top: Path
    inside: str
    files: Mapping[str, OriginFile]
    revision: str | None
    uncommitted: int

    def read(self, path: str) -> bytes:
        """Return the bytes of a plain file."""


class _Committed:
    """A folder in a git repository, as it was last committed."""

    def __init__(self, repository: GitRepository, folder: Path) -> None:
        assert repository.root is not None
        self._repository = repository
        self.top = repository.root
        self.inside = _below(folder.resolve(), self.top.resolve())
        self.revision: str | None = repository.resolve("HEAD")
        self._tree = repository.tree(self.revision)
        self.files: Mapping[str, OriginFile] = {
            path: OriginFile(mode=file.mode, size=file.size) for path, file in self._tree.items()
        }
        self.uncommitted = repository.changed_files((self.inside,) if self.inside else ())

    def read(self, path: str) -> bytes:
        """Return the bytes of a plain file."""
        return self._repository.read(self._tree[path].blob)


class _Lying:
    """A folder as it lies there."""

    inside = ""
    revision: str | None = None
    uncommitted = 0

    def __init__(self, folder: Path) -> None:
        self.top = folder
        self.files: Mapping[str, OriginFile] = dict(_walked(folder))

    def read(self, path: str) -> bytes:
        """Return the bytes of a plain file."""
        return (self.top / path).read_bytes()


@contextmanager
def origin_at(folder: Path, *, history: bool) -> Iterator[Origin]:
    """Open a folder for importing.

    Args:
        folder: the folder.
        history: read it from its git repository, where it is in one that has it committed.

    Raises:
        SourceError: the repository cannot be read, or is a shallow clone.
    """
    if history and _is_in_repository(folder):
        with opened(folder) as repository:
            committed = _Committed(repository, folder)
            prefix = f"{committed.inside}/" if committed.inside else ""
            if any(path.startswith(prefix) for path in committed.files):
                yield committed
                return
    yield _Lying(folder)


def _is_in_repository(folder: Path) -> bool:
    """Tell whether a folder is in the work tree of a repository that has a commit."""
    try:
        with opened(folder) as repository:
            repository.resolve("HEAD")
            return repository.root is not None
    except SourceError as error:
        if "shallow" in error.message:
            raise
        return False


def _walked(folder: Path) -> Iterator[tuple[str, OriginFile]]:
    """Yield every file below a folder; links are told of, and not followed."""
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != ".git"]
        for name in (*names, *(name for name in folders if (Path(place) / name).is_symlink())):
            file = Path(place) / name
            path = file.relative_to(folder).as_posix()
            if file.is_symlink():
                yield path, OriginFile(mode=_SYMLINK, size=0)
            elif file.is_file():
                yield path, OriginFile(mode=_PLAIN, size=file.stat().st_size)


def _below(folder: Path, top: Path) -> str:
    path = folder.relative_to(top).as_posix()
    return "" if path == "." else path
