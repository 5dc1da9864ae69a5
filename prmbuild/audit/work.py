"""The heavy parts of an audit, a batch at a time, for processes that share nothing but files."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path

from msgspec import Struct

from prmbuild.audit.allowed import Said, Saying, said_each
from prmbuild.audit.batches import MapBatches, here, processes
from prmbuild.audit.canaries import Canary, Packed
from prmbuild.audit.facts import Blob, Facts
from prmbuild.audit.gather import Origin, collected
from prmbuild.audit.members import Members
from prmbuild.audit.parts import Part, parts
from prmbuild.audit.runs import Bits, RunTable, RunTables
from prmbuild.audit.scanner import Place, Scanner, Spared
from prmbuild.audit.search import Search


class Saved(Struct, frozen=True):
    """A search in a file, and the tables of what is searched; None where nobody wants them."""

    place: Path
    runs: RunTables | None


Searched = Members | Saved
"""A search as it is used: with what it remembers of the files it looked into, or as other processes get it."""


class Shared(Struct, frozen=True):
    """A search that several processes use: as it is here, and as others get it. They have its memory in common."""

    search: Search
    lent: Searched


class Suspect(Struct, frozen=True, kw_only=True):
    """A built file in which canaries may stand that some portals must not hold.

    Attributes:
        digest: SHA-256 of its bytes; empty where it is only about its name.
        data: its bytes.
        name: the name it is about; empty where it is about the file.
        canaries: number → canary.
        alike: number → what of canaries for which it is the same, one is enough.
    """

    digest: str
    data: bytes
    name: str
    canaries: Mapping[int, Canary]
    alike: Mapping[int, object]


def collect(batch: Sequence[tuple[Origin, bytes]]) -> Sequence[Packed]:
    """Collect the canaries of files."""
    return [collected(origin, data).packed() for origin, data in batch]


def listen(searched: Searched, batch: Sequence[Saying]) -> Sequence[Said]:
    """Find the canaries in what portals say."""
    return said_each(batch, opened(searched))


def look(searched: Searched, batch: Sequence[Blob]) -> Sequence[Facts]:
    """Find out what there is to know of built files."""
    return _members(searched).facts_each(batch)


def confirm(suspect: Suspect, spared: Spared | None = None) -> Mapping[int, Place]:
    """Return number → place of the canaries that do stand in a file.

    Args:
        suspect: the file.
        spared: where they may stand; None where they may nowhere.
    """
    numbers = sorted(suspect.canaries)
    may = None if spared is None else lambda index, across: spared(numbers[index], across)
    scanner = Scanner([suspect.canaries[number] for number in numbers], may)
    texts = (Part(place="its name", text=suspect.name, read=False),) if suspect.name else tuple(parts(suspect.data))
    places = scanner.places(range(len(numbers)), suspect.digest, texts, lambda index: suspect.alike[numbers[index]])
    return {numbers[index]: place for index, place in places}


def opened(searched: Searched) -> Search:
    """Return a search as this process uses it."""
    return _members(searched).search


def _members(searched: Searched) -> Members:
    return _loaded(searched) if isinstance(searched, Saved) else searched


@lru_cache(maxsize=1)
def _loaded(saved: Saved) -> Members:
    return Members(Search.load(saved.place, None if saved.runs is None else saved.runs.own()))


class Workers:
    """Those who do the heavy parts: this process, or others.

    Args:
        map_batches: calls a function with each of several things.
        folder: where others find what they need; None where this process does the work.
        size: about how many bytes are to be searched, where a table of what they say is wanted.

    Attributes:
        runs: takes in all that is searched here; None where nobody wants that.
    """

    def __init__(self, map_batches: MapBatches, folder: Path | None, size: int | None) -> None:
        self._map, self._folder = map_batches, folder
        self._tables: RunTables | None = None
        self.runs: RunTable | None = None
        if size is not None and folder is None:
            self.runs = RunTable.sized(size)
        elif size is not None and folder is not None:
            self._tables = RunTables.made(folder / "runs", size)
            self.runs = self._tables.own()

    def searched(self) -> Bits | None:
        """Return the table of all that was searched, here and elsewhere; None where nobody wants it."""
        if self._tables is not None:
            return self._tables.bits()
        return None if self.runs is None else self.runs.bits

    def share(self, search: Search) -> Shared:
        """Return a search as those can use it that do the work."""
        if self._folder is None:
            return Shared(search, Members(search))
        place = Path(tempfile.mkdtemp(dir=self._folder)) / "search"
        search.save(place)
        return Shared(Search.load(place, self.runs), Saved(place, self._tables))

    def collect(self, batches: Iterable[Sequence[tuple[Origin, bytes]]]) -> Iterator[Packed]:
        """Yield the canaries of each file, in order."""
        for batch in self._map(collect, batches):
            yield from batch

    def listen(self, search: Shared, batches: Iterable[Sequence[Saying]]) -> Iterator[Said]:
        """Yield the canaries in what portals say, in order."""
        for batch in self._map(partial(listen, search.lent), batches):
            yield from batch

    def look(self, search: Shared, batches: Iterable[Sequence[Blob]]) -> Iterator[Facts]:
        """Yield what there is to know of built files, in order."""
        for batch in self._map(partial(look, search.lent), batches):
            yield from batch

    def confirm(self, suspects: Iterable[Suspect]) -> Iterator[Mapping[int, Place]]:
        """Yield for each file number → place of the canaries that do stand in it."""
        return self._map(confirm, suspects)


@contextmanager
def workers(jobs: int, size: int | None = None) -> Iterator[Workers]:
    """Do the work in so many processes; with one, in this one.

    Args:
        jobs: how many.
        size: as in `Workers`.
    """
    if jobs <= 1:
        yield Workers(here, None, size)
        return
    with tempfile.TemporaryDirectory(prefix="prmbuild-") as folder, processes(jobs) as map_batches:
        yield Workers(map_batches, Path(folder), size)
