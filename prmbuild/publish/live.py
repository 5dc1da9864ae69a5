"""What a store shows now."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from prmbuild.errors import StoreError
from prmbuild.publish.layout import LIVE, collected_manifest_key, deployment_key, manifest_key
from prmbuild.publish.records import Deployment, Live, ManifestOf, read_deployment, read_live, read_manifest
from prmbuild.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a store shows.

    Attributes:
        live: the pointer.
        tag: of the pointer.
        deployment: the one that partners see.
    """

    live: Live
    tag: str
    deployment: Deployment


def shown(store: Store) -> Shown | None:
    """Return what a store shows; None where nothing was ever deployed to it.

    Raises:
        StoreError: the store does not answer, or what it holds was not written by prmbuild.
    """
    found = store.get(LIVE)
    if found is None:
        return None
    live = read_live(found[0])
    return Shown(live=live, tag=found[1].tag, deployment=deployment(store, live.deployment))


def pointer(store: Store) -> Live | None:
    """Return what says which deployment is live; None where nothing was ever deployed to a store.

    Raises:
        StoreError: the store does not answer, or what it holds was not written by prmbuild.
    """
    found = store.get(LIVE)
    return read_live(found[0]) if found is not None else None


def deployment(store: Store, name: str) -> Deployment:
    """Return a deployment's record.

    Raises:
        StoreError: there is none, or it was changed.
    """
    found = store.get(deployment_key(name))
    if found is None:
        raise StoreError(f"the store has no deployment '{name}'", hint="prmbuild status lists those that are kept")
    return read_deployment(name, found[0])


def manifests(store: Store) -> "ManifestOf":
    """Return what finds manifests in a store, each read once.

    The function that is returned may raise:
        StoreError: there is none.
    """

    kept = manifests_kept(store)

    def manifest_of(portal: str, release: str) -> Mapping[str, str]:
        found = kept(portal, release)
        if found is None:
            name = manifest_key(portal, release)
            raise StoreError(f"the store lacks '{name}'", hint="prmbuild verify says what else it lacks")
        return found

    return manifest_of


def manifests_kept(store: Store) -> Callable[[str, str], Mapping[str, str] | None]:
    """Return what finds manifests in a store, those of collected releases included, each read once; None for none."""

    @cache
    def manifest_of(portal: str, release: str) -> Mapping[str, str] | None:
        for name in (manifest_key(portal, release), collected_manifest_key(portal, release)):
            found = store.get(name)
            if found is not None:
                return read_manifest(name, found[0])
        return None

    return manifest_of
