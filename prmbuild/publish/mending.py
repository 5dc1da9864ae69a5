"""Putting right what was lost or changed in a store since it was deployed.

What partners see is built again from the commit and the instant that its record names, and only bytes whose digest is
the recorded one are put. So nothing is turned over, and whatever is put is what was deployed.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress

from msgspec import Struct

from prmbuild.errors import StoreError
from prmbuild.progress import Progress
from prmbuild.publish.lock import Clock, Lock, locked
from prmbuild.publish.packing import Packing
from prmbuild.publish.site import Site
from prmbuild.records.deployments import on_record
from prmbuild.records.layout import JSON, manifest_key, release_folder
from prmbuild.records.live import Shown, Untold, manifests_kept, shown
from prmbuild.records.records import Deployment, canonical, release_names
from prmbuild.records.transfers import every
from prmbuild.records.verify import Drift, drift, manifest_drift, object_drift, places
from prmbuild.records.writing import put_over
from prmbuild.store.store import Content, Store
from prmbuild.store.writing import content

Rebuilt = Callable[[Deployment], Site]
"""Builds again what a deployment was made of."""


class Mended(Struct, frozen=True, kw_only=True):
    """What became of what was wrong: put right, and still wrong."""

    mended: tuple[Drift, ...]
    left: tuple[Drift, ...]


def mend(store: Store, rebuilt: Rebuilt, *, owner: str, clock: Clock, over: bool = False, progress: Progress) -> Mended:
    """Put right what partners see, where it is not what was deployed.

    What was lost or changed is put again, and what was changed of it in releases that can be gone back to; what nobody
    deployed is deleted, since its folder is served.

    Args:
        store: where.
        rebuilt: asked for the live deployment, and for those whose files it still uses, where something is wrong.
        owner: see `prmbuild.publish.deploy.deploy`.
        clock: tells the time.
        over: see `prmbuild.publish.lock.Lock.take`.
        progress: hears of the stages.

    Raises:
        LockedError: somebody deploys.
        StoreError: the store fails, or nothing was ever deployed there; a record was changed.
    """
    with locked(store, owner, clock, over=over) as lock:
        now = shown(store)
        if now is None:
            raise StoreError(f"nothing was ever deployed to {store.url}")
        sites = _Sites(store, now, rebuilt, lock)
        # files are judged by manifests, so these come first
        manifests = list(manifest_drift(store, now.deployment))
        unread = list(manifests)
        for site in sites.until_mended(unread):
            _manifests(store, site, unread)
        if unread:
            return Mended(mended=tuple(one for one in manifests if one not in unread), left=tuple(unread))
        found = list(drift(store, now, progress))
        found += _copies(store, now, {one.digest for one in found if one.digest})
        open_ = [one for one in found if one.digest]
        strangers = [one.key for one in found if not one.digest]
        failed = store.delete(strangers) if strangers else {}
        if failed:
            key, why = next(iter(failed.items()))
            raise StoreError(f"{len(failed)} objects are not deleted, such as '{key}': {why}", hint="run it again")
        for site in sites.until_mended(open_):
            progress.stage("putting objects right", len(open_))
            done = _objects(store, site, open_)
            progress.advance(len(done))
            open_[:] = [one for one in open_ if one not in done]
        left = (*drift(store, now, progress), *_copies(store, now, {one.digest for one in open_})) if found else ()
        return Mended(mended=tuple(one for one in (*manifests, *found) if one not in left), left=left)


def _copies(store: Store, now: Shown, wrong: Collection[str]) -> Iterator[Drift]:
    """Yield what is wrong with objects of earlier deployments that are to have the same bytes as one that is wrong.

    A release is copied from what was live before, in a directory with its very file: what was changed in the one was
    changed in the other, too.

    Args:
        store: where.
        now: what it shows.
        wrong: SHA-256 of what is wrong there.
    """
    known, kept = set(places(now.deployment)), manifests_kept(store)
    for one in on_record(store, now.live) if wrong else ():
        for place in set(places(one)) - known:
            known.add(place)
            files, folder = kept(*place, one.headers), release_folder(*place)
            if isinstance(files, Untold):
                continue
            keys = {f"{folder}/{path}": digest for path, digest in files.items() if digest in wrong}
            for found in every(lambda item: object_drift(store, *item), keys.items()):
                if found is not None and found.found != "is missing":  # it may lie in another folder, or be collected
                    yield found


class _Sites:
    """The live deployment and those whose files it still uses, built again as far as they are needed."""

    def __init__(self, store: Store, now: Shown, rebuilt: Rebuilt, lock: Lock) -> None:
        self._lock = lock
        needed = set(places(now.deployment))
        made = (
            one
            for one in on_record(store, now.live)
            if needed & {(portal, published.release) for portal, published in one.portals.items()}
        )
        self._more = map(rebuilt, made)
        self._known: list[Site] = []

    def until_mended(self, wrong: Sequence[Drift]) -> Iterator[Site]:
        """Yield sites as long as something is wrong, which who is given them takes out of what is wrong."""
        for number in range(1 << 30):
            if not wrong:
                return
            if number == len(self._known):
                site = next(self._more, None)
                if site is None:
                    return
                self._known.append(site)
                self._lock.renew()
            yield self._known[number]


def _manifests(store: Store, site: Site, wrong: list[Drift]) -> None:
    names = ((one, name) for one in site.portals for name in release_names(one.release))
    texts = {manifest_key(one.id, name): canonical(dict(one.files)) for one, name in names}
    for one in [one for one in wrong if one.key in texts]:
        with content(texts[one.key], JSON) as made:
            put_over(store, one.key, made)
        wrong.remove(one)


def _objects(store: Store, site: Site, wrong: Sequence[Drift]) -> Sequence[Drift]:
    """Put what a site has of what is wrong, and return that."""
    packing = Packing(site, gzip=store.gzip)

    def put(one: Drift) -> bool:
        with suppress(_LackingError):
            put_over(store, one.key, _content(packing, one))
            return True
        return False

    return [one for one, done in zip(wrong, every(put, wrong), strict=True) if done]


class _LackingError(Exception):
    """A site has not the bytes."""


def _content(packing: Packing, one: Drift) -> Content:
    try:
        return next(packing.contents([(one.key, one.digest)]))
    except StoreError as error:
        raise _LackingError from error
