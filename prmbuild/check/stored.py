"""What a check found out, as what JSON can hold; see `prmbuild.cache.facts`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from prmbuild import codes
from prmbuild.authored.resource import Status
from prmbuild.authored.yaml import Place
from prmbuild.check.file import FileFacts, PageFacts
from prmbuild.diagnostics import Diagnostic
from prmbuild.render.article import Article, Reference


def write_findings(found: Iterable[Diagnostic]) -> list[object]:
    """Turn findings into what JSON can hold."""
    return [[each.path, each.line, each.column, each.code, each.message, each.hint] for each in found]


def read_findings(written: Iterable[Any]) -> tuple[Diagnostic, ...]:
    """Turn what JSON held back into findings.

    Raises:
        AttributeError, LookupError, TypeError, ValueError: these are none.
    """
    return tuple(
        codes.ALL[code].at(path, message, line=line, column=column, hint=hint)
        for path, line, column, code, message, hint in written
    )


def write_file(facts: FileFacts) -> list[object]:
    """Turn a file's facts into what JSON can hold."""
    page = facts.page
    return [
        write_findings(facts.unreadable),
        write_findings(facts.others),
        page
        and [
            page.sound,
            page.status and page.status.value,
            page.publish_at and page.publish_at.isoformat(),
            page.expire_at and page.expire_at.isoformat(),
            page.last_reviewed_on and page.last_reviewed_on.isoformat(),
            None if page.review_in is None else [page.review_in.days, page.review_in.seconds],
            page.file,
            page.article,
            page.body_line,
            page.title,
            page.places,
            page.links,
        ],
    ]


def read_file(written: Sequence[Any]) -> FileFacts:
    """Turn what JSON held back into a file's facts.

    Raises:
        AttributeError, LookupError, TypeError, ValueError: these are none.
    """
    unreadable, others, page = written
    return FileFacts(
        unreadable=read_findings(unreadable), others=read_findings(others), page=_read_page(*page) if page else None
    )


def write_article(article: Article | str) -> object:
    """Turn an article, or why there is none, into what JSON can hold."""
    return article if isinstance(article, str) else asdict(article) | {"anchors": sorted(article.anchors)}


def read_article(written: str | Mapping[str, Any]) -> Article | str:
    """Turn what JSON held back into an article, or why there is none.

    Raises:
        AttributeError, LookupError, TypeError, ValueError: this is neither.
    """
    if isinstance(written, str):
        return written
    references = tuple(Reference(*reference) for reference in written["references"])
    return Article(**{**written, "references": references, "anchors": frozenset(written["anchors"])})


def _read_page(
    sound: bool,
    status: str | None,
    publish_at: str | None,
    expire_at: str | None,
    last_reviewed_on: str | None,
    review_in: tuple[int, int] | None,
    file: str | None,
    article: str,
    body_line: int,
    title: Sequence[int],
    places: str,
    links: str,
) -> PageFacts:
    return PageFacts(
        sound=sound,
        status=Status(status) if status else None,
        publish_at=datetime.fromisoformat(publish_at) if publish_at else None,
        expire_at=datetime.fromisoformat(expire_at) if expire_at else None,
        last_reviewed_on=date.fromisoformat(last_reviewed_on) if last_reviewed_on else None,
        review_in=timedelta(days=review_in[0], seconds=review_in[1]) if review_in else None,
        file=file,
        article=article,
        body_line=body_line,
        title=Place(*title),
        places=places,
        links=links,
    )
