"""What is written down of deployments: a chain in which each names the one before by its digest."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from prmbuild.access.entries import Edition, Location
from prmbuild.errors import StoreError

_ID = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A portal in a deployment.

    Attributes:
        release: its name.
        place: where its files lie.
        viewers: partner and role of everybody who sees it, sorted.
    """

    release: str
    place: Location
    viewers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """The portals that went live together.

    Attributes:
        previous: id of the deployment that was live before; empty for the first.
        revision: the commit that the portals were built from.
        headers: digest of how files are served, see `prmbuild.publish.headers.policy`.
        at: when, ISO 8601 UTC.
        plan: digest of the plan that was applied.
        portals: id → portal.
    """

    previous: str
    revision: str
    headers: str
    at: str
    plan: str
    portals: Mapping[str, Published]

    @property
    def id(self) -> str:
        """The digest of all that is written down, that of the one before included."""
        return sha256(self.text()).hexdigest()[:_ID]

    def text(self) -> bytes:
        """Return the record as it is stored."""
        return canonical({"version": 1, **asdict(self)})

    def edition(self) -> Edition:
        """Return what the access rule needs to know."""
        shown = {viewer: portal for portal, published in self.portals.items() for viewer in published.viewers}
        releases = {portal: published.place for portal, published in self.portals.items()}
        return Edition(id=self.id, releases=releases, portals=shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """The pointer.

    Attributes:
        deployment: id of the one that partners see.
        before: id of the one that they saw before; empty for none.
        turn: counts up, so that no two pointers are the same.
        pinned: whether it was put back by a person, and stays until a person says otherwise.
    """

    deployment: str
    before: str
    turn: int
    pinned: bool = False

    def text(self) -> bytes:
        """Return the pointer as it is stored."""
        return canonical(asdict(self))


def canonical(value: object) -> bytes:
    """Return JSON in its one spelling here."""
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()


def read_live(data: bytes) -> Live:
    """Read a pointer.

    Raises:
        StoreError: it is none.
    """
    try:
        found = Live(**json.loads(data))
        texts = isinstance(found.deployment, str) and isinstance(found.before, str)
        if not (texts and isinstance(found.turn, int) and isinstance(found.pinned, bool)):
            raise TypeError
    except (ValueError, TypeError, RecursionError) as error:
        raise _unreadable("live") from error
    return found


def read_deployment(deployment: str, data: bytes) -> Deployment:
    """Read the record of a deployment.

    Raises:
        StoreError: it is not the one of that id.
    """
    try:
        read: dict[str, Any] = json.loads(data)
        if read.pop("version") != 1:
            raise ValueError
        portals = {
            portal: Published(
                release=one["release"],
                place=Location(**one["place"] | {"folders": tuple(one["place"]["folders"])}),
                viewers=tuple((partner, role) for partner, role in one["viewers"]),
            )
            for portal, one in read.pop("portals").items()
        }
        found = Deployment(portals=portals, **read)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _unreadable(f"deployments/{deployment}.json") from error
    if found.id != deployment:
        hint = "prmbuild verify says what else was"
        raise StoreError(f"the record of deployment {deployment} was changed", hint=hint)
    return found


def read_manifest(name: str, data: bytes) -> Mapping[str, str]:
    """Read a manifest: path → SHA-256 of the bytes.

    Raises:
        StoreError: it is none.
    """
    try:
        found: dict[str, str] = json.loads(data)
        if not all(isinstance(value, str) for value in found.values()):
            raise TypeError
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise _unreadable(name) from error
    return found


def _unreadable(name: str) -> StoreError:
    return StoreError(
        f"'{name}' in the store cannot be read", hint="it was not written by prmbuild, or was changed since"
    )
