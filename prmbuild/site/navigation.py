"""``navigation.json`` and ``navigation/``: the tree that the theme draws its sidebar, tabs, breadcrumb and pager from.

A portal with few pages has all of it in one file. In a larger one a folder's part is loaded where it is shown.
"""

import json
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from urllib.parse import quote

from msgspec import Struct

from prmbuild.render.words import Labels, words
from prmbuild.site.contents import Contents, CourseContents
from prmbuild.site.entries import Entry
from prmbuild.site.folders import SEGMENT, FolderView
from prmbuild.site.recipes import Recipe

CATALOGUE = "catalogue/"
WHATS_NEW = "whats-new/"
COURSES = "courses/"
PATH = "navigation.json"

_LAST = 1 << 30


class Node(Struct, frozen=True, kw_only=True):
    """An entry of the navigation.

    Attributes:
        url: relative to the portal's root; None where the entry only holds others.
        updated: the day the page last changed.
        sequence: whether previous and next stay within this entry.
        items: what it holds.
        more: URL of the file that has what it holds, relative to the portal's root; None where `items` has it.
        first: where it leads without a URL of its own, where `more` is not loaded.
    """

    title: str
    url: str | None
    updated: date | None = None
    sequence: bool = False
    items: "tuple[Node, ...]" = ()
    more: str | None = None
    first: str | None = None


def top(contents: Contents) -> Recipe:
    """Return the part of the navigation that every page of a portal loads."""
    courses = [course.shows for course in contents.courses]
    return Recipe(PATH, (contents.resources.mark, courses), lambda: navigation_json(navigation(contents)))


def navigation(contents: Contents) -> tuple[Node, ...]:
    """Return the entries of the top level: what every portal has, then a section per folder of ``content/``.

    What every portal has is named in the look's language here; a page calls it by the names that its own tabs have.

    Within a folder, pages stand by their ``order``, then by title. A page that has a folder of its own name beside it,
    and the index page of a deeper folder, become the head of that folder's entries.
    """
    say = contents.common.words
    return (
        Node(title=say("home"), url=""),
        Node(title=say("new"), url=WHATS_NEW),
        Node(
            title=say("courses"),
            url=COURSES,
            items=tuple(map(_course, contents.courses)),
        ),
        Node(title=say("catalogue"), url=CATALOGUE),
        *_sections(contents),
    )


def apart(top: FolderView) -> Iterator[FolderView]:
    """Yield the folders whose part of the navigation is in a file of its own.

    Args:
        top: the portal's resources.
    """
    left = list(top.folders) if top.count > SEGMENT else []
    while left:
        folder = left.pop()
        if not _is_leaf(folder):
            yield folder
            if folder.count > SEGMENT:
                left += folder.folders


def file_of(folder: FolderView) -> str:
    """Return where the part of a folder stands, relative to the portal's root."""
    return f"navigation/{folder.path}/index.json"


def of_folder(folder: FolderView, labels: Labels) -> Recipe:
    """Return the part of the navigation that is loaded where a folder is shown."""

    def make() -> bytes:
        own = (_leaf(folder.index),) if folder.index is not None else ()
        return navigation_json((*own, *_items(folder, labels, whole=folder.count <= SEGMENT)))

    return Recipe(file_of(folder), (folder.mark,), make)


def navigation_json(nodes: Iterable[Node]) -> bytes:
    """Return navigation for the theme's script: ``{"items": [{title, url?, updated?, sequence?, items?, more?}]}``."""
    return json.dumps({"items": [_plain(node) for node in nodes]}, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )


def _course(course: CourseContents) -> Node:
    lessons = [Node(title=lesson.title, url=lesson.url) for lesson in course.lessons]
    if course.quiz_url is not None:
        quiz = words(course.source.language)("course.quiz")
        lessons.append(Node(title=quiz, url=course.quiz_url))
    return Node(title=course.source.title, url=course.url, items=tuple(lessons), sequence=True)


def _sections(contents: Contents) -> tuple[Node, ...]:
    top, labels = contents.resources, contents.common.labels
    rank = {name: place for place, name in enumerate(contents.common.sections)}
    whole = top.count <= SEGMENT
    found = [
        ((rank.get(view.name, _LAST), labels(view.name).casefold(), view.name), _section(view, labels, whole=whole))
        for view in top.folders
    ]
    found += [
        (
            (
                rank.get(posixpath.basename(entry.url.rstrip("/")), _LAST),
                entry.title.casefold(),
                entry.path,
            ),
            _leaf(entry),
        )
        for entry in top.entries
    ]
    return tuple(node for _, node in sorted(found, key=lambda pair: pair[0]))


def _section(view: FolderView, labels: Labels, *, whole: bool) -> Node:
    index = view.index
    own = (_leaf(index),) if index is not None else ()
    return _holding(
        view,
        Node(title=labels(view.name), url=index.url if index is not None else None, sequence=True),
        (*own, *_items(view, labels, whole=True)) if whole or _is_leaf(view) else None,
    )


def _holding(view: FolderView, head: Node, items: tuple[Node, ...] | None) -> Node:
    """Return a folder's node with what it holds, or with the file that has it where ``items`` is None."""
    if items is None:
        return Node(
            title=head.title,
            url=head.url,
            updated=head.updated,
            sequence=head.sequence,
            more=quote(file_of(view)),
            first=None if head.url is not None else _first(view),
        )
    return Node(title=head.title, url=head.url, updated=head.updated, sequence=head.sequence, items=items)


def _is_leaf(view: FolderView) -> bool:
    """Tell whether a folder shows nothing but the page that stands for it."""
    return view.count == 1 and view.index is not None


def _first(view: FolderView) -> str | None:
    """Return the URL of a page in a folder, the first one by its path."""
    return next((entry.url for entry in view.everything()), None)


def _items(view: FolderView, labels: Labels, *, whole: bool) -> tuple[Node, ...]:
    beside = {folder.name: folder for folder in view.folders}
    found: list[tuple[tuple[int, str, str], Node]] = []
    for entry in view.entries:
        if entry is view.index and view.path:
            continue
        inner = beside.pop(entry.name, None)
        node = _headed(entry, inner, labels, whole=whole) if inner is not None else _leaf(entry)
        found.append((_place(entry), node))
    for name, inner in beside.items():
        if inner.index is not None:
            found.append((_place(inner.index), _headed(inner.index, inner, labels, whole=whole)))
        else:
            title = labels(name)
            items = _items(inner, labels, whole=True) if whole else None
            found.append(((_LAST, title.casefold(), name), _holding(inner, Node(title=title, url=None), items)))
    return tuple(node for _, node in sorted(found, key=lambda pair: pair[0]))


def _headed(head: Entry, inner: FolderView, labels: Labels, *, whole: bool) -> Node:
    index = (_leaf(inner.index),) if inner.index is not None and inner.index is not head else ()
    here = whole or _is_leaf(inner)
    return _holding(inner, _leaf(head), (*index, *_items(inner, labels, whole=True)) if here else None)


def _leaf(entry: Entry) -> Node:
    return Node(title=entry.title, url=entry.url, updated=entry.updated)


def _place(entry: Entry) -> tuple[int, str, str]:
    return (_LAST if entry.order is None else entry.order), entry.title.casefold(), entry.path


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
    if node.more is not None:
        plain["more"] = node.more
    if node.first is not None:
        plain["first"] = node.first
    return plain
