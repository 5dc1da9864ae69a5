"""The search: which canaries stand in a file, whatever it is packed in.

A text is searched in chunks, and a chunk that stands in many files once; see `prmbuild.audit.chunks`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np

from prmbuild.audit.arrays import read_arrays, write_arrays
from prmbuild.audit.chunks import chunked_html, chunks, jointed
from prmbuild.audit.layers import between_tags, embedded, layers, views
from prmbuild.audit.letters import letter_bytes, words
from prmbuild.audit.lists import flags
from prmbuild.audit.needles import SEPARATOR, Needles, Numbers, Places
from prmbuild.audit.parts import Part, parts
from prmbuild.audit.runs import Runs
from prmbuild.audit.table import Canaries
from prmbuild.errors import AuditError

_MARKED = re.compile(r"[<&\\%\"#]")
"""What a text has that can be read in more than one way: without, it is its only layer, and that its only view."""

_REMEMBERED = 1 << 25
"""Characters of chunks that are remembered at a time."""


class Search:
    """Searches for canaries, which it knows by their number.

    Args:
        canaries: those it searches for, and others.
        needles: letters of canaries, in parts.
        digests: SHA-256 of a whole file → its canary.
        runs: takes in all that is searched.
    """

    def __init__(
        self, canaries: Canaries, needles: Sequence[Needles], digests: Mapping[str, int], runs: Runs | None = None
    ) -> None:
        self._canaries, self._needles, self._digests, self._runs = canaries, needles, digests, runs
        self._chunks: dict[str, tuple[frozenset[int], bytes]] = {}
        self._older: dict[str, tuple[frozenset[int], bytes]] = {}
        self._shared: dict[frozenset[int], frozenset[int]] = {}
        self._remembered = 0

    @classmethod
    def of(cls, canaries: Canaries, wanted: Numbers | None = None, runs: Runs | None = None) -> "Search":
        """Return a search for canaries: all of them, or those that are wanted, in ascending order."""
        sought = canaries if wanted is None else canaries.only(flags(wanted, len(canaries)))
        numbers = np.arange(len(canaries), dtype=np.int32) if wanted is None else wanted
        digests = {canaries.phrase(number): number for number in numbers[sought.whole()].tolist()}
        letters, ends, spelt = sought.spelt()
        return cls(canaries, (Needles.joined(letters, ends, numbers[spelt]),), digests, runs)

    def with_others(self, canaries: Canaries, runs: Runs) -> "Search":
        """Return a search for these canaries and others after them, all of which are given; see `Canaries.joined`."""
        numbers = np.arange(len(self._canaries), len(canaries), dtype=np.int32)
        others = Search.of(canaries, numbers)
        return Search(canaries, (*self._needles, *others._needles), {**self._digests, **others._digests}, runs)

    def numbers(self, wanted: Iterable[tuple[int, str]]) -> dict[tuple[int, str], int]:
        """Return the numbers of those canaries, given by match and phrase, that it searches for."""
        keys = list(wanted)
        spelt = [phrase.replace(" ", "").encode("utf-8", "surrogatepass") for _, phrase in keys]
        found: dict[tuple[int, str], int] = {}
        for key, same in zip(keys, self._exactly(spelt), strict=True):
            whole = self._digests.get(key[1])
            for number in same if whole is None else (*same, whole):
                if (int(self._canaries.matches[number]), self._canaries.phrase(number)) == key:
                    found[key] = number
        return found

    def save(self, place: Path) -> None:
        """Write what `load` reads."""
        (needles,) = self._needles
        arrays = {**self._canaries.arrays(), **needles.arrays()}
        write_arrays(place, {"digests": dict(self._digests)}, arrays)

    @classmethod
    def load(cls, place: Path, runs: Runs | None = None) -> "Search":
        """Read what `save` wrote; processes that read the same share it."""
        found = read_arrays(place)
        if found is None:
            raise AuditError(f"{place} is broken", hint="check the disk")
        told, arrays = found
        return cls(Canaries.of_arrays(arrays), (Needles.of_arrays(arrays),), told["digests"], runs)

    def whole(self, digest: str) -> int | None:
        """Return the canary that stands for a whole file, by its SHA-256; None where there is none."""
        if self._runs is not None:
            self._runs.add(digest.encode())
        return self._digests.get(digest)

    def exactly(self, texts: Iterable[str]) -> Sequence[frozenset[int]]:
        """Return for each text the canaries that have just its letters."""
        spelt = [letter_bytes(text) for text in texts]
        if self._runs is not None:
            self._runs.add(SEPARATOR.join(spelt))
        return self._exactly(spelt)

    def file(self, digest: str, opened: Iterable[Part]) -> set[int]:
        """Return the canaries in a file, those included whose words may stand there by accident.

        Args:
            digest: SHA-256 of the file.
            opened: the texts inside it.
        """
        whole = self.whole(digest)
        return self.inside(opened) | (set() if whole is None else {whole})

    def inside(self, opened: Iterable[Part]) -> set[int]:
        """Return the canaries in texts inside a file, as `file` does, and in files that stand whole among them."""
        found: set[int] = set()
        for part in opened:
            whole = self.whole(part.digest) if part.digest else None
            if whole is not None:
                found.add(whole)
            found |= self.text(part.text)
        return found

    def text(self, text: str) -> set[int]:
        """Return the canaries in a text, those included whose words may stand there by accident."""
        found: set[int] = set()
        told = self.of_chunks(chunks(text))
        for inside, _ in told:
            found |= inside
        if chunked_html(text):
            whole = b"".join(said for _, said in told)
            found.update(self.find(whole)[0].tolist())
        return found

    def spelt(self, text: str) -> set[int]:
        """Return the canaries whose letters stand in a text, in a row."""
        return set(self.find(letter_bytes(text))[0].tolist())

    def spoken(self, texts: Iterable[str]) -> set[int]:
        """Return the canaries that stand in plain texts as words, those excluded that stand there by accident."""
        said = list(texts)
        spelt = [letter_bytes(text) for text in said]
        ends = np.cumsum([len(text) + 1 for text in spelt], dtype=np.int64)
        numbers, places = self.find(SEPARATOR.join(spelt))
        doubtful = self._canaries.in_a_row(numbers)
        found = set(numbers[~doubtful].tolist())
        inside = np.searchsorted(ends, places[doubtful], "right")
        read: dict[int, str] = {}
        for number, text in sorted(set(zip(numbers[doubtful].tolist(), inside.tolist(), strict=True))):
            if number not in found:
                if text not in read:
                    read[text] = f" {' '.join(words(said[text]))} "
                if f" {self._canaries.phrase(number)} " in read[text]:
                    found.add(number)
        return found

    def of_chunks(self, pieces: Iterable[str]) -> list[tuple[frozenset[int], bytes]]:
        """Return for each chunk the canaries in it, and the letters that it says between its tags."""
        pieces = list(pieces)
        missing: list[str] = []
        found: dict[str, tuple[frozenset[int], bytes]] = {}
        for chunk in dict.fromkeys(pieces):
            known = self._chunks.get(chunk) or self._older.get(chunk)
            if known is None:
                missing.append(chunk)
            else:
                found[chunk] = known
        if missing:
            found.update(zip(missing, self._search(missing), strict=True))
        self._remember(found)
        return [found[chunk] for chunk in pieces]

    def find(self, text: bytes) -> tuple[Numbers, Places]:
        """Return the canaries whose letters stand in the letters of a text, each time that they do, and where."""
        if self._runs is not None:
            self._runs.add(text)
        if len(self._needles) == 1:
            return self._needles[0].find(text)
        found = [needles.find(text) for needles in self._needles]
        return np.concatenate([numbers for numbers, _ in found]), np.concatenate([places for _, places in found])

    def _exactly(self, texts: Sequence[bytes]) -> Sequence[frozenset[int]]:
        found = [needles.exactly(texts) for needles in self._needles]
        return [frozenset().union(*same) for same in zip(*found, strict=True)]

    def _remember(self, found: Mapping[str, tuple[frozenset[int], bytes]]) -> None:
        """Keep what was found for chunks, and forget what was not asked for since long ago."""
        self._remembered += sum(len(chunk) for chunk in found if chunk not in self._chunks)
        self._chunks |= found
        if self._remembered > _REMEMBERED:
            self._older, self._chunks = self._chunks, {}
            self._shared.clear()
            self._remembered = 0

    def _search(self, pieces: list[str]) -> Iterator[tuple[frozenset[int], bytes]]:
        if not pieces:
            return
        streams: list[bytes] = []
        starts: list[int] = []
        said: list[bytes] = []
        inside: list[set[int]] = []
        size = 0
        for chunk in pieces:
            starts.append(size)
            within: set[int] = set()
            plain = _MARKED.search(chunk) is None
            cut = chunk if plain else jointed(chunk)
            first = len(streams)
            for layer in (chunk,) if plain else layers(cut):
                for view in views(layer):
                    streams.append(letter_bytes(view))
                    size += len(streams[-1]) + 1
                for data in embedded(layer):
                    within |= self.file(sha256(data).hexdigest(), parts(data))
            # what is said between the tags is the first view of the first layer
            said.append(streams[first] if cut == chunk else letter_bytes(between_tags(chunk)))
            inside.append(within)
        text = SEPARATOR.join(streams)
        numbers, places = self.find(text)
        chunk_numbers = np.searchsorted(np.array(starts), places, "right") - 1
        for chunk_number, number in zip(chunk_numbers.tolist(), numbers.tolist(), strict=True):
            inside[chunk_number].add(number)
        for within, letters_said in zip(inside, said, strict=True):
            found = frozenset(within)
            yield self._shared.setdefault(found, found), letters_said
