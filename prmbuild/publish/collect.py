"""Dropping releases that nobody can see any more and nobody will go back to."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from prmbuild.errors import StoreError
from prmbuild.progress import Progress
from prmbuild.publish.layout import manifest_key, release_folder
from prmbuild.publish.live import chain, shown
from prmbuild.publish.lock import Clock, locked
from prmbuild.publish.records import Deployment
from prmbuild.publish.transfers import every
from prmbuild.store.store import Store

_BATCH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What was dropped: how many objects of releases; and of which deployments no portal can be put back."""

    objects: int
    deployments: tuple[str, ...]


def collect(store: Store, *, keep: timedelta, owner: str, clock: Clock, progress: Progress) -> Collected:
    """Drop the releases of deployments that are older than `keep`, and those that no deployment ever named.

    What is live stays, and what was live before it; so do all records: they answer who could see what.

    Args:
        store: where.
        keep: how long a deployment can be gone back to.
        owner: see `prmbuild.publish.deploy.deploy`.
        clock: tells the time.
        progress: hears of the stages.

    Raises:
        LockedError: somebody deploys.
        StoreError: the store fails, or some object is not deleted.
    """
    with locked(store, owner, clock) as lock:
        now = shown(store)
        if now is None:
            return Collected(objects=0, deployments=())
        oldest = datetime.fromtimestamp(clock(), UTC) - keep
        newest_first = _known(store, now.live.deployment, now.live.before)
        kept = [
            one
            for one in newest_first
            if one.id in (now.live.deployment, now.live.before) or datetime.fromisoformat(one.at) >= oldest
        ]
        wanted = {place for one in kept for place in _places(one)}
        progress.stage("looking for what is no longer needed")
        found = [listed.key for listed in store.listed("portals")]
        gone = [key for key in found if tuple(key.split("/", 3)[1:3]) not in wanted]
        # manifests go first: without them nobody goes back to what is half gone
        dropped = {tuple(key.split("/", 3)[1:3]) for key in gone}
        gone = [*(manifest_key(portal, release) for portal, release in sorted(dropped)), *gone]
        progress.stage("dropping objects", len(gone))
        for start in range(0, len(gone), _BATCH):
            failed = store.delete(gone[start : start + _BATCH])
            if failed:
                key, why = next(iter(failed.items()))
                raise StoreError(f"{len(failed)} objects are not deleted, such as '{key}': {why}", hint="run it again")
            progress.advance(len(gone[start : start + _BATCH]))
            lock.renew()
        lost = tuple(one.id for one in newest_first if one not in kept and not _places(one) <= wanted)
        return Collected(objects=len(gone) - len(dropped), deployments=lost)


def whole(store: Store, one: Deployment) -> bool:
    """Tell whether a deployment can be gone back to: its releases are still there."""

    def there(place: tuple[str, str]) -> bool:
        folder, manifest = release_folder(*place), manifest_key(*place)
        return store.head(manifest) is not None and next(iter(store.listed(folder)), None) is not None

    return all(every(there, sorted(_places(one))))


def _known(store: Store, live: str, before: str) -> list[Deployment]:
    """Return the deployments that led to the live one, and those that led to the one before."""
    found = {one.id: one for name in (live, before) if name for one in chain(store, name)}
    return list(found.values())


def _places(one: Deployment) -> set[tuple[str, str]]:
    """Return portal and release of every folder that a deployment needs."""
    return {
        (portal, release)
        for portal, published in one.portals.items()
        for release in (published.place.base, published.place.delta)
        if release
    }
