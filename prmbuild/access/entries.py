"""What the access rule looks up: small texts under names, in CloudFront's KeyValueStore and elsewhere.

``live`` names the deployment that partners see, and after it the one before: where the store's replicas have heard of a
deployment but not yet of its entries, the one before is answered from, whole.

A release is a base, which has every file, or a base and a delta, which has the folders that are different: an edit
costs what it changes, and one entry still turns a whole portal over.
"""

from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256

from msgspec import Struct

Lookup = Callable[[str], str | None]
"""Returns the entry of a name; None where there is none."""

LIVE = "live"

NOBODY = "-"
"""The entry of a viewer who has no portal any more. Nothing would mean that the deployment before is to be asked."""

SINCE = "since"
"""Since when `LIVE` says what it says, in seconds since 1970 UTC. The rule does not look it up."""

TURN = "turn"
"""The number of the turn since which `LIVE` says what it says. The rule does not look it up."""

SESSIONS = "sessions"
"""The digest of the state of keys and revocations that is there; after `NOBODY`, that of the one which is on its way,
of which some may be there already; no state's where something was changed there alone. The rule does not look it up."""

STORE = "store"
"""The place of the store that the edge follows; no other one changes it. The rule does not look it up."""

_MARK = 8

LARGEST_VALUE = 1024
"""Bytes of an entry. Source: Amazon CloudFront Developer Guide, "Quotas", key value stores."""


class Location(Struct, frozen=True, kw_only=True):
    """Where the files of a release lie.

    Attributes:
        base: the release that has every file.
        delta: the release that has some folders instead; empty where the base has all.
        folders: these, each with a slash at its end, the root as an empty text; sorted. Only files that stand directly
            in them are meant.
    """

    base: str
    delta: str = ""
    folders: tuple[str, ...] = ()

    def entry(self) -> str:
        """Return what is looked up."""
        if not self.delta:
            return self.base
        return f"{self.base} {self.delta} {''.join(sorted({mark(folder) for folder in self.folders}))}"

    def fits(self, all_folders: Iterable[str]) -> bool:
        """Tell whether the entry is short enough, and takes no other of the portal's folders for one of these.

        Args:
            all_folders: those of the base and of the release.
        """
        marks = {mark(folder) for folder in self.folders}
        alike = any(mark(folder) in marks for folder in all_folders if folder not in self.folders)
        return not alike and len(self.entry()) <= LARGEST_VALUE


def mark(folder: str) -> str:
    """Return a folder's mark in an entry: as hexadecimal, the first bytes of the SHA-256 of its name in UTF-8."""
    return sha256(folder.encode("utf-8", "surrogatepass")).hexdigest()[:_MARK]


def release_for(entry: str, folder: str) -> str:
    """Return the release that has the files of a folder.

    Args:
        entry: of a portal.
        folder: with a slash at its end; the root as an empty text.
    """
    base, _, rest = entry.partition(" ")
    if not rest:
        return base
    delta, _, marks = rest.partition(" ")
    wanted = mark(folder)
    at = marks.find(wanted)
    while at > 0 and at % _MARK:  # it stands across two marks
        at = marks.find(wanted, at + 1)
    return delta if at >= 0 else base


class Edition(Struct, frozen=True, kw_only=True):
    """What a deployment shows to whom.

    Attributes:
        id: of the deployment.
        releases: portal → where its files lie.
        portals: (partner, role) → portal.
    """

    id: str
    releases: Mapping[str, Location]
    portals: Mapping[tuple[str, str], str]


def entries(edition: Edition) -> Mapping[str, str]:
    """Return name → entry of an edition, without those that make it the live one."""
    shown = {f"v/{edition.id}/{partner}/{role}": portal for (partner, role), portal in edition.portals.items()}
    return shown | {f"r/{edition.id}/{portal}": place.entry() for portal, place in edition.releases.items()}


def farewells(edition: Edition, before: Edition) -> Mapping[str, str]:
    """Return the entries of those who saw something before and see nothing any more.

    Args:
        edition: the one that is to be live.
        before: the one that is answered from where an entry is not there yet.
    """
    gone = before.portals.keys() - edition.portals.keys()
    return {f"v/{edition.id}/{partner}/{role}": NOBODY for partner, role in sorted(gone)}


def live_entry(deployment: str, before: str) -> str:
    """Return what `LIVE` says.

    Args:
        deployment: the one that partners see.
        before: the one that they saw before; empty for none.
    """
    return f"{deployment} {before}".rstrip()


def deployment_of(name: str) -> str | None:
    """Return the deployment that an entry belongs to; None for one that belongs to none."""
    kind, _, rest = name.partition("/")
    return rest.partition("/")[0] if kind in ("v", "r") else None


def is_of_sessions(name: str) -> bool:
    """Tell whether an entry is a key or a revocation."""
    return name.startswith(("k/", "x/"))


def is_key(name: str) -> bool:
    """Tell whether an entry is the secret of a key."""
    return name.startswith("k/")


def key_name(kid: str) -> str:
    """Return the name of a key's secret; the entry is hexadecimal."""
    return f"k/{kid}"


def kid_of(name: str) -> str:
    """Return which key's secret an entry is."""
    return name.removeprefix("k/")


def revocations(sub: str, sid: str, partner: str) -> Iterable[str]:
    """Return the names under which a session may be revoked: by itself, with its user, its partner, with everybody.

    An entry is the instant, in seconds since 1970 UTC, up to which tokens made before do not hold.
    """
    return revoked_session(sid), revoked_user(sub), revoked_partner(partner), REVOKED_EVERYBODY


REVOKED_EVERYBODY = "x/all"


def revoked_session(sid: str) -> str:
    """Return the name under which a session is revoked by itself."""
    return f"x/s/{sid}"


def revoked_user(sub: str) -> str:
    """Return the name under which all sessions of a person are revoked."""
    return f"x/u/{sub}"


def revoked_partner(partner: str) -> str:
    """Return the name under which all sessions of a partner are revoked."""
    return f"x/p/{partner}"
