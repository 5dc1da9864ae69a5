"""Applying a plan: everything is there and proven before one pointer turns all portals over.

Whatever ends it, the pointer names the old deployment, whole, or the new one, whole; and the next run finds what this
one put and goes on from there.
"""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from prmbuild.errors import AccessError, StoreError
from prmbuild.progress import Progress
from prmbuild.publish.bringing import Bringing
from prmbuild.publish.edges.edges import Edges
from prmbuild.publish.leakcheck import wrong_answers
from prmbuild.publish.lock import Lock
from prmbuild.publish.plan import Plan
from prmbuild.publish.site import Site
from prmbuild.records.layout import JSON, LIVE, deployment_key, evidence_key, plan_key, turn_key
from prmbuild.records.live import Predecessor, before_turn
from prmbuild.records.records import Deployment, Kind, Live, ManifestOf, Run, Turn, read_live
from prmbuild.records.transfers import every
from prmbuild.records.writing import put_once
from prmbuild.store.store import Store
from prmbuild.store.writing import content

_SHOWN = 5
"""How many wrong answers are told of."""


def apply(
    plan: Plan,
    site: Site,
    store: Store,
    *,
    before: Predecessor | None,
    lock: Lock,
    edges: Edges,
    manifest_of: ManifestOf,
    run: Run,
    progress: Progress,
) -> tuple[Deployment, Live]:
    """Apply a plan, and return what partners see from then on.

    Args:
        plan: made from what `before` shows, under the lock.
        site: what the plan was made for.
        store: where to.
        before: what it goes on from.
        lock: held.
        edges: of the store, in step with it.
        manifest_of: reads manifests.
        run: who deploys, for the records.
        progress: hears of the stages.

    Raises:
        StoreError: the store or an edge fails, or holds something else than it should, or has not enough room; what
            partners see has not changed.
        LockedError: somebody else took the lock over; what partners see has not changed.
        AccessError: the access rule would show something to the wrong viewer; what partners see has not changed.
    """
    deployment = Deployment(
        previous=plan.live,
        revision=plan.revision,
        instant=site.instant,
        headers=site.headers,
        at=run.now,
        by=run.by,
        plan=plan.digest,
        approved=run.approved,
        evidence=site.evidence.digest,
        portals={one.portal: one.after for one in plan.portals if one.after is not None},
    )
    edges.check(deployment, before)
    bringing = Bringing(plan, site, store, lock, progress)
    bringing.bring()
    bringing.verify()
    progress.stage("checking that nobody gets what is not theirs")
    _leakcheck(deployment, site, manifest_of, before.deployment if before is not None else None)
    progress.stage("going live")
    store.settle()
    # in any order, as nothing leads to them before the turn does
    records = (
        (evidence_key(deployment.evidence), site.evidence.text()),
        (plan_key(plan.digest), plan.text()),
        (deployment_key(deployment.id), deployment.text()),
    )
    for _ in every(lambda record: put_once(store, *record), records):
        pass
    store.settle()
    edges.prepare(deployment, before, lock.renew)
    live = turn(store, lock, before, deployment.id, kind=Kind.DEPLOY, run=run)
    edges.turn()
    return deployment, live


def turn(
    store: Store,
    lock: Lock,
    before: Predecessor | None,
    deployment: str,
    *,
    kind: Kind,
    run: Run,
    pinned: bool = False,
) -> Live:
    """Make a deployment the one that partners see, and record that it is.

    Args:
        store: where.
        lock: held since before `before` was read.
        before: what it goes on from.
        deployment: id of the deployment.
        kind: why.
        run: who does it.
        pinned: whether it stays until a person says otherwise.

    Raises:
        LockedError: somebody else took the lock over.
        StoreError: somebody else did so since `before` was read.
    """
    was = before.live if before is not None else Live(deployment="", before="", turn=0, record="")
    record = Turn(
        number=was.turn + 1,
        previous=was.record,
        at=run.now,
        kind=kind,
        deployment=deployment,
        pinned=pinned,
        by=run.by,
    )
    live = Live(
        deployment=deployment,
        # where the same stays live, as when it is no longer pinned, the one before stays known
        before=before_turn(store, record, was.before if was.deployment == deployment else was.deployment),
        turn=record.number,
        record=record.id,
        pinned=pinned,
        fence=was.fence,
    )
    # held until here, so who takes it over from now on changes the pointer first; and who lost it leaves no turn
    with lock.turning(), content(live.text(), JSON) as made:
        put_once(store, turn_key(record.id), record.text())
        store.settle()
        tag = before.tag if before is not None else None
        done = store.put_absent(LIVE, made) if tag is None else store.put_matching(LIVE, made, tag)
        if done is None:
            now = store.get(LIVE)
            # an answer that was lost on its way, and the request repeated; the lock may be another's since
            if now is None or replace(read_live(now[0]), fence=live.fence) != live:
                raise StoreError(
                    "somebody else deployed meanwhile; nothing was turned over", hint="plan again from what is live now"
                )
    store.settle()
    return live


def _leakcheck(deployment: Deployment, site: Site, manifest_of: ManifestOf, before: Deployment | None) -> None:
    files = {portal.id: portal.files for portal in site.portals}
    held = _held(deployment, files, manifest_of)
    wrong = list(wrong_answers(deployment, files, held, before))
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
