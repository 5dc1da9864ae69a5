"""HTML taken apart the way a browser does it, in one pass.

Follows the tokenizer of the HTML standard where a tag begins and ends and what its attributes are. Of what a browser
might read in two ways nothing is yielded, so nothing of it can be passed on.

Source: https://html.spec.whatwg.org/multipage/parsing.html#tokenization
"""

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

RAW = frozenset({"script", "style"})
"""Elements whose content is no markup."""

_SPACE = "\t\n\f\r "
_GAP = re.compile(rf"[{_SPACE}/]*")
_SPACES = re.compile(rf"[{_SPACE}]*")
_NAME = re.compile(rf"[^{_SPACE}/>]*")
_KEY = re.compile(rf"[^{_SPACE}/>][^{_SPACE}/>=]*")
_UNQUOTED = re.compile(rf"[^{_SPACE}>]*")
_SOUND_NAME = re.compile(r"[A-Za-z][\w:.-]*", re.ASCII)
_SOUND_KEY = re.compile(r"[A-Za-z_:][\w:.-]*", re.ASCII)
_LETTER = re.compile(r"[A-Za-z]")
_WRITTEN_PLAINLY = re.compile(
    r"<(?:/(?P<closed>[A-Za-z][\w:.-]*+)|(?P<opened>[A-Za-z][\w:.-]*+)"
    r"(?P<attributes>(?:[ \t\n]++[A-Za-z_:][\w:.-]*+(?:=\"[^\"<>]*+\")?)*)[ \t\n]*+/?)>",
    re.ASCII,
)
"""What nearly every tag looks like: nothing about it is unsound, and it is read the same however one reads it.

No group is repeated possessively: before Python 3.11.5, one that had begun to match and did not was passed over as if
it had, and a tag ended where its attribute does (CPython issue 106052).
"""

_PLAIN_ATTRIBUTE = re.compile(r"([A-Za-z_:][\w:.-]*+)(?:=\"([^\"]*+)\")?", re.ASCII)
_RAW_ENDS = {name: re.compile(rf"</{name}(?=[{_SPACE}/>])", re.IGNORECASE) for name in RAW}


class Attribute(NamedTuple):
    """An attribute.

    Attributes:
        name: in lower case.
        value: entities decoded.
        span: where it stands in the text.
        sound: whether nobody can read it in another way; one that is not had better go.
    """

    name: str
    value: str
    span: tuple[int, int]
    sound: bool


class Tag(NamedTuple):
    """A tag; of an element in `RAW`, the element.

    Attributes:
        name: in lower case.
        span: where it stands in the text; of an element in `RAW`, its start tag.
        content: of an element in `RAW`, else empty.
    """

    name: str
    closing: bool
    attributes: tuple[Attribute, ...]
    span: tuple[int, int]
    content: str = ""


_made = tuple.__new__
"""Makes a named tuple of its fields in half the time; a page has some thousand of them."""


def tokens(text: str) -> Iterator[str | Tag]:
    """Yield text and tags in order; comments, declarations, and all behind a tag that never ends are left out.

    A ``<`` that opens nothing becomes an entity, so that no tag can come of what stands around something left out.
    """
    position = 0
    while position < len(text):
        opens = text.find("<", position)
        if opens != position:
            yield text[position : opens if opens >= 0 else len(text)]
            if opens < 0:
                return
        plain = _WRITTEN_PLAINLY.match(text, opens)
        if plain is not None:
            closed, opened, attributes = plain.groups()
            name = (closed or opened).lower()
            if closed is not None or name not in RAW:
                span = plain.span()
                read = _plain_attributes(plain) if attributes and closed is None else ()
                yield _made(Tag, (name, closed is not None, read, span, ""))
                position = span[1]
                continue
        closing = text.startswith("/", opens + 1)
        if _LETTER.match(text, opens + 1 + closing):
            tag = _tag(text, opens, closing)
            if tag is None:
                return
            position = tag.span[1]
            if tag.name in RAW and not closing:
                ends = _RAW_ENDS[tag.name].search(text, position)
                last = _tag(text, ends.start(), True) if ends else None
                if ends is None or last is None:
                    return
                content = text[position : ends.start()]
                tag = Tag(name=tag.name, closing=False, attributes=tag.attributes, span=tag.span, content=content)
                position = last.span[1]
            if _SOUND_NAME.fullmatch(tag.name):
                yield tag
        elif closing or text.startswith(("!", "?"), opens + 1):
            mark = "-->" if text.startswith("<!--", opens) else ">"
            ends_at = text.find(mark, opens + (4 if mark == "-->" else 2))
            if ends_at < 0:
                return
            position = ends_at + len(mark)
        else:
            yield "&lt;"
            position = opens + 1


def tags_at(text: str, wanted: re.Pattern[str]) -> Iterator[str | Tag]:
    """Yield some tags of a text, and all that stands between them as text.

    Args:
        text: HTML in which every ``<`` opens a tag that ends with the next ``>``.
        wanted: matches the tags that are wanted, whole; none of them of an element in `RAW`.
    """
    position = 0
    for found in wanted.finditer(text):
        start = found.start()
        if start > position:
            yield text[position:start]
        plain = _WRITTEN_PLAINLY.match(text, start)
        if plain is None:
            tag = _tag(text, start, text.startswith("/", start + 1))
            assert tag is not None
            yield tag
        else:
            closed, opened, attributes = plain.groups()
            read = _plain_attributes(plain) if attributes and closed is None else ()
            yield Tag(name=(closed or opened).lower(), closing=closed is not None, attributes=read, span=plain.span())
        position = found.end()
    if position < len(text):
        yield text[position:]


def _plain_attributes(found: re.Match[str]) -> tuple[Attribute, ...]:
    read = []
    for attribute in _PLAIN_ATTRIBUTE.finditer(found.string, *found.span("attributes")):
        name, value = attribute.groups("")
        value = html.unescape(value) if "&" in value else value
        read.append(_made(Attribute, (name.lower(), value, attribute.span(), True)))
    return tuple(read)


def _tag(text: str, start: int, closing: bool) -> Tag | None:
    """Read the tag that starts at an offset; None where it never ends."""
    named = _NAME.match(text, start + 1 + closing)
    assert named
    position = named.end()
    attributes: list[Attribute] = []
    while True:
        position = _past(_GAP, text, position)
        if position >= len(text):
            return None
        if text[position] == ">":
            span = start, position + 1
            return Tag(name=named[0].lower(), closing=closing, attributes=tuple(attributes), span=span)
        attribute = _attribute(text, position)
        if attribute is None:
            return None
        attributes.append(attribute)
        position = attribute.span[1]


def _attribute(text: str, start: int) -> Attribute | None:
    end = _past(_KEY, text, start)
    name, value, sound = text[start:end], "", True
    equals = _past(_SPACES, text, end)
    if text.startswith("=", equals):
        begins = _past(_SPACES, text, equals + 1)
        quote = text[begins : begins + 1]
        if quote in ('"', "'") and quote:
            closes = text.find(quote, begins + 1)
            if closes < 0:
                return None
            value, end = text[begins + 1 : closes], closes + 1
            sound = "<" not in value and ">" not in value and text[end : end + 1] in (*_SPACE, "/", ">")
        else:
            end = _past(_UNQUOTED, text, begins)
            value = text[begins:end]
            sound = not any(mark in value for mark in "\"'<`")
    sound = sound and _SOUND_KEY.fullmatch(name) is not None
    return Attribute(name=name.lower(), value=html.unescape(value), span=(start, end), sound=sound)


def _past(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    return found.end() if found else position
