"""What a check found out, as what JSON can hold; see `prmbuild.cache.facts`."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from prmbuild.authored.document import Place
from prmbuild.authored.lifecycle import Lifecycle
from prmbuild.authored.stored import STATUSES
from prmbuild.check.file import FileFacts, PageFacts
from prmbuild.codes.stored import read_findings, write_findings
from prmbuild.render.article import Article, Consulted
from prmbuild.render.stored import Tied, outline_of, read_outline, ties_from, ties_of


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
            _write_dates(page.lifecycle),
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
    return article if isinstance(article, str) else [outline_of(article, ""), ties_of(article.ties)]


def read_article(written: str | list[Any]) -> Article | str:
    """Turn what JSON held back into an article, or why there is none.

    Raises:
        AttributeError, LookupError, TypeError, ValueError: this is neither.
    """
    if isinstance(written, str):
        return written
    outline, own = written
    return read_outline(outline, partial(Tied, ties_from(own), Consulted(files={}, places={}))).article


def _read_page(
    sound: bool,
    status: str | None,
    dates: Sequence[Any],
    file: str | None,
    article: str,
    body_line: int,
    title: Sequence[int],
    places: str,
    links: str,
) -> PageFacts:
    return PageFacts(
        sound=sound,
        status=STATUSES[status] if status else None,
        lifecycle=_read_dates(*dates),
        file=file,
        article=article,
        body_line=body_line,
        title=Place(*title),
        places=places,
        links=links,
    )


def _write_dates(dates: Lifecycle) -> list[object]:
    return [
        dates.owner,
        dates.publish_at and dates.publish_at.isoformat(),
        dates.expire_at and dates.expire_at.isoformat(),
        dates.last_reviewed_on and dates.last_reviewed_on.isoformat(),
        dates.review_in and dates.review_in.days,
    ]


def _read_dates(
    owner: str | None,
    publish_at: str | None,
    expire_at: str | None,
    last_reviewed_on: str | None,
    review_in: int | None,
) -> Lifecycle:
    return Lifecycle(
        owner=owner,
        publish_at=datetime.fromisoformat(publish_at) if publish_at else None,
        expire_at=datetime.fromisoformat(expire_at) if expire_at else None,
        last_reviewed_on=date.fromisoformat(last_reviewed_on) if last_reviewed_on else None,
        review_in=timedelta(days=review_in) if review_in else None,
    )
