"""The git repository, read through its objects by the ``git`` command. The only module that runs it."""

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from msgspec import Struct

from prmbuild.errors import SourceError
from prmbuild.source.history import LOG_FORMAT, Commit, History, Version, parse_log
from prmbuild.source.objects import OBJECT_NAME, Objects, environment_of_git, not_installed

REGULAR_MODES = frozenset({"100644", "100755"})
"""git's modes of plain files. Symlinks are ``120000``, submodules ``160000``."""

WORKTREE = "worktree"
"""The object name of the commit that does not exist yet, in a preview of uncommitted files."""


class TreeFile(Struct, frozen=True, kw_only=True):
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
        history: whether more is asked than what one tree says; only then is a shallow clone refused.

    Attributes:
        proven: what was found out about signatures since it was opened; see `prmbuild.source.proofs`.

    Raises:
        SourceError: there is no repository, or it is a shallow clone, whose history would lie.
    """

    def __init__(self, directory: Path, *, history: bool = True) -> None:
        self._objects: Objects | None = None
        self._commits: set[str] = set()
        self._branches: bytes | None = None
        self.proven: dict[str, tuple[str, str]] = {}
        self._folder = directory
        absent = SourceError(
            f"no git repository at {directory}", hint="run prmbuild inside a programme, or name one with --repo"
        )
        if not directory.is_dir():
            raise absent
        try:
            common, own, *top = self._places("--show-toplevel")
        except SourceError as error:
            if "not a git repository" in error.message:
                raise absent from error
            common, own, *top = self._places()  # there is no work tree
        self._root = Path("\n".join(top)) if top else None
        self._folder = self._root or Path(own)
        if history and (Path(common) / "shallow").exists():
            raise SourceError(
                "this is a shallow clone: approved versions cannot be found without the whole history",
                hint="run: git fetch --unshallow",
            )

    def _places(self, *more: str) -> Sequence[str]:
        """Return the folders that the repository has in common with others, that is its own, and those asked for."""
        asked = ("--git-common-dir", "--absolute-git-dir", *more)
        return os.fsdecode(self._run("rev-parse", "--path-format=absolute", *asked)).removesuffix("\n").split("\n")

    @property
    def folder(self) -> Path:
        """The top folder of the work tree; of a bare repository, the repository."""
        return self._folder

    @property
    def root(self) -> Path | None:
        """The top folder of the work tree; None in a bare repository."""
        return self._root

    def resolve(self, revision: str) -> str:
        """Return the full object name of the commit that ``revision`` means.

        Raises:
            SourceError: there is no such commit.
        """
        if revision in self._commits:
            return revision
        try:
            told = self._run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        except SourceError as error:
            hint = (
                "commit the programme first"
                if revision == "HEAD"
                else "name a commit, branch or tag of this repository"
            )
            raise SourceError(f"no commit '{revision}' in this repository", hint=hint) from error
        commit = told.decode().strip()
        self._commits.add(commit)  # a full name means the same for ever
        return commit

    def on_branch(self, branch: str, commit: str) -> bool | None:
        """Tell whether a commit is, or once was, the tip of a branch, here or as ``origin`` has it.

        Args:
            branch: its short name.
            commit: full object name.

        Returns:
            Whether it is on the first-parent history of the branch; None where there is no such branch.
        """
        if commit in self._ends_of(branch).values():
            return True  # mostly, and then its history need not be listed
        tips = self.tips_of(branch)
        return commit in tips if tips is not None else None

    def tips_of(self, branch: str) -> frozenset[str] | None:
        """Return every commit that is, or once was, the tip of a branch, here or as ``origin`` has it.

        Args:
            branch: its short name.

        Returns:
            Full object names; None where there is no such branch.
        """
        ends = self._ends_of(branch)
        if not ends:
            return None
        return frozenset(self._run("rev-list", "--first-parent", *ends.values(), "--").decode().split())

    def _ends_of(self, branch: str) -> Mapping[str, str]:
        """Return where a branch ends: name of the reference, here or as ``origin`` has it → full object name."""
        names = (f"refs/heads/{branch}", f"refs/remotes/origin/{branch}")
        ends = (line.partition(" ") for line in self.branches().decode("utf-8", "surrogateescape").splitlines())
        return {name: commit for commit, _, name in ends if name in names}

    def branches(self) -> bytes:
        """Return where all branches stand, here and as ``origin`` has them.

        They are asked for once, so that what a command notes of them is what it went by, should one move meanwhile.
        """
        if self._branches is None:
            form = "--format=%(objectname) %(refname)"
            self._branches = self._run("for-each-ref", form, "refs/heads", "refs/remotes/origin")
        return self._branches

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

    def first_parents(self, commit: str, most: int) -> Sequence[str]:
        """Return the full object names of a commit and of those before it on its first-parent history, newest first."""
        return self._run("rev-list", "--first-parent", f"--max-count={most}", commit, "--").decode().split()

    def history(self, revision: str, paths: Sequence[str] = (), *, merges: bool = True) -> History:
        """Return the first-parent history of a commit, limited to ``paths`` where given, or without merges."""
        raw = self._run(
            "log",
            "--no-show-signature",
            "--first-parent",
            *(() if merges else ("--no-merges",)),
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

    def last_touching(self, revision: str, paths: Sequence[str]) -> str | None:
        """Return the newest commit on a first-parent history that touched ``paths``; None where none did."""
        found = self._run(
            "log", "-1", "--no-show-signature", "--first-parent", "--diff-merges=first-parent", "--format=%H",
            revision, "--", *(f":(top,literal){path}" for path in paths),
        )  # fmt: skip
        return found.decode().strip() or None

    def has(self, reference: str) -> bool:
        """Tell whether there is a reference, such as ``refs/heads/main``."""
        return bool(self._run("for-each-ref", "--format=x", reference))

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the commit at which the histories of two revisions part; None where they have none in common.

        Raises:
            SourceError: one of them does not exist.
        """
        named = (name if OBJECT_NAME.fullmatch(name) else self.resolve(name) for name in (one, other))
        try:
            return self._run("merge-base", *named).decode().strip()
        except SourceError as error:
            if error.message.endswith("failed: "):  # git says nothing where there is none
                return None
            raise

    def renames(self, before: str, after: str, paths: Sequence[str]) -> Mapping[str, str]:
        """Return path in the tree of ``before`` → path in that of ``after`` of files that git takes to have moved.

        Source: https://git-scm.com/docs/git-diff-tree (``-M``: half of a file or more must have stayed;
        ``-l``: with more candidates, only those that are the same)
        """
        raw = self._run(
            "diff-tree", "-r", "-z", "-M", "-l1000", "--diff-filter=R", "--name-status", "--no-ext-diff", before, after,
            "--", *(f":(top,literal){path}" for path in paths),
        )  # fmt: skip
        names = iter(raw.decode("utf-8", "surrogateescape").split("\0"))
        return {next(names): next(names) for status in names if status}

    def commit(self, revision: str) -> Commit:
        """Return one commit."""
        raw = self._run(
            "log",
            "-1",
            "--no-show-signature",
            "--no-mailmap",
            "--encoding=UTF-8",
            "-z",
            f"--format={LOG_FORMAT}",
            revision,
        )
        return parse_log(raw).commits[0]

    def read(self, blob: str) -> bytes:
        """Return the bytes of a blob.

        Raises:
            SourceError: the object is missing or broken.
        """
        if self._objects is None:
            self._objects = Objects(self._folder)
        found = self._objects.read(blob)
        if found is None:
            self.close()
            raise SourceError(f"git object {blob} cannot be read", hint="run: git fsck")
        kind, data = found
        if kind != b"blob":
            raise SourceError(f"git object {blob} is not a file")
        return data

    def ssh_signed(self, commit: str) -> bool:
        """Tell whether a commit, a full object name, carries a signature by an SSH key, whatever it is worth."""
        if self._objects is None:
            self._objects = Objects(self._folder)
        found = self._objects.read(commit)
        return found is not None and b"\ngpgsig -----BEGIN SSH SIGNATURE-----\n" in found[1].partition(b"\n\n")[0]

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
        """End the process that reads objects for us."""
        if self._objects is not None:
            self._objects.close()
            self._objects = None

    def _run(self, *arguments: str) -> bytes:
        return self.ask(*arguments)

    def ask(
        self,
        *arguments: str,
        given: bytes = b"",
        settings: Mapping[str, str] = MappingProxyType({}),
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> bytes:
        """Run git and return what it says; for this package only.

        Args:
            arguments: command and options.
            given: its input.
            settings: name → value, above all that the user's or the repository's configuration says.
            environment: variables for it.

        Raises:
            SourceError: it fails, or is not installed.
        """
        options = (option for name, value in settings.items() for option in ("-c", f"{name}={value}"))
        command = [os.fsencode(part) for part in ("git", *options, *arguments)]
        try:
            done = subprocess.run(
                command,
                cwd=self._folder,
                env={**environment_of_git(), **environment},
                input=given,
                capture_output=True,
                check=False,
            )
        except OSError as error:
            raise not_installed() from error
        if done.returncode:
            reason = done.stderr.decode("utf-8", "replace").strip()
            raise SourceError(f"git {arguments[0]} failed: {reason}")
        return done.stdout


class Uncommitted(Struct, frozen=True, kw_only=True):
    """The work tree's differences from HEAD: path → bytes, None where the file is gone or is no plain file."""

    commit: Commit
    files: Mapping[str, bytes | None]


@contextmanager
def opened(directory: Path, *, history: bool = True) -> Iterator[GitRepository]:
    """Open the repository around ``directory`` and close it at the end; see `GitRepository`."""
    os.environ.setdefault("GIT_OPTIONAL_LOCKS", "0")
    repository = GitRepository(directory, history=history)
    try:
        yield repository
    finally:
        repository.close()


__all__ = ["REGULAR_MODES", "WORKTREE", "GitRepository", "TreeFile", "Uncommitted", "Version", "opened"]
