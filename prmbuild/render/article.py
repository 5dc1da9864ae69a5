"""What rendering a page's Markdown yields, before anything is said of who reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256


@dataclass(frozen=True, kw_only=True)
class PageInput:
    """What an article depends on.

    Attributes:
        path: repository path of the page.
        text: the body with its audience blocks resolved.
        title: from the front matter; None where the page leaves it to its first heading.
        description: one sentence; may be empty.
        language: a BCP 47 tag.
    """

    path: str
    text: str
    title: str | None
    description: str
    language: str

    @cached_property
    def key(self) -> str:
        """The digest of the input: inputs with the same key make the same article."""
        parts = (self.path, self.text, self.title or "", str(self.title is None), self.description, self.language)
        return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """An entry of a page's table of contents. ``title`` is HTML; ``level`` counts from 1."""

    id: str
    title: str
    level: int
    children: "tuple[Heading, ...]" = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A link or embedding that stays inside the programme.

    Attributes:
        written: the URL as it stands in the article's HTML.
        target: repository path of what it names; None where that is nothing that is published.
        fragment: the part behind ``#``, decoded; empty where there is none.
    """

    written: str
    target: str | None
    fragment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Consulted:
    """What the links of an article were looked up in.

    Attributes:
        files: repository path → file below the portal's root that stands there; None for nothing.
        places: place below the portal's root → repository path of what stands there; None for nothing.
    """

    files: Mapping[str, str | None]
    places: Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a page that search finds by itself.

    Attributes:
        anchor: empty for the text before the first heading.
        title: plain text.
        text: HTML of the few tags that search results show.
    """

    anchor: str
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A page's Markdown, rendered.

    Attributes:
        key: the `PageInput.key` it was made from.
        html: the article, its internal links as URLs relative to the page, whoever may follow them.
        title: plain text.
        toc: headings, nested.
        references: what it links to and embeds inside the programme, each once, in order.
        anchors: every id that can be linked to.
        sections: for search.
        mermaid: whether it holds diagrams drawn in the browser.
    """

    key: str
    path: str
    html: str
    title: str
    description: str
    language: str
    toc: tuple[Heading, ...]
    references: tuple[Reference, ...]
    anchors: frozenset[str]
    sections: tuple[Section, ...]
    mermaid: bool

    @property
    def words(self) -> int:
        """The number of words."""
        import re
        return sum(len(re.sub(r"<[^>]*>", " ", section.text).split()) for section in self.sections)
