"""The record of approval that a history holds: who approved which version, and might.

Who approves a version approves all that it brings readers since the version that was approved before it. So nobody
approves one who wrote it, any that came between the two and waited, or one with the same bytes that nobody approved
since.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from prmbuild.authored.programme import Evidence
from prmbuild.authored.reading import Standing
from prmbuild.authored.resource import Status
from prmbuild.source.authority import FILES, Authorities, Authority
from prmbuild.source.entitled import Part, persons
from prmbuild.source.evidence import Approving, Authors, BySignature, ByTrailer, Claim, claims
from prmbuild.source.git import REGULAR_MODES
from prmbuild.source.history import Version
from prmbuild.source.proofs import Memory
from prmbuild.source.signers import read_revoked
from prmbuild.source.snapshot import REVOKED, Snapshot
from prmbuild.source.standing import followed, has_standing
from prmbuild.source.waiting import Waiting


class Records:
    """Answers who approved a version.

    Args:
        snapshot: the programme.
        standing_of: reads a version's own status.
        memory: keeps what was proven.

    Attributes:
        pending: the files that decide who may approve, and of which the newest version is not in force.

    Raises:
        SourceError: git cannot answer, or there is no ``ssh-keygen`` to verify signatures with.
    """

    def __init__(self, snapshot: Snapshot, standing_of: Callable[[Version], Standing], memory: Memory | None) -> None:
        self._history = snapshot.history
        self._snapshot = snapshot
        self._ancestry = snapshot.ancestry()
        self._authorities = Authorities(snapshot, self._ancestry)
        self.proofs = snapshot.proofs(memory)
        self._authors = Authors(self._ancestry, self.proofs)
        self._claims = claims(snapshot.history, self._ancestry)
        self._standing_of = standing_of
        self._known: dict[tuple[Version, Version | None], Mapping[str, frozenset[str]]] = {}
        self._waiting: dict[tuple[str, str | None], tuple[Mapping[Version, tuple[Version, ...]], Waiting]] = {}
        self._authorities.settle(
            lambda version, before, waiting: (
                before.evidence is Evidence.MERGE or bool(self._approvers(version, None, before.evidence, waiting))
            )
        )
        self.pending = self._authorities.pending

    @property
    def authority(self) -> Authority | None:
        """Who may approve what comes next; None where no version of ``prm.yaml`` says it."""
        return self._authorities.before(-1)

    def evidence_for(self, version: Version) -> Evidence:
        """Return what must prove that a version is approved."""
        authority = self._authorities.before(self._place(version))
        return Evidence.SIGNATURE if authority is None else authority.evidence

    def approvers_of(self, version: Version, by: Version | None = None) -> frozenset[str]:
        """Return the addresses of who approved a version and may: entitled to its path, no author of what it brings.

        Args:
            version: the version.
            by: the version of another file with whose approval this one may be approved too.
        """
        return frozenset[str]().union(*self._of(version, by).values())

    def commits_of(self, version: Version, by: Version | None = None) -> frozenset[str]:
        """Return the full object names of the commits by which a version was approved; see `approvers_of`."""
        return frozenset(self._of(version, by))

    def waiting(self, path: str, blobs: Iterable[str | None] = (), by: str | None = None) -> tuple[Version, ...]:
        """Return the versions of a file that wait: those since the newest that was approved, newest first.

        What was undone does not wait: of the versions before one that reads as the approved one does, and before the
        file was deleted, there is nothing left, unless its bytes come back.

        Args:
            path: the file.
            blobs: object names of bytes that would come back.
            by: the file with whose approval its versions may be approved too; None for the course of a part of one.
        """
        if path in FILES:
            waiting = self._authorities.waiting[path]
        else:
            waiting = self._followed(path, followed(path) if by is None else by)[1]
        return tuple(dict.fromkeys((*waiting.now, *(one for blob in blobs for one in waiting.ended(blob)))))

    def wrote(self, people: frozenset[str], versions: Sequence[Version], authority: Authority) -> tuple[Part, ...]:
        """Return what makes some people authors of what brought some versions: one part for each of them."""
        if not people:
            return ()
        return self._authors.of_places(people, dict.fromkeys(map(self._place, versions)), authority)

    def _of(self, version: Version, by: Version | None) -> Mapping[str, frozenset[str]]:
        if (version, by) not in self._known:
            first = self._history.of(version.path)[-1:] == (version,)
            before = {} if first else self._followed(version.path, followed(version.path) if by is None else by.path)[0]
            if (version, by) not in self._known:
                waiting = before.get(version, ())
                self._known[version, by] = self._approvers(version, by, self.evidence_for(version), waiting)
        return self._known[version, by]

    def _followed(self, path: str, by: str | None) -> tuple[Mapping[Version, tuple[Version, ...]], Waiting]:
        """Return version of a file → the earlier ones that its approval covers, newest first; and what waits now.

        Args:
            path: the file.
            by: the file with whose approval its versions may be approved too.
        """
        if (path, by) not in self._waiting:
            found: dict[Version, tuple[Version, ...]] = {}
            waiting = Waiting()
            for version in reversed(self._history.of(path)):
                if self._place(version) < 0:
                    break
                before = found[version] = waiting.before(version)
                if version.blob is None:
                    waiting.end()
                elif self._is_approved(version, by, before):
                    waiting.approve(version)
                elif version.blob == waiting.approved:
                    waiting.end()
                else:
                    waiting.keep(version)
            self._waiting[path, by] = found, waiting
        return self._waiting[path, by]

    def _is_approved(self, version: Version, by: str | None, waiting: tuple[Version, ...]) -> bool:
        """Tell whether a version was approved for publication, by itself or with any version of another file."""
        if not self._offered(version):
            return False
        evidence = self.evidence_for(version)
        if evidence is Evidence.MERGE:
            return True
        approvers = self._approvers(version, None, evidence, waiting)
        if by == followed(version.path):
            self._known[version, None] = approvers
        others = self._history.of(by) if by is not None else ()
        return bool(approvers) or any(
            self._approvers(version, other, evidence, waiting) for other in others if self._offered(other)
        )

    def _offered(self, version: Version) -> bool:
        """Tell whether a version is meant for readers once it is approved: a draft is not."""
        if not has_standing(version.path):
            return version.blob is not None
        status = self._standing_of(version).status
        return status is Status.APPROVED or (status is None and followed(version.path) is not None)

    def _approvers(
        self, version: Version, by: Version | None, evidence: Evidence, waiting: Sequence[Version]
    ) -> Mapping[str, frozenset[str]]:
        """Return commit → who approved by it."""
        approving = self._approving(evidence)
        found: dict[str, frozenset[str]] = {}
        for claim in self._about(by or version):
            authority = self._authorities.before(claim.oldest)
            if authority is None or self._standing(version.path, claim.newest) != version:
                continue
            named = authority.people.all_of(approving(claim, authority)) & authority.may_approve(version.path)
            if named:
                run = range(claim.newest, claim.oldest + 1)
                others = named - persons(self._authors.of_places(named, run, authority))
                others -= persons(self.wrote(others, (version, *waiting), authority))
                if others:
                    found[claim.commit.id] = found.get(claim.commit.id, frozenset()) | others
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
