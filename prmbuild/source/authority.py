"""Who may approve what, and how it must be proven, as it stood before a change: what a change says of itself is not
asked.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from msgspec import Struct
from pathspec import GitIgnoreSpec

from prmbuild.authored.programme import Approvers, Evidence
from prmbuild.authored.reading import PRM, read_settings
from prmbuild.source.ancestry import Ancestry
from prmbuild.source.git import REGULAR_MODES
from prmbuild.source.history import History, Version
from prmbuild.source.people import People, read_mailmap
from prmbuild.source.signers import Signers, signers_of
from prmbuild.source.snapshot import MAILMAP, SIGNERS, Snapshot
from prmbuild.source.waiting import Waiting

FILES = (PRM, SIGNERS, MAILMAP)
"""What decides who may approve. A version of them is in force once it is approved as the one before it asks."""

Blobs = tuple[str | None, ...]
"""Object names of `FILES`, None for one that is not there."""


class Authority(Struct, frozen=True, kw_only=True, dict=True):
    """Who may approve what.

    Attributes:
        evidence: what proves an approval.
        approvers: who may approve versions.
        widening: who may approve that more partners see files.
        signers: whose signatures count.
        people: which addresses are one person's.
    """

    evidence: Evidence
    approvers: tuple[Approvers, ...]
    widening: tuple[Approvers, ...]
    signers: Signers
    people: People

    def may_approve(self, path: str) -> frozenset[str]:
        """Return the addresses, in lower case, of who may approve a version of a file.

        The files that decide who may approve, and name nobody for themselves, are in the hands of all approvers.
        """
        found = _people(self._approving, path)
        if found or path not in FILES:
            return found
        return _people(self._approving, PRM) or frozenset().union(*(people for _, people in self._approving))

    def may_widen(self, path: str) -> frozenset[str]:
        """Return the addresses, in lower case, of who may approve that more partners see a file."""
        return _people(self._widening, path) or self.may_approve(path)

    def like(self, other: "Authority") -> bool:
        """Tell whether both say the same of everybody and every path."""
        return (self.evidence, self.approvers, self.widening, self.signers, self.people) == (
            other.evidence, other.approvers, other.widening, other.signers, other.people,
        )  # fmt: skip

    @cached_property
    def _approving(self) -> tuple[tuple[GitIgnoreSpec, frozenset[str]], ...]:
        return _specs(self.approvers)

    @cached_property
    def _widening(self) -> tuple[tuple[GitIgnoreSpec, frozenset[str]], ...]:
        return _specs(self.widening)


def _specs(entries: tuple[Approvers, ...]) -> tuple[tuple[GitIgnoreSpec, frozenset[str]], ...]:
    return tuple(
        (GitIgnoreSpec.from_lines(entry.paths), frozenset(person.casefold() for person in entry.people))
        for entry in entries
    )


def _people(specs: tuple[tuple[GitIgnoreSpec, frozenset[str]], ...], path: str) -> frozenset[str]:
    return frozenset().union(*(people for spec, people in specs if spec.match_file(path)))


Approved = Callable[[Version, Authority, Sequence[Version]], bool]
"""Tells whether a version is approved as an authority asks, by nobody who wrote it or an earlier one that waits."""


class Authorities:
    """The authority in force at every place of a first-parent history.

    Args:
        snapshot: the programme.
        ancestry: of the same revision.

    Attributes:
        waiting: path → the versions of one of `FILES` that nobody entitled approved.
    """

    def __init__(self, snapshot: Snapshot, ancestry: Ancestry) -> None:
        self._snapshot = snapshot
        self._known: dict[Blobs, Authority | None] = {}
        self._steps = _steps(snapshot.history, ancestry)
        self._in_force: dict[int, Blobs] = {}
        self.waiting: Mapping[str, Waiting] = {path: Waiting() for path in FILES}

    @property
    def pending(self) -> tuple[str, ...]:
        """Those of `FILES` of which the newest version is not in force."""
        return tuple(path for path in FILES if self.waiting[path].now)

    def settle(self, approved: Approved) -> None:
        """Find out which versions came into force, the oldest first.

        Args:
            approved: asked of each version but the first, with the authority before it, and what waited before it.
        """
        standing: Blobs = (None,) * len(FILES)
        in_force: Blobs | None = None
        for place, versions in reversed(self._steps):
            standing = tuple(
                _blob(versions[path]) if path in versions else blob for path, blob in zip(FILES, standing, strict=True)
            )
            if in_force is None:
                in_force = standing if self._authority(standing) is not None else None
                for version in versions.values():
                    self.waiting[version.path].approve(version)
            else:
                # nothing in a commit is asked about the commit itself
                before = self._authority(in_force)
                assert before is not None
                for number, path in enumerate(FILES):
                    if path in versions:
                        in_force = self._next(in_force, number, versions[path], before, approved)
            if in_force is not None:
                self._in_force[place] = in_force

    def _next(self, in_force: Blobs, number: int, version: Version, before: Authority, approved: Approved) -> Blobs:
        wanted = (*in_force[:number], _blob(version), *in_force[number + 1 :])
        now, after = self._authority(in_force), self._authority(wanted)
        assert now is not None
        waiting = self.waiting[version.path]
        if after is not None and after.like(now):
            # in force as it says nothing new; its bytes are approved by nobody all the same
            waiting.end()
            waiting.keep(version)
            waiting.end()
            return wanted
        if after is not None and approved(version, before, waiting.before(version)):
            waiting.approve(version)
            return wanted
        waiting.keep(version)
        return in_force

    def before(self, place: int) -> Authority | None:
        """Return the authority in force before the commit at a place; the first there is, where it is older than any.

        None where the history has no valid ``prm.yaml`` up to then.
        """
        places = [step for step, _ in self._steps if step in self._in_force]
        older = next((step for step in places if step > place), places[-1] if places else None)
        return None if older is None else self._authority(self._in_force[older])

    def reign(self, place: int) -> int:
        """Return a number that places share before which the same authority is in force."""
        return sum(1 for step, _ in self._steps if step > place)

    def _authority(self, blobs: Blobs) -> Authority | None:
        if blobs not in self._known:
            self._known[blobs] = _read(self._snapshot, blobs)
        return self._known[blobs]


def authority_at(snapshot: Snapshot, instead: Mapping[str, str | None]) -> Authority | None:
    """Return who may approve what by the files as they stand, approved or not; None where ``prm.yaml`` is not valid.

    Args:
        snapshot: where they stand.
        instead: path → object name to read in place of what stands there, None for nothing.
    """
    standing = {path: file.blob for path in FILES if (file := snapshot.files.get(path)) is not None and file.regular}
    return _read(snapshot, tuple(instead.get(path, standing.get(path)) for path in FILES))


def _read(snapshot: Snapshot, blobs: Blobs) -> Authority | None:
    prm, signers, mailmap = (None if blob is None else snapshot.read(blob) for blob in blobs)
    settings = None if prm is None else read_settings(prm)[0]
    if settings is None:
        return None
    allowed = signers_of(signers)
    return Authority(
        evidence=settings.evidence,
        approvers=settings.approvers,
        widening=settings.widening,
        signers=allowed,
        people=People((*read_mailmap(mailmap or b""), *allowed.groups())),
    )


def _steps(history: History, ancestry: Ancestry) -> Sequence[tuple[int, Mapping[str, Version]]]:
    """Return each place of the first-parent history that changed any of `FILES`, newest first, with what it brought."""
    found: dict[int, dict[str, Version]] = {}
    for path in FILES:
        for version in history.of(path):
            place = ancestry.place.get(version.commit.id)
            if place is not None:
                found.setdefault(place, {})[path] = version
    return sorted(found.items(), key=lambda step: step[0])


def _blob(version: Version) -> str | None:
    return version.blob if version.mode in REGULAR_MODES else None
