"""The parts of an article that search finds by themselves: each heading with the text below it.

Cut as the theme's own search does it: a heading with an id begins a part; of tags only those that results show are
kept; white space is one space, except in code.
"""

from collections.abc import Iterable, Mapping
from html import escape, unescape

from msgspec import Struct, field

from prmbuild.render.article import Section
from prmbuild.render.tokens import RAW, Tag

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_KEPT = frozenset({"p", "code", "pre", "li", "ol", "ul", "sub", "sup"})
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
)
_WITHOUT_TEXT = _VOID | RAW
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
        Section(anchor=part.anchor, title="".join(part.title or [title]).strip(), text="".join(part.text).strip())
        for part in cutter.parts
        if not part.excluded
    )


class _Cutter:
    def __init__(self) -> None:
        self.parts: list[_Part] = []
        self._open: list[tuple[bool, bool]] = []
        """Of each element that is open whether it is skipped, and whether it is a permalink."""
        self._tags: list[str] = []
        self._skipping = self._permalinks = 0
        self._part: _Part | None = None

    def start(self, tag: Tag) -> None:
        name = tag.name
        if name in _WITHOUT_TEXT:
            return
        named = {attribute.name: attribute.value for attribute in tag.attributes} if tag.attributes else _NOTHING
        excluded = "data-search-exclude" in named
        skipped = excluded or name == "object" or named.get("class") == "linenodiv"
        permalink = name == "a" and named.get("class") == "headerlink"
        self._open.append((skipped, permalink))
        self._tags.append(name)
        if name in _HEADINGS and "id" in named:
            if name != "h1" and not self.parts:
                self._begin(_Part("", depth=len(self._open)))
            self._begin(_Part(name, excluded, len(self._open), named["id"] if self.parts else ""))
        part = self._part or self._begin(_Part(""))
        self._skipping += skipped
        self._permalinks += permalink
        if not self._skipping and name in _KEPT:
            self._written(part).append(f"<{name}>")

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
                self._part = part = outer
        skipped, permalink = self._open.pop()
        tags.pop()
        self._permalinks -= permalink
        skipping = self._skipping
        self._skipping -= skipped
        if skipping or name not in _KEPT:
            return
        written, opening = self._written(part), f"<{name}>"
        first = written.index(opening) if opening in written else len(written)
        if first < len(written) and all(map(str.isspace, written[first + 1 :])):
            del written[first:]
        else:
            written.append(f"</{name}>")

    def text(self, text: str) -> None:
        if self._skipping:
            return
        tags = self._tags
        code = "pre" in tags
        blank = text.isspace()
        if not code:
            text = " " if blank else text.replace("\n", " ")
        part = self._part or self._begin(_Part(""))
        if part.heading in tags:
            if not self._permalinks:
                part.title.append(escape(text, quote=False))
        elif not blank or code or not part.text or not part.text[-1].isspace():
            part.text.append(text if blank else escape(text, quote=False))

    def _begin(self, part: _Part) -> _Part:
        self._part = part
        self.parts.append(part)
        return part

    def _written(self, part: _Part) -> list[str]:
        return part.title if part.heading in self._tags else part.text
