"""What the access rule looks up: small texts under names, in CloudFront's KeyValueStore and elsewhere.

``live`` names the deployment that partners see, and after it the one before: where the store's replicas have heard of a
deployment but not yet of its entries, the one before is answered from, whole.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

Lookup = Callable[[str], str | None]
"""Returns the entry of a name; None where there is none."""

LIVE = "live"

LARGEST_STORE = 5 * 1024 * 1024
LONGEST_NAME = 512
LARGEST_VALUE = 1024
"""Bytes of all names and entries, of a name, of an entry.

Source: Amazon CloudFront Developer Guide, "Quotas", key value stores.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What a deployment shows to whom.

    Attributes:
        id: of the deployment.
        releases: portal → release.
        portals: (partner, role) → portal.
    """

    id: str
    releases: Mapping[str, str]
    portals: Mapping[tuple[str, str], str]


def entries(edition: Edition) -> Mapping[str, str]:
    """Return name → entry of an edition, without those that make it the live one."""
    shown = {f"v/{edition.id}/{partner}/{role}": portal for (partner, role), portal in edition.portals.items()}
    return shown | {f"r/{edition.id}/{portal}": release for portal, release in edition.releases.items()}


def key_name(kid: str) -> str:
    """Return the name of a key's secret; the entry is hexadecimal."""
    return f"k/{kid}"


def revocations(sub: str, sid: str, partner: str) -> Iterable[str]:
    """Return the names under which a session may be revoked: by itself, with its user, its partner, with everybody.

    An entry is the instant, in seconds since 1970 UTC, up to which tokens made before do not hold.
    """
    return f"x/s/{sid}", f"x/u/{sub}", f"x/p/{partner}", "x/all"


def too_large(named: Mapping[str, str]) -> str:
    """Return why entries do not fit into CloudFront's KeyValueStore; empty where they do."""
    total = 0
    for name, value in named.items():
        size, length = len(value.encode()), len(name.encode())
        if length > LONGEST_NAME or size > LARGEST_VALUE:
            return (
                f"the entry '{name[:80]}' is too large: {length} and {size} bytes of {LONGEST_NAME} and {LARGEST_VALUE}"
            )
        total += length + size
    return f"all entries take {total} bytes of {LARGEST_STORE}" if total > LARGEST_STORE else ""
