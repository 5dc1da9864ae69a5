"""The search: which canaries stand in a file, whatever it is packed in.

A text is searched in chunks, and a chunk that stands in many files once; see `prmbuild.audit.chunks`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path

import numpy as np

from prmbuild.audit.anchors import Places
from prmbuild.audit.arrays import read_arrays, write_arrays
from prmbuild.audit.chunks import chunked_html, chunks, lists_terms, terms
from prmbuild.audit.layers import embedded_each
from prmbuild.audit.letters import EDGE, letter_bytes, letter_bytes_each, words
from prmbuild.audit.lists import flags
from prmbuild.audit.needles import SEPARATOR, Needles, Numbers
from prmbuild.audit.parts import Part, parts
from prmbuild.audit.readings import Found, Readings, Remembered
from prmbuild.audit.runs import Runs
from prmbuild.audit.table import Canaries
from prmbuild.errors import AuditError

_REMEMBERED = 1 << 21
"""Characters of chunks that are remembered at a time."""

_TERMS = 1 << 17
"""Terms that are remembered at a time."""

_NONE: frozenset[int] = frozenset()


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
        self._pieces, self._blocks, self._lists = (Remembered(_REMEMBERED) for _ in range(3))
        self._terms: dict[str, frozenset[int]] = {}

    @classmethod
    def of(
        cls, canaries: Canaries, wanted: Numbers | None = None, runs: Runs | None = None, *, thorough: bool = False
    ) -> "Search":
        """Return a search for canaries: all of them, or those that are wanted, in ascending order.

        Args:
            canaries: known by their numbers.
            wanted: those that are searched for; None for all.
            runs: takes in all that is searched.
            thorough: whether it should take its time to prepare, as there is much to search.
        """
        sought = canaries if wanted is None else canaries.only(flags(wanted, len(canaries)))
        numbers = np.arange(len(canaries), dtype=np.int32) if wanted is None else wanted
        digests = {canaries.phrase(number): number for number in numbers[sought.whole()].tolist()}
        letters, ends, spelt = sought.spelt()
        return cls(canaries, (Needles.joined(letters, ends, numbers[spelt], rarest=thorough),), digests, runs)

    @classmethod
    def resumed(cls, canaries: Canaries, index: Needles, runs: Runs | None = None) -> "Search":
        """Return a search for all canaries, the letters of most of which were indexed before.

        Args:
            canaries: known by their numbers.
            index: has the letters of some of them, and of none that is not among them; see `index`.
            runs: takes in all that is searched.
        """
        others = cls.of(canaries, np.flatnonzero(~index.covered(len(canaries))).astype(np.int32))
        return cls(canaries, (index, *others._needles), others._digests, runs)

    @property
    def index(self) -> Needles:
        """The letters of canaries, for another search; without those that `resumed` had to add."""
        return self._needles[0]

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
        return next(iter(self._whole([digest])), None)

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
        return self.files([(digest, tuple(opened))])[0]

    def files(self, files: Sequence[tuple[str, Sequence[Part]]]) -> Sequence[set[int]]:
        """Return the canaries in each of several files, as `file` does; it is faster to search them together.

        Args:
            files: SHA-256 of each, and the texts inside it.
        """
        found = self.inside_each([opened for _, opened in files])
        for (digest, _), within in zip(files, found, strict=True):
            within |= self._whole([digest])
        return found

    def inside_each(self, files: Sequence[Sequence[Part]]) -> Sequence[set[int]]:
        """Return the canaries in what is inside of each of several files: in texts, and files that stand there whole.

        Args:
            files: the texts inside each.
        """
        found = [self._whole([part.digest for part in opened if part.digest]) for opened in files]
        texts = [(owner, part.text) for owner, opened in enumerate(files) for part in opened if part.text]
        for (owner, _), within in zip(texts, self.texts([text for _, text in texts]), strict=True):
            found[owner] |= within
        return found

    def text(self, text: str) -> set[int]:
        """Return the canaries in a text, those included whose words may stand there by accident."""
        return self.texts([text])[0]

    def texts(self, texts: Sequence[str]) -> Sequence[set[int]]:
        """Return the canaries in each of several texts, as `text` does."""
        found: list[set[int]] = [set() for _ in texts]
        pages: list[int] = []
        lists: list[int] = []
        others: list[int] = []
        for index, text in enumerate(texts):
            (pages if chunked_html(text) else lists if self._parted and lists_terms(text) else others).append(index)
        for index, inside in zip(pages, self._in_pages([texts[page] for page in pages]), strict=True):
            found[index] = inside
        told = self._lists.of([texts[index] for index in lists], self._in_lists)
        for index, (numbers, _) in zip(lists, told, strict=True):
            found[index].update(numbers)
        cut = [chunks(texts[index]) for index in others]
        left = iter(self.of_chunks(chain.from_iterable(cut)))
        for index, pieces in zip(others, cut, strict=True):
            found[index].update(*{numbers for numbers, _ in islice(left, len(pieces))})
        return found

    def spelt(self, text: str) -> set[int]:
        """Return the canaries whose letters stand in a text, in a row."""
        return set(self.find(letter_bytes(text))[0].tolist())

    def spoken(self, texts: Iterable[str]) -> set[int]:
        """Return the canaries that stand in plain texts as words, those excluded that stand there by accident."""
        return self.spoken_each([texts])[0]

    def spoken_each(self, spoken: Iterable[Iterable[str]]) -> Sequence[set[int]]:
        """Return for each of several things that are said what `spoken` does; it is faster to search them together."""
        speakers: list[int] = []
        said: list[str] = []
        found: list[set[int]] = []
        for speaker, texts in enumerate(spoken):
            said += texts
            speakers += [speaker] * (len(said) - len(speakers))
            found.append(set())
        spelt = letter_bytes_each(said)
        ends = np.cumsum([len(text) + 1 for text in spelt], dtype=np.int64)
        numbers, places = self.find(SEPARATOR.join(spelt))
        inside = np.searchsorted(ends, places, "right")
        once = np.unique(inside.astype(np.int64) << 32 | numbers)
        numbers, inside = (once & 0xFFFFFFFF).astype(np.int32), once >> 32
        doubtful = self._canaries.in_a_row(numbers)
        for number, text in zip(numbers[~doubtful].tolist(), inside[~doubtful].tolist(), strict=True):
            found[speakers[text]].add(number)
        last, read = -1, ""
        for number, text in zip(numbers[doubtful].tolist(), inside[doubtful].tolist(), strict=True):
            if number not in found[speakers[text]]:
                if text != last:
                    last, read = text, f" {' '.join(words(said[text]))} "
                if f" {self._canaries.phrase(number)} " in read:
                    found[speakers[text]].add(number)
        return found

    def of_chunks(self, pieces: Iterable[str], *, blocks: bool = False) -> Sequence[tuple[frozenset[int], bytes]]:
        """Return the canaries in each of several chunks.

        Args:
            pieces: the chunks.
            blocks: whether they are blocks of one HTML document. What they say between their tags is then not searched,
                as it has to be in a row, but returned in letters beside what was found.
        """
        return (self._blocks if blocks else self._pieces).of(pieces, partial(self._search, blocks))

    def find(self, text: bytes) -> tuple[Numbers, Places]:
        """Return the canaries whose letters stand in the letters of a text, each time that they do, and where."""
        if self._runs is not None:
            self._runs.add(text)
        if len(self._needles) == 1:
            return self._needles[0].find(text)
        found = [needles.find(text) for needles in self._needles]
        return np.concatenate([numbers for numbers, _ in found]), np.concatenate([places for _, places in found])

    def _whole(self, digests: Sequence[str]) -> set[int]:
        """Return the canaries that stand for whole files, by their SHA-256."""
        if self._runs is not None and digests:
            self._runs.add(SEPARATOR.join(digest.encode() for digest in digests))
        return {self._digests[digest] for digest in digests if digest in self._digests}

    def _exactly(self, texts: Sequence[bytes]) -> Sequence[frozenset[int]]:
        found = [needles.exactly(texts) for needles in self._needles]
        return [frozenset().union(*same) for same in zip(*found, strict=True)]

    def _in_pages(self, pages: Sequence[str]) -> Sequence[set[int]]:
        """Return the canaries in each of several HTML documents."""
        cut = [chunks(page) for page in pages]
        told = iter(self.of_chunks(chain.from_iterable(cut), blocks=True))
        found: list[set[int]] = []
        said: list[bytes] = []
        for pieces in cut:
            blocks = list(islice(told, len(pieces)))
            found.append(set().union(*{numbers for numbers, _ in blocks}))
            said.append(b"".join(letters for _, letters in blocks))
        for number, page in self._in_each(said):
            found[page].add(number)
        return found

    def _in_lists(self, lists: Sequence[str]) -> Iterable[Found]:
        """Return the canaries in each of several lists of terms."""
        cut = [terms(text) for text in lists]
        new = sorted(set().union(*cut).difference(self._terms))
        if len(self._terms) + len(new) > _TERMS:
            self._terms.clear()
            new = sorted(set().union(*cut))
        self._terms.update((term, found) for term, (found, _) in zip(new, self._search(False, new), strict=True))
        for inside in cut:
            yield frozenset().union(*set(map(self._terms.__getitem__, inside))), b""

    def _in_each(self, spelt: Sequence[bytes]) -> Iterator[tuple[int, int]]:
        """Yield the canaries in each of several texts, given in letters, and which of them each stands in."""
        starts = np.cumsum([0, *(len(text) + 1 for text in spelt)])
        numbers, places = self.find(SEPARATOR.join(spelt))
        return zip(numbers.tolist(), (np.searchsorted(starts, places, "right") - 1).tolist(), strict=True)

    def _search(self, blocks: bool, pieces: Sequence[str]) -> Iterable[Found]:
        """Search chunks, as `of_chunks` does, all at once; what stands in base64 as files of their own."""
        read = Readings(blocks=blocks)
        for number, chunk in enumerate(pieces):
            read.add(number, chunk)
        inside: dict[int, set[int]] = {}  # most chunks have none
        for number, view in self._in_each(letter_bytes_each(read.views)):
            inside.setdefault(read.viewed[view], set()).add(number)
        for index, data in embedded_each(read.layers):
            inside.setdefault(read.layered[index], set()).update(self.file(sha256(data).hexdigest(), parts(data)))
        found = (frozenset(inside[index]) if index in inside else _NONE for index in range(len(pieces)))
        said = letter_bytes_each(read.said) if blocks else [b""] * len(pieces)
        return zip(found, said, strict=True)

    @cached_property
    def _parted(self) -> bool:
        """Whether no canary stands across `EDGE`."""
        return re.search(EDGE.encode(), self._canaries.phrases.data) is None
