"""What the audit knows of a programme: its canaries, and what they said before they were cut down to letters."""

from collections.abc import Iterator, Mapping, Sequence

from prmbuild.audit.batches import MapBatches, by_size
from prmbuild.audit.canaries import Canary, Collection, Source
from prmbuild.audit.contents import Contents
from prmbuild.audit.gather import Origin, collected, general, origins
from prmbuild.audit.table import Table
from prmbuild.audit.work import collect
from prmbuild.desired import Desired

_BATCH = 1 << 18
"""Bytes of sources that a process reads at a time."""


class KnownCanaries:
    """The canaries of a programme.

    Args:
        state: the programme.
        contents: reads its files.
        map_batches: does the work.

    Attributes:
        origins: where they come from.
        table: all of them.
    """

    def __init__(self, state: Desired, contents: Contents, map_batches: MapBatches) -> None:
        self._contents = contents
        self._general = general(state, contents)
        self.origins = [*(Origin(path=path) for path in self._general), *origins(state)]
        self._collections: dict[int, Collection] = dict(enumerate(self._general.values()))
        self.table = Table()
        for number, found in self._collections.items():
            self.table.add(found.packed(), number)
        number = len(self._general)
        for batch in map_batches(collect, by_size(self._files(), lambda file: len(file[1]), _BATCH)):
            for packed in batch:
                self.table.add(packed, number)
                number += 1
        self.table.finish()

    def canaries(self, numbers: Sequence[int]) -> Mapping[int, Canary]:
        """Return number → canary, its words in place of its text."""
        sources: dict[int, dict[Source, None]] = {number: {} for number in numbers}
        for number, origin, kind, line in self.table.places(numbers):
            sources[number][Source(kind, self.origins[origin].path, line)] = None
        found = {}
        for number in numbers:
            phrase, match = self.table.phrase(number), self.table.match(number)
            found[number] = Canary(
                key=phrase.replace(" ", ""),
                words=tuple(phrase.split(" ")),
                text=phrase,
                match=match,
                sources=tuple(sources[number]),
            )
        return found

    def text(self, canary: Canary) -> str:
        """Return a canary as it was first written."""
        path = canary.sources[0].path
        for number, origin in enumerate(self.origins):
            if origin.path == path:
                for known in self._collection(number):
                    if (known.match, " ".join(known.words)) == (canary.match, canary.text):
                        return known.text
        return canary.text

    def _collection(self, number: int) -> Collection:
        if number not in self._collections:
            origin = self.origins[number]
            self._collections[number] = collected(origin, self._data(origin))
        return self._collections[number]

    def _files(self) -> Iterator[tuple[Origin, bytes]]:
        for origin in self.origins[len(self._general) :]:
            yield origin, self._data(origin)

    def _data(self, origin: Origin) -> bytes:
        return b"" if origin.blob is None else self._contents.data(origin.blob)
