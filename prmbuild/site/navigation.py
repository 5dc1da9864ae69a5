"""``navigation.json``: the tree that pages draw their sidebar, tabs, breadcrumb and pager from."""

import json
import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from prmbuild.catalog.address import PAGE_SUFFIX
from prmbuild.portals.views import SeenPage
from prmbuild.render.article import Article
from prmbuild.render.words import Labels
from prmbuild.site.contents import HOME, Contents, CourseContents

CATALOGUE = "catalogue/"
WHATS_NEW = "whats-new/"
COURSES = "courses/"

_LAST = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """An entry of the navigation.

    Attributes:
        url: relative to the portal's root; None where the entry only holds others.
        updated: the day the page last changed.
        sequence: whether previous and next stay within this entry.
    """

    title: str
    url: str | None
    updated: date | None = None
    items: "tuple[Node, ...]" = ()
    sequence: bool = False


@dataclass(slots=True)
class _Folder:
    index: "tuple[SeenPage, Article] | None" = None
    pages: list[tuple[SeenPage, Article]] = field(default_factory=list)
    folders: "dict[str, _Folder]" = field(default_factory=dict)


def navigation(contents: Contents) -> tuple[Node, ...]:
    """Return the entries of the top level: what every portal has, then a section per folder of ``content/``.

    Within a folder, pages stand by their ``order``, then by title. A page that has a folder of its own name beside it,
    and the index page of a deeper folder, become the head of that folder's entries.
    """
    say = contents.words
    return (
        Node(title=say("home"), url=""),
        Node(title=say("new"), url=WHATS_NEW),
        Node(
            title=say("courses"),
            url=COURSES,
            items=tuple(_course(course, say("course.quiz")) for course in contents.courses),
        ),
        Node(title=say("catalogue"), url=CATALOGUE),
        *_sections(contents),
    )


def navigation_json(nodes: Iterable[Node]) -> bytes:
    """Return the navigation for the theme's script: ``{"items": [{title, url?, updated?, sequence?, items?}]}``."""
    return json.dumps({"items": [_plain(node) for node in nodes]}, ensure_ascii=False, separators=(",", ":")).encode()


def _course(course: CourseContents, quiz: str) -> Node:
    lessons = [Node(title=lesson.title, url=lesson.url) for lesson in course.lessons]
    if course.quiz_url is not None:
        lessons.append(Node(title=quiz, url=course.quiz_url))
    return Node(title=course.source.title, url=course.url, items=tuple(lessons), sequence=True)


def _sections(contents: Contents) -> tuple[Node, ...]:
    root = _tree((path, page) for path, page in contents.pages.items() if path != HOME and page[0].page.course is None)
    rank = {name: place for place, name in enumerate(contents.sections)}
    found = [
        (
            (rank.get(name, _LAST), contents.labels(name).casefold(), name),
            _section(contents.labels(name), folder, contents.labels),
        )
        for name, folder in root.folders.items()
    ]
    found += [
        (
            (
                rank.get(posixpath.basename(seen.page.address.url.rstrip("/")), _LAST),
                article.title.casefold(),
                seen.page.path,
            ),
            _leaf(seen, article),
        )
        for seen, article in root.pages
    ]
    return tuple(node for _, node in sorted(found, key=lambda pair: pair[0]))


def _tree(pages: Iterable[tuple[str, tuple[SeenPage, Article]]]) -> _Folder:
    root = _Folder()
    for path, page in pages:
        *parents, name = path.split("/")[1:]
        folder = root
        for parent in parents:
            folder = folder.folders.setdefault(parent, _Folder())
        if parents and name.removesuffix(PAGE_SUFFIX) in ("index", "README") and folder.index is None:
            folder.index = page
        else:
            folder.pages.append(page)
    return root


def _section(title: str, folder: _Folder, labels: Labels) -> Node:
    index = (_leaf(*folder.index),) if folder.index is not None else ()
    return Node(
        title=title,
        url=index[0].url if index else None,
        items=(*index, *_items(folder, labels)),
        sequence=True,
    )


def _items(folder: _Folder, labels: Labels) -> tuple[Node, ...]:
    beside = dict(folder.folders)
    found: list[tuple[tuple[int, str, str], Node]] = []
    for seen, article in folder.pages:
        name = posixpath.basename(seen.page.path).removesuffix(PAGE_SUFFIX)
        inner = beside.pop(name, None)
        found.append(
            (_place(seen, article), _headed((seen, article), inner, labels) if inner else _leaf(seen, article))
        )
    for name, inner in beside.items():
        if inner.index is not None:
            found.append((_place(*inner.index), _headed(inner.index, inner, labels)))
        else:
            title = labels(name)
            found.append(((_LAST, title.casefold(), name), Node(title=title, url=None, items=_items(inner, labels))))
    return tuple(node for _, node in sorted(found, key=lambda pair: pair[0]))


def _headed(head: tuple[SeenPage, Article], inner: _Folder, labels: Labels) -> Node:
    leaf = _leaf(*head)
    index = (_leaf(*inner.index),) if inner.index is not None and inner.index != head else ()
    return Node(title=leaf.title, url=leaf.url, updated=leaf.updated, items=(*index, *_items(inner, labels)))


def _leaf(seen: SeenPage, article: Article) -> Node:
    return Node(title=article.title, url=seen.page.address.url, updated=seen.dates.updated)


def _place(seen: SeenPage, article: Article) -> tuple[int, str, str]:
    order = seen.page.source.meta.order
    return (_LAST if order is None else order), article.title.casefold(), seen.page.path


def _plain(node: Node) -> Mapping[str, object]:
    plain: dict[str, object] = {"title": node.title}
    if node.url is not None:
        plain["url"] = node.url
    if node.updated is not None:
        plain["updated"] = node.updated.isoformat()
    if node.sequence:
        plain["sequence"] = True
    if node.items:
        plain["items"] = [_plain(item) for item in node.items]
    return plain
