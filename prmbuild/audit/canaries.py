"""Strings that would betray something, and where they come from."""

import re
from array import array
from collections.abc import Iterator, Sequence
from enum import Enum
from hashlib import sha256

from msgspec import Struct

from prmbuild.audit.letters import weight, windows, words
from prmbuild.audit.report import Kind

SHORTEST = 6
"""The least number of letters that are worth searching for."""

SHORTEST_TEXT = 8
"""The least number of letters of a line of text."""

FEWEST = 3
"""The least number of words of a line of text."""

LONG = 16
"""With that many letters, and `FEWEST` words, letters alone tell, whatever stands between them."""

UNMISTAKABLE = 32
"""With that many letters, they tell even within words."""

_DATE = re.compile(
    r"\b\d{4}-\d{1,2}-\d{1,2}\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b"
    r"|\b(?:\d{1,2}(?:st|nd|rd|th|\.)?\s+)?[^\W\d_]{3,10}\s+(?:\d{1,2},?\s+)?(?:19|20)\d\d\b"
)

_DATED = re.compile(r"\d{4}|\d[./]\d{1,2}[./]\d")
"""What every date has, and few other texts."""


class Match(Enum):
    """What it takes that a canary counts as found."""

    CODE = "its letters in a row, within a word even"
    LETTERS = "its letters in a row, whatever stands between them, from the start of a word to the end of one"
    WORDS = "its words in a row"
    RUN = "its words in a row, within one run of text"
    DIGEST = "a file of the same bytes"


class Source(Struct, frozen=True):
    """Where something that must not be betrayed stands: repository path and line; ``kind`` of what it is."""

    kind: Kind
    path: str
    line: int


class Canary(Struct, frozen=True, kw_only=True):
    """A string that would betray something.

    Attributes:
        key: its letters; the SHA-256 for `Match.DIGEST`.
        words: folded; one alone where `match` is not about words.
        text: as it was written.
        sources: where it stands, each once.
    """

    key: str
    words: tuple[str, ...]
    text: str
    match: Match
    sources: tuple[Source, ...]


MATCHES = tuple(Match)
KINDS = tuple(Kind)
"""Matches and kinds by the numbers that stand for them in `Packed`."""


class Packed(Struct, frozen=True, kw_only=True):
    """The canaries of one file, small enough to keep those of every file, and quick to send between processes.

    Attributes:
        phrases: words of each canary with spaces between them, a canary a line.
        matches: of each canary.
        canaries: for each place that one stands at, its number in `phrases`.
        kinds: of each place.
        lines: of each place.
    """

    phrases: str
    matches: bytes
    canaries: "array[int]"
    kinds: bytes
    lines: "array[int]"

    def key(self, path: str) -> str:
        """Return a digest of all of this, and of where it comes from."""
        text = f"{path}\0{self.phrases}".encode("utf-8", "surrogatepass")
        told = (self.matches, self.canaries.tobytes(), self.kinds, self.lines.tobytes())
        return sha256(b"\0".join((text, *told))).hexdigest()

    def texts(self) -> Sequence[str]:
        """Return the words of each canary."""
        return self.phrases.split("\n") if self.matches else ()


class Collection:
    """Collects canaries; those with the same letters become one."""

    def __init__(self) -> None:
        self._found: dict[tuple[Match, tuple[str, ...]], tuple[str, dict[Source, None]]] = {}

    def __iter__(self) -> Iterator[Canary]:
        for (match, found), (text, sources) in self._found.items():
            yield Canary(key="".join(found), words=found, text=text, match=match, sources=tuple(sources))

    def packed(self) -> "Packed":
        """Return what was collected without the texts."""
        rows = [(number, source) for number, (_, sources) in enumerate(self._found.values()) for source in sources]
        return Packed(
            phrases="\n".join(" ".join(found) for _, found in self._found),
            matches=bytes(MATCHES.index(match) for match, _ in self._found),
            canaries=array("I", (number for number, _ in rows)),
            kinds=bytes(KINDS.index(source.kind) for _, source in rows),
            lines=array("I", (source.line for _, source in rows)),
        )

    def add(self, text: str, kind: Kind, path: str, line: int = 1) -> None:
        """Add a title, name or path as a whole, where it is specific enough."""
        found = words(text)
        match = _match(found)
        if match is not None:
            self._add(found, text, match, Source(kind, path, line))

    def add_line(self, text: str, kind: Kind, path: str, line: int) -> None:
        """Add a line of text, in parts of `prmbuild.audit.letters.WINDOW` words, where they are specific enough."""
        found = words(text)
        if len(found) < FEWEST or _hardly_more_than_a_date(text, found):
            return
        for window in windows(found):
            match = _match(window) if len(window) >= FEWEST else None
            if match is not None and weight("".join(window)) >= SHORTEST_TEXT:
                self._add(window, text.strip(), match, Source(kind, path, line))

    def add_code(self, text: str, kind: Kind, path: str) -> None:
        """Add an identifier that nobody would write by accident, such as the name of a commit."""
        self._add((text.casefold(),), text, Match.CODE, Source(kind, path, 1))

    def add_digest(self, digest: str, path: str) -> None:
        """Add a whole file."""
        self._add((digest,), path, Match.DIGEST, Source(Kind.ASSET, path, 1))

    def _add(self, found: tuple[str, ...], text: str, match: Match, source: Source) -> None:
        sure = found if match in (Match.RUN, Match.WORDS) else ("".join(found),)
        self._found.setdefault((match, sure), (text, {}))[1][source] = None


def _match(found: tuple[str, ...]) -> Match | None:
    key = "".join(found)
    size = weight(key)
    if key.isdigit():
        return Match.LETTERS if size >= LONG and len(set(key)) > FEWEST else None
    if size < SHORTEST:
        return None
    if len(found) < FEWEST:
        return Match.RUN
    if size >= UNMISTAKABLE:
        return Match.CODE
    return Match.LETTERS if size >= LONG else Match.WORDS


def _hardly_more_than_a_date(text: str, found: tuple[str, ...]) -> bool:
    """Whether a line says little beside a date: portals write dates themselves, in much the same words."""
    if _DATED.search(text) is None or not any(map(str.isdigit, found)):
        return False
    rest = _DATE.sub(" ", text)
    return rest != text and (len(words(rest)) < FEWEST or weight("".join(words(rest))) < SHORTEST_TEXT)
