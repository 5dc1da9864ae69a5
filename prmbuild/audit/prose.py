"""Markdown as its readers get it: the text, without what only steers the rendering and what only authors read."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from html import unescape
from itertools import compress

_CODE = r"(?P<ticks>`+)(?!`)[^\n]*?(?<!`)(?P=ticks)(?!`)"
_FENCED = r"^[ \t>]*(?P<fence>`{3,}|~{3,})[^\n]*\n.*?(?:^[ \t>]*(?P=fence)[`~]*[ \t]*$)"
_INDENTED = r"^(?: {4}|\t)[^\n]*$"
_COMMENT = re.compile(rf"{_FENCED}|{_INDENTED}|{_CODE}|(?P<comment><!--.*?-->)", re.DOTALL | re.MULTILINE)

_HEADING = re.compile(r"^#\s+(.*?)[\s#]*$", re.MULTILINE)
_FENCED_CODE = re.compile(_FENCED, re.DOTALL | re.MULTILINE)

_LINK = (
    r"\]\(\s*(?:<(?P<angled>[^>\n]*)>|(?P<bare>[^()\n]*?(?:\([^()\n]*\)[^()\n]*?)*))"
    r"(?P<title>\s+(?:\"[^\"\n]*\"|'[^'\n]*'))?\s*\)"
)
_TAG = r"</?[a-zA-Z][\w-]*(?P<attributes>(?:[\s/](?:[^<>\"'\n]|\"[^\"\n]*\"|'[^'\n]*')*)?)>"
_MARKUP = re.compile(f"(?P<code>{_CODE})|{_LINK}|{_TAG}")
_DEFINED = r"^[ ]{0,3}\[(?!\^)[^\]\n]+\]:[ \t]*(?P<defined>\S+)"
_URL_ATTRIBUTE = (
    r"(?<![\w-])(?:href|src|srcset|poster|data|action|cite)\s*=\s*"
    r"(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<plain>[^\s\"'>]+))"
)
_ATTRIBUTES_THAT_LEAD = re.compile(r"(?:href|src|srcset|poster|data|action|cite)\s*=")
_READ_ATTRIBUTES = re.compile(r"(?<![\w-])(?:alt|title|label|summary|aria-label)\s*=\s*(\"[^\"]*\"|'[^']*')")
_DEFINITION = re.compile(r"^\s{0,3}\[(?!\^)[^\]]+\]:\s*(\S+)(.*)$")
_ATTRIBUTE = r"(?:[.#][\w-]+|[\w-]+=(?:\"[^\"]*\"|[^\s}]+))"
_ATTRIBUTES = re.compile(rf"\{{:?\s*{_ATTRIBUTE}(?:\s+{_ATTRIBUTE})*\s*\}}")
_FENCE = re.compile(r"^[\s>]*(`{3,}|~{3,})(.*)$")
_FENCE_TITLE = re.compile(r"title=\"([^\"]*)\"")
_NOT_READ = re.compile(r":[a-z][a-z0-9_+-]*:|\[\^[^\]]+\]:?")
_MARKED = re.compile(r"[\[`<{&]|:[a-z]")
LEAD = re.compile(r"^[\s>]*(?:(?:[-*+]|\d+[.)])\s+(?:\[[ xX]\]\s+)?|(?:!!!|\?\?\?\+?)\s+[\w -]*)?")
"""What a line begins with that only says what kind of line it is."""

_OUTSIDE = re.compile(r"(?:[a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)

_REMEMBERED = 64
"""Texts whose lines are remembered: those that are listened to together are read twice. A page has 40 KB of them."""


def prose(markdown: str, first_line: int = 1) -> Iterator[tuple[int, str]]:
    """Yield each line of a Markdown text as readers get it, with its number.

    What a link says stays; where it leads inside the programme does not, for that is not for every reader of the page.

    Args:
        markdown: the text.
        first_line: number of its first line.
    """
    yield from ((first_line + number, line) for number, line in _prose(markdown))


@lru_cache(maxsize=_REMEMBERED)
def _prose(markdown: str) -> tuple[tuple[int, str], ...]:
    found: list[tuple[int, str]] = []
    fence = ""
    visible = _without_comments(markdown, _emptied)
    for number, line in enumerate(visible.split("\n")):
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
            found += ((number, title) for title in _FENCE_TITLE.findall(mark[2]))
        elif mark and mark[1].startswith(fence) and not mark[2].strip():
            fence = ""
        elif fence:
            found.append((number, line))
        elif line.strip():
            found.append((number, _text(line)))
    return tuple(found)


def destinations(markdown: str, first_line: int = 1) -> Iterator[tuple[int, str]]:
    """Yield each URL that leads out of the programme, with the number of its line."""
    for number, line in enumerate(markdown.split("\n"), first_line):
        if _MARKED.search(line) is None:
            continue
        definition = _DEFINITION.match(line)
        urls = (
            [definition[1]] if definition else [link["angled"] or link["bare"] or "" for link in _MARKUP.finditer(line)]
        )
        yield from ((number, url) for url in urls if _OUTSIDE.match(url))


def quoted(markdown: str) -> str:
    """Return a Markdown text as it was written, without comments and without where links lead inside the programme."""
    text = _without_comments(markdown, lambda _: "")
    fenced = "```" in text or "~~~" in text
    attributes = "=" in text and _ATTRIBUTES_THAT_LEAD.search(text) is not None
    leading = _leading(fenced, "`" in text, "](" in text, "]:" in text, attributes)
    return text if leading is None else leading.sub(_without_destination, text)


@lru_cache(maxsize=32)
def _leading(fenced: bool, code: bool, link: bool, defined: bool, attributes: bool) -> "re.Pattern[str] | None":
    """Return what finds what leads elsewhere, and code; given what a text has, as most have little of it."""
    every = (rf"(?P<fenced>{_FENCED})", rf"(?P<code>{_CODE})", _LINK, _DEFINED, _URL_ATTRIBUTE)
    wanted = list(compress(every, (fenced, code, link, defined, attributes)))
    return re.compile("|".join(wanted), re.DOTALL | re.MULTILINE) if wanted else None


def comments(markdown: str, first_line: int = 1) -> Iterator[tuple[int, str]]:
    """Yield each line of the comments in a Markdown text, with its number."""
    for found in _COMMENT.finditer(markdown) if "<!--" in markdown else ():
        if found["comment"]:
            start = first_line + markdown.count("\n", 0, found.start())
            yield from enumerate(found["comment"][4:-3].split("\n"), start)


def _without_comments(markdown: str, left: "Callable[[re.Match[str]], str]") -> str:
    if "<!--" not in markdown:
        return markdown
    return _COMMENT.sub(lambda found: left(found) if found["comment"] else str(found[0]), markdown)


def _without_destination(found: "re.Match[str]") -> str:
    text, said = str(found[0]), found.groupdict()
    if said.get("fenced") is not None or said.get("code") is not None:
        return text
    for name in ("angled", "bare", "defined", "double", "single", "plain"):
        url = said.get(name)
        if url and not _OUTSIDE.match(url):
            text = text.replace(url, "", 1)
    return text


def first_heading(markdown: str) -> tuple[int, str] | None:
    """Return the line of a Markdown text, counted from 0, that may give it its title, and what it says.

    Neither code nor a comment has one.
    """
    text = _without_comments(markdown, _emptied)
    if "```" in text or "~~~" in text:
        text = _FENCED_CODE.sub(_emptied, text)
    found = _HEADING.search(text)
    return None if found is None else (text.count("\n", 0, found.start()), _text(found[1]))


def _emptied(found: "re.Match[str]") -> str:
    return "\n" * found[0].count("\n")


def _text(line: str) -> str:
    definition = _DEFINITION.match(line)
    if definition:
        return definition[2]
    line = LEAD.sub("", line, count=1)
    if _MARKED.search(line):
        line = unescape(_NOT_READ.sub(" ", _ATTRIBUTES.sub(" ", _MARKUP.sub(_read, line))))
    return line


def _read(found: "re.Match[str]") -> str:
    if found["code"] is not None:
        return str(found["code"])
    if found["attributes"] is not None:
        return " ".join(("", *_READ_ATTRIBUTES.findall(found["attributes"]), ""))
    return f"] {found['title'] or ''}"
