"""Pages of two states: who gains, loses or sees changed which page, or which part of it."""

from collections.abc import Iterator, Mapping, Sequence, Set

from prmbuild.exposure.blocks import Guard, Line, Region, lines_of, only_blocks, regions
from prmbuild.exposure.causes import UNKNOWN, Why, commit
from prmbuild.exposure.edits import distinct, written
from prmbuild.exposure.model import Cause, CauseKind, Change, Effect, Subject, SubjectKind
from prmbuild.exposure.moves import move
from prmbuild.exposure.state import JointState
from prmbuild.portals.views import SeenPage, joined
from prmbuild.source.history import Version
from prmbuild.visibility.rules import Origin
from prmbuild.visibility.sets import For, split


def page_changes(
    base: JointState, head: JointState, moved: Mapping[str, str], why: Why, paths: Set[str] | None = None
) -> Iterator[Change]:
    """Yield what changes about pages.

    Args:
        base: the state before.
        head: the state after.
        moved: repository path in the head → that in the base, of files that moved.
        why: finds causes.
        paths: repository paths of all pages that may differ; any may where they are left out.
    """
    before, after = base.side.shown.pages, head.side.shown.pages
    sources = {*moved.values()}
    for path in sorted({*before, *after} if paths is None else paths):
        if path in sources and path not in after:
            continue
        yield from _Page(base, head, moved.get(path, path), path, why).changes()
    for path, source in moved.items():
        if source in before and path not in after:
            yield from _Page(base, head, source, path, why).changes()


class _Page:
    """One page in both states.

    Args:
        base: the state before.
        head: the state after.
        before: its repository path in the base.
        after: its repository path in the head.
        why: finds causes.
    """

    def __init__(self, base: JointState, head: JointState, before: str, after: str, why: Why) -> None:
        self._base = base
        self._head = head
        self._before = before
        self._after = after
        self._why = why
        self._was, self._now = base.seen(before), head.seen(after)

    def changes(self) -> Iterator[Change]:
        """Yield all that changes about the page."""
        if not self._was and not self._now:
            return
        before, after = joined(self._was), joined(self._now)
        for gone, some in ((False, after & ~before), (True, before & ~after)):
            if some:
                for viewers, causes in self._why.page(self._before, self._after, some, gone=gone):
                    yield self._change(Effect.LOSES if gone else Effect.GAINS, viewers, causes)
        both = before & after
        if both and self._before != self._after:
            yield self._change(Effect.MOVED, both, (move(self._before, self._after),))
        if both and not _alike(self._was, self._now, both):
            yield from self._inside(both)

    def _inside(self, both: int) -> Iterator[Change]:
        """Yield what changes for those who see the page in both states."""
        was, now = self._lines(self._base, self._was, both), self._lines(self._head, self._now, both)
        guarded = any(line.guard for line in (*was, *now))
        found = regions(was, now) if guarded else ()
        for region in found:
            yield from self._block(region)
        changed: dict[tuple[Cause, ...], int] = {}
        for some, old in self._was:
            for others, new in self._now:
                overlap = some & others & both
                if not overlap:
                    continue
                for part in split(overlap, (region.viewers for region in found)):
                    causes = self._differences(old, new, was, now, found, part)
                    if causes:
                        changed[causes] = changed.get(causes, 0) | part
        for causes, viewers in changed.items():
            yield self._change(Effect.CHANGED, viewers, causes)

    def _differences(
        self,
        old: SeenPage,
        new: SeenPage,
        was: Sequence[Line],
        now: Sequence[Line],
        found: Sequence[Region],
        viewers: int,
    ) -> tuple[Cause, ...]:
        """Return why viewers read something else than before, beside the blocks that were found."""
        causes: list[Cause] = []
        if _place_in_course(self._base, old) != _place_in_course(self._head, new):
            causes.append(
                Cause(kind=CauseKind.COURSE, origin=None, text="it has another course, or place in its course")
            )
        same_text = same_input(old, new)
        named = any(region.viewers & viewers for region in found)
        by_blocks = not same_text and named and only_blocks(was, now, found, viewers & -viewers)
        if _facts(old) != _facts(new) or not (same_text or by_blocks):
            causes.append(replaced(old.page.version, new.page.version))
        return tuple(causes)

    def _block(self, region: Region) -> Iterator[Change]:
        page = self._head.catalog.pages[self._after]
        around = region.before if region.gone else region.after
        named = _named(around or region.before or region.after)
        title = f"block for {named} in {self._title()}"
        subject = Subject(kind=SubjectKind.BLOCK, path=self._after, line=region.line, title=title)
        for viewers, causes in self._block_causes(region):
            yield Change(
                subject=subject,
                effect=Effect.LOSES if region.gone else Effect.GAINS,
                viewers=viewers,
                before=self._base.catalog.pages[self._before].version,
                after=page.version,
                causes=causes,
                moved_from=self._before if self._before != self._after else None,
            )

    def _block_causes(self, region: Region) -> Iterator[tuple[int, tuple[Cause, ...]]]:
        """Say why lines are seen in one version alone: their blocks were edited, or what their audiences mean."""
        closed, opened = (region.after, region.before) if region.gone else (region.before, region.after)
        state = self._head if region.gone else self._base
        spoken = {written(audience) for audience, _ in opened}
        found: list[tuple[int, Cause]] = []
        for audience, _ in closed:
            refused = region.viewers & ~state.admitted(audience)
            if not refused:
                continue
            if written(audience) in spoken:
                for some, causes in self._why.audience(audience, refused, gone=region.gone):
                    found += ((some, cause) for cause in causes if cause is not UNKNOWN)
            else:
                found.append((refused, self._fences(region)))
        for part in split(region.viewers, (some for some, _ in found)):
            causes = distinct(cause for some, cause in found if some & part)
            yield part, causes or (self._fences(region),)

    def _fences(self, region: Region) -> Cause:
        text = f"the text was for {_named(region.before)} and is for {_named(region.after)}"
        path, guard = (self._after, region.after) if region.after else (self._before, region.before)
        line = guard[-1][1] if guard else region.line
        return Cause(
            kind=CauseKind.BLOCK,
            origin=Origin(path=path, line=line, column=1),
            text=text,
            in_base=not region.after and bool(region.before),
        )

    def _lines(self, state: JointState, seen: For[SeenPage], both: int) -> tuple[Line, ...]:
        page = seen[0][1].page
        blocks = state.side.considered.texts.blocks(page)
        assert blocks is not None  # a page whose blocks have errors is seen by nobody
        return lines_of(blocks, page.source.body_line, state.admitted, both)

    def _title(self) -> str:
        side, seen = (self._head.side, self._now) if self._now else (self._base.side, self._was)
        return side.articles[seen[0][1].input.key].title

    def _change(self, effect: Effect, viewers: int, causes: tuple[Cause, ...]) -> Change:
        there = self._head.exists(self._after)
        return Change(
            subject=Subject(kind=SubjectKind.PAGE, path=self._after if there else self._before, title=self._title()),
            effect=effect,
            viewers=viewers,
            before=self._was[0][1].page.version if self._was else None,
            after=self._now[0][1].page.version if self._now else None,
            causes=causes,
            moved_from=self._before if there and self._before != self._after else None,
        )


def replaced(before: Version, after: Version) -> Cause:
    """Say which version takes the place of another."""
    text = f"new version in {commit(after)}"
    if (after.commit.at, -after.position) < (before.commit.at, -before.position):
        text = f"an earlier version, of {commit(after)}, instead of {commit(before)}"
    return Cause(kind=CauseKind.VERSION, origin=None, text=text)


def same_input(old: SeenPage, new: SeenPage) -> bool:
    """Tell whether two pages read the same; those that moved are compared letter by letter."""
    if old.page.path == new.page.path:
        return old.input.key == new.input.key
    return _facts(old) == _facts(new) and old.input.text == new.input.text


def _alike(was: For[SeenPage], now: For[SeenPage], both: int) -> bool:
    """Tell at once whether a page is the same to all who see it in both states; False where it takes a closer look."""
    if was is now:
        return True
    before = [(some & both, seen) for some, seen in was if some & both]
    after = [(some & both, seen) for some, seen in now if some & both]
    return len(before) == len(after) and all(
        some == others
        and old.page.version.blob == new.page.version.blob
        and old.page.course is new.page.course is None
        and old.input.key == new.input.key
        for (some, old), (others, new) in zip(before, after, strict=True)
    )


def _named(guard: Guard) -> str:
    return " and ".join(written(audience) for audience, _ in guard) or "all who read the page"


def _facts(seen: SeenPage) -> tuple[object, ...]:
    meta, page = seen.page.source.meta, seen.input
    return page.title, page.description, page.language, meta.type, meta.topics, meta.file, meta.order


def _place_in_course(state: JointState, seen: SeenPage) -> tuple[object, ...] | None:
    if seen.page.course is None:
        return None
    course = state.catalog.courses[seen.page.course].source
    return seen.page.course, course.title, course.lessons.index(seen.page.path), len(course.lessons)
