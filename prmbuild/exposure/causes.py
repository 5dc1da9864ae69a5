"""Why somebody sees something in one state and not in the other: what stood in the way, and which edit made that.

The state in which it is not seen is the closed one, the other the open one. What stands in the way in the closed state
and not in the open one is what was edited.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from prmbuild.authored.programme import Evidence
from prmbuild.authored.resource import Status
from prmbuild.catalog.catalog import Course
from prmbuild.exposure.edits import Edits, distinct, paths_of, written
from prmbuild.exposure.model import Cause, CauseKind, Viewers
from prmbuild.exposure.moves import move
from prmbuild.exposure.state import JointState
from prmbuild.source.approval import Absence
from prmbuild.source.git import WORKTREE
from prmbuild.source.history import Version
from prmbuild.visibility.audience import Audience
from prmbuild.visibility.rules import Rule
from prmbuild.visibility.sets import split

Obstacles = Iterator[tuple[int, Cause]]
"""Who could not see something, and the edit that put that in their way, or took it out of it."""

Reasons = Sequence[tuple[int, tuple[Cause, ...]]]
"""Disjoint sets of viewers, and why each gains or loses."""

UNKNOWN = Cause(kind=CauseKind.FILE, origin=None, text="by edits that only together make the difference")


class Place(Struct, frozen=True):
    """A file in both states: its repository path in the closed one and in the open one."""

    closed: str
    open: str


class Why(Protocol):
    """Finds causes."""

    def page(self, before: str, after: str, viewers: int, *, gone: bool) -> Reasons:
        """Say why viewers gain a page, or lose it.

        Args:
            before: its repository path in the base.
            after: its repository path in the head.
            viewers: who do.
            gone: whether they lose it.
        """

    def course(self, identifier: str, viewers: int, *, gone: bool) -> Reasons:
        """Say why viewers gain a course, or lose it."""

    def asset(self, before: str, after: str, viewers: int, *, gone: bool) -> Reasons:
        """Say why viewers gain an asset, or lose it."""

    def audience(self, audience: Audience, viewers: int, *, gone: bool) -> Reasons:
        """Say why an audience that is written alike in both states admits viewers in one of them only."""


class Edited:
    """Finds causes in what was edited.

    Args:
        base: the state before.
        head: the state after.
        edits: what differs between their configurations.
        viewers: the joint list.
        moved: repository path in the head → that in the base, of files that moved.
    """

    def __init__(
        self, base: JointState, head: JointState, edits: Edits, viewers: Viewers, moved: Mapping[str, str]
    ) -> None:
        self._base = base
        self._head = head
        self._edits = edits
        self._viewers = viewers
        self._moved = moved
        self._sources = {source: path for path, source in moved.items()}

    def page(self, before: str, after: str, viewers: int, *, gone: bool) -> Reasons:
        """See `Why.page`."""
        return _reasons(viewers, self._direction(gone).page(_place(before, after, gone), viewers))

    def course(self, identifier: str, viewers: int, *, gone: bool) -> Reasons:
        """See `Why.course`."""
        return _reasons(viewers, self._direction(gone).course(identifier, viewers))

    def asset(self, before: str, after: str, viewers: int, *, gone: bool) -> Reasons:
        """See `Why.asset`."""
        return _reasons(viewers, self._direction(gone).asset(_place(before, after, gone), viewers))

    def audience(self, audience: Audience, viewers: int, *, gone: bool) -> Reasons:
        """See `Why.audience`."""
        return _reasons(viewers, self._direction(gone).meaning(audience, viewers))

    def _direction(self, gone: bool) -> "_Direction":
        if gone:
            return _Direction(self._head, self._base, self._edits, self._viewers, self._sources, gone)
        return _Direction(self._base, self._head, self._edits, self._viewers, self._moved, gone)


def _place(before: str, after: str, gone: bool) -> Place:
    return Place(after, before) if gone else Place(before, after)


def _reasons(viewers: int, obstacles: Obstacles) -> Reasons:
    found = list(obstacles)
    by_causes: dict[tuple[Cause, ...], int] = {}
    for part in split(viewers, (some & viewers for some, _ in found)):
        causes = distinct(cause for some, cause in found if some & part) or (UNKNOWN,)
        by_causes[causes] = by_causes.get(causes, 0) | part
    return [(some, causes) for causes, some in by_causes.items()]


class _Direction:
    """Looks from the state in which something is not seen at the one in which it is.

    Args:
        closed: where it is not seen.
        opened: where it is.
        edits: what differs between the configurations.
        viewers: the joint list.
        paths: repository path in the open state → that in the closed one, of files that moved.
        gone: whether the closed state is the head.
    """

    def __init__(
        self,
        closed: JointState,
        opened: JointState,
        edits: Edits,
        viewers: Viewers,
        paths: Mapping[str, str],
        gone: bool,
    ) -> None:
        self._closed = closed
        self._open = opened
        self._edits = edits
        self._viewers = viewers
        self._paths = paths
        self._gone = gone

    def page(self, place: Place, viewers: int) -> Obstacles:
        """Yield what stands between viewers and a page."""
        yield from self._existence(viewers)
        there = viewers & self._closed.everyone
        if not there:
            return
        page, shown = self._closed.catalog.pages.get(place.closed), self._open.catalog.pages[place.open]
        if page is None:
            yield there, self._presence(place, shown.version)
        elif self._closed.broken(page):
            yield there, self._mended(shown.version if not self._gone else page.version)
        yield from self._rules(place, there)
        course = page.course if page is not None else shown.course
        if course is not None and (refused := there & ~self._closed.takers(course)):
            of_course = list(self.course(course, refused))
            yield from of_course or ((refused, self._of_course(course)),)

    def course(self, identifier: str, viewers: int, asked: frozenset[str] = frozenset()) -> Obstacles:
        """Yield what stands between viewers and a course: that of each of its parts.

        Args:
            identifier: the course.
            viewers: whom it does not show to.
            asked: courses that require it, on the way to it; courses may require each other.
        """
        yield from self._existence(viewers)
        there = viewers & self._closed.everyone
        closed, opened = self._closed.catalog.courses.get(identifier), self._open.catalog.courses.get(identifier)
        if not there or opened is None:
            return
        if closed is None:
            path = opened.source.path
            yield there, self._presence(Place(path, path), opened.version)
            return
        if not self._takes_same(closed, opened):
            version = closed.version if self._gone else opened.version
            yield there, Cause(kind=CauseKind.COURSE, origin=None, text=f"its parts were edited in {commit(version)}")
        for part in closed.source.lessons:
            page, shown = self._closed.catalog.pages.get(part), self._open.catalog.pages.get(part)
            if page is None and shown is not None:
                yield there, self._presence(Place(part, part), shown.version)
            elif page is not None and shown is not None and self._closed.broken(page):
                yield there, self._mended(page.version if self._gone else shown.version)
        if closed.source.quiz is not None and closed.quiz is None and opened.quiz is not None:
            yield there, self._quiz(closed)
        for part in (
            closed.source.path,
            *closed.source.lessons,
            *((closed.source.quiz,) if closed.source.quiz else ()),
        ):
            yield from self._rules(Place(part, part), there)
        for needed in closed.source.prerequisites:
            refused = there & ~self._closed.takers(needed) & self._open.takers(needed)
            if refused and needed not in asked:
                yield from self.course(needed, refused, asked | {identifier})

    def asset(self, place: Place, viewers: int) -> Obstacles:
        """Yield what stands between viewers and an asset: its rules, and that no page they see shows it."""
        yield from self._existence(viewers)
        there = viewers & self._closed.everyone
        if not there:
            return
        yield from self._rules(place, there)
        if place.closed not in self._closed.catalog.assets:
            yield there, self._file(place)
            return
        lacking = there
        for some, _ in self._closed.shown_by.get(place.closed, ()):
            lacking &= ~some
        for some, page in self._open.shown_by.get(place.open, ()):
            if taken := some & lacking:
                lacking ^= taken
                yield from self._showing(page, taken)

    def _showing(self, page: str, viewers: int) -> Obstacles:
        """Yield that a page shows an asset in the open state, and what stands between viewers and the page."""
        text = f"no longer shown by {page}" if self._gone else f"shown by {page}"
        other = self._paths.get(page, page)
        refused = viewers & ~self._closed.readers(other)
        if refused:
            yield refused, Cause(kind=CauseKind.REFERENCE, origin=None, text=text)
            yield from self.page(Place(other, page), refused)
        if reading := viewers & ~refused:
            version = (self._closed.catalog.pages[other] if self._gone else self._open.catalog.pages[page]).version
            text = f"{text} since {commit(version)}"
            yield reading, Cause(kind=CauseKind.REFERENCE, origin=None, text=text)

    def meaning(self, audience: Audience, refused: int) -> Obstacles:
        """Yield why an audience that reads alike in both states admits some in one of them only."""
        for cause in self._edits.audiences(audience):
            yield refused, cause
        for partner in self._viewers.partners_in(refused):
            for cause in self._edits.attributes(partner.id):
                yield refused & partner.viewers, cause

    def _existence(self, viewers: int) -> Obstacles:
        strangers = viewers & ~self._closed.everyone
        for partner in self._viewers.partners_in(strangers):
            some = strangers & partner.viewers
            if partner.id not in self._closed.configuration.partners:
                yield some, self._edits.existence(partner.id, "", gone=self._gone)
                continue
            for role in self._viewers.roles:
                if role.viewers & some:
                    yield role.viewers & some, self._edits.existence(partner.id, role.id, gone=self._gone)

    def _rules(self, place: Place, viewers: int) -> Obstacles:
        rules = self._closed.rules(place.closed)
        if not rules:
            for rule in self._open.rules(place.open):
                yield viewers, self._unmatched(rule, place)
        for rule in rules:
            if refused := viewers & ~self._closed.admitted(rule.audience):
                yield from self._refusal(rule, place, refused)
        own = self._closed.own_rule(place.closed)
        if own is not None and (refused := viewers & ~self._closed.admitted(own.audience)):
            yield from self._own_refusal(own, place, refused)

    def _unmatched(self, rule: Rule, place: Place) -> Cause:
        """Say why a rule of the open state has no match in the closed one, where no rule matches."""
        other = self._edits.rule(rule, in_head=not self._gone)
        if other is None:
            return self._only(rule, in_base=self._gone)
        if other.matches(place.open):
            return move(place.open, place.closed) if self._gone else move(place.closed, place.open)
        return self._edited(other, rule) if not self._gone else self._edited(rule, other)

    def _refusal(self, rule: Rule, place: Place, refused: int) -> Obstacles:
        other = self._edits.rule(rule, in_head=self._gone)
        if other is None:
            yield refused, self._only(rule, in_base=not self._gone)
        elif written(other.audience) != written(rule.audience):
            yield refused, self._edited(other, rule) if self._gone else self._edited(rule, other)
        elif other.matches(place.open):
            yield from self.meaning(rule.audience, refused)
        elif rule.matches(place.open):
            yield refused, self._edited(other, rule) if self._gone else self._edited(rule, other)
        else:
            yield refused, move(place.open, place.closed) if self._gone else move(place.closed, place.open)

    def _own_refusal(self, own: Rule, place: Place, refused: int) -> Obstacles:
        other = self._open.own_rule(place.open)
        if other is not None and written(other.audience) == written(own.audience):
            yield from self.meaning(own.audience, refused)
            return
        before, after = (other, own) if self._gone else (own, other)
        was, now = (written(rule.audience) if rule is not None else "none" for rule in (before, after))
        place_of = after or before
        assert place_of is not None
        yield (
            refused,
            Cause(
                kind=CauseKind.FRONT_MATTER,
                origin=place_of.origin,
                text=f"audience in the front matter: {was} → {now}",
                in_base=after is None,
            ),
        )

    def _only(self, rule: Rule, *, in_base: bool) -> Cause:
        what = "rule removed" if in_base else "new rule"
        text = f"{what}: {paths_of(rule)} shown to {written(rule.audience)}"
        return Cause(kind=CauseKind.RULE, origin=rule.origin, text=text, in_base=in_base)

    def _edited(self, before: Rule, after: Rule) -> Cause:
        was, now = written(before.audience), written(after.audience)
        if before.paths == after.paths:
            text = f"rule for {paths_of(after)}: {was} → {now}"
        elif was == now:
            text = f"rule for {now}: paths {paths_of(before)} → {paths_of(after)}"
        else:
            text = f"rule {paths_of(before)} shown to {was} → {paths_of(after)} shown to {now}"
        return Cause(kind=CauseKind.RULE, origin=after.origin, text=text)

    def _presence(self, place: Place, shown: Version) -> Cause:
        """Say why a page or course has no published version in the closed state."""
        if not self._closed.exists(place.closed):
            return self._file(place)
        ruling = self._closed.catalog.absent.get(place.closed)
        absence = ruling.absence if ruling is not None else None
        newest = self._closed.catalog.snapshot.history.of(place.closed)
        which = "expire_at" if absence is Absence.EXPIRED else "publish_at"
        if ruling is not None and ruling.due is not None and self._passed(ruling.due):
            return Cause(kind=CauseKind.DATE, origin=None, text=f"{which} {ruling.due:%Y-%m-%d %H:%M}Z has passed")
        if self._gone:
            match absence:
                case Absence.RETIRED:
                    return Cause(kind=CauseKind.RETIRED, origin=None, text=f"retired in {commit(newest[0])}")
                case Absence.EXPIRED | Absence.NOT_YET if ruling is not None and ruling.due is not None:
                    text = f"{which} is {ruling.due:%Y-%m-%d %H:%M}Z now"
                    return Cause(kind=CauseKind.DATE, origin=None, text=text)
                case _:
                    return Cause(kind=CauseKind.APPROVAL, origin=None, text=self._unapproved(place))
        match absence:
            case Absence.RETIRED:
                text = f"was retired, approved again in {commit(shown)}"
                return Cause(kind=CauseKind.APPROVAL, origin=None, text=text)
            case Absence.EXPIRED | Absence.NOT_YET:
                return Cause(kind=CauseKind.DATE, origin=None, text=f"{which} edited in {commit(shown)}")
            case _:
                return Cause(kind=CauseKind.APPROVAL, origin=None, text=f"approved in {commit(shown)}")

    def _passed(self, due: datetime) -> bool:
        first, last = sorted((self._closed.catalog.now, self._open.catalog.now))
        return first < due <= last

    def _unapproved(self, place: Place) -> str:
        """Say why a page or course that was published has no approved version in the head."""
        versions = self._closed.catalog.snapshot.history.of(place.closed)
        standing = self._closed.side.considered.reader.standing(versions[0])
        if standing.status is Status.APPROVED and self._closed.programme.settings.evidence is Evidence.MERGE:
            return f"it has errors since {commit(versions[0])}; run prmbuild check"
        return "no version of it is approved"

    def _file(self, place: Place) -> Cause:
        """Say why a file is not there in the closed state."""
        if self._gone:
            versions = self._closed.catalog.snapshot.history.of(place.closed)
            text = f"deleted in {commit(versions[0])}" if versions else "not in this history"
            return Cause(kind=CauseKind.FILE, origin=None, text=text)
        version = self._open.catalog.snapshot.history.at(place.open, 0)
        text = f"new in {commit(version)}" if version is not None else "new"
        copied = self._closed.with_blob(version.blob) if version is not None and version.blob is not None else None
        if copied is not None:
            text = f"{text}, a copy of {copied}"
        return Cause(kind=CauseKind.FILE, origin=None, text=text)

    def _mended(self, version: Version) -> Cause:
        what = "its audience blocks have errors since" if self._gone else "its audience blocks were mended in"
        return Cause(kind=CauseKind.BLOCK, origin=None, text=f"{what} {commit(version)}")

    def _quiz(self, course: Course) -> Cause:
        what = "is not approved any more" if self._gone else "is approved now"
        return Cause(kind=CauseKind.COURSE, origin=None, text=f"the quiz {course.source.quiz} {what}")

    def _of_course(self, course: str) -> Cause:
        what = "does not show any more" if self._gone else "shows now"
        return Cause(kind=CauseKind.COURSE, origin=None, text=f"its course {course} {what}")

    def _takes_same(self, one: Course, other: Course) -> bool:
        return (one.source.lessons, one.source.quiz, one.source.prerequisites) == (
            other.source.lessons,
            other.source.quiz,
            other.source.prerequisites,
        )


def commit(version: Version) -> str:
    """Name the commit that brought a version, for people."""
    one = version.commit
    return "what is not committed yet" if one.id == WORKTREE else f"{one.short} '{one.subject}'"
