"""What is written down: what was deployed, and every time that what partners see was turned over.

A *deployment* names all that was published: its portals (a release's name is the digest of its manifest and headers),
the plan that was applied and the evidence that what is in it was approved, each by its digest. A *turn* names the
deployment that partners see from then on, be it new or one that was gone back to, and the turn before. The pointer
names the last turn. So from the pointer back, every record is proven by the one that leads to it.

To read them: `prmbuild.records.live.shown` gives the pointer and its deployment, `prmbuild.records.history.turns` all
turns, `prmbuild.records.live.deployment` any deployment, `prmbuild.records.live.manifests` path → digest of a release.
No record names a person: commits do.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from enum import Enum
from functools import cached_property
from hashlib import sha256
from typing import Annotated, Any, TypeVar

from msgspec import Meta, Struct, convert, to_builtins

from prmbuild.access.entries import Edition, Location
from prmbuild.errors import ChangedError, StoreError
from prmbuild.manifest import release as release_of
from prmbuild.records.layout import deployment_key, release_folder, turn_key
from prmbuild.store.keys import checked

RELEASES, _PORTALS = "releases/", "portals/"
"""How the names of a deployment's parts begin that stand for its releases, and for its portals."""

_Record = TypeVar("_Record")

_ID = 32

LOST, CHANGED, UNREADABLE = "is missing", "was changed", "cannot be read"
"""What can be wrong with a record: see `prmbuild.errors.ChangedError.found`."""

BACKUP = "put it back from a backup of the store"
"""What to do where a record is not what was written; it says nothing of who asked."""

ManifestOf = Callable[[str, str], Mapping[str, str]]
"""Returns path → SHA-256 of a portal's release that is in the store."""

Viewer = tuple[str, str]
"""Partner and role."""

Id = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
"""Of a deployment, a turn or a release."""

IdOrNone = Annotated[str, Meta(pattern=r"^([0-9a-f]{32})?\Z")]
"""Likewise; empty for none."""

_Hexadecimal = Annotated[str, Meta(pattern=r"^[0-9a-f]+\Z")]


class Published(Struct, frozen=True, kw_only=True):
    """A portal in a deployment.

    Attributes:
        release: its name.
        place: where its files lie.
        viewers: partner and role of everybody who sees it, sorted.
    """

    release: Id
    place: Location
    viewers: tuple[Viewer, ...]


class Deployment(Struct, frozen=True, kw_only=True, dict=True):
    """The portals that went live together.

    Attributes:
        previous: id of the deployment that was live when it was planned; empty for the first.
        revision: the commit that the portals were built from.
        instant: what the clock said that they were built by, ISO 8601 UTC: dates before it had passed.
        headers: digest of how files are served, see `prmbuild.records.headers.policy`.
        at: when it was recorded, ISO 8601 UTC.
        by: the run that deployed; no name of a person or of a person's machine.
        plan: digest of the plan that was applied, see `prmbuild.publish.document`.
        approved: whether a person approved that very plan.
        evidence: digest of what approved its contents, see `prmbuild.records.evidence`.
        portals: id → portal.
    """

    previous: IdOrNone
    revision: str
    instant: str
    headers: str
    at: str
    by: str
    plan: _Hexadecimal
    approved: bool
    evidence: _Hexadecimal
    portals: Mapping[str, Published]

    @cached_property
    def id(self) -> str:
        """The digest of all that is written down, that of the one before included."""
        return id_of(release_of(self.parts()))

    def parts(self) -> Mapping[str, str]:
        """Return what the id is made of: name → SHA-256 of what is written there.

        It is made as the digest of a manifest is, so that something can be proven of a deployment and nothing else of
        it is shown: that it has a release, say, and not whose that is.
        """
        fields = {name: value for name, value in to_builtins(self).items() if name != "portals"}
        portals = {f"{_PORTALS}{portal}": to_builtins(published) for portal, published in self.portals.items()}
        releases = {f"{RELEASES}{published.release}": None for published in self.portals.values()}
        return {name: digest_of(value) for name, value in (fields | portals | releases).items()}

    def text(self) -> bytes:
        """Return the record as it is stored."""
        return canonical({"version": 1, **to_builtins(self)})

    def edition(self) -> Edition:
        """Return what the access rule needs to know."""
        shown = {viewer: portal for portal, published in self.portals.items() for viewer in published.viewers}
        releases = {portal: published.place for portal, published in self.portals.items()}
        return Edition(id=self.id, releases=releases, portals=shown)


class Run(Struct, frozen=True, kw_only=True):
    """Who turns over what partners see.

    Attributes:
        by: see `Deployment.by`.
        clock: tells the time, in seconds since 1970 UTC.
        approved: whether a person approved the very plan.
    """

    by: str
    clock: Callable[[], int]
    approved: bool = False

    @property
    def now(self) -> str:
        """The present, ISO 8601 UTC."""
        return datetime.fromtimestamp(self.clock(), UTC).isoformat()


class Kind(Enum):
    """Why what partners see was turned over."""

    DEPLOY = "deploy"
    ROLLBACK = "rollback"
    UNPIN = "unpin"


class Turn(Struct, frozen=True, kw_only=True):
    """One turn of what partners see; it holds until the next one.

    It is recorded just before the pointer names it. One that no pointer came to name, as the run died in between, is in
    no chain.

    Attributes:
        number: 1 for the first.
        previous: id of the turn before; empty for the first.
        at: when, ISO 8601 UTC.
        kind: `Kind.UNPIN` changes nothing that partners see.
        deployment: id of the one that partners see from then on.
        pinned: whether it stays until a person says otherwise.
        by: the run that did it; see `Deployment.by`.
    """

    number: Annotated[int, Meta(ge=1)]
    previous: IdOrNone
    at: str
    kind: Kind
    deployment: Id
    pinned: bool
    by: str

    @property
    def id(self) -> str:
        """The digest of all that is written down, that of the turn before included."""
        return sha256(self.text()).hexdigest()[:_ID]

    def text(self) -> bytes:
        """Return the record as it is stored."""
        return canonical({"version": 1, **to_builtins(self)})


class Live(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The pointer.

    Attributes:
        deployment: id of the one that partners see.
        before: id of the one that they saw before; empty for none.
        turn: number of the turn that made it so; counts up, so that no two pointers are the same.
        record: id of that turn.
        pinned: whether it was put back by a person, and stays until a person says otherwise.
        fence: counts how often the lock was taken from a run that may still go on, see `prmbuild.publish.fence`.
    """

    deployment: str
    before: str
    turn: int
    record: str
    pinned: bool = False
    fence: int = 0

    def text(self) -> bytes:
        """Return the pointer as it is stored: without a fence that is none, so that every byte of it is proven."""
        told = to_builtins(self)
        if not self.fence:
            del told["fence"]
        return canonical(told)


def canonical(value: object) -> bytes:
    """Return JSON in its one spelling here."""
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()


def digest_of(value: object) -> str:
    """Return the SHA-256 of what JSON can say, hexadecimal."""
    return sha256(canonical(value)).hexdigest()


def id_of(digest: str) -> str:
    """Return the id of a deployment.

    Args:
        digest: that of its `Deployment.parts` as of a manifest.
    """
    return digest[:_ID]


def named(digest: str, headers: str) -> str:
    """Return the name of a release: the digest of its manifest and of the headers that its files are served with.

    Args:
        digest: see `prmbuild.manifest.release`.
        headers: see `prmbuild.records.headers.policy`.
    """
    return sha256(f"{digest} {headers}".encode()).hexdigest()[:_ID]


_NAMES = 8
"""How many names a release may have. Each but the first is needed where a run that died was deleting the one before."""


def release_names(release: str) -> tuple[str, ...]:
    """Return all names that a release may have in a store, the one that `named` gives first.

    The others are for where a run that lost the lock may still delete what is below the first,
    see `prmbuild.publish.lock.Lock.mark`.
    """
    others = (sha256(f"{release} {number}".encode()).hexdigest()[:_ID] for number in range(1, _NAMES))
    return (release, *others)


def read_live(data: bytes) -> Live:
    """Read a pointer.

    Raises:
        ChangedError: it is none.
    """
    try:
        return convert(json.loads(data), Live)
    except (ValueError, RecursionError) as error:
        raise _unreadable("live") from error


def read_deployment(deployment: str, data: bytes) -> Deployment:
    """Read the record of a deployment.

    Raises:
        ChangedError: it is not the one of that id.
    """
    key = deployment_key(deployment)
    found = _read(key, data, Deployment)
    try:
        for at in (found.at, found.instant):
            _require_time(at)
        for portal, one in found.portals.items():
            for name in filter(None, (one.release, one.place.base, one.place.delta)):
                checked(release_folder(portal, convert(name, Id)))
            for text in (portal, *(text for viewer in one.viewers for text in viewer)):
                _require_shown(text)
        for text in (found.revision, found.by):
            _require_shown(text)
    except (ValueError, StoreError) as error:
        raise _unreadable(key) from error
    if found.id != deployment or found.text() != data:
        raise ChangedError(key, CHANGED, hint=BACKUP)
    return found


def read_turn(turn: str, data: bytes) -> Turn:
    """Read the record of a turn.

    Raises:
        ChangedError: it is not the one of that id.
    """
    key = turn_key(turn)
    found = _read(key, data, Turn)
    try:
        _require_time(found.at)
        _require_shown(found.by)
    except ValueError as error:
        raise _unreadable(key) from error
    if found.id != turn or found.text() != data:
        raise ChangedError(key, CHANGED, hint=BACKUP)
    return found


def _read(key: str, data: bytes, kind: type[_Record]) -> _Record:
    """Read a record whose every part is of its type: its name proves what it says, and not that prmbuild wrote it."""
    try:
        read: dict[str, Any] = json.loads(data)
        if read.pop("version") != 1:
            raise ValueError
        return convert(read, kind)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _unreadable(key) from error


def _require_time(text: str) -> None:
    """Require an instant that can be compared and counted from.

    Raises:
        ValueError: it is none.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None or not datetime.min.year < at.year < datetime.max.year:
        raise ValueError


def _require_shown(text: str) -> None:
    """Require a text that can be shown to people.

    Raises:
        ValueError: something in it is no letter.
    """
    if not text.isprintable():
        raise ValueError


def read_manifest(name: str, data: bytes) -> Mapping[str, str]:
    """Read a manifest: path → SHA-256 of the bytes.

    Raises:
        ChangedError: it is none.
    """
    try:
        found: dict[str, str] = json.loads(data)
        if not all(isinstance(value, str) for value in found.values()):
            raise TypeError
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise _unreadable(name) from error
    return found


def read_manifest_of(release: str, headers: str, key: str, data: bytes) -> Mapping[str, str]:
    """Read the manifest that a release is named by: path → SHA-256 of the bytes.

    Args:
        release: its name.
        headers: see `Deployment.headers`.
        key: where the manifest is, for messages.
        data: what is there.

    Raises:
        ChangedError: it is another one.
    """
    found = read_manifest(key, data)
    with suppress(ValueError):  # a digest in it is none
        if release in release_names(named(release_of(found), headers)):
            return found
    hint = "where it is live: prmbuild mend; else put it back from a backup"
    raise ChangedError(key, CHANGED, hint=hint)


def _unreadable(name: str) -> ChangedError:
    return ChangedError(name, UNREADABLE, hint=f"it was not written by prmbuild, or was changed since: {BACKUP}")
