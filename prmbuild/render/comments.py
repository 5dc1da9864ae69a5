"""HTML comments in Markdown, which are for authors only and leave the text before anything renders it.

What is a comment in one reading and code in another is a comment: only closed fences, and spans of backticks that are
code whether one looks at the line or at the paragraph, keep theirs.
"""

import re
from collections.abc import Iterator

from msgspec import Struct

_OPENS = "<!--"
_CLOSES = "-->"
_ROUNDS = 4
"""So often is text read again that taking comments out may have joined into new ones; then the rest is dropped."""

_TICKS = re.compile(r"`+")
_FENCE = re.compile(
    r"(?P<prefix>[> \t]*+)(?P<mark>`{3,}|~{3,})[ \t]*\.?[\w#.+-]*+"
    r"(?:[ \t]*\{[^{}<`\n]*\}|(?:[ \t]+(?:title|linenums|hl_lines)=(?:\"[^\"\n]*\"|'[^'\n]*'))*)[ \t]*"
)


class Comment(Struct, frozen=True, kw_only=True):
    """Where a comment stands; one that is never closed ends with the text."""

    start: int
    end: int
    closed: bool


def without_comments(markdown: str) -> str:
    """Return Markdown without its comments, every line in its place; one left open takes all behind it along."""
    for _ in range(_ROUNDS):
        found = comments_in(markdown)
        if not found:
            return markdown
        markdown = _cut(markdown, found)
    found = comments_in(markdown)
    return _cut(markdown, (Comment(start=found[0].start, end=len(markdown), closed=False),)) if found else markdown


def comments_in(markdown: str) -> tuple[Comment, ...]:
    """Return the comments of a Markdown text in order, without what looks like one in code."""
    return tuple(_comments(markdown)) if _OPENS in markdown else ()


def _comments(markdown: str) -> Iterator[Comment]:
    code = _Code(markdown)
    start = markdown.find(_OPENS)
    while start >= 0:
        end = start + len(_OPENS)
        if not code.holds(start):
            end = markdown.find(_CLOSES, end)
            if end < 0:
                yield Comment(start=start, end=len(markdown), closed=False)
                return
            end += len(_CLOSES)
            yield Comment(start=start, end=end, closed=True)
        start = markdown.find(_OPENS, end)


def _cut(markdown: str, found: tuple[Comment, ...]) -> str:
    parts: list[str] = []
    end = 0
    for comment in found:
        parts += markdown[end : comment.start], "\n" * markdown.count("\n", comment.start, comment.end)
        end = comment.end
    return "".join((*parts, markdown[end:]))


class _Code:
    """Tells what certainly is code; made once for a text, then asked from front to back."""

    def __init__(self, markdown: str) -> None:
        lines = markdown.split("\n")
        fenced = _fenced(lines)
        self._kinds: tuple[list[tuple[int, int]], ...] = ([], [], [])
        self._next = [0, 0, 0]
        fences, in_line, in_paragraph = self._kinds
        offset = paragraph = 0
        for line, is_code in zip(lines, fenced, strict=True):
            end = offset + len(line)
            if is_code:
                fences.append((offset, end))
            else:
                in_line += _spans(markdown, offset, end)
            if is_code or not line.strip():
                in_paragraph += _spans(markdown, paragraph, offset)
                paragraph = end
            offset = end + 1
        in_paragraph += _spans(markdown, paragraph, len(markdown))

    def holds(self, position: int) -> bool:
        """Tell whether a position, not before any asked for earlier, is in code."""
        fences, in_line, in_paragraph = (self._inside(kind, position) for kind in range(3))
        return fences or (in_line and in_paragraph)

    def _inside(self, kind: int, position: int) -> bool:
        spans = self._kinds[kind]
        while self._next[kind] < len(spans) and spans[self._next[kind]][1] <= position:
            self._next[kind] += 1
        return self._next[kind] < len(spans) and spans[self._next[kind]][0] <= position


def _fenced(lines: list[str]) -> list[bool]:
    """Tell of each line whether it is in a fence as superfences takes them: closed, and indented throughout."""
    fenced = [False] * len(lines)
    opened: tuple[int, str, str] | None = None
    for number, line in enumerate(lines):
        if opened is None:
            if found := _FENCE.fullmatch(line):
                opened = number, found["prefix"], found["mark"]
        elif line.strip("> \t") and not line.startswith(opened[1]):
            opened = None
        elif line.startswith(opened[1]) and line[len(opened[1]) :].rstrip(" \t") == opened[2]:
            fenced[opened[0] : number + 1] = [True] * (number + 1 - opened[0])
            opened = None
    return fenced


def code_spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield start and end of each span between runs of as many backticks in a paragraph, in linear time."""
    runs = [found.span() for found in _TICKS.finditer(text, start, end)]
    following: list[int | None] = [None] * len(runs)
    latest: dict[int, int] = {}
    for index in range(len(runs) - 1, -1, -1):
        length = runs[index][1] - runs[index][0]
        following[index] = latest.get(length)
        latest[length] = index
    index = 0
    while index < len(runs):
        partner = following[index]
        if partner is None:
            index += 1
        else:
            yield runs[index][0], runs[partner][1]
            index = partner + 1


def _spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the spans of code; none where a backtick is escaped, which makes it hard to tell."""
    if text.find("\\`", start, end) < 0:
        yield from code_spans(text, start, end)
