"""How the wording of a page changed: two texts compared line by line, and changed lines word by word."""

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from enum import Enum
from functools import cached_property
from itertools import groupby

from msgspec import Struct

from prmbuild.exposure.reading import Line, LineKind

ALIKE = 0.4
"""How alike two lines must be, from 0 to 1, for one to count as the other reworded."""

PAIRED = 10_000
"""Comparisons of lines with lines in one rewritten passage; where it takes more, none of its lines are paired."""

WORDS_AROUND = 8
"""Words that are shown before and after a change inside a long line."""

_WORD = re.compile(r"(?:\w+(?:[.,\u2019'-]\w+)*|[^\w\s])\s*|\s+")
"""A word or mark with the space behind it: spaces by themselves, being everywhere, would make comparing slow."""

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


class Fate(Enum):
    """What became of a piece of text."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


class Piece(Struct, frozen=True):
    """Words in a row with one fate."""

    fate: Fate
    text: str


class ComparedLine(Struct, frozen=True):
    """A line of one text, of the other, or of both, taken apart into pieces."""

    kind: LineKind
    pieces: tuple[Piece, ...]

    @property
    def changed(self) -> bool:
        """Whether it reads differently."""
        return any(piece.fate is not Fate.KEPT for piece in self.pieces)

    def as_it(self, fate: Fate) -> str:
        """Return the line as it was (`Fate.REMOVED`) or is (`Fate.ADDED`)."""
        return "".join(piece.text for piece in self.pieces if piece.fate in (Fate.KEPT, fate))


class Passage(Struct, frozen=True):
    """Lines around a change.

    Attributes:
        skipped: how many unchanged lines were left out before it.
    """

    skipped: int
    lines: tuple[ComparedLine, ...]


class TextDiff(Struct, frozen=True, dict=True):
    """How a text changed.

    Attributes:
        lines: those of both texts, in order.
    """

    lines: tuple[ComparedLine, ...]

    @cached_property
    def changed(self) -> bool:
        """Whether any word did."""
        return any(line.changed for line in self.lines)

    def words(self, fate: Fate) -> int:
        """Return how many words had a fate."""
        pieces = (piece.text for line in self.lines for piece in line.pieces if piece.fate is fate)
        return sum(len(re.findall(r"\w+", text)) for text in pieces)

    def passages(self, context: int) -> tuple[Passage, ...]:
        """Return the changed lines with so many unchanged ones before and after them."""
        near: set[int] = set()
        for number, line in enumerate(self.lines):
            if line.changed:
                near.update(range(max(0, number - context), min(len(self.lines), number + context + 1)))
        found: list[Passage] = []
        shown = 0
        for _, run in groupby(enumerate(sorted(near)), key=lambda item: item[1] - item[0]):
            numbers = [number for _, number in run]
            found.append(Passage(numbers[0] - shown, tuple(self.lines[number] for number in numbers)))
            shown = numbers[-1] + 1
        return tuple(found)


def text_diff(before: Sequence[Line], after: Sequence[Line]) -> TextDiff:
    """Compare two texts."""
    start = _shared(before, after)
    end = _shared(before[start:][::-1], after[start:][::-1])
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    middle: list[ComparedLine] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        middle += map(_kept, old[i1:i2]) if tag == "equal" else _rewritten(old[i1:i2], new[j1:j2])
    return TextDiff((*map(_kept, before[:start]), *middle, *map(_kept, before[len(before) - end :])))


def short(change: TextDiff, *, context: int = 1, limit: int = 12) -> tuple[str, ...]:
    """Return a change in a few lines, as diffs are written: ``-`` before what went, ``+`` before what came.

    Args:
        change: what changed.
        context: unchanged lines shown before and after a change.
        limit: the most lines, or one more to keep a pair together; a last one counts the rest.
    """
    written = list(_written(change, context))
    if len(written) <= limit:
        return tuple(written)
    limit += written[limit - 1].startswith("-") and written[limit].startswith("+")
    left = sum(1 for line in written[limit:] if line.startswith(("-", "+")))
    if not left:
        return tuple(written[:limit])
    return (*written[:limit], f"  … and {left} more changed line{'' if left == 1 else 's'}")


def _written(change: TextDiff, context: int) -> Iterator[str]:
    for passage in change.passages(context):
        if passage.skipped:
            yield "  …"
        for line in passage.lines:
            if not line.changed:
                yield f"  {_printable(_cut(line.as_it(Fate.KEPT)))}"
            else:
                for sign, fate in (("-", Fate.REMOVED), ("+", Fate.ADDED)):
                    other = Fate.ADDED if fate is Fate.REMOVED else Fate.REMOVED
                    pieces = [piece for piece in line.pieces if piece.fate is not other]
                    text = "".join(elided(pieces))
                    if text.strip() and not all(piece.fate is other for piece in line.pieces):
                        yield f"{sign} {_printable(text)}"


def elided(pieces: Sequence[Piece]) -> Iterator[str]:
    """Yield the texts of pieces in a row, kept ones cut down to the words next to a change."""
    for number, piece in enumerate(pieces):
        words = piece.text.split(" ")
        first, last = number == 0, number == len(pieces) - 1
        room = WORDS_AROUND * (1 if first or last else 2)
        if piece.fate is not Fate.KEPT or len(words) <= room + 2:
            yield piece.text
        elif first:
            yield f"… {' '.join(words[-WORDS_AROUND:])}"
        elif last:
            yield f"{' '.join(words[:WORDS_AROUND])} …"
        else:
            yield f"{' '.join(words[:WORDS_AROUND])} … {' '.join(words[-WORDS_AROUND:])}"


def _cut(text: str) -> str:
    words = text.split(" ")
    return text if len(words) <= 2 * WORDS_AROUND else f"{' '.join(words[: 2 * WORDS_AROUND])} …"


def _printable(text: str) -> str:
    """Return a text without what would write over a terminal's line or turn it round."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def _shared(before: Sequence[Line], after: Sequence[Line]) -> int:
    """Return how many lines both texts begin with."""
    number = 0
    for old, new in zip(before, after, strict=False):
        if old != new:
            break
        number += 1
    return number


def _kept(line: Line) -> ComparedLine:
    return ComparedLine(line.kind, (Piece(Fate.KEPT, line.text),))


def _gone(line: Line) -> ComparedLine:
    return ComparedLine(line.kind, (Piece(Fate.REMOVED, line.text),))


def _come(line: Line) -> ComparedLine:
    return ComparedLine(line.kind, (Piece(Fate.ADDED, line.text),))


def _rewritten(old: Sequence[Line], new: Sequence[Line]) -> Iterator[ComparedLine]:
    """Yield the lines of a passage that was rewritten; what is a line reworded stays one line."""
    waiting = 0
    for number, line in enumerate(old):
        partner = None
        if len(old) * len(new) <= PAIRED:
            partner = _likest(line, new[waiting:], len(old) - number)
        if partner is None:
            yield _gone(line)
            continue
        yield from map(_come, new[waiting : waiting + partner])
        yield _reworded(line, new[waiting + partner])
        waiting += partner + 1
    yield from map(_come, new[waiting:])


def _likest(line: Line, candidates: Sequence[Line], old: int) -> int | None:
    """Return the place of the candidate that a line most likely became; None where none is alike.

    Args:
        line: the old line.
        candidates: the new lines that have no old one yet, in order.
        old: how many old lines still look for one; with as many candidates, the first is most likely the one.
    """
    best: tuple[float, int] | None = None
    words = line.text.split()
    for place, candidate in enumerate(candidates):
        if candidate.kind is not line.kind:
            continue
        matcher = SequenceMatcher(None, words, candidate.text.split(), autojunk=False)
        bound = best[0] if best is not None else ALIKE
        if matcher.real_quick_ratio() < bound or matcher.quick_ratio() < bound:
            continue
        ratio = matcher.ratio()
        if ratio > best[0] if best is not None else ratio >= ALIKE:
            best = ratio, place
            if place == 0 and old == len(candidates):
                break
    return best[1] if best is not None else None


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _reworded(old: Line, new: Line) -> ComparedLine:
    before, after = _words(old.text), _words(new.text)
    pieces: list[Piece] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece(Fate.KEPT, "".join(before[i1:i2])))
            continue
        pieces += [
            Piece(fate, "".join(words))
            for fate, words in ((Fate.REMOVED, before[i1:i2]), (Fate.ADDED, after[j1:j2]))
            if words
        ]
    return ComparedLine(new.kind, tuple(_merged(_joined(pieces))))


def _joined(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Join what is removed and added between two kept pieces to one change."""
    for changed, run in groupby(pieces, key=lambda piece: piece.fate is not Fate.KEPT):
        if not changed:
            yield from run
            continue
        some = list(run)
        removed, added = ("".join(one.text for one in some if one.fate is fate) for fate in (Fate.REMOVED, Fate.ADDED))
        space = removed[len(removed.rstrip()) :]
        shared = len(space) if removed and added.endswith(space) and added != space and removed != space else 0
        for fate, text in ((Fate.REMOVED, removed), (Fate.ADDED, added)):
            if text:
                yield Piece(fate, text[: len(text) - shared])
        if shared:
            yield Piece(Fate.KEPT, space)


def _merged(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Make one piece of what was kept in a row."""
    for fate, run in groupby(pieces, key=lambda piece: piece.fate):
        yield Piece(fate, "".join(piece.text for piece in run))
