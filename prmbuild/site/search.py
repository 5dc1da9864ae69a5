"""``search/search_index.json``, in the format of the theme's search."""

import json
from collections.abc import Iterator

from prmbuild.render.article import Article, ArticleBody
from prmbuild.site.contents import Contents, CourseContents

PATH = "search/search_index.json"


def search_index(contents: Contents) -> bytes:
    """Return the search data: every section of every page, and the courses."""
    languages = sorted(
        {article.language.split("-")[0] for _, article in contents.pages.values()} | {contents.words.language}
    )
    config = json.dumps(contents.toolchain.search_settings(languages), ensure_ascii=False, separators=(",", ":"))
    return f'{{"config":{config},"docs":[{",".join(_docs(contents))}]}}'.encode()


def _docs(contents: Contents) -> Iterator[str]:
    labels = contents.labels
    for seen, article in contents.pages.values():
        meta = seen.page.source.meta
        slugs = (*((meta.type,) if meta.type else ()), *meta.topics)
        yield _page(article, contents.body(article.key), seen.page.address.url, tuple(labels(slug) for slug in slugs))
    for course in contents.courses:
        yield _course(course, (contents.words("course"), *(labels(topic) for topic in course.source.topics)))


def _page(article: Article, body: ArticleBody, url: str, tags: tuple[str, ...]) -> str:
    """Return a page's documents, as JSON with commas between."""
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
