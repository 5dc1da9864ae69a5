"""What rendering a page's Markdown yields, before anything is said of who reads it."""

from collections.abc import Mapping
from functools import cached_property, partial
from hashlib import sha256
from typing import NamedTuple

from msgspec import Struct

from prmbuild.render.late import Late, Recent
from prmbuild.source.snapshot import PAGE_SUFFIX

AT_HAND = 2048
"""Articles whose ties are at hand, 8 KB each: whoever goes over all those of a larger programme reads them again."""


class PageInput(Struct, frozen=True, kw_only=True):
    """What an article depends on.

    Attributes:
        key: the digest of all the rest: inputs with the same key make the same article.
        path: repository path of the page.
        title: from the front matter; None where the page leaves it to its first heading.
        description: one sentence; may be empty.
        language: a BCP 47 tag.
        read_text: returns `text`; most pages were rendered before and are never asked for theirs.
    """

    key: str
    path: str
    title: str | None
    description: str
    language: str
    read_text: Late[str]

    @staticmethod
    def of(*, path: str, text: str, title: str | None, description: str, language: str) -> "PageInput":
        """Return the input with a text that is here."""
        parts = (path, text, title or "", str(title is None), description, language)
        return PageInput(
            key=sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest(),
            path=path,
            title=title,
            description=description,
            language=language,
            read_text=Late(partial(str, text)),
        )

    @property
    def text(self) -> str:
        """The body with its audience blocks resolved."""
        return self.read_text()


class Heading(Struct, frozen=True, kw_only=True, array_like=True):
    """An entry of a page's table of contents. ``title`` is HTML; ``level`` counts from 1."""

    id: str
    title: str
    level: int
    children: "tuple[Heading, ...]" = ()


class Reference(NamedTuple):
    """A link or embedding that stays inside the programme.

    Attributes:
        written: the URL as it stands in the article's HTML.
        target: repository path of what it names; None where that is nothing that is published.
        fragment: the part behind ``#``, decoded; empty where there is none.
    """

    written: str
    target: str | None
    fragment: str


class Consulted(Struct, frozen=True, kw_only=True):
    """What the links of an article were looked up in.

    Attributes:
        files: repository path → file below the portal's root that stands there; None for nothing.
        places: place below the portal's root → repository path of what stands there; None for nothing.
    """

    files: Mapping[str, str | None]
    places: Mapping[str, str | None]


class Section(Struct, frozen=True, kw_only=True, array_like=True):
    """A part of a page that search finds by itself.

    Attributes:
        anchor: empty for the text before the first heading.
        title: its heading as it reads; the page's title where it has none.
        text: what stands below it, as it reads; white space is one space.
    """

    anchor: str
    title: str
    text: str


class Ties(NamedTuple):
    """What ties an article to other files, and them to it.

    Attributes:
        references: what it links to and embeds inside the programme, each once, in order.
        anchors: every id that can be linked to.
        undone: the URLs in it that no reader may be given, each once, and whether the browser would load it by itself.
        dropped: the elements and attributes that no reader may be given whatever URLs they have, each once: its name,
            behind a ``<`` that of an element, and the value an attribute went for; empty where its name is enough.
    """

    references: tuple[Reference, ...]
    anchors: frozenset[str]
    undone: Mapping[str, bool]
    dropped: tuple[tuple[str, str], ...] = ()

    @property
    def headings(self) -> str:
        """The digest of the anchors."""
        return sha256("\0".join(sorted(self.anchors)).encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def files(self) -> tuple[str, ...]:
        """Repository paths of what is linked to and embedded and is no page, each once, in order."""
        targets = (reference.target for reference in self.references)
        return tuple(dict.fromkeys(path for path in targets if path is not None and not path.endswith(PAGE_SUFFIX)))

    @property
    def dangling(self) -> tuple[str, ...]:
        """The URLs that lead to nothing that is published, as they stand in the article's HTML."""
        return tuple([reference.written for reference in self.references if reference.target is None])


class Article(Struct, frozen=True, kw_only=True, dict=True):
    """What is known of a page whose Markdown was rendered; its text is its `ArticleBody`, kept apart.

    Attributes:
        key: the `PageInput.key` it was made from.
        title: plain text.
        headings: as of its `Ties`.
        files: likewise.
        dangling: likewise.
        mermaid: whether it holds diagrams drawn in the browser.
        words: number of words of its text.
        read_ties: returns `ties`; most articles are what they were, and are never asked for theirs.
    """

    key: str
    path: str
    title: str
    description: str
    language: str
    headings: str
    files: tuple[str, ...]
    dangling: tuple[str, ...]
    mermaid: bool
    words: int
    read_ties: Late[Ties]

    @cached_property
    def ties(self) -> Ties:
        """What ties it to other files."""
        _at_hand.add(self)
        return self.read_ties()

    def forget(self) -> None:
        """Let go of its ties and what follows from them; they are read again when they are asked for."""
        self.__dict__.clear()

    @property
    def references(self) -> tuple[Reference, ...]:
        """As of its `Ties`."""
        return self.ties.references

    @property
    def anchors(self) -> frozenset[str]:
        """As of its `Ties`."""
        return self.ties.anchors

    @property
    def undone(self) -> Mapping[str, bool]:
        """As of its `Ties`."""
        return self.ties.undone

    @property
    def dropped(self) -> tuple[tuple[str, str], ...]:
        """As of its `Ties`."""
        return self.ties.dropped

    @cached_property
    def targets(self) -> frozenset[str]:
        """Repository paths of all that it links to and embeds."""
        return frozenset(reference.target for reference in self.references if reference.target is not None)

    @cached_property
    def outward(self) -> tuple[Reference, ...]:
        """The references that may lead nowhere: all but those to the page itself and the anchors on it."""
        own, anchors = self.path, self.anchors
        return tuple(
            [one for one in self.references if one.target != own or (one.fragment and one.fragment not in anchors)]
        )

    @cached_property
    def inward(self) -> frozenset[str]:
        """The URLs of all other references, as they stand in its HTML; whoever reads the article can follow them."""
        if len(self.outward) == len(self.references):
            return frozenset()
        return frozenset(found.written for found in self.references if found.target == self.path) - frozenset(
            found.written for found in self.outward
        )

    @cached_property
    def doubtful(self) -> tuple[Reference, ...]:
        """The references that may lead nowhere although what they name is there: to nothing, or to an anchor."""
        return tuple([one for one in self.outward if one.target is None or one.fragment])


_at_hand = Recent[Article](AT_HAND)


class ArticleBody(Struct, frozen=True, kw_only=True):
    """The text of an article.

    Attributes:
        html: the article as Markdown makes it, its internal links as URLs relative to the page, whoever may follow
            them.
        safe: the same without what no reader may be given: comments, scripts, embeddings from elsewhere.
        toc: headings, nested.
        sections: for search.
    """

    html: str
    safe: str
    toc: tuple[Heading, ...]
    sections: tuple[Section, ...]


class Rendered(Struct, frozen=True, kw_only=True):
    """An article, its body, and what its links were looked up in; it holds as long as those answers do."""

    article: Article
    body: ArticleBody
    consulted: Consulted
