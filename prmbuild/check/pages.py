"""Pages by themselves, and beside each other."""

import re
from collections.abc import Iterator, Sequence

from prmbuild import codes
from prmbuild.check.destinations import comments, place, without_code
from prmbuild.check.shown import Mask, Shown, first
from prmbuild.check.written import Written, WrittenPage
from prmbuild.diagnostics import Diagnostic

_HEADING = re.compile(r"^# ", re.MULTILINE)
_MAY_BE_CODE = re.compile("[`~]")


def check_comments(written: Written) -> Iterator[Diagnostic]:
    """Find comments, which are taken out before a page is published."""
    for path, page in written.pages.items():
        for line, column, closed in comments(page.body, page.body_line):
            if closed:
                message = "the comment is taken out before publishing"
                yield codes.HTML_COMMENT.at(path, message, line=line, column=column)
            else:
                message = "the comment is never closed, so nothing behind it is published"
                hint = "close it with '-->', or put '<!--' in backticks"
                yield codes.COMMENT_LEFT_OPEN.at(path, message, line=line, column=column, hint=hint)


def check_titles(written: Written, shown: Shown) -> Iterator[Diagnostic]:
    """Find pages that the same readers see under the same title, in the same language."""
    entitled: dict[tuple[str, str], list[tuple[str, Mask]]] = {}
    for path, variants in sorted(shown.pages.items()):
        for page in variants:
            if page.seen.page.course is None:
                title = page.article.title.casefold(), page.seen.page.source.meta.language
                entitled.setdefault(title, []).append((path, page.portals))
    twice: dict[str, tuple[Mask, str]] = {}
    for pages in entitled.values():
        for path, portal, other in _shared(pages):
            if path not in twice or portal < twice[path][0]:
                twice[path] = portal, other
    for path, (_, other) in twice.items():
        if path in written.pages:
            line, column = _title(written.pages[path])
            message = f"the page has the same title as '{other}'"
            hint = "say in one of the titles what is different"
            yield codes.DUPLICATE_TITLE.at(path, message, line=line, column=column, hint=hint)


def _shared(pages: Sequence[tuple[str, Mask]]) -> Iterator[tuple[str, Mask, str]]:
    """Yield each page that has its title from another in some portal, the first such portal, and the other page.

    Args:
        pages: of one title, in order of their paths.
    """
    taken: Mask = 0
    for path, portals in pages:
        if portals & taken:
            portal = first(portals & taken)
            yield path, portal, next(other for other, others in pages if others & portal)
        taken |= portals


def _title(page: WrittenPage) -> tuple[int, int]:
    """Return where the title of a page stands: in its front matter, or its first heading."""
    if page.meta is not None and page.meta.title is not None:
        return page.place("title")
    heading = _HEADING.search(page.body)
    if heading and _MAY_BE_CODE.search(page.body, 0, heading.start()):
        heading = _HEADING.search(without_code(page.body))
    return place(page.body, heading.start(), page.body_line) if heading else (page.body_line, 1)
