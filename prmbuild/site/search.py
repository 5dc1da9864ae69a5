"""The portal's search data: its pages and courses in segments, and the index that names them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from prmbuild.render.article import Article, Section
from prmbuild.search.entry import Entry, entry
from prmbuild.search.segment import Segment, Settings, index, segment
from prmbuild.site.contents import COURSE_TYPE, Contents, CourseContents

PATH = "search/index.json"

LARGEST = 200
"""Pages of a segment."""


class Found(NamedTuple):
    """A page or course that search finds. ``path`` is that of its file in the repository."""

    path: str
    entry: Entry


def search_files(contents: Contents) -> Mapping[str, bytes]:
    """Return the search data of a portal: path below the portal's root → bytes."""
    found = sorted(_found(contents), key=lambda one: one.path)
    segments = {made.summary.digest[:16]: made for made in map(_segment, _grouped(found, 1))}
    types = {meta.type for seen, _ in contents.pages.values() if (meta := seen.page.source.meta).type is not None}
    names = {slug: contents.labels(slug) for slug in types}
    if contents.courses:
        names[COURSE_TYPE] = contents.words("course")
    settings = Settings(language=contents.words.language, types=names)
    return {
        PATH: index({folder: made.summary for folder, made in segments.items()}, settings),
        **{f"search/{folder}/{name}": data for folder, made in segments.items() for name, data in made.files.items()},
    }


def _found(contents: Contents) -> Iterator[Found]:
    labels = contents.labels
    for path, (seen, article) in contents.pages.items():
        meta = seen.page.source.meta
        names = (*((labels(meta.type),) if meta.type else ()), *map(labels, meta.topics))
        yield Found(path, _page(article, seen.page.address.url, meta.type, names))
    for course in contents.courses:
        yield Found(course.source.path, _course(course, (contents.words("course"), *map(labels, course.source.topics))))


@lru_cache(maxsize=1 << 15)
def _page(article: Article, url: str, type: str | None, names: tuple[str, ...]) -> Entry:
    """Return the entry of a page. The same for every portal that shows the article."""
    return entry(
        url=url,
        title=article.title,
        description=article.description,
        language=article.language,
        type=type,
        labels=names,
        sections=article.sections,
    )


def _course(course: CourseContents, names: tuple[str, ...]) -> Entry:
    lessons = ", ".join(lesson.title for lesson in course.lessons)
    return entry(
        url=course.url,
        title=course.source.title,
        description=course.source.description,
        language=course.source.language,
        type=COURSE_TYPE,
        labels=names,
        sections=(Section(anchor="", title="", text=lessons),),
    )


def _grouped(found: Sequence[Found], depth: int) -> Iterator[tuple[Entry, ...]]:
    """Group pages by folder, in groups of at most `LARGEST`; small folders beside each other share one.

    Args:
        found: sorted by path; all in one folder of this depth.
        depth: how many folders the paths have in common.
    """
    together: list[Entry] = []
    for folder in _folders(found, depth):
        own = [one.entry for one in folder]
        if len(own) > LARGEST and len(folder[0].path.split("/")) > depth + 1:
            yield from _grouped(folder, depth + 1)
            continue
        for start in range(0, len(own), LARGEST):
            part = own[start : start + LARGEST]
            if len(together) + len(part) > LARGEST:
                yield tuple(together)
                together = []
            together += part
    if together:
        yield tuple(together)


def _folders(found: Iterable[Found], depth: int) -> list[list[Found]]:
    folders: dict[str, list[Found]] = defaultdict(list)
    for one in found:
        parts = one.path.split("/")
        folders[parts[depth] if len(parts) > depth + 1 else ""].append(one)
    return [folder for _, folder in sorted(folders.items())]


@lru_cache(maxsize=1 << 12)
def _segment(entries: tuple[Entry, ...]) -> Segment:
    """Return a segment. The same for every portal that shows these pages."""
    return segment(entries)
