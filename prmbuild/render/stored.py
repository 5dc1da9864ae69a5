"""Articles as bytes: how they travel between processes and lie in the cache.

JSON, which nothing can be made to run by reading; lists instead of objects, as every entry has the same shape.
"""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from prmbuild.render.article import Article, ArticleBody, Consulted, Heading, Reference, Rendered, Section


class StoredArticle(NamedTuple):
    """An article, what its links were looked up in, and the SHA-256 of its body as `write_body` writes it."""

    article: Article
    consulted: Consulted
    body: str


def write_article(rendered: Rendered, body: str) -> bytes:
    """Write an article, what its links were looked up in, and the SHA-256 of its body."""
    article, consulted = rendered.article, rendered.consulted
    return _written(
        (
            body,
            (dict(consulted.files), dict(consulted.places)),
            (
                article.key,
                article.path,
                article.title,
                article.description,
                article.language,
                article.references,
                sorted(article.anchors),
                dict(article.undone),
                article.mermaid,
                article.words,
            ),
        )
    )


def read_article(data: bytes) -> StoredArticle:
    """Read what `write_article` wrote."""
    return _article(json.loads(data))


def together(articles: Iterable[bytes]) -> bytes:
    """Write several articles that `write_article` wrote as one."""
    return b"[" + b",".join(articles) + b"]"


def apart(data: bytes) -> list[StoredArticle]:
    """Read what `together` wrote."""
    return [_article(written) for written in json.loads(data)]


def _article(written: Any) -> StoredArticle:  # noqa: ANN401
    body, (files, places), fields = written
    key, path, title, description, language, references, anchors, undone, mermaid, words = fields
    article = Article(
        key=key,
        path=path,
        title=title,
        description=description,
        language=language,
        references=tuple(map(Reference._make, references)),
        anchors=frozenset(anchors),
        undone=undone,
        mermaid=mermaid,
        words=words,
    )
    return StoredArticle(article, Consulted(files=files, places=places), body)


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
