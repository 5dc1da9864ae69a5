"""Audience blocks: parts of a page for some of its readers, resolved on the Markdown source.

A line ``/// show-to | AUDIENCE`` opens a block, a line with as many slashes closes it; the two lines vanish, and so
does what stands between where the audience does not admit the reader. An opening line is one wherever it stands, in a
code fence too, and a line that nearly is one is an error: whoever is in doubt sees less.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from prmbuild import codes
from prmbuild.diagnostics import Diagnostic
from prmbuild.visibility.audience import Audience

_OPENS = re.compile(r"^\s*(/{3,})\s*show-to\s*(?:\|(.*))?$")
_CLOSES = re.compile(r"^\s*(/{3,})\s*$")
_SUSPECT = re.compile(r"/{2,}\s*show[-_ ]?to\b|^\s*/{3,}[^/|]*\|", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a page for an audience; its chunks are text and blocks within."""

    audience: Audience
    chunks: "tuple[Chunk, ...]"


Chunk = str | Block
AudienceReader = Callable[[str, int, int], tuple[Audience | None, tuple[Diagnostic, ...]]]
"""Reads the audience written after the bar, given its line and column in the file, counted from 1."""


@dataclass(slots=True)
class _Open:
    slashes: str
    line: int
    column: int
    audience: Audience | None
    chunks: list[Chunk]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedText:
    """A page's body with its audience blocks taken apart."""

    chunks: tuple[Chunk, ...]

    def audiences(self) -> tuple[Audience, ...]:
        """Return the audience of every block, in the order of the page."""
        return tuple(_audiences(self.chunks))

    def resolve(self, admits: Callable[[Audience], bool]) -> str:
        """Return the body as a reader may see it."""
        return "".join(_resolve(self.chunks, admits))


def parse_blocks(
    body: str, *, path: str, first_line: int, read_audience: AudienceReader
) -> tuple[BlockedText, tuple[Diagnostic, ...]]:
    """Take the audience blocks of a page apart.

    Args:
        body: Markdown, ``\\n`` line ends.
        path: the page, for findings.
        first_line: the line of the file on which the body starts.
        read_audience: reads what stands behind the bar.

    Returns:
        The body taken apart, and findings; a page with findings must not be published.
    """
    if "///" not in body and not _SUSPECT.search(body):
        return BlockedText(chunks=(body,)), ()
    found: list[Diagnostic] = []
    top = _Open(slashes="", line=0, column=0, audience=None, chunks=[])
    stack = [top]
    for number, line in enumerate(body.splitlines(keepends=True), first_line):
        text = line.rstrip("\n")
        column = len(line) - len(line.lstrip()) + 1
        if opens := _OPENS.match(text):
            block = _Open(slashes=opens.group(1), line=number, column=column, audience=None, chunks=[])
            written = (opens.group(2) or "").strip()
            if written:
                at = opens.start(2) + len(opens.group(2)) - len(opens.group(2).lstrip()) + 1
                block.audience, problems = read_audience(written, number, at)
                found.extend(problems)
            else:
                found.append(
                    codes.BLOCK_WITHOUT_AUDIENCE.at(
                        path,
                        "audience block without an audience",
                        line=number,
                        column=column,
                        hint="write '/// show-to | AUDIENCE'",
                    )
                )
            stack.append(block)
        elif (closes := _CLOSES.match(text)) and any(block.slashes == closes.group(1) for block in stack[1:]):
            while stack[-1].slashes != closes.group(1):
                found.append(_left_open(path, stack[-1]))
                _close(stack)
            _close(stack)
        else:
            if _SUSPECT.search(text):
                found.append(
                    codes.BLOCK_MALFORMED.at(
                        path,
                        "this looks like an audience block but is not written as one",
                        line=number,
                        column=column,
                        hint="an opening line is exactly '/// show-to | AUDIENCE', a closing line '///'",
                    )
                )
            elif closes:
                found.append(
                    codes.BLOCK_NOT_OPEN.at(
                        path,
                        f"'{closes.group(1)}' closes a block that was never opened",
                        line=number,
                        column=column,
                        hint="remove the line, or open a block with '/// show-to | AUDIENCE'",
                    )
                )
            stack[-1].chunks.append(line)
    while len(stack) > 1:
        found.append(_left_open(path, stack[-1]))
        _close(stack)
    return BlockedText(chunks=_merged(top.chunks)), tuple(found)


def _close(stack: list[_Open]) -> None:
    block = stack.pop()
    if block.audience is not None:
        stack[-1].chunks.append(Block(block.audience, _merged(block.chunks)))


def _left_open(path: str, block: _Open) -> Diagnostic:
    return codes.BLOCK_LEFT_OPEN.at(
        path,
        "audience block is never closed",
        line=block.line,
        column=block.column,
        hint=f"close it with a line '{block.slashes}'",
    )


def _merged(chunks: list[Chunk]) -> tuple[Chunk, ...]:
    merged: list[Chunk] = []
    texts: list[str] = []
    for chunk in chunks:
        if isinstance(chunk, str):
            texts.append(chunk)
        else:
            if texts:
                merged.append("".join(texts))
                texts = []
            merged.append(chunk)
    if texts:
        merged.append("".join(texts))
    return tuple(merged)


def _audiences(chunks: tuple[Chunk, ...]) -> Iterator[Audience]:
    for chunk in chunks:
        if isinstance(chunk, Block):
            yield chunk.audience
            yield from _audiences(chunk.chunks)


def _resolve(chunks: tuple[Chunk, ...], admits: Callable[[Audience], bool]) -> Iterator[str]:
    for chunk in chunks:
        if isinstance(chunk, str):
            yield chunk
        elif admits(chunk.audience):
            yield from _resolve(chunk.chunks, admits)
