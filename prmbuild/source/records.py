"""The record of approval that a history holds: who approved which version, and might."""

from collections.abc import Iterator, Mapping
from functools import cached_property

from prmbuild.authored.programme import Evidence
from prmbuild.source.authority import Authorities, Authority
from prmbuild.source.evidence import Approving, Authors, BySignature, ByTrailer, Claim, claims
from prmbuild.source.git import REGULAR_MODES
from prmbuild.source.history import Version
from prmbuild.source.proofs import Memory
from prmbuild.source.signers import read_revoked
from prmbuild.source.snapshot import REVOKED, Snapshot


class Records:
    """Answers who approved a version.

    Args:
        snapshot: the programme.
        memory: keeps what was proven.

    Attributes:
        pending: path → version of a file that decides who may approve, which is not in force as it is not approved.

    Raises:
        SourceError: git cannot answer, or there is no ``ssh-keygen`` to verify signatures with.
    """

    def __init__(self, snapshot: Snapshot, memory: Memory | None) -> None:
        self._history = snapshot.history
        self._snapshot = snapshot
        self._ancestry = snapshot.ancestry()
        self._authorities = Authorities(snapshot, self._ancestry)
        self.proofs = snapshot.proofs(memory)
        self._authors = Authors(self._ancestry, self.proofs)
        self._claims = claims(snapshot.history, self._ancestry)
        self._known: dict[tuple[Version, Version | None], Mapping[str, frozenset[str]]] = {}
        self._authorities.settle(lambda version, before: self._approved(version, before))
        self.pending = dict(self._authorities.pending)

    @property
    def authority(self) -> Authority | None:
        """Who may approve what comes next; None where no version of ``prm.yaml`` says it."""
        return self._authorities.before(-1)

    def evidence_for(self, version: Version) -> Evidence:
        """Return what must prove that a version is approved."""
        authority = self._authorities.before(self._place(version))
        return Evidence.SIGNATURE if authority is None else authority.evidence

    def approvers_of(self, version: Version, by: Version | None = None) -> frozenset[str]:
        """Return the addresses of who approved a version and may: entitled to its path, and no author of it.

        Args:
            version: the version.
            by: the version of another file with whose approval this one may be approved too.
        """
        return frozenset[str]().union(*self._of(version, by).values())

    def commits_of(self, version: Version, by: Version | None = None) -> frozenset[str]:
        """Return the full object names of the commits by which a version was approved; see `approvers_of`."""
        return frozenset(self._of(version, by))

    def _of(self, version: Version, by: Version | None) -> Mapping[str, frozenset[str]]:
        if (version, by) not in self._known:
            self._known[version, by] = self._approvers(version, by, self.evidence_for(version))
        return self._known[version, by]

    def _approved(self, version: Version, before: Authority) -> bool:
        return before.evidence is Evidence.MERGE or bool(self._approvers(version, None, before.evidence))

    def _approvers(self, version: Version, by: Version | None, evidence: Evidence) -> Mapping[str, frozenset[str]]:
        """Return commit → who approved by it."""
        approving = self._approving(evidence)
        found: dict[str, frozenset[str]] = {}
        for claim in self._about(by or version):
            authority = self._authorities.before(claim.oldest)
            if authority is None or self._standing(version.path, claim.newest) != version:
                continue
            named = authority.people.all_of(approving(claim, authority)) & authority.may_approve(version.path)
            if named:
                places = {*range(claim.newest, claim.oldest + 1), self._place(version)}
                entitled = named - self._authors.of_places(named, places, authority)
                if entitled:
                    found[claim.commit.id] = found.get(claim.commit.id, frozenset()) | entitled
        return found

    def _about(self, version: Version) -> Iterator[Claim]:
        """Yield the approvals that are about a commit, and after which the version that it brought still stands."""
        for claim in self._claims.get(self._place(version), ()):
            if self._standing(version.path, claim.newest) == version:
                yield claim

    def _standing(self, path: str, place: int) -> Version | None:
        return next((version for version in self._history.of(path) if self._place(version) >= place), None)

    def _place(self, version: Version) -> int:
        return self._ancestry.place.get(version.commit.id, -1)

    def _approving(self, evidence: Evidence) -> Approving:
        return self._by_signature if evidence is Evidence.SIGNATURE else self._by_trailer

    @cached_property
    def _by_trailer(self) -> ByTrailer:
        return ByTrailer()

    @cached_property
    def _by_signature(self) -> BySignature:
        every = (claim for some in self._claims.values() for claim in some)
        return BySignature(self.proofs, every, self._authorities, revoked_in(self._snapshot))


def revoked_in(snapshot: Snapshot) -> bytes:
    """Return the keys that count no more, whenever they signed, one a line: all that were ever revoked."""
    versions = (version.blob for version in snapshot.history.of(REVOKED) if version.mode in REGULAR_MODES)
    keys = {key for blob in versions if blob is not None for key in read_revoked(snapshot.read(blob))[0]}
    return "".join(f"{key}\n" for key in sorted(keys)).encode()
