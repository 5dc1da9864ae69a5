"""A programme at one revision: the files of its tree, their history, and the bytes of any version."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from prmbuild.cache.cache import Cache
from prmbuild.cache.facts import Facts
from prmbuild.software import fingerprint
from prmbuild.source.git import WORKTREE, GitRepository, TreeFile, Uncommitted
from prmbuild.source.history import Commit, History, Version
from prmbuild.source.past import history_of

CONTENT = "content"
COURSES = "courses"
OVERRIDES = "site_overrides"
CONFIGURATION = ("partners.yaml", "visibility.yaml", "prm.yaml")
PLACES = (CONTENT, COURSES, OVERRIDES, *CONFIGURATION)
"""Where a programme lives in its repository; everything else is not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A programme's files at a revision.

    Attributes:
        revision: the commit that was asked for.
        files: path → file in its tree, under `PLACES`.
        history: first-parent history of `PLACES`; position 0 is the newest commit that touched them.
        preview: whether uncommitted files lie over the commit.
    """

    revision: Commit
    files: Mapping[str, TreeFile]
    history: History
    preview: bool
    _repository: GitRepository
    _overlay: Mapping[str, bytes]

    def read(self, blob: str) -> bytes:
        """Return the bytes of a version or tree file.

        Raises:
            SourceError: the object is missing or broken.
        """
        found = self._overlay.get(blob)
        return self._repository.read(blob) if found is None else found

    def authors(self, commit: str) -> frozenset[str]:
        """Return the addresses of all who wrote what a commit brought to the branch; see `GitRepository.authors`."""
        return frozenset() if commit == WORKTREE else self._repository.authors(commit)

    def on_branch(self, branch: str) -> bool | None:
        """Tell whether the revision is on a branch; see `GitRepository.on_branch`."""
        return self._repository.on_branch(branch, self.revision.id)

    def read_path(self, path: str) -> bytes:
        """Return the bytes of a plain file of the tree."""
        return self.read(self.files[path].blob)

    def configuration(self) -> Mapping[str, bytes]:
        """Return path → bytes of the files that configure the programme."""
        there = (path for path in CONFIGURATION if path in self.files and self.files[path].regular)
        return {path: self.read_path(path) for path in there}

    def facts(self, cache: Cache | None) -> Facts:
        """Return what a cache remembers of the files of a programme that is configured like this."""
        named = (part for path, data in self.configuration().items() for part in (path.encode(), data))
        return Facts(cache, (fingerprint().encode(), *named))


def take(repository: GitRepository, revision: str, *, worktree: bool, now: datetime, cache: Cache) -> Snapshot:
    """Read a programme at a revision.

    Args:
        repository: where it lives.
        revision: any name git knows.
        worktree: lay the uncommitted files over it, as if they had just been committed; for previews only.
        now: the one clock; the time of the commit that the preview pretends.
        cache: keeps the history that was read.

    Raises:
        SourceError: there is no such revision, or git cannot answer.
    """
    commit = repository.resolve(revision)
    history = history_of(repository, commit, PLACES, cache)
    newest = next(iter(history.commits), None)
    snapshot = Snapshot(
        revision=newest if newest is not None and newest.id == commit else repository.commit(commit),
        files=repository.tree(commit, PLACES),
        history=history,
        preview=worktree,
        _repository=repository,
        _overlay={},
    )
    return _overlaid(snapshot, repository.uncommitted(PLACES, now)) if worktree else snapshot


def _overlaid(snapshot: Snapshot, uncommitted: Uncommitted) -> Snapshot:
    if not uncommitted.files:
        return snapshot
    files = dict(snapshot.files)
    versions = {
        path: tuple(replace(version, position=version.position + 1) for version in found)
        for path, found in snapshot.history.versions.items()
    }
    overlay: dict[str, bytes] = {}
    for path, data in uncommitted.files.items():
        if data is None:
            files.pop(path, None)
            blob = None
        else:
            blob = f"{WORKTREE}:{sha256(data).hexdigest()}"
            overlay[blob] = data
            files[path] = TreeFile(path=path, mode="100644", blob=blob, size=len(data))
        version = Version(path=path, commit=uncommitted.commit, position=0, blob=blob, mode="100644")
        versions[path] = (version, *versions.get(path, ()))
    history = History(commits=(uncommitted.commit, *snapshot.history.commits), versions=versions)
    return replace(snapshot, files=files, history=history, _overlay=overlay)
