"""What changes for the readers of a page, a course or a file: what they read before, and what they read after."""

from collections.abc import Collection, Iterator, Mapping
from functools import cache, cached_property

from msgspec import Struct
from msgspec.structs import replace

from prmbuild.exposure.compare import Comparison
from prmbuild.exposure.joint import translated
from prmbuild.exposure.model import Change, SubjectKind
from prmbuild.exposure.reading import Line, course_lines, page_lines
from prmbuild.exposure.state import JointState
from prmbuild.exposure.textdiff import TextDiff, text_diff
from prmbuild.portals.variants import HOME, variants
from prmbuild.portals.views import SeenCourse, SeenPage
from prmbuild.render.page import PageFacts
from prmbuild.render.variant import Variant
from prmbuild.source.history import Version
from prmbuild.visibility.sets import For, split


class Sight(Struct, frozen=True):
    """Something as some viewers see it in one of the two states.

    Attributes:
        variant: a page; None for what is none.
        lines: what is read of it; none of a file that is no page.
        version: a file that is no page.
    """

    variant: Variant | None = None
    lines: tuple[Line, ...] = ()
    version: Version | None = None


class Rewrite(Struct, frozen=True, kw_only=True):
    """What some viewers read before and after.

    Attributes:
        viewers: a set over `Exposure.viewers`.
        before: None where they saw nothing of it.
        after: None where they see nothing of it any more.
    """

    viewers: int
    before: Sight | None
    after: Sight | None

    def diff(self) -> TextDiff:
        """Compare the two texts."""
        return text_diff(self.before.lines if self.before else (), self.after.lines if self.after else ())


class Rewrites:
    """Finds what the viewers of a change read before and after; every page is read once.

    Args:
        comparison: both states; must be open.
    """

    def __init__(self, comparison: Comparison) -> None:
        changes = comparison.exposure.changes
        before = {change.moved_from or change.subject.path for change in changes}
        after = {change.subject.path for change in changes}
        self._base = _Sights(comparison.base, before) if comparison.base is not None else None
        self._head = _Sights(comparison.head, after)

    def of(self, change: Change) -> tuple[Rewrite, ...]:
        """Return what the viewers of a change read before and after: one for each that reads differently."""
        subject = change.subject
        before = self._base.of(subject.kind, change.moved_from or subject.path) if self._base is not None else ()
        after = self._head.of(subject.kind, subject.path)
        cuts = {some for some, _ in (*before, *after)}
        found: dict[object, Rewrite] = {}
        for some in split(change.viewers, cuts):
            was, now = _at(before, some), _at(after, some)
            if was is None and now is None:
                continue
            key = (_read(was), _read(now))
            known = found.get(key)
            found[key] = Rewrite(viewers=some | (known.viewers if known else 0), before=was, after=now)
        return tuple(sorted(found.values(), key=lambda rewrite: -rewrite.viewers.bit_count()))


def _at(seen: For[Sight], some: int) -> Sight | None:
    return next((sight for viewers, sight in seen if viewers & some), None)


def _read(sight: Sight | None) -> object:
    return None if sight is None else (sight.lines, sight.version.blob if sight.version is not None else None)


class _Sights:
    """What viewers see in one of the two states. All sets are over the joint list of viewers.

    Args:
        state: the state.
        paths: repository paths of the pages that will be asked about.
    """

    def __init__(self, state: JointState, paths: Collection[str]) -> None:
        self._state = state
        self._side = state.side
        self.of = cache(self._of)
        pages = self._side.shown.pages
        inputs = (seen.input for path in paths for _, seen in pages.get(path, ()))
        # an engine gives the bodies of articles that it was asked for itself; two states share those that are alike
        self._side.engine.articles({one.key: one for one in inputs})

    def _of(self, kind: SubjectKind, path: str) -> For[Sight]:
        match kind:
            case SubjectKind.ASSET:
                return tuple((some, Sight(version=version)) for some, version in self._state.assets(path))
            case SubjectKind.COURSE:
                return tuple(self._course(path))
            case _:
                return translated(tuple(self._page(path)), self._state.places)

    def _course(self, path: str) -> Iterator[tuple[int, Sight]]:
        course = self._state.published(path)
        for identifier, found in self._state.catalog.courses.items():
            if found is course:
                for some, seen in self._state.course(identifier):
                    yield some, Sight(lines=course_lines(seen, self._lesson_titles(seen)))

    def _lesson_titles(self, seen: SeenCourse) -> Mapping[str, str]:
        pages = self._side.shown.pages
        return {
            lesson: self._side.articles[pages[lesson][0][1].input.key].title
            for lesson in seen.course.source.lessons
            if lesson in pages
        }

    def _page(self, path: str) -> Iterator[tuple[int, Sight]]:
        side = self._side
        seen = side.shown.pages.get(path)
        if seen is None:
            return
        for some, variant in self._home(seen) if seen[0][1].page.address.file == HOME else self._variants(path):
            body = side.engine.body(variant.article.key)
            yield some, Sight(variant, page_lines(variant, body, side.site, side.engine.toolchain.labels))

    def _variants(self, path: str) -> For[Variant]:
        side = self._side
        shown = replace(side.shown, pages={path: side.shown.pages[path]})
        # how large its pictures are is nothing that a reader reads, so they are not opened for it
        made = variants(shown, self._state.catalog, side.articles, side.destinations, self._size, lambda _: None)
        return made[path]

    def _home(self, seen: For[SeenPage]) -> Iterator[tuple[int, Variant]]:
        """Yield the welcome on a portal's home page, whose other parts follow from other pages."""
        side = self._side
        for viewers, page in seen:
            article = side.articles[page.input.key]
            for some in split(viewers, {side.destinations.of(reference) for reference in article.references}):
                facts = PageFacts(updated=page.dates.updated.isoformat())
                yield some, Variant(article=article, followed=side.destinations.followed(article, some), facts=facts)

    def _size(self, version: Version) -> int:
        assert version.blob is not None
        return self._sizes.get(version.blob) or len(self._state.catalog.snapshot.read(version.blob))

    @cached_property
    def _sizes(self) -> Mapping[str, int]:
        """Blob → size of the files as they stand; of an earlier version the bytes have to be read."""
        return {file.blob: file.size for file in self._state.catalog.snapshot.files.values()}
