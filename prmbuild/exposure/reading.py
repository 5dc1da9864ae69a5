"""What a reader reads of a page, as lines of plain text: its words without its looks.

Two texts are compared line by line, so a line is what people take in at once: a paragraph, an item, a row of a table.
Where links lead and which pictures stand there is part of what is read.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from html import unescape
from urllib.parse import unquote, urlsplit

from msgspec import Struct, field

from prmbuild.portals.views import SeenCourse
from prmbuild.render.article import ArticleBody
from prmbuild.render.links import internal_path
from prmbuild.render.page import Site
from prmbuild.render.tokens import Tag, tokens
from prmbuild.render.variant import Variant, seen_html
from prmbuild.render.words import Labels


class LineKind(Enum):
    """What a line is to its reader."""

    HEADING = "heading"
    TEXT = "text"
    ITEM = "item"
    ROW = "row"
    CODE = "code"


class Line(Struct, frozen=True):
    """A line of a page.

    Attributes:
        kind: what it is.
        text: plain text, bullets and bars of tables included; never empty.
    """

    kind: LineKind
    text: str


_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "caption", "dd", "details", "div", "dl", "dt", "fieldset",
        "figcaption", "figure", "footer", "form", "header", "hr", "label", "legend", "li", "main", "nav", "ol", "p",
        "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul", *_HEADINGS,
    }
)  # fmt: skip
"""Elements before and after which a line ends."""

_CELLS = frozenset({"td", "th"})
_EMBEDDED = {"img": "picture", "video": "video", "audio": "sound", "iframe": "frame", "object": "object"}
_VOID = frozenset({"br", "hr", "img", "input", "source", "track", "wbr", "area", "col", "embed", "link"})
_SKIPPED_CLASSES = frozenset({"headerlink", "linenos", "linenodiv"})
_SKIPPED = frozenset({"svg", "template", "noscript"})
_SPACE = re.compile(r"\s+")


def page_lines(variant: Variant, body: ArticleBody, site: Site, label: Labels) -> tuple[Line, ...]:
    """Return a page as its readers read it, its day of change apart.

    Args:
        variant: the page as they see it.
        body: the text of its article.
        site: the site that it belongs to.
        label: the names of types and topics.
    """
    article, facts = variant.article, variant.facts
    page_url, portal_url = site.addresses[article.path].url, site.url
    html = seen_html(article, body, variant.followed)
    lines: list[Line] = []
    about = [label(slug) for slug in ((facts.type,) if facts.type else ()) + facts.topics]
    if about:
        lines.append(Line(LineKind.TEXT, " · ".join(about)))
    if "<h1" not in html:
        lines.append(Line(LineKind.HEADING, _collapsed(article.title)))
        if article.description:
            lines.append(Line(LineKind.TEXT, _collapsed(article.description)))
    if facts.download is not None:
        lines.append(Line(LineKind.TEXT, f"[download: {facts.download[1]}]"))
    return (*(line for line in lines if line.text), *html_lines(html, page_url, portal_url))


def course_lines(seen: SeenCourse, titles: Mapping[str, str]) -> tuple[Line, ...]:
    """Return a course as its takers read it, its quiz included; which answers are right they do not read.

    Args:
        seen: the course as they see it.
        titles: repository path → title of its lessons.
    """
    source, quiz = seen.course.source, seen.course.quiz
    lines = [Line(LineKind.HEADING, source.title)]
    if source.description:
        lines.append(Line(LineKind.TEXT, _collapsed(source.description)))
    lines.append(Line(LineKind.TEXT, "[required]" if seen.required else "[optional]"))
    lines.append(Line(LineKind.TEXT, f"[pass mark: {source.pass_mark * 100:.4g} %]"))
    if source.valid_for is not None:
        lines.append(Line(LineKind.TEXT, f"[valid for {source.valid_for.days} days]"))
    lines += (Line(LineKind.TEXT, f"[after course {needed}]") for needed in source.prerequisites)
    lines += (
        Line(LineKind.ITEM, f"{number}. {titles.get(lesson, lesson)}")
        for number, lesson in enumerate(source.lessons, 1)
    )
    for question in quiz.questions if quiz is not None else ():
        lines.append(Line(LineKind.TEXT, _collapsed(question.question)))
        lines += (Line(LineKind.ITEM, f"○ {_collapsed(option.text)}") for option in question.options)
    return tuple(lines)


def html_lines(html: str, page_url: str = "", portal_url: str = "") -> tuple[Line, ...]:
    """Return the text of a fragment of HTML.

    Args:
        html: what stands on a page.
        page_url: the page's URL relative to the portal's root; links are told from there.
        portal_url: the portal's root.
    """
    reader = _Reader(page_url, portal_url)
    for token in tokens(html):
        if isinstance(token, str):
            reader.text(unescape(token))
        elif token.closing:
            reader.end(token.name)
        else:
            reader.start(token)
    return tuple(reader.lines())


class _List(Struct):
    """A list under way; ``number`` is that of its next item, None where items have bullets."""

    number: int | None


class _Reader(Struct):
    _page_url: str
    _portal_url: str
    _found: list[Line] = field(default_factory=list)
    _words: list[str] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)
    _lists: list[_List] = field(default_factory=list)
    _links: list[str] = field(default_factory=list)
    _cells: list[str] | None = None
    _mark: str = ""
    _skipped: int = 0
    """Depth of the element that is skipped; 0 where none is."""

    def start(self, tag: Tag) -> None:
        name = tag.name
        named = {attribute.name: attribute.value for attribute in tag.attributes}
        if name not in _VOID:
            self._open.append(name)
        if self._skipped:
            return
        if name in _SKIPPED or not _SKIPPED_CLASSES.isdisjoint(named.get("class", "").split()):
            self._skipped = len(self._open)
        elif name in _BLOCKS:
            self._end_line()
        if name in ("ol", "ul"):
            self._lists.append(_List(_first(named) if name == "ol" else None))
        elif name == "li":
            self._mark = self._bullet()
        elif name == "tr":
            self._cells = []
        elif name in _CELLS:
            self._words.clear()
        elif name == "a" and not self._skipped:
            self._links.append(named.get("href", ""))
        elif name == "br":
            self._break()
        elif name == "input" and named.get("type") == "checkbox":
            self._words.append("☑ " if "checked" in named else "☐ ")
        elif name in _EMBEDDED:
            self._words.append(_embedded(name, named))
        elif name == "span" and "twemoji" in named.get("class", ""):
            self._words.append(named.get("title", ""))

    def end(self, name: str) -> None:
        if name not in self._open:
            return
        while self._open and self._open.pop() != name:
            pass
        if self._skipped:
            if len(self._open) < self._skipped:
                self._skipped = 0
            return
        if name in _CELLS and self._cells is not None:
            self._cells.append(_collapsed("".join(self._words)))
            self._words.clear()
        elif name == "tr" and self._cells is not None:
            text = " | ".join(self._cells)
            self._cells = None
            self._words.clear()
            self._add(LineKind.ROW, text if text.replace("|", "").strip() else "")
        elif name == "a" and self._links:
            self._words.append(_led(self._place(self._links.pop()), "".join(self._words)))
        elif name in _BLOCKS:
            self._end_line(closing=name)
        if name in ("ol", "ul") and self._lists:
            self._lists.pop()

    def text(self, text: str) -> None:
        if self._skipped:
            return
        if "pre" in self._open and self._cells is None:
            *whole, rest = text.split("\n")
            for line in whole:
                self._words.append(line)
                self._end_line(closing="pre")
            self._words.append(rest)
        else:
            self._words.append(text)

    def lines(self) -> Iterator[Line]:
        self._end_line()
        return iter(self._found)

    def _place(self, url: str) -> str:
        """Return what a link leads to as people write it: the whole path in the portal, or the address elsewhere."""
        inside = internal_path(url, self._page_url, self._portal_url) if url else None
        if inside is None:
            return unquote(url.removeprefix("mailto:").removeprefix("tel:"))
        path, fragment = inside
        own = path == unquote(self._page_url) and fragment
        return f"{'' if own else f'/{path}'}{f'#{fragment}' if fragment else ''}"

    def _break(self) -> None:
        if self._cells is None:
            self._end_line()
        else:
            self._words.append(" ")

    def _end_line(self, closing: str = "") -> None:
        """End the line under way; ``closing`` names the element that ends with it, which is no longer open."""
        if self._cells is not None:
            self._words.append(" ")
            return
        if closing == "pre" or "pre" in self._open:
            self._add(LineKind.CODE, "".join(self._words).rstrip())
        else:
            heading = closing in _HEADINGS or not _HEADINGS.isdisjoint(self._open)
            kind = LineKind.HEADING if heading else LineKind.ITEM if self._lists else LineKind.TEXT
            self._add(kind, _collapsed("".join(self._words)))
        self._words.clear()

    def _add(self, kind: LineKind, text: str) -> None:
        if text:
            self._found.append(Line(kind, f"{self._mark}{text}" if kind is not LineKind.CODE else text))
            self._mark = ""

    def _bullet(self) -> str:
        if not self._lists:
            return "• "
        inset = "  " * (len(self._lists) - 1)
        number = self._lists[-1].number
        if number is None:
            return f"{inset}• "
        self._lists[-1].number = number + 1
        return f"{inset}{number}. "


def _first(named: dict[str, str]) -> int:
    start = named.get("start", "1")
    return int(start) if re.fullmatch(r"-?\d{1,6}", start) else 1


def _collapsed(text: str) -> str:
    return _SPACE.sub(" ", text).strip()


def _embedded(name: str, named: dict[str, str]) -> str:
    source = named.get("src") or named.get("data") or ""
    file = "" if source.startswith("data:") else posixpath.basename(unquote(_path(source)))
    said = ", ".join(part for part in (_collapsed(named.get("alt", named.get("title", ""))), file) if part)
    return f"[{_EMBEDDED[name]}{f': {said}' if said else ''}]"


def _led(place: str, text: str) -> str:
    """Return what a link's reader learns of where it leads; nothing where its text says so already."""
    return "" if not place or text.rstrip().endswith(place) else f" (→ {place})"


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""
