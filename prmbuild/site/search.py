"""``search/``: a portal's pages and courses in segments, and the index that names them.

A page's words are taken once, whoever sees it. A segment is made once for all portals that show the same pages in it,
and remembered by what its pages are made of.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from prmbuild.cache import Cache
from prmbuild.render.article import Section
from prmbuild.render.engine import Engine
from prmbuild.render.stored import read_body
from prmbuild.search.entry import Entry as Found
from prmbuild.search.entry import entry as found_entry
from prmbuild.search.segment import Settings, Summary, index, segment
from prmbuild.site.contents import Common, Contents
from prmbuild.site.entries import COURSE_TYPE, Entry
from prmbuild.site.fingerprint import fingerprint
from prmbuild.site.folders import Segment

PATH = "search/index.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeSegment:
    """A segment of search data whose bytes the cache has.

    Attributes:
        folder: where its files stand, below the portal's root; the name changes with the bytes.
        files: name → SHA-256 of the bytes.
    """

    folder: str
    files: Mapping[str, str]
    summary: Summary


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

    def segments(self, parts: Iterable[Segment]) -> Mapping[Segment, MadeSegment]:
        """Return the search data of each part of the pages."""
        wanted = {group: self._segment_key([self._key(entry) for entry in group.entries]) for group in parts}
        self._cache.fetch(wanted.values())
        made: dict[str, MadeSegment] = {}
        missing: dict[str, Segment] = {}
        for group, key in wanted.items():
            known = self._cache.get(key)
            if known is None:
                missing.setdefault(key, group)
            else:
                made[key] = _read(known)
        lacking = {key for key, one in made.items() if self._cache.missing(one.files.values())}
        missing |= {key: group for group, key in wanted.items() if key in lacking}
        made |= self._make(missing)
        return {group: made[key] for group, key in wanted.items()}

    def own(self, contents: Contents) -> MadeSegment | None:
        """Return the segment of what is a portal's own: its welcome and its courses; None where it has neither."""
        found = [_course_entry(course, self._names(course)) for course in contents.course_entries]
        if contents.welcome is not None:
            found.append(Found.from_bytes(self._entries([contents.welcome.entry])[0]))
        return self._keep(found) if found else None

    def index(self, segments: Sequence[MadeSegment], contents: Contents) -> bytes:
        """Return what a portal's search starts from."""
        say, label = self._common.words, self._common.labels
        names = {slug: label(slug) for slug in contents.resources.numbers.types}
        if contents.courses:
            names[COURSE_TYPE] = say("course")
        settings = Settings(language=say.language, types=names)
        return index({one.folder.removeprefix("search/"): one.summary for one in segments}, settings)

    def _make(self, missing: Mapping[str, Segment]) -> Mapping[str, MadeSegment]:
        pages = dict.fromkeys(entry for group in missing.values() for entry in group.entries)
        self._take(list(pages))
        made: dict[str, MadeSegment] = {}
        for key, group in missing.items():
            one = self._keep([Found.from_bytes(data) for data in self._entries(group.entries)])
            self._cache.put(key, _written(one))
            made[key] = one
        return made

    def _take(self, entries: Sequence[Entry]) -> None:
        """Take the words of pages, each once."""
        keys = {self._key(entry): entry for entry in entries}
        known = self._cache.digests(keys)
        missing = [(key, entry) for key, entry in keys.items() if key not in known]
        self._cache.missing({self._engine.body_digest(entry.key) for _, entry in missing})
        inputs = (
            (self._engine.stored_body(entry.key), entry.url, entry.title, entry.description, entry.language, entry.type,
             self._names(entry))
            for _, entry in missing
        )  # fmt: skip
        for (key, _), data in zip(missing, self._engine.map(_page_entry, inputs), strict=True):
            self._cache.put(key, data)

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
            parts = (fingerprint(), self._engine.toolchain.fingerprint, self._engine.body_digest(entry.key), entry.url,
                     entry.title, entry.description, entry.language, entry.type or "", *self._names(entry))  # fmt: skip
            known = self._keys[entry] = sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
        return known

    def _segment_key(self, keys: Sequence[str]) -> str:
        return sha256(f"segment\0{fingerprint()}\0{' '.join(keys)}".encode()).hexdigest()

    def _keep(self, found: Sequence[Found]) -> MadeSegment:
        made = segment(found)
        return MadeSegment(
            folder=f"search/{made.summary.digest[:16]}",
            files={name: self._cache.put_object(data) for name, data in made.files.items()},
            summary=made.summary,
        )


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


def _course_entry(course: Entry, names: tuple[str, ...]) -> Found:
    return found_entry(
        url=course.url,
        title=course.title,
        description=course.description,
        language=course.language,
        type=COURSE_TYPE,
        labels=names,
        sections=(Section(anchor="", title="", text=", ".join(course.parts)),),
    )


def _written(made: MadeSegment) -> bytes:
    summary = made.summary
    document = {
        "folder": made.folder,
        "files": made.files,
        "summary": [summary.pages, summary.words, summary.digest],
    }
    return json.dumps(document, separators=(",", ":")).encode()


def _read(data: bytes) -> MadeSegment:
    document = json.loads(data)
    pages, words, digest = document["summary"]
    return MadeSegment(
        folder=document["folder"],
        files=document["files"],
        summary=Summary(pages=pages, words=words, digest=digest),
    )


def files_of(made: MadeSegment) -> Iterator[tuple[str, str]]:
    """Yield path below the portal's root and SHA-256 of the files of a segment."""
    return ((f"{made.folder}/{name}", digest) for name, digest in made.files.items())
