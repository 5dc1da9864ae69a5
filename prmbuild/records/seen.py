"""What a partner could see at a time, told from the records alone: no repository is asked.

Times are those at which runs turned the portals over, by the clock of the machine that did it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from itertools import groupby
from unicodedata import normalize
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from prmbuild.catalog.address import address_of
from prmbuild.errors import StoreError
from prmbuild.records.evidence import Approved, evidence
from prmbuild.records.history import Span, history
from prmbuild.records.live import Shown, Untold, manifests_kept
from prmbuild.records.recorded import deployment, known
from prmbuild.records.records import Deployment, Viewer
from prmbuild.records.transfers import every
from prmbuild.store.store import Store

_INDEX = "index.html"
_MOMENT = timedelta(microseconds=1)


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
    """A time in which one deployment was live.

    Attributes:
        deployment: None where the record of it is not what was written.
        views: none where nobody of the partner could see anything, or that is not known.
    """

    span: Span
    deployment: Deployment | None
    views: tuple[View, ...]


class Stretch(Struct, frozen=True, kw_only=True):
    """A time in which some roles could see one version of a file, or could not see it.

    Attributes:
        since: UTC; see `begins`.
        until: UTC; None where it is so now.
        begins: whether `since` is its beginning; else the records do not tell further back.
        untold: why it cannot be told; None where it can.
        digest: SHA-256 of the bytes; None where it could not be seen.
        revision: the commit that the first deployment of it was built from; empty where that is not known.
        sources: repository path → the versions that were approved; None where the evidence of that is lost or changed.
    """

    since: datetime
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
        stretches: those that the time asked about touches, in order.
    """

    roles: tuple[str, ...]
    file: str
    stretches: tuple[Stretch, ...]

    @property
    def seen(self) -> bool:
        """Whether it could be seen at any time asked about."""
        return any(one.digest is not None for one in self.stretches)


class UnknownError(StoreError):
    """The records know no such partner, or role.

    Attributes:
        asked: what was asked for.
        known: those that they know.
    """

    def __init__(self, what: str, asked: str, known: Sequence[str], lost: int) -> None:
        """Say so; `lost` is of how many deployments the record is not what was written."""
        more = f", and {lost} of them are lost or were changed" if lost else ""
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
        return self._spans[0].since

    @property
    def complete(self) -> bool:
        """Whether nothing was deployed before."""
        return self._history.complete

    @cached_property
    def _spans(self) -> tuple[Span, ...]:
        return self._history.spans

    def between(self, start: datetime, end: datetime) -> tuple[Span, ...]:
        """Return what was live from an instant on and before another one; at the instant, where both are the same."""
        return tuple(_within(self._spans, start, end))

    def aside(self, start: datetime, end: datetime) -> tuple[Span, ...]:
        """Return what may have been live in a time, see `between`, by turns that lead to nothing that is live now.

        The records cannot tell: what lies before a turn that is lost was, and so was what `live` named before it was
        put back; what a run recorded that died was not.
        """
        spans = map(self._history.aside_span, self._history.aside)
        return tuple(sorted(_within(spans, start, end), key=lambda span: span.since))

    def roles_of(self, partner: str, role: str | None, spans: Iterable[Span]) -> tuple[str, ...]:
        """Return the roles of a partner that somebody asks about, in any of the deployments of some times.

        Raises:
            UnknownError: no record knows the partner, or the role.
        """
        viewers = self._viewers(spans)
        if partner not in {one for one, _ in viewers}:
            viewers |= self._viewers(self._spans)
            partners = sorted({one for one, _ in viewers})
            if partner not in partners:
                raise UnknownError("partner", partner, partners, self._lost)
        roles = sorted({one for other, one in viewers if other == partner})
        if role is not None and role not in roles:
            every_role = sorted({one for _, one in self._viewers(self._spans)})
            if role not in every_role:
                raise UnknownError("role", role, every_role, self._lost)
        return (role,) if role is not None else tuple(roles)

    def intervals(self, partner: str, roles: Sequence[str], spans: Iterable[Span]) -> tuple[Interval, ...]:
        """Return what some roles of a partner could see in each of some times."""
        return tuple(self._interval(partner, roles, span) for span in spans)

    def answers(self, partner: str, roles: Sequence[str], asked: str, spans: Sequence[Span]) -> tuple[Answer, ...]:
        """Tell whether some roles could see a path; roles with the same answer together.

        Args:
            partner: whose.
            roles: which.
            asked: a URL, a path in the portal, or a path in the repository.
            spans: the times asked about, one after the other.
        """
        if not spans:
            return ()
        alike: dict[tuple[str, tuple[_Run, ...]], list[str]] = defaultdict(list)
        for role in roles:
            file = self._meant(asked, (partner, role), spans)
            alike[file, self._runs((partner, role), file, spans)].append(role)
        return tuple(
            Answer(roles=tuple(some), file=file, stretches=tuple(self._stretch(run, file) for run in runs))
            for (file, runs), some in alike.items()
        )

    def _interval(self, partner: str, roles: Sequence[str], span: Span) -> Interval:
        one = self._deployment(span)
        if one is None:
            return Interval(span=span, deployment=None, views=())
        views = []
        for portal, published in sorted(one.portals.items()):
            theirs = tuple(role for role in roles if (partner, role) in published.viewers)
            if theirs:
                files = self._manifests(portal, published.release, one.headers)
                views.append(View(roles=theirs, portal=portal, release=published.release, files=files))
        return Interval(span=span, deployment=one, views=tuple(views))

    def _meant(self, asked: str, viewer: Viewer, spans: Sequence[Span]) -> str:
        """Return the file that is meant by a path: the first of all readings that the viewer could see."""
        readings = _readings(asked)
        for span in spans:
            files = self._files(viewer, span)
            found = _found(readings, files) if not isinstance(files, Untold) else None
            if found is not None:
                return found
        return readings[0]

    def _runs(self, viewer: Viewer, file: str, spans: Sequence[Span]) -> tuple["_Run", ...]:
        """Return what a viewer could see of a file in some times, each run as long as it was the same."""
        numbers = {span.turn.id: number for number, span in enumerate(self._spans)}
        first, last = numbers[spans[0].turn.id], numbers[spans[-1].turn.id]

        def state(number: int) -> tuple[str | None, Untold | None]:
            return self._state(viewer, file, self._spans[number])

        while first > 0 and state(first - 1) == state(first):
            first -= 1
        while last + 1 < len(self._spans) and state(last + 1) == state(last):
            last += 1
        runs = []
        for (digest, untold), some in groupby(range(first, last + 1), state):
            inside = list(some)
            runs.append(_Run(first=inside[0], last=inside[-1], digest=digest, untold=untold))
        return tuple(runs)

    def _state(self, viewer: Viewer, file: str, span: Span) -> tuple[str | None, Untold | None]:
        """Return the digest of a file that a viewer could see, and why that cannot be told."""
        files = self._files(viewer, span)
        return (None, files) if isinstance(files, Untold) else (files.get(file), None)

    def _stretch(self, run: "_Run", file: str) -> Stretch:
        first = self._spans[run.first]
        one = self._deployment(first)
        return Stretch(
            since=first.since,
            until=self._spans[run.last].until,
            begins=run.first > 0 or self.complete,
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

    def _files(self, viewer: Viewer, span: Span) -> Mapping[str, str] | Untold:
        """Return path → digest of what a viewer could see, nothing where there was no portal; or why it is not told."""
        one = self._deployment(span)
        if one is None:
            return Untold.UNRECORDED
        if one.id not in self._portals:
            self._portals[one.id] = {other: portal for portal, some in one.portals.items() for other in some.viewers}
        portal = self._portals[one.id].get(viewer)
        return self._manifests(portal, one.portals[portal].release, one.headers) if portal is not None else {}

    def _deployment(self, span: Span) -> Deployment | None:
        name = span.turn.deployment
        if name not in self._known:
            self._known[name] = known(deployment, self._store, name)
        return self._known[name]

    @property
    def _lost(self) -> int:
        return sum(one is None for one in self._known.values())

    def _viewers(self, spans: Iterable[Span]) -> set[Viewer]:
        names = [name for name in {span.turn.deployment for span in spans} if name not in self._known]
        read = every(lambda name: known(deployment, self._store, name), names)
        self._known.update(zip(names, read, strict=True))
        every_one = [one for span in spans if (one := self._known[span.turn.deployment]) is not None]
        return {viewer for one in every_one for published in one.portals.values() for viewer in published.viewers}


class _Run(Struct, frozen=True, kw_only=True):
    """Times one after the other, by number, in which a file was the same: its digest, or why it cannot be told."""

    first: int
    last: int
    digest: str | None
    untold: Untold | None


def _within(spans: Iterable[Span], start: datetime, end: datetime) -> Iterator[Span]:
    last = max(end, start + _MOMENT)
    return (span for span in spans if span.since < last and (span.until is None or span.until > start))


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
