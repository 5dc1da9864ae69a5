"""Where canaries stand in a file, and how it reads there."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from prmbuild.audit.canaries import MATCHES, Canary, Match
from prmbuild.audit.chunks import chunked_html, chunks, jointed
from prmbuild.audit.layers import between_tags, embedded, layers, views
from prmbuild.audit.letters import EDGE, folded
from prmbuild.audit.parts import Part, parts
from prmbuild.audit.search import Search
from prmbuild.audit.table import Canaries

_INLINE = re.compile(
    r"</?(?:a|abbr|b|bdi|bdo|cite|code|del|dfn|em|i|ins|kbd|mark|q|s|samp|small|span|strong|sub|sup|tspan|u|var|wbr|r|t|rPr)\b"
    r"(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"</[a-z][^<>]*>\s*<[a-z][^<>]*>", re.IGNORECASE)
_GAP = "\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a canary was found: the part of the file, whether that is what its readers see, and how it reads."""

    part: str
    read: bool
    excerpt: str


class Scanner:
    """Searches for canaries, which it knows by their number, and tells where they stand.

    Args:
        canaries: what to search for.
    """

    def __init__(self, canaries: Sequence[Canary]) -> None:
        self.canaries = canaries
        phrases = [(MATCHES.index(canary.match), " ".join(canary.words)) for canary in canaries]
        self.search = Search.of(Canaries.of(phrases))

    def places(
        self, numbers: Iterable[int], digest: str, opened: Iterable[Part], alike: Callable[[int], object] | None = None
    ) -> Iterator[tuple[int, Place]]:
        """Find where canaries that `file` found stand; those are left out that only parts of other words look like.

        Args:
            numbers: the canaries.
            digest: SHA-256 of the file.
            opened: the texts inside it.
            alike: of canaries for which it returns the same, one is enough.

        Yields:
            Number of the canary and its first place.
        """
        groups: dict[object, set[int]] = defaultdict(set)
        for number in numbers:
            groups[alike(number) if alike else number].add(number)
        wanted = {number: group for group in groups.values() for number in group}
        for number, place in self._places(wanted, digest, opened):
            if number in wanted:
                yield number, place
                for other in tuple(wanted[number]):
                    del wanted[other]

    def _places(self, wanted: Mapping[int, object], digest: str, opened: Iterable[Part]) -> Iterator[tuple[int, Place]]:
        """Yield places of canaries as long as they are in ``wanted``."""
        whole = self.search.whole(digest)
        if whole is not None and whole in wanted:
            yield whole, Place(part="", read=False, excerpt="")
        for part in opened:
            inner = self.search.whole(part.digest)
            if inner is not None and inner in wanted:
                yield inner, Place(part=part.place, read=False, excerpt="")
            for number, excerpt in self._excerpts(wanted, part.text):
                yield number, Place(part=part.place, read=part.read, excerpt=excerpt)

    def _excerpts(self, wanted: Mapping[int, object], text: str) -> Iterator[tuple[int, str]]:
        for chunk in chunks(text):
            if not wanted:
                return
            ((found, _),) = self.search.of_chunks([chunk])
            for number in found & wanted.keys():
                excerpt = self._confirmed(number, chunk) if number in wanted else None
                if excerpt is not None:
                    yield number, excerpt
        if wanted and chunked_html(text):
            whole = _marked(text)
            for number in wanted.keys() & self.search.spelt(between_tags(text)):
                excerpt = _excerpt(self.canaries[number], whole) if number in wanted else None
                if excerpt is not None:
                    yield number, excerpt

    def _confirmed(self, number: int, chunk: str) -> str | None:
        for layer in layers(jointed(chunk)):
            for view in _runs(layer):
                excerpt = _excerpt(self.canaries[number], view)
                if excerpt is not None:
                    return excerpt
            for data in embedded(layer):
                for _, place in self.places((number,), sha256(data).hexdigest(), parts(data)):
                    return place.excerpt
        return None


def _runs(text: str) -> Iterator[str]:
    """Yield `views` of a text in which `_GAP` marks where one run of text ends and another begins."""
    if "<" not in text:
        yield from views(text)
        return
    yield _marked(text)
    _, *others = views(text)
    yield from others


def _marked(text: str) -> str:
    return between_tags(_INLINE.sub("", _BETWEEN.sub(_GAP, text)), _GAP)


def _excerpt(canary: Canary, view: str) -> str | None:
    """Return the words around a canary in a text; None where it does not stand there as it must."""
    text, bare, kept = _bared(view)
    if canary.match in (Match.WORDS, Match.RUN):
        gap = rf"[^\w\"{_GAP}]{{1,6}}|_" if canary.match is Match.RUN else r"[\W_]+"
        joined = f"(?:{gap})".join(re.escape(word) for word in canary.words)
        found = re.compile(rf"(?<![^\W_]){joined}(?![^\W_])").search(text)
        span = found.span() if found else None
    else:
        span = _letters_at(canary, text, bare, kept)
    if span is None:
        return None
    source = view if len(view) == len(text) else text
    around = source[max(0, span[0] - 30) : span[1] + 30]
    return " ".join(around.replace(_GAP, " ").replace(EDGE, " ").split())


@lru_cache(maxsize=8)
def _bared(view: str) -> tuple[str, str, Sequence[int]]:
    """Return a text folded, its letters, and the place of each of them in the folded text."""
    text = folded(view)
    kept = [place for place, character in enumerate(text) if character.isalnum()]
    return text, "".join(text[place] for place in kept), kept


def _letters_at(canary: Canary, text: str, bare: str, kept: Sequence[int]) -> tuple[int, int] | None:
    at = bare.find(canary.key)
    while at >= 0:
        start, end = kept[at], kept[at + len(canary.key) - 1] + 1
        if canary.match is Match.CODE or not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum()):
            return start, end
        at = bare.find(canary.key, at + 1)
    return None
