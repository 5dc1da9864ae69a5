"""Where the destinations of links stand in Markdown."""

import html
import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from prmbuild.authored.text import small_letters
from prmbuild.render.attributes import candidates
from prmbuild.render.comments import code_spans, comments_in

_CODE = re.compile(
    r"^(?P<fence>[ \t>]*(?P<mark>`{3,}|~{3,}))[^\n]*\n.*?(?:^[ \t>]*(?P=mark)[`~]*[ \t]*$|\Z)", re.DOTALL | re.MULTILINE
)
_NOT_A_LINE_END = re.compile(r"[^\n]")
_PARAGRAPH_END = re.compile(r"\n[ \t]*+\n|\Z")

_LABEL = r"\[(?:[^\[\]\\]|\\.|\[(?:[^\[\]\\]|\\.)*\](?:\([^()\n]*\))?)*\]"
_TARGET = r"\(\s*(?:<([^<>\n]*)>|((?:[^\s()<>\\]|\\.|\([^\s()]*\)|[ \t](?![\s\"']))+))"
_INLINE = re.compile(rf"\]{_TARGET}")
_IMAGE = re.compile(rf"!{_LABEL}{_TARGET}")
_DEFINITION = re.compile(r"^ {0,3}\[[^\]\n]+\]:[ \t]*+\n?+[ \t]*+<?([^\s<>]+)>?", re.MULTILINE)
_HREF = re.compile(r"\bhref\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_EMBEDDED = re.compile(
    r"\b(?:src|srcset|imagesrcset|poster|data|action|formaction|background|cite|longdesc|usemap|icon)\s*=\s*"
    r"(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))",
    re.IGNORECASE,
)
_SHOWN = re.compile(
    r"<(?:img|source|video|audio|track|input)\b[^<>]*?\s(?:src|srcset|poster)\s*=\s*"
    r"(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))",
    re.IGNORECASE,
)
_CSS = re.compile(r"\burl\(\s*(?:\"([^\"()\n]+)\"|'([^'()\n]+)'|([^\s\"'()]+))\s*\)", re.IGNORECASE)
_AUTOMATIC = re.compile(r"<([a-zA-Z][a-zA-Z0-9+.-]*:[^\s<>]+)>")

_DESCRIBED = re.compile(r"\s\d+(?:\.\d+)?[wxh]\s*(?:,|\Z)")
"""What only a ``srcset`` has: how wide or dense one of its pictures is."""

_SIGNS = (
    (_INLINE, re.compile(re.escape("]("))),
    (_DEFINITION, re.compile(re.escape("]:"))),
    (_HREF, re.compile("href")),
    (_AUTOMATIC, re.compile("<")),
    (_IMAGE, re.compile(re.escape("!["))),
    (_EMBEDDED, re.compile(r"(?:src|srcset|poster|data|action|background|cite|longdesc|usemap|icon)\s*=")),
    (_CSS, re.compile(re.escape("url("))),
)
"""Every pattern, and what a text must hold, letters small; most pages are spared most of the searching."""


class Destination(Struct, frozen=True, kw_only=True):
    """The destination of a link or embedding as authored, and where it stands in the file, counted from 1.

    Attributes:
        embedded: whether it is plain that the browser would load it by itself.
    """

    url: str
    line: int
    column: int
    embedded: bool


def destinations(body: str, first_line: int) -> tuple[Destination, ...]:
    """Return the destinations of all links of a page, in order; what stands in code and comments is none.

    Args:
        body: Markdown.
        first_line: the line of the file on which it starts.
    """
    return tuple(
        Destination(url=html.unescape(url), line=line, column=column, embedded=embedded)
        for start, written, embedded in written_destinations(body)
        for line, column in [place(body, start, first_line)]
        for url in _separate(written)
    )


def written_destinations(body: str) -> tuple[tuple[int, str, bool], ...]:
    """Return every destination of a page's links as it is written, in order.

    Returns:
        The offset at which it starts, its letters, and whether the browser would load it by itself.
    """
    text = only_text(body)
    small = small_letters(text)
    found: dict[int, tuple[str, bool]] = {}
    for pattern, sign in _SIGNS:
        if not sign.search(small):
            continue
        embedded = pattern in (_IMAGE, _EMBEDDED, _CSS)
        for match in pattern.finditer(text):
            group = match.lastindex or 0  # of the groups of a pattern, one takes part
            found[match.start(group)] = match[group], embedded
    return tuple((start, written, embedded) for start, (written, embedded) in sorted(found.items()))


def shown(body: str, first_line: int) -> Iterator[tuple[str, int, int]]:
    """Yield what a page shows as a picture, film or sound: each destination as it is written, its line and column."""
    text = only_text(body) if "![" in body or "<" in body else ""
    for pattern in (_IMAGE, _SHOWN):
        for match in pattern.finditer(text):
            group = match.lastindex or 0
            yield html.unescape(match[group]).strip(), *place(text, match.start(group), first_line)


def only_text(body: str) -> str:
    """Return Markdown with its comments and code blanked, every other character in its place."""
    return without_code(_blanked(body, [(comment.start, comment.end) for comment in comments_in(body)]))


def without_code(body: str) -> str:
    """Return Markdown with its code blanked, every other character in its place."""
    text = _CODE.sub(_blank, body) if "```" in body or "~~~" in body else body
    start, spans = 0, list[tuple[int, int]]()
    if "`" not in text:
        return text
    for paragraph in _PARAGRAPH_END.finditer(text):
        spans += code_spans(text, start, paragraph.start())
        start = paragraph.end()
    return _blanked(text, spans)


def comments(body: str, first_line: int) -> Iterator[tuple[int, int, bool]]:
    """Yield line and column of every HTML comment, and whether it is closed."""
    for comment in comments_in(body):
        yield *place(body, comment.start, first_line), comment.closed


def place(text: str, offset: int, first_line: int) -> tuple[int, int]:
    """Return line and column of an offset, counted from 1, in a text that starts on ``first_line``."""
    return text.count("\n", 0, offset) + first_line, offset - text.rfind("\n", 0, offset)


def _separate(written: str) -> Iterator[str]:
    """Yield the addresses of a destination; that of a ``srcset`` holds several."""
    if _DESCRIBED.search(written):
        yield from (written[start:end] for start, end in candidates(written))
    else:
        yield re.sub(r"\\([^\w\s])", r"\1", written.strip())


def _blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    parts: list[str] = []
    end = 0
    for start, stop in spans:
        parts += text[end:start], _NOT_A_LINE_END.sub(" ", text[start:stop])
        end = stop
    return "".join((*parts, text[end:]))


def _blank(found: re.Match[str]) -> str:
    return _NOT_A_LINE_END.sub(" ", found[0])
