"""Audience blocks of a page in two versions: which of its lines somebody sees who did not, though they were there.

Lines are aligned with those of the version before, lines of blocks and the blocks' own lines alike. A line that was
there, or that stands in the place of others, widens for whoever may see it and might not see those.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby

from msgspec import Struct

from prmbuild.exposure.edits import written
from prmbuild.portals.blocks import Block, BlockedText, Chunk
from prmbuild.visibility.audience import Audience

Admitted = Callable[[Audience], int]
"""Returns whom an audience admits, over the joint list."""

Guard = tuple[tuple[Audience, int], ...]
"""The audiences of the blocks around a line, outermost first, each with the line of the file that opens its block."""


class Line(Struct, frozen=True):
    """A line of a page's body.

    Attributes:
        number: in the file, counted from 1.
        text: without the line end; of a block's own line, a text that no line of a page has.
        own: whether it opens or closes a block.
        viewers: who sees it among the page's readers.
    """

    number: int
    text: str
    guard: Guard
    own: bool
    viewers: int

    @property
    def blank(self) -> bool:
        """Whether nobody can read anything on it."""
        return self.own or not self.text.strip()


class Region(Struct, frozen=True, kw_only=True):
    """Lines in a row that the same viewers see in one version and not in the other.

    Attributes:
        gone: whether they see them in the version before.
        line: where it starts in the version after, counted from 1.
        before: the blocks around it in the version before.
        after: the blocks around it in the version after; what stands there now, where the lines are gone.
    """

    gone: bool
    line: int
    viewers: int
    before: Guard
    after: Guard


class _Exposed(Struct, frozen=True):
    """A line that some see in one version and not in the other."""

    number: int
    viewers: int
    before: Guard
    after: Guard


def lines_of(blocks: BlockedText, first_line: int, admitted: Admitted, readers: int) -> tuple[Line, ...]:
    """Return the lines of a page's body, those that open and close blocks included.

    Args:
        blocks: the body, taken apart.
        first_line: the line of the file on which it starts.
        admitted: whom an audience admits.
        readers: who sees the page.
    """
    return tuple(_Lines(first_line, admitted).of(blocks.chunks, (), readers))


class _Lines:
    """Counts lines while it walks through blocks; each has a line that opens it and one that closes it."""

    def __init__(self, first_line: int, admitted: Admitted) -> None:
        self._number = first_line
        self._admitted = admitted

    def of(self, chunks: tuple[Chunk, ...], guard: Guard, viewers: int) -> Iterator[Line]:
        for chunk in chunks:
            if isinstance(chunk, Block):
                inside = (*guard, (chunk.audience, self._number))
                yield self._own(f"\0open {written(chunk.audience)}", guard, viewers)
                yield from self.of(chunk.chunks, inside, viewers & self._admitted(chunk.audience))
                yield self._own("\0close", guard, viewers)
            else:
                for text in chunk.removesuffix("\n").split("\n"):
                    yield Line(self._number, text, guard, False, viewers)
                    self._number += 1

    def _own(self, text: str, guard: Guard, viewers: int) -> Line:
        line = Line(self._number, text, guard, True, viewers)
        self._number += 1
        return line


def regions(before: Sequence[Line], after: Sequence[Line]) -> tuple[Region, ...]:
    """Find what some see in one version and not in the other, though both versions have it in some form."""
    gained = list(_gained(before, after))
    lost = list(_lost(before, after))
    return (*_joined(gained, gone=False), *_joined(lost, gone=True))


def only_blocks(before: Sequence[Line], after: Sequence[Line], found: Sequence[Region], one: int) -> bool:
    """Tell whether a viewer's two texts differ in nothing but what the regions name.

    Args:
        before: the lines of the version before.
        after: the lines of the version after.
        found: the regions.
        one: the set with this viewer alone.
    """
    named = {
        line.text for lines, gone in ((before, True), (after, False)) for line in lines if line.viewers & one
        and not line.blank and any(region.viewers & one and region.gone is gone for region in found)
    }  # fmt: skip
    was = [line.text for line in before if line.viewers & one and not line.blank]
    now = [line.text for line in after if line.viewers & one and not line.blank]
    return _without(was, now, named)


def _without(was: list[str], now: list[str], named: set[str]) -> bool:
    for kind, start, end, begin, stop in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if kind != "equal" and not named.issuperset((*was[start:end], *now[begin:stop])):
            return False
    return True


def _gained(before: Sequence[Line], after: Sequence[Line]) -> Iterator[_Exposed]:
    known = _by_text(before)
    for was, now in _hunks(before, after):
        replaced = [line for line in was if not line.blank]
        for line in now:
            if line.blank:
                continue
            # nobody can tell which of the lines it replaces it was, or whether it was copied: the narrowest counts
            copied = known.get(line.text, [])
            seen = _by_all(replaced) & (_by_any(copied) if copied else -1)
            if some := line.viewers & ~seen:
                narrow = next(source for source in (*replaced, *copied) if some & ~source.viewers)
                yield _Exposed(line.number, some, narrow.guard, line.guard)


def _lost(before: Sequence[Line], after: Sequence[Line]) -> Iterator[_Exposed]:
    known = _by_text(after)
    for was, now in _hunks(before, after):
        replacing = [line for line in now if not line.blank]
        for line in was:
            targets = [] if line.blank else replacing or known.get(line.text, [])
            if targets and (some := line.viewers & ~_by_any(targets)):
                yield _Exposed(targets[0].number, some, line.guard, targets[0].guard)


def _by_all(lines: Sequence[Line]) -> int:
    seen = -1
    for line in lines:
        seen &= line.viewers
    return seen


def _by_any(lines: Sequence[Line]) -> int:
    seen = 0
    for line in lines:
        seen |= line.viewers
    return seen


def _hunks(before: Sequence[Line], after: Sequence[Line]) -> Iterator[tuple[Sequence[Line], Sequence[Line]]]:
    """Yield which lines stand for which; those that are the same one by one."""
    matcher = SequenceMatcher(None, [line.text for line in before], [line.text for line in after], autojunk=False)
    for kind, start, end, begin, stop in matcher.get_opcodes():
        if kind == "equal":
            yield from zip(zip(before[start:end], strict=True), zip(after[begin:stop], strict=True), strict=True)
        else:
            yield before[start:end], after[begin:stop]


def _by_text(lines: Sequence[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if any(character.isalnum() for character in line.text) and not line.own:
            found[line.text].append(line)
    return found


def _joined(exposed: Sequence[_Exposed], *, gone: bool) -> Iterator[Region]:
    for (viewers, before, after), lines in groupby(exposed, lambda one: (one.viewers, one.before, one.after)):
        yield Region(gone=gone, line=next(lines).number, viewers=viewers, before=before, after=after)
