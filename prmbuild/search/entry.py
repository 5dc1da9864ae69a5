"""What search knows of one page, made once and shared by every portal that shows the page."""

import json
import struct
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache
from json.encoder import encode_basestring
from typing import Protocol

from msgspec import Struct

from prmbuild.errors import StoreError
from prmbuild.search.members import member
from prmbuild.search.tokens import BUCKETS, EDGE, bucket, respelled, terms

TITLE = 0
ABOUT = 1
FIRST_SECTION = 2
"""Numbers of the parts of a page: its title, its description and labels, then its sections in order."""

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_LENGTHS = struct.Struct(f"<{BUCKETS + 5}I")


class Section(Protocol):
    """A part of a page below a heading."""

    @property
    def anchor(self) -> str:
        """Empty for the text before the first heading."""

    @property
    def title(self) -> str:
        """Its heading; the page's title where it has none."""

    @property
    def text(self) -> str:
        """What stands below the heading."""


class Entry(Struct, frozen=True, kw_only=True):
    """A page in search data.

    Attributes:
        page: JSON of what a list of results shows of the page, with the number of its words and the length of ``text``
            in bytes.
        text: JSON of the description and of ``[anchor, title, text]`` of every section, gzipped.
        words: how many the page has.
        buckets: JSON strings, one for each bucket, of its terms and the parts of the page that each stands in: their
            numbers to the base of 36, ``^`` where it stands in the heading, ``*n`` where it stands there n times.
    """

    page: bytes
    text: bytes
    words: int
    buckets: tuple[bytes, ...]

    def to_bytes(self) -> bytes:
        """Return the entry as a cache keeps it."""
        lengths = (self.words, len(self.page), len(self.text), *map(len, self.buckets))
        return b"".join((_LENGTHS.pack(*lengths), self.page, self.text, *self.buckets))

    @classmethod
    def from_bytes(cls, data: bytes) -> "Entry":
        """Read an entry.

        Raises:
            StoreError: the bytes are no entry.
        """
        try:
            words, *lengths = _LENGTHS.unpack_from(data)
        except struct.error as error:
            raise StoreError("an entry of search data cannot be read", hint="run 'prmbuild cache prune'") from error
        pieces = []
        start = _LENGTHS.size
        for length in lengths:
            pieces.append(data[start : start + length])
            start += length
        page, text, *buckets = pieces
        return cls(page=page, text=text, words=words, buckets=tuple(buckets))


def entry(
    *,
    url: str,
    title: str,
    description: str,
    language: str,
    type: str | None,
    labels: Sequence[str],
    sections: Sequence[Section],
) -> Entry:
    """Take the words of a page.

    Args:
        url: relative to the portal's root.
        title: plain text.
        description: plain text.
        language: a BCP 47 tag.
        type: a slug, or None.
        labels: the names of its type and topics.
        sections: the page's text, in order.
    """
    texts = [section.text for section in sections]
    headings = [_heading(section, title) for section in sections]
    postings: dict[str, list[str]] = defaultdict(list)
    words = 0

    def read(number: int, heading: str, text: str) -> None:
        nonlocal words
        headed = frozenset((*terms(heading), *respelled(heading))) if heading else ()
        said = f"{heading} {text}" if heading else text
        found = Counter(terms(said))
        words += found.total()
        found.update(respelled(said))
        part = _base36(number)
        for term, often in found.items():
            where = f"{part}^" if term in headed else part
            postings[term].append(where if often == 1 else f"{where}*{_base36(often)}")

    read(TITLE, "", title)
    read(ABOUT, "", " ".join((description, *labels)))
    for number, (heading, text) in enumerate(zip(headings, texts, strict=True), FIRST_SECTION):
        read(number, heading, text)

    shown = [
        (section.anchor, heading, text) if section.anchor else ("", "", f"{heading} {text}".strip())
        for section, heading, text in zip(sections, headings, texts, strict=True)
    ]
    spread: list[list[str]] = [[] for _ in range(BUCKETS + 2)]
    for term in sorted(postings):
        spread[bucket(term)].append(f"{term}{EDGE}{','.join(postings[term])}")
    packed = member(_json([description, *shown]), 9)
    return Entry(
        page=_json(
            {
                "url": url,
                "title": title,
                "language": language,
                "type": type or "",
                "words": words,
                "size": len(packed),
            }
        ),
        text=packed,
        words=words,
        buckets=tuple(_text(EDGE.join(found)) for found in spread),
    )


def _heading(section: Section, title: str) -> str:
    """Return what a section's heading says; nothing where it only says the page's title again, which has its own part.

    Results show what has no anchor below the page's title, without a heading. A first heading that says something else
    is the beginning of its text there.
    """
    if section.anchor:
        return section.title
    return "" if section.title.split() == title.split() else section.title


@cache
def _base36(number: int) -> str:
    digits = _DIGITS[number % 36]
    while number := number // 36:
        digits = _DIGITS[number % 36] + digits
    return digits


def _text(text: str) -> bytes:
    """Return what `_json` returns of a text, of which each page has hundreds, in a fraction of the time."""
    return encode_basestring(text).encode("utf-8", "replace")


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
