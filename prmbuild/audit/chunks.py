"""Texts in chunks that stand in many files: the blocks of HTML documents, the records of search data.

What is worked out for a chunk is worked out once, however many files have it.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from prmbuild.audit.letters import EDGE, letters

CHUNK = 2048
"""A text no longer than this, in characters, is one chunk."""

_BLOCK = re.compile(
    r"\n(?=\s*</?(?:p|h[1-6]|tr|li|ul|ol|table|div|section|nav|article|header|footer|aside|main|script|link|meta|label|"
    r"details|blockquote|pre|dl|form|svg|input|button|head|body|url|figure)\b)"
)
_RECORD = '},{"'
"""Where a record of JSON ends and the next begins; in no string of it, as quotation marks are escaped there."""

_TERMS, _NEXT_TERMS = '["', '","'
"""Where the terms of the first page begin in a bucket of search data, and those of the next. `EDGE` parts terms."""

_READ_OTHERWISE = ("<", "&", "\\", "%", "#", '":')
"""What a text has that can be read in more than one way, or as something else than terms."""

_SHORTEST_TERM = 6
"""Characters; no fewer letters of ASCII are a canary."""

_DATA = ("{", "[")
_KEYS = tuple(
    f'"{key}":'
    for key in ("title", "url", "location", "text", "tags", "items", "docs", "config", "updated", "sequence")
)
"""Keys of navigation and search data: the tool's words, not the programme's."""

_ANCHOR = re.compile(r"((?:\bhref=|\"url\":|\"location\":)\"[^\s\"]*/)#")
"""An address up to its fragment; what a text says of an address is in a row."""

_HEADED = re.compile(r'\["([^"\\]+)","((?:[^"\\]|\\.)+)"')
"""The anchor of a section and its title, in search data."""


@lru_cache(maxsize=4)
def chunks(text: str) -> Sequence[str]:
    """Cut a text where blocks of HTML or records of JSON begin."""
    if len(text) <= CHUNK:
        return (text,)
    if text.startswith(_TERMS) and EDGE in text:
        return tuple(text.split(_NEXT_TERMS))
    if not is_json(text):
        return blocks(text)
    first, *others = text.split(_RECORD)
    return (first, *(f'{{"{other}' for other in others))


def is_json(text: str) -> bool:
    """Tell whether a text, or a chunk of one, is JSON: what it says is plain text, no HTML."""
    return text.startswith(_DATA)


def lists_terms(text: str) -> bool:
    """Tell whether a text is a bucket of search data, and can be read in one way only."""
    return text.startswith(_TERMS) and EDGE in text and not any(mark in text for mark in _READ_OTHERWISE)


def terms(text: str) -> Sequence[str]:
    """Return the terms of which `lists_terms` says that a text lists them, with the numbers around them, in chunks.

    What is too short for a canary is left out. Together they say what `chunks` say of the text, as `EDGE` parts them.
    """
    cut = jointed(text) if len(text) <= CHUNK else text.replace(_NEXT_TERMS, EDGE)
    return [term for term in cut.split(EDGE) if len(term) >= _SHORTEST_TERM or not term.isascii()]


def jointed(chunk: str) -> str:
    """Return a chunk with `EDGE` for keys of JSON, after an address, and between an anchor and the title it repeats.

    Nobody wrote what reads across them.
    """
    if "/#" in chunk:
        chunk = _ANCHOR.sub(rf"\1 {EDGE} ", chunk)
    if '":' in chunk:
        for key in _KEYS:
            chunk = chunk.replace(key, f" {EDGE} ")
    if '["' in chunk:
        chunk = _HEADED.sub(_parted, chunk)
    return chunk


def _parted(found: "re.Match[str]") -> str:
    anchor, title = found[1], found[2]
    repeated = letters(anchor).startswith(letters(title))
    return f'["{anchor}" {EDGE} "{title}"' if repeated else found[0]


@lru_cache(maxsize=4)
def blocks(text: str) -> Sequence[str]:
    """Cut HTML where blocks begin."""
    return tuple(_BLOCK.split(text)) if len(text) > CHUNK else (text,)


def chunked_html(text: str) -> bool:
    """Tell whether `chunks` cuts the text between blocks of HTML."""
    return len(text) > CHUNK and "<" in text and not is_json(text)
