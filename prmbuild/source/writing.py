"""Writing to git: a repository's beginning. Beside `prmbuild.source.git`, the one place that runs git."""

import os
import subprocess
from pathlib import Path

from prmbuild.errors import SourceError


def git(folder: Path, *arguments: str, data: bytes = b"") -> bytes:
    """Run git in a folder and return what it answers.

    Args:
        folder: where.
        arguments: after ``git``.
        data: what it reads from its input.

    Raises:
        SourceError: git is not there, or failed.
    """
    command = [os.fsencode(part) for part in ("git", *arguments)]
    try:
        done = subprocess.run(
            command, cwd=folder, env={**os.environ, "LC_ALL": "C"}, input=data, capture_output=True, check=False
        )
    except OSError as error:
        raise SourceError("git is not installed", hint="install git 2.31 or later") from error
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip() or f"exit code {done.returncode}"
        verb = next((argument for argument in arguments if not argument.startswith("-")), "")
        raise SourceError(f"git {verb} failed: {reason}")
    return done.stdout


def identity(folder: Path) -> str | None:
    """Return the e-mail address that a commit in a folder would have as its author; None where git knows none.

    An address that git would make up from the names of the account and the computer is none.
    """
    email = os.environ.get("GIT_AUTHOR_EMAIL") or os.environ.get("EMAIL") or _setting(folder, "user.email")
    name = os.environ.get("GIT_AUTHOR_NAME") or _setting(folder, "user.name")
    return email if email and name else None


def _setting(folder: Path, name: str) -> str:
    try:
        return git(folder, "config", "--get", name).decode("utf-8", "replace").strip()
    except SourceError:
        return ""


def has_commits(folder: Path) -> bool:
    """Tell whether the repository of a folder has a commit."""
    try:
        git(folder, "rev-parse", "--verify", "--quiet", "HEAD")
    except SourceError:
        return False
    return True


def begin_repository(folder: Path, branch: str) -> None:
    """Make a folder a repository, unless it is one already, whose first commit will be on ``branch``.

    Raises:
        SourceError: git failed.
    """
    git(folder, "init", "--quiet")
    git(folder, "symbolic-ref", "HEAD", f"refs/heads/{branch}")


def commit_everything(folder: Path, message: str) -> None:
    """Commit all files of a folder.

    Raises:
        SourceError: git failed, for example as it could not sign.
    """
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--no-verify", "--message", message)
