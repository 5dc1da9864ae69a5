"""Whether what partners see is what was deployed, byte by byte."""

from collections.abc import Iterator
from dataclasses import dataclass

from prmbuild.manifest import release as release_of
from prmbuild.progress import Progress
from prmbuild.publish.headers import headers_of
from prmbuild.publish.layout import manifest_key, release_folder
from prmbuild.publish.live import Shown, chain, manifests
from prmbuild.publish.records import Deployment, named
from prmbuild.publish.transfers import every
from prmbuild.store.encoding import digest_as_read, same_headers
from prmbuild.store.store import Listed, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """An object that is not what was deployed: its key, and what is wrong, for people."""

    key: str
    found: str


def drift(store: Store, now: Shown, progress: Progress) -> Iterator[Drift]:
    """Yield what differs between a store and the deployment that is live there; every object is read.

    Args:
        store: where.
        now: what it shows.
        progress: hears of the stages.

    Raises:
        StoreError: the store does not answer; a record or manifest is lost or was changed.
    """
    progress.stage("reading records")
    for _ in chain(store, now.live.deployment):
        progress.advance()
    wanted: dict[str, str] = {}
    needed: set[str] = set()
    for portal, published in now.deployment.portals.items():
        for release in filter(None, (published.place.base, published.place.delta)):
            files = manifests(store)(portal, release)
            if named(release_of(files), now.deployment.headers) != release:
                yield Drift(key=manifest_key(portal, release), found="was changed")
            folder, own = release_folder(portal, release), set(published.place.folders)
            wanted |= {f"{folder}/{path}": digest for path, digest in files.items()}
            delta = release == published.place.delta
            needed |= {f"{folder}/{path}" for path in files if not delta or path[: path.rfind("/") + 1] in own}
    listed = {found.key for found in _listed(store, _folders(now.deployment))}
    yield from (Drift(key=key, found="is missing") for key in sorted(needed - listed))
    yield from (Drift(key=key, found="was not deployed") for key in sorted(listed - wanted.keys()))
    there = sorted(wanted.keys() & listed)
    progress.stage("reading every object", len(there))

    def read(key: str) -> Drift | None:
        found = store.get(key)
        if found is None:
            return Drift(key=key, found="is missing")
        if digest_as_read(found[0], found[1].headers) != wanted[key]:
            return Drift(key=key, found="has other bytes")
        return None if same_headers(found[1].headers, headers_of(key)) else Drift(key=key, found="has other headers")

    for one in every(read, there):
        progress.advance()
        if one is not None:
            yield one


def _folders(deployment: Deployment) -> list[str]:
    return [
        release_folder(portal, release)
        for portal, published in deployment.portals.items()
        for release in (published.place.base, published.place.delta)
        if release
    ]


def _listed(store: Store, folders: list[str]) -> Iterator[Listed]:
    for found in every(lambda folder: list(store.listed(folder)), folders):
        yield from found
