"""Which version of each file is the approved one.

A page follows the status in its front matter: the newest version on the first-parent history that was approved and
whose time has come, unless a newer one retired it or the file is gone. A lesson or quiz without a status of its own
follows its course. An asset has no status: it comes from the commit of the approved page that references it.
"""

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from pathspec import GitIgnoreSpec

from prmbuild.authored.lifecycle import begun, earliest
from prmbuild.authored.programme import Evidence, Settings
from prmbuild.authored.reading import Standing
from prmbuild.authored.resource import Status
from prmbuild.errors import SourceError
from prmbuild.source.history import History, Version


class Absence(Enum):
    """Why a file that exists has no published version."""

    NEVER_APPROVED = "never approved"
    RETIRED = "retired"
    NOT_YET = "not due yet"
    EXPIRED = "expired"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
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

AuthorsOf = Callable[[str], frozenset[str]]
"""Returns the addresses of all who wrote what a commit brought to the branch, those of merged commits included."""


class Approvals:
    """Answers which versions of a file were approved.

    Args:
        history: the first-parent history.
        standing_of: reads a version's own status.
        authors_of: tells who wrote what a commit brought; asked only where approval is proven by trailers.
        settings: names the evidence of approval, and the approvers.
        now: versions with a later ``publish_at`` are not in force.

    Attributes:
        coming: path → every ``publish_at`` still to come, of the approved versions that were asked about.

    Raises:
        SourceError: the evidence asked for cannot be checked.
    """

    def __init__(
        self, history: History, standing_of: StandingOf, authors_of: AuthorsOf, settings: Settings, now: datetime
    ) -> None:
        if settings.evidence is Evidence.SIGNATURE:
            raise SourceError(
                "prm.yaml: approval evidence 'signature' cannot be checked by this version of prmbuild",
                hint="use 'merge' or 'trailer'; nothing is published meanwhile",
            )
        self._history = history
        self._standing_of = standing_of
        self._authors_of = authors_of
        self._now = now
        self.coming: dict[str, set[datetime]] = {}
        self._by_trailer = settings.evidence is Evidence.TRAILER
        self._approvers = tuple(
            (GitIgnoreSpec.from_lines(group.paths), frozenset(person.casefold() for person in group.people))
            for group in settings.approvers
        )

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
            elif version.position >= approved.position or self._approved(version):
                return Ruling(versions=candidates[index:])
        return self._absent(due)

    def asset(self, path: str, page: Version) -> Version | None:
        """Return the version of an asset that the approval of a page covers; None where there is none.

        It is the one in the commit that brought the page's approved version. Where approval is proven by trailers,
        somebody entitled to the asset's own path must have approved it, then or when it came.
        """
        for version in self._history.of(path):
            if version.position < page.position:
                continue
            if version.blob is None:
                return None
            if not self._by_trailer or self._entitled(version) or self._entitled(version, page):
                return version
        return None

    def evidence(self, version: Version) -> tuple[str, ...]:
        """Return who approved a version: names or addresses, for people to read; empty where nobody did."""
        if not self._by_trailer:
            return (version.commit.author_name,)
        return tuple(sorted(self._entitled(version)))

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
                due = self._comes(path, standing.publish_at)
                continue
            approved.append(version)
        return Ruling(versions=tuple(approved)) if approved else self._absent(due)

    def _comes(self, path: str, instant: datetime) -> datetime:
        self.coming.setdefault(path, set()).add(instant)
        return instant

    def _absent(self, due: datetime | None) -> Ruling:
        return Ruling(absence=Absence.NOT_YET if due else Absence.NEVER_APPROVED, due=due)

    def _approved(self, version: Version) -> bool:
        return not self._by_trailer or bool(self._entitled(version))

    def _entitled(self, version: Version, approval: Version | None = None) -> frozenset[str]:
        """Return who approved a version and may: entitled to its path, and no author of what is approved.

        Args:
            version: the version.
            approval: the version of another file whose commit carries the approval; the version's own where left out.
        """
        commit = (approval or version).commit
        named = {address.casefold() for address in commit.approved_by}
        entitled: set[str] = set()
        for spec, people in self._approvers:
            if spec.match_file(version.path):
                entitled |= people & named
        if not entitled:
            return frozenset()
        authors = self._authors_of(version.commit.id) | self._authors_of(commit.id)
        return frozenset(entitled - {author.casefold() for author in authors})
