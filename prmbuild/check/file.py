"""What one file says, and what is wrong with it by itself: that depends on its path, its bytes and the programme alone.

So it can be found out in another process, and be remembered.
"""

import json
import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from prmbuild import codes
from prmbuild.authored.document import TOP, Place
from prmbuild.authored.lifecycle import Lifecycle
from prmbuild.authored.markdown import FRONT, MarkdownParts, split_markdown
from prmbuild.authored.programme import Programme
from prmbuild.authored.reading import parse_inline, read_front
from prmbuild.authored.resource import Front, PageMeta, Status
from prmbuild.authored.text import KIB, quoted
from prmbuild.catalog.catalog import is_page
from prmbuild.check.destinations import Destination, comments, destinations, place, shown, without_code
from prmbuild.check.labels import Label, labels_across
from prmbuild.check.names import presentable, speakable
from prmbuild.check.secrets import secrets_in
from prmbuild.diagnostics import Diagnostic
from prmbuild.portals.blocks import BlockedText, parse_blocks
from prmbuild.render.article import PageInput
from prmbuild.source.snapshot import CONTENT, COURSES
from prmbuild.visibility.audience import Audience, Everyone

PROBED = 8000
"""A file with a NUL byte among so many at its start is not text, as for git."""

_LFS = b"version https://git-lfs.github.com/spec/"
_HEADING = re.compile(r"^# ", re.MULTILINE)
_MAY_BE_CODE = re.compile("[`~]")


class PageFacts(Struct, frozen=True, kw_only=True):
    """What other checks need to know of a Markdown file.

    Attributes:
        sound: whether its front matter is free of errors; where it is not, everything of it is as if it were not there.
        article: the `PageInput.key` of the page with every audience block open.
        body_line: the line of the file on which the body starts, counted from 1.
        title: where its title stands: in its front matter, or its first heading.
        places: where the values of the front matter stand as JSON, which few checks ever read; see `places_of`.
        links: the destinations of its links as JSON; see `links_of`.
        labels: those that audience blocks part; none where the blocks have errors.
    """

    sound: bool
    status: Status | None
    lifecycle: Lifecycle
    file: str | None
    article: str
    body_line: int
    title: Place
    places: str
    links: str
    labels: tuple[Label, ...] = ()


class FileFacts(Struct, frozen=True, kw_only=True):
    """A file by itself.

    Attributes:
        page: None for what is no page, or no text.
        unreadable: what is wrong with its front matter and its audience blocks.
        others: everything else that is wrong with it.
    """

    page: PageFacts | None = None
    unreadable: tuple[Diagnostic, ...] = ()
    others: tuple[Diagnostic, ...] = ()


def file_findings(file: tuple[str, bytes, Front | None], programme: Programme | None) -> FileFacts:
    """Find out all that a file says by itself.

    Args:
        file: its repository path, its bytes, and the front matter that it may still have; see `read_front`.
        programme: what audiences are checked against; None where the configuration has errors.
    """
    path, data, known = file
    found: list[Diagnostic] = []
    if len(data) < KIB and data.startswith(_LFS):
        message = "this is a git LFS pointer, not the file it stands for"
        found.append(codes.GIT_LFS_POINTER.at(speakable(path), message, hint="keep the file itself in git"))
    if b"\0" not in data[:PROBED]:
        found += secrets_in(speakable(path), data.decode("utf-8-sig", "replace"))
    if not is_written_page(path):
        return FileFacts(others=tuple(found))
    parts, unreadable = split_markdown(path, data)
    if parts is None:
        return FileFacts(unreadable=unreadable, others=tuple(found))
    front = read_front(path, parts, programme, known)
    blocks, in_blocks = blocks_in(path, parts, programme)
    found += _comments(path, parts)
    found += _pictures(path, parts)
    return FileFacts(
        page=_facts(
            path, parts, front, blocks, () if in_blocks else labels_across(parts.body, blocks, parts.body_line)
        ),
        unreadable=(*front.findings, *in_blocks),
        others=tuple(found),
    )


def is_written_page(path: str) -> bool:
    """Tell whether the plain file at a repository path is a page or a lesson, or ought to be one."""
    return is_page(path) and path.startswith((f"{CONTENT}/", f"{COURSES}/")) and presentable(path)


def blocks_in(
    path: str, parts: MarkdownParts, programme: Programme | None
) -> tuple[BlockedText, tuple[Diagnostic, ...]]:
    """Take a page's body apart, as far as that is possible; without a programme every audience is taken for sound."""

    def read_audience(text: str, line: int, column: int) -> tuple[Audience | None, tuple[Diagnostic, ...]]:
        if programme is None:
            return Everyone(), ()
        return parse_inline(text, programme, path=path, line=line, column=column)

    return parse_blocks(parts.body, path=path, first_line=parts.body_line, read_audience=read_audience)


def input_of(path: str, blocks: BlockedText, meta: PageMeta | None) -> PageInput:
    """Return what to render to see a page with every audience block open."""
    return PageInput.of(
        path=path,
        text=blocks.resolve(lambda audience: True),
        title=meta.title if meta else None,
        description=meta.description if meta else "",
        language=meta.language if meta else "en",
    )


def links_of(facts: PageFacts) -> tuple[Destination, ...]:
    """Return the destinations of a page's links, in order."""
    return tuple(
        Destination(url=url, line=line, column=column, embedded=embedded)
        for url, line, column, embedded in json.loads(facts.links)
    )


def places_of(facts: PageFacts) -> Mapping[str, Place]:
    """Return where the values of the front matter stand, by key; under the empty key where all of it stands."""
    return {key: Place(*place) for key, place in json.loads(facts.places).items()}


def _facts(path: str, parts: MarkdownParts, front: Front, blocks: BlockedText, labels: tuple[Label, ...]) -> PageFacts:
    meta = front.meta
    links = [(link.url, link.line, link.column, link.embedded) for link in destinations(parts.body, parts.body_line)]
    places = front.places or {"": TOP if parts.front is None else FRONT}
    titled = meta is not None and meta.title is not None
    return PageFacts(
        sound=meta is not None,
        status=meta.status if meta else None,
        lifecycle=meta.lifecycle if meta else Lifecycle(),
        file=meta.file if meta else None,
        article=input_of(path, blocks, meta).key,
        body_line=parts.body_line,
        title=places["title"] if titled else _heading(parts),
        places=json.dumps(places),
        links=json.dumps(links),
        labels=labels,
    )


def _heading(parts: MarkdownParts) -> Place:
    heading = _HEADING.search(parts.body)
    if heading and _MAY_BE_CODE.search(parts.body, 0, heading.start()):
        heading = _HEADING.search(without_code(parts.body))
    return Place(*place(parts.body, heading.start(), parts.body_line)) if heading else Place(parts.body_line, 1)


_NO_PICTURE = re.compile(r"(?![a-zA-Z][a-zA-Z0-9+.-]*:|//)[^?#]*\.(?:md|ya?ml)(?:[?#]|\Z)", re.IGNORECASE)
"""A destination inside the programme that is a page, a course or a quiz."""


def _pictures(path: str, parts: MarkdownParts) -> Iterator[Diagnostic]:
    """Find pages that are shown as pictures: browsers show a broken one, and search finds nothing."""
    for written, line, column in shown(parts.body, parts.body_line):
        if _NO_PICTURE.match(written):
            message = f"{quoted(written)} is a page and no picture, so readers see a broken one"
            hint = "name a picture, or write a link to the page"
            yield codes.PAGE_AS_PICTURE.at(path, message, line=line, column=column, hint=hint)


def _comments(path: str, parts: MarkdownParts) -> list[Diagnostic]:
    """Find comments, which are taken out before a page is published."""
    found = []
    for line, column, closed in comments(parts.body, parts.body_line):
        if closed:
            message = "the comment is taken out before publishing"
            found.append(codes.HTML_COMMENT.at(path, message, line=line, column=column))
        else:
            message = "the comment is never closed, so nothing behind it is published"
            hint = "close it with '-->', or put '<!--' in backticks"
            found.append(codes.COMMENT_LEFT_OPEN.at(path, message, line=line, column=column, hint=hint))
    return found
