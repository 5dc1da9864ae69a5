"""The texts of a page: its body as each audience may see it, now and in its earlier approved versions."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import takewhile

from msgspec import Struct

from prmbuild.authored.programme import Programme
from prmbuild.authored.reading import parse_inline
from prmbuild.authored.resource import PageSource
from prmbuild.catalog.catalog import Page
from prmbuild.catalog.sources import SourceReader
from prmbuild.diagnostics import Diagnostic, has_errors
from prmbuild.portals.blocks import BlockedText, parse_blocks
from prmbuild.source.history import Version
from prmbuild.visibility.audience import Audience

Admits = Callable[[Audience], bool]


class Dates(Struct, frozen=True, kw_only=True):
    """Days (UTC) on which the readers of a text could first read the page, and last saw it change."""

    first: date
    updated: date


def blocks_of(source: PageSource, programme: Programme) -> tuple[BlockedText, tuple[Diagnostic, ...]]:
    """Take the audience blocks of a page apart; a page with errors among the findings must not be published."""
    return parse_blocks(
        source.body,
        path=source.path,
        first_line=source.body_line,
        read_audience=lambda text, line, column: parse_inline(
            text, programme, path=source.path, line=line, column=column
        ),
    )


class Texts:
    """Resolves pages for readers; every version is read and taken apart once.

    Args:
        reader: reads versions of pages.
        programme: knows the audiences.
    """

    def __init__(self, reader: SourceReader, programme: Programme) -> None:
        self._reader = reader
        self._programme = programme
        self._blocks: dict[tuple[str, str], BlockedText | None] = {}
        self._plain: set[tuple[str, str]] = set()

    def blocks(self, page: Page) -> BlockedText | None:
        """Return the approved version's body taken apart; None where it has errors, and must not be published."""
        return self._taken_apart(page.version, page.source)

    def audiences(self, page: Page) -> frozenset[Audience]:
        """Return every audience that shapes what a reader sees of the page, its earlier versions' included."""
        found: set[Audience] = set()
        for _, source, blocks in self._versions(page):
            if source.meta.audience is not None:
                found.add(source.meta.audience.audience)
            found |= set(blocks.audiences())
        return frozenset(found)

    def dates(self, page: Page, admits: Admits) -> Dates:
        """Return since when a reader could read the page, and when what that reader sees of it last changed.

        Only versions that this reader was admitted to count, so nothing that others saw shapes a date.
        """
        seen = list(self._seen(page, admits))
        same = takewhile(lambda version: version[1] == seen[0][1], seen)
        return Dates(first=min(day for day, _ in seen), updated=min(day for day, _ in same))

    def _seen(self, page: Page, admits: Admits) -> Iterator[tuple[date, tuple[object, ...]]]:
        for version, source, blocks in self._versions(page):
            if source.meta.audience is not None and not admits(source.meta.audience.audience):
                return
            meta = source.meta
            appearance = (meta.title, meta.description, meta.language, meta.type, meta.topics, blocks.resolve(admits))
            yield _appeared(version, meta.publish_at), appearance

    def _versions(self, page: Page) -> Iterator[tuple[Version, PageSource, BlockedText]]:
        """Yield the approved versions, newest first, up to the first with errors."""
        for version in (page.version, *page.earlier):
            source = page.source if version is page.version else self._reader.page(version)
            blocks = self._taken_apart(version, source) if source is not None else None
            if source is None or blocks is None:
                return
            yield version, source, blocks

    def _taken_apart(self, version: Version, source: PageSource) -> BlockedText | None:
        key = (version.path, version.blob or "")
        if key in self._plain:  # its text is not held, as most pages have no blocks
            return BlockedText(chunks=(source.body,))
        if key not in self._blocks:
            blocks, found = blocks_of(source, self._programme)
            if not has_errors(found) and blocks.chunks == (source.body,):
                self._plain.add(key)
                return blocks
            self._blocks[key] = None if has_errors(found) else blocks
        return self._blocks[key]


def _appeared(version: Version, publish_at: datetime | None) -> date:
    """Return the day from which a version could be read; that of its commit would tell when it was prepared."""
    committed = version.commit.at
    return (committed if publish_at is None else max(committed, publish_at)).date()
