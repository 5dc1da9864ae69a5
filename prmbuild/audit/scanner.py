"""The search: which canaries stand in a text, and where.

A text is searched in chunks, and every distinct chunk once; see `prmbuild.audit.chunks`.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

import ahocorasick

from prmbuild.audit.canaries import Canary, Match
from prmbuild.audit.chunks import chunked_html, chunks
from prmbuild.audit.layers import between_tags, embedded, layers, views
from prmbuild.audit.letters import EDGE, folded, letters, words
from prmbuild.audit.parts import Part, parts

_INLINE = re.compile(
    r"</?(?:a|abbr|b|bdi|bdo|cite|code|del|dfn|em|i|ins|kbd|mark|q|s|samp|small|span|strong|sub|sup|tspan|u|var|wbr|r|t|rPr)\b"
    r"(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"</[a-z][^<>]*>\s*<[a-z][^<>]*>", re.IGNORECASE)
_GAP = "\0"
_NOTHING: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a canary was found: the part of the file, whether that is what its readers see, and how it reads."""

    part: str
    read: bool
    excerpt: str


class Scanner:
    """Searches for canaries, which it knows by their number.

    Args:
        canaries: what to search for.
    """

    def __init__(self, canaries: Sequence[Canary]) -> None:
        self.canaries = canaries
        self._digests = {canary.key: number for number, canary in enumerate(canaries) if canary.match is Match.DIGEST}
        self._automaton = ahocorasick.Automaton()
        same: dict[str, list[int]] = defaultdict(list)
        for number, canary in enumerate(canaries):
            if canary.match is not Match.DIGEST:
                same[canary.key].append(number)
        for key, numbers in same.items():
            self._automaton.add_word(key, tuple(numbers))
        self._automaton.make_automaton()
        self._chunks: dict[str, frozenset[int]] = {}
        self._shared: dict[frozenset[int], frozenset[int]] = {_NOTHING: _NOTHING}

    def whole(self, digest: str) -> int | None:
        """Return the canary that stands for a whole file, by its SHA-256; None where there is none."""
        return self._digests.get(digest)

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
        for chunk in chunks(text):
            found |= self._chunk(chunk)
        if chunked_html(text):
            found.update(self._in_letters(letters(between_tags(text))))
        return found

    def spoken(self, text: str) -> set[int]:
        """Return the canaries that stand in a plain text as words, those excluded that stand there by accident."""
        found = set(self._in_letters(letters(text)))
        doubtful = {number for number in found if self.canaries[number].match in (Match.WORDS, Match.RUN)}
        if doubtful:
            said = words(text)
            runs: dict[int, set[tuple[str, ...]]] = {}
            for number in doubtful:
                wanted = self.canaries[number].words
                if len(wanted) not in runs:
                    runs[len(wanted)] = set(zip(*(said[start:] for start in range(len(wanted))), strict=False))
                if wanted not in runs[len(wanted)]:
                    found.discard(number)
        return found

    def place(self, number: int, digest: str, opened: Iterable[Part]) -> Place | None:
        """Return where a canary that `file` found stands; None where only parts of other words look like it."""
        canary = self.canaries[number]
        if canary.match is Match.DIGEST and digest == canary.key:
            return Place(part="", read=False, excerpt="")
        for part in opened:
            if part.digest and part.digest == canary.key:
                return Place(part=part.place, read=False, excerpt="")
            for chunk in chunks(part.text):
                if number in self._chunk(chunk):
                    excerpt = self._confirmed(number, canary, chunk)
                    if excerpt is not None:
                        return Place(part=part.place, read=part.read, excerpt=excerpt)
            if chunked_html(part.text) and number in self._in_letters(letters(between_tags(part.text))):
                excerpt = _excerpt(canary, _marked(part.text))
                if excerpt is not None:
                    return Place(part=part.place, read=part.read, excerpt=excerpt)
        return None

    def _in_letters(self, text: str) -> Iterator[int]:
        for _, numbers in self._automaton.iter(text):
            yield from numbers

    def _chunk(self, chunk: str) -> frozenset[int]:
        known = self._chunks.get(chunk)
        if known is None:
            found = frozenset(self._search(chunk))
            known = self._shared.setdefault(found, found)
            self._chunks[chunk] = known
        return known

    def _search(self, chunk: str) -> Iterator[int]:
        for layer in layers(chunk):
            for view in views(layer):
                yield from self._in_letters(letters(view))
            for data in embedded(layer):
                yield from self.file(sha256(data).hexdigest(), parts(data))

    def _confirmed(self, number: int, canary: Canary, chunk: str) -> str | None:
        for layer in layers(chunk):
            for view in _runs(layer):
                excerpt = _excerpt(canary, view)
                if excerpt is not None:
                    return excerpt
            for data in embedded(layer):
                digest = sha256(data).hexdigest()
                if number in self.file(digest, parts(data)):
                    place = self.place(number, digest, parts(data))
                    if place is not None:
                        return place.excerpt
        return None


def _runs(text: str) -> Iterator[str]:
    """Yield `views` of a text in which `_GAP` marks where one run of text ends and another begins."""
    if "<" not in text:
        yield from views(text)
        return
    yield _marked(text)
    *_, within = views(text)
    yield within


def _marked(text: str) -> str:
    return between_tags(_INLINE.sub("", _BETWEEN.sub(_GAP, text)), _GAP)


def _excerpt(canary: Canary, view: str) -> str | None:
    """Return the words around a canary in a text; None where it does not stand there as it must."""
    text = folded(view)
    if canary.match in (Match.WORDS, Match.RUN):
        gap = rf"[^\w\"{_GAP}]{{1,6}}|_" if canary.match is Match.RUN else r"[\W_]+"
        pattern = f"(?:{gap})".join(re.escape(word) for word in canary.words)
    else:
        pattern = r"[\W_]*".join(canary.key)
    if canary.match is not Match.CODE:
        pattern = rf"(?<![^\W_]){pattern}(?![^\W_])"
    found = re.compile(pattern).search(text)
    if found is None:
        return None
    source = view if len(view) == len(text) else text
    around = source[max(0, found.start() - 30) : found.end() + 30]
    return " ".join(around.replace(_GAP, " ").replace(EDGE, " ").split())
