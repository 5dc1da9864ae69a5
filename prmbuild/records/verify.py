"""Whether what partners see is what was deployed, byte by byte."""

from collections.abc import Iterator

from msgspec import Struct

from prmbuild.errors import StoreError
from prmbuild.progress import Progress
from prmbuild.records.headers import headers_of
from prmbuild.records.layout import manifest_key, release_folder
from prmbuild.records.live import Shown, manifests
from prmbuild.records.records import Deployment, read_manifest_of
from prmbuild.records.transfers import every
from prmbuild.store.encoding import digest_as_read, same_headers
from prmbuild.store.store import Listed, Store


class Drift(Struct, frozen=True, kw_only=True):
    """An object that is not what was deployed.

    Attributes:
        key: its name.
        found: what is wrong, for people.
        digest: SHA-256 of what readers should get; empty where there should be nothing, and for manifests.
        way_out: what to do, where that is not what is done about all others.
    """

    key: str
    found: str
    digest: str = ""
    way_out: str = ""


def drift(store: Store, now: Shown, progress: Progress) -> Iterator[Drift]:
    """Yield what differs between a store and the deployment that is live there; every object is read.

    Args:
        store: where.
        now: what it shows.
        progress: hears of the stages.

    Raises:
        StoreError: the store does not answer.
    """
    damaged = list(manifest_drift(store, now.deployment))
    yield from damaged
    # what files there should be is not known where the list of them is not what was written
    unread = {one.key for one in damaged}
    known = [place for place in places(now.deployment) if manifest_key(*place) not in unread]
    manifest_of = manifests(store, now.deployment)
    wanted: dict[str, str] = {}
    needed: set[str] = set()
    for portal, release in known:
        place = now.deployment.portals[portal].place
        files = manifest_of(portal, release)
        folder, own = release_folder(portal, release), set(place.folders)
        wanted |= {f"{folder}/{path}": digest for path, digest in files.items()}
        delta = release == place.delta
        needed |= {f"{folder}/{path}" for path in files if not delta or path[: path.rfind("/") + 1] in own}
    listed = {found.key for found in _listed(store, [release_folder(*place) for place in known])}
    yield from (Drift(key=key, found="is missing", digest=wanted[key]) for key in sorted(needed - listed))
    yield from (Drift(key=key, found="was not deployed") for key in sorted(listed - wanted.keys()))
    there = sorted(wanted.keys() & listed)
    progress.stage("reading every object", len(there))
    for one in every(lambda key: object_drift(store, key, wanted[key]), there):
        progress.advance()
        if one is not None:
            yield one


def object_drift(store: Store, key: str, digest: str) -> Drift | None:
    """Return what is wrong with an object; None where it is what was deployed.

    Args:
        store: where.
        key: its name.
        digest: SHA-256 of what readers should get.

    Raises:
        StoreError: the store does not answer.
    """
    found = store.get(key)
    if found is None:
        return Drift(key=key, found="is missing", digest=digest)
    if digest_as_read(found[0], found[1].headers) != digest:
        return Drift(key=key, found="has other bytes", digest=digest)
    if not same_headers(found[1].headers, headers_of(key)):
        return Drift(key=key, found="has other headers", digest=digest)
    return None


def manifest_drift(store: Store, deployment: Deployment) -> Iterator[Drift]:
    """Yield the manifests that are not those that the files of a deployment were put by.

    Raises:
        StoreError: the store does not answer.
    """
    found = places(deployment)
    keys = [manifest_key(*place) for place in found]
    for (_, release), key, read in zip(found, keys, every(store.get, keys), strict=True):
        if read is None:
            yield Drift(key=key, found="is missing")
        elif not _names(release, key, read[0], deployment.headers):
            yield Drift(key=key, found="was changed")


def places(deployment: Deployment) -> tuple[tuple[str, str], ...]:
    """Return portal and release of every folder that partners see files of."""
    return tuple(
        (portal, release)
        for portal, published in deployment.portals.items()
        for release in (published.place.base, published.place.delta)
        if release
    )


def _names(release: str, key: str, data: bytes, headers: str) -> bool:
    """Tell whether a manifest is the one that a release is named by."""
    try:
        read_manifest_of(release, headers, key, data)
    except StoreError:
        return False
    return True


def _listed(store: Store, folders: list[str]) -> Iterator[Listed]:
    for found in every(lambda folder: list(store.listed(folder)), folders):
        yield from found
