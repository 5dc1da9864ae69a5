"""Dropping releases that nobody can see any more and nobody will go back to, and plans that nobody can approve."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from prmbuild.errors import StoreError
from prmbuild.progress import Progress
from prmbuild.publish.history import History, history
from prmbuild.publish.layout import (
    COLLECTED,
    PLANS,
    collected,
    collected_manifest_key,
    manifest_key,
    plan_key,
    recorded_deployment,
    release_folder,
    released,
)
from prmbuild.publish.live import Untold, deployment, manifests_kept, shown
from prmbuild.publish.lock import Clock, Lock, locked
from prmbuild.publish.records import Deployment
from prmbuild.publish.transfers import every
from prmbuild.store.store import Store

_BATCH = 1000


class Collected(Struct, frozen=True, kw_only=True):
    """What was dropped.

    Attributes:
        objects: how many of releases.
        deployments: ids of those that can be gone back to no more.
        strays: keys that lie in no folder of a release; who put them there is not known, and they stay.
    """

    objects: int
    deployments: tuple[str, ...]
    strays: tuple[str, ...] = ()


def collect(
    store: Store, *, keep: timedelta, tell: timedelta, owner: str, clock: Clock, over: bool = False, progress: Progress
) -> Collected:
    """Drop the releases that partners saw last longer ago than `keep`, and those that no deployment ever named.

    What is live stays, and what was live before it; so do all records, and for a longer time the manifests of what was
    dropped: they answer who could see what. Deployments that lost turns told of stay as if partners had seen them until
    the first turn that is left. What does not look like something of a release is told of, and stays.

    Args:
        store: where.
        keep: how long a deployment can be gone back to.
        tell: how long it can be told what files a deployment had, at least `keep`.
        owner: see `prmbuild.publish.deploy.deploy`.
        clock: tells the time.
        over: see `prmbuild.publish.lock.Lock.take`.
        progress: hears of the stages.

    Raises:
        LockedError: somebody deploys.
        StoreError: the store fails, or some object is not deleted.
    """
    with locked(store, owner, clock, over=over) as lock:
        now = shown(store)
        if now is None:
            return Collected(objects=0, deployments=())
        present = datetime.fromtimestamp(clock(), UTC)
        progress.stage("reading records")
        past = history(store, now.live)
        known = _known(store, past)
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
        there = {found.key: released(found.key) for found in store.listed("portals")}
        manifests = {found.key: collected(found.key) for found in store.listed(COLLECTED)}
        ended = {one.id: until for one, until in known.values()} | {"": past.spans[0].since}
        named = {plan_key(one.plan) for one, _ in known.values()}
        recent = {name for name, at in ended.items() if at is None or at >= present - keep}
        # where turns are lost, a plan may be named by a record that only a backup leads to
        passed = _passed(store, named, recent) if past.complete else ()
        strays = [key for key, place in (there | manifests).items() if place is None]
        needless = {key: place for key, place in there.items() if place is not None and place not in wanted}
        dropped = sorted(set(needless.values()))
        # manifests go first: without them nobody goes back to what is half gone; they are kept elsewhere to tell of it
        for _ in every(lambda place: store.copy(manifest_key(*place), collected_manifest_key(*place)), dropped):
            lock.renew()
        keys: dict[tuple[str, str], list[str]] = {place: [manifest_key(*place)] for place in dropped}
        for key, needed_by_none in needless.items():
            keys[needed_by_none].append(key)
        for key, place in manifests.items():
            if place is not None and place not in told:
                keys.setdefault(place, []).append(key)
        progress.stage("dropping objects", sum(map(len, keys.values())) + len(passed))
        going = sorted(keys)
        for start in range(0, len(going), _BATCH):
            some = going[start : start + _BATCH]
            # from here on nobody makes live what lies there, whoever has the lock by the time that it is deleted
            lock.mark(sorted({release for _, release in some}))
            first, rest = [keys[place][0] for place in some], [key for place in some for key in keys[place][1:]]
            _delete(store, [*first, *rest], lock, progress)
        lock.unmark()
        _delete(store, passed, lock, progress)
        lost = tuple(one.id for one, _ in known.values() if one not in kept and not _places(one) <= wanted)
        return Collected(objects=len(needless), deployments=lost, strays=tuple(strays))


def _delete(store: Store, keys: Sequence[str], lock: Lock, progress: Progress) -> None:
    for start in range(0, len(keys), _BATCH):
        some = keys[start : start + _BATCH]
        failed = store.delete(some)
        if failed:
            key, why = next(iter(failed.items()))
            raise StoreError(f"{len(failed)} objects are not deleted, such as '{key}': {why}", hint="run it again")
        progress.advance(len(some))
        lock.renew()


def _passed(store: Store, named: Collection[str], recent: Collection[str]) -> Sequence[str]:
    """Return the keys of plans that were never applied, and start from what is no longer live for long.

    They waited for an approval, and can have none any more.

    Args:
        store: where.
        named: keys of plans that records name.
        recent: ids of deployments that are live or were a short time ago; the empty one for none.
    """
    unnamed = [found.key for found in store.listed(PLANS) if found.key not in named]

    def starts_from(key: str) -> object:
        found = store.get(key)
        try:
            return json.loads(found[0])["live"] if found is not None else None
        except (ValueError, TypeError, KeyError, RecursionError):
            return None

    starts = zip(unnamed, every(starts_from, unnamed), strict=True)
    return [key for key, start in starts if isinstance(start, str) and start not in recent]


def whole(store: Store, one: Deployment) -> bool:
    """Tell whether a deployment can be gone back to: its releases are still there, by the look of it."""

    def there(place: tuple[str, str]) -> bool:
        folder, manifest = release_folder(*place), manifest_key(*place)
        return store.head(manifest) is not None and next(iter(store.listed(folder)), None) is not None

    return all(every(there, sorted(_places(one))))


def lacking(store: Store, one: Deployment) -> Sequence[str]:
    """Return the keys of what a deployment needs and the store has not, or not as it was written.

    Objects are looked for by name; none is read but the lists of them.

    Raises:
        StoreError: the store does not answer.
    """
    kept = manifests_kept(store)

    def lost(place: tuple[str, str]) -> Sequence[str]:
        portal, release = place
        files = kept(portal, release, one.headers)
        if isinstance(files, Untold):
            return [manifest_key(*place)]
        location, folder = one.portals[portal].place, release_folder(*place)
        own = set(location.folders) if release == location.delta else None
        there = {found.key for found in store.listed(folder)}
        needed = (path for path in files if own is None or path[: path.rfind("/") + 1] in own)
        return [key for path in sorted(needed) if (key := f"{folder}/{path}") not in there]

    return [key for keys in every(lost, sorted(_places(one))) for key in keys]


def _known(store: Store, past: History) -> Mapping[str, tuple[Deployment, datetime | None]]:
    """Return id → every deployment that partners ever saw, newest first, and until when they last did.

    Where turns are lost, those that only they told of were seen no later than the first turn that is left began.
    """
    until = {span.turn.deployment: span.until for span in past.spans}
    names = dict.fromkeys(turn.deployment for turn in reversed(past.turns))
    if not past.complete:
        recorded = (recorded_deployment(found.key) for found in store.listed("deployments"))
        untold = dict.fromkeys(name for name in recorded if name is not None and name not in names)
        names |= untold
        until |= dict.fromkeys(untold, past.spans[0].since)
    return {one.id: (one, until[one.id]) for one in every(lambda name: deployment(store, name), names)}


def _places(one: Deployment) -> set[tuple[str, str]]:
    """Return portal and release of every folder that a deployment needs."""
    return {
        (portal, release)
        for portal, published in one.portals.items()
        for release in (published.place.base, published.place.delta)
        if release
    }
