"""Versions of pages and courses, taken apart: read once, and what they tell remembered from run to run."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

from msgspec import Struct

from prmbuild.authored.markdown import MarkdownParts, split_markdown
from prmbuild.authored.programme import Programme
from prmbuild.authored.reading import page_of, read_course, read_front, read_quiz
from prmbuild.authored.resource import (
    CourseSource,
    Front,
    PageMeta,
    PageSource,
    QuizSource,
    Standing,
    Status,
    front_digest,
)
from prmbuild.cache.facts import Facts, digest
from prmbuild.diagnostics import Diagnostic
from prmbuild.source.git import REGULAR_MODES
from prmbuild.source.history import Version
from prmbuild.source.snapshot import PAGE_SUFFIX, Snapshot
from prmbuild.source.standing import UNREADABLE, standing_in

_Source = TypeVar("_Source")
Told = tuple[_Source | None, tuple[Diagnostic, ...]]
"""What a file says, None where it has errors, and what is wrong with it."""

_RECENT = 64
"""Versions whose text is remembered, for whoever asks several things of one: to take a text apart again is 0.03 ms, and
all those of 20,000 pages are 200 MB."""


class _Versions(Struct, frozen=True, kw_only=True):
    """What the versions of a page tell of themselves, or those of a course or quiz.

    Attributes:
        standings: of its versions, newest first, as far as any of them may be in force: up to one that ended the page.
        blobs: object names of the same versions; empty for one that is no plain file, as a symbolic link may have the
            bytes that a page had.
        sources: number of the version → front matter, and the line on which the body starts, of those that may be the
            published one; None where it has errors.
        front: the front matter of the newest version; None where it could not be read.
    """

    standings: tuple[Standing, ...]
    blobs: tuple[str, ...]
    sources: Mapping[int, tuple[PageMeta, int] | None]
    front: Front | None

    def __post_init__(self) -> None:
        if len(self.standings) != len(self.blobs) or not all(self.blobs[number] for number in self.sources):
            raise ValueError("this says nothing of versions")


class SourceReader:
    """Reads versions of pages, each once.

    Args:
        snapshot: where they stand.
        programme: what their audiences are checked against.
        facts: what was found out about them before.
    """

    def __init__(self, snapshot: Snapshot, programme: Programme, facts: Facts) -> None:
        self._snapshot = snapshot
        self._programme = programme
        self._facts = facts
        self._standings: dict[tuple[str, str], Standing] = {}
        self._sources: dict[tuple[str, str], PageSource | None] = {}
        self._fronts: dict[str, Front] = {}
        self._courses: dict[tuple[str, str], Told[CourseSource]] = {}
        self._quizzes: dict[tuple[str, str], Told[QuizSource]] = {}
        self._parts = lru_cache(maxsize=_RECENT)(self._split)
        self._page = lru_cache(maxsize=_RECENT)(self._read_page)

    def expect(self, paths: Iterable[str]) -> None:
        """Find out, or recall, what all versions of some pages, courses and quizzes tell of themselves."""
        versions = {path: self._snapshot.history.of(path) for path in paths}

        def find_out(missing: Sequence[str]) -> Mapping[str, _Versions]:
            for path, before in self._facts.outdated("versions", missing, _Versions).items():
                self._believe(path, before)  # of versions that are still there, a new one changes nothing
                if before.front is not None:
                    self._fronts[path] = before.front
            return {path: self._listen(versions[path]) for path in missing}

        told = self._facts.recall(
            "versions",
            {path: _digest(found) for path, found in versions.items()},
            find_out,
            _Versions,
        )
        for path, of_page in told.items():
            self._believe(path, of_page)

    def expect_courses(self, paths: Iterable[str]) -> None:
        """Read, or recall, what some ``course.yaml`` and their quizzes say as they stand in the snapshot."""
        files = self._snapshot.files
        courses = {path: files[path].blob for path in paths if files[path].regular}
        told = self._facts.recall(
            "course",
            courses,
            lambda missing: {path: self.course(path, courses[path]) for path in missing},
            tuple[CourseSource | None, tuple[Diagnostic, ...]],
        )
        self._courses |= {(path, courses[path]): course for path, course in told.items()}
        named = {course.quiz for course, _ in told.values() if course is not None} & files.keys()
        quizzes = {path: files[path].blob for path in named if path is not None and files[path].regular}
        asked = self._facts.recall(
            "quiz",
            quizzes,
            lambda missing: {path: self.quiz(path, quizzes[path]) for path in missing},
            tuple[QuizSource | None, tuple[Diagnostic, ...]],
        )
        self._quizzes |= {(path, quizzes[path]): quiz for path, quiz in asked.items()}

    def course(self, path: str, blob: str) -> Told[CourseSource]:
        """Return what a version of a ``course.yaml`` says, None where it has errors, and what is wrong with it."""
        key = (path, blob)
        if key not in self._courses:
            self._courses[key] = read_course(path, self._snapshot.read(blob), self._programme)
        return self._courses[key]

    def quiz(self, path: str, blob: str) -> Told[QuizSource]:
        """Return what a version of a quiz says, None where it has errors, and what is wrong with it."""
        key = (path, blob)
        if key not in self._quizzes:
            self._quizzes[key] = read_quiz(path, self._snapshot.read(blob))
        return self._quizzes[key]

    def front(self, path: str) -> Front | None:
        """Return the front matter that was read of the newest version of a page, in this run or an earlier one."""
        return self._fronts.get(path)

    def standing(self, version: Version) -> Standing:
        """Return the status that a version gives itself; a draft where it is no plain file or cannot be read."""
        if version.blob is None or version.mode not in REGULAR_MODES:
            return UNREADABLE
        key = (version.path, version.blob)
        if key not in self._standings:
            self._standings[key] = self._in_known_words(*key) or standing_in(self._snapshot, version)
        return self._standings[key]

    def _in_known_words(self, path: str, blob: str) -> Standing | None:
        """Return the status that a version gives itself in the very words of another that is known; None else."""
        front = self._fronts.get(path)
        if front is None or front.meta is None:
            return None
        parts = self._parts(path, blob)
        same = parts is not None and front_digest(parts.front) == front.text
        return _standing(front.meta) if same else None

    def page(self, version: Version) -> PageSource | None:
        """Return a version of a page, taken apart; None where its front matter has errors."""
        if version.blob is None:
            return None
        key = (version.path, version.blob)
        return self._sources[key] if key in self._sources else self._page(*key)

    def _split(self, path: str, blob: str) -> MarkdownParts | None:
        return split_markdown(path, self._snapshot.read(blob))[0]

    def _read_page(self, path: str, blob: str) -> PageSource | None:
        parts = self._parts(path, blob)
        if parts is None:
            return None
        front = read_front(path, parts, self._programme, self._fronts.get(path))
        newest = self._snapshot.history.at(path, 0)
        if newest is not None and newest.blob == blob:
            self._fronts[path] = front
        return page_of(path, parts, front)

    def _believe(self, path: str, told: _Versions) -> None:
        for blob, standing in zip(told.blobs, told.standings, strict=True):
            if blob:
                self._standings[path, blob] = standing
        for number, source in told.sources.items():
            blob = told.blobs[number]
            if (path, blob) not in self._sources:
                self._sources[path, blob] = self._late(path, blob, source)

    def _late(self, path: str, blob: str, told: tuple[PageMeta, int] | None) -> PageSource | None:
        """Return a page whose body is read should it be asked for."""
        if told is None:
            return None
        meta, line = told
        return PageSource(path=path, meta=meta, body_line=line, read_body=lambda: self._body(path, blob))

    def _body(self, path: str, blob: str) -> str:
        parts = self._parts(path, blob)
        assert parts is not None
        return parts.body

    def _listen(self, versions: Sequence[Version]) -> _Versions:
        standings: list[Standing] = []
        sources: dict[int, tuple[PageMeta, int] | None] = {}
        settled = False
        for number, version in enumerate(versions):
            if version.blob is None:
                break
            opened = version.path.endswith(PAGE_SUFFIX) and version.mode in REGULAR_MODES and not settled
            source = self.page(version) if opened else None
            standing = self.standing(version) if source is None else _standing(source.meta)
            standings.append(standing)
            if standing.status is Status.RETIRED:
                break
            if opened and standing.status in (None, Status.APPROVED):
                told = None if source is None else (source.meta, source.body_line)
                sources[number] = told
                self._sources[version.path, version.blob] = self._late(version.path, version.blob, told)
                settled = standing.publish_at is None
        front = self._fronts.get(versions[0].path) if versions else None
        return _Versions(
            standings=tuple(standings),
            blobs=tuple(
                version.blob or "" if version.mode in REGULAR_MODES else "" for version in versions[: len(standings)]
            ),
            sources=sources,
            front=front,
        )


def _standing(meta: PageMeta) -> Standing:
    return Standing(status=meta.status, publish_at=meta.publish_at)


def _digest(versions: Sequence[Version]) -> str:
    return digest(" ".join([f"{version.mode} {version.blob}" for version in versions]).encode())
