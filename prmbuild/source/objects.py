"""Reading git's objects by name, as fast as git hands them out."""

import os
import re
import subprocess
from pathlib import Path

from prmbuild.errors import SourceError

OBJECT_NAME = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
"""Full names, of either of git's hashes."""


_REMEMBERED = 1 << 25
"""Bytes of objects that are remembered: each stage of a build reads the same files once more."""


class Objects:
    """A ``git cat-file --batch`` that stays open. What it said is remembered, as an object never changes.

    Source: https://git-scm.com/docs/git-cat-file#_batch_output
    """

    def __init__(self, folder: Path) -> None:
        try:
            self._process = subprocess.Popen(
                ["git", "cat-file", "--batch"],
                cwd=folder,
                env=environment_of_git(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            raise not_installed() from error
        self._known: dict[str, tuple[bytes, bytes]] = {}
        self._size = 0

    def read(self, name: str) -> tuple[bytes, bytes] | None:
        """Return kind and bytes of an object; None where it is missing or broken, which may end the process."""
        found = self._known.get(name)
        if found is None:
            found = self._ask(name)
            if found is not None and len(found[1]) <= _REMEMBERED - self._size:
                self._known[name] = found
                self._size += len(found[1])
        return found

    def _ask(self, name: str) -> tuple[bytes, bytes] | None:
        if not OBJECT_NAME.fullmatch(name):
            return None
        asked, answered = self._process.stdin, self._process.stdout
        assert asked is not None and answered is not None
        try:
            asked.write(f"{name}\n".encode())
            asked.flush()
            head = answered.readline().split()
            if len(head) != 3:
                return None
            size = int(head[2])
            data = answered.read(size + 1)
        except (OSError, ValueError):
            return None
        return (head[1], data[:-1]) if len(data) == size + 1 else None

    def close(self) -> None:
        """End the process; forked workers may hold its input open, so it would not end by itself."""
        self._process.kill()
        self._process.communicate()


def environment_of_git() -> dict[str, str]:
    """Return the variables that git runs with: it speaks English, and shows objects as they are."""
    return {**os.environ, "LC_ALL": "C", "GIT_NO_REPLACE_OBJECTS": "1"}


def not_installed() -> SourceError:
    """Return what to say where there is no git."""
    return SourceError("git is not installed", hint="install git 2.31 or later")
