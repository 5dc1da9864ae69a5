"""What the audit knows of a programme: its canaries, and what they said before they were cut down to letters."""

from collections.abc import Mapping, Sequence

from prmbuild.audit.batches import by_size
from prmbuild.audit.canaries import Canary, Collection, Source
from prmbuild.audit.gather import Origin, collected, general, origins
from prmbuild.audit.premises import Premises
from prmbuild.audit.table import Table
from prmbuild.audit.work import Workers

_BATCH = 1 << 18
"""Bytes of sources that a process reads at a time."""


class KnownCanaries:
    """The canaries of a programme.

    Args:
        premises: the programme.
        workers: read its files.

    Attributes:
        origins: where they come from.
        keys: of each origin the digest of all that its canaries depend on.
        canaries: all of them.
        by_origin: the canaries of each origin.
    """

    def __init__(self, premises: Premises, workers: Workers) -> None:
        self._contents = premises.contents
        self._collections: dict[int, Collection] = {}
        self.origins: list[Origin] = []
        self.keys: list[str] = []
        self._table = Table()
        for number, (path, found) in enumerate(general(premises.state, premises.contents).items()):
            self._collections[number] = found
            packed = found.packed()
            self.origins.append(Origin(path=path))
            self.keys.append(packed.key(path))
            self._table.add(packed)
        first = len(self.origins)
        self.origins += origins(premises.state)
        self.keys += (origin.key for origin in self.origins[first:])
        files = ((origin, self._data(origin)) for origin in self.origins[first:])
        for packed in workers.collect(by_size(files, lambda file: len(file[1]), _BATCH)):
            self._table.add(packed)
        self.canaries = self._table.canaries()
        self.by_origin = self._table.by_origin()

    def of(self, numbers: Sequence[int]) -> Mapping[int, Canary]:
        """Return number → canary, its words in place of its text."""
        sources: dict[int, dict[Source, None]] = {number: {} for number in numbers}
        for number, origin, kind, line in self._table.places(numbers):
            sources[number][Source(kind, self.origins[origin].path, line)] = None
        found = {}
        for number in numbers:
            phrase, match = self.canaries.phrase(number), self.canaries.match(number)
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

    def _data(self, origin: Origin) -> bytes:
        return b"" if origin.blob is None else self._contents.data(origin.blob)
