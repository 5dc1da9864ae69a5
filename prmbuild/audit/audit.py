"""The audit of a built tree; see `prmbuild.audit`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from pathlib import Path
from textwrap import shorten

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from prmbuild.audit.batches import by_number, by_size
from prmbuild.audit.canaries import Canary, Source
from prmbuild.audit.changes import audit_changes
from prmbuild.audit.control import Controls, Outcome, blindness
from prmbuild.audit.facts import BATCH, Facts, size_of
from prmbuild.audit.hiding import blind_spots
from prmbuild.audit.known import KnownCanaries
from prmbuild.audit.ledger import (
    Ledger,
    constant_of,
    file_text,
    name_key,
    name_text,
    new_ways,
    recollection,
)
from prmbuild.audit.lists import flags
from prmbuild.audit.needles import Needles, Numbers
from prmbuild.audit.neighbours import Neighbours
from prmbuild.audit.permitted import permitted
from prmbuild.audit.premises import Premises
from prmbuild.audit.quizzes import betrayals, unseen
from prmbuild.audit.recollection import Recollection, recall
from prmbuild.audit.report import AuditReport, Kind, Leak, Unread
from prmbuild.audit.roads import folder_of
from prmbuild.audit.runs import Bits
from prmbuild.audit.scanner import Place
from prmbuild.audit.search import Search
from prmbuild.audit.shown import union
from prmbuild.audit.trees import built_forest, written_forest
from prmbuild.audit.work import Suspect, Workers, opened, workers
from prmbuild.build import Built
from prmbuild.desired import Desired
from prmbuild.errors import AuditError, BrokenFileError
from prmbuild.portals.portals import Portal
from prmbuild.progress import Progress
from prmbuild.visibility.sets import members

__all__ = ["AuditReport", "audit", "audit_directory"]

_TELLING = (Kind.ANSWER, Kind.TITLE, Kind.TEXT, Kind.PATH)
"""What to call something that is several of these, such as a title that is also the name of its file."""

_NAMES = 512
"""Names of files that are searched at a time."""

_PAGE, _OTHER = 1 << 14, 1 << 12
"""About how many bytes a page has, and any other file."""

_FEW = 200
"""Below so many files of a programme, starting processes costs more than they save."""


def audit(built: Built, state: Desired, progress: Progress, jobs: int = 1, memory: Path | None = None) -> AuditReport:
    """Search a build for what its portals may not hold.

    Args:
        built: the build.
        state: what it was built from.
        progress: hears of the stages.
        jobs: processes that search.
        memory: the file where clean audits are remembered, so that only what changed since is searched; None searches
            everything. Whoever can write it decides what is found.

    Raises:
        SourceError: a file of the programme cannot be read.
        AuditError: the build is not what it says.
        BrokenFileError: the cache holds other bytes than were written.
    """
    progress.stage("comparing with the last audit")
    premises = Premises(state, built_forest(built, state.portals))
    if memory is None:
        report, _ = _full(premises, progress, jobs, None)
        return report
    constant = constant_of(premises)
    old = recall(memory, constant)
    outcome = None if old is None else audit_changes(old, premises, progress, jobs)
    report, remembered = outcome or _full(premises, progress, jobs, constant)
    if remembered is not None:
        with suppress(OSError):  # the next audit is one of everything
            remembered.save(memory)
    return report


def audit_directory(out: Path, state: Desired, progress: Progress, jobs: int = 1) -> AuditReport:
    """Search a folder that `prmbuild.output.write` wrote for what its portals may not hold.

    Args:
        out: the folder.
        state: what it was built from.
        progress: hears of the stages.
        jobs: processes that search.

    Raises:
        SourceError: a file of the programme cannot be read.
        AuditError: the folder cannot be read, changed meanwhile, or was not written by prmbuild.
    """
    progress.stage("reading what was built")
    forest = written_forest(out, state.portals)
    try:
        report, _ = _full(Premises(state, forest), progress, jobs, None)
    except BrokenFileError as error:  # the forest has the digests that the files had a moment ago
        hint = "let nothing write there meanwhile"
        raise AuditError(f"{error.file} changed during the audit", hint=hint) from error
    return replace(report, leaks=tuple(_told_once(report.leaks, forest.gone)))


def _told_once(leaks: Sequence[Leak], gone: Set[str]) -> Iterator[Leak]:
    """Leave out what follows from a file that is not there or has changed, or from a portal that is gone."""
    changed = {(leak.portal, leak.file) for leak in leaks if leak.kind is Kind.TAMPERED}
    for leak in leaks:
        follows = leak.portal in gone or (leak.portal, leak.file) in changed
        if leak.kind not in (Kind.UNACCOUNTED, Kind.BLIND) or not follows:
            yield leak


def _full(
    premises: Premises, progress: Progress, jobs: int, constant: str | None
) -> tuple[AuditReport, Recollection | None]:
    """Audit everything; return the report and, of a clean audit, what is to be remembered.

    Args:
        premises: of the audit.
        progress: hears of the stages.
        jobs: processes that search.
        constant: from `constant_of`, before anything was audited; None where nothing is to be remembered.
    """
    progress.stage("collecting what must not leak")
    small = len(premises.state.catalog.snapshot.files) < _FEW
    size = None if constant is None else sum(map(_typical, premises.uses.values()))
    premises.state.rest()
    with workers(1 if small else jobs, size) as crew:
        audited = _Audit(premises, crew, None if constant is None else Ledger())
        report = audited.report(progress)
        searched = None if report.leaks or constant is None else audited.searched()
    # the processes are gone with their memory
    return report, None if searched is None or constant is None else audited.recollection(constant, *searched)


def _typical(paths: Iterable[str]) -> int:
    return _PAGE if any(path.endswith(".html") for path in paths) else _OTHER


class _Audit:
    """An audit of everything, under way."""

    def __init__(self, premises: Premises, crew: Workers, ledger: Ledger | None) -> None:
        self._premises = premises
        self._ledger = ledger
        self._portals = premises.portals
        self._workers = crew
        self._known = KnownCanaries(premises, crew)
        self._permitted = permitted(premises, self._known.canaries, crew)
        relevant = self._permitted.relevant()
        self._shared = crew.share(Search.of(self._known.canaries, relevant, crew.runs, thorough=True))
        self._search = self._shared.search
        self._controls = Controls(premises.state, self._permitted.pages(), self._known.canaries.letters)
        self._neighbours = Neighbours(premises, self._permitted.voices)
        self._unread: list[Unread] = []
        self._bytes = 0
        self._quizzes_controlled = 0

    def report(self, progress: Progress) -> AuditReport:
        """Run the audit."""
        premises = self._premises
        leaks = [*premises.leaks(), *self._blind()]
        suspicions = [*self._names()]
        progress.stage("searching every file", len(premises.uses))
        blobs = (premises.blob(digest) for digest in premises.uses)
        for facts in self._workers.look(self._shared, by_size(blobs, size_of, BATCH)):
            leaks += self._of_blob(facts)
            suspicions += self._suspected(facts.digest, facts.found, premises.telling(facts.digest))
            progress.advance()
        outcomes = tuple(self._controls.outcomes())
        if self._ledger is not None:
            self._ledger.outcomes.extend(self._outcomes_of_voices(outcomes))
        leaks += (leak for outcome in outcomes for leak in outcome.failed)
        leaks += self._confirmed(suspicions)
        return AuditReport(
            leaks=_distinct(leaks),
            unread=tuple(self._unread),
            portals=len(self._portals),
            files=sum(portals.bit_count() for portals in premises.holders.values()),
            blobs=len(premises.uses),
            bytes=self._bytes,
            canaries=len(self._known.canaries),
            controls=sum(outcome.made for outcome in outcomes) + self._quizzes_controlled,
        )

    def searched(self) -> tuple[Bits, Needles] | None:
        """Return the table of all that was searched, and the index of all canaries; None where nobody wants them."""
        runs = self._workers.searched()
        return None if runs is None else (runs, opened(self._permitted.searched).index)

    def recollection(self, constant: str, runs: Bits, index: Needles) -> Recollection | None:
        """Return what is to be remembered, once the report was made.

        Args:
            constant: from `constant_of`.
            runs: from `searched`.
            index: likewise.
        """
        ledger, known = self._ledger, self._known
        if ledger is None:
            return None
        ledger.origins.update(zip(known.keys, map(known.by_origin.__getitem__, range(len(known.keys))), strict=True))
        ledger.voices.extend(self._permitted.voices)
        ledger.said.extend(self._permitted.said)
        alive = np.ones(len(known.canaries), np.bool_)
        return recollection(
            ledger,
            self._premises,
            constant=constant,
            canaries=known.canaries,
            alive=alive,
            allowed=self._permitted.allowed,
            always=flags(self._permitted.baseline, len(alive)),
            searched=flags(self._permitted.relevant(), len(alive)),
            runs=runs,
            index=index,
        )

    def _outcomes_of_voices(self, outcomes: Sequence[Outcome]) -> Iterator[Outcome]:
        left = iter(outcomes)
        for voice in self._permitted.voices:
            yield next(left) if voice.seen is not None else Outcome(made=0)

    def _blind(self) -> Iterator[Leak]:
        for way in blind_spots(self._search):
            yield blindness("", "", f"the audit does not find a text that is hidden as {way}")

    def _names(self) -> Iterator["_Suspicion"]:
        """Yield names of files that may betray something."""
        holders = self._premises.holders
        for paths in by_number(holders, _NAMES):
            for path, (found, _) in zip(paths, self._search.of_chunks(paths), strict=True):
                numbers = np.array(sorted(found), np.int32)
                if self._ledger is not None:
                    self._ledger.texts[name_key(path)] = name_text(self._premises, path, numbers)
                if found:
                    yield from self._suspected("", numbers, {path: holders[path]})

    def _of_blob(self, facts: Facts) -> Iterator[Leak]:
        premises = self._premises
        self._bytes += facts.size
        self._unread += (premises.unread(facts.digest, place, reason) for place, reason in facts.problems)
        telling = premises.telling(facts.digest)
        self._controls.look(facts.found, telling)
        if self._ledger is not None:
            text = file_text(premises, facts.digest, facts.found, facts.size, facts.problems)
            self._ledger.texts[facts.digest] = text
            self._ledger.ways.update(new_ways(premises, facts, self._ledger.addresses))
        for path, mask in premises.referring(facts.digest):
            for found, portals in premises.roads.astray(facts.referred(path), folder_of(path), mask):
                yield from self._each(portals, path, Kind.REFERENCE, found)
        for path in premises.quizzes.keys() & telling.keys():
            asked = premises.forest.blobs[facts.digest].decode("utf-8", "replace")
            yield from self._quiz(asked, path, telling[path])

    def _suspected(self, digest: str, found: Numbers, uses: Mapping[str, int]) -> Iterator["_Suspicion"]:
        denied = dict(self._permitted.allowed.denied(found, union(uses.values())))
        if denied:
            yield _Suspicion(digest=digest, denied=denied, uses=uses)

    def _confirmed(self, suspicions: Sequence["_Suspicion"]) -> Iterator[Leak]:
        """Yield those suspicions that are more than parts of words, or neighbours, which look like others."""
        canaries = self._known.of(sorted({number for suspicion in suspicions for number in suspicion.denied}))
        suspects = (self._suspect(suspicion, canaries) for suspicion in suspicions)
        for suspicion, places in zip(suspicions, self._workers.confirm(suspects), strict=True):
            if places:
                suspect = self._suspect(suspicion, canaries)
                places = self._neighbours.standing(suspect, suspicion.denied, places)
                if self._ledger is not None:
                    self._ledger.beside.add(suspicion.digest)
            for number, place in places.items():
                for path, mask in suspicion.uses.items():
                    for portal in members(mask & suspicion.denied[number]):
                        yield self._leak(canaries[number], place, portal, path)

    def _suspect(self, suspicion: "_Suspicion", canaries: Mapping[int, Canary]) -> Suspect:
        first = {number: canaries[number].sources[0] for number in suspicion.denied}
        (name, *_) = suspicion.uses
        return Suspect(
            digest=suspicion.digest,
            data=self._premises.forest.blobs[suspicion.digest] if suspicion.digest else b"",
            name="" if suspicion.digest else name,
            canaries={number: canaries[number] for number in suspicion.denied},
            alike={number: (source.kind, source.path, suspicion.denied[number]) for number, source in first.items()},
        )

    def _leak(self, canary: Canary, place: Place, portal: int, path: str) -> Leak:
        source = _hidden(canary, self._portals[portal])
        file = bool(self._premises.inventory.fixed(path) >> portal & 1)
        kind = Kind.METADATA if file and not place.read and source.kind is not Kind.ASSET else source.kind
        text = shorten(self._known.text(canary), 120, placeholder=" …")
        return Leak(
            portal=self._portals[portal].id,
            file=path,
            kind=kind,
            owner=source.path,
            line=source.line,
            found=f"the {source.kind.value} '{text}' is not for this portal",
            place=place.part,
            excerpt=place.excerpt,
            source=self._source(place, portal, path),
        )

    def _source(self, place: Place, portal: int, path: str) -> str:
        """Return what a file is made from, and the line of it at which something stands that reads across texts."""
        owner = self._premises.inventory.owner(path, portal) or self._neighbours.page_of(place.across, portal)
        line = self._neighbours.line_of(place.across, owner) if owner else 0
        return f"{owner}:{line}" if line else owner

    def _quiz(self, text: str, path: str, portals: int) -> Iterator[Leak]:
        course = self._premises.quizzes[path]
        for what in betrayals(text, course):
            yield from self._each(portals, path, Kind.ANSWER, what)
        self._quizzes_controlled += 1
        if unseen(text, course):
            yield from self._each(portals, path, Kind.BLIND, "the audit does not recognise the options of the quiz")

    def _each(self, portals: int, path: str, kind: Kind, found: str) -> Iterator[Leak]:
        for portal in members(portals):
            owner = self._premises.inventory.owner(path, portal)
            yield Leak(portal=self._portals[portal].id, file=path, kind=kind, owner=owner, line=1, found=found)


class _Suspicion(Struct, frozen=True, kw_only=True):
    """A file and what may stand in it.

    Attributes:
        digest: SHA-256 of the file; empty where it is its name that betrays something.
        denied: canary → the portals that must not hold it.
        uses: path → the portals that have the file there.
    """

    digest: str
    denied: Mapping[int, int]
    uses: Mapping[str, int]


def _hidden(canary: Canary, portal: Portal) -> Source:
    """Return the most telling place of a canary that the portal does not show."""
    hidden = [source for source in canary.sources if not portal.visible(source.path)] or canary.sources
    return min(hidden, key=lambda source: _TELLING.index(source.kind) if source.kind in _TELLING else len(_TELLING))


def _distinct(leaks: Iterable[Leak]) -> tuple[Leak, ...]:
    """Return the leaks in order; of several of one kind, in one file and from one source, the first."""
    found: dict[tuple[object, ...], Leak] = {}
    for leak in sorted(
        leaks, key=lambda leak: (leak.portal, leak.file, leak.kind.value, leak.owner, leak.line, leak.found)
    ):
        same = leak.found if leak.kind in (Kind.REFERENCE, Kind.READER, Kind.BLIND, Kind.TAMPERED, Kind.ANSWER) else ""
        found.setdefault((leak.portal, leak.file, leak.kind, leak.owner, same), leak)
    return tuple(found.values())
