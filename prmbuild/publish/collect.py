"""Dropping releases that nobody can see any more and nobody will go back to, and plans that nobody can approve."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from prmbuild.errors import ChangedError, StoreError
from prmbuild.progress import Progress
from prmbuild.publish.lock import Clock, Lock, locked
from prmbuild.records.history import History, history
from prmbuild.records.layout import (
    COLLECTED,
    DEPLOYMENTS,
    WAITING,
    collected,
    collected_manifest_key,
    manifest_key,
    recorded_deployment,
    release_folder,
    released,
    turn_key,
)
from prmbuild.records.live import shown
from prmbuild.records.recorded import deployment, or_why, turn
from prmbuild.records.records import BACKUP, Deployment, Live, Turn
from prmbuild.records.transfers import every
from prmbuild.store.store import Store

_BATCH = 1000
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Collected(Struct, frozen=True, kw_only=True):
    """What was dropped.

    Attributes:
        objects: how many of releases.
        deployments: ids of those that can be gone back to no more.
        strays: keys that lie in no folder of a release; who put them there is not known, and they stay.
        lost: what is wrong with the record of a deployment that could be gone back to, were it there, or of a turn that
            made one live so lately. Nobody knows what that needs, so that nothing is dropped.
        unsure: the same of one that partners may have seen so lately that it can still be asked for. Lists of files
            stay that are needed by nothing else.
    """

    objects: int
    deployments: tuple[str, ...]
    strays: tuple[str, ...] = ()
    lost: tuple[ChangedError, ...] = ()
    unsure: tuple[ChangedError, ...] = ()


def collect(
    store: Store,
    *,
    keep: timedelta,
    tell: timedelta,
    owner: str,
    clock: Clock,
    over: bool = False,
    read_elsewhere: Callable[[Live], Collection[str]] = lambda _: (),
    progress: Progress,
) -> Collected:
    """Drop the releases that partners saw last longer ago than `keep`, and those that no deployment ever named.

    What is live stays, and what was live before it; so do all records, and for a longer time the manifests of what was
    dropped: they answer who could see what. Whatever partners may have seen in a time counts as seen then, see
    `prmbuild.records.history`. Where the record of a deployment is lost that would stay, or of a turn that may tell of
    one, nothing is dropped; and no list of files, as long as it could be asked for. What does not look like something
    of a release is told of, and stays.

    Args:
        store: where.
        keep: how long a deployment can be gone back to.
        tell: how long it can be told what files a deployment had, at least `keep`.
        owner: see `prmbuild.publish.deploy.deploy`.
        clock: tells the time.
        over: see `prmbuild.publish.lock.Lock.take`.
        read_elsewhere: returns the ids of deployments that partners may be reading, whatever the store says, or raises
            where the store is not what they read from any more; see `prmbuild.publish.edges.edges.Edges.named`.
        progress: hears of the stages.

    Raises:
        LockedError: somebody deploys.
        StoreError: the store fails, or some object is not deleted.
    """
    with locked(store, owner, clock, over=over) as lock:
        now = shown(store)
        if now is None:
            return Collected(objects=0, deployments=())
        reading = read_elsewhere(now.live)
        present = datetime.fromtimestamp(clock(), UTC)
        progress.stage("reading records")
        past = history(store, now.live)
        pointed = {now.live.deployment, now.live.before, *reading} - {""}
        ended, known, lost = _ended(store, past, pointed)

        def recent(name: str, within: timedelta) -> bool:
            until = ended[name]
            return until is None or until >= present - within

        kept = [one for one in known if one.id in pointed or recent(one.id, keep)]
        wanted = {place for one in kept for place in _places(one)}
        told = {place for one in known if recent(one.id, tell) for place in _places(one)}
        # what these need is not known
        missed = tuple(why for name, why in lost.items() if name in pointed or recent(name, keep))
        gap = past.gaps[-1] if past.gaps else None
        if gap is not None and gap.until >= present - keep:
            missed = (*missed, _gap(store, gap.after))
        unsure = [why for name, why in lost.items() if recent(name, tell)]
        if gap is not None and gap.until >= present - tell:
            unsure.append(_gap(store, gap.after))
        progress.stage("looking for what is no longer needed")
        there = {one.key: released(one.key) for one in store.listed("portals")} if not missed else {}
        manifests = {found.key: collected(found.key) for found in store.listed(COLLECTED)}
        starts = {name for name in ended if recent(name, keep)}
        if past.begins >= present - keep:
            starts.add("")
        passed = _passed(store, starts)
        strays = [key for key, place in (there | manifests).items() if place is None]
        needless = {key: place for key, place in there.items() if place is not None and place not in wanted}
        dropped = sorted(set(needless.values()))
        # manifests go first: without them nobody goes back to what is half gone; they are kept elsewhere to tell of it
        for _ in every(lambda place: store.copy(manifest_key(*place), collected_manifest_key(*place)), dropped):
            lock.renew()
        keys: dict[tuple[str, str], list[str]] = {place: [manifest_key(*place)] for place in dropped}
        for key, needed_by_none in needless.items():
            keys[needed_by_none].append(key)
        lists = {key: place for key, place in manifests.items() if place is not None and place not in told}
        for key, place in lists.items() if not unsure else ():
            keys.setdefault(place, []).append(key)
        progress.stage("dropping objects", sum(map(len, keys.values())) + len(passed))
        going = sorted(keys)
        for start in range(0, len(going), _BATCH):
            some = going[start : start + _BATCH]
            # from here on nobody makes live what lies there, whoever has the lock by the time that it is deleted
            lock.mark(some)
            first, rest = [keys[place][0] for place in some], [key for place in some for key in keys[place][1:]]
            _delete(store, [*first, *rest], lock, progress)
        lock.unmark()
        _delete(store, passed, lock, progress)
        gone_for_good = () if missed else (one.id for one in known if one not in kept and not _places(one) <= wanted)
        return Collected(
            objects=len(needless),
            deployments=tuple(gone_for_good),
            strays=tuple(strays),
            lost=missed,
            unsure=tuple(unsure) if lists and not missed else (),
        )


def _delete(store: Store, keys: Sequence[str], lock: Lock, progress: Progress) -> None:
    for start in range(0, len(keys), _BATCH):
        some = keys[start : start + _BATCH]
        failed = store.delete(some)
        if failed:
            key, why = next(iter(failed.items()))
            raise StoreError(f"{len(failed)} objects are not deleted, such as '{key}': {why}", hint="run it again")
        progress.advance(len(some))
        lock.renew()


def _passed(store: Store, recent: Collection[str]) -> Sequence[str]:
    """Return the keys of plans that wait for an approval, and start from what is no longer live for long.

    They can have none any more. A run that lost the lock may delete one that can: no record names what waits, so that
    nobody but who asks what changed since lacks it.

    Args:
        store: where.
        recent: ids of deployments that are live or were a short time ago; the empty one for none.
    """
    waiting = [found.key for found in store.listed(WAITING)]

    def starts_from(key: str) -> object:
        found = store.get(key)
        try:
            return json.loads(found[0])["live"] if found is not None else None
        except (ValueError, TypeError, KeyError, RecursionError):
            return None

    starts = zip(waiting, every(starts_from, waiting), strict=True)
    return [key for key, start in starts if isinstance(start, str) and start not in recent]


def whole(store: Store, one: Deployment) -> bool:
    """Tell whether a deployment can be gone back to: its releases are still there, by the look of it."""

    def there(place: tuple[str, str]) -> bool:
        folder, manifest = release_folder(*place), manifest_key(*place)
        return store.head(manifest) is not None and next(iter(store.listed(folder)), None) is not None

    return all(every(there, sorted(_places(one))))


def _ended(
    store: Store, past: History, pointed: Set[str]
) -> tuple[Mapping[str, datetime | None], Sequence[Deployment], Mapping[str, ChangedError]]:
    """Return until when partners last saw each deployment that they ever may have seen: id → until when, None for now.

    What nothing proves to have been live may have been all the same, see `prmbuild.records.history`; so may what
    another deployment names as the one before it, and in a gap whatever is on record.

    Args:
        store: where.
        past: what turns tell.
        pointed: ids of those that partners may be reading now, or were before.

    Returns:
        Also the deployments whose records are what was written; and id → what is wrong with that of each other one.
    """
    found = dict(past.last_seen())

    def seen(name: str, until: datetime | None) -> None:
        earlier = found.get(name, _LONG_AGO)
        found[name] = None if earlier is None or until is None else max(earlier, until)

    told = set(found)
    for name in pointed - told:
        seen(name, None)
    recorded = (recorded_deployment(one.key) for one in store.listed(DEPLOYMENTS))
    known, lost = _known(store, {*found, *(name for name in recorded if name is not None)})
    for record in known:
        at = datetime.fromisoformat(record.at)
        seen(record.id, at if record.id in told else past.ended(at))
    named = {one.previous for one in known if one.previous}
    # a store may list what was just put a moment later
    others, unknown = _known(store, named - {one.id for one in known} - lost.keys())
    lost = {**lost, **unknown}
    for record in known:
        if record.previous in unknown or any(record.previous == one.id for one in others):
            # until its own turn, which came in the same second at the earliest
            seen(record.previous, past.ended(datetime.fromisoformat(record.at) - timedelta(seconds=1)))
    for name in lost.keys() - told - unknown.keys():
        seen(name, None)
    if past.gaps:  # whatever is on record may have been live then
        for name in tuple(found):
            seen(name, past.gaps[-1].until)
    return found, [*known, *others], lost


def _known(store: Store, names: Iterable[str]) -> tuple[Sequence[Deployment], Mapping[str, ChangedError]]:
    """Return the deployments whose records are what was written; and id → what is wrong with that of each other one."""
    known, lost = [], {}
    listed = sorted(names)
    for name, one in zip(listed, every(lambda name: or_why(deployment, store, name), listed), strict=True):
        if isinstance(one, ChangedError):
            lost[name] = one
        else:
            known.append(one)
    return known, lost


def _gap(store: Store, after: Turn) -> ChangedError:
    """Return what is wrong where turns are lost before one that is there."""
    before = or_why(turn, store, after.previous) if after.previous else None
    if isinstance(before, ChangedError):
        return before
    return ChangedError(turn_key(after.id), f"has the number {after.number}, and turns before it are lost", hint=BACKUP)


def _places(one: Deployment) -> set[tuple[str, str]]:
    """Return portal and release of every folder that a deployment needs."""
    return {
        (portal, release)
        for portal, published in one.portals.items()
        for release in (published.place.base, published.place.delta)
        if release
    }
