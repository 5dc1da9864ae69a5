"""What a store still has of a deployment that is on record."""

from collections.abc import Sequence

from prmbuild.records.layout import manifest_key, release_folder
from prmbuild.records.live import Untold, manifests_kept
from prmbuild.records.records import Deployment
from prmbuild.records.transfers import every
from prmbuild.records.verify import places
from prmbuild.store.store import Store


def lacking(store: Store, one: Deployment) -> Sequence[str]:
    """Return the keys of what a deployment needs and the store has not, or not as it was written.

    Objects are looked for by name; none is read but the lists of them.

    Raises:
        StoreError: the store does not answer.
    """
    kept = manifests_kept(store)

    def lost(place: tuple[str, str]) -> Sequence[str]:
        portal, release = place
        if store.head(manifest_key(*place)) is None:  # it is kept elsewhere, where the files are gone
            return [manifest_key(*place)]
        files = kept(portal, release, one.headers)
        if isinstance(files, Untold):
            return [manifest_key(*place)]
        location, folder = one.portals[portal].place, release_folder(*place)
        own = set(location.folders) if release == location.delta else None
        there = {found.key for found in store.listed(folder)}
        needed = (path for path in files if own is None or path[: path.rfind("/") + 1] in own)
        return [key for path in sorted(needed) if (key := f"{folder}/{path}") not in there]

    return [key for keys in every(lost, sorted(places(one))) for key in keys]
