"""The parts of an article that search finds by themselves: each heading with the text below it.

Cut as the theme's own search does it: a heading with an id begins a part. What stands in two elements is one word only
where both run within a line of text; everything else, a line break or the label of a tab as well as a paragraph, ends
the word before it. A picture says what its text for those who do not see it says.
"""

from collections.abc import Iterable, Mapping
from html import unescape

from msgspec import Struct, field

from prmbuild.render.article import Section
from prmbuild.render.tokens import RAW, Tag

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
)
_WITHIN_A_WORD = frozenset(
    {"a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins",
     "kbd", "mark", "nobr", "q", "rb", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time",
     "tt", "u", "var", "wbr"}
)  # fmt: skip
"""Elements that can begin or end in the middle of a word: those that mark up a piece of text, and a place where a long
word may be broken. Of what the HTML standard shows in a line it is all but controls with their labels, pictures and
what is embedded. Source: https://html.spec.whatwg.org/multipage/text-level-semantics.html, obsolete elements added."""

_POINTERS = frozenset({"headerlink", "footnote-ref", "footnote-backref"})
"""Classes of links whose signs and numbers are no text: to a heading itself, to a footnote and back."""

_NOTHING: Mapping[str, str] = {}
_NEVER = 1 << 60
"""Deeper than anything: the depth of a part that is over."""


class _Part(Struct, eq=False):
    heading: str
    excluded: bool = False
    depth: int = 0
    anchor: str = ""
    title: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)


def sections(read: Iterable[str | Tag], title: str) -> tuple[Section, ...]:
    """Cut an article up.

    Args:
        read: its HTML taken apart by `tokens`.
        title: the page's; that of the part before the first heading.
    """
    cutter = _Cutter()
    text = ""
    for token in read:
        if isinstance(token, str):
            text += token
            continue
        if text:
            cutter.text(unescape(text))
            text = ""
        if token.closing:
            cutter.end(token.name)
        else:
            cutter.start(token)
    if text:
        cutter.text(unescape(text))
    return tuple(
        Section(anchor=part.anchor, title=_line(part.title) if part.title else title, text=_line(part.text))
        for part in cutter.parts
        if not part.excluded
    )


def _line(pieces: list[str]) -> str:
    """Join pieces of text; of white space one space is left."""
    return " ".join("".join(pieces).split())


class _Cutter:
    def __init__(self) -> None:
        self.parts: list[_Part] = []
        self._open: list[bool] = []
        """Of each element that is open whether it is skipped."""
        self._tags: list[str] = []
        self._skipping = 0
        self._part: _Part | None = None

    def start(self, tag: Tag) -> None:
        name = tag.name
        if name in RAW:
            return
        named = {attribute.name: attribute.value for attribute in tag.attributes} if tag.attributes else _NOTHING
        if name in _VOID:
            if name not in _WITHIN_A_WORD:
                self._said(f" {named.get('alt', '')} " if name == "img" else " ")
            return
        excluded = "data-search-exclude" in named
        skipped = excluded or name == "object" or _is_no_text(name, named.get("class", ""))
        self._open.append(skipped)
        self._tags.append(name)
        if name in _HEADINGS and "id" in named:
            if name != "h1" and not self.parts:
                self._begin(_Part("", depth=len(self._open)))
            self._begin(_Part(name, excluded, len(self._open), named["id"] if self.parts else ""))
        self._skipping += skipped
        if name not in _WITHIN_A_WORD:
            self._said(" ")

    def end(self, name: str) -> None:
        tags = self._tags
        if not tags or tags[-1] != name:
            return
        part = self._part or self._begin(_Part(""))
        depth = len(tags)
        if part.depth > depth:
            outer = next((outer for outer in reversed(self.parts) if outer.depth <= depth), None)
            if outer is not None:
                part.depth = _NEVER
                self._part = outer
        tags.pop()
        self._skipping -= self._open.pop()
        if name not in _WITHIN_A_WORD:
            self._said(" ")

    def text(self, text: str) -> None:
        self._said(text)

    def _said(self, text: str) -> None:
        if self._skipping:
            return
        part = self._part or self._begin(_Part(""))
        (part.title if part.heading in self._tags else part.text).append(text)

    def _begin(self, part: _Part) -> _Part:
        self._part = part
        self.parts.append(part)
        return part


def _is_no_text(name: str, classes: str) -> bool:
    return classes == "linenodiv" or (name == "a" and classes in _POINTERS)
