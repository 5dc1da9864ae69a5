"""Articles as bytes: how they travel between processes and lie in the cache.

JSON, which nothing can be made to run by reading; lists instead of objects, as every entry has the same shape. The ties
of articles stand apart from what all of them are asked for.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from msgspec import Raw, Struct, json

from prmbuild.render.article import Article, ArticleBody, Consulted, Heading, Rendered, Section, Ties
from prmbuild.render.late import Late


class Outline(Struct, frozen=True, array_like=True):
    """An `Article` without its ties, and the SHA-256 of its body as `write_body` writes it."""

    body: str
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


class Tied(NamedTuple):
    """The ties of an article, and what its links were looked up in."""

    ties: Ties
    consulted: Consulted


class Apart(NamedTuple):
    """An article: its outline, and `Tied` as JSON that is taken apart when somebody asks."""

    outline: Outline
    tied: Raw

    def read_tied(self) -> Tied:
        """Read its ties."""
        return _TIED.decode(self.tied)


class Outlines(NamedTuple):
    """The outlines of several articles, and the SHA-256 of what `write_ties` made of them."""

    ties: str
    outlines: Sequence[Outline]


class StoredArticle(NamedTuple):
    """An article, what reads its ties, and the SHA-256 of its body as `write_body` writes it."""

    article: Article
    read_tied: Callable[[], Tied]
    body: str


def write_article(rendered: Rendered, body: str) -> bytes:
    """Write an article, what its links were looked up in, and the SHA-256 of its body."""
    article = rendered.article
    outline = Outline(
        body,
        article.key,
        article.path,
        article.title,
        article.description,
        article.language,
        article.headings,
        article.files,
        article.dangling,
        article.mermaid,
        article.words,
    )
    return _ENCODER.encode((outline, Tied(article.ties, rendered.consulted)))


def read_article(data: bytes) -> StoredArticle:
    """Read what `write_article` wrote; of the ties only when they are asked for, as they take much memory."""
    return read_outline(apart(data).outline, lambda: apart(data).read_tied())


def apart(data: bytes) -> Apart:
    """Take apart what `write_article` wrote."""
    return _APART.decode(data)


def read_apart(article: Apart) -> StoredArticle:
    """Read an article that was taken apart."""
    return read_outline(article.outline, article.read_tied)


def write_ties(articles: Iterable[Apart]) -> bytes:
    """Write the ties of several articles."""
    return _ENCODER.encode([article.tied for article in articles])


def write_outlines(articles: Iterable[Apart], ties: str) -> bytes:
    """Write the outlines of several articles, and the SHA-256 of what `write_ties` makes of them."""
    return _ENCODER.encode((ties, [article.outline for article in articles]))


def read_outlines(data: bytes) -> Outlines:
    """Read what `write_outlines` wrote."""
    return _OUTLINES.decode(data)


def all_apart(outlines: Outlines, ties: bytes) -> list[Apart]:
    """Take several articles apart.

    Args:
        outlines: theirs.
        ties: what `write_ties` wrote of them.
    """
    return list(map(Apart, outlines.outlines, json.decode(ties, type=list[Raw])))


def read_ties(data: bytes) -> list[Tied]:
    """Read what `write_ties` wrote."""
    return json.decode(data, type=list[Tied])


def read_outline(outline: Outline, read_tied: Callable[[], Tied]) -> StoredArticle:
    """Return the article of an outline.

    Args:
        outline: it.
        read_tied: reads the rest.
    """
    article = Article(
        key=outline.key,
        path=outline.path,
        title=outline.title,
        description=outline.description,
        language=outline.language,
        headings=outline.headings,
        files=outline.files,
        dangling=outline.dangling,
        mermaid=outline.mermaid,
        words=outline.words,
        read_ties=Late(lambda: read_tied().ties),
    )
    return StoredArticle(article, read_tied, outline.body)


def write_body(body: ArticleBody) -> bytes:
    """Write a body; what is the same in two ways once."""
    safe = None if body.safe == body.html else body.safe
    return _ENCODER.encode(_Body(body.html, safe, body.toc, body.sections))


def read_body(data: bytes) -> ArticleBody:
    """Read what `write_body` wrote."""
    body = _BODY.decode(data)
    return ArticleBody(
        html=body.html, safe=body.html if body.safe is None else body.safe, toc=body.toc, sections=body.sections
    )


class _Body(NamedTuple):
    html: str
    safe: str | None
    toc: tuple[Heading, ...]
    sections: tuple[Section, ...]


_ENCODER = json.Encoder(order="deterministic")
_APART = json.Decoder(Apart)
_OUTLINES = json.Decoder(Outlines)
_TIED = json.Decoder(Tied)
_BODY = json.Decoder(_Body)
