"""What is live, who made it so, and how far it is from what is desired."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice

from msgspec import Struct

from prmbuild.errors import StoreError
from prmbuild.publish.collect import whole
from prmbuild.publish.edges import Edges
from prmbuild.publish.evidence import read_evidence
from prmbuild.publish.gains import Basis, Gains
from prmbuild.publish.history import turns
from prmbuild.publish.layout import evidence_key, turn_key
from prmbuild.publish.live import Shown, deployment, manifests
from prmbuild.publish.plan import Plan, plan
from prmbuild.publish.records import BACKUP, Deployment, Turn
from prmbuild.publish.site import Site
from prmbuild.publish.verify import Drift
from prmbuild.store.store import Store


class Happened(Struct, frozen=True, kw_only=True):
    """A turn of what partners see.

    Attributes:
        deployment: what they saw from then on.
        whole: whether it can be gone back to.
    """

    turn: Turn
    deployment: Deployment
    whole: bool


class Status(Struct, frozen=True, kw_only=True):
    """What is live.

    Attributes:
        now: the pointer and its deployment.
        approvals: kind of evidence → how many files it approved; empty where that is not on record.
        happened: turns, newest first, as many as were asked for; at least one.
        more: how many turns there are beside these.
        edges: entries of edges that are not what the store says.
        desired: what a deployment would do now; None where nothing was built, as nobody asked or it has errors.
    """

    now: Shown
    approvals: Mapping[str, int]
    happened: Sequence[Happened]
    more: int
    edges: Sequence[Drift]
    desired: Plan | None


def status(store: Store, edges: Edges, now: Shown, site: Site | None, most: int | None) -> Status:
    """Tell what is live.

    Args:
        store: where.
        edges: of the store.
        now: what it shows.
        site: what should be live.
        most: how many turns to tell of; None for all.

    Raises:
        StoreError: the store or an edge does not answer, or a record was changed.
    """
    told = tuple(islice(turns(store, now.live), most))
    if not told:
        raise StoreError(f"the store lacks '{turn_key(now.live.record)}'", hint=BACKUP)
    known = {one: deployment(store, one) for one in dict.fromkeys(turn.deployment for turn in told)}
    there = {one.id: whole(store, one) for one in known.values()}
    return Status(
        now=now,
        approvals=_approvals(store, now.deployment),
        happened=[
            Happened(turn=turn, deployment=known[turn.deployment], whole=there[turn.deployment]) for turn in told
        ],
        more=now.live.turn - len(told),
        edges=tuple(edges.drift()),
        desired=_desired(store, now, site) if site is not None else None,
    )


def _approvals(store: Store, one: Deployment) -> Mapping[str, int]:
    found = store.get(evidence_key(one.evidence))
    if found is None:
        return {}
    files = read_evidence(one.evidence, found[0]).files
    return dict(sorted(Counter(version.approval.kind for some in files.values() for version in some).items()))


def _desired(store: Store, now: Shown, site: Site) -> Plan:
    # who gains what is for a plan to say
    return plan(
        site, now.deployment, manifests(store, now.deployment), lambda live, manifest_of: Gains(basis=Basis.NOTHING)
    )
