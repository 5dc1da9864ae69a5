"""Texts that an article shows as a whole, and that the source of its page bears out.

What readers get differs from what Markdown says: an image in a heading is not in the table of contents, a footnote has
a number. So whether a text is a whole one is read from the article; but an article is what a defect of the renderer
would put something hidden into, so it is not believed. A text counts where lines of the source that the page's readers
may see

* have all its letters, in that order, but for what the renderer writes of its own accord (numbers of footnotes, names
  of keys), and
* have none beside them, but in what may show otherwise than it is written: images, where links lead, tags, braces,
  keys, footnotes, icons, marks at the start of a line.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from html import unescape

from prmbuild.audit.layers import layers
from prmbuild.audit.letters import letters, words
from prmbuild.audit.lines import Lines
from prmbuild.audit.prose import LEAD, quoted
from prmbuild.audit.scanner import is_inline, side_by_side
from prmbuild.portals.views import SeenPage
from prmbuild.render.article import ArticleBody, Heading
from prmbuild.render.markup import key_names

_TAG = r"</?[a-zA-Z][\w-]*(?=[\s/>])[^<>]*>"
_BRACKETED = r"\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)"
_OTHERWISE = re.compile(
    rf"!\[[^\]\n]*\](?:{_BRACKETED}|\[[^\]\n]*\])?|\](?:{_BRACKETED}|\[[^\]\n]*\])|{_TAG}|\{{[^{{}}\n]*\}}"
    r"|\+\+[^\s+][^\n]*?\+\+|\[\^[^\]\n]*\]:?|:[a-z][a-z0-9_+-]*:|&#?\w+;"
)
"""What may show otherwise than it is written."""

_TAGS = re.compile(_TAG)
_NUMBER = re.compile(r"\d{1,3}")

_Piece = tuple[str, tuple[str, ...] | None]
"""The letters of a part of a line that must show; or nothing, and the words of one that may not, or otherwise."""


class OwnTexts:
    """The texts of an article that its page's source bears out.

    Args:
        source: Markdown of the page as its readers may see it.
        shown: the texts of the article, each as a whole.
    """

    def __init__(self, source: str, shown: Iterable[str] = ()) -> None:
        self._source = tuple(_pieces(line) for line in _in_lines(source))
        self._shown = Lines(shown)
        self._known: dict[str, bool] = {}

    @classmethod
    def of(cls, seen: SeenPage, body: ArticleBody) -> "OwnTexts":
        """Return the texts of a page."""
        source = "\n\n".join((seen.input.title or "", seen.input.description, quoted(seen.input.text)))
        # decoded as often as whoever searches a file decodes it
        return cls(source, (text for html in _texts(body) for layer in layers(html) for text in side_by_side(layer)))

    def has(self, run: str) -> bool:
        """Whether a run of letters is one text, or several in a row."""
        return any(all(map(self._borne_out, self._shown.spelt[first:last])) for first, last in self._shown.where(run))

    def _borne_out(self, text: str) -> bool:
        if text not in self._known:
            self._known[text] = any(self._begins(text, line) for line in range(len(self._source)))
        return self._known[text]

    def _begins(self, text: str, line: int) -> bool:
        """Tell whether a text is some lines in a row, the first of which is given."""
        reached = frozenset({0})
        for pieces in self._source[line:]:
            for must, may in pieces:
                reached = _past(text, reached, must) if may is None else _perhaps_past(text, reached, may)
            if len(text) in reached or not reached:
                return bool(reached)
        return False


@lru_cache(maxsize=1)
def renderers_own() -> frozenset[str]:
    """Return the words that the renderer writes in place of others."""
    return key_names()


@lru_cache(maxsize=1)
def _instead() -> tuple[str, ...]:
    return tuple({spelt for name in renderers_own() if (spelt := letters(name)) and not spelt.isdigit()})


def _texts(body: ArticleBody) -> Iterator[str]:
    yield from _headings(body.toc)
    for section in body.sections:
        yield section.title
        yield section.text
    yield body.safe


def _headings(toc: Sequence[Heading]) -> Iterator[str]:
    for heading in toc:
        yield heading.title
        yield from _headings(heading.children)


def _in_lines(source: str) -> Sequence[str]:
    """Return Markdown in lines, also where a tag ends one."""
    return _TAGS.sub(lambda found: found[0] if is_inline(found[0]) else "\n", source).split("\n")


def _pieces(line: str) -> tuple[_Piece, ...]:
    found: list[_Piece] = []
    line = unescape(line)
    lead = LEAD.match(line)
    end = lead.end() if lead else 0
    if words(line[:end]):
        found.append(("", words(line[:end])))
    for other in _OTHERWISE.finditer(line, end):
        found += ((letters(line[end : other.start()]), None), ("", words(other[0])))
        end = other.end()
    return (*found, (letters(line[end:]), None)) if line.strip() else ()


def _past(text: str, reached: frozenset[int], must: str) -> frozenset[int]:
    return frozenset(place + len(must) for place in reached if text.startswith(must, place))


def _perhaps_past(text: str, reached: frozenset[int], may: Iterable[str]) -> frozenset[int]:
    for word in may:
        reached |= _past(text, reached, word)
    more = reached
    while more:
        near = [place for place in more if text.startswith(_instead(), place)]
        more = frozenset(place + len(name) for place in near for name in _instead() if text.startswith(name, place))
        more -= reached
        reached |= more
    return reached | {found.end() for place in reached if (found := _NUMBER.match(text, place))}
