"""Applying a plan: everything is there and proven before one pointer turns all portals over.

Whatever ends it, the pointer names the old deployment, whole, or the new one, whole; and the next run finds what this
one put and goes on from there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from prmbuild.errors import AccessError, StoreError
from prmbuild.progress import Progress
from prmbuild.publish.headers import headers_of
from prmbuild.publish.layout import (
    JSON,
    LIVE,
    deployment_key,
    evidence_key,
    manifest_key,
    plan_key,
    release_folder,
    turn_key,
)
from prmbuild.publish.leakcheck import wrong_answers
from prmbuild.publish.live import Shown
from prmbuild.publish.lock import Lock
from prmbuild.publish.plan import ManifestOf, Object, Plan, PortalPlan
from prmbuild.publish.records import Deployment, Kind, Live, Run, Turn, canonical
from prmbuild.publish.site import Site
from prmbuild.publish.transfers import every
from prmbuild.publish.writing import content, not_ours, put_once
from prmbuild.store.store import Content, Store

_SAMPLE = 32
"""How many of the objects that were put are read back as a whole."""

_SHOWN = 5
"""How many wrong answers are told of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """An object and where it has to be."""

    key: str
    object: Object


def apply(
    plan: Plan,
    site: Site,
    store: Store,
    *,
    before: Shown | None,
    lock: Lock,
    manifest_of: ManifestOf,
    run: Run,
    progress: Progress,
) -> Deployment:
    """Apply a plan.

    Args:
        plan: made from what `before` shows, under the lock.
        site: what the plan was made for.
        store: where to.
        before: what the store shows.
        lock: held.
        manifest_of: reads manifests.
        run: who deploys, and when, for the records.
        progress: hears of the stages.

    Raises:
        StoreError: the store fails, or holds something else than it should; what partners see has not changed.
        LockedError: somebody else took the lock over; what partners see has not changed.
        AccessError: the access rule would show something to the wrong viewer; what partners see has not changed.
    """
    deployment = Deployment(
        previous=plan.live,
        revision=plan.revision,
        instant=site.instant,
        headers=site.headers,
        at=run.at,
        by=run.by,
        plan=plan.digest,
        approved=run.approved,
        evidence=site.evidence.digest,
        portals={one.portal: one.after for one in plan.portals if one.after is not None},
    )
    writing = _Writing(site, store, lock, progress)
    changing = [one for one in plan.portals if one.after is not None and not one.same]
    tasks = writing.tasks(changing)
    writing.objects(tasks)
    writing.manifests(plan)
    writing.verify(changing, tasks)
    progress.stage("checking that nobody gets what is not theirs")
    _leakcheck(deployment, site, manifest_of)
    progress.stage("going live")
    store.settle()
    put_once(store, evidence_key(deployment.evidence), site.evidence.text())
    put_once(store, plan_key(plan.digest), plan.text())
    put_once(store, deployment_key(deployment.id), deployment.text())
    store.settle()
    lock.renew()
    turn(store, before, deployment.id, kind=Kind.DEPLOY, run=run)
    return deployment


def turn(store: Store, before: Shown | None, deployment: str, *, kind: Kind, run: Run, pinned: bool = False) -> Live:
    """Make a deployment the one that partners see, and record that it is.

    Args:
        store: where.
        before: what it shows.
        deployment: id of the deployment.
        kind: why.
        run: who does it, and when.
        pinned: whether it stays until a person says otherwise.

    Raises:
        StoreError: somebody else did so since `before` was read.
    """
    was = before.live if before is not None else Live(deployment="", before="", turn=0, record="")
    record = Turn(
        number=was.turn + 1,
        previous=was.record,
        at=run.at,
        kind=kind,
        deployment=deployment,
        pinned=pinned,
        by=run.by,
    )
    put_once(store, turn_key(record.id), record.text())
    store.settle()
    live = Live(
        deployment=deployment,
        # where the same stays live, as when it is no longer pinned, the one before stays known
        before=was.before if was.deployment == deployment else was.deployment,
        turn=record.number,
        record=record.id,
        pinned=pinned,
    )
    with content(live.text(), JSON) as made:
        done = store.put_absent(LIVE, made) if before is None else store.put_matching(LIVE, made, before.tag)
    if done is None:
        now = store.get(LIVE)
        # an answer that was lost on its way, and the request repeated
        if now is None or now[0] != live.text():
            raise StoreError(
                "somebody else deployed meanwhile; nothing was turned over", hint="plan again from what is live now"
            )
    store.settle()
    return live


class _Writing:
    """Brings what a plan needs into a store."""

    def __init__(self, site: Site, store: Store, lock: Lock, progress: Progress) -> None:
        self._site = site
        self._store = store
        self._lock = lock
        self._progress = progress
        self._sizes: dict[str, int] = {}

    def tasks(self, changing: Sequence[PortalPlan]) -> Sequence[_Task]:
        return [
            _Task(key=f"{release_folder(one.portal, one.after.release)}/{item.path}", object=item)
            for one in changing
            if one.after is not None
            for item in one.objects
        ]

    def objects(self, tasks: Sequence[_Task]) -> None:
        """Put and copy what is not there yet."""
        self._progress.stage("putting objects", len(tasks))
        for reused in every(self._put, tasks):
            (self._progress.reused if reused else self._progress.advance)()
            self._lock.renew()

    def manifests(self, plan: Plan) -> None:
        """Put the manifests of new releases."""
        self._progress.stage("putting manifests", len(plan.files))
        named = [
            (manifest_key(one.portal, one.after.release), canonical(plan.files[one.portal]))
            for one in plan.portals
            if one.after is not None and one.portal in plan.files
        ]
        for _ in every(lambda item: put_once(self._store, *item), named):
            self._progress.advance()

    def verify(self, changing: Sequence[PortalPlan], tasks: Sequence[_Task]) -> None:
        """Compare what the store lists with what should be there, and read some of it back."""
        self._progress.stage("verifying", len(changing))
        folders = [release_folder(one.portal, one.after.release) for one in changing if one.after is not None]
        listed: dict[str, int] = {}
        for found in every(self._listed, folders):
            listed |= found
            self._progress.advance()
        for task in tasks:
            if listed.get(task.key) != self._size(task.object.digest):
                raise StoreError(f"'{task.key}' did not arrive whole", hint="deploy again: it goes on from here")
        step = max(1, len(tasks) // _SAMPLE)
        for task, read in zip(tasks[::step], every(self._store.get, [task.key for task in tasks[::step]]), strict=True):
            if read is None or sha256(read[0]).hexdigest() != task.object.digest:
                raise not_ours(task.key)
            if read[1].headers != headers_of(task.object.path):
                raise StoreError(f"'{task.key}' has other headers than it should", hint="delete it and deploy again")

    def _put(self, task: _Task) -> bool:
        """Bring an object, and tell whether it was there already."""
        wanted = task.object
        if wanted.source is not None and self._store.copy(wanted.source, task.key):
            return False
        made = Content(file=self._site.file_of(wanted.digest), digest=wanted.digest, headers=headers_of(wanted.path))
        if self._store.put_absent(task.key, made) is not None:
            return False
        found = self._store.head(task.key)
        if found is None or (found.digest, found.headers) != (wanted.digest, made.headers):
            raise not_ours(task.key)
        return True

    def _listed(self, folder: str) -> Mapping[str, int]:
        return {found.key: found.size for found in self._store.listed(folder)}

    def _size(self, digest: str) -> int:
        if digest not in self._sizes:
            self._sizes[digest] = self._site.file_of(digest).stat().st_size
        return self._sizes[digest]


def _leakcheck(deployment: Deployment, site: Site, manifest_of: ManifestOf) -> None:
    files = {portal.id: portal.files for portal in site.portals}
    held = _held(deployment, files, manifest_of)
    wrong = list(wrong_answers(deployment, files, held))
    if wrong:
        told = "; ".join(f"{one.partner} ({one.role}) at {one.url}: {one.found}" for one in wrong[:_SHOWN])
        more = f"; and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise AccessError(f"the leak check failed: {told}{more}", hint="nothing was turned over")


def _held(
    deployment: Deployment, files: Mapping[str, Mapping[str, str]], manifest_of: ManifestOf
) -> Callable[[str, str], Mapping[str, str]]:
    def held(portal: str, release: str) -> Mapping[str, str]:
        published = deployment.portals[portal]
        if release == published.place.delta:
            own = set(published.place.folders)
            return {path: digest for path, digest in files[portal].items() if path[: path.rfind("/") + 1] in own}
        if release == published.release:
            return files[portal]
        return manifest_of(portal, release)

    return held
