"""Folders as portals show them: worked out once for all portals that show the same in a folder and below.

Documents about many pages are made per folder and shared, so their cost follows what differs, and a page changes
its own folder's documents alone. A folder with much below it is cut into *segments*. Where the cuts lie follows from
what is shown and from nothing else.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from hashlib import sha256
from itertools import chain
from operator import attrgetter

from msgspec import Struct, field

from prmbuild.site.entries import INDEX, Entry
from prmbuild.visibility.sets import For, combined

SEGMENT = 128
"""The most pages that one document lists, those of one folder apart: some 100 KB of HTML."""

LATEST = 100
"""How many of the latest changes are told."""

EXAMPLES = 3
"""How many titles stand as examples of a topic."""

_RECENCY = attrgetter("recency")


class FolderView(Struct, frozen=True, kw_only=True, eq=False, dict=True):
    """A folder as a set of portals shows it. Each is made once, so identity tells whether two are the same.

    Attributes:
        path: below ``content/`` or ``courses/``; empty for these themselves.
        entries: of its own pages, sorted by path.
        folders: that show anything, sorted by name.
    """

    path: str
    entries: tuple[Entry, ...]
    folders: tuple["FolderView", ...]

    @property
    def name(self) -> str:
        """Its own name."""
        return self.path.rpartition("/")[2]

    @cached_property
    def mark(self) -> str:
        """The digest of all that lists show of the pages in it and below."""
        parts = (self.path, *(entry.mark for entry in self.entries), "", *(folder.mark for folder in self.folders))
        return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

    @cached_property
    def count(self) -> int:
        """The number of pages in it and below."""
        return len(self.entries) + sum(folder.count for folder in self.folders)

    @cached_property
    def index(self) -> Entry | None:
        """The page that stands for the folder."""
        return next((entry for entry in self.entries if entry.name in INDEX), None)

    def everything(self) -> Iterable[Entry]:
        """Yield the entries of all pages in it and below."""
        yield from self.entries
        for folder in self.folders:
            yield from folder.everything()

    @cached_property
    def latest(self) -> tuple[Entry, ...]:
        """The latest changes in it and below, at most `LATEST`."""
        below = chain.from_iterable(folder.latest for folder in self.folders)
        return tuple(sorted((*self.entries, *below), key=_RECENCY)[:LATEST])

    @cached_property
    def numbers(self) -> "Numbers":
        """How many pages of which kind there are in it and below."""
        return Numbers.of(self.entries, (folder.numbers for folder in self.folders))

    @cached_property
    def segments(self) -> "tuple[Segment, ...]":
        """The parts that have all pages in it and below; small folders beside each other share one."""
        if self.count <= SEGMENT:
            return (Segment(path=self.path, folders=(), entries=_by_path(self.everything())),)
        bundles: list[tuple[list[str], list[Entry]]] = [([], list(self.entries))]
        large: list[Segment] = []
        for folder in self.folders:
            if folder.count > SEGMENT:
                large += folder.segments
                continue
            if bundles[-1][1] and len(bundles[-1][1]) + folder.count > SEGMENT:
                bundles.append(([], []))
            bundles[-1][0].append(folder.name)
            bundles[-1][1].extend(folder.everything())
        found = [
            Segment(
                path=f"{self.path}/{names[0]}".lstrip("/") if number else self.path,
                folders=(names[0], names[-1]) if names and len(bundles) > 1 else (),
                entries=_by_path(entries),
            )
            for number, (names, entries) in enumerate(bundles)
            if entries
        ]
        return (*found, *large)


class Segment(Struct, frozen=True, kw_only=True):
    """A part of a portal's pages. Portals that show the same have equal ones.

    Attributes:
        path: tells the segments of a portal apart: that of its folder, or of the first one of those that share it.
        folders: the first and the last of the folders that share it, where others beside them have segments too.
        entries: sorted by path.
    """

    path: str
    folders: tuple[str, ...]
    entries: tuple[Entry, ...]

    @property
    def shows(self) -> tuple[object, ...]:
        """All that lists show of it."""
        return (self.path, self.folders, *(entry.mark for entry in self.entries))

    @property
    def by_title(self) -> tuple[Entry, ...]:
        """The pages, sorted by title."""
        return tuple(sorted(self.entries, key=lambda entry: entry.by_title))


def _by_path(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda entry: entry.path))


class Numbers(Struct, frozen=True, kw_only=True):
    """Counts of pages.

    Attributes:
        types: slug → number.
        topics: slug → number.
        languages: tag → number.
        examples: topic → the first entries by title, at most `EXAMPLES`.
    """

    types: Mapping[str, int]
    topics: Mapping[str, int]
    languages: Mapping[str, int]
    examples: Mapping[str, tuple[Entry, ...]]

    @staticmethod
    def of(entries: Sequence[Entry], parts: Iterable["Numbers"]) -> "Numbers":
        """Add entries and counts up."""
        types = Counter(entry.type for entry in entries if entry.type is not None)
        topics = Counter(topic for entry in entries for topic in entry.topics)
        languages = Counter(entry.language for entry in entries)
        examples: dict[str, list[Entry]] = {}
        for entry in entries:
            for topic in entry.topics:
                examples.setdefault(topic, []).append(entry)
        for part in parts:
            types.update(part.types)
            topics.update(part.topics)
            languages.update(part.languages)
            for topic, some in part.examples.items():
                examples.setdefault(topic, []).extend(some)
        return Numbers(
            types=types,
            topics=topics,
            languages=languages,
            examples={
                topic: tuple(sorted(some, key=lambda entry: entry.by_title)[:EXAMPLES])
                for topic, some in examples.items()
            },
        )


class _Folder(Struct):
    pages: list[For[Entry]] = field(default_factory=list)
    folders: "dict[str, _Folder]" = field(default_factory=dict)


def folder_views(entries: Mapping[str, For[Entry]]) -> For[FolderView]:
    """Return the top folder as each set of portals shows it.

    Args:
        entries: repository path → entry, of pages below one top folder.
    """
    top = _Folder()
    for path, seen in sorted(entries.items()):
        folder = top
        for name in path.split("/")[1:-1]:
            if name not in folder.folders:
                folder.folders[name] = _Folder()
            folder = folder.folders[name]
        folder.pages.append(seen)
    return _views("", top)


def _views(path: str, folder: _Folder) -> For[FolderView]:
    below = [_views(f"{path}/{name}" if path else name, inner) for name, inner in sorted(folder.folders.items())]
    own = len(folder.pages)
    parts: list[For[Entry | FolderView]] = [*folder.pages, *below]
    return tuple(
        (
            some,
            FolderView(
                path=path,
                entries=tuple(entry for entry in seen[:own] if isinstance(entry, Entry)),
                folders=tuple(view for view in seen[own:] if isinstance(view, FolderView)),
            ),
        )
        for some, seen in combined(parts)
    )
