"""Publishing from a pipeline: only what was merged, and only by the way that a person would take."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from prmbuild.build import Built
from prmbuild.check.formats import summary
from prmbuild.ci.archive import pack
from prmbuild.ci.inert import escaped
from prmbuild.ci.steps import PUBLISH, Outcome, Work
from prmbuild.ci.summary import findings_table
from prmbuild.desired import Desired
from prmbuild.diagnostics import Diagnostic
from prmbuild.edge.edge import Edge
from prmbuild.output import write
from prmbuild.publish.deploy import RefusedError, deploy
from prmbuild.publish.edges.edges import Edges
from prmbuild.publish.gains import gains_of
from prmbuild.publish.guard import Limits
from prmbuild.publish.lock import Clock
from prmbuild.publish.plan import Plan
from prmbuild.publish.report import as_json, as_markdown, as_text
from prmbuild.publish.site import site_of
from prmbuild.publish.stale import recalled
from prmbuild.publishable import publishable
from prmbuild.records.live import claimed, shown
from prmbuild.records.trail import unproven
from prmbuild.records.verify import Drift, drift
from prmbuild.store.store import Store

ARCHIVE = "portals.tar"
"""The built portals, kept with the run where they are not deployed; equal files stand in it once."""

_TITLE = "publish"
_SHOWN = 100


class Target(Struct, frozen=True, kw_only=True):
    """Where portals go live.

    Attributes:
        edge: CloudFront's, where there is one.
        owner: who deploys, for others who want to.
        by: who deploys, for the records; see `prmbuild.records.records.Deployment.by`.
        clock: tells the time.
        approved: digest of a plan that a person approved; empty for none.
        verify: whether what is live is read and compared, byte by byte, where there is nothing to deploy.
    """

    store: Store
    edge: Edge | None = None
    owner: str
    by: str
    clock: Clock
    approved: str = ""
    verify: bool = False


def publish_step(work: Work, target: Target | None) -> Outcome:
    """Check, build and audit the portals, and make them live.

    Args:
        work: what to publish; its commit must be on the publishing branch.
        target: None keeps the portals with the run instead.

    Raises:
        StoreError: a folder cannot be written, or the store fails; what partners see has not changed.
        AccessError: see `prmbuild.publish.apply.apply`.
    """
    with publishable(work.repository, work.request, work.progress) as outcome:
        findings = outcome.diagnostics
        unmerged = outcome.unmerged is not None
        if outcome.built is None or outcome.state is None or unmerged:
            why = "this commit is not on the publishing branch" if unmerged else summary(findings)
            return _outcome(f"nothing was published, and what is live stays: {why}", findings, failed=True)
        if target is None:
            return _kept(work, outcome.built, findings)
        return _deployed(work, target, outcome.built, outcome.state, findings)


def _kept(work: Work, built: Built, findings: Sequence[Diagnostic]) -> Outcome:
    with TemporaryDirectory() as folder:
        write(built, Path(folder), work.progress)
        pack(Path(folder), work.kept / PUBLISH / ARCHIVE)
    said = (
        f"{len(built.portals)} portals of {built.revision[:10]} are kept with the run; nothing is live, as prm.yaml "
        "names no place to publish to that outlasts it (publish.to: s3://...)"
    )
    return _outcome(said, findings)


def _deployed(work: Work, target: Target, built: Built, state: Desired, findings: Sequence[Diagnostic]) -> Outcome:
    plans: list[Plan] = []
    site = site_of(built, state)
    try:
        done = deploy(
            site,
            target.store,
            owner=target.owner,
            by=target.by,
            clock=target.clock,
            limits=Limits(),
            edge=target.edge,
            gains_of=gains_of(work.repository, state, site, work.request, work.progress),
            approved=recalled(target.approved, target.store, None) if target.approved else None,
            progress=work.progress,
            told=plans.append,
        )
    except RefusedError as refused:
        return _outcome(f"{refused.message}; {refused.hint}", findings, failed=True, plans=plans)
    if done.deployment is not None:
        return _outcome(f"deployment {done.deployment.id} is live", findings, plans=plans)
    wrong = _drift(work, target) if target.verify else ()
    if wrong:
        said = f"{len(wrong)} objects are not what was deployed; prmbuild verify lists them"
        return _outcome(said, findings, failed=True, plans=plans, wrong=wrong)
    return _outcome(f"{built.revision[:10]} is live already", findings, plans=plans)


def _drift(work: Work, target: Target) -> tuple[Drift, ...]:
    live = claimed(target.store)
    if live is None:
        return ()
    # where records are not what was written, what they say of objects is worth nothing
    records = tuple(unproven(target.store, live, work.progress))
    now = shown(target.store) if not records else None
    if now is None:
        return records
    edges = Edges(target.store, target.edge, target.clock)
    return (*drift(target.store, now, work.progress), *edges.drift())


def _outcome(
    said: str,
    findings: Sequence[Diagnostic],
    *,
    failed: bool = False,
    plans: Sequence[Plan] = (),
    wrong: Sequence[Drift] = (),
) -> Outcome:
    drifted = "".join(f"- {escaped(one.key)} {escaped(one.found)}\n" for one in wrong[:_SHOWN])
    plan = "".join(f"{as_markdown(one)}\n" for one in plans)
    return Outcome(
        step=PUBLISH,
        title=_TITLE,
        said=said,
        failed=failed,
        text="".join(as_text(one) for one in plans),
        markdown=f"{said[:1].upper()}{said[1:]}.\n\n{drifted}{plan}{findings_table(findings)}",
        findings=tuple(findings),
        files={"plan.json": as_json(plans[0])} if plans else {},
    )
