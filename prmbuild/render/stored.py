"""Articles as bytes: how they travel between processes and lie in the cache.

JSON, which nothing can be made to run by reading; lists instead of objects, as every entry has the same shape. The ties
of articles stand apart from what all of them are asked for.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

from prmbuild.render.article import Article, ArticleBody, Consulted, Heading, Reference, Rendered, Section, Ties
from prmbuild.render.late import Late


class Tied(NamedTuple):
    """The ties of an article, and what its links were looked up in."""

    ties: Ties
    consulted: Consulted


class Apart(NamedTuple):
    """An article as JSON holds it: `outline_of` it, and its ties with what its links were looked up in."""

    outline: Sequence[Any]
    tied: Sequence[Any]

    @property
    def key(self) -> str:
        """The key of the article."""
        return str(self.outline[1])


class Outlines(NamedTuple):
    """The outlines of several articles, each for `read_outline`, and the SHA-256 of what `write_ties` made of them."""

    ties: str
    outlines: Sequence[Sequence[Any]]


class StoredArticle(NamedTuple):
    """An article, what reads its ties, and the SHA-256 of its body as `write_body` writes it."""

    article: Article
    read_tied: Callable[[], Tied]
    body: str


def write_article(rendered: Rendered, body: str) -> bytes:
    """Write an article, what its links were looked up in, and the SHA-256 of its body."""
    return _written((outline_of(rendered.article, body), _tied_fields(rendered)))


def read_article(data: bytes) -> StoredArticle:
    """Read what `write_article` wrote; of the ties only when they are asked for, as they take much memory."""
    return read_outline(apart(data).outline, lambda: _tied(apart(data).tied))


def apart(data: bytes) -> Apart:
    """Take apart what `write_article` wrote."""
    return Apart._make(json.loads(data))


def read_apart(article: Apart) -> StoredArticle:
    """Read an article that was taken apart."""
    return read_outline(article.outline, partial(_tied, article.tied))


def write_ties(articles: Iterable[Apart]) -> bytes:
    """Write the ties of several articles."""
    return _written([article.tied for article in articles])


def write_outlines(articles: Iterable[Apart], ties: str) -> bytes:
    """Write the outlines of several articles, and the SHA-256 of what `write_ties` makes of them."""
    return _written((ties, [article.outline for article in articles]))


def read_outlines(data: bytes) -> Outlines:
    """Read what `write_outlines` wrote."""
    return Outlines._make(json.loads(data))


def all_apart(outlines: Outlines, ties: bytes) -> list[Apart]:
    """Take several articles apart.

    Args:
        outlines: theirs.
        ties: what `write_ties` wrote of them.
    """
    return list(map(Apart, outlines.outlines, json.loads(ties)))


def read_ties(data: bytes) -> list[Tied]:
    """Read what `write_ties` wrote."""
    return [_tied(fields) for fields in json.loads(data)]


def outline_of(article: Article, body: str) -> Sequence[object]:
    """Return what JSON can hold of an article and the SHA-256 of its body, without its ties."""
    return (
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


def read_outline(outline: Sequence[Any], read_tied: Callable[[], Tied]) -> StoredArticle:
    """Read what `outline_of` returned.

    Args:
        outline: it.
        read_tied: reads the rest.

    Raises:
        TypeError, ValueError: it is something else.
    """
    body, key, path, title, description, language, headings, files, dangling, mermaid, words = outline
    article = Article(
        key=key,
        path=path,
        title=title,
        description=description,
        language=language,
        headings=headings,
        files=tuple(files),
        dangling=tuple(dangling),
        mermaid=mermaid,
        words=words,
        read_ties=Late(lambda: read_tied().ties),
    )
    return StoredArticle(article, read_tied, body)


def ties_of(ties: Ties) -> Sequence[object]:
    """Return what JSON can hold of ties."""
    return ties.references, sorted(ties.anchors), dict(ties.undone)


def ties_from(fields: Sequence[Any]) -> Ties:
    """Read what `ties_of` returned.

    Raises:
        TypeError, ValueError: it is something else.
    """
    references, anchors, undone = fields
    return Ties(tuple(map(Reference._make, references)), frozenset(anchors), undone)


def _tied_fields(rendered: Rendered) -> Sequence[object]:
    consulted = rendered.consulted
    return ties_of(rendered.article.ties), dict(consulted.files), dict(consulted.places)


def _tied(fields: Sequence[Any]) -> Tied:
    own, files, places = fields
    return Tied(ties_from(own), Consulted(files=files, places=places))


def write_body(body: ArticleBody) -> bytes:
    """Write a body."""
    sections = [(section.anchor, section.title, section.text) for section in body.sections]
    safe = None if body.safe == body.html else body.safe
    return _written((body.html, safe, [_heading_fields(heading) for heading in body.toc], sections))


def read_body(data: bytes) -> ArticleBody:
    """Read what `write_body` wrote."""
    html, safe, toc, sections = json.loads(data)
    return ArticleBody(
        html=html,
        safe=html if safe is None else safe,
        toc=tuple(_heading(fields) for fields in toc),
        sections=tuple(Section(anchor=anchor, title=title, text=text) for anchor, title, text in sections),
    )


def _written(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode()


def _heading_fields(heading: Heading) -> tuple[object, ...]:
    return heading.id, heading.title, heading.level, [_heading_fields(child) for child in heading.children]


def _heading(fields: Any) -> Heading:  # noqa: ANN401
    identifier, title, level, children = fields
    return Heading(id=identifier, title=title, level=level, children=tuple(_heading(child) for child in children))
