"""The git repository, read through its objects. The only module that imports GitPython."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import git
from git.exc import GitCommandError, GitCommandNotFound, GitError, InvalidGitRepositoryError, NoSuchPathError
from gitdb.exc import BadName, BadObject

from prmbuild.errors import SourceError
from prmbuild.source.history import LOG_FORMAT, Commit, History, Version, parse_log

REGULAR_MODES = frozenset({"100644", "100755"})
"""git's modes of plain files. Symlinks are ``120000``, submodules ``160000``."""

WORKTREE = "worktree"
"""The object name of the commit that does not exist yet, in a preview of uncommitted files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeFile:
    """A file in the tree of a commit.

    Attributes:
        mode: git's file mode; see `REGULAR_MODES`.
        size: bytes; 0 for what is not a plain file.
    """

    path: str
    mode: str
    blob: str
    size: int

    @property
    def regular(self) -> bool:
        """Whether this is a plain file; symlinks and submodules are not."""
        return self.mode in REGULAR_MODES


class GitRepository:
    """A repository opened for reading.

    Args:
        directory: any folder inside the repository.

    Raises:
        SourceError: there is no repository, or it is a shallow clone, whose history would lie.
    """

    def __init__(self, directory: Path) -> None:
        try:
            self._repo = git.Repo(directory, search_parent_directories=True)
        except (InvalidGitRepositoryError, NoSuchPathError, ValueError) as error:
            raise SourceError(
                f"no git repository at {directory}", hint="run prmbuild inside a programme, or name one with --repo"
            ) from error
        except GitCommandNotFound as error:
            raise SourceError("git is not installed", hint="install git 2.31 or later") from error
        if (Path(self._repo.common_dir) / "shallow").exists():
            raise SourceError(
                "this is a shallow clone: approved versions cannot be found without the whole history",
                hint="run: git fetch --unshallow",
            )

    @property
    def root(self) -> Path | None:
        """The top folder of the work tree; None in a bare repository."""
        return Path(self._repo.working_tree_dir) if self._repo.working_tree_dir else None

    def resolve(self, revision: str) -> str:
        """Return the full object name of the commit that ``revision`` means.

        Raises:
            SourceError: there is no such commit.
        """
        try:
            return (
                self._run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
                .decode()
                .strip()
            )
        except SourceError as error:
            hint = (
                "commit the programme first"
                if revision == "HEAD"
                else "name a commit, branch or tag of this repository"
            )
            raise SourceError(f"no commit '{revision}' in this repository", hint=hint) from error

    def on_branch(self, branch: str, commit: str) -> bool | None:
        """Tell whether a commit is, or once was, the tip of a branch, here or as ``origin`` has it.

        Args:
            branch: its short name.
            commit: full object name.

        Returns:
            Whether it is on the first-parent history of the branch; None where there is no such branch.
        """
        names = (f"refs/heads/{branch}", f"refs/remotes/origin/{branch}")
        known = self._run("for-each-ref", "--format=%(refname)", *names).decode("utf-8", "surrogateescape").splitlines()
        tips = [name for name in names if name in known]
        return commit in self._run("rev-list", "--first-parent", *tips, "--").decode().split() if tips else None

    def tree(self, revision: str, paths: Sequence[str] = ()) -> Mapping[str, TreeFile]:
        """Return path → file for the tree of a commit, limited to ``paths`` (files or folders) where given."""
        raw = self._run("ls-tree", "-r", "-z", "--long", "--full-tree", revision, "--", *paths)
        files: dict[str, TreeFile] = {}
        for entry in filter(None, raw.split(b"\0")):
            head, _, name = entry.partition(b"\t")
            mode, _, blob, size = head.decode().split()
            path = name.decode("utf-8", "surrogateescape")
            files[path] = TreeFile(path=path, mode=mode, blob=blob, size=0 if size == "-" else int(size))
        return files

    def history(self, revision: str, paths: Sequence[str] = ()) -> History:
        """Return the first-parent history of a commit, limited to ``paths`` where given."""
        raw = self._run(
            "-c",
            "log.showSignature=false",
            "log",
            "--first-parent",
            "--diff-merges=first-parent",
            "--root",
            "--raw",
            "-z",
            "--no-renames",
            "--no-abbrev",
            "--no-mailmap",
            "--encoding=UTF-8",
            f"--format={LOG_FORMAT}",
            revision,
            "--",
            *(f":(top,literal){path}" for path in paths),
        )
        return parse_log(raw)

    def commit(self, revision: str) -> Commit:
        """Return one commit."""
        raw = self._run("log", "-1", "--no-mailmap", "--encoding=UTF-8", "-z", f"--format={LOG_FORMAT}", revision)
        return parse_log(raw).commits[0]

    def read(self, blob: str) -> bytes:
        """Return the bytes of a blob.

        Raises:
            SourceError: the object is missing or broken.
        """
        try:
            _, kind, _, data = self._repo.git.get_object_data(blob)
        except (ValueError, GitError, BadObject, BadName) as error:
            raise SourceError(f"git object {blob} cannot be read", hint="run: git fsck") from error
        if kind not in ("blob", b"blob"):
            raise SourceError(f"git object {blob} is not a file")
        return bytes(data)

    def authors(self, commit: str) -> frozenset[str]:
        """Return the addresses of the authors and co-authors of all that a commit brought to its branch.

        Args:
            commit: full object name; for a merge, the commits it merged count too.
        """
        written = self._run(
            "log", "--no-mailmap", "--format=%ae%x00%(trailers:key=Co-authored-by,valueonly,separator=%x00)", commit,
            *(("--not", f"{commit}^1") if self._has_parent(commit) else ()),
        )  # fmt: skip
        found = (entry.strip() for entry in written.decode("utf-8", "replace").replace("\n", "\0").split("\0"))
        return frozenset(entry.rpartition("<")[2].rstrip(">") for entry in found if entry)

    def _has_parent(self, commit: str) -> bool:
        return b" " in self._run("rev-list", "--parents", "-n", "1", commit).strip()

    def last_change(self, revision: str, path: str, line: int) -> Commit:
        """Return the commit that last changed a line (counted from 1) of a file."""
        raw = self._run("blame", "--porcelain", "-L", f"{line},{line}", revision, "--", f"{path}")
        return self.commit(raw.split(b" ", 1)[0].decode())

    def changed_files(self, paths: Sequence[str]) -> int:
        """Return how many files below ``paths`` differ from HEAD in the work tree, untracked ones included."""
        return 0 if self.root is None else len(self._status(paths))

    def _status(self, paths: Sequence[str]) -> list[str]:
        raw = self._run(
            "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all",
            "--", *(f":(top,literal){path}" for path in paths),
        )  # fmt: skip
        return [entry[3:].decode("utf-8", "surrogateescape") for entry in raw.split(b"\0") if entry]

    def uncommitted(self, paths: Sequence[str], now: datetime) -> "Uncommitted":
        """Return what the work tree has that HEAD has not, untracked files included, ignored ones not.

        Raises:
            SourceError: the repository is bare.
        """
        if self.root is None:
            raise SourceError("a bare repository has no work tree to preview", hint="leave --worktree out")
        files: dict[str, bytes | None] = {}
        for path in self._status(paths):
            place = self.root / path
            inside = place.parent.resolve().is_relative_to(self.root.resolve())
            if place.is_symlink() or not inside or not place.is_file():
                files[path] = None
            else:
                files[path] = place.read_bytes()
        commit = Commit(
            id=WORKTREE,
            at=now,
            author_name="you",
            author_email="",
            committer_name="you",
            subject="not committed yet",
        )
        return Uncommitted(commit=commit, files=files)

    def close(self) -> None:
        """End the helper processes that git runs for us."""
        self._repo.close()

    def _run(self, *arguments: str) -> bytes:
        try:
            answer = self._repo.git.execute(
                ["git", *arguments], stdout_as_string=False, strip_newline_in_stdout=False, env={"LC_ALL": "C"}
            )
        except GitCommandError as error:
            raise SourceError(f"git {arguments[0]} failed: {str(error.stderr).strip()}") from error
        except GitCommandNotFound as error:
            raise SourceError("git is not installed", hint="install git 2.31 or later") from error
        assert isinstance(answer, bytes)
        return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncommitted:
    """The work tree's differences from HEAD: path → bytes, None where the file is gone or is no plain file."""

    commit: Commit
    files: Mapping[str, bytes | None]


@contextmanager
def opened(directory: Path) -> Iterator[GitRepository]:
    """Open the repository around ``directory`` and close it at the end."""
    os.environ.setdefault("GIT_OPTIONAL_LOCKS", "0")
    repository = GitRepository(directory)
    try:
        yield repository
    finally:
        repository.close()


__all__ = ["REGULAR_MODES", "WORKTREE", "GitRepository", "TreeFile", "Uncommitted", "Version", "opened"]
