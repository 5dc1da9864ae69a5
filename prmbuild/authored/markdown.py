"""Split a Markdown file into front matter and body."""

import re

from msgspec import Struct

from prmbuild import codes
from prmbuild.authored.document import Place
from prmbuild.authored.text import MIB, decode
from prmbuild.diagnostics import Diagnostic

FRONT = Place(2, 1)
"""Where front matter starts in its file."""

LIMIT = 2 * MIB
"""The most bytes a Markdown file may have."""

_OPENING = re.compile(r"---[ \t]*(?:\n|\Z)")
_MISPLACED = re.compile(
    r"(?:\s|[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]|<!--(?:(?!-->).)*-->)*"
    r"(-{3,}[ \t\u200b\ufeff]*)\n\s*[A-Za-z_]\w*[ \t]*:",
    re.DOTALL,
)
"""Front matter that a person would take for it and that is none: after blanks or a comment, or with too many dashes."""

_CLOSING = re.compile(r"^---[ \t]*(?:\n|\Z)", re.MULTILINE)


class MarkdownParts(Struct, frozen=True, kw_only=True):
    """A Markdown file in two parts, with ``\\n`` line ends.

    Attributes:
        front: the YAML between the two lines of ``---``; None where the file has no front matter.
        body: what comes after.
        body_line: the line of the file on which `body` starts, counted from 1. `front` starts on line 2.
    """

    front: str | None
    body: str
    body_line: int


def split_markdown(path: str, data: bytes) -> tuple[MarkdownParts | None, tuple[Diagnostic, ...]]:
    """Split a Markdown file.

    Returns:
        The parts, or None and what is wrong.
    """
    text, problems = decode(path, data, limit=LIMIT)
    if text is None:
        return None, problems
    text = text.replace("\r", "\n")
    nul = text.find("\0")
    if nul >= 0:
        line = text.count("\n", 0, nul) + 1
        column = nul - (text.rfind("\n", 0, nul) + 1) + 1
        return None, (codes.NUL_BYTE.at(path, "the file holds a NUL byte", line=line, column=column),)
    opening = _OPENING.match(text)
    misplaced = _MISPLACED.match(text) if opening is None else None
    if misplaced is not None:
        line = text.count("\n", 0, misplaced.start(1)) + 1
        hint = "write a line of exactly --- at the very top, and nothing before it"
        return None, (
            codes.FRONT_MATTER_MISPLACED.at(path, "the front matter is not at the top", line=line, hint=hint),
        )
    if opening is None:
        return MarkdownParts(front=None, body=text, body_line=1), ()
    closing = _CLOSING.search(text, opening.end())
    if closing is None:
        hint = "write --- on a line of its own after the last key"
        return None, (codes.FRONT_MATTER_NOT_CLOSED.at(path, "the front matter is never closed", hint=hint),)
    front = text[opening.end() : closing.start()]
    return MarkdownParts(front=front, body=text[closing.end() :], body_line=front.count("\n") + 3), ()
