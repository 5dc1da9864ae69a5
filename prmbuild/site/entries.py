"""Entries: a page as lists of pages show it, worked out once for all portals that show it so."""

import posixpath
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from hashlib import sha256

from msgspec import Struct

from prmbuild.catalog.address import address_of
from prmbuild.portals.portals import Portals
from prmbuild.portals.views import SeenPage, joined
from prmbuild.render.article import Article
from prmbuild.source.snapshot import PAGE_SUFFIX
from prmbuild.visibility.sets import For, split

COURSE_TYPE = "course"
"""Stands where a resource's type would in a list of resources and courses."""

WORDS_PER_MINUTE = 200

_DOCUMENTS = frozenset(
    {"csv", "doc", "docx", "dwg", "eps", "epub", "gz", "ics", "key", "mp4", "odp", "ods", "odt", "pdf", "pptx", "ppt"}
    | {"rtf", "step", "stl", "stp", "tar", "txt", "xls", "xlsx", "zip"}
)
"""Suffixes of files that are for keeping rather than for showing on a page."""

INDEX = ("index", "README")
"""Names of the pages that stand for their folder."""


class Download(Struct, frozen=True, kw_only=True):
    """A file to keep.

    Attributes:
        url: relative to the portal's root.
        kind: its suffix in capitals.
        presented: whether the page is there to present the file.
    """

    url: str
    name: str
    kind: str
    presented: bool


class Entry(Struct, frozen=True, kw_only=True, eq=False, dict=True):
    """A resource, lesson or course in a list. Each is made once, so identity tells whether two are the same.

    Attributes:
        path: repository path.
        url: relative to the portal's root.
        key: of the page's article; empty for courses.
        type: a slug, or None; `COURSE_TYPE` for courses.
        foreign: whether it is in another language than the interface.
        order: the place that the page asks for among its siblings.
        minutes: the time reading takes.
        first: the day it appeared; None for courses.
        updated: the day it last changed; None for courses.
        file: kind of the file that the page presents, such as ``PDF``.
        downloads: the files that it offers.
        parts: titles of what a course consists of.
    """

    path: str
    url: str
    title: str
    description: str
    type: str | None
    topics: tuple[str, ...]
    language: str
    foreign: bool = False
    key: str = ""
    order: int | None = None
    minutes: int = 0
    first: date | None = None
    updated: date | None = None
    file: str | None = None
    downloads: tuple[Download, ...] = ()
    parts: tuple[str, ...] = ()

    @cached_property
    def mark(self) -> str:
        """The digest of all that lists show of it: what changes in the text alone does not change it."""
        shown = (self.path, self.url, self.title, self.description, self.type, self.topics, self.language, self.foreign)
        told = (self.order, self.minutes, str(self.first), str(self.updated), self.file, self.downloads, self.parts)
        return sha256(repr((shown, told)).encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def new(self) -> bool:
        """Whether its latest change is its first appearance."""
        return self.first == self.updated

    @property
    def name(self) -> str:
        """The name of its file without the suffix."""
        return posixpath.basename(self.path).removesuffix(PAGE_SUFFIX)

    @cached_property
    def by_title(self) -> tuple[str, str]:
        """Sorts entries by title."""
        return self.title.casefold(), self.url

    @cached_property
    def recency(self) -> tuple[int, bool, str, str]:
        """Sorts entries by the day of their latest change, latest first; foreign languages come last on a day."""
        return (-self.updated.toordinal() if self.updated is not None else 0, self.foreign, *self.by_title)


def entries(shown: Portals, articles: Mapping[str, Article], spoken: str) -> Mapping[str, For[Entry]]:
    """Return repository path → the page's entry in each set of portals, sorted by path.

    Args:
        shown: what the portals show.
        articles: key of its input → article.
        spoken: the interface's language.
    """
    made: dict[str, For[Entry]] = {}
    for path, items in shown.pages.items():
        found: list[tuple[int, Entry]] = []
        for portals, seen in items:
            offered = _offered(seen, articles[seen.input.key], shown)
            for some in split(portals, offered.values()):
                files = [file for file, holders in offered.items() if holders & some]
                found.append((some, _entry(seen, articles[seen.input.key], files, spoken)))
        made[path] = tuple(found)
    return made


def minutes_to_read(article: Article) -> int:
    """Return how long reading an article takes, in minutes, at least 1."""
    return max(1, round(article.words / WORDS_PER_MINUTE))


def _offered(seen: SeenPage, article: Article, shown: Portals) -> Mapping[str, int]:
    """Return the files that a page presents or links to, with the portals that have them."""
    presented = seen.page.source.meta.file
    wanted = dict.fromkeys(path for path in (presented, *article.files) if path is not None and path in shown.assets)
    return {
        path: joined(shown.assets[path]) for path in wanted if path == presented or kind_of(path).lower() in _DOCUMENTS
    }


def _entry(seen: SeenPage, article: Article, files: Iterable[str], spoken: str) -> Entry:
    meta = seen.page.source.meta
    downloads = tuple(
        Download(
            url=address_of(path).url, name=posixpath.basename(path), kind=kind_of(path), presented=path == meta.file
        )
        for path in files
    )
    return Entry(
        path=seen.page.path,
        url=seen.page.address.url,
        key=article.key,
        title=article.title,
        description=article.description,
        type=meta.type,
        topics=meta.topics,
        language=article.language,
        foreign=article.language != spoken,
        order=meta.order,
        minutes=minutes_to_read(article),
        first=seen.dates.first,
        updated=seen.dates.updated,
        file=next((download.kind for download in downloads if download.presented), None),
        downloads=downloads,
    )


def kind_of(path: str) -> str:
    """Return the kind of a file: its suffix in capitals."""
    return posixpath.splitext(path)[1].removeprefix(".").upper() or "FILE"
