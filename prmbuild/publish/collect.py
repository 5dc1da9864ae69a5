"""Dropping releases that nobody can see any more and nobody will go back to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from prmbuild.errors import StoreError
from prmbuild.progress import Progress
from prmbuild.publish.history import History, history
from prmbuild.publish.layout import COLLECTED, collected_manifest_key, manifest_key, release_folder
from prmbuild.publish.live import deployment, shown
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


def collect(
    store: Store, *, keep: timedelta, tell: timedelta, owner: str, clock: Clock, progress: Progress
) -> Collected:
    """Drop the releases that partners saw last longer ago than `keep`, and those that no deployment ever named.

    What is live stays, and what was live before it; so do all records, and for a longer time the manifests of what was
    dropped: they answer who could see what.

    Args:
        store: where.
        keep: how long a deployment can be gone back to.
        tell: how long it can be told what files a deployment had, at least `keep`.
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
        present = datetime.fromtimestamp(clock(), UTC)
        progress.stage("reading records")
        known = _known(store, history(store, now.live))
        kept = [
            one
            for one, until in known.values()
            if one.id in (now.live.deployment, now.live.before) or until is None or until >= present - keep
        ]
        wanted = {place for one in kept for place in _places(one)}
        told = {
            place for one, until in known.values() if until is None or until >= present - tell for place in _places(one)
        }
        progress.stage("looking for what is no longer needed")
        found = [listed.key for listed in store.listed("portals")]
        gone = [key for key in found if _place(key, 1) not in wanted]
        dropped = sorted({_place(key, 1) for key in gone})
        # manifests go first: without them nobody goes back to what is half gone; they are kept elsewhere to tell of it
        for _ in every(lambda place: store.copy(manifest_key(*place), collected_manifest_key(*place)), dropped):
            lock.renew()
        old = [listed.key for listed in store.listed(COLLECTED) if _place(listed.key, 2) not in told]
        gone = [*(manifest_key(*place) for place in dropped), *gone, *old]
        progress.stage("dropping objects", len(gone))
        for start in range(0, len(gone), _BATCH):
            failed = store.delete(gone[start : start + _BATCH])
            if failed:
                key, why = next(iter(failed.items()))
                raise StoreError(f"{len(failed)} objects are not deleted, such as '{key}': {why}", hint="run it again")
            progress.advance(len(gone[start : start + _BATCH]))
            lock.renew()
        lost = tuple(one.id for one, _ in known.values() if one not in kept and not _places(one) <= wanted)
        return Collected(objects=len(gone) - len(dropped) - len(old), deployments=lost)


def _place(key: str, at: int) -> tuple[str, str]:
    """Return portal and release in the name of an object: the parts from a place on."""
    portal, release = key.split("/")[at : at + 2]
    return portal, release.removesuffix(".json")


def whole(store: Store, one: Deployment) -> bool:
    """Tell whether a deployment can be gone back to: its releases are still there."""

    def there(place: tuple[str, str]) -> bool:
        folder, manifest = release_folder(*place), manifest_key(*place)
        return store.head(manifest) is not None and next(iter(store.listed(folder)), None) is not None

    return all(every(there, sorted(_places(one))))


def _known(store: Store, past: History) -> Mapping[str, tuple[Deployment, datetime | None]]:
    """Return id → every deployment that partners ever saw, newest first, and until when they last did."""
    until = {span.turn.deployment: span.until for span in past.spans}
    names = dict.fromkeys(turn.deployment for turn in reversed(past.turns))
    return {one.id: (one, until[one.id]) for one in every(lambda name: deployment(store, name), names)}


def _places(one: Deployment) -> set[tuple[str, str]]:
    """Return portal and release of every folder that a deployment needs."""
    return {
        (portal, release)
        for portal, published in one.portals.items()
        for release in (published.place.base, published.place.delta)
        if release
    }
