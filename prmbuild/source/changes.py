"""A change named by its content: which files are other than before, and how they read now.

The digest is what an approver quotes in ``Approved-change:``. It stays the same when the change is merged, squashed or
moved onto a newer state, and is another one as soon as one byte of it is.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256

from prmbuild.source.ancestry import Ancestry
from prmbuild.source.git import TreeFile
from prmbuild.source.history import History, Version

FARTHEST = 128
"""So many commits of the first-parent history may make up a change that is approved after it came to the branch."""

Change = Mapping[str, str]
"""Path → mode and object name of what stands there after the change; empty where the file is gone."""


def digest(change: Change) -> str:
    """Return the digest of a change: 128 bits of SHA-256, in hexadecimal digits."""
    lines = (f"{path}\0{change[path]}\0" for path in sorted(change))
    return sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def change_between(base: Mapping[str, TreeFile], head: Mapping[str, TreeFile]) -> Change:
    """Return what differs between two trees: path → file."""
    before, after = ({path: f"{file.mode} {file.blob}" for path, file in tree.items()} for tree in (base, head))
    return {path: after.get(path, "") for path in {*before, *after} if before.get(path) != after.get(path)}


class Changes:
    """The changes that a first-parent history is made of.

    Args:
        history: which commit brought which version.
        ancestry: of the same revision.
    """

    def __init__(self, history: History, ancestry: Ancestry) -> None:
        self._length = len(ancestry.line)
        self._versions: dict[str, list[tuple[int, str]]] = {}
        self._touched: dict[int, list[str]] = {}
        for path, versions in history.versions.items():
            for version in versions:
                place = ancestry.place.get(version.commit.id)
                if place is not None:
                    self._versions.setdefault(path, []).append((place, _state(version)))
                    self._touched.setdefault(place, []).append(path)

    def touched(self, place: int) -> bool:
        """Tell whether the commit at a place of the history changed a file of the programme."""
        return place in self._touched

    def reach(self, place: int, wanted: str, farthest: int) -> int | None:
        """Return how many commits, the one at a place of the history first, make up the change of a digest.

        None where no run of at most `farthest` commits that ends there does.
        """
        paths: dict[str, None] = {}
        for length in range(1, min(farthest, self._length - place) + 1):
            touched = self._touched.get(place + length - 1, ())
            paths.update(dict.fromkeys(touched))
            if touched and digest(dict(self._between(paths, place, place + length))) == wanted:
                return length
        return None

    def before(self, place: int, length: int) -> int | None:
        """Return the place of the newest commit, older than a run, that changed a file which the run changes."""
        paths = {path for one in range(place, place + length) for path in self._touched.get(one, ())}
        older = (found for path in paths for found, _ in self._versions[path] if found >= place + length)
        return min(older, default=None)

    def _between(self, paths: Mapping[str, None], newer: int, older: int) -> Iterator[tuple[str, str]]:
        for path in paths:
            now = self._at(path, newer)
            if now != self._at(path, older):
                yield path, now

    def _at(self, path: str, place: int) -> str:
        return next((state for found, state in self._versions[path] if found >= place), "")


def _state(version: Version) -> str:
    return f"{version.mode} {version.blob}" if version.blob is not None else ""
