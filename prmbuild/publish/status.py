"""What is live, who made it so, and how far it is from what is desired."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice

from msgspec import Struct

from prmbuild.errors import ChangedError
from prmbuild.publish.collect import whole
from prmbuild.publish.edges.edges import Edges
from prmbuild.publish.gains import Basis, Gains
from prmbuild.publish.plan import Plan, plan
from prmbuild.publish.site import Site
from prmbuild.records import recorded
from prmbuild.records.evidence import Evidence, evidence
from prmbuild.records.history import turns
from prmbuild.records.live import Shown, manifests
from prmbuild.records.recorded import or_why
from prmbuild.records.records import Deployment, Turn
from prmbuild.records.verify import Drift
from prmbuild.store.store import Store


class Happened(Struct, frozen=True, kw_only=True):
    """A turn of what partners see.

    Attributes:
        deployment: what they saw from then on; None where the record of it is not what was written.
        whole: whether it can be gone back to.
    """

    turn: Turn
    deployment: Deployment | None
    whole: bool


class Status(Struct, frozen=True, kw_only=True):
    """What is live.

    Attributes:
        now: the pointer and its deployment.
        approvals: kind of evidence → how many files it approved; empty where that is not on record.
        happened: turns, newest first, as many as were asked for; at least one.
        more: how many turns there are beside these.
        lost: what is wrong with records that were looked at. Others are looked at by `prmbuild.records.trail`.
        edges: entries of edges that are not what the store says.
        desired: what a deployment would do now; None where nothing was built, as nobody asked or it has errors.
    """

    now: Shown
    approvals: Mapping[str, int]
    happened: Sequence[Happened]
    more: int
    lost: Sequence[ChangedError]
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
        StoreError: the store or an edge does not answer, or the last turn is lost.
    """
    told = list(islice(turns(store, now.live), most))
    if not told:
        told.append(recorded.turn(store, now.live.record))
    read = {name: or_why(recorded.deployment, store, name) for name in dict.fromkeys(turn.deployment for turn in told)}
    known = {name: one for name, one in read.items() if not isinstance(one, ChangedError)}
    there = {name for name, one in known.items() if whole(store, one)}
    earlier = told[-1].previous
    # those that were left to the limit are not looked at
    before = or_why(recorded.turn, store, earlier) if earlier and (most is None or len(told) < most) else None
    proof = or_why(evidence, store, now.deployment.evidence)
    return Status(
        now=now,
        approvals=_approvals(proof) if not isinstance(proof, ChangedError) else {},
        happened=[
            Happened(turn=turn, deployment=known.get(turn.deployment), whole=turn.deployment in there) for turn in told
        ],
        more=told[-1].number - 1,
        lost=[one for one in (proof, *read.values(), before) if isinstance(one, ChangedError)],
        edges=tuple(edges.drift()),
        desired=_desired(store, now, site) if site is not None else None,
    )


def _approvals(proof: Evidence) -> Mapping[str, int]:
    kinds = Counter(version.approval.kind for some in proof.files.values() for version in some)
    return dict(sorted(kinds.items()))


def _desired(store: Store, now: Shown, site: Site) -> Plan:
    # who gains what is for a plan to say
    return plan(
        site, now.deployment, manifests(store, now.deployment), lambda live, manifest_of: Gains(basis=Basis.NOTHING)
    )
