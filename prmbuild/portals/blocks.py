"""Audience blocks: parts of a page for some of its readers, resolved on the Markdown source.

A line ``/// show-to | AUDIENCE`` opens a block, a line with as many slashes closes it; the two lines vanish, and so
does what stands between where the audience does not admit the reader. An opening line is one wherever it stands, in a
code fence too, and a line that nearly is one is an error: whoever is in doubt sees less.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator

from msgspec import Struct

from prmbuild import codes
from prmbuild.diagnostics import Diagnostic
from prmbuild.visibility.audience import Audience

DEPTH = 32
"""How many blocks may stand inside each other."""

_OPENS = re.compile(r"^[ \t]*(/{3,})[ \t]*show-to[ \t]*(?:\|(.*))?$")
_CLOSES = re.compile(r"^[ \t]*(/{3,})[ \t]*$")
_FENCE = re.compile(r"^[ \t]*(?:`{3,}|~{3,})")
_NEARLY = re.compile(
    r"(?<!/)/{2,}\s*(?:show|only\b|audience)|^\s*:{3,}\s*(?:show|only\b|audience)|^[\s>|*+-]*/{3,}[^/|]*\|",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"^(?!.*\|)(?!.*show[-_]?to\b)[^/]*(?<!/)//(?!/)[^/]*$", re.IGNORECASE)
"""A comment of a programming language, of which no reader would think that it hides anything."""

_WORD_OF_BLOCKS = re.compile(r"\s*(?:show|only|audience)", re.IGNORECASE)
_OUTSIDE_CODE = re.compile(r"^\s*(?:/{3,}(?!/)|/{2}\s*[\w-]+\s*$)")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_SLASHES = "\u2044\u2215\u29f8"
_MARKS = re.compile("[/:\uff0f\u2044\u2215\u29f8\uff1a]")


class Block(Struct, frozen=True):
    """A part of a page for an audience; its chunks are text and blocks within."""

    audience: Audience
    chunks: "tuple[Chunk, ...]"


Chunk = str | Block
AudienceReader = Callable[[str, int, int], tuple[Audience | None, tuple[Diagnostic, ...]]]
"""Reads the audience written after the bar, given its line and column in the file, counted from 1."""


class _Open(Struct):
    slashes: str
    line: int
    column: int
    audience: Audience | None
    chunks: list[Chunk]


class BlockedText(Struct, frozen=True, kw_only=True):
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
    if not _holds_blocks(body):
        return BlockedText(chunks=(body,)), ()
    found: list[Diagnostic] = []
    top = _Open(slashes="", line=0, column=0, audience=None, chunks=[])
    stack = [top]
    in_code = False
    malformed = 0
    for number, line in enumerate(_lines(body), first_line):
        text = line.rstrip("\n")
        column = len(line) - len(line.lstrip()) + 1
        if _FENCE.match(text):
            in_code = not in_code
        if opens := _OPENS.match(text):
            block = _Open(slashes=opens.group(1), line=number, column=column, audience=None, chunks=[])
            written = (opens.group(2) or "").strip()
            if len(stack) > DEPTH:
                found.append(_too_deep(path, block))
                return BlockedText(chunks=()), tuple(found)
            if written:
                at = opens.start(2) + len(opens.group(2)) - len(opens.group(2).lstrip()) + 1
                block.audience, problems = read_audience(written, number, at)
                found.extend(problems)
            else:
                found.append(_nameless(path, block))
            stack.append(block)
        elif (closes := _CLOSES.match(text)) and any(block.slashes == closes.group(1) for block in stack[1:]):
            while stack[-1].slashes != closes.group(1):
                found.append(_left_open(path, stack[-1]))
                _close(stack)
            _close(stack)
        else:
            if closes and malformed:
                malformed -= 1
            elif closes:
                found.append(_never_opened(path, closes.group(1), number, column))
            elif _suspect(text, in_code):
                malformed += 1
                found.append(_malformed(path, number, column))
            stack[-1].chunks.append(line)
    while len(stack) > 1:
        found.append(_left_open(path, stack[-1]))
        _close(stack)
    return BlockedText(chunks=_merged(top.chunks)), tuple(found)


def _holds_blocks(body: str) -> bool:
    """Tell whether a line of a body could be that of a block, or be taken for one; in doubt it could."""
    if not _MARKS.search(body):
        return False
    seen = body if body.isascii() else _as_seen(body)
    if "///" in seen or ":::" in seen:
        return True
    start = seen.find("//")
    while start >= 0:
        before = seen[seen.rfind("\n", 0, start) + 1 : start]
        if not before or before.isspace() or _WORD_OF_BLOCKS.match(seen, start + 2):
            return True
        start = seen.find("//", start + 2)
    return False


def _close(stack: list[_Open]) -> None:
    block = stack.pop()
    if block.audience is not None:
        stack[-1].chunks.append(Block(block.audience, _merged(block.chunks)))


def _lines(body: str) -> Iterator[str]:
    """Yield lines with their ends. Only ``\n`` ends one, as in Markdown; Python's splitlines() knows more ends."""
    start = 0
    while (end := body.find("\n", start)) >= 0:
        yield body[start : end + 1]
        start = end + 1
    if start < len(body):
        yield body[start:]


def _suspect(text: str, in_code: bool) -> bool:
    """Tell whether a line that is no opening looks like one to a person: other slashes, invisible characters, typos."""
    if not _MARKS.search(text):
        return False
    seen = text if text.isascii() else _as_seen(text)
    if in_code:
        return bool(_NEARLY.search(seen)) and not _COMMENT.match(seen)
    return bool(_NEARLY.search(seen)) or bool(_OUTSIDE_CODE.match(seen))


def _as_seen(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text)
    for character in set(_NOT_ASCII.findall(plain)):
        if unicodedata.category(character) == "Cf":
            plain = plain.replace(character, "")
        elif character in _SLASHES:
            plain = plain.replace(character, "/")
    return plain


def _nameless(path: str, block: _Open) -> Diagnostic:
    return codes.BLOCK_WITHOUT_AUDIENCE.at(
        path,
        "audience block without an audience",
        line=block.line,
        column=block.column,
        hint="write '/// show-to | AUDIENCE'",
    )


def _malformed(path: str, line: int, column: int) -> Diagnostic:
    return codes.BLOCK_MALFORMED.at(
        path,
        "this looks like an audience block but is not written as one",
        line=line,
        column=column,
        hint="an opening line is exactly '/// show-to | AUDIENCE', a closing line '///'",
    )


def _never_opened(path: str, slashes: str, line: int, column: int) -> Diagnostic:
    return codes.BLOCK_NOT_OPEN.at(
        path,
        f"'{slashes}' closes a block that is not open",
        line=line,
        column=column,
        hint="a block ends at the first such line, in code too: give the block more slashes, or remove the line",
    )


def _too_deep(path: str, block: _Open) -> Diagnostic:
    return codes.BLOCKS_TOO_DEEP.at(
        path,
        f"more than {DEPTH} audience blocks stand inside each other",
        line=block.line,
        column=block.column,
        hint="close the blocks, or give one block an audience that says it all",
    )


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
