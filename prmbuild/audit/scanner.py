"""Where canaries stand in a file, and how it reads there."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from prmbuild.audit.canaries import MATCHES, Canary, Match
from prmbuild.audit.chunks import chunked_html, chunks, is_json, jointed
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
_MARKUP = r"(?:b|code|del|em|i|ins|kbd|mark|q|s|samp|small|strong|sub|sup|u|var)"
_WITHIN = re.compile(rf"</t[dh]\s*>\s*<t[dh](?:\s[^<>]*)?>|</{_MARKUP}\s*>\s*<{_MARKUP}(?:\s[^<>]*)?>", re.IGNORECASE)
"""Between two cells of a row, and two words of a line that are marked up: Markdown has both in one line."""

_STRINGS = re.compile(r"(?<!\\)\"[\[\]{},:\s]+\"")
"""Between two strings of JSON."""

_GAP, _JOINT = "\0", "\1"
"""Where a run of text ends and another begins; where that is so, and the line goes on."""

_MARKS = re.compile(f"[{_GAP}{_JOINT}{EDGE}]")

Spared = Callable[[int, tuple[str, ...]], bool]
"""Whether a canary may stand, by its number, across some texts that stand side by side."""


class Place(Struct, frozen=True, kw_only=True):
    """Where a canary was found.

    Attributes:
        part: of the file.
        read: whether that is what its readers see.
        excerpt: how it reads there.
        across: the texts, side by side, in which it stands; empty where it stands in one line.
    """

    part: str
    read: bool
    excerpt: str
    across: tuple[str, ...] = ()


class Scanner:
    """Searches for canaries, which it knows by their number, and tells where they stand.

    Args:
        canaries: what to search for.
        spared: where they may stand; None where they may nowhere.
    """

    def __init__(self, canaries: Sequence[Canary], spared: Spared | None = None) -> None:
        self.canaries = canaries
        self._spared = spared
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
            for number, place in self._in_text(wanted, part.text):
                yield number, replace(place, part=part.place, read=part.read)

    def _in_text(self, wanted: Mapping[int, object], text: str) -> Iterator[tuple[int, Place]]:
        for chunk in chunks(text):
            if not wanted:
                return
            ((found, _),) = self.search.of_chunks([chunk])
            for number in found & wanted.keys():
                place = self._confirmed(number, chunk) if number in wanted else None
                if place is not None:
                    yield number, place
        if wanted and chunked_html(text):
            whole = _marked(text)
            for number in wanted.keys() & self.search.spelt(between_tags(text)):
                place = self._in_view(number, whole) if number in wanted else None
                if place is not None:
                    yield number, place

    def _confirmed(self, number: int, chunk: str) -> Place | None:
        for layer in layers(jointed(chunk)):
            for view in _runs(layer, plain=is_json(chunk)):
                place = self._in_view(number, view)
                if place is not None:
                    return place
            for inner in embedded(layer):
                for _, place in self.places((number,), sha256(inner).hexdigest(), parts(inner)):
                    return place
        return None

    def _in_view(self, number: int, view: str) -> Place | None:
        """Return where a canary stands in a text, as it must and may not, and the words around it."""
        text, _, _ = _bared(view)
        for start, end in _spans(self.canaries[number], view):
            across = _across(text, start, end)
            if not across or self._spared is None or not self._spared(number, across):
                around = (view if len(view) == len(text) else text)[max(0, start - 30) : end + 30]
                return Place(part="", read=False, excerpt=" ".join(_MARKS.sub(" ", around).split()), across=across)
        return None


def side_by_side(text: str) -> tuple[str, ...]:
    """Return the lines of the texts that stand side by side in HTML."""
    return tuple(re.split(f"[{_GAP}{EDGE}\n]", _marked(text)))


def is_inline(tag: str) -> bool:
    """Tell whether a line goes on behind a tag."""
    return _INLINE.fullmatch(tag) is not None


def _runs(text: str, *, plain: bool) -> Iterator[str]:
    """Yield `views` of a text in which `_GAP` marks where one run of text ends and another begins."""
    if "<" not in text:
        yield from (_STRINGS.sub(_GAP, view) for view in views(text, plain=plain))
        return
    yield _marked(text)
    _, *others = views(text, plain=plain)
    if plain:
        others = [_STRINGS.sub(_GAP, view) for view in others]
    yield from others


def _marked(text: str) -> str:
    text = _BETWEEN.sub(_GAP, _WITHIN.sub(_JOINT, text))
    return _STRINGS.sub(_GAP, between_tags(_INLINE.sub("", text), _GAP))


def _spans(canary: Canary, view: str) -> Iterator[tuple[int, int]]:
    """Yield where a canary stands in a text, folded, as it must."""
    text, bare, kept = _bared(view)
    if canary.match in (Match.WORDS, Match.RUN):
        gap = rf"[^\w\"{_GAP}{_JOINT}]{{1,6}}|_" if canary.match is Match.RUN else r"[\W_]+"
        joined = f"(?:{gap})".join(re.escape(word) for word in canary.words)
        yield from (found.span() for found in re.finditer(rf"(?<![^\W_]){joined}(?![^\W_])", text))
    else:
        yield from _letters_at(canary, text, bare, kept)


def _across(text: str, start: int, end: int) -> tuple[str, ...]:
    """Return the texts in which a part of a text stands; none where it stands in one line."""
    if _GAP not in text[start:end] or _JOINT in text[start:end]:
        return ()
    first = max(text.rfind(mark, 0, start) for mark in (_GAP, EDGE)) + 1
    last = min((place for mark in (_GAP, EDGE) if (place := text.find(mark, end)) >= 0), default=len(text))
    return tuple(text[first:last].split(_GAP))


@lru_cache(maxsize=8)
def _bared(view: str) -> tuple[str, str, Sequence[int]]:
    """Return a text folded, its letters, and the place of each of them in the folded text."""
    text = folded(view)
    kept = [place for place, character in enumerate(text) if character.isalnum()]
    return text, "".join(text[place] for place in kept), kept


def _letters_at(canary: Canary, text: str, bare: str, kept: Sequence[int]) -> Iterator[tuple[int, int]]:
    at = bare.find(canary.key)
    while at >= 0:
        start, end = kept[at], kept[at + len(canary.key) - 1] + 1
        if canary.match is Match.CODE or not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum()):
            yield start, end
        at = bare.find(canary.key, at + 1)
