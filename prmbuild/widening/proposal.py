"""A change that waits for approval: who wrote it, who approved it as it stands, and who approved something else."""

from collections.abc import Iterable, Mapping
from functools import cached_property, partial

from msgspec import Struct

from prmbuild.authored.programme import Evidence
from prmbuild.source.ancestry import Ancestor, Quote, read_ancestry
from prmbuild.source.authority import FILES, Authority, authority_at
from prmbuild.source.changes import change_between, digest
from prmbuild.source.entitled import Part, persons
from prmbuild.source.evidence import Authors
from prmbuild.source.git import GitRepository
from prmbuild.source.history import Version
from prmbuild.source.proofs import Memory
from prmbuild.source.records import Records, revoked_in
from prmbuild.source.snapshot import Snapshot
from prmbuild.source.standing import standing_in


class Consent(Struct, frozen=True, kw_only=True):
    """Who approved a change.

    Attributes:
        given: addresses of who approved it as it stands, and wrote none of it.
        own: of who approved it and wrote some of it.
        stale: of who approved it as it stood before, or for other partners.
    """

    given: frozenset[str]
    own: frozenset[str]
    stale: frozenset[str]


class Proposal:
    """What a branch would bring.

    What it says of itself is not asked: who may approve, whose keys sign, and which addresses are one person's, stands
    in the base.

    Args:
        repository: holds it.
        base: the state that it starts from.
        head: the state that it proposes.
        memory: keeps what was proven.
    """

    def __init__(self, repository: GitRepository, base: Snapshot, head: Snapshot, memory: Memory | None) -> None:
        self._repository = repository
        self._base = base
        self._head = head
        self._records = Records(base, partial(standing_in, base), memory)
        self._ancestry = read_ancestry(repository, head.revision.id, without=base.revision.id)
        self._authors = Authors(self._ancestry, self._records.proofs)
        self.change = digest(change_between(base.files, head.files)) if base.files != head.files else None

    @property
    def merges(self) -> bool:
        """Whether any of its commits joins histories."""
        return any(commit.merge for commit in self._ancestry.commits.values())

    @property
    def authority(self) -> Authority | None:
        """Who may approve it; None where the base has no valid ``prm.yaml`` in its whole history."""
        return self._records.authority

    def consent(self, exposure: str | None, authority: Authority) -> Consent:
        """Tell who approved the change together with what it exposes.

        Args:
            exposure: digest of what it exposes; None where the change alone is to be approved.
            authority: in force in the base.
        """
        if self.change is None or self._head.preview:
            return Consent(given=frozenset(), own=frozenset(), stale=frozenset())
        named: set[str] = set()
        stale: set[str] = set()
        for commit, people in self._approving(authority).items():
            quotes = self._ancestry.commits[commit].quotes
            right = any(self._names(quote, exposure) for quote in quotes) and self._knew(commit)
            (named if right else stale).update(authority.people.all_of(people))
        own = persons(self.wrote(frozenset(named), authority))
        return Consent(given=frozenset(named) - own, own=own, stale=frozenset(stale) - named)

    def wrote(self, people: frozenset[str], authority: Authority) -> tuple[Part, ...]:
        """Return what makes some people authors of the change: one part for each of them."""
        return self._authors.among(people, self._ancestry.commits.values(), authority)

    def wrote_before(
        self, people: frozenset[str], path: str, shown: Iterable[Version | None], authority: Authority
    ) -> tuple[Part, ...]:
        """Return what makes some people authors of what waits in the base, and what the change would publish.

        What waited there and was undone waits again where the change brings back its bytes.

        Args:
            people: whom to look among.
            path: a file.
            shown: the versions of it that would be published; None for one that is not known.
            authority: in force in the base.
        """
        waiting = self._records.waiting(path, self._brought(path))
        commits = {version.commit.id for version in waiting}
        known = {version.commit.id for version in self._base.history.of(path)} - commits
        if not waiting or all(version is not None and version.commit.id in known for version in shown):
            return ()
        return self._records.wrote(people, waiting, authority)

    def _brought(self, path: str) -> tuple[str | None, ...]:
        """Return the object names of all bytes that a file has on the branch, and in the working tree."""
        versions = self._head.history.of(path)
        return tuple(version.blob for version in versions if version.commit.id in self._head.proposed)

    def _names(self, quote: Quote, exposure: str | None) -> bool:
        return quote.change == self.change and (exposure is None or quote.exposure == exposure)

    def _knew(self, commit: str) -> bool:
        """Tell whether an approval was given with the latest word on the files in sight; see `evidence.claims`."""
        latest = self._latest
        return latest is None or self._repository.merge_base(latest, commit) == latest

    @cached_property
    def _latest(self) -> str | None:
        """The newest commit of the base that changed any file which the change changes."""
        before, after = self._base.files, self._head.files
        paths = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
        return self._repository.last_touching(self._base.revision.id, paths)

    def _approving(self, authority: Authority) -> Mapping[str, frozenset[str]]:
        """Return commit that names a change → who approves by it."""
        commits = [commit for commit in self._ancestry.commits.values() if commit.names_change]
        if authority.evidence is Evidence.SIGNATURE:
            return self._signed(commits, authority)
        return {commit.id: frozenset(commit.approved_by) for commit in commits}

    def _signed(self, commits: list[Ancestor], authority: Authority) -> Mapping[str, frozenset[str]]:
        return self._records.proofs.signatures([commit.id for commit in commits], authority.signers, self._revoked)

    @cached_property
    def _revoked(self) -> bytes:
        """Keys that the base or the proposal revokes."""
        return revoked_in(self._base) + revoked_in(self._head)

    @property
    def takes_over(self) -> tuple[str, ...]:
        """The files by which the change would decide who may approve what comes after it."""
        found: list[str] = []
        for path in FILES:
            before, after = self._base.files.get(path), self._head.files.get(path)
            if before != after:
                was = authority_at(self._base, {})
                now = authority_at(self._base, {path: self._blob(path)})
                if was is None or now is None or not was.like(now):
                    found.append(path)
        return tuple(found)

    def _blob(self, path: str) -> str | None:
        file = self._head.files.get(path)
        return file.blob if file is not None and file.regular else None
