"""Which version of each file is the approved one.

A page follows the status in its front matter: the newest version on the first-parent history that was approved and
whose time has come, unless a newer one retired it or the file is gone. A lesson or quiz without a status of its own
follows its course. An asset has no status: it comes from the commit of the approved page that references it.
"""

from collections.abc import Callable, Iterable, Iterator
from copy import copy
from datetime import datetime
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from prmbuild.authored.lifecycle import begun, earliest
from prmbuild.authored.programme import Evidence
from prmbuild.authored.reading import PRM, Standing
from prmbuild.authored.resource import Status
from prmbuild.source.entitled import Entitled, entitled
from prmbuild.source.history import Version
from prmbuild.source.proofs import Memory
from prmbuild.source.records import Records
from prmbuild.source.snapshot import Snapshot


class Absence(Enum):
    """Why a file that exists has no published version."""

    NEVER_APPROVED = "never approved"
    RETIRED = "retired"
    NOT_YET = "not due yet"
    EXPIRED = "expired"
    GONE = "gone"


class Ruling(Struct, frozen=True, kw_only=True):
    """The approval of one file.

    Attributes:
        versions: the approved versions in force one after the other, newest first; the first is the published one.
            Empty where none is published.
        absence: why `versions` is empty.
        due: for `Absence.NOT_YET`, when the version comes into force.
    """

    versions: tuple[Version, ...] = ()
    absence: Absence | None = None
    due: datetime | None = None


StandingOf = Callable[[Version], Standing]
"""Reads the status that a version of a file gives itself."""


class Approvals:
    """Answers which versions of a file were approved.

    What proves an approval, and who may give one, is asked of `prm.yaml` as it stood before the version came.

    Args:
        snapshot: the programme.
        standing_of: reads a version's own status.
        now: versions with a later ``publish_at`` are not in force.
        memory: keeps what was proven.
        assumed: paths whose newest version counts as approved, draft or not; for previews only.

    Attributes:
        coming: repository path → every ``publish_at`` still to come of its approved versions, as far as asked about.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        standing_of: StandingOf,
        now: datetime,
        memory: Memory | None = None,
        assumed: frozenset[str] = frozenset(),
    ) -> None:
        self._history = snapshot.history
        self._read_standing = standing_of
        self._now = now
        self._proposed = snapshot.proposed
        self._assumed = assumed
        self.coming: dict[str, set[datetime]] = {}
        self._records = Records(snapshot, standing_of, memory) if _asks_for_evidence(snapshot) else None

    @property
    def next(self) -> datetime | None:
        """The first ``publish_at`` still to come, of the versions that were asked about."""
        return earliest(instant for instants in self.coming.values() for instant in instants)

    def at(self, now: datetime) -> "Approvals":
        """Return what answers the same questions at another instant."""
        other = copy(self)
        other._now, other.coming = now, {}
        return other

    def page(self, path: str) -> Ruling:
        """Rule on a page or a ``course.yaml`` by its own status."""
        return self._rule(path, self._history.of(path), self._standing_of)

    def course_part(self, path: str, course: str) -> Ruling:
        """Rule on a lesson or quiz: by its own status where it has one, else by its course's.

        Args:
            path: the lesson or quiz.
            course: path of the ``course.yaml``.
        """
        newest = self._history.at(path, 0)
        if newest is not None and self._standing_of(newest).status is not None:
            return self.page(path)
        ruling = self.page(course)
        if not ruling.versions:
            return Ruling(absence=ruling.absence, due=ruling.due)
        approved = ruling.versions[0]
        standing_then = self._history.at(path, self._last_position(approved))
        if standing_then is None:
            return Ruling(absence=Absence.NEVER_APPROVED)
        due: datetime | None = None
        candidates = tuple(version for version in self._unbroken(path) if version.position >= standing_then.position)
        for index, version in enumerate(candidates):
            standing = self._standing_of(version)
            if standing.status is Status.RETIRED:
                return Ruling(absence=Absence.RETIRED)
            if standing.status not in (None, Status.APPROVED):
                continue
            if standing.publish_at is not None and not begun(standing.publish_at, self._now):
                due = self._comes(path, standing.publish_at)
            elif self._approved_with(version, ruling.versions):
                return Ruling(versions=candidates[index:])
        return self._absent(due)

    def asset(self, path: str, page: Version) -> Version | None:
        """Return the version of an asset that the approval of a page covers; None where there is none.

        It is the one in the commit that brought the page's approved version. Where approval needs evidence, somebody
        entitled to the asset's own path, who did not write it, must have approved it, then or when it came. Without,
        the one before it stays, as approved with an earlier version of the page.
        """
        for version in self._history.of(path):
            if version.position < page.position:
                continue
            if version.blob is None:
                return None
            if self._approved_with(
                version, (one for one in self._history.of(page.path) if one.position >= page.position)
            ):
                return version
        return None

    def evidence(self, version: Version) -> tuple[str, ...]:
        """Return who approved a version: names or addresses, for people to read; empty where nobody did."""
        if self._records is None or self.asked(version) is Evidence.MERGE:
            return (version.commit.author_name,)
        return tuple(sorted(self._records.approvers_of(version)))

    def approved_in(self, version: Version, by: Version | None = None) -> frozenset[str]:
        """Return the full object names of the commits that carry the approval of a version; none where nobody approved.

        Args:
            version: the version.
            by: the version of a page with whose approval an asset may be approved too.
        """
        if self._records is None or self.asked(version) is Evidence.MERGE:
            return frozenset((version.commit.id,))
        return self._records.commits_of(version, by)

    def asked(self, version: Version) -> Evidence:
        """Return what must prove that a version is approved."""
        return Evidence.MERGE if self._records is None else self._records.evidence_for(version)

    @property
    def pending(self) -> tuple[str, ...]:
        """The files that decide who may approve, and of which the newest version is not in force."""
        return self._records.pending if self._records is not None else ()

    def may_approve(self, path: str, by: str | None = None) -> Entitled:
        """Tell who may approve a file as it stands, and who may not as they wrote some of what waits.

        Args:
            path: the file.
            by: the page with which it would be approved; None for one that is approved by itself or with its course.
        """
        authority = self._records.authority if self._records is not None else None
        if self._records is None or authority is None:
            return Entitled()
        people = authority.may_approve(path)
        return entitled(path, people, self._records.wrote(people, self._records.waiting(path, by=by), authority))

    def _last_position(self, version: Version) -> int:
        """The newest commit in whose tree this version of the file still stands."""
        newer = [other.position for other in self._history.of(version.path) if other.position < version.position]
        return max(newer) + 1 if newer else 0

    def _unbroken(self, path: str) -> Iterator[Version]:
        """Yield the versions of a file, newest first, up to where it was deleted; those since a deletion at the top."""
        existed = False
        for version in self._history.of(path):
            if version.blob is not None:
                existed = True
                yield version
            elif existed:
                return

    def _rule(self, path: str, versions: tuple[Version, ...], standing_of: StandingOf) -> Ruling:
        due: datetime | None = None
        approved: list[Version] = []
        for version in versions:
            if version.blob is None:
                if not approved:
                    return Ruling(absence=Absence.GONE) if version is versions[0] else self._absent(due)
                break
            standing = standing_of(version)
            if standing.status is Status.RETIRED:
                if not approved:
                    return Ruling(absence=Absence.RETIRED)
                break
            if standing.status is not Status.APPROVED or not self._approved(version):
                continue
            if standing.publish_at is not None and not begun(standing.publish_at, self._now):
                due = self._comes(version.path, standing.publish_at)
                continue
            approved.append(version)
        return Ruling(versions=tuple(approved)) if approved else self._absent(due)

    def _comes(self, path: str, instant: datetime) -> datetime:
        self.coming.setdefault(path, set()).add(instant)
        return instant

    def _absent(self, due: datetime | None) -> Ruling:
        return Ruling(absence=Absence.NOT_YET if due else Absence.NEVER_APPROVED, due=due)

    def _approved(self, version: Version, by: Version | None = None) -> bool:
        """Tell whether a version is approved: by the commit that brought it, or that brought a version of a page."""
        if self._records is None or (by or version).commit.id in self._proposed:
            return True
        if self._is_assumed(version) or (by is not None and self._is_assumed(by)):
            return True
        if self._records.evidence_for(version) is Evidence.MERGE:
            return True
        return bool(self._records.approvers_of(version, by))

    def _approved_with(self, version: Version, others: Iterable[Version]) -> bool:
        """Tell whether a version is approved by itself, or with a version that came after it of the file it follows."""
        return self._approved(version) or any(
            self._approved(version, by=other)
            for other in others
            if version.position >= other.position and self._standing_of(other).status is Status.APPROVED
        )

    def _is_assumed(self, version: Version) -> bool:
        return version.path in self._assumed and self._history.of(version.path)[0] is version

    def _standing_of(self, version: Version) -> Standing:
        standing = self._read_standing(version)
        if standing.status in (Status.DRAFT, Status.IN_REVIEW) and self._is_assumed(version):
            return replace(standing, status=Status.APPROVED)
        return standing


def _asks_for_evidence(snapshot: Snapshot) -> bool:
    """Tell whether any version of ``prm.yaml`` may ask for more than a merge; reading each in full takes longer."""
    return any(
        any(word in snapshot.read(version.blob) for word in (b"trailer", b"signature", b"\\"))
        for version in snapshot.history.of(PRM)
        if version.blob is not None
    )
