"""What a partner could see at a time, told from the records alone: no repository is asked.

Times are those at which runs turned the portals over, by the clock of the machine that did it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import TypeVar
from unicodedata import normalize
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from prmbuild.catalog.address import address_of
from prmbuild.errors import StoreError
from prmbuild.records.evidence import Approved, evidence
from prmbuild.records.history import Gap, Maybe, Span, history
from prmbuild.records.live import Shown, Untold, manifests_kept
from prmbuild.records.recorded import deployment, known
from prmbuild.records.records import Deployment, Viewer
from prmbuild.records.transfers import every
from prmbuild.store.store import Store

_INDEX = "index.html"
_MOMENT = timedelta(microseconds=1)
_Time = TypeVar("_Time", bound=Span | Gap | Maybe)


class View(Struct, frozen=True, kw_only=True):
    """What some roles of a partner could see, as long as one deployment was live.

    Attributes:
        roles: sorted.
        portal: its id.
        release: its name.
        files: path → SHA-256 of the bytes, or why that cannot be told.
    """

    roles: tuple[str, ...]
    portal: str
    release: str
    files: Mapping[str, str] | Untold


class Interval(Struct, frozen=True, kw_only=True):
    """A time in which one deployment was live, or in which it is not known what was.

    Attributes:
        deployment: None where the record of it is not what was written, and in a gap.
        views: none where nobody of the partner could see anything, or that is not known.
    """

    span: Span | Gap
    deployment: Deployment | None
    views: tuple[View, ...]


class Stretch(Struct, frozen=True, kw_only=True):
    """A time in which some roles could see one version of a file, or could not see it.

    Attributes:
        since: UTC; None where nobody knows. See `begins`.
        until: UTC; None where it is so now.
        begins: whether `since` is its beginning; else the records do not tell further back.
        untold: why it cannot be told; None where it can.
        digest: SHA-256 of the bytes; None where it could not be seen.
        revision: the commit that the first deployment of it was built from; empty where that is not known.
        sources: repository path → the versions that were approved; None where the evidence of that is lost or changed.
    """

    since: datetime | None
    until: datetime | None
    begins: bool
    untold: Untold | None
    digest: str | None
    revision: str
    sources: Mapping[str, tuple[Approved, ...]] | None


class Answer(Struct, frozen=True, kw_only=True):
    """Whether some roles could see a file.

    Attributes:
        roles: sorted.
        file: its path in the portal.
        seen: whether it could be seen at any time asked about; None where that is not known.
        stretches: those that the time asked about touches, in order, of what was live for certain.
    """

    roles: tuple[str, ...]
    file: str
    seen: bool | None
    stretches: tuple[Stretch, ...]


class UnknownError(StoreError):
    """The records know no such partner, or role.

    Attributes:
        asked: what was asked for.
        known: those that they know.
    """

    def __init__(self, what: str, asked: str, known: Sequence[str], lost: int, *, complete: bool) -> None:
        """Say so; `lost` is of how many deployments the record is not what was written."""
        more = f", and {lost} of them are lost or were changed" if lost else "" if complete else ", and some are lost"
        super().__init__(f"the records know no {what} '{asked}'{more}")
        self.asked = asked
        self.known = known


class Past:
    """What the records of a store tell.

    Args:
        store: where they are.
        now: what it shows.

    Raises:
        StoreError: the store does not answer.
    """

    def __init__(self, store: Store, now: Shown) -> None:
        self._store = store
        self._history = history(store, now.live)
        self._manifests = manifests_kept(store)
        self._known: dict[str, Deployment | None] = {now.deployment.id: now.deployment}
        self._portals: dict[str, Mapping[Viewer, str]] = {}

    @property
    def begins(self) -> datetime:
        """The first instant that the records tell of, UTC."""
        return self._history.begins

    @property
    def complete(self) -> bool:
        """Whether nothing is lost that could tell of more."""
        return self._history.complete

    def between(self, start: datetime, end: datetime) -> tuple[Span | Gap, ...]:
        """Return what was live from an instant on and before another one; at the instant, where both are the same."""
        return tuple(_within(self._history.times, start, end))

    def gaps(self, start: datetime, end: datetime) -> tuple[Gap, ...]:
        """Return when nothing proves what was live, see `between`."""
        return tuple(one for one in self.between(start, end) if isinstance(one, Gap))

    def aside(self, start: datetime, end: datetime) -> tuple[Maybe, ...]:
        """Return what may have been live in a time besides, see `between` and `prmbuild.records.history`."""
        return tuple(_within(self._history.maybe, start, end))

    def roles_of(self, partner: str, role: str | None, start: datetime, end: datetime) -> tuple[str, ...]:
        """Return the roles of a partner that somebody asks about, in any of the deployments of a time.

        Raises:
            UnknownError: no record knows the partner, or the role.
        """
        viewers = self._viewers(_named((*self.between(start, end), *self.aside(start, end))))
        everybody = _named((*self._history.spans, *self._history.maybe))
        if partner not in {one for one, _ in viewers}:
            viewers |= self._viewers(everybody)
            partners = sorted({one for one, _ in viewers})
            if partner not in partners:
                raise UnknownError("partner", partner, partners, self._lost, complete=self.complete)
        roles = sorted({one for other, one in viewers if other == partner})
        if role is not None and role not in roles:
            every_role = sorted({one for _, one in self._viewers(everybody)})
            if role not in every_role:
                raise UnknownError("role", role, every_role, self._lost, complete=self.complete)
        return (role,) if role is not None else tuple(roles)

    def intervals(self, partner: str, roles: Sequence[str], start: datetime, end: datetime) -> tuple[Interval, ...]:
        """Return what some roles of a partner could see from turn to turn."""
        return tuple(self._interval(partner, roles, span) for span in self.between(start, end))

    def answers(
        self, partner: str, roles: Sequence[str], asked: str, start: datetime, end: datetime
    ) -> tuple[Answer, ...]:
        """Tell whether some roles could see a path; roles with the same answer together.

        Args:
            partner: whose.
            roles: which.
            asked: a URL, a path in the portal, or a path in the repository.
            start: see `between`.
            end: see `between`.
        """
        alike: dict[tuple[str, bool | None, tuple[_Run, ...]], list[str]] = defaultdict(list)
        for role in roles:
            viewer = (partner, role)
            file = self._meant(asked, viewer, start, end)
            alike[file, self._seen(viewer, file, start, end), self._runs(viewer, file, start, end)].append(role)
        return tuple(
            Answer(roles=tuple(some), file=file, seen=seen, stretches=tuple(self._stretch(run, file) for run in runs))
            for (file, seen, runs), some in alike.items()
        )

    def _seen(self, viewer: Viewer, file: str, start: datetime, end: datetime) -> bool | None:
        """Tell whether a viewer could see a file at any instant of a time; None where that is not known.

        At an instant they could where that holds for all that may have been live then.
        """
        times = (*self.between(start, end), *self.aside(start, end))
        edges = {at for one in times for at in (one.since, one.until) if at is not None and start < at < end}
        whether: set[bool | None] = set()
        for at in {start, *edges}:
            states = [self._state(viewer, file, one) for one in _within(times, at, at)]
            if not any(isinstance(one, Span | Gap) for one in _within(times, at, at)):
                states.append((None, None))  # nothing was live, for certain
            told = {digest is not None if untold is None else None for digest, untold in states}
            whether.add(told.pop() if len(told) == 1 else None)
        return True if True in whether else None if None in whether else False

    def _interval(self, partner: str, roles: Sequence[str], span: Span | Gap) -> Interval:
        one = self._deployment(span.turn.deployment) if isinstance(span, Span) else None
        if one is None:
            return Interval(span=span, deployment=None, views=())
        views = []
        for portal, published in sorted(one.portals.items()):
            theirs = tuple(role for role in roles if (partner, role) in published.viewers)
            if theirs:
                files = self._manifests(portal, published.release, one.headers)
                views.append(View(roles=theirs, portal=portal, release=published.release, files=files))
        return Interval(span=span, deployment=one, views=tuple(views))

    def _meant(self, asked: str, viewer: Viewer, start: datetime, end: datetime) -> str:
        """Return the file that is meant by a path: the first of all readings that the viewer could see."""
        readings = _readings(asked)
        for one in (*self.between(start, end), *self.aside(start, end)):
            files = self._files(viewer, one)
            found = _found(readings, files) if not isinstance(files, Untold) else None
            if found is not None:
                return found
        return readings[0]

    def _runs(self, viewer: Viewer, file: str, start: datetime, end: datetime) -> tuple["_Run", ...]:
        """Return what a viewer could see of a file in a time, each run as long as it was the same."""
        times, asked = self._history.times, self.between(start, end)
        if not asked:
            return ()
        first, last = times.index(asked[0]), times.index(asked[-1])

        def state(number: int) -> tuple[str | None, Untold | None]:
            return self._state(viewer, file, times[number])

        while first > 0 and state(first - 1) == state(first):
            first -= 1
        while last + 1 < len(times) and state(last + 1) == state(last):
            last += 1
        runs = []
        for (digest, untold), some in groupby(range(first, last + 1), state):
            inside = list(some)
            runs.append(_Run(first=inside[0], last=inside[-1], digest=digest, untold=untold))
        return tuple(runs)

    def _state(self, viewer: Viewer, file: str, one: Span | Gap | Maybe) -> tuple[str | None, Untold | None]:
        """Return the digest of a file that a viewer could see, and why that cannot be told."""
        files = self._files(viewer, one)
        return (None, files) if isinstance(files, Untold) else (files.get(file), None)

    def _stretch(self, run: "_Run", file: str) -> Stretch:
        times = self._history.times
        first = times[run.first]
        after_gap = run.first > 0 and isinstance(times[run.first - 1], Gap)
        one = self._deployment(first.turn.deployment) if isinstance(first, Span) else None
        return Stretch(
            since=first.since,
            until=times[run.last].until,
            begins=first.since is not None and not after_gap,
            untold=run.untold,
            digest=run.digest,
            revision=one.revision if one is not None else "",
            sources=self._sources(one, file) if one is not None and run.digest is not None else {},
        )

    def _sources(self, one: Deployment, file: str) -> Mapping[str, tuple[Approved, ...]] | None:
        found = known(evidence, self._store, one.evidence)
        if found is None:
            return None
        return {path: versions for path, versions in found.files.items() if address_of(path).file == file}

    def _files(self, viewer: Viewer, shown: Span | Gap | Maybe) -> Mapping[str, str] | Untold:
        """Return path → digest of what a viewer could see, nothing where there was no portal; or why it is not told."""
        if isinstance(shown, Gap):
            return Untold.UNTURNED
        one = self._deployment(_name(shown))
        if one is None:
            return Untold.UNRECORDED
        if one.id not in self._portals:
            self._portals[one.id] = {other: portal for portal, some in one.portals.items() for other in some.viewers}
        portal = self._portals[one.id].get(viewer)
        return self._manifests(portal, one.portals[portal].release, one.headers) if portal is not None else {}

    def _deployment(self, name: str) -> Deployment | None:
        if name not in self._known:
            self._known[name] = known(deployment, self._store, name)
        return self._known[name]

    @property
    def _lost(self) -> int:
        return sum(one is None for one in self._known.values())

    def _viewers(self, names: Collection[str]) -> set[Viewer]:
        new = [name for name in names if name not in self._known]
        self._known.update(zip(new, every(lambda name: known(deployment, self._store, name), new), strict=True))
        every_one = [one for name in names if (one := self._known[name]) is not None]
        return {viewer for one in every_one for published in one.portals.values() for viewer in published.viewers}


class _Run(Struct, frozen=True, kw_only=True):
    """Times one after the other, by number, in which a file was the same: its digest, or why it cannot be told."""

    first: int
    last: int
    digest: str | None
    untold: Untold | None


def _name(shown: Span | Maybe) -> str:
    """Return the id of the deployment."""
    return shown.turn.deployment if isinstance(shown, Span) else shown.deployment


def _named(times: Iterable[Span | Gap | Maybe]) -> set[str]:
    return {_name(one) for one in times if not isinstance(one, Gap)}


def _within(times: Iterable[_Time], start: datetime, end: datetime) -> Iterator[_Time]:
    last = max(end, start + _MOMENT)
    return (
        one for one in times if (one.since is None or one.since < last) and (one.until is None or one.until > start)
    )


def is_path(asked: str) -> bool:
    """Tell whether a text can be asked about at all: a URL that is one, of characters that stand for themselves."""
    try:
        urlsplit(asked).path.encode()
    except ValueError:
        return False
    return True


def _found(readings: Sequence[str], files: Collection[str]) -> str | None:
    """Return the first of some readings that is there, or is there written with other code points that look alike."""
    there = next((one for one in readings if one in files), None)
    if there is not None:
        return there
    composed = {normalize("NFC", path): path for path in files}
    return next((composed[name] for one in readings if (name := normalize("NFC", one)) in composed), None)


def _readings(asked: str) -> tuple[str, ...]:
    """Return the files that a path may mean, the likeliest first: a URL, a path in the portal or in the repository."""
    path = unquote(urlsplit(asked).path).lstrip("/")
    if path.endswith("/") or not path:
        return (f"{path}{_INDEX}",)
    authored = path.startswith(("content/", "courses/")) and path.endswith((".md", ".yaml"))
    inner = path.startswith("content/")
    readings = (path, f"{path}/{_INDEX}", address_of(path).file)
    order = (2, 0, 1) if authored or inner else (0, 1, 2) if "." in path.rpartition("/")[2] else (1, 0, 2)
    return tuple(readings[number] for number in order)
