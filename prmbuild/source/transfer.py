"""Bringing the history of one repository into another, by way of a third that is thrown away.

Nothing of the repository that receives is touched before everything is ready.
"""

import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from prmbuild.errors import SourceError
from prmbuild.source.writing import git


@contextmanager
def scratch(repository: Path, revision: str) -> Iterator[Path]:
    """Give a bare repository for the time being that has all that another one has, and takes nothing of its disk.

    Args:
        repository: the folder of the other one.
        revision: full object name of the commit on which its branch ``main`` stands.

    Raises:
        SourceError: git failed.
    """
    with tempfile.TemporaryDirectory(prefix="prmbuild-") as folder:
        made = Path(folder) / "scratch.git"
        git(repository, "clone", "--quiet", "--bare", "--shared", "--no-tags", ".", str(made))
        git(made, "update-ref", "refs/heads/main", revision)
        git(made, "symbolic-ref", "HEAD", "refs/heads/main")
        yield made


@contextmanager
def exported(repository: Path, revision: str, paths: Sequence[str]) -> Iterator[IO[bytes]]:
    """Give the history of some files as a stream for ``git fast-import``, to be read to its end.

    Source: https://git-scm.com/docs/git-fast-export

    Args:
        repository: where they are.
        revision: the newest commit.
        paths: files and folders from the top of the repository; none means everything.

    Raises:
        SourceError: git failed.
    """
    limits = [f":(top,literal){path}" for path in paths]
    options = ("--reencode=yes", "--signed-tags=strip", "--no-renames")
    with _running(repository, "fast-export", *options, revision, "--", *limits) as process:
        assert process.stdout is not None
        yield process.stdout


@contextmanager
def importing(repository: Path) -> Iterator[IO[bytes]]:
    """Give a stream that ``git fast-import`` reads into a repository.

    Source: https://git-scm.com/docs/git-fast-import

    Raises:
        SourceError: git failed.
    """
    with _running(repository, "fast-import", "--quiet", "--date-format=raw-permissive") as process:
        assert process.stdin is not None
        yield process.stdin


def committer(repository: Path) -> str:
    """Return who commits in a repository, now, as git writes it: ``NAME <EMAIL> SECONDS ZONE``.

    Raises:
        SourceError: git does not know.
    """
    return git(repository, "var", "GIT_COMMITTER_IDENT").decode("utf-8", "replace").strip()


def tree_at(repository: Path, revision: str, path: str) -> str:
    """Return the object name of a folder's tree at a revision.

    Raises:
        SourceError: there is none.
    """
    return git(repository, "rev-parse", "--verify", f"{revision}:{path}").decode().strip()


def receive(repository: Path, scratch_repository: Path, *, branch: str | None) -> None:
    """Bring what was made on ``main`` of a scratch repository into the branch that is checked out, and the work tree.

    Args:
        repository: the work tree.
        scratch_repository: see `scratch`; its ``main`` stands on what is checked out, and more.
        branch: a new branch to begin for it, which is then checked out; None stays on the present one.

    Raises:
        SourceError: git failed; nothing has changed.
    """
    git(
        repository, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", str(scratch_repository), "refs/heads/main"
    )
    made = git(scratch_repository, "rev-parse", "refs/heads/main").decode().strip()
    if branch is None:
        git(repository, "merge", "--quiet", "--ff-only", made)
    else:
        git(repository, "switch", "--quiet", "--create", branch, made)


@contextmanager
def _running(repository: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [os.fsencode(part) for part in ("git", *arguments)]
    reads = arguments[0] == "fast-import"
    with tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(
                command,
                cwd=repository,
                env={**os.environ, "LC_ALL": "C"},
                stdin=subprocess.PIPE if reads else subprocess.DEVNULL,
                stdout=subprocess.DEVNULL if reads else subprocess.PIPE,
                stderr=errors,
            )
        except OSError as error:
            raise SourceError("git is not installed", hint="install git 2.31 or later") from error
        broken = False
        try:
            try:
                yield process
                if process.stdin is not None:
                    process.stdin.close()
            except BrokenPipeError:
                broken = True
            if process.wait() or broken:
                errors.seek(0)
                reason = errors.read().decode("utf-8", "replace").strip()
                raise SourceError(f"git {arguments[0]} failed: {reason}")
        finally:
            process.kill()
            process.wait()
