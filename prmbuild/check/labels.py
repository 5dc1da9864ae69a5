"""Labels of links and footnotes, ``[text][label]`` and ``[^label]``, and in which audience blocks they stand."""

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from prmbuild.check.destinations import only_text
from prmbuild.portals.blocks import Block, BlockedText, Chunk
from prmbuild.visibility.audience import Audience

_DEFINITION = re.compile(r"^ {0,3}\[(\^?[^\]\n]+)\]:(?=\s*\S)", re.MULTILINE)
_USE = re.compile(r"(?<!\\)\[(\^?[^\[\]\n]+)\](?![(:])(?!\[[^\]\n])")


class Spot(Struct, frozen=True):
    """A place in a file, counted from 1, and the audiences of the blocks around it, the outermost first."""

    line: int
    column: int
    audiences: tuple[Audience, ...]


class Label(Struct, frozen=True, kw_only=True):
    """A label, where it is defined, and where it is used.

    Attributes:
        written: with its brackets; one of a footnote begins with ``[^``.
    """

    written: str
    definitions: tuple[Spot, ...]
    uses: tuple[Spot, ...]


def labels_across(body: str, blocks: BlockedText, first_line: int) -> tuple[Label, ...]:
    """Return the labels that are used in other audience blocks than those in which they are defined.

    Args:
        body: Markdown.
        blocks: the same, taken apart without findings.
        first_line: the line of the file on which it starts.
    """
    if "]:" not in body or not any(isinstance(chunk, Block) for chunk in blocks.chunks):
        return ()
    text = only_text(body)
    around = tuple(audiences_around(blocks.chunks))
    defined = _spots(_DEFINITION, text, around, first_line)
    used = _spots(_USE, text, around, first_line)
    found = (
        Label(written=f"[{name}]", definitions=spots, uses=used[name])
        for name, spots in defined.items()
        if name in used
    )
    return tuple(label for label in found if len({spot.audiences for spot in (*label.definitions, *label.uses)}) > 1)


def _spots(
    pattern: re.Pattern[str], text: str, around: Sequence[tuple[Audience, ...]], first_line: int
) -> Mapping[str, tuple[Spot, ...]]:
    found: dict[str, tuple[Spot, ...]] = {}
    for match in pattern.finditer(text):
        start = match.start(1) - 1
        line, column = text.count("\n", 0, start), start - text.rfind("\n", 0, start)
        name = " ".join(match[1].split()).lower()
        spot = Spot(line + first_line, column, around[line] if line < len(around) else ())
        found[name] = (*found.get(name, ()), spot)
    return found


def audiences_around(chunks: Sequence[Chunk], outer: tuple[Audience, ...] = ()) -> Iterator[tuple[Audience, ...]]:
    """Yield for each line of a body the audiences of the blocks around it, the outermost first."""
    for chunk in chunks:
        if isinstance(chunk, str):
            yield from [outer] * (chunk.count("\n") + (not chunk.endswith("\n")))
        else:
            yield outer  # the line that opens the block
            yield from audiences_around(chunk.chunks, (*outer, chunk.audience))
            yield outer
