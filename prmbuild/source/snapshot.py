"""A programme at one revision: the files of its tree, their history, and the bytes of any version."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from prmbuild.cache.cache import Cache
from prmbuild.cache.facts import Facts
from prmbuild.software import fingerprint
from prmbuild.source.ancestry import Ancestry, read_ancestry
from prmbuild.source.git import WORKTREE, GitRepository, TreeFile, Uncommitted
from prmbuild.source.history import Commit, History, Version
from prmbuild.source.past import past_of
from prmbuild.source.proofs import Memory, Proofs

CONTENT = "content"
COURSES = "courses"
OVERRIDES = "site_overrides"
PAGE_SUFFIX, COURSE_FILE = ".md", "course.yaml"
CONFIGURATION = ("partners.yaml", "visibility.yaml", "prm.yaml")
SIGNERS, REVOKED, MAILMAP = "allowed_signers", "revoked_signers", ".mailmap"
SETTINGS = (*CONFIGURATION, SIGNERS, REVOKED, MAILMAP)
"""Files at the root, with names that prmbuild and git have for them; they are never published."""

PLACES = (CONTENT, COURSES, OVERRIDES, *SETTINGS)
"""Where a programme lives in its repository; everything else is not read."""


class Snapshot(Struct, frozen=True, kw_only=True):
    """A programme's files at a revision.

    Attributes:
        revision: the commit that was asked for.
        files: path → file in its tree, under `PLACES`.
        history: first-parent history of `PLACES`; position 0 is the newest commit that touched them.
        preview: whether uncommitted files lie over the commit.
        proposed: full object names of commits that are not on the branch yet, that of a preview included; what they
            bring counts as approved.
    """

    revision: Commit
    files: Mapping[str, TreeFile]
    history: History
    preview: bool
    _repository: GitRepository
    _overlay: Mapping[str, bytes]
    proposed: frozenset[str] = frozenset()
    _base: str | None = None

    def read(self, blob: str) -> bytes:
        """Return the bytes of a version or tree file.

        Raises:
            SourceError: the object is missing or broken.
        """
        found = self._overlay.get(blob)
        return self._repository.read(blob) if found is None else found

    def ancestry(self) -> Ancestry:
        """Return the revision's commits, merged ones included; of a proposal those of what it is proposed to."""
        return read_ancestry(self._repository, self._base or self.revision.id)

    def proofs(self, memory: Memory | None) -> Proofs:
        """Return what proves signatures and merges."""
        return Proofs(self._repository, memory)

    def on_branch(self, branch: str) -> bool | None:
        """Tell whether the revision is on a branch; see `GitRepository.on_branch`."""
        return self._repository.on_branch(branch, self.revision.id)

    def tips_of(self, branch: str) -> frozenset[str] | None:
        """Return every commit that a branch has had as its newest; see `GitRepository.tips_of`."""
        return self._repository.tips_of(branch)

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


def take(
    repository: GitRepository,
    revision: str,
    *,
    worktree: bool,
    now: datetime,
    cache: Cache,
    proposed_to: str | None = None,
) -> Snapshot:
    """Read a programme at a revision.

    Args:
        repository: where it lives.
        revision: any name git knows.
        worktree: lay the uncommitted files over it, as if they had just been committed; for previews only.
        now: the one clock; the time of the commit that the preview pretends.
        cache: keeps the past that was read.
        proposed_to: any name of a commit that the revision goes back to: take it as if it were merged onto that.

    Raises:
        SourceError: there is no such revision, or git cannot answer.
    """
    commit = repository.resolve(revision)
    base = repository.resolve(proposed_to) if proposed_to is not None else None
    past = past_of(repository, base or commit, PLACES, cache)
    newest = next(iter(past.history.commits), None)
    snapshot = Snapshot(
        revision=newest if newest is not None and newest.id == commit else repository.commit(commit),
        files=past.files if base is None else repository.tree(commit, PLACES),
        history=past.history,
        preview=worktree,
        _repository=repository,
        _overlay={},
    )
    if base is not None:
        snapshot = _proposed(snapshot, base)
    return _overlaid(snapshot, repository.uncommitted(PLACES, now)) if worktree else snapshot


def propose(snapshot: Snapshot, repository: GitRepository, base: str, cache: Cache) -> Snapshot:
    """Return a snapshot without uncommitted files as `take` takes it with ``proposed_to``.

    Args:
        snapshot: the state by its own history.
        repository: where it lives.
        base: full object name of what it is proposed to.
        cache: keeps the history that was read.

    Raises:
        SourceError: git cannot answer.
    """
    return _proposed(replace(snapshot, history=past_of(repository, base, PLACES, cache).history), base)


def _proposed(snapshot: Snapshot, base: str) -> Snapshot:
    """Lay a proposal over the history that it is proposed to, commit by commit, as if it were moved onto it.

    What merges of that history into the proposal brought is there already; what else they hold comes with the last
    commit.
    """
    own = snapshot._repository.history(f"{base}..{snapshot.revision.id}", PLACES, merges=False)
    commits = (snapshot.revision, *(one for one in own.commits if one.id != snapshot.revision.id))
    place = {one.id: number for number, one in enumerate((*commits, *snapshot.history.commits))}
    versions: dict[str, tuple[Version, ...]] = {}
    for path in {*own.versions, *snapshot.history.versions}:
        found = tuple(
            replace(version, position=place[version.commit.id])
            for version in (*own.of(path), *snapshot.history.of(path))
        )
        versions[path] = (*_last(snapshot, path, found[0]), *found)
    for path in snapshot.files.keys() - versions.keys():
        versions[path] = _last(snapshot, path, None)
    return replace(
        snapshot,
        history=History(commits=(*commits, *snapshot.history.commits), versions=versions),
        proposed=frozenset(one.id for one in commits if base != snapshot.revision.id),
        _base=base,
    )


_GONE = "000000"


def _last(snapshot: Snapshot, path: str, known: Version | None) -> tuple[Version, ...]:
    """Return the version that the tree of a proposal has of a file, where it is another than the newest known."""
    file = snapshot.files.get(path)
    blob, mode = (None, _GONE) if file is None else (file.blob, file.mode)
    if known is not None and known.blob == blob and (blob is None or known.mode == mode):
        return ()
    return (Version(path=path, commit=snapshot.revision, position=0, blob=blob, mode=mode),)


def take_before(newer: Snapshot, repository: GitRepository, revision: str) -> Snapshot | None:
    """Read a programme at a revision that stands on the history of a snapshot, sharing that history.

    A version is the same value in both; its `Version.position` is the place on the history of `newer`.

    Args:
        newer: the later state, of the same repository.
        repository: where it lives.
        revision: any name git knows.

    Returns:
        None where the first-parent history of `newer` does not go on from what the revision holds.

    Raises:
        SourceError: there is no such revision, or git cannot answer.
    """
    commit = repository.resolve(revision)
    last = repository.last_touching(commit, PLACES)
    found = next((place for place, one in enumerate(newer.history.commits) if one.id == last), None)
    if found is None:
        return None
    kept = {
        path: tuple(version for version in versions if version.position >= found)
        for path, versions in newer.history.versions.items()
    }
    return Snapshot(
        revision=repository.commit(commit),
        files=repository.tree(commit, PLACES),
        history=History(
            commits=newer.history.commits, versions={path: versions for path, versions in kept.items() if versions}
        ),
        preview=False,
        _repository=repository,
        _overlay={},
    )


def uncommitted_name(data: bytes) -> str:
    """Return what stands for an object name of bytes that git does not have yet."""
    return f"{WORKTREE}:{sha256(data).hexdigest()}"


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
            blob = uncommitted_name(data)
            overlay[blob] = data
            files[path] = TreeFile(path=path, mode="100644", blob=blob, size=len(data))
        version = Version(path=path, commit=uncommitted.commit, position=0, blob=blob, mode="100644")
        versions[path] = (version, *versions.get(path, ()))
    history = History(commits=(uncommitted.commit, *snapshot.history.commits), versions=versions)
    proposed = snapshot.proposed | {WORKTREE}
    return replace(snapshot, files=files, history=history, proposed=proposed, _overlay=overlay)
