"""The search: which canaries stand in a file, whatever it is packed in.

A text is searched in chunks, and a chunk that stands in many files once; see `prmbuild.audit.chunks`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np

from prmbuild.audit.chunks import chunked_html, chunks, jointed
from prmbuild.audit.layers import between_tags, embedded, layers, views
from prmbuild.audit.letters import letters, words
from prmbuild.audit.needles import SEPARATOR, Needles, Numbers, Places
from prmbuild.audit.parts import Part, parts

_REMEMBERED = 1 << 25
"""Characters of chunks that are remembered at a time."""

_WHOLE, _PHRASES = "whole.json", "phrases"


class Search:
    """Searches for canaries, which it knows by their number.

    Args:
        needles: letters of canaries.
        digests: SHA-256 of a whole file → its canary.
        phrases: canary whose words must stand in a row → these words, with spaces between them.
    """

    def __init__(self, needles: Needles, digests: Mapping[str, int], phrases: Mapping[int, str]) -> None:
        self._needles, self._digests, self._phrases = needles, digests, phrases
        self._chunks: dict[str, tuple[frozenset[int], bytes]] = {}
        self._older: dict[str, tuple[frozenset[int], bytes]] = {}
        self._shared: dict[frozenset[int], frozenset[int]] = {}
        self._remembered = 0

    def save(self, folder: Path) -> None:
        """Write what `load` reads."""
        self._needles.save(folder)
        (folder / _WHOLE).write_text(json.dumps(dict(self._digests)))
        numbers = sorted(self._phrases)
        texts = [self._phrases[number].encode("utf-8", "surrogatepass") for number in numbers]
        np.save(folder / "phrase-numbers.npy", np.array(numbers, np.int32))
        np.save(folder / "phrase-ends.npy", np.cumsum([0, *map(len, texts)], dtype=np.int64))
        (folder / _PHRASES).write_bytes(b"".join(texts))

    @classmethod
    def load(cls, folder: Path) -> "Search":
        """Read what `save` wrote."""
        return cls(Needles.load(folder), json.loads((folder / _WHOLE).read_text()), _Phrases(folder))

    def whole(self, digest: str) -> int | None:
        """Return the canary that stands for a whole file, by its SHA-256; None where there is none."""
        return self._digests.get(digest)

    def exactly(self, texts: Iterable[str]) -> Sequence[frozenset[int]]:
        """Return for each text the canaries that have just its letters."""
        return self._needles.exactly([_bytes(text) for text in texts])

    def file(self, digest: str, opened: Iterable[Part]) -> set[int]:
        """Return the canaries in a file, those included whose words may stand there by accident.

        Args:
            digest: SHA-256 of the file.
            opened: the texts inside it.
        """
        found = {self._digests[digest]} if digest in self._digests else set()
        for part in opened:
            if part.digest in self._digests:
                found.add(self._digests[part.digest])
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
            found.update(np.unique(self._needles.find(whole)[0]).tolist())
        return found

    def spelt(self, text: str) -> set[int]:
        """Return the canaries whose letters stand in a text, in a row."""
        return set(np.unique(self._needles.find(_bytes(text))[0]).tolist())

    def spoken(self, text: str) -> set[int]:
        """Return the canaries that stand in a plain text as words, those excluded that stand there by accident."""
        found = self.spelt(text)
        doubtful = {number for number in found if number in self._phrases}
        if doubtful:
            said = f" {' '.join(words(text))} "
            found -= {number for number in doubtful if f" {self._phrases[number]} " not in said}
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
            cut = jointed(chunk)
            first = len(streams)
            for layer in layers(cut):
                for view in views(layer):
                    streams.append(_bytes(view))
                    size += len(streams[-1]) + 1
                for data in embedded(layer):
                    within |= self.file(sha256(data).hexdigest(), parts(data))
            # what is said between the tags is the first view of the first layer
            said.append(streams[first] if cut == chunk else _bytes(between_tags(chunk)))
            inside.append(within)
        text = SEPARATOR.join(streams)
        numbers, places = self._needles.find(text)
        chunk_numbers = np.searchsorted(np.array(starts), places, "right") - 1
        for chunk_number, number in zip(chunk_numbers.tolist(), numbers.tolist(), strict=True):
            inside[chunk_number].add(number)
        for within, letters_said in zip(inside, said, strict=True):
            found = frozenset(within)
            yield self._shared.setdefault(found, found), letters_said


class _Phrases(Mapping[int, str]):
    """Phrases by number, left in the files of a folder until they are asked for."""

    def __init__(self, folder: Path) -> None:
        self._numbers: Numbers = np.load(folder / "phrase-numbers.npy", mmap_mode="r")
        self._ends: Places = np.load(folder / "phrase-ends.npy", mmap_mode="r")
        self._texts = (folder / _PHRASES).read_bytes()

    def __getitem__(self, number: int) -> str:
        row = int(np.searchsorted(self._numbers, number))
        if row == len(self._numbers) or self._numbers[row] != number:
            raise KeyError(number)
        return self._texts[self._ends[row] : self._ends[row + 1]].decode("utf-8", "surrogatepass")

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers.tolist())

    def __len__(self) -> int:
        return len(self._numbers)


def _bytes(text: str) -> bytes:
    return letters(text).encode("utf-8", "surrogatepass")
