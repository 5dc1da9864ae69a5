"""The audit of a built tree; see `prmbuild.audit`."""

import posixpath
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from textwrap import shorten

import numpy as np

from prmbuild.audit.batches import MapBatches, by_number, by_size, here, processes
from prmbuild.audit.canaries import Canary, Source
from prmbuild.audit.contents import Contents
from prmbuild.audit.control import Controls, blind_spots, blindness
from prmbuild.audit.facts import Blob, Facts
from prmbuild.audit.inventory import Inventory, static_digests
from prmbuild.audit.known import KnownCanaries
from prmbuild.audit.needles import Numbers
from prmbuild.audit.permitted import permitted
from prmbuild.audit.quizzes import betrayals, unseen
from prmbuild.audit.readers import wrong_readers
from prmbuild.audit.references import SUFFIXES
from prmbuild.audit.report import AuditReport, Kind, Leak, Unread
from prmbuild.audit.roads import Roads
from prmbuild.audit.scanner import Place
from prmbuild.audit.search import Search
from prmbuild.audit.shown import shown, union
from prmbuild.audit.trees import Forest, built_forest, written_forest
from prmbuild.audit.work import Searched, Suspect, confirm, look
from prmbuild.build import Built
from prmbuild.catalog.address import address_of
from prmbuild.desired import Desired
from prmbuild.portals.portals import Portal
from prmbuild.progress import Progress
from prmbuild.render.look import LOOK_PREFIX
from prmbuild.visibility.sets import members

__all__ = ["AuditReport", "audit", "audit_directory"]

_TELLING = (Kind.ANSWER, Kind.TITLE, Kind.TEXT, Kind.PATH)
"""What to call something that is several of these, such as a title that is also the name of its file."""

_BATCH = 1 << 18
"""Bytes of built files that a process looks at at a time."""

_NAMES = 512
"""Names of files that are searched at a time."""

_FEW = 200
"""Below so many files of a programme, starting processes costs more than they save."""


def audit(built: Built, state: Desired, progress: Progress, jobs: int = 1) -> AuditReport:
    """Search a build for what its portals may not hold.

    Args:
        built: the build.
        state: what it was built from.
        progress: hears of the stages.
        jobs: processes that search.

    Raises:
        SourceError: a file of the programme cannot be read.
        AuditError: the build is not what it says.
    """
    return _run(state, built_forest(built, state.portals), progress, jobs)


def audit_directory(out: Path, state: Desired, progress: Progress, jobs: int = 1) -> AuditReport:
    """Search a folder that `prmbuild.output.write` wrote for what its portals may not hold.

    Args:
        out: the folder.
        state: what it was built from.
        progress: hears of the stages.
        jobs: processes that search.

    Raises:
        SourceError: a file of the programme cannot be read.
        AuditError: the folder cannot be read, or was not written by prmbuild.
    """
    progress.stage("reading what was built")
    return _run(state, written_forest(out, state.portals), progress, jobs)


def _run(state: Desired, forest: Forest, progress: Progress, jobs: int) -> AuditReport:
    progress.stage("collecting what must not leak")
    small = len(state.catalog.snapshot.files) < _FEW
    with processes(1 if small else jobs) as map_batches, tempfile.TemporaryDirectory(prefix="prmbuild-") as folder:
        return _Audit(state, forest, map_batches, Path(folder)).report(progress)


class _Audit:
    """An audit under way. Sets of portals are integers, with bit n for portal n of the desired state."""

    def __init__(self, state: Desired, forest: Forest, map_batches: MapBatches, folder: Path) -> None:
        self._state = state
        self._portals = state.portals
        self._forest = forest
        self._map = map_batches
        self._folder = folder
        contents = Contents(state.catalog.snapshot)
        self._shown = shown(state.shown)
        self._static = static_digests(state)
        self._theme = frozenset(digest for path, digest in self._static.items() if not path.startswith(LOOK_PREFIX))
        self._inventory = Inventory(state.portals, self._shown, self._static, contents)
        self._uses: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self._holders: dict[str, int] = defaultdict(int)
        for path, held in forest.files.items():
            for portals, digest in held:
                self._uses[digest][path] |= portals
                self._holders[path] |= portals
        self._roads = Roads(self._holders, state.site.url)
        self._quizzes = {
            address_of(course.quiz.path).file: course.quiz
            for _, _, course in self._shown.courses
            if course.quiz is not None
        }
        self._known = KnownCanaries(state, contents, map_batches)
        self._permitted = permitted(state, self._shown, self._known.table, contents, self._handed, map_batches)
        self._search = self._known.table.search(self._permitted.relevant().tolist())
        self._controls = Controls(state, self._permitted.pages, self._known.table.letters)
        self._unread: list[Unread] = []
        self._bytes = 0
        self._quizzes_controlled = 0

    def report(self, progress: Progress) -> AuditReport:
        """Run the audit."""
        leaks = [*self._forest.leaks, *self._blind(), *wrong_readers(self._state, self._shown)]
        leaks += self._inventory.misplaced(self._uses)
        leaks += self._inventory.lacking(self._holders)
        suspicions = [*self._names()]
        progress.stage("searching every file", len(self._uses))
        looking = partial(look, self._handed(self._search))
        for looked in self._map(looking, by_size(self._blobs(), lambda blob: len(blob.data), _BATCH)):
            for facts in looked:
                leaks += self._of_blob(facts)
                suspicions += self._suspected(facts.digest, facts.found, self._telling(facts.digest))
                progress.advance()
        leaks += self._controls.check_documents()
        leaks += self._confirmed(suspicions)
        return AuditReport(
            leaks=_distinct(leaks),
            unread=tuple(self._unread),
            portals=len(self._portals),
            files=sum(portals.bit_count() for portals in self._holders.values()),
            blobs=len(self._uses),
            bytes=self._bytes,
            canaries=self._known.table.size,
            controls=self._controls.made + self._quizzes_controlled,
        )

    def _handed(self, search: Search) -> Searched:
        """Return a search as those can use it that do the work."""
        if self._map is here:
            return search
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        search.save(folder)
        return folder

    def _blind(self) -> Iterator[Leak]:
        for way in blind_spots(self._search):
            yield blindness("", "", f"the audit does not find a text that is hidden as {way}")

    def _names(self) -> Iterator["_Suspicion"]:
        """Yield names of files that may betray something."""
        for paths in by_number(self._holders, _NAMES):
            for path, (found, _) in zip(paths, self._search.of_chunks(paths), strict=True):
                if found:
                    yield from self._suspected("", np.array(sorted(found), np.int32), {path: self._holders[path]})

    def _blobs(self) -> Iterator[Blob]:
        for digest, uses in self._uses.items():
            referring = {posixpath.splitext(path)[1] for path, mask in uses.items() if self._refers(path, mask)}
            yield Blob(
                digest=digest,
                data=self._forest.blobs[digest],
                searched=bool(self._telling(digest)),
                suffixes=SUFFIXES & referring,
            )

    def _telling(self, digest: str) -> Mapping[str, int]:
        """Return the uses of a file in which it may betray something: the theme's own files do not."""
        uses = self._uses[digest]
        return (
            {path: mask for path, mask in uses.items() if path not in self._static} if digest in self._theme else uses
        )

    def _refers(self, path: str, portals: int) -> bool:
        return path in self._static or bool(self._inventory.made(path) & portals)

    def _of_blob(self, facts: Facts) -> Iterator[Leak]:
        uses = self._uses[facts.digest]
        self._bytes += facts.size
        self._unopened(facts, uses)
        telling = self._telling(facts.digest)
        yield from self._controls.check(facts.found, telling)
        for path, mask in uses.items():
            if self._refers(path, mask):
                references = facts.references.get(posixpath.splitext(path)[1], ())
                for found, portals in self._roads.astray(references, path, mask):
                    yield from self._each(portals, path, Kind.REFERENCE, found)
        for path in self._quizzes.keys() & telling.keys():
            text = self._forest.blobs[facts.digest].decode("utf-8", "replace")
            yield from self._quiz(text, path, telling[path])

    def _suspected(self, digest: str, found: Numbers, uses: Mapping[str, int]) -> Iterator["_Suspicion"]:
        denied = dict(self._permitted.allowed.denied(found, union(uses.values())))
        if denied:
            yield _Suspicion(digest=digest, denied=denied, uses=uses)

    def _confirmed(self, suspicions: Sequence["_Suspicion"]) -> Iterator[Leak]:
        """Yield those suspicions that are more than parts of words which look like others."""
        canaries = self._known.canaries(sorted({number for suspicion in suspicions for number in suspicion.denied}))
        suspects = (self._suspect(suspicion, canaries) for suspicion in suspicions)
        for suspicion, places in zip(suspicions, self._map(confirm, suspects), strict=True):
            for number, place in places.items():
                for path, mask in suspicion.uses.items():
                    for portal in members(mask & suspicion.denied[number]):
                        yield self._leak(canaries[number], place, portal, path)

    def _suspect(self, suspicion: "_Suspicion", canaries: Mapping[int, Canary]) -> Suspect:
        first = {number: canaries[number].sources[0] for number in suspicion.denied}
        (name, *_) = suspicion.uses
        return Suspect(
            digest=suspicion.digest,
            data=self._forest.blobs[suspicion.digest] if suspicion.digest else b"",
            name="" if suspicion.digest else name,
            canaries={number: canaries[number] for number in suspicion.denied},
            alike={number: (source.kind, source.path, suspicion.denied[number]) for number, source in first.items()},
        )

    def _leak(self, canary: Canary, place: Place, portal: int, path: str) -> Leak:
        source = _hidden(canary, self._portals[portal])
        file = bool(self._inventory.fixed(path) >> portal & 1)
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
        )

    def _unopened(self, facts: Facts, uses: Mapping[str, int]) -> None:
        path, portals = next(iter(uses.items()))
        portal = next(members(portals))
        for place, reason in facts.problems:
            owner = self._inventory.owner(path, portal)
            self._unread.append(
                Unread(portal=self._portals[portal].id, file=path, place=place, owner=owner, reason=reason)
            )

    def _quiz(self, text: str, path: str, portals: int) -> Iterator[Leak]:
        for what in betrayals(text):
            yield from self._each(portals, path, Kind.ANSWER, what)
        self._quizzes_controlled += 1
        if unseen(text, self._quizzes[path]):
            yield from self._each(portals, path, Kind.BLIND, "the audit does not recognise the options of the quiz")

    def _each(self, portals: int, path: str, kind: Kind, found: str) -> Iterator[Leak]:
        for portal in members(portals):
            owner = self._inventory.owner(path, portal)
            yield Leak(portal=self._portals[portal].id, file=path, kind=kind, owner=owner, line=1, found=found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Suspicion:
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
