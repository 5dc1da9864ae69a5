"""Articles as bytes: how they travel between processes and lie in the cache.

JSON, which nothing can be made to run by reading; lists instead of objects, as every entry has the same shape.
"""

import json
from typing import Any

from prmbuild.render.article import Article, ArticleBody, Consulted, Heading, Reference, Rendered, Section


def write_article(rendered: Rendered) -> bytes:
    """Write an article, and what its links were looked up in."""
    article, consulted = rendered.article, rendered.consulted
    return _written(
        (
            (dict(consulted.files), dict(consulted.places)),
            (
                article.key,
                article.path,
                article.title,
                article.description,
                article.language,
                [(reference.written, reference.target, reference.fragment) for reference in article.references],
                sorted(article.anchors),
                dict(article.undone),
                article.mermaid,
                article.words,
            ),
        )
    )


def read_article(data: bytes) -> tuple[Article, Consulted]:
    """Read what `write_article` wrote."""
    (files, places), fields = json.loads(data)
    key, path, title, description, language, references, anchors, undone, mermaid, words = fields
    article = Article(
        key=key,
        path=path,
        title=title,
        description=description,
        language=language,
        references=tuple(
            Reference(written=written, target=target, fragment=fragment) for written, target, fragment in references
        ),
        anchors=frozenset(anchors),
        undone=undone,
        mermaid=mermaid,
        words=words,
    )
    return article, Consulted(files=files, places=places)


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
