"""A git repository whose commits have fixed authors and instants, so that the same programme is the same commits."""

import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

START = datetime(2026, 9, 1, 9, tzinfo=UTC)
"""When the first commit was made; every later one is an hour after the one before it."""

_AUTHOR = {
    "GIT_AUTHOR_NAME": "Handbook",
    "GIT_AUTHOR_EMAIL": "handbook@vendor.example",
    "GIT_COMMITTER_NAME": "Handbook",
    "GIT_COMMITTER_EMAIL": "handbook@vendor.example",
}


def init(folder: Path) -> None:
    """Make a repository with a branch ``main`` and no commit."""
    _git(folder, START, "init", "-q", "-b", "main")


def commit(folder: Path, message: str, *paths: str) -> str:
    """Commit the given paths, or all that changed, an hour after the last commit.

    Returns:
        The commit's id.
    """
    count = subprocess.run(["git", "rev-list", "--count", "HEAD"], cwd=folder, capture_output=True, text=True)
    at = START + timedelta(hours=int(count.stdout or 0))
    _git(folder, at, "add", "-A", "--", *(paths or (".",)))
    _git(folder, at, "commit", "-q", "-m", message)
    return _git(folder, at, "rev-parse", "HEAD").strip()


def clone(source: Path, target: Path) -> None:
    """Clone a repository that is on this machine, to change it and leave the source as it is."""
    subprocess.run(["git", "clone", "-q", "--local", str(source), str(target)], check=True)


def _git(folder: Path, at: datetime, *arguments: str) -> str:
    dates = {"GIT_AUTHOR_DATE": at.isoformat(), "GIT_COMMITTER_DATE": at.isoformat()}
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={**os.environ, **_AUTHOR, **dates, "GIT_CONFIG_GLOBAL": os.devnull},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout
