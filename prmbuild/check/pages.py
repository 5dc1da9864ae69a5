"""Pages by themselves, and beside each other."""

import re
from collections.abc import Iterator

from prmbuild import codes
from prmbuild.check.destinations import comments, place, without_code
from prmbuild.check.written import Written, WrittenPage
from prmbuild.desired import Desired
from prmbuild.diagnostics import Diagnostic

_HEADING = re.compile(r"^# ", re.MULTILINE)


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


def check_titles(written: Written, state: Desired) -> Iterator[Diagnostic]:
    """Find pages that the same readers see under the same title, in the same language."""
    told: set[str] = set()
    for portal in state.portals:
        first: dict[tuple[str, str], str] = {}
        for path, seen in portal.pages.items():
            if seen.page.course is not None:
                continue
            title = (state.articles[seen.input.key].title.casefold(), seen.page.source.meta.language)
            other = first.setdefault(title, path)
            if other != path and path not in told and path in written.pages:
                told.add(path)
                line, column = _title(written.pages[path])
                message = f"the page has the same title as '{other}'"
                hint = "say in one of the titles what is different"
                yield codes.DUPLICATE_TITLE.at(path, message, line=line, column=column, hint=hint)


def _title(page: WrittenPage) -> tuple[int, int]:
    """Return where the title of a page stands: in its front matter, or its first heading."""
    if page.meta is not None and page.meta.title is not None:
        return page.place("title")
    heading = _HEADING.search(without_code(page.body))
    return place(page.body, heading.start(), page.body_line) if heading else (page.body_line, 1)
