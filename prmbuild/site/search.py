"""``search/search_index.json``, in the format of the theme's search."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence

from prmbuild.render.article import Article, ArticleBody
from prmbuild.site.contents import Contents, CourseContents
from prmbuild.site.entries import Entry

PATH = "search/search_index.json"


def search_index(contents: Contents, articles: Mapping[str, Article], body_of: Callable[[str], ArticleBody]) -> bytes:
    """Return the search data: every section of every page, and the courses."""
    common = contents.common
    pages = [
        *((contents.welcome.entry,) if contents.welcome else ()),
        *contents.resources.everything(),
        *contents.lessons.everything(),
    ]
    languages = sorted({entry.language.split("-")[0] for entry in pages} | {common.words.language})
    config = json.dumps(common.toolchain.search_settings(languages), ensure_ascii=False, separators=(",", ":"))
    return f'{{"config":{config},"docs":[{",".join(_docs(contents, pages, articles, body_of))}]}}'.encode()


def _docs(
    contents: Contents,
    pages: Sequence[Entry],
    articles: Mapping[str, Article],
    body_of: Callable[[str], ArticleBody],
) -> Iterator[str]:
    labels = contents.common.labels
    for entry in pages:
        slugs = (*((entry.type,) if entry.type else ()), *entry.topics)
        yield _page(articles[entry.key], body_of(entry.key), entry.url, tuple(labels(slug) for slug in slugs))
    for course in contents.courses:
        yield _course(course, (contents.common.words("course"), *(labels(topic) for topic in course.source.topics)))


def _page(article: Article, body: ArticleBody, url: str, tags: tuple[str, ...]) -> str:
    """Return a page's documents, as JSON with commas between. The same for every portal that shows the article."""
    own = [section for section in body.sections if not section.anchor]
    text = " ".join(filter(None, (_escaped(article.description), *(section.text for section in own))))
    documents = [_document(url, _escaped(article.title), text, tags)]
    documents += [
        _document(f"{url}#{section.anchor}", section.title, section.text, ())
        for section in body.sections
        if section.anchor
    ]
    return ",".join(documents)


def _course(course: CourseContents, tags: tuple[str, ...]) -> str:
    lessons = ", ".join(lesson.title for lesson in course.lessons)
    return _document(
        course.url, _escaped(course.source.title), _escaped(f"{course.source.description} {lessons}"), tags
    )


def _document(location: str, title: str, text: str, tags: tuple[str, ...]) -> str:
    """Return one document as JSON. ``title`` and ``text`` are HTML, which the theme shows as it is."""
    document: dict[str, object] = {"location": location, "title": title, "text": text}
    if tags:
        document["tags"] = list(tags)
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").strip()
