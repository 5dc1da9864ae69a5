"""``search/``: a portal's pages and courses in segments, and the index that names them.

A page's words are taken once, whoever sees it. A segment is made once for all portals that show the same pages in it,
and remembered by what its pages are made of.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from itertools import groupby, islice
from typing import NamedTuple

from msgspec import Struct

from prmbuild.cache import Cache
from prmbuild.render.article import Section
from prmbuild.render.engine import BATCH, Engine
from prmbuild.render.stored import read_body
from prmbuild.search.entry import Entry as Found
from prmbuild.search.entry import entry as found_entry
from prmbuild.search.listing import SEGMENTS, TOGETHER, Listing, Settings, Terms, index, listing, terms
from prmbuild.search.segment import Segment, Summary, file_name, segment
from prmbuild.site.contents import Common, Contents
from prmbuild.site.entries import COURSE_TYPE, Entry
from prmbuild.site.fingerprint import fingerprint

PATH = "search/index.json"

AT_A_TIME = 4
"""Groups that are sent to a worker together: few, as each has a hundred pages, but more than the looks of most places,
which have most pages, and so most buckets, in common."""

_AT_ONCE = 32
"""Files of several segments that are made before they are kept: some 15 MB."""

_AT_HAND = 256
"""Pages whose words are kept at hand for the next group."""


class Group(NamedTuple):
    """Pages and courses that are searched together.

    Attributes:
        place: tells the groups of a portal apart, and stays the same while their pages change.
    """

    place: str
    entries: tuple[Entry, ...]

    @property
    def folder(self) -> str:
        """Where its files stand, below the portal's root: a small folder, as releases are copied by folder."""
        return _folder(self.place)


class MadeSegment(Struct, frozen=True, kw_only=True):
    """A segment of search data whose bytes the cache has.

    Attributes:
        folder: where its files stand, below the portal's root.
        files: name → SHA-256 of the bytes; a name changes with the bytes.
        terms: SHA-256 of its terms, which stand in a file with those of others.
        start: SHA-256 of what a listing has of it.
    """

    folder: str
    files: Mapping[str, str]
    terms: str
    start: str
    summary: Summary

    @property
    def digests(self) -> tuple[str, ...]:
        """The SHA-256 of all that was made."""
        return (*self.files.values(), self.terms, self.start)


class MadeFile(Struct, frozen=True, kw_only=True):
    """A file about several segments whose bytes the cache has.

    Attributes:
        folder: where it stands alone, below the portal's root.
        digest: SHA-256 of the bytes.
    """

    folder: str
    digest: str

    @property
    def name(self) -> str:
        """Its name, which changes with the bytes."""
        return file_name(self.digest)

    @property
    def file(self) -> tuple[str, str]:
        """Its path below the portal's root, and SHA-256."""
        return f"{self.folder}/{self.name}", self.digest


class MadeTerms(MadeFile, frozen=True, kw_only=True):
    """A file of terms.

    Attributes:
        segments: those whose terms it has.
    """

    segments: Sequence[MadeSegment]


class MadeListing(MadeFile, frozen=True, kw_only=True):
    """A listing.

    Attributes:
        terms: the files with the terms of its segments.
    """

    terms: Sequence[MadeTerms]

    @property
    def files(self) -> Iterator[tuple[str, str]]:
        """Path below the portal's root and SHA-256, of the listing and of its files of terms."""
        return (one.file for one in (self, *self.terms))


class SearchData:
    """Makes search data.

    Args:
        common: what all portals have in common.
        engine: takes the words of pages.
        kept: has what was made before.
    """

    def __init__(self, common: Common, engine: Engine, kept: Cache) -> None:
        self._common = common
        self._engine = engine
        self._cache = kept
        self._keys: dict[Entry, str] = {}

    def made(self, groups: Iterable[Group]) -> Mapping[Group, MadeSegment]:
        """Return the search data of groups of pages and courses."""
        wanted = {group: self._segment_key(group) for group in groups}
        keys = dict.fromkeys(wanted.values())
        self._cache.fetch(keys)
        made = {key: _read(known) for key, known in self._cache.get_many(keys).items()}
        lost = self._cache.missing({digest for one in made.values() for digest in one.digests})
        made = {key: one for key, one in made.items() if not lost or lost.isdisjoint(one.digests)}
        made |= self._make({key: group for group, key in wanted.items() if key not in made})
        return {group: made[key] for group, key in wanted.items()}

    def listings(self, portals: Iterable[Sequence[MadeSegment]]) -> list[list[MadeListing]]:
        """Return the listings of the segments of each of some portals."""
        cut = [_cut(segments, SEGMENTS) for segments in portals]
        every = [some for portal in cut for some in portal]
        listings = self._joined({_listing_key(some): some for some in every}, self._listing)
        together = self._joined({_terms_key(few): few for some in every for few in _cut(some, TOGETHER)}, self._terms)
        return [
            [
                MadeListing(
                    folder=_folder_of("listing", some),
                    digest=listings[_listing_key(some)],
                    terms=[
                        MadeTerms(folder=_folder_of("terms", few), digest=together[_terms_key(few)], segments=few)
                        for few in _cut(some, TOGETHER)
                    ],
                )
                for some in portal
            ]
            for portal in cut
        ]

    def index(self, listings: Sequence[MadeListing], contents: Contents) -> bytes:
        """Return what a portal's search starts from."""
        say, label = self._common.words, self._common.labels
        names = {slug: label(slug) for slug in contents.resources.numbers.types}
        if contents.courses:
            names[COURSE_TYPE] = say("course")
        settings = Settings(language=say.language, types=names)
        return index(
            [
                Listing(
                    folder=_below(one.folder),
                    name=one.name,
                    terms=[
                        Terms(
                            folder=_below(file.folder),
                            name=file.name,
                            segments={_below(segment.folder): segment.summary for segment in file.segments},
                        )
                        for file in one.terms
                    ],
                )
                for one in listings
            ],
            settings,
        )

    def _joined(
        self, wanted: Mapping[str, Sequence[MadeSegment]], join: Callable[[Sequence[MadeSegment]], bytes]
    ) -> Mapping[str, str]:
        """Return key → SHA-256 of what is joined of segments, given key → segments."""
        self._cache.fetch(wanted)
        known = dict(self._cache.digests(wanted))
        missing = (key for key in wanted if key not in known)
        while made := {key: join(wanted[key]) for key in islice(missing, _AT_ONCE)}:
            known |= self._cache.put_many(made)
        return known

    def _listing(self, segments: Sequence[MadeSegment]) -> bytes:
        return listing([(one.summary, self._cache.object(one.start)) for one in segments])

    def _terms(self, segments: Sequence[MadeSegment]) -> bytes:
        read = self._cache.object
        return terms([(read(one.terms), read(one.start)[: one.summary.placed]) for one in segments])

    def _make(self, missing: Mapping[str, Group]) -> Mapping[str, MadeSegment]:
        self._take(list(dict.fromkeys(entry for group in missing.values() for entry in group.entries)))
        ordered = sorted(missing.items(), key=lambda one: one[1].place)
        found = self._engine.map(_segment, self._words([group for _, group in ordered]), AT_A_TIME)
        made = {key: self._keep(group.folder, one) for (key, group), one in zip(ordered, found, strict=True)}
        self._cache.put_many({key: _written(one) for key, one in made.items()})
        return made

    def _words(self, groups: Iterable[Group]) -> Iterator[Sequence[bytes]]:
        """Yield the words of each group's pages, read once for all groups of a place that stand beside each other."""
        for _, same in groupby(groups, key=lambda group: group.place):
            at_hand: dict[str, bytes] = {}
            for group in same:
                new = [entry for entry in group.entries if self._key(entry) not in at_hand]
                at_hand |= zip(map(self._key, new), self._entries(new), strict=True)
                yield [at_hand[self._key(entry)] for entry in group.entries]

    def _take(self, entries: Sequence[Entry]) -> None:
        """Take the words of pages and courses, each once."""
        keys = {self._key(entry): entry for entry in entries}
        known = self._cache.digests(keys)
        missing = {key: entry for key, entry in keys.items() if key not in known}
        self._cache.put_many(
            {key: _course_entry(entry, self._names(entry)) for key, entry in missing.items() if not entry.key}
        )
        pages = {key: entry for key, entry in missing.items() if entry.key}
        self._cache.missing({self._engine.body_digest(entry.key) for entry in pages.values()})
        inputs = (
            (self._engine.stored_body(entry.key), entry.url, entry.title, entry.description, entry.language, entry.type,
             self._names(entry))
            for entry in pages.values()
        )  # fmt: skip
        taken = zip(pages, self._engine.map(_page_entry, inputs), strict=True)
        while kept := dict(islice(taken, BATCH)):
            self._cache.put_many(kept)

    def _entries(self, entries: Sequence[Entry]) -> list[bytes]:
        keys = [self._key(entry) for entry in entries]
        known = self._cache.get_many(keys)
        if len(known) < len(set(keys)):
            self._take([entry for key, entry in zip(keys, entries, strict=True) if key not in known])
            known = self._cache.get_many(keys)
        return [known[key] for key in keys]

    def _names(self, entry: Entry) -> tuple[str, ...]:
        say, label = self._common.words, self._common.labels
        kind = () if entry.type is None else (say("course") if entry.type == COURSE_TYPE else label(entry.type),)
        return (*kind, *map(label, entry.topics))

    def _key(self, entry: Entry) -> str:
        known = self._keys.get(entry)
        if known is None:
            said = self._engine.body_digest(entry.key) if entry.key else repr(entry.parts)
            parts = (fingerprint(), self._engine.toolchain.fingerprint, said, entry.url, entry.title,
                     entry.description, entry.language, entry.type or "", *self._names(entry))  # fmt: skip
            known = self._keys[entry] = sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
        return known

    def _segment_key(self, group: Group) -> str:
        keys = " ".join(map(self._key, group.entries))
        return sha256(f"segment\0{fingerprint()}\0{group.folder}\0{keys}".encode()).hexdigest()

    def _keep(self, folder: str, made: Segment) -> MadeSegment:
        *digests, found, start = self._cache.put_objects((*made.files.values(), made.terms, made.start))
        return MadeSegment(
            folder=folder,
            files=dict(zip(made.files, digests, strict=True)),
            terms=found,
            start=start,
            summary=made.summary,
        )


def _segment(words: Sequence[bytes]) -> Segment:
    """Join the words of pages into a segment."""
    return segment([_read_words(data) for data in words])


@lru_cache(maxsize=_AT_HAND)
def _read_words(data: bytes) -> Found:
    return Found.from_bytes(data)


def _page_entry(page: tuple[bytes, str, str, str, str, str | None, tuple[str, ...]]) -> bytes:
    """Take the words of a page: stored body, URL, title, description, language, type and names of its slugs."""
    body, url, title, description, language, kind, names = page
    return found_entry(
        url=url,
        title=title,
        description=description,
        language=language,
        type=kind,
        labels=names,
        sections=read_body(body).sections,
    ).to_bytes()


def _course_entry(course: Entry, names: tuple[str, ...]) -> bytes:
    return found_entry(
        url=course.url,
        title=course.title,
        description=course.description,
        language=course.language,
        type=COURSE_TYPE,
        labels=names,
        sections=(Section(anchor="", title="", text=", ".join(course.parts)),),
    ).to_bytes()


def _written(made: MadeSegment) -> bytes:
    summary = made.summary
    document = {
        "folder": made.folder,
        "files": made.files,
        "terms": made.terms,
        "start": made.start,
        "summary": [summary.pages, summary.words, summary.listed, summary.placed],
    }
    return json.dumps(document, separators=(",", ":")).encode()


def _read(data: bytes) -> MadeSegment:
    document = json.loads(data)
    pages, words, listed, placed = document["summary"]
    return MadeSegment(
        folder=document["folder"],
        files=document["files"],
        terms=document["terms"],
        start=document["start"],
        summary=Summary(pages=pages, words=words, listed=listed, placed=placed),
    )


def files_of(made: MadeSegment) -> Iterator[tuple[str, str]]:
    """Yield path below the portal's root and SHA-256 of the files of a segment."""
    return ((f"{made.folder}/{name}", digest) for name, digest in made.files.items())


def _folder(place: str) -> str:
    return f"search/{sha256(place.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def _below(folder: str) -> str:
    """Return the path of a folder relative to that of the index."""
    return folder.removeprefix("search/")


def _folder_of(kind: str, segments: Sequence[MadeSegment]) -> str:
    """Return where a file of several segments stands: in a folder of its own, told by the first of them."""
    return _folder(f"{kind}\0{segments[0].folder}")


def _listing_key(segments: Sequence[MadeSegment]) -> str:
    return _key("listing", *(one.start for one in segments))


def _terms_key(segments: Sequence[MadeSegment]) -> str:
    return _key("terms", *(one.terms for one in segments))


def _key(kind: str, *digests: str) -> str:
    """Return the key of what is made of other things alone, which are told by their digests."""
    return sha256("\0".join((kind, fingerprint(), *digests)).encode()).hexdigest()


def _cut(segments: Sequence[MadeSegment], most: int) -> list[Sequence[MadeSegment]]:
    """Cut segments into rows of so many; the last may be shorter."""
    return [segments[start : start + most] for start in range(0, len(segments), most)]
