"""The heavy parts of an audit, a batch at a time, for processes that share nothing but files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from prmbuild.audit.allowed import Said, Saying, said
from prmbuild.audit.canaries import Canary, Packed
from prmbuild.audit.facts import Blob, Facts, facts
from prmbuild.audit.gather import Origin, collected
from prmbuild.audit.parts import Part, parts
from prmbuild.audit.scanner import Place, Scanner
from prmbuild.audit.search import Search

Searched = Search | Path
"""A search, or the folder that it was saved in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
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
    search = _search(searched)
    return [said(saying, search) for saying in batch]


def look(searched: Searched, batch: Sequence[Blob]) -> Sequence[Facts]:
    """Find out what there is to know of built files."""
    search = _search(searched)
    return [facts(blob, search) for blob in batch]


def confirm(suspect: Suspect) -> Mapping[int, Place]:
    """Return number → place of the canaries that do stand in a file."""
    numbers = sorted(suspect.canaries)
    scanner = Scanner([suspect.canaries[number] for number in numbers])
    opened = (Part(place="its name", text=suspect.name, read=False),) if suspect.name else tuple(parts(suspect.data))
    places = scanner.places(range(len(numbers)), suspect.digest, opened, lambda index: suspect.alike[numbers[index]])
    return {numbers[index]: place for index, place in places}


def _search(searched: Searched) -> Search:
    return _loaded(searched) if isinstance(searched, Path) else searched


@lru_cache(maxsize=1)
def _loaded(folder: Path) -> Search:
    return Search.load(folder)
